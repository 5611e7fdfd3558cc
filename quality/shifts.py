"""Is a column pasted one row too low or too high? Its values then fit the codes of their neighbours and not their own.

Figures are held against unit, bounds and history of an indicator, texts against what was stated last time. Nothing here
judges one row: a sheet is shifted as a whole or not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quality.facts import FactTable, Setting, excess, previous_text, unit_conflict
from quality.territories import COUNTRY
from sources.french.folding import fold_words

LOW, HIGH = 1, -1
_LEAST = 4  # answers compared, and three when one of them is on a row without a code
_ALIKE, _UNLIKE = 0.4, 0.15  # shares of words that two texts have in common
_NEAR, _FAR = 3.0, 10.0  # ratios to the last value known

Fit = Callable[[int, int], bool | None]  # does the answer of one row fit the code of another? None where nobody knows


def shift_of(facts: FactTable, filled: Sequence[int], setting: Setting) -> int:
    """By how many rows the answers of a sheet are too low (`LOW`) or too high (`HIGH`); 0 when they do not."""
    if facts.sheet == "measurement":
        return _shift(facts.size, filled, _figures_fit(facts, setting), _has_orphan(facts, filled, "kpi_id"))
    if facts.sheet == "contribution":
        return _shift(facts.size, filled, _texts_fit(facts, setting), _has_orphan(facts, filled, "action_code"))
    return 0


def _shift(size: int, filled: Sequence[int], fits: Fit, has_orphan: bool) -> int:
    wrong = sum(fits(row, row) is False for row in filled)
    least = _LEAST - has_orphan
    for shift in (LOW, HIGH):
        others = [fits(row, row - shift) for row in filled if 0 <= row - shift < size]
        better = sum(fit is True for fit in others)
        if len(others) < least or wrong < max(2, len(others) // 4) or others.count(False) > wrong // 4:
            continue
        if better >= 2 or wrong >= 3:
            return shift
    return 0


def _has_orphan(facts: FactTable, filled: Sequence[int], key: str) -> bool:
    codes = facts.column(key)
    return any(codes[row] is None for row in filled)


def _figures_fit(facts: FactTable, setting: Setting) -> Fit:
    kpis = [setting.reference.kpis.get(code or "") for code in facts.column("kpi_id")]
    values, units = facts.column("value"), facts.column("value_unit")
    places, confirmed = facts.column("territory_code"), facts.column("confirmed")
    known: Mapping[str, Sequence[Mapping[str, Any]]] = setting.previous.kpis if setting.previous else {}

    def fits(row: int, other: int) -> bool | None:
        kpi, value = kpis[other], values[row]
        if kpi is None or value is None or places[row] != COUNTRY or confirmed[row]:
            return None
        if unit_conflict(units[row], kpi.unit) or excess(value, kpi):
            return False
        if units[row] is not None and units[row] == kpi.unit:
            return True
        history = known.get(kpi.kpi_id, ())
        last = float(history[-1]["value"]) if history else 0.0
        ratio = value / last if last and value else 0.0
        if not ratio:
            return None
        return True if 1 / _NEAR <= ratio <= _NEAR else False if not 1 / _FAR <= ratio <= _FAR else None

    return fits


def _texts_fit(facts: FactTable, setting: Setting) -> Fit:
    texts = [_words(text) for text in facts.column("progress_text")]
    of_rows = zip(facts.column("action_code"), facts.column("role"), strict=True)
    before = [_words(previous_text(setting, code, role)) for code, role in of_rows]

    def fits(row: int, other: int) -> bool | None:
        mine, theirs = texts[row], before[other]
        if not mine or not theirs:
            return None
        alike = len(mine & theirs) / len(mine | theirs)
        return True if alike >= _ALIKE else False if alike <= _UNLIKE else None

    return fits


def _words(text: str | None) -> frozenset[str]:
    return frozenset(word for word in fold_words(text or "").split() if len(word) > 3)
