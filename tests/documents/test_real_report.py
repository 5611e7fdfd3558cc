"""The real progress report, read whole."""

from sources.documents import Extraction
from sources.french.folding import fold
from sources.landing.tables import COLUMNS
from sources.reference.roadmap import Reference


def test_every_action_is_read_with_its_title_and_partners(real_report: Extraction, reference: Reference) -> None:
    """A lost or merged action, a title cut at a line's end, partners out of order."""
    assert [action.code for action in real_report.actions] == list(reference.actions)
    for action in real_report.actions:
        assert fold(action.title) == fold(reference.actions[action.code].action_title)
        known = tuple(code for code, _ in reference.action_partners[action.code])
        assert action.partners == known[: len(action.partners)]
        assert action.objective
        assert action.narrative


def test_priorities_and_their_axes(real_report: Extraction, reference: Reference) -> None:
    """A banner, misspelt or after its priority, taken for a title; an axis carried over."""
    assert [(item.number, fold(item.title), item.axis) for item in real_report.priorities] == [
        (item.priority_number, fold(item.priority_title), item.axis_number) for item in reference.priorities.values()
    ]


def test_declared_states(real_report: Extraction) -> None:
    """A state read where none is stated, or missed where one is."""
    declared = {action.code: action.declared_status for action in real_report.actions if action.declared_status}
    assert declared == {
        "8-1": "stalled",
        "8-4": "late",
        "9-1": "achieved",
        "13-3": "not_started",
        "15-2": "achieved",
        "15-5": "achieved",
        "17-1": "stalled",
        "17-3": "not_started",
    }


def test_document_facts(real_report: Extraction) -> None:
    """A report whose date, session or kind is lost counts for no session."""
    assert (real_report.kind, str(real_report.as_of), real_report.session_code) == (
        "progress_report",
        "2024-12-17",
        "CNS-12",
    )


def test_rows_fit_the_landing_tables(real_report: Extraction) -> None:
    """A column renamed on one side only."""
    for table, rows in real_report.tables().items():
        assert rows
        for row in rows:
            assert list(row) == list(COLUMNS[table])
