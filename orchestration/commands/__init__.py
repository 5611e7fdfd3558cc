"""What each command does; `orchestration.cli` only parses, so that `jalon --help` imports nothing heavy."""
