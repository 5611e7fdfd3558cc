"""The figures of a passage as quantities: value, unit, qualifier, period, and the words that say them."""

from dataclasses import replace
from datetime import date

from sources.documents.counting import Counted, Role, counted_in
from sources.documents.dating import period_of
from sources.documents.facts import Quantity
from sources.documents.text import Passage
from sources.french.finders import NO_DATE, find_text_periods
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod, Period

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
    periods = find_text_periods(passage.text, as_of)
    counted = counted_in(passage, periods)
    found: list[Quantity] = []
    for index, item in enumerate(counted):
        said = period_of(passage.text, counted, index, periods)
        default = heading_period or (Period(as_of, as_of, "day") if as_of else None)
        period = said.period if said else default
        role = _role_of(passage.text, item, said, as_of)
        found.append(replace(_quantity(passage, item, period), action=action, role=role, heading=heading))
    return found


def _role_of(text: str, item: Counted, said: FoundPeriod | None, as_of: date | None) -> Role:
    """A value promised for a time to come (« former 500 000 élèves d'ici 2027 ») is an aim; « jusqu'à fin 2024 »
    promises nothing."""
    if item.role != "value" or said is None or said.role not in {"until", "from"}:
        return item.role
    counts_up_to = fold_in_place(text[said.start : said.end]).startswith("jusqu")
    return "aim" if not counts_up_to and (as_of is None or said.period.end > as_of) else "value"


def _quantity(passage: Passage, item: Counted, period: Period | None) -> Quantity:
    text, sentence = passage.text, item.sentence
    return Quantity(
        action=None,
        value=item.figure.value,
        unit=item.unit.code,
        qualifier=item.figure.qualifier,
        period_start=period.start if period else None,
        period_end=period.end if period and period.end != NO_DATE else None,
        period_precision=period.precision if period else None,
        quote=text[item.start : item.end],
        prefix=text[max(sentence.start, item.start - _CONTEXT) : item.start],
        suffix=text[item.end : min(sentence.end, item.end + _CONTEXT)],
        locator=passage.locate(item.start, item.end),
    )
