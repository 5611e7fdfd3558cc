"""In which language a text is written, by its small words; only French is read."""

import re
from collections import Counter
from collections.abc import Sequence

from sources.documents.text import Line
from sources.documents.words import WORDS

_NAMES = {"english": "en anglais", "german": "en allemand", "spanish": "en espagnol", "italian": "en italien"}
_LEAST = 4
_WORD = re.compile(r"[^\W\d_]+")


def foreign_language(lines: Sequence[Line]) -> str | None:
    """The language of a text that is plainly not French (« en anglais »); None for French and for too few words."""
    said = Counter(word for line in lines for word in _WORD.findall(line.text.casefold()))
    french = sum(said[word] for word in WORDS["french_words"])
    counts = {name: sum(said[word] for word in WORDS[f"{name}_words"]) for name in _NAMES}
    best = max(counts, key=lambda name: counts[name])
    return _NAMES[best] if counts[best] >= _LEAST and counts[best] > 2 * french else None


def french_of(blocks: Sequence[Sequence[Line]]) -> tuple[list[Line], dict[str, Line]]:
    """The lines of the blocks that may be French, and the first line of those in each other language.

    Where most of a text is foreign and nothing is plainly French, nothing is kept.
    """
    kept: list[Line] = []
    foreign: dict[str, Line] = {}
    for block in blocks:
        language = foreign_language(block)
        if language:
            foreign.setdefault(language, block[0])
        else:
            kept += block
    said = Counter(word for line in kept for word in _WORD.findall(line.text.casefold()))
    is_french = sum(said[word] for word in WORDS["french_words"]) >= _LEAST
    return (kept if is_french or not foreign else []), foreign
