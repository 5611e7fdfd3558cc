"""A judged submission as rows of the landing, with exactly the columns of its tables.

Grains: `submission` the file; `contribution`, `milestone_report`, `measurement` an accepted row; `rejected_row` a
rejected row × broken rule; `submission_issue` an issue of any severity. Accepted rows are given by column, as they
were judged: a row is a mapping made when asked for.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, overload

from quality.readings import Reading
from quality.rows import Issue, JudgedRow, JudgedSheet, Judgement
from quality.territories import COUNTRY

LandingRow = dict[str, Any]


class LandingColumns(Sequence[Mapping[str, Any]]):
    """Rows of a landing table, held by column."""

    def __init__(self, size: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """Every column has `size` values, one a row."""
        self.size, self.columns = size, columns

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, rank: int) -> LandingRow: ...
    @overload
    def __getitem__(self, rank: slice) -> list[LandingRow]: ...
    def __getitem__(self, rank: int | slice) -> LandingRow | list[LandingRow]:
        if isinstance(rank, slice):
            return [self[at] for at in range(*rank.indices(self.size))]
        if not -self.size <= rank < self.size:
            raise IndexError(rank)
        return {name: values[rank] for name, values in self.columns.items()}


def landing_rows(
    reading: Reading,
    judgement: Judgement,
    *,
    received_at: datetime,
    arrived_at: datetime | None,
    origin: str,
    reader_version: str,
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The rows of every landing table a submission leaves, by table; a table without rows is empty."""
    owner = {
        "sha256": reading.sha256,
        "session_code": judgement.session_code,
        "partner_code": judgement.partner_code,
    }
    accepted = {sheet.rows.layout.table: _accepted(owner, sheet) for sheet in judgement.sheets if sheet.accepted}
    return {
        "submission": [
            {
                **_submission(reading, judgement),
                "origin": origin,
                "received_at": received_at,
                "arrived_at": arrived_at,
                "reader_version": reader_version,
            }
        ],
        **{sheet.rows.layout.table: [] for sheet in judgement.sheets},
        **accepted,
        "rejected_row": [
            row
            for sheet in judgement.sheets
            for judged in sheet.judged(sheet.rejected)
            for row in _rejected(owner, judged, sheet.rows.layout.key_column)
        ],
        "submission_issue": [
            {"sha256": reading.sha256, "issue_rank": rank, **_received(issue), "severity": issue["severity"]}
            for rank, issue in enumerate(judgement.issues, start=1)
        ],
    }


def _submission(reading: Reading, judgement: Judgement) -> LandingRow:
    return {
        "sha256": reading.sha256,
        "file_name": reading.file_name,
        "partner_code": judgement.partner_code,
        "session_code": judgement.session_code,
        "template_version": reading.template_version,
        "verdict": judgement.verdict,
        **{f"rows_{name}": count for name, count in judgement.counts.items()},
    }


def _accepted(owner: LandingRow, sheet: JudgedSheet) -> LandingColumns:
    """The accepted rows of one sheet: the partner, the answers, and their cells."""
    layout, facts, places = sheet.rows.layout, sheet.facts, sheet.accepted
    size = len(places)

    def picked(values: Sequence[Any]) -> Sequence[Any]:
        return values if size == facts.size else [values[place] for place in places]

    def fact(name: str) -> Sequence[Any]:
        return picked(facts.columns[name]) if name in facts.columns else [None] * size

    columns: dict[str, Sequence[Any]] = {name: [value] * size for name, value in owner.items()}
    for landed in layout.landed:
        columns[landed.name] = fact(landed.fact)
        if landed.says_absence:
            absences = fact(f"{landed.fact}_absence")
            columns[landed.name] = [text or code for text, code in zip(columns[landed.name], absences, strict=True)]
    if layout.key == "measurement":
        columns["quote"] = picked(sheet.rows.texts("value"))
        qualifiers = zip(fact("value"), fact("qualifier"), fact("value_qualifier"), strict=True)
        columns["qualifier"] = [None if value is None else chosen or typed for value, chosen, typed in qualifiers]
        columns["nature"] = fact("nature_taken")
    name = sheet.rows.sheet_name
    columns["sheet"] = [name] * size
    columns["row_number"] = picked(sheet.rows.row_numbers)
    columns["locator"] = [f"{name}!{cell}" for cell in picked(sheet.rows.cells(layout.said_first))]
    return LandingColumns(size, columns)


def _rejected(owner: LandingRow, judged: JudgedRow, key_column: str) -> list[LandingRow]:
    row, facts = judged.row, judged.facts
    # a row names a territory, right or wrong, and it is not the country: it names no item of the country's
    is_of_a_part = facts.get("territory") is not None and facts.get("territory_code") != COUNTRY
    received = json.dumps(dict(row.raw), ensure_ascii=False, sort_keys=True)
    errors = [issue for issue in judged.issues if issue["severity"] == "error"]
    return [
        {
            **owner,
            "sheet": row.sheet_name,
            "row_number": row.row_number,
            "item_code": None if is_of_a_part else facts.get(key_column),
            **{key: value for key, value in _received(issue).items() if key != "sheet"},
            "row_json": received,
        }
        for issue in errors
    ]


def _received(issue: Issue) -> LandingRow:
    return {key: issue[key] for key in ("rule", "sheet", "cell", "received", "message", "fix")}
