"""What a new drop changes against the partner's earlier ones for the same session.

Answers are compared as landed rows: a blank says nothing, a row that is not there is unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.french.typography import figure, short_date
from sources.workbook.schema import WorkbookSchema

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
_KEYS = {"contribution": "action_code", "milestone_report": "commitment_id", "measurement": "kpi_id"}
_SHEETS = {"contribution": "contribution", "milestone_report": "milestone", "measurement": "measurement"}
_TEXTS = {
    "contribution": ("progress_text", "next_steps", "risks", "support_needed"),
    "milestone_report": ("evidence",),
    "measurement": ("source_text", "comment"),
}
_COLUMN_OF = {"source_text": "source"}
_DATES = {
    "contribution": (("achieved_on", "achieved_on_precision"),),
    "milestone_report": (("forecast_on", "forecast_precision"), ("actual_on", "actual_precision")),
    "measurement": (),
}


@dataclass(frozen=True)
class Change:
    """One answer that is new or differs: sheet name, row's code, column header, and both texts; None was no answer."""

    sheet: str
    code: str
    column: str
    before: str | None
    after: str


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


def _answers(schema: WorkbookSchema, tables: Tables) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """Sheet name and code (of a value with period and territory), then the answers as texts by column header."""
    for table, key in _KEYS.items():
        sheet = schema.sheet(_SHEETS[table])
        headers = {column.key: column.header for column in sheet.columns}
        for row in tables.get(table, ()):
            shown = _shown(schema, table, row)
            code = row[key]
            if table == "measurement" and row.get("period_end"):
                code = f"{code} · {short_date(row['period_end'], row['period_precision'])}"
            if row.get("territory_code") not in {None, "FR"}:
                code = f"{code} · {row['territory_code']}"
            yield (sheet.name, code), {headers[column]: text for column, text in shown.items() if text}


def _shown(schema: WorkbookSchema, table: str, row: Mapping[str, Any]) -> dict[str, str | None]:
    texts: dict[str, str | None] = {_COLUMN_OF.get(name, name): row.get(name) for name in _TEXTS[table]}
    dates = {name: _day(row, name, precision) for name, precision in _DATES[table]}
    if table == "measurement":
        value = row.get("value")
        said = None if value is None else figure(value, "", row.get("qualifier") or "exact")
        return {"value": said or row.get("value_absence"), **texts}
    status = row.get("declared_status")
    label = schema.lists["declared_status"].get(status, status) if status else row.get("status_absence")
    return {"status": label, **dates, **texts}


def _day(row: Mapping[str, Any], name: str, precision: str) -> str | None:
    return short_date(row[name], row[precision] or "day") if row.get(name) else None
