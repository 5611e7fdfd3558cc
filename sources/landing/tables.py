"""The tables of the landing: what one received file leaves behind, and what schema `raw` holds.

One entry a table, in the order they are loaded. A reading writes each table it has rows for as one Parquet file
with exactly these columns; `raw` has the same columns. The tables of partners' answers take theirs from the
workbook's schema. Adding a column to another one: add it here, then in the dbt staging model of the same table. Dates
are calendar days, `received_at` is UTC. A locator is the place of a value: `Indicateurs!I12`, or `p. 1, l. 16-22`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sources.workbook.schema import load_schema

if TYPE_CHECKING:
    import pyarrow as pa


def _answers(sheet: str, **more: str) -> dict[str, str]:
    """The columns of accepted rows: the partner, the columns of the workbook's schema, the place."""
    owner = {"sha256": "text", "session_code": "text", "partner_code": "text"}
    place = {"sheet": "text", "row_number": "integer", "locator": "text"}
    answers = {landed.name: landed.type for landed in load_schema().sheet(sheet).landed}
    return {**owner, **answers, **more, **place}


# column → type: text, integer, float, boolean, date, timestamp, texts (list of text)
COLUMNS: dict[str, dict[str, str]] = {
    # grain: one received partner file
    "submission": {
        "sha256": "text",
        "file_name": "text",
        "partner_code": "text",
        "session_code": "text",
        "template_version": "text",
        "origin": "text",  # partner | reconstituted
        "received_at": "timestamp",
        "arrived_at": "timestamp",  # when a channel's server got it; null when it was dropped by hand
        "verdict": "text",  # accepted | accepted_with_warnings | partly_rejected | rejected
        "rows_read": "integer",
        "rows_accepted": "integer",
        "rows_rejected": "integer",
        "rows_ignored": "integer",
        "reader_version": "text",
    },
    # grain: submission × action
    "contribution": _answers("contribution"),
    # grain: submission × milestone
    "milestone_report": _answers("milestone"),
    # grain: submission × KPI × territory × period × nature
    "measurement": _answers("measurement", quote="text"),  # the value as it was typed
    # grain: rejected row of a submission × broken rule (from the quarantine)
    "rejected_row": {
        "sha256": "text",
        "session_code": "text",
        "partner_code": "text",
        "sheet": "text",
        "row_number": "integer",
        "item_code": "text",  # the action, milestone or KPI it names; null for a part of the country, or for none
        "cell": "text",
        "rule": "text",
        "received": "text",
        "message": "text",
        "fix": "text",
        "row_json": "text",
    },
    # grain: one received file of which nothing could be taken, whatever its channel (from the quarantine)
    "refused_file": {
        "sha256": "text",
        "channel": "text",  # submissions | documents | decisions
        "folder": "text",  # the partner's; null for what is no partner's
        "session_code": "text",
        "received_at": "timestamp",
        "rule": "text",
        "message": "text",
        "fix": "text",
    },
    # grain: submission × issue of any severity, rejected rows included
    "submission_issue": {
        "sha256": "text",
        "issue_rank": "integer",
        "rule": "text",
        "severity": "text",  # error | warning | correction
        "sheet": "text",
        "cell": "text",
        "received": "text",
        "message": "text",
        "fix": "text",
    },
    # grain: one published document
    "document": {
        "sha256": "text",
        "file_name": "text",
        "kind": "text",  # progress_report | other
        "title": "text",
        "as_of": "date",
        "session_code": "text",
        "origin": "text",
        "received_at": "timestamp",
        "extractor_version": "text",
    },
    # grain: document × priority
    "document_priority": {
        "sha256": "text",
        "priority_number": "integer",
        "title": "text",
        "axis_number": "integer",
    },
    # grain: document × action
    "document_action": {
        "sha256": "text",
        "action_code": "text",
        "priority_number": "integer",
        "title": "text",
        "objective": "text",
        "partners": "texts",
        "narrative": "text",
        "declared_status": "text",
        "locator": "text",
    },
    # grain: document × target of an objective
    "document_target": {
        "sha256": "text",
        "target_rank": "integer",
        "action_code": "text",
        "value": "float",
        "unit": "text",
        "deadline": "date",
        "deadline_precision": "text",
        "quote": "text",
        "locator": "text",
    },
    # grain: document × quantity of a text
    "document_quantity": {
        "sha256": "text",
        "quantity_rank": "integer",
        "fact_key": "text",  # its content, hashed: the same in the next version of the document
        "action_code": "text",
        "kpi_id": "text",
        "link_confidence": "float",
        "role": "text",  # what part the figure plays: value, part, increase, comparison, aim…
        "nature": "text",  # actual | provisional | estimated | forecast | planned
        "doubts": "text",  # why it may not count without a person, codes apart by « | »; null when nothing forbids it
        "value": "float",
        "unit": "text",
        "qualifier": "text",
        "period_start": "date",
        "period_end": "date",
        "period_precision": "text",
        "quote": "text",
        "quote_prefix": "text",
        "quote_suffix": "text",
        "locator": "text",
    },
    # grain: one decision of a person
    "decision": {
        "decision_id": "text",
        # action | commitment | measure | comparability | denominator | fact | conflict; before review version 2
        # also status (an action) and value (a measure)
        "subject_kind": "text",
        # action: action_code; commitment: commitment_id; measure: kpi_id|territory|period_end; fact: fact_key;
        # comparability, denominator: commitment_id|context_kpi_id; conflict: kpi_id|period_end
        "subject_key": "text",
        "session_code": "text",
        # action, commitment: status code; comparability: relation code; denominator: corrected;
        # measure, fact: validated | rejected | corrected; conflict: keep_a | keep_b | other_value | rejected
        "decision": "text",
        "value": "float",
        "qualifier": "text",  # how that value was stated
        "new_kpi_id": "text",  # a KPI that the decision gives to a figure
        "new_period_start": "date",  # a period that the decision corrects
        "new_period_end": "date",
        "new_period_precision": "text",
        "overruled": "text",  # what the decision overrules, in the words its author saw
        "decided_upon": "text",  # mark of what its author saw: the decision holds while the mart gives the same
        "author_role": "text",
        "decided_on": "date",
        "reason": "text",
        "received_at": "timestamp",
    },
    # grain: one reading of a commitment in a text, by a person
    "reading": {
        "reading_id": "text",
        "session_code": "text",  # session of the text
        "commitment_id": "text",
        # achieved | late | at_risk | on_track | stalled | not_started; withdrawn takes an earlier reading back
        "status": "text",
        "status_date": "date",  # day of success, or the later date the text gives
        "status_date_precision": "text",
        "document": "text",  # the text that was read
        "place": "text",
        "note": "text",  # what the reader understood, in the reader's words
        "author_role": "text",
        "read_on": "date",
        "sha256": "text",  # the review workbook
        "received_at": "timestamp",
    },
}


# Kept in the landing and not loaded into `raw`: words of the DNS, read where the deliverables are rendered.
KEPT: dict[str, dict[str, str]] = {
    # grain: one draft of a session's report that came back
    "draft": {
        "sha256": "text",
        "session_code": "text",
        "state": "text",  # what the file declares: BROUILLON | FINAL
        "refused": "text",  # why nothing could be taken, in French; null when it could
    },
    # grain: draft × text found in it
    "draft_text": {
        "sha256": "text",
        "session_code": "text",
        "key": "text",  # action/partner/column
        "text": "text",  # null: left as it was printed, or the partner's words put back
        "based_on": "text",  # mark of the contribution the draft showed; `restored` where its words were put back
    },
    # grain: draft × thing its author should know
    "draft_warning": {
        "sha256": "text",
        "message": "text",
    },
}


def columns_of(table: str) -> dict[str, str]:
    """The columns of a landing table by name, with their types. KeyError when there is no such table."""
    return COLUMNS[table] if table in COLUMNS else KEPT[table]


_WRITTEN: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat}


def from_json(table: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that came as JSON, with their days and times as such. KeyError for a column the table has not."""
    read = {name: _WRITTEN[kind] for name, kind in columns_of(table).items() if kind in _WRITTEN}
    return [
        {name: read[name](value) if value and name in read else value for name, value in row.items()} for row in rows
    ]


@cache
def arrow_schema(table: str) -> "pa.Schema":
    """The Parquet schema of a landing table. KeyError when there is no such table."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "texts": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(name, types[kind]) for name, kind in columns_of(table).items()])
