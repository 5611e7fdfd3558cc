"""The state a progress text declares in so many words; silence declares nothing. The words are in `states.yml`.

Only words about the whole objective, said of today, without condition, negation or exception: « Objectif atteint »,
« Le calendrier ne sera pas tenu », « Travaux à cadrer ». A part (« le premier objectif »), some (« deux régions »), a
share (« atteint à 80 % ») or a condition (« si … ») declare nothing, nor does a delay made up for.
"""

import re

from sources.documents.patterns import alternatives, load_patterns
from sources.french.folding import fold

_PATTERNS = {name: re.compile(alternatives(words)) for name, words in load_patterns("states.yml").items()}
_STATES = ("late", "achieved", "stalled", "not_started")
_SENTENCE = re.compile(r"[^.;!?]+[.;!?]*")


def declared_status(narrative: str) -> str | None:
    """`late`, `achieved`, `stalled` or `not_started` when the words say so, else None."""
    folded = fold(narrative).lstrip("-–—•· ")
    sentences = [found[0].strip() for found in _SENTENCE.finditer(folded) if found[0].strip()]
    for status in _STATES:
        for rank, sentence in enumerate(sentences):
            following = sentences[rank + 1] if rank + 1 < len(sentences) else ""
            if _PATTERNS[status].search(sentence) and _is_whole(status, sentence, following):
                return status
    return None


def _is_whole(status: str, sentence: str, following: str) -> bool:
    """Whether a sentence that names a state says it of the whole, without condition, and takes nothing back."""
    if _PATTERNS["condition"].search(sentence) or _PATTERNS["part"].search(sentence):
        return False
    if status != "achieved":
        return True
    return not (_PATTERNS["partly"].search(sentence) or _PATTERNS["reversed"].match(following))
