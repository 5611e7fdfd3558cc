"""Frames of facts: what the Great Expectations suites run on.

One frame a sheet, with one line a filled row of one submission or of many, and a column for every fact that a rule of
the sheet names. One more, `cell`, with one line an answer that could not be read: the rules that every input column
shares run on it once instead of once a column. `WHERE` says where a line comes from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from quality.conditions import operator_of
from quality.facts import Facts, Setting, enrich
from quality.protocols import Reference, Schema, Sheet
from quality.rows import spread

if TYPE_CHECKING:
    import pandas as pd

WHERE = ("submission", "sheet", "row_number", "column")
CELLS = "cell"
_TABLES = {"contribution": "contribution", "milestone_report": "milestone", "measurement": "measurement"}
_RENAMED = {
    "declared_status": "status",
    "forecast_precision": "forecast_on_precision",
    "actual_precision": "actual_on_precision",
    "source_text": "source",
}


def frames_of(schema: Schema, rows: Iterable[tuple[str, str, int, str, Facts]]) -> "dict[str, pd.DataFrame]":
    """Frames by sheet key and `cell`, from (submission, partner, row number, sheet key, facts) of filled rows."""
    lines: dict[str, list[dict[str, Any]]] = {sheet.key: [] for sheet in schema.sheets}
    cells: list[dict[str, Any]] = []
    for submission, partner, row_number, sheet_key, facts in rows:
        where = {"submission": submission, "sheet": sheet_key, "row_number": row_number}
        lines[sheet_key].append({**where, "column": schema.sheet(sheet_key).key_column, "partner": partner, **facts})
        for column in schema.sheet(sheet_key).inputs:
            refusal = facts.get(f"{column.key}_refusal")
            if refusal is not None:
                cells.append({**where, "column": column.key, "cell_refusal": refusal})
    frames = {sheet.key: _frame(schema, sheet, lines[sheet.key]) for sheet in schema.sheets}
    frames[CELLS] = _data({name: [c[name] for c in cells] for name in (*WHERE, "cell_refusal")})
    return frames


def _frame(schema: Schema, sheet: Sheet, lines: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    columns = [*WHERE, *sorted(fact_names(schema, sheet) - set(WHERE))]
    data = {column: [line.get(column) for line in lines] for column in columns}
    for fact, codes in composites(schema, sheet):
        data[composite_name(fact, codes)] = [_composite(line, fact) for line in lines]
    return _data(data)


def _data(columns: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({name: _series(values) for name, values in columns.items()})


def frames_of_landing(
    schema: Schema, reference: Reference, tables: Mapping[str, Sequence[Mapping[str, Any]]]
) -> "dict[str, pd.DataFrame]":
    """Frames of what was accepted, from the landing's rows of `contribution`, `milestone_report`, `measurement`.

    These rows must break no error rule: what the check of accepted rows runs on.
    """
    owners: dict[tuple[str, str, str], list[tuple[str, Mapping[str, Any]]]] = {}
    for table, sheet_key in _TABLES.items():
        for row in tables.get(table, ()):
            owner = (row["sha256"], row["partner_code"], row["session_code"])
            owners.setdefault(owner, []).append((sheet_key, row))
    return frames_of(schema, _landed(reference, owners))


def fact_names(schema: Schema, sheet: Sheet) -> set[str]:
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


def composites(schema: Schema, sheet: Sheet) -> set[tuple[str, str]]:
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


def _composite(line: Mapping[str, Any], fact: str) -> str | None:
    return None if line.get(fact) is None else f"{line['partner']}|{line[fact]}"


def _landed(
    reference: Reference, owners: Mapping[tuple[str, str, str], Sequence[tuple[str, Mapping[str, Any]]]]
) -> Iterator[tuple[str, str, int, str, Facts]]:
    for (submission, partner, session), rows in owners.items():
        setting = Setting(reference, partner, reference.sessions[session].cut_off)
        facts = enrich([(sheet_key, _written(row)) for sheet_key, row in rows], setting)
        for (sheet_key, row), known in zip(rows, facts, strict=True):
            yield submission, partner, row["row_number"], sheet_key, known


def _written(row: Mapping[str, Any]) -> Facts:
    """A landing row under the names of the facts it was made from."""
    facts = {_RENAMED.get(name, name): value for name, value in row.items()}
    facts["value_absence" if "value" in row else "status_absence"] = row.get("value_absence", row.get("status_absence"))
    for name in ("achieved_on", "actual_on", "forecast_on"):
        facts.setdefault(f"{name}_start", None)
    if "value" in row:
        facts["value_qualifier"] = row.get("qualifier")
    return facts


def _series(values: Sequence[Any]) -> "pd.Series[Any]":
    """A column with the type its rules compare: days as timestamps, figures as floats, the rest as they are."""
    import pandas as pd

    present = [value for value in values if value is not None]
    if present and all(isinstance(value, date) for value in present):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")), dtype="datetime64[us]")
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype="object")
