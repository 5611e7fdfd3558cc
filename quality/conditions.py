"""The grammar of `broken_when`: conditions on the facts of one row, as written in the workbook's schema.

`given`, `missing`: the fact is there or not. `is`, `in`, `not_in`: against constants. `above`, `below`: against a
number. `above_fact`, `below_fact`, `is_fact`, `is_not_fact`: against another fact of the row. `among`, `not_among`:
against a named set of codes. `repeated`: the facts named are the same on another row of the sheet. A comparison with a
fact that is not there never holds, save `not_in`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from operator import eq, gt, lt, ne
from typing import Any

Columns = Mapping[str, Sequence[Any]]  # facts by name, one entry a row; a fact that no row has may be left out
Condition = Mapping[str, Any]
Sets = Mapping[str, Set[str]]
Ranks = Sequence[int]

_NEED_A_FACT = frozenset({"given", "is", "above", "below", "above_fact", "below_fact", "is_fact", "is_not_fact"})
_AGAINST_A_FACT: dict[str, Callable[[Any, Any], bool]] = {
    "above_fact": gt,
    "below_fact": lt,
    "is_fact": eq,
    "is_not_fact": ne,
}
_AGAINST_A_CONSTANT: dict[str, Callable[[Any, Any], bool]] = {"is": eq, "above": gt, "below": lt}
OPERATORS = frozenset({*_NEED_A_FACT, "missing", "in", "not_in", "among", "not_among", "repeated"})


def operator_of(condition: Condition) -> str:
    """The one operator of a condition. ValueError when it has none or several."""
    found = OPERATORS & set(condition)
    if len(found) != 1:
        raise ValueError(f"a condition has one operator, this one has {sorted(found) or 'none'}: {dict(condition)}")
    return next(iter(found))


def facts_needed(condition: Condition) -> frozenset[str]:
    """The facts without which a condition holds on no row."""
    operator = operator_of(condition)
    if operator in {"missing", "not_in", "repeated"} or (operator == "in" and None in condition[operator]):
        return frozenset()
    return frozenset({condition["fact"], *([condition[operator]] if operator in _AGAINST_A_FACT else [])})


class Conditions:
    """The conditions of one rule, made ready once for many workbooks."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        """ValueError when one of them has no operator or several."""
        # `repeated` last: it compares the rows on which all others hold
        self._ready = sorted(((operator_of(c), c) for c in conditions), key=lambda ready: ready[0] == "repeated")
        self.needed: frozenset[str] = frozenset().union(*map(facts_needed, conditions))

    def broken_rows(self, columns: Columns, ranks: Ranks, sets: Sets) -> Ranks:
        """Those of the rows on which every condition holds."""
        for operator, condition in self._ready:
            if not ranks:
                break
            if operator == "repeated":
                ranks = _repeated(condition["facts"], columns, ranks)
            elif condition["fact"] in columns:
                ranks = _narrowed(operator, condition, columns, ranks, sets)
            elif not _holds_on_a_blank(operator, condition):
                return []
        return ranks


def _holds_on_a_blank(operator: str, condition: Condition) -> bool:
    """Whether a condition holds on a row that has not its fact."""
    if operator in {"in", "not_in"}:
        return (None in condition[operator]) is (operator == "in")
    return operator == "missing"


def _narrowed(operator: str, condition: Condition, columns: Columns, ranks: Ranks, sets: Sets) -> Ranks:
    """Those of the rows on which one condition holds."""
    values, operand = columns[condition["fact"]], condition[operator]
    if operator == "given":
        return [rank for rank in ranks if values[rank] is not None]
    if operator == "missing":
        return [rank for rank in ranks if values[rank] is None]
    if operator in {"in", "not_in"}:
        wanted = operator == "in"
        return [rank for rank in ranks if (values[rank] in operand) is wanted]
    if operator in {"among", "not_among"}:
        codes, wanted = sets[operand], operator == "among"
        return [rank for rank in ranks if (value := values[rank]) is not None and (value in codes) is wanted]
    if operator in _AGAINST_A_CONSTANT:
        holds = _AGAINST_A_CONSTANT[operator]
        return [rank for rank in ranks if (value := values[rank]) is not None and holds(value, operand)]
    return _compared(values, _AGAINST_A_FACT[operator], columns.get(operand), ranks)


def _compared(
    values: Sequence[Any], holds: Callable[[Any, Any], bool], others: Sequence[Any] | None, ranks: Ranks
) -> Ranks:
    """The rows on which both facts are there and compare so."""
    if others is None:
        return []
    return [
        rank
        for rank in ranks
        if (value := values[rank]) is not None and (other := others[rank]) is not None and holds(value, other)
    ]


def _repeated(names: Sequence[str], columns: Columns, ranks: Ranks) -> Ranks:
    picked = [[columns[name][rank] for rank in ranks] for name in names if name in columns]
    keys: list[tuple[Any, ...]] = list(zip(*picked, strict=True)) if picked else [()] * len(ranks)
    seen = Counter(keys)
    return [rank for rank, key in zip(ranks, keys, strict=True) if seen[key] > 1]
