"""Which territory a partner means: a code, a name that only one territory bears, a FINESS number, nothing for France.

A bare number is refused: 75 is Paris among the departments and Nouvelle-Aquitaine among the regions (INSEE codes).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from sources.french.folding import fold_words
from sources.reference.roadmap import Reference

COUNTRY = "FR"
_LEVELS = {"region": "region", "department": "departement"}
# nine characters, the first two the department (2A and 2B in Corsica): Fichier national des établissements (FINESS)
_FINESS = re.compile(r"(?:\d{2}|2[AB])\d{7}")
_WITHOUT_ITS_ZERO = re.compile(r"\d{8}")  # Excel takes the zero of « 010000024 » for nothing


@lru_cache(8192)
def territory_of(written: str | None, reference: Reference) -> str | None:
    """The code of a territory: `FR` for a blank, None for what is no territory or may be several."""
    if not written or not written.strip():
        return COUNTRY
    code = re.sub(r"\s", "", written).upper()
    if code in reference.territories:
        return code
    if _WITHOUT_ITS_ZERO.fullmatch(code):
        code = f"0{code}"
    if _FINESS.fullmatch(code):
        return code
    return _names(reference).get(fold_words(written))


@lru_cache(8)
def _names(reference: Reference) -> Mapping[str, str | None]:
    """Codes by folded name, alone and after the word for its level; None for a name that several bear."""
    names: dict[str, str | None] = {"france entiere": COUNTRY}
    for code, territory in reference.territories.items():
        name = fold_words(territory.territory_label)
        names[name] = None if name in names else code
        if level := _LEVELS.get(territory.territory_level):
            names[f"{level} {name}"] = code
    return names
