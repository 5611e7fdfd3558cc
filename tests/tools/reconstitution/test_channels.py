"""The two channels tell one story: a figure typed in a workbook is the figure read in the progress note."""

from datetime import date
from pathlib import Path

import pytest

from sources.documents import Extraction, extract
from sources.french.numbers import parse_number
from sources.french.periods import parse_period
from sources.reference.roadmap import Reference
from tools.reconstitution.published import Published

CUT_OFF = date(2024, 12, 17)
# Students who « will be trained » over the school year: the workbook says so, the note dates them to its start.
ANNOUNCED = {"IND-10-1-2", "IND-10-1-3"}
# None yet: said in words, which no figure of the note says.
IN_WORDS = {"IND-3-1-1"}
# Targets an objective says in words: all, the whole of France, most.
PROMISED_IN_WORDS = ["8-5.1", "9-2.1", "9-2.2", "9-2.3", "10-1.1", "10-2.1", "14-1.2", "15-3.1"]


@pytest.fixture(scope="module")
def read_in_note(reports: Path, reference: Reference) -> Extraction:
    return extract(reports / "2024-12-17_etat-avancement_CNS-12.md", reference)


def test_the_note_is_read_as_the_report_it_stands_for(read_in_note: Extraction) -> None:
    assert (read_in_note.kind, read_in_note.as_of, read_in_note.session_code) == ("progress_report", CUT_OFF, "CNS-12")
    assert (len(read_in_note.priorities), len(read_in_note.actions)) == (18, 65)


def test_the_note_declares_what_the_workbooks_declare(read_in_note: Extraction, published: Published) -> None:
    in_note = {item.code: item.declared_status for item in read_in_note.actions if item.declared_status}
    assert in_note == {
        row["action_code"]: row["declared_status"] for row in published.contributions if row["declared_status"] != "NC"
    }


def test_the_note_promises_what_the_reference_promises(read_in_note: Extraction, reference: Reference) -> None:
    in_note = {(item.action, item.value, item.deadline) for item in read_in_note.targets}
    promised = [
        ((item.action_code, item.target_value, item.deadline), item.commitment_id)
        for item in reference.commitments.values()
        if item.kind == "target"
    ]
    assert [code for key, code in promised if key not in in_note] == PROMISED_IN_WORDS


def test_every_measure_is_read_in_the_note_too(read_in_note: Extraction, published: Published) -> None:
    in_note = {(item.kpi_id, item.value, item.qualifier, item.period_end) for item in read_in_note.quantities}
    unread = [
        key
        for row in published.measurements
        if row["kpi_id"] not in ANNOUNCED | IN_WORDS and (key := _key(row)) not in in_note
    ]
    assert unread == []


def _key(row: dict[str, str]) -> tuple[str, float, str, date]:
    return (
        row["kpi_id"],
        parse_number(row["value"]).value,
        row["qualifier"],
        parse_period(row["period"], as_of=CUT_OFF).end,
    )
