"""Frames of facts: what the Great Expectations suites run on.

One frame a sheet, with one line a filled row of one submission or of many, and a column for every fact that a rule of
the sheet names. One more, `cell`, with one line an answer that could not be read: the rules that every input column
shares run on it once instead of once a column. `WHERE` names where a line comes from.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from quality.conditions import operator_of
from quality.facts import FactTable, Setting, enrich
from quality.rows import spread
from sources.reference.roadmap import Reference
from sources.workbook.schema import Sheet, WorkbookSchema

if TYPE_CHECKING:
    import pandas as pd

WHERE = ("submission", "sheet", "row_number", "column")
CELLS = "cell"
# Facts that the landing holds under the name of the answer they were made of.
_MADE_OF = {"qualifier": "value_qualifier", "nature": "nature_taken"}


@dataclass(frozen=True)
class Judged:
    """The filled rows of one sheet of a submission, with their facts; `numbers` are the rows as a person counts."""

    submission: str
    partner: str
    numbers: Sequence[int]
    facts: FactTable


def frames_of(schema: WorkbookSchema, sheets: Iterable[Judged]) -> "dict[str, pd.DataFrame]":
    """Frames by sheet key and `cell`, from the filled rows of one submission or of many."""
    by_sheet: dict[str, list[Judged]] = {sheet.key: [] for sheet in schema.sheets}
    for judged in sheets:
        by_sheet[judged.facts.sheet].append(judged)
    frames = {sheet.key: _frame(schema, sheet, by_sheet[sheet.key]) for sheet in schema.sheets}
    cells = [cell for sheet in schema.sheets for judged in by_sheet[sheet.key] for cell in _refused(sheet, judged)]
    frames[CELLS] = _data({name: [cell[rank] for cell in cells] for rank, name in enumerate((*WHERE, "cell_refusal"))})
    return frames


def _refused(sheet: Sheet, judged: Judged) -> Iterator[tuple[str, str, int, str, str]]:
    """Where every answer is that could not be read, and why it could not."""
    for column in sheet.inputs:
        refusals = judged.facts.column(f"{column.key}_refusal")
        for number, refusal in zip(judged.numbers, refusals, strict=True):
            if refusal is not None:
                yield judged.submission, sheet.key, number, column.key, refusal


def _frame(schema: WorkbookSchema, sheet: Sheet, sheets: Sequence[Judged]) -> "pd.DataFrame":
    def each(value_of: Callable[[Judged], Any]) -> list[Any]:
        return [value for one in sheets for value in [value_of(one)] * one.facts.size]

    data: dict[str, list[Any]] = {
        "submission": each(attrgetter("submission")),
        "sheet": each(lambda _: sheet.key),
        "row_number": [number for one in sheets for number in one.numbers],
        "column": each(lambda _: sheet.key_column),
    }
    for fact in sorted(fact_names(schema, sheet) - set(WHERE)):
        data[fact] = [value for one in sheets for value in one.facts.column(fact)]
    partners = each(attrgetter("partner"))
    for fact, codes in composites(schema, sheet):
        pairs = zip(partners, data[fact], strict=True)
        data[composite_name(fact, codes)] = [None if code is None else f"{partner}|{code}" for partner, code in pairs]
    return _data(data)


def _data(columns: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({name: _series(values) for name, values in columns.items()})


def frames_of_landing(
    schema: WorkbookSchema, reference: Reference, tables: Mapping[str, Sequence[Mapping[str, Any]]]
) -> "dict[str, pd.DataFrame]":
    """Frames of what was accepted, from the landing's rows of `contribution`, `milestone_report`, `measurement`.

    These rows must break no error rule: what the check of accepted rows runs on.
    """
    owners: dict[tuple[str, str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for sheet in schema.sheets:
        for row in tables.get(sheet.table, ()):
            owner = (row["sha256"], row["partner_code"], row["session_code"])
            owners.setdefault(owner, {}).setdefault(sheet.key, []).append(row)
    return frames_of(schema, _landed(schema, reference, owners))


def fact_names(schema: WorkbookSchema, sheet: Sheet) -> set[str]:
    """Every fact that a rule of the sheet names."""
    names: set[str] = set()
    for rule in schema.row_rules(sheet.key):
        for _, conditions in spread(rule, sheet) if rule.each != "input" else ():
            for condition in conditions:
                names.update(condition.get("facts", ()))
                names.update({condition["fact"]} if "fact" in condition else ())
                operator = operator_of(condition)
                if operator.endswith("_fact"):
                    names.add(condition[operator])
    return names


def composites(schema: WorkbookSchema, sheet: Sheet) -> set[tuple[str, str]]:
    """The facts held against a set that depends on the partner, with the set's name."""
    return {
        (condition["fact"], condition[operator])
        for rule in schema.row_rules(sheet.key)
        for condition in rule.broken_when
        if (operator := operator_of(condition)) in {"among", "not_among"}
        and str(condition[operator]).startswith("partner_")
    }


def composite_name(fact: str, codes: str) -> str:
    """The column that holds « partner|code », so that one set serves the submissions of every partner."""
    return f"{fact}_in_{codes}"


def _landed(
    schema: WorkbookSchema,
    reference: Reference,
    owners: Mapping[tuple[str, str, str], Mapping[str, Sequence[Mapping[str, Any]]]],
) -> Iterator[Judged]:
    for (submission, partner, session), sheets in owners.items():
        setting = Setting(reference, partner, reference.sessions[session].cut_off)
        written = [_written(schema.sheet(sheet_key), rows) for sheet_key, rows in sheets.items()]
        for rows, facts in zip(sheets.values(), enrich(written, setting), strict=True):
            yield Judged(submission, partner, [row["row_number"] for row in rows], facts)


def _written(sheet: Sheet, rows: Sequence[Mapping[str, Any]]) -> FactTable:
    """Landing rows of one sheet under the names of the facts they were made from."""
    names = {landed.name: landed.fact for landed in sheet.landed}
    facts = {names.get(name, name): [row.get(name) for row in rows] for name in rows[0]}
    facts |= {made: facts[answer] for answer, made in _MADE_OF.items() if answer in facts}
    return FactTable(sheet.key, len(rows), facts)


def _series(values: Sequence[Any]) -> "pd.Series[Any]":
    """A column with the type its rules compare: days as timestamps, figures as floats, the rest as they are."""
    import pandas as pd

    present = [value for value in values if value is not None]
    if present and all(isinstance(value, date) for value in present):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")), dtype="datetime64[us]")
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype="object")
