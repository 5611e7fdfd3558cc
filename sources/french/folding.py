"""How French texts are compared: case, accents, ligatures and typographic marks do not count.

One table folds a character. Three functions use it: `fold` keeps the punctuation, `fold_words` keeps the words alone,
`fold_in_place` keeps every character at its position. What a text means is not for this module.
"""

import re
import unicodedata
from functools import lru_cache

# Headers, list words, codes, labels: a few thousand texts, asked for again in every file.
REMEMBERED = 4096
_QUOTES = frozenset("’‘ʼ`´")
_HYPHENS = frozenset("\u2010\u2011\u2012\u2212")


class _Folded(dict[int, str]):
    """By code point: what a character becomes; a combining mark goes. Each is worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


class _FoldedInPlace(dict[int, str]):
    """The same, always one character: the first one, or a space."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _FOLDED[code][:1] or " "
        return folded


def _fold_character(character: str) -> str:
    if character.isspace():
        return " "
    if character in _QUOTES:
        return "'"
    if character in _HYPHENS:
        return "-"
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return plain.casefold().replace("œ", "oe")


_FOLDED = _Folded()
_FOLDED_IN_PLACE = _FoldedInPlace()


def fold(text: str) -> str:
    """The text without accents, case, typographic apostrophes and repeated spaces; its punctuation stays."""
    return " ".join(text.translate(_FOLDED).split())


@lru_cache(REMEMBERED)
def fold_words(text: str) -> str:
    """The words of the text, its figures, « % » and « € », without anything else between them."""
    return " ".join(re.sub(r"[^\w%€]", " ", text.translate(_FOLDED)).split())


def fold_in_place(text: str) -> str:
    """The text in lower case without accents, every character still at its own position."""
    return text.translate(_FOLDED_IN_PLACE)


def fold_pattern(pattern: str) -> str:
    """A regular expression folded like the texts that it is searched in; its escapes (`\\S`, `\\B`) keep their case."""
    parts = re.split(r"(\\.)", pattern)
    return "".join(part if part.startswith("\\") else part.translate(_FOLDED) for part in parts)
