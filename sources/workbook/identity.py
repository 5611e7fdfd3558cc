"""How a partner workbook says which one it is, whatever becomes of its name: the hidden sheet's few words."""

from collections.abc import Sequence
from hashlib import sha256

CONTROL_KIND = "jalon/classeur-partenaire"


def row_id(sheet_key: str, code: str) -> str:
    """The identity of a pre-filled row, kept in the hidden sheet."""
    return f"{sheet_key}:{code}"


def checksum(version: str, session_code: str, partner_code: str, row_ids: Sequence[str]) -> str:
    """What the hidden sheet must hold for it to be untouched."""
    return sha256("\n".join([version, session_code, partner_code, *row_ids]).encode()).hexdigest()[:16]
