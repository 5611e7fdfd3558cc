"""The state a progress text declares in so many words; silence declares nothing. The words are in `states.yml`.

Only words about the whole objective, said of today, without condition, negation or exception: « Objectif atteint »,
« Le calendrier ne sera pas tenu », « Travaux à cadrer ». A part (« le premier objectif »), some (« deux régions »), a
share (« atteint à 80 % ») or a condition (« si … ») declare nothing, nor does a delay made up for; nor a sentence with
any word that a state of the whole does not need (« côté CNAM », « du lot 2 »).
"""

import re

from sources.documents.patterns import alternatives, load_patterns
from sources.french.folding import fold
from sources.french.text_periods import find_text_periods

_PATTERNS = {name: re.compile(alternatives(words)) for name, words in load_patterns("states.yml").items()}
_STATES = ("late", "achieved", "stalled", "not_started")
_SHARE = re.compile(r"(?<!100)(?<!100 )%")
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
    if _PATTERNS["condition"].search(sentence):
        return False
    if not _holds_only_words_of_a_state(status, sentence) or _SHARE.search(sentence):
        return False
    if status != "achieved":
        return True
    return not (_PATTERNS["partly"].search(sentence) or _PATTERNS["reversed"].match(following))


def _holds_only_words_of_a_state(status: str, sentence: str) -> bool:
    """Whether each word before the proof or the cause is one that a state of the whole needs."""
    opening = re.match(r"[^,:(]{0,40},\s", sentence)
    grounds = _PATTERNS["grounds"].search(sentence)
    is_behind = grounds is not None and _PATTERNS[status].search(sentence[: grounds.start()])
    tail = grounds if is_behind else _PATTERNS["tail"].search(sentence, opening.end() if opening else 0)
    head = sentence[: tail.start() if tail else len(sentence)]
    dates = [(found.start, found.end) for found in find_text_periods(head, None)]
    return all(
        _PATTERNS["whole"].fullmatch(word[0]) or any(low <= word.start() and word.end() <= high for low, high in dates)
        for word in re.finditer(r"[^\W\d_]+", head)
    )
