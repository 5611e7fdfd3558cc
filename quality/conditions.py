"""The grammar of `broken_when`: conditions on the facts of one row, as written in the workbook's schema.

`given`, `missing`: the fact is there or not. `is`, `in`, `not_in`: against constants. `above`, `below`: against a
number. `above_fact`, `below_fact`, `is_fact`, `is_not_fact`: against another fact of the row. `among`, `not_among`:
against a named set of codes. `repeated`: the facts named are the same on another row of the sheet. A comparison with a
fact that is not there never holds, save `not_in`.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

Facts = Mapping[str, Any]
Condition = Mapping[str, Any]
Sets = Mapping[str, Set[str]]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "given": lambda value, _: value is not None,
    "missing": lambda value, _: value is None,
    "is": lambda value, wanted: value is not None and value == wanted,
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
    "above": lambda value, limit: value is not None and value > limit,
    "below": lambda value, limit: value is not None and value < limit,
}
_FACT_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "above_fact": lambda value, other: value > other,
    "below_fact": lambda value, other: value < other,
    "is_fact": lambda value, other: value == other,
    "is_not_fact": lambda value, other: value != other,
}
OPERATORS = frozenset({*_TESTS, *_FACT_TESTS, "among", "not_among", "repeated"})


def operator_of(condition: Condition) -> str:
    """The one operator of a condition. ValueError when it has none or several."""
    found = OPERATORS & set(condition)
    if len(found) != 1:
        raise ValueError(f"a condition has one operator, this one has {sorted(found) or 'none'}: {dict(condition)}")
    return next(iter(found))


def holds(condition: Condition, facts: Facts, sets: Sets) -> bool:
    """Whether a condition on one row holds; `repeated` needs the other rows and is `repeated_rows`' work."""
    operator = operator_of(condition)
    value, operand = facts.get(condition["fact"]), condition[operator]
    if operator in _TESTS:
        return _TESTS[operator](value, operand)
    if operator in _FACT_TESTS:
        other = facts.get(operand)
        return value is not None and other is not None and _FACT_TESTS[operator](value, other)
    return value is not None and (value in sets[operand]) == (operator == "among")


def broken_rows(conditions: Sequence[Condition], rows: Sequence[Facts], sets: Sets) -> list[int]:
    """The ranks of the rows on which every condition holds."""
    plain = [c for c in conditions if operator_of(c) != "repeated"]
    ranks = [rank for rank, facts in enumerate(rows) if all(holds(c, facts, sets) for c in plain)]
    for condition in conditions:
        if operator_of(condition) == "repeated":
            ranks = _repeated(condition["facts"], rows, ranks)
    return ranks


def _repeated(names: Sequence[str], rows: Sequence[Facts], ranks: list[int]) -> list[int]:
    keys = {rank: tuple(rows[rank].get(name) for name in names) for rank in ranks}
    seen = list(keys.values())
    return [rank for rank in ranks if seen.count(keys[rank]) > 1]
