"""Figures of a text as quantities: what is counted, how exactly, when, and the words that say it.

A figure is a quantity when it has something to count: `%`, `€`, a noun right after it, or one said nearby
(« le nombre de … », the figure before it for « dont 21 en cours »). Its period is the one its own clause says, else
the one its sentence opens with, else the document's date.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sources.documents.facts import Quantity
from sources.documents.text import Passage, same_length_fold
from sources.documents.units import Unit, is_plural, unit_after, unit_said_elsewhere
from sources.grammar.finders import NO_DATE, Figure, find_figures, find_text_periods
from sources.grammar.periods import FoundPeriod, Period

_SENTENCE_END = re.compile(
    r"(?<![A-Z])(?<!\bart)(?<!\bmin)(?<!\bmax)(?<!\benv)(?<!\betc)[.!?](?=\s+[^a-zà-ÿ\d\s]|\s*$)|[.!?](?=\s+\d)|;\s"
)
_BULLET = re.compile(r"(?<=[.;:»)\w])\s+(?=[-–•▪◦❖●]\s+[^\W_])")
_CONTEXT = 400
_ELLIPSIS = re.compile(
    r"(?:\bdont|\bet|\bcontre|\bpuis|,|\bou|\bsoit|\()\s*(?:seulement|deja|pres de|plus de|moins de|environ)?\s*$"
)
_OF_TOTAL = re.compile(r"^\s*(?:(?:des|sur)(?:\s+(?:les|un total de))?)\s+(?=\d)")
_DURATION = frozenset({"an", "année", "mois", "semaine", "jour"})
_SPAN_OF_TIME = re.compile(
    r"\b(?:depuis|il y a|dans|sous|d'ici|apres|pendant|ages? d(?:e|'au moins)|personnes de|plus de|moins de)\s+"
    r"(?:les\s+|ces\s+)?$"
)
_SENTENCE_OPENING = 18


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage and where it stands in it."""

    start: int
    end: int


@dataclass(frozen=True)
class Counted:
    """A figure with its unit, both placed in the passage."""

    figure: Figure
    unit: Unit
    sentence: Sentence


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text, list items apart."""
    cuts = {found.end() for found in _SENTENCE_END.finditer(text)} | {found.start() for found in _BULLET.finditer(text)}
    bounds = [0, *sorted(cuts), len(text)]
    spans = [Sentence(start, end) for start, end in itertools.pairwise(bounds) if text[start:end].strip()]
    return [Sentence(item.start + _leading(text[item.start : item.end]), item.end) for item in spans]


def find_quantities(
    passage: Passage, *, as_of: date | None, action: str | None, context: Period | None = None
) -> list[Quantity]:
    """The quantities of a passage in the order said.

    `as_of` is the document's date, which dates what says no period; `context` a period said by a heading above,
    which comes before it.
    """
    periods = find_text_periods(passage.text, as_of)
    counted = counted_in(passage.text, periods)
    default = context or (Period(as_of, as_of, "day") if as_of else None)
    return [
        _quantity(passage, item, action, _period_of(passage.text, counted, index, periods) or default)
        for index, item in enumerate(counted)
    ]


def counted_in(text: str, periods: Sequence[FoundPeriod]) -> list[Counted]:
    """The figures of a text that have something to count, in order."""
    return _counted(text, sentences_of(text), find_figures(text, periods))


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip())


def _counted(text: str, sentences: Sequence[Sentence], figures: Sequence[Figure]) -> list[Counted]:
    """The figures that have something to count."""
    found: list[Counted] = []
    for index, figure in enumerate(figures):
        sentence = next((item for item in sentences if item.start <= figure.digits_start < item.end), None)
        if sentence is None:
            continue
        following = figures[index + 1] if index + 1 < len(figures) else None
        unit = _unit_of(text, sentence, figure, following, found)
        if unit and not _is_span_of_time(text, figure, unit):
            found.append(Counted(figure, unit, sentence))
    return found


def _unit_of(
    text: str, sentence: Sentence, figure: Figure, following: Figure | None, before: Sequence[Counted]
) -> Unit | None:
    """What a figure counts; None when nothing says it, and then it is no quantity."""
    if figure.symbol:
        return Unit(figure.symbol, figure.end, figure.end)
    clause = text[: sentence.end]
    total = _OF_TOTAL.match(clause[figure.end :])
    if total and following and following.digits_start == figure.end + total.end():
        unit = unit_after(clause, following.end)
        return Unit(unit.code, unit.start, unit.end) if unit else None
    if figure.is_increase:
        return Unit(before[-1].unit.code, figure.end, figure.end) if before else None
    unit = unit_after(clause, figure.end)
    if unit and _counts(text, sentence, figure, clause[unit.start : unit.end]):
        return unit
    unit = unit_said_elsewhere(clause, figure.start, figure.end)
    if unit:
        return unit
    return _inherited(text, sentence, figure, before)


def _counts(text: str, sentence: Sentence, figure: Figure, noun: str) -> bool:
    """Whether the noun after a figure is what it counts, and the figure not the end of a name or a list's rank."""
    several = figure.value >= 2
    plural = is_plural(noun.split(maxsplit=1)[0])
    if figure.in_words:
        return plural
    previous = re.search(r"(\S+)\s+$", text[sentence.start : figure.start])
    named = bool(previous) and _is_name(previous[1], previous.start() == 0) if previous else False
    if named and figure.start == figure.digits_start:
        return several and plural and not _all_capitals(previous[1] if previous else "")
    at_head = not text[sentence.start : figure.start].strip(" -–•❖*")
    if noun[0].isupper() and not noun.isupper():
        return plural and several and not _looks_like_postcode(text, figure)
    return not (at_head and several and not plural and noun.islower() and figure.value < 10)


def _is_name(word: str, opens_sentence: bool) -> bool:
    bare = word.strip("«»\"'’“”(),;:")
    inner = any(character.isupper() for character in bare[1:])
    return (
        bool(bare) and (inner or (bare[0].isupper() and not opens_sentence)) and not word.endswith((",", ":", ";", ")"))
    )


def _all_capitals(word: str) -> bool:
    letters = [character for character in word if character.isalpha()]
    return bool(letters) and sum(character.isupper() for character in letters) * 2 > len(letters)


def _looks_like_postcode(text: str, figure: Figure) -> bool:
    return bool(re.fullmatch(r"\d{5}", text[figure.digits_start : figure.end]))


def _inherited(text: str, sentence: Sentence, figure: Figure, before: Sequence[Counted]) -> Unit | None:
    """« dont 21 en cours », « contre 200 000 en 2020 »: the unit is the one of the figure before, in the sentence."""
    if not before or before[-1].sentence != sentence or figure.in_words:
        return None
    lead = same_length_fold(text[sentence.start : figure.start])
    if not _ELLIPSIS.search(lead) or re.match(r"\s*[-–/]\s?\d|[A-Za-z]", text[figure.end : figure.end + 3]):
        return None
    unit = before[-1].unit.code
    return None if unit == "%" else Unit(unit, figure.end, figure.end)


def _is_span_of_time(text: str, figure: Figure, unit: Unit) -> bool:
    """« depuis 3 ans », « les plus de 65 ans »: when or who, not how much."""
    lead = same_length_fold(text[max(0, figure.digits_start - 30) : figure.digits_start])
    return unit.code in _DURATION and bool(_SPAN_OF_TIME.search(lead))


def _quantity(passage: Passage, item: Counted, action: str | None, period: Period | None) -> Quantity:
    text, sentence = passage.text, item.sentence
    start, end = item.figure.start, max(item.figure.end, item.unit.end)
    return Quantity(
        action=action,
        value=item.figure.value,
        unit=item.unit.code,
        qualifier=item.figure.qualifier,
        period_start=period.start if period else None,
        period_end=period.end if period and period.end != NO_DATE else None,
        period_precision=period.precision if period else None,
        quote=text[start:end],
        prefix=text[max(sentence.start, start - _CONTEXT) : start],
        suffix=text[end : min(sentence.end, end + _CONTEXT)],
        locator=passage.locate(start, end),
    )


def _period_of(text: str, counted: Sequence[Counted], index: int, periods: Sequence[FoundPeriod]) -> Period | None:
    """The period of a figure: said after it in its clause, shared by the figures it is coordinated with, or opening
    its sentence."""
    item = counted[index]
    inside = [found for found in periods if item.sentence.start <= found.start and found.end <= item.sentence.end]
    own = _following(text, counted, index, inside)
    if own:
        return own
    shared = _shared(text, counted, index, inside)
    if shared:
        return shared
    opening = [
        found
        for found in inside
        if found.end <= item.figure.start
        and len(text[item.sentence.start : found.start].strip(" -–•❖(")) <= _SENTENCE_OPENING
        and not re.search(r"[^\W\d_]{2,}é(?:e|s|es)?\s*$", text[item.sentence.start : found.start].strip())
    ]
    return opening[-1].period if opening else None


def _following(text: str, counted: Sequence[Counted], index: int, inside: Sequence[FoundPeriod]) -> Period | None:
    """The first period between a figure and the next one; over a comma only when it is no moment to come."""
    item = counted[index]
    limit = counted[index + 1].figure.start if index + 1 < len(counted) else item.sentence.end
    for found in inside:
        if item.figure.end <= found.start and found.start < limit:
            between = text[item.figure.end : found.start]
            if re.search(r"\b(?:le|la|les)\s+\d+\s?(?:er|e|ème|ere|ère)\b", between):
                return None
            return found.period
    return None


def _shared(text: str, counted: Sequence[Counted], index: int, inside: Sequence[FoundPeriod]) -> Period | None:
    """The period of a neighbour joined by « et » or « soit » : « 510 … à fin octobre 2024 et 393 … »."""
    item = counted[index]
    for other, before in ((index + 1, False), (index - 1, True)):
        if not 0 <= other < len(counted) or counted[other].sentence != item.sentence:
            continue
        low, high = (counted[other], item) if before else (item, counted[other])
        between = same_length_fold(text[low.figure.end : high.figure.start])
        if re.search(r"\bcontre\b|\bdont\b|;", between):
            continue
        period = _following(text, counted, other, inside)
        if period:
            return period
    return None


def with_action(quantity: Quantity, action: str) -> Quantity:
    """The same quantity, attached to an action."""
    return replace(quantity, action=action)
