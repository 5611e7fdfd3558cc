"""The figures of a passage as quantities: value, unit, qualifier, period, part played, nature, and the words that say
them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sources.documents.clauses import Clause, clauses_of
from sources.documents.counting import Counted, counted_in
from sources.documents.dating import Dated, Dating
from sources.documents.facts import Quantity, Span
from sources.documents.meaning import Cue, Meaning, Nature, Role, nature_of, restates, roles_of
from sources.documents.text import Passage
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod, Period
from sources.french.text_periods import NO_DATE, find_text_periods

_CONTEXT = 400


def find_quantities(
    passage: Passage,
    *,
    as_of: date | None,
    action: str | None,
    heading: str = "",
    heading_period: Period | None = None,
) -> list[Quantity]:
    """The quantities of a passage in the order said.

    `as_of` is the document's date, which dates what says no period; `heading_period` is one said by a heading above,
    which comes before it; `heading` the words of the headings, which help to tell what is counted.
    """
    text = passage.text
    periods = find_text_periods(text, as_of)
    counted = counted_in(passage, periods)
    clauses = clauses_of(text, counted)
    roles = roles_of(text, counted, clauses)
    dating = Dating(text, counted, clauses, [role for role, _ in roles], periods)
    found: list[Quantity] = []
    before: tuple[Nature, tuple[Cue, ...]] = ("actual", ())
    for index, (item, clause) in enumerate(zip(counted, clauses, strict=True)):
        dated = dating.of(index, as_of, heading_period)
        role, cues = roles[index]
        nature, more = nature_of(text, item, clause, dated.said, as_of)
        if nature == "actual" and restates(text, counted, clauses, index):
            nature, more = before
        before = nature, more
        if role in {"value", "part"} and nature not in {"forecast", "planned"}:
            dated = _not_after(dated, text, as_of)
        role = _promised(text, role, dated.said, as_of)
        meaning = Meaning(role, "planned" if role == "aim" and nature == "actual" else nature, (*cues, *more))
        quantity = _quantity(passage, item, clause, dated, meaning)
        if quantity is not None:
            doubts = ("period_of_another",) if not dated.is_own or dating.is_unclear(index) else ()
            quantity = replace(quantity, action=action, heading=heading, doubts=doubts)
            found.append(_in_its_text(quantity, passage, item, periods, as_of))
    return found


def _in_its_text(
    quantity: Quantity, passage: Passage, item: Counted, periods: Sequence[FoundPeriod], as_of: date | None
) -> Quantity:
    """The quantity with what its text says around it, for links and acceptance to judge."""
    text, sentence, first = passage.text, item.sentence, item.start - len(quantity.prefix)
    inside = [found for found in periods if first <= found.start and found.end <= sentence.end]
    begun = [found for found in inside if as_of is None or found.period.start <= as_of]
    announcing = sentence.announced_by
    above = [
        found for found in periods if announcing and announcing.start <= found.start and found.end <= announcing.end
    ]
    first_above = announcing.start if announcing else 0
    return replace(
        quantity,
        context=text[max(0, sentence.start - _CONTEXT) : sentence.start],
        dates=tuple((found.start - first, found.end - first) for found in inside),
        dates_past=tuple((found.start - first, found.end - first) for found in begun),
        announced=text[announcing.start : announcing.end] if announcing else "",
        announced_dates=tuple((found.start - first_above, found.end - first_above) for found in above),
        following=text[sentence.end : sentence.next_end],
    )


def _not_after(dated: Dated, text: str, as_of: date | None) -> Dated:
    """« à fin 2024 » said of a measure before the end of 2024 is the day of the document."""
    period, said = dated.period, dated.said
    if period is None or said is None or as_of is None or not period.start <= as_of < period.end:
        return dated
    words = fold_in_place(text[said.start : said.end])
    if not re.search(r"\bfin\b", words) or re.search(r"\b(?:d'ici|jusqu|avant|pour|dans)", words):
        return dated
    is_own = re.match(r"\W*(?:a|a la) fin\b", words) is not None
    return replace(dated, period=Period(as_of, as_of, "day"), is_own=is_own)


def _promised(text: str, role: Role, said: FoundPeriod | None, as_of: date | None) -> Role:
    """A value promised for a time to come (« former 500 000 élèves d'ici 2027 ») is an aim; « jusqu'à fin 2024 »
    promises nothing."""
    if role != "value" or said is None or said.role not in {"until", "from"}:
        return role
    counts_up_to = fold_in_place(text[said.start : said.end]).startswith("jusqu")
    return "aim" if not counts_up_to and (as_of is None or said.period.end > as_of) else "value"


def _quantity(
    passage: Passage,
    item: Counted,
    clause: Clause,
    dated: Dated,
    meaning: Meaning,
) -> Quantity | None:
    """The quantity, or None for one that cannot be: a level of more than all (« 120 % des établissements »)."""
    text, sentence, period = passage.text, item.sentence, dated.period
    value = item.figure.value
    if item.unit.code == "%" and value > 100 and meaning.role not in {"increase", "decrease"}:
        return None
    if meaning.role == "decrease" and value > 0:
        value = -value
    start = max(sentence.start, item.start - _CONTEXT)
    end = min(sentence.end, item.end + _CONTEXT)

    def placed(low: int, high: int) -> Span:
        return max(low, start) - start, max(min(high, end), start) - start

    return Quantity(
        action=None,
        value=value,
        unit=item.unit.code,
        qualifier=item.figure.qualifier,
        period_start=period.start if period else None,
        period_end=period.end if period and period.end != NO_DATE else None,
        period_precision=period.precision if period else None,
        quote=text[item.start : item.end],
        prefix=text[start : item.start],
        suffix=text[item.end : end],
        locator=passage.locate(item.start, item.end),
        role=meaning.role,
        nature=meaning.nature,
        cues=tuple(Cue(cue.says, *placed(cue.start, cue.end)) for cue in meaning.cues),
        clause=placed(clause.start, clause.end),
        reach=placed(clause.reach, clause.reach)[0],
        opening=placed(clause.head_start, clause.head_end),
        said=placed(dated.said.start, dated.said.end) if dated.said else (0, 0),
    )
