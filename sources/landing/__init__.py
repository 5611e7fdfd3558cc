"""The landing: every received file by SHA-256, and what was read from it, written once."""
