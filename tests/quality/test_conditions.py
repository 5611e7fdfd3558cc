"""The grammar of `broken_when`, operator by operator, blanks included: the two programs that read it must agree."""

from typing import Any

import pandas as pd
import pytest

from quality.conditions import OPERATORS, Conditions, operator_of
from quality.suites import _query, expectation_of

SETS = {"actions": frozenset({"1-1", "8-4"})}
CASES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"fact": "x", "given": True}, {"x": 0}, True),
    ({"fact": "x", "given": True}, {"x": None}, False),
    ({"fact": "x", "missing": True}, {}, True),
    ({"fact": "x", "missing": True}, {"x": ""}, False),
    ({"fact": "x", "is": "late"}, {"x": "late"}, True),
    ({"fact": "x", "is": "late"}, {"x": None}, False),
    ({"fact": "x", "is": False}, {"x": False}, True),
    ({"fact": "x", "in": ["a", "b"]}, {"x": "b"}, True),
    ({"fact": "x", "in": ["a", "b"]}, {"x": None}, False),
    ({"fact": "x", "not_in": ["a"]}, {"x": "b"}, True),
    ({"fact": "x", "not_in": ["a"]}, {"x": None}, True),
    ({"fact": "x", "above": 0}, {"x": 0.1}, True),
    ({"fact": "x", "above": 0}, {"x": 0}, False),
    ({"fact": "x", "above": 0}, {"x": None}, False),
    ({"fact": "x", "below": 0}, {"x": -1}, True),
    ({"fact": "x", "above_fact": "y"}, {"x": 2, "y": 1}, True),
    ({"fact": "x", "above_fact": "y"}, {"x": 2, "y": None}, False),
    ({"fact": "x", "below_fact": "y"}, {"x": 1, "y": 1}, False),
    ({"fact": "x", "is_fact": "y"}, {"x": "a", "y": "a"}, True),
    ({"fact": "x", "is_fact": "y"}, {"x": None, "y": None}, False),
    ({"fact": "x", "is_not_fact": "y"}, {"x": "a", "y": "b"}, True),
    ({"fact": "x", "is_not_fact": "y"}, {"x": "a", "y": None}, False),
    ({"fact": "x", "among": "actions"}, {"x": "8-4"}, True),
    ({"fact": "x", "among": "actions"}, {"x": None}, False),
    ({"fact": "x", "not_among": "actions"}, {"x": "9-9"}, True),
    ({"fact": "x", "not_among": "actions"}, {"x": None}, False),
]


@pytest.mark.parametrize(("condition", "facts", "expected"), CASES)
def test_a_condition_holds_or_not(condition: dict[str, Any], facts: dict[str, Any], expected: bool) -> None:
    columns = {name: [value] for name, value in facts.items()}
    assert (Conditions([condition]).broken_rows(columns, [0], SETS) == [0]) is expected


@pytest.mark.parametrize(("condition", "facts", "expected"), CASES)
def test_the_query_of_a_condition_selects_the_same_rows(
    condition: dict[str, Any], facts: dict[str, Any], expected: bool
) -> None:
    """Conditions that only select rows are pandas queries in the suites: blanks must count the same there."""
    filler = {name: [value, None] for name, value in {"x": None, "y": None, **facts}.items()}
    frame = pd.DataFrame({name: pd.Series(values, dtype="object") for name, values in filler.items()})
    if operator_of(condition) in {"above", "below", "above_fact", "below_fact"}:
        frame = frame.astype("float64")
    assert (0 in frame.query(_query(condition, SETS)).index) is expected


def test_every_operator_is_tried() -> None:
    assert {operator_of(condition) for condition, _, _ in CASES} == OPERATORS - {"repeated"}


@pytest.mark.parametrize("condition", [{"fact": "x"}, {"fact": "x", "is": 1, "above": 2}, {"fact": "x", "equals": 1}])
def test_a_condition_without_its_one_operator_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one operator"):
        operator_of(condition)


def test_every_condition_must_hold() -> None:
    columns = {"a": [1, 1, None], "b": [None, 2, None]}
    conditions = [{"fact": "a", "given": True}, {"fact": "b", "missing": True}]
    assert Conditions(conditions).broken_rows(columns, range(3), {}) == [0]


@pytest.mark.parametrize(("condition", "facts", "expected"), CASES)
def test_a_column_that_is_left_out_counts_as_blank(
    condition: dict[str, Any], facts: dict[str, Any], expected: bool
) -> None:
    columns = {name: [value] for name, value in facts.items() if value is not None}
    assert (Conditions([condition]).broken_rows(columns, [0], SETS) == [0]) is expected


def test_rows_that_are_not_asked_about_are_not_told_nor_counted_twice() -> None:
    columns = {"k": ["x", "x", "x"]}
    assert Conditions([{"fact": "k", "given": True}]).broken_rows(columns, [1], {}) == [1]
    assert Conditions([{"facts": ["k"], "repeated": True}]).broken_rows(columns, [1], {}) == []


def test_repeated_rows_are_all_told_and_only_among_those_that_qualify() -> None:
    columns = {"k": ["x", "x", "x", None, None], "p": [1, 2, 1, 1, 1]}
    conditions = [{"fact": "k", "given": True}, {"facts": ["k", "p"], "repeated": True}]
    assert Conditions(conditions).broken_rows(columns, range(5), {}) == [0, 2]


def test_the_most_telling_condition_is_the_one_expected() -> None:
    conditions = [{"fact": "status", "is": "achieved"}, {"fact": "achieved_on", "missing": True}]
    expectation = expectation_of(conditions, {})
    assert type(expectation).__name__ == "ExpectColumnValuesToNotBeNull"
    assert expectation.column == "achieved_on"
    assert "(status == 'achieved')" in str(expectation.row_condition)
