"""How a file's name is noted, wherever it came from."""

import unicodedata
from pathlib import Path


def noted_name(path: Path) -> str:
    """The name in NFC, so that the same name from two systems is one, and without bytes that no text may hold."""
    plain = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", plain)
