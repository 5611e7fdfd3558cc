"""How names are compared when accents, case, punctuation and odd spaces do not matter: sheets, headers, list words."""

import re
import unicodedata
from functools import lru_cache

# Headers, list words and codes: a few hundred texts, asked for again in every file.
REMEMBERED = 4096


@lru_cache(REMEMBERED)
def fold(text: str) -> str:
    """The text without accents, case, typographic apostrophes, punctuation and repeated spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^\w']", " ", plain).split())
