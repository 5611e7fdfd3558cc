"""Raised characters: a number raised calls a note and is no figure; letters raised are a word's (« 1er », « 2e »)."""

import re

_NOTE_CALL = re.compile(r"[\s\u00a0]*[(\[]?[\d*†‡§]{1,3}(?:\s?[,;–-]\s?\d{1,2})*[)\]]?[\s\u00a0]*")


def is_note_call(raised: str) -> bool:
    """Whether raised characters are a note's call: digits or marks alone."""
    return _NOTE_CALL.fullmatch(raised) is not None
