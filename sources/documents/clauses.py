"""What stretch of its sentence is a figure's own: from the break before it to the break before the next figure.

A sentence of several figures says several things. « 41 tiers-lieux sont financés, dont 9 outre-mer » has two stretches,
and the word that parts them (« dont », « contre », « et », a bracket) belongs to the second.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.documents.counting import Counted
from sources.french.folding import fold_in_place

_BREAK = re.compile(
    r"[,;:(–—]|(?<=\s)-(?=\s)|\)(?!\s*[.,;:)])|\b(?:et|mais|puis|dont|contre|soit|ou|tandis que|alors qu(?:e|')|avec|"
    r"parmi|vs|versus|y compris|ce qui|qui)(?![\w'])"
)
# A stretch that only these words open goes on from the one before, whose subject is its own.
_GOES_ON = re.compile(
    r"[\s,;:(–—]*(?:(?:et|dont|contre|soit|pour|qui|puis|ou|avec|parmi|vs|y compris|\w+ant|\w+ent|couvre|a|"
    r"de|des|les|le|la|au|"
    r"aux|dans|sur|par|environ|plus|pres|moins|deja|ce|sont|ont|est)\b[\s'(+]*)*"
)
_OPENING = re.compile(r"[^,;:()]*,\s")


@dataclass(frozen=True)
class Clause:
    """Offsets in the passage: the stretch itself, the opening of its sentence that holds for all of it, the brackets it
    is in, and where the stretch begins whose subject it goes on from."""

    start: int
    end: int
    head_start: int
    head_end: int
    bracket: tuple[int, int] | None = None
    reach: int = 0

    def before(self, text: str, item: Counted) -> str:
        """The words of the stretch before the figure."""
        return text[self.start : item.start]

    def after(self, text: str, item: Counted) -> str:
        """The words of the stretch after the figure and what it counts."""
        return text[item.end : self.end]

    def head(self, text: str) -> str:
        """The opening of the sentence, blank for its first figure, whose stretch holds it already."""
        return text[self.head_start : self.head_end]


def clauses_of(text: str, counted: Sequence[Counted]) -> list[Clause]:
    """The clause of each figure of a passage."""
    folded = fold_in_place(text)
    found: list[Clause] = []
    for index, item in enumerate(counted):
        sentence = item.sentence
        before = counted[index - 1] if index and counted[index - 1].sentence.start == sentence.start else None
        following = index + 1 < len(counted) and counted[index + 1].sentence.start == sentence.start
        after = counted[index + 1] if following else None
        start = _break_between(folded, before.end, item.start, before.end) if before else sentence.start
        end = _break_between(folded, item.end, after.start, after.start) if after else sentence.end
        first = next(other for other in counted if other.sentence.start == sentence.start)
        head = _OPENING.match(text, sentence.start, first.start) if before else None
        goes_on = before is not None and _GOES_ON.fullmatch(folded, start, item.start)
        reach = found[-1].reach if goes_on else start
        head_end = head.end() if head else sentence.start
        found.append(Clause(start, end, sentence.start, head_end, _bracket_of(text, item), reach))
    return _shared(counted, found)


def _shared(counted: Sequence[Counted], clauses: list[Clause]) -> list[Clause]:
    """« de 2,6 à 2,9 millions de visites par mois »: two figures of one noun have one clause."""
    for index in range(len(counted) - 1, 0, -1):
        low, high = counted[index - 1], counted[index]
        if low.sentence.start == high.sentence.start and low.end >= high.end:
            start, end = clauses[index - 1].start, clauses[index].end
            clauses[index - 1] = replace(clauses[index - 1], end=end)
            clauses[index] = replace(clauses[index], start=start)
    return clauses


def _break_between(folded: str, low: int, high: int, otherwise: int) -> int:
    """Where the last break of a stretch begins, or what stands for it without one."""
    breaks = list(_BREAK.finditer(folded, low, high))
    return breaks[-1].start() if breaks else otherwise


def _bracket_of(text: str, item: Counted) -> tuple[int, int] | None:
    """The pair of brackets a figure is in, in its sentence."""
    opened = text.rfind("(", item.sentence.start, item.start)
    if opened < 0 or text.rfind(")", opened, item.start) > opened:
        return None
    closed = text.find(")", item.figure.end, item.sentence.end)
    return opened, closed + 1 if closed >= 0 else item.sentence.end
