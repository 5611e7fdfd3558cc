"""What a new drop changes against the partner's earlier ones for the same session.

Answers are compared as landed rows: a blank says nothing, a row that is not there is unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.french.typography import figure, short_date
from sources.workbook.schema import Column, WorkbookSchema

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
ACTUAL = "actual"
# Columns that tell of a value, and are no answer of their own: they are in the row's code or in the value's text.
_OF_THE_VALUE = frozenset({"period", "territory", "qualifier", "nature"})


@dataclass(frozen=True)
class Change:
    """One answer that is new or differs: sheet name, row's code, column header, and both texts; None is no answer."""

    sheet: str
    code: str
    column: str
    before: str | None
    after: str | None


def changes(schema: WorkbookSchema, earlier: Sequence[Tables], now: Tables) -> list[Change]:
    """The changes a drop makes to what the earlier ones, oldest first, amount to."""
    known: dict[tuple[str, str], dict[str, str]] = {}
    for tables in earlier:
        for place, answers in _answers(schema, tables):
            known.setdefault(place, {}).update(answers)
    return [
        Change(sheet, code, column, known.get((sheet, code), {}).get(column), text)
        for (sheet, code), answers in _answers(schema, now)
        for column, text in answers.items()
        if known.get((sheet, code), {}).get(column) != text
    ]


def reread(schema: WorkbookSchema, before: Tables, now: Tables) -> list[Change]:
    """What a new reading of the same file changes: an answer that is no longer taken has no text after."""
    taken, found = dict(_answers(schema, before)), dict(_answers(schema, now))
    lost = [
        Change(sheet, code, column, text, None)
        for (sheet, code), answers in taken.items()
        for column, text in answers.items()
        if column not in found.get((sheet, code), {})
    ]
    return [*changes(schema, [before], now), *lost]


def _answers(schema: WorkbookSchema, tables: Tables) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """Sheet name and code (of a value with period and territory), then the answers as texts by column header."""
    for sheet in schema.sheets:
        for row in tables.get(sheet.table, ()):
            code = row[sheet.key_column]
            if row.get("period_end"):
                code = f"{code} · {short_date(row['period_end'], row['period_precision'])}"
            if row.get("territory_code") not in {None, "FR"}:
                code = f"{code} · {row['territory_code']}"
            shown = ((column.header, _shown(schema, column, row)) for column in sheet.inputs)
            yield (sheet.name, code), {header: text for header, text in shown if text}


def _shown(schema: WorkbookSchema, column: Column, row: Mapping[str, Any]) -> str | None:
    """An answer as a text; None for a blank."""
    if column.key in _OF_THE_VALUE:
        return None
    name = column.landed[0].name
    value: Any = row.get(name)
    if value is None:
        absence: str | None = row.get(f"{column.key}_absence")
        return absence
    if column.type == "number":
        said = figure(value, "", row.get(f"{name}_qualifier") or row.get("qualifier") or "exact")
        nature = row.get("nature") or ACTUAL
        return said if nature == ACTUAL else f"{said} ({schema.lists['nature'][nature].lower()})"
    if column.type == "date":
        return short_date(value, row.get(f"{name}_precision") or "day")
    if column.choices:
        return str(schema.lists[column.choices].get(value, value))
    return str(value)
