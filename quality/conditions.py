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

Facts = Mapping[str, Any]
Condition = Mapping[str, Any]
Sets = Mapping[str, Set[str]]

Test = Callable[[Facts, Sets], bool]

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


def tester_of(condition: Condition) -> Test:
    """A condition on one row as a function of its facts and the named sets; `repeated` has none."""
    operator, fact = operator_of(condition), condition["fact"]
    operand = condition[operator]
    if operator in _AGAINST_A_CONSTANT:
        return _compared(fact, _AGAINST_A_CONSTANT[operator], operand)
    if operator in _AGAINST_A_FACT:
        return _compared_with_fact(fact, _AGAINST_A_FACT[operator], operand)
    if operator in {"among", "not_among"}:
        wanted = operator == "among"
        return lambda facts, sets: (value := facts.get(fact)) is not None and (value in sets[operand]) is wanted
    plain: dict[str, Test] = {
        "given": lambda facts, _: facts.get(fact) is not None,
        "missing": lambda facts, _: facts.get(fact) is None,
        "in": lambda facts, _: facts.get(fact) in operand,
        "not_in": lambda facts, _: facts.get(fact) not in operand,
    }
    return plain[operator]


def _compared(fact: str, compare: Callable[[Any, Any], bool], operand: Any) -> Test:
    return lambda facts, _: (value := facts.get(fact)) is not None and compare(value, operand)


def _compared_with_fact(fact: str, compare: Callable[[Any, Any], bool], other: str) -> Test:
    def test(facts: Facts, _: Sets) -> bool:
        left, right = facts.get(fact), facts.get(other)
        return left is not None and right is not None and compare(left, right)

    return test


def facts_needed(condition: Condition) -> frozenset[str]:
    """The facts without which a condition holds on no row."""
    operator = operator_of(condition)
    if operator in {"missing", "not_in", "repeated"} or (operator == "in" and None in condition[operator]):
        return frozenset()
    return frozenset({condition["fact"], *([condition[operator]] if operator in _AGAINST_A_FACT else [])})


def holds(condition: Condition, facts: Facts, sets: Sets) -> bool:
    """Whether a condition on one row holds; `repeated` needs the other rows and is `Conditions`' work."""
    return tester_of(condition)(facts, sets)


class Conditions:
    """The conditions of one rule, made ready once for many rows."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        """ValueError when one of them has no operator or several."""
        self._tests = [tester_of(c) for c in conditions if operator_of(c) != "repeated"]
        self._repeated = [c["facts"] for c in conditions if operator_of(c) == "repeated"]
        self.needed: frozenset[str] = frozenset().union(*map(facts_needed, conditions))

    def broken_rows(self, rows: Sequence[Facts], sets: Sets) -> list[int]:
        """The ranks of the rows on which every condition holds."""
        first, *others = self._tests or [_always]
        ranks = [rank for rank, facts in enumerate(rows) if first(facts, sets)]
        for test in others:
            ranks = [rank for rank in ranks if test(rows[rank], sets)]
        for names in self._repeated:
            ranks = _repeated(names, rows, ranks)
        return ranks


def broken_rows(conditions: Sequence[Condition], rows: Sequence[Facts], sets: Sets) -> list[int]:
    """The ranks of the rows on which every condition holds."""
    return Conditions(conditions).broken_rows(rows, sets)


def _always(_facts: Facts, _sets: Sets) -> bool:
    return True


def _repeated(names: Sequence[str], rows: Sequence[Facts], ranks: list[int]) -> list[int]:
    keys = [tuple(rows[rank].get(name) for name in names) for rank in ranks]
    seen = Counter(keys)
    return [rank for rank, key in zip(ranks, keys, strict=True) if seen[key] > 1]
