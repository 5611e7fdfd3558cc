"""Texts as « identical » is judged."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(4096)  # the reference's labels and the last session's texts, asked for again in every file
def fold_text(text: str | None) -> str | None:
    """A text as « identical » is judged: case, accents, spaces, punctuation do not count; None when nothing is left."""
    if not text:
        return None
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^\w%€]", " ", plain).split()) or None
