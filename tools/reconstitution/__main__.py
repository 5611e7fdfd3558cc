"""`python -m tools.reconstitution`: write the shipped CNS-12 workbooks and `receptions.csv` again."""

import sys
from pathlib import Path

from sources.reference.roadmap import load_reference
from tools.reconstitution.build import build

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write into the project's own inbox and print each file written."""
    inbox = PROJECT / "sources" / "inbox"
    reference = load_reference(PROJECT / "dbt_project" / "seeds")
    for path in build(reference, inbox, inbox / "reports"):
        sys.stdout.write(f"{path.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()
