"""`python -m orchestration` is `jalon`, also where the command was not installed."""

from orchestration.cli import main

main(prog_name="jalon")
