"""The row judge and the Great Expectations suites are two programs on one schema: they must find the same rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestration.services.reception.check import Submission
from quality.facts import FactTable, Setting, facts_of
from quality.frames import Judged, frames_of, frames_of_landing
from quality.rows import filled_rows
from quality.suites import run_suites
from sources.landing.store import Reception
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Previous
from sources.workbook.schema import WorkbookSchema

ALL = ("error", "warning", "correction")


def _frames(
    submission: Submission, schema: WorkbookSchema, reference: Reference, previous: Previous
) -> Mapping[str, Any]:
    reading = submission.reading
    partner, session = reading.partner_code or "", reading.session_code or ""
    setting = Setting(reference, partner, reference.sessions[session].cut_off, previous)
    sheets = []
    for rows, facts in zip(reading.sheets, facts_of(reading, setting), strict=True):
        filled = filled_rows(schema, facts)
        columns = {name: [values[place] for place in filled] for name, values in facts.columns.items()}
        numbers = [rows.row_numbers[place] for place in filled]
        sheets.append(Judged(reading.sha256, partner, numbers, FactTable(facts.sheet, len(filled), columns)))
    return frames_of(schema, sheets)


def test_both_find_the_same_rows_for_every_rule(
    schema: WorkbookSchema,
    reference: Reference,
    previous: Previous,
    all_faults: Any,
) -> None:
    submission = all_faults.submission
    results = run_suites(_frames(submission, schema, reference, previous), schema, reference, severities=ALL)
    by_suites = {(result.rule, sheet, row) for result in results for _, sheet, row, _ in result.broken}
    judged = [*submission.judgement.accepted, *submission.judgement.rejected]
    by_rows = {(issue["rule"], one.row.sheet, one.row.row_number) for one in judged for issue in one.issues}
    assert by_suites == by_rows
    of_a_csv = {"ROW_IN_DOUBT"}
    told = {rule for rule, _, _ in by_rows} | of_a_csv
    assert told >= {rule.code for rule in schema.rules.values() if rule.broken_when}


def test_accepted_rows_break_no_error_rule_once_landed(
    schema: WorkbookSchema, reference: Reference, all_faults: Any, dropped_by_hand: Reception
) -> None:
    tables = all_faults.submission.landing_rows(dropped_by_hand)
    results = run_suites(frames_of_landing(schema, reference, tables), schema, reference)
    assert [result for result in results if not result.success] == []
    assert sum(result.rows for result in results if result.frame == "measurement") > 0


def test_a_landed_row_that_should_not_be_there_fails(schema: WorkbookSchema, reference: Reference) -> None:
    row = {
        "sha256": "f" * 64, "session_code": "CNS-13", "partner_code": "HAS", "kpi_id": "IND-1-1-1",
        "territory_code": "FR", "value": 5e9, "qualifier": "exact", "value_absence": None,
        "period_start": date(2025, 1, 1), "period_end": date(2025, 3, 31), "period_precision": "quarter",
        "source_text": None, "comment": None, "quote": "5 Md", "sheet": "Indicateurs", "row_number": 5,
        "locator": "Indicateurs!I5",
    }  # fmt: skip
    results = run_suites(frames_of_landing(schema, reference, {"measurement": [row]}), schema, reference)
    assert {result.rule for result in results if not result.success} == {"KPI_NOT_YOURS", "KPI_OUT_OF_BOUNDS"}


def test_a_share_said_in_percent_is_one_once_landed_too(
    schema: WorkbookSchema, reference: Reference, workbook: Any, check: Any, dropped_by_hand: Reception
) -> None:
    """The landing has no unit of its own: the value as written says it."""
    workbook.put("measurement", "IND-7-2-2", value="0,86 %", period="T1 2025")
    tables = check(workbook.save()).landing_rows(dropped_by_hand)
    assert [row["value"] for row in tables["measurement"]] == [0.86]
    results = run_suites(frames_of_landing(schema, reference, tables), schema, reference)
    assert [result.rule for result in results if not result.success] == []
