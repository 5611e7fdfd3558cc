"""When a figure holds: the period its own clause says, else one it shares, else one said before it.

Order: said after it and before the next figure; shared with the figure it is coordinated with; said before it in the
same clause, or at the opening of its sentence; said by the sentence that announces a list.
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sources.documents.counting import Counted
from sources.documents.sentences import Sentence, opens_with
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod

_OPENING = 18
_OTHER_EVENT = re.compile(
    r"(?:\b(?:avant|apres|suite a|prevue?s?|attendue?s?|lancee?s?|publiee?s?|parue?s?|annoncee?s?|l[ea] prochaine?)\b"
    r"|\bpar rapport (?:a|au|aux)\b|\bl[ea]s?\s+\d+\s?(?:er|e|eme|ere|nd|nde)\b)[^,;]*$"
)
_A_YEAR_BEFORE = re.compile(
    r"[^.,;:()]{0,30}?\b(?:un an|une annee|douze mois|12 mois) (?:plus tot|auparavant|avant)\b|"
    r"[^.,;:()]{0,30}?\bl'annee precedente\b"
)
_NEW_CLAUSE = re.compile(r"[,;:]|\b(?:et|qui|dont|puis|mais|ou|avec|impliquant|permettant)\b")
_EVENT_BEFORE = re.compile(r"[^\W\d_]{2,}ee?s?\s*$|\b(?:parue?s?|depuis)\s*$")


def period_of(text: str, counted: Sequence[Counted], index: int, periods: Sequence[FoundPeriod]) -> FoundPeriod | None:
    """The period of one figure of a text; None when its text says none."""
    item = counted[index]
    inside = _inside(periods, item.sentence)
    found = _following(text, counted, index, inside) or _shared(text, counted, index, inside)
    found = found or _preceding(text, item, inside)
    if found and _A_YEAR_BEFORE.match(fold_in_place(text[item.end : item.sentence.end])):
        return _a_year_before(found)
    if found or item.sentence.announced_by is None:
        return found
    announced = _inside(periods, item.sentence.announced_by)
    return announced[-1] if announced else None


def _a_year_before(found: FoundPeriod) -> FoundPeriod:
    """« …, contre 310 000 un an plus tôt »: the same period of the year before."""
    period = found.period
    start, end = (_in_year(day, day.year - 1) for day in (period.start, period.end))
    return replace(found, period=replace(period, start=start, end=end))


def _in_year(day: date, year: int) -> date:
    """The same day of another year; the last of February stays the last."""
    last = calendar.monthrange(year, day.month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, day.month, last if is_last else min(day.day, last))


def _inside(periods: Sequence[FoundPeriod], sentence: Sentence) -> list[FoundPeriod]:
    return [found for found in periods if sentence.start <= found.start and found.end <= sentence.end]


def _following(text: str, counted: Sequence[Counted], index: int, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
    """The first period between a figure and the next one, unless another event's."""
    item = counted[index]
    limit = counted[index + 1].figure.start if index + 1 < len(counted) else item.sentence.end
    found = next((period for period in inside if item.figure.end <= period.start < limit), None)
    if found is None:
        return None
    between = fold_in_place(text[item.figure.end : found.end])
    if "par rapport a" in between:
        return None
    if "," in between and (_OTHER_EVENT.search(between) or found.role in {"until", "from"}):
        return None
    return found


def _shared(text: str, counted: Sequence[Counted], index: int, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
    """The period of a neighbour it is coordinated with: « 510 … à fin octobre 2024 et 393 … »."""
    item = counted[index]
    for other in (index + 1, index - 1):
        if not 0 <= other < len(counted) or counted[other].sentence.start != item.sentence.start:
            continue
        low, high = sorted((index, other))
        between = fold_in_place(text[counted[low].figure.end : counted[high].figure.start])
        if re.search(r"\bcontre\b|\bapres\b|;", between) or "(" in between:
            continue
        found = _following(text, counted, other, inside)
        if found:
            return found
    return None


def _preceding(text: str, item: Counted, inside: Sequence[FoundPeriod]) -> FoundPeriod | None:
    """The nearest period before a figure that is still about it."""
    for found in reversed([period for period in inside if period.end <= item.figure.start]):
        lead = fold_in_place(text[item.sentence.start : found.start])
        if opens_with(text, item.sentence, found.start, _OPENING) and not _EVENT_BEFORE.search(lead):
            return found
        if not _NEW_CLAUSE.search(fold_in_place(text[found.end : item.figure.start])):
            return found
    return None
