"""A passage as sentences: where one thing said ends and the next begins, list items included."""

import itertools
import re
from dataclasses import dataclass, replace

from sources.documents.text import Line, Passage, goes_on
from sources.french.folding import fold_in_place

_END = re.compile(r"[.!?…](?=[»”\"]?\s+[^a-zà-ÿ\s]|[»”\"]?\s*$)|;\s")
# A point behind one of these, or behind a lone capital (« L. 1470-5 »), ends no sentence.
_ABBREVIATED = re.compile(
    r"(?:\b[A-Z]|\b(?:art|min|max|env|etc|al|dr|st|p|n|cf|ex|approx|janv|jan|fevr|fev|avr|juil|sept|sep|oct|nov|dec))$"
)
_ITEM = re.compile(r"(?<=[.;:])\s+(?=[-–]\s+[^\W_])|\s(?=[•▪◦❖●✓➢]\s*[^\W_])")
_LIST = re.compile(r"\s*[-–]\s")
_ITEM_AFTER_ANY = re.compile(r"\s(?=[-–]\s+[A-ZÀ-Ü])")  # in a passage that is a list from its first character
_HEADING_WORDS = 10
_SHORT_WORDS = 3
_DAY_OR_YEAR = re.compile(
    r"\b(?:\d{1,2}(?:er)?\s+)?(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\b|"
    r"\b20\d\d(?:\s?[-–/]\s?20\d\d)?\b|\b[ts]\s?[1-4]\b|\b\d(?:er|e|eme|nd)?\s+(?:trimestre|semestre)\b"
)
_ITEM_START = re.compile(r"^\s*(?:[-–—•▪◦❖●✓➢*]|\d{1,2}[.)])\s")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage: where it is in it, the sentence or heading that announces it (« Fin 2024 : »), if any,
    and where the sentence behind it ends."""

    start: int
    end: int
    announced_by: "Sentence | None" = None
    next_end: int = 0


def sentences_of(passage: Passage) -> list[Sentence]:
    """The sentences of a passage in order; a new block or list item starts its own."""
    text = passage.text
    lines = [line for _, line in passage.starts]
    starts = [
        offset
        for (offset, line), above in zip(passage.starts[1:], lines, strict=False)
        if _ITEM_START.match(line.text) or (line.starts_block and not _is_cut(above, line))
    ]
    cuts = (
        {found.end() for found in _END.finditer(text) if not _is_abbreviated(text, found)}
        | {found.end() for found in (_ITEM_AFTER_ANY if _LIST.match(text) else _ITEM).finditer(text)}
        | set(starts)
    )
    bounds = [0, *sorted(cuts), len(text)]
    found: list[Sentence] = []
    announcing: Sentence | None = None
    heading: Sentence | None = None
    blocks = {0, *starts}
    for low, high in itertools.pairwise(bounds):
        said = text[low:high]
        if not said.strip():
            continue
        start, is_item = low + len(said) - len(said.lstrip()), bool(_ITEM_START.match(said))
        sentence = Sentence(start, high, announcing if is_item and announcing else heading)
        if said.rstrip().endswith(":"):
            announcing = sentence
        elif not is_item:
            announcing = None
        if low in blocks and not is_item and _is_heading(said, closes_a_block=high in blocks):
            heading, sentence = sentence, replace(sentence, announced_by=None)
        found.append(sentence)
    ends = [*(sentence.end for sentence in found[1:]), len(text)]
    return [replace(sentence, next_end=end) for sentence, end in zip(found, ends, strict=False)]


def _is_heading(said: str, *, closes_a_block: bool) -> bool:
    """« Perspectives 2026 » alone on its line, « Scénario haut. »: a few words, no figure but a date."""
    words = len(re.findall(r"[^\W\d_]+", said))
    is_short = words <= _SHORT_WORDS or (
        closes_a_block and words <= _HEADING_WORDS and said.rstrip()[-1] not in ".;:!?…"
    )
    return is_short and not re.search(r"\d", _DAY_OR_YEAR.sub("", fold_in_place(said)))


def _is_abbreviated(text: str, found: re.Match[str]) -> bool:
    if found[0] != ".":
        return False
    before = text[max(0, found.start() - 8) : found.start()]
    closes = re.match(r"\.\s*$|\.\s+[^\W\d]", text[found.start() :]) and before.endswith("etc")
    lone = re.search(r"\b[A-Z]$", before)
    return not closes and bool(lone or _ABBREVIATED.search(fold_in_place(before)))


def _is_cut(above: Line, line: Line) -> bool:
    """Whether a sentence left open goes on in lower case after a blank line."""
    return line.text[:1].islower() and goes_on(above.text, line.text)


def opens_with(text: str, sentence: Sentence, position: int, length: int) -> bool:
    """Whether what is before a position of a sentence is no more than an opening of that length."""
    return len(fold_in_place(text[sentence.start : position]).strip(" -–•❖(*")) <= length
