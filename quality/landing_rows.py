"""A judged submission as rows of the landing: plain dicts with exactly the columns of its tables.

Grains: `submission` the file; `contribution`, `milestone_report`, `measurement` an accepted row; `rejected_row` a
rejected row × broken rule; `submission_issue` an issue of any severity.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quality.protocols import Reading
from quality.rows import Issue, JudgedRow, Judgement

LandingRow = dict[str, Any]


def landing_rows(
    reading: Reading, judgement: Judgement, *, received_at: datetime, origin: str, reader_version: str
) -> dict[str, list[LandingRow]]:
    """The rows of every landing table a submission leaves, by table; a table without rows is an empty list."""
    rows: dict[str, list[LandingRow]] = {
        "submission": [_submission(reading, judgement, received_at, origin, reader_version)],
        "contribution": [],
        "milestone_report": [],
        "measurement": [],
        "rejected_row": [],
        "submission_issue": [
            {"sha256": reading.sha256, "issue_rank": rank, **_said(issue), "severity": issue["severity"]}
            for rank, issue in enumerate(judgement.issues, start=1)
        ],
    }
    owner = {
        "sha256": reading.sha256,
        "session_code": judgement.session_code,
        "partner_code": judgement.partner_code,
    }
    for judged in judgement.accepted:
        table, make = _TABLES[judged.row.sheet]
        rows[table].append({**owner, **make(judged), **_where(judged)})
    for judged in judgement.rejected:
        rows["rejected_row"].extend(_rejected(owner, judged))
    return rows


def _submission(
    reading: Reading, judgement: Judgement, received_at: datetime, origin: str, reader_version: str
) -> LandingRow:
    accepted, rejected, ignored = len(judgement.accepted), len(judgement.rejected), len(judgement.ignored)
    return {
        "sha256": reading.sha256,
        "file_name": reading.file_name,
        "partner_code": judgement.partner_code,
        "session_code": judgement.session_code,
        "template_version": reading.template_version,
        "origin": origin,
        "received_at": received_at,
        "verdict": judgement.verdict,
        "rows_read": accepted + rejected + ignored,
        "rows_accepted": accepted,
        "rows_rejected": rejected,
        "rows_ignored": ignored,
        "reader_version": reader_version,
    }


def _contribution(judged: JudgedRow) -> LandingRow:
    facts = judged.facts
    return {
        "action_code": facts["action_code"],
        "declared_status": facts.get("status"),
        "status_absence": facts.get("status_absence"),
        "achieved_on": facts.get("achieved_on"),
        "achieved_on_precision": facts.get("achieved_on_precision"),
        "progress_text": _said_text(facts, "progress_text"),
        "next_steps": _said_text(facts, "next_steps"),
        "risks": _said_text(facts, "risks"),
        "support_needed": _said_text(facts, "support_needed"),
    }


def _milestone(judged: JudgedRow) -> LandingRow:
    facts = judged.facts
    return {
        "commitment_id": facts["commitment_id"],
        "declared_status": facts.get("status"),
        "status_absence": facts.get("status_absence"),
        "forecast_on": facts.get("forecast_on"),
        "forecast_precision": facts.get("forecast_on_precision"),
        "actual_on": facts.get("actual_on"),
        "actual_precision": facts.get("actual_on_precision"),
        "evidence": _said_text(facts, "evidence"),
    }


def _measurement(judged: JudgedRow) -> LandingRow:
    facts = judged.facts
    has_value = facts.get("value") is not None
    return {
        "kpi_id": facts["kpi_id"],
        "territory_code": facts["territory_code"],
        "value": facts.get("value"),
        "qualifier": (facts.get("qualifier") or facts.get("value_qualifier")) if has_value else None,
        "value_absence": facts.get("value_absence"),
        "period_start": facts.get("period_start"),
        "period_end": facts.get("period_end"),
        "period_precision": facts.get("period_precision"),
        "source_text": _said_text(facts, "source"),
        "comment": _said_text(facts, "comment"),
        "quote": judged.row.raw.get("value"),
    }


def _said_text(facts: Mapping[str, Any], column: str) -> Any:
    """The text, or the code by which the partner says that there is none (`SUPPR` withdraws the one before)."""
    return facts.get(column) or facts.get(f"{column}_absence")


_TABLES = {
    "contribution": ("contribution", _contribution),
    "milestone": ("milestone_report", _milestone),
    "measurement": ("measurement", _measurement),
}
_SAID_FIRST = {"contribution": "status", "milestone": "status", "measurement": "value"}


def _where(judged: JudgedRow) -> LandingRow:
    """Sheet, row and locator: the cell of the row's main answer."""
    row = judged.row
    cell = row.cells.get(_SAID_FIRST[row.sheet]) or f"A{row.row_number}"
    return {"sheet": row.sheet_name, "row_number": row.row_number, "locator": f"{row.sheet_name}!{cell}"}


def _rejected(owner: LandingRow, judged: JudgedRow) -> list[LandingRow]:
    row = judged.row
    received = json.dumps(dict(row.raw), ensure_ascii=False, sort_keys=True)
    errors = [issue for issue in judged.issues if issue["severity"] == "error"]
    return [
        {
            **owner,
            "sheet": row.sheet_name,
            "row_number": row.row_number,
            **{key: value for key, value in _said(issue).items() if key != "sheet"},
            "row_json": received,
        }
        for issue in errors
    ]


def _said(issue: Issue) -> LandingRow:
    return {key: issue[key] for key in ("rule", "sheet", "cell", "received", "message", "fix")}
