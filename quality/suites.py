"""Great Expectations suites on what partners sent, built from the workbook's schema.

One suite a frame (`quality.frames`), one expectation a rule. The expectation is the contrary of the rule's main
condition; the rule's other conditions select its rows. `quality.rows` judges the same rules without the
library, and a test proves that both find the same rows. Rejected rows are never taken from here: the library shortens
its lists.

Pandas batches in an ephemeral context, no analytics: nothing is written, nothing leaves the machine.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from quality.conditions import Condition, operator_of
from quality.facts import code_sets
from quality.frames import CELLS, WHERE, composite_name
from quality.rows import spread
from sources.reference.roadmap import Reference
from sources.workbook.schema import Rule, WorkbookSchema

if TYPE_CHECKING:
    import pandas as pd

# Conditions whose contrary is an expectation, the preferred first. `not_in` and `is_fact` only select rows: the
# library skips blanks where `not_in` does not, and has no expectation that two columns differ.
_MAIN_FIRST = (
    "repeated", "not_among", "above_fact", "below_fact", "is_not_fact", "above", "below", "missing", "in", "is",
    "among", "given",
)  # fmt: skip


@dataclass(frozen=True)
class SuiteResult:
    """One expectation on one frame: how many lines it checked, and where it was broken.

    `broken` holds (submission, sheet key, row number, column key), one a row or a cell.
    """

    frame: str
    rule: str
    severity: str
    expectation: str
    success: bool
    rows: int
    broken: tuple[tuple[str, str, int, str], ...] = ()


Wanted = tuple[Rule, Sequence[Condition]]


def load_library() -> None:
    """Import Great Expectations, which takes seconds, before it is needed."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import_module("great_expectations")
    _expectations()


def run_suites(
    frames: "Mapping[str, pd.DataFrame]",
    schema: WorkbookSchema,
    reference: Reference,
    *,
    severities: Sequence[str] = ("error",),
) -> list[SuiteResult]:
    """Run every suite on its frame, for the rules of the given severities.

    One result a rule and frame, in the schema's order; an empty frame is a success with no rows.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    sets = _sets(reference)
    results: list[SuiteResult] = []
    for name, wanted in suites_of(schema, severities).items():
        frame = frames[name]
        results.extend(_run(name, frame, wanted, sets) if len(frame) else [_nothing(name, rule) for rule, _ in wanted])
    return results


def suites_of(schema: WorkbookSchema, severities: Sequence[str]) -> dict[str, list[Wanted]]:
    """The rules of each frame, with the conditions a line breaks them on."""
    suites: dict[str, list[Wanted]] = {sheet.key: [] for sheet in schema.sheets}
    cells: dict[str, Wanted] = {}
    for sheet in schema.sheets:
        for rule in schema.row_rules(sheet.key):
            if rule.severity not in severities:
                continue
            if rule.each == "input":
                cells[rule.code] = (rule, rule.broken_when)
            else:
                suites[sheet.key].extend((rule, conditions) for _, conditions in spread(rule, sheet))
    return {**suites, CELLS: list(cells.values())}


def _run(
    name: str, frame: "pd.DataFrame", wanted: Sequence[Wanted], sets: Mapping[str, frozenset[str]]
) -> list[SuiteResult]:
    gx: Any = import_module("great_expectations")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name=name)
    for rank, (_, conditions) in enumerate(wanted):
        expectation = expectation_of(conditions, sets)
        expectation.meta = {"rank": rank}
        suite.add_expectation(expectation)
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    outcome = batch.validate(
        suite,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(WHERE),
            "return_unexpected_index_query": False,
        },
    )
    by_rank = {result.expectation_config.meta["rank"]: result for result in outcome.results}
    return [_result(name, rule, frame, by_rank[rank]) for rank, (rule, _) in enumerate(wanted)]


def expectation_of(conditions: Sequence[Condition], sets: Mapping[str, frozenset[str]]) -> Any:
    """The expectation that fails on exactly the rows where every condition holds."""
    from great_expectations.expectations.row_conditions import PassThroughCondition

    operators = [operator_of(condition) for condition in conditions]
    main_rank = min(range(len(conditions)), key=lambda rank: _rank(operators[rank]))
    others = [c for rank, c in enumerate(conditions) if rank != main_rank]
    main = conditions[main_rank]
    if operators[main_rank] not in _MAIN_FIRST:
        others, main = list(conditions), {"fact": main["fact"], "given": True}
    expectation = _contrary(main, sets)
    if others:
        expectation.row_condition = PassThroughCondition(
            pass_through_filter=" and ".join(_query(c, sets) for c in others)
        )
    return expectation


def _rank(operator: str) -> int:
    return _MAIN_FIRST.index(operator) if operator in _MAIN_FIRST else len(_MAIN_FIRST)


def _contrary(condition: Condition, sets: Mapping[str, frozenset[str]]) -> Any:
    """The expectation that one condition does not hold."""
    gxe = _expectations()
    operator = operator_of(condition)
    operand = condition[operator]
    if operator == "repeated":
        return gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["submission", *condition["facts"]], ignore_row_if="never"
        )
    fact = condition["fact"]
    if operator in {"among", "not_among"}:
        column = composite_name(fact, operand) if operand.startswith("partner_") else fact
        values = sorted(sets[operand])
        if operator == "among":
            return gxe.ExpectColumnValuesToNotBeInSet(column=column, value_set=values)
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values)
    if operator in {"above_fact", "below_fact", "is_not_fact"}:
        return _pair(operator, fact, operand)
    made = {
        "given": lambda: gxe.ExpectColumnValuesToBeNull(column=fact),
        "missing": lambda: gxe.ExpectColumnValuesToNotBeNull(column=fact),
        "is": lambda: gxe.ExpectColumnValuesToNotBeInSet(column=fact, value_set=[operand]),
        "in": lambda: gxe.ExpectColumnValuesToNotBeInSet(column=fact, value_set=list(operand)),
        "above": lambda: gxe.ExpectColumnValuesToBeBetween(column=fact, max_value=operand),
        "below": lambda: gxe.ExpectColumnValuesToBeBetween(column=fact, min_value=operand),
    }
    return made[operator]()


def _expectations() -> Any:
    """The library's expectation classes, which it does not export to type checkers."""
    return import_module("great_expectations.expectations")


def _pair(operator: str, fact: str, other: str) -> Any:
    gxe = _expectations()
    if operator == "is_not_fact":
        return gxe.ExpectColumnPairValuesToBeEqual(
            column_A=fact, column_B=other, ignore_row_if="either_value_is_missing"
        )
    high, low = (other, fact) if operator == "above_fact" else (fact, other)
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=high, column_B=low, or_equal=True, ignore_row_if="either_value_is_missing"
    )


def _query(condition: Condition, sets: Mapping[str, frozenset[str]]) -> str:
    """A condition as a pandas query, with the same treatment of blanks as `quality.conditions`."""
    operator = operator_of(condition)
    fact, operand = condition["fact"], condition[operator]
    if operator in {"among", "not_among"}:
        column = composite_name(fact, operand) if operand.startswith("partner_") else fact
        test = f"{column} {'in' if operator == 'among' else 'not in'} {sorted(sets[operand])!r}"
        return f"({fact}.notnull() and {test})"
    if operator.endswith("_fact"):
        sign = {"above_fact": ">", "below_fact": "<", "is_fact": "==", "is_not_fact": "!="}[operator]
        return f"({fact}.notnull() and {operand}.notnull() and {fact} {sign} {operand})"
    return {
        "given": f"({fact}.notnull())",
        "missing": f"({fact}.isnull())",
        "is": f"({fact} == {operand!r})",
        "in": f"({fact} in {operand!r})",
        "not_in": f"({fact} not in {operand!r})",
        "above": f"({fact} > {operand!r})",
        "below": f"({fact} < {operand!r})",
    }[operator]


def _sets(reference: Reference) -> dict[str, frozenset[str]]:
    """The code sets of every partner at once: those of a partner's rights hold « partner|code »."""
    sets: dict[str, frozenset[str]] = {}
    for partner in reference.partners:
        for name, codes in code_sets(reference, partner).items():
            if name.startswith("partner_"):
                sets[name] = sets.get(name, frozenset()) | {f"{partner}|{code}" for code in codes}
            else:
                sets[name] = codes
    return sets


def _result(name: str, rule: Rule, frame: "pd.DataFrame", result: Any) -> SuiteResult:
    if result.exception_info and result.exception_info.get("raised_exception"):
        raise RuntimeError(f"{name}, {rule.code}: {result.exception_info.get('exception_message')}")
    listed = (result.result or {}).get("unexpected_index_list") or []
    broken = sorted({(row["submission"], row["sheet"], int(row["row_number"]), row["column"]) for row in listed})
    kind = result.expectation_config.type
    return SuiteResult(name, rule.code, rule.severity, kind, bool(result.success), len(frame), tuple(broken))


def _nothing(name: str, rule: Rule) -> SuiteResult:
    return SuiteResult(name, rule.code, rule.severity, "", success=True, rows=0)
