"""From one session to the next: every change is found, told once, and the same whoever compares."""

import datetime as dt

import pytest
from msgspec.structs import replace

from exports.content import changes, facts, report, slips, workbook
from exports.content.release import Release
from exports.differences import compared, since
from exports.marts import SessionMarts
from exports.model import Table, text_of, walk
from exports.packing import read_package
from exports.word import checks, writer

FICTION = "SESSION FICTIVE, POUR ESSAI"


@pytest.fixture(scope="module")
def diffed(later: SessionMarts, marts: SessionMarts) -> SessionMarts:
    return compared(later, marts)


def test_every_change_between_two_states_is_found(marts: SessionMarts, later: SessionMarts) -> None:
    found = {(row.action_code, row.change_kind, row.commitment_id or row.kpi_id) for row in since(marts, later)}
    assert found == {
        ("1-1", "lead_changed", None),
        ("1-2", "status_worsened", None),
        ("1-2", "target_changed", "1-2.1"),
        ("1-2", "value_updated", "IND-1-2-1"),
        ("1-3", "status_improved", None),
        ("1-3", "value_corrected", "IND-1-3-1"),
        ("2-2", "commitment_achieved", "2-2.1"),
        ("2-3", "status_lost", None),
        ("3-1", "status_changed", None),
        ("3-1", "wording_changed", "3-1.1"),
        ("3-2", "status_first_known", None),
        ("3-2", "deadline_passed", "3-2.1"),
        ("3-2", "deadline_changed", "3-2.1"),
        ("3-3", "action_withdrawn", None),
    }


def test_a_date_that_moves_is_told_as_precisely_as_it_was_said(marts: SessionMarts) -> None:
    """« fin 2026 » is a year: printed as 31/12/2026 it would be a day that nobody promised."""
    first = marts.commitments[0]
    year = replace(first, forecast_on=dt.date(2026, 12, 31), forecast_precision="year")
    month = replace(first, forecast_on=dt.date(2027, 6, 30), forecast_precision="month")
    before, after = replace(marts, commitments=(year,)), replace(marts, commitments=(month,))
    (change,) = since(before, after)
    assert (change.change_kind, change.before_precision, change.after_precision) == (
        "forecast_changed",
        "year",
        "month",
    )
    assert [text_of(side) for side in changes.sides(after, change)] == ["2026", "juin\u00a02027"]
    assert since(after, after) == ()


def test_a_state_does_not_differ_from_itself(marts: SessionMarts) -> None:
    assert since(marts, marts) == ()


def test_an_added_action_is_found(marts: SessionMarts) -> None:
    fewer = replace(marts, actions=marts.actions[1:])
    assert [row.change_kind for row in since(fewer, marts)] == ["action_added"]


def test_the_arrows_are_those_of_the_two_states(diffed: SessionMarts) -> None:
    arrows = {row.action_code: facts.movement(row) for row in diffed.statuses}
    assert arrows["1-1"] == "→ inchangé"
    assert arrows["1-2"] == "↓ en recul"
    assert arrows["1-3"] == "↑ en progrès"
    assert arrows["3-2"] == "↔ modifié"
    assert "depuis le CNS-12 (En bonne voie)" in facts.movement_since(diffed, diffed.status_by_action["1-2"])


def test_the_page_tells_each_change_once(diffed: SessionMarts) -> None:
    tables = [block for block in walk(changes.blocks(diffed)) if isinstance(block, Table)]
    spaces = str.maketrans("\u00a0\u202f", "  ")
    rows = [tuple(text_of(cell).translate(spaces) for cell in row) for table in tables for row in table.rows]
    assert len(rows) == len(diffed.changes)
    assert any(row[0] == "1-2 Action en bonne voie" and row[3] == "■ En retard" for row in rows)
    assert any(row[2:] == ("1 200 établissements", "1 500 établissements") for row in rows)
    assert any(row[2:] == ("24 juin 2025", "mars 2025") for row in rows)
    assert any(row[2:] == ("ALPHA", "BÊTA") for row in rows)


def test_a_first_session_has_no_chapter_of_changes(marts: SessionMarts) -> None:
    assert changes.blocks(marts) == ()
    assert (
        changes.TITLE.encode()
        not in read_package(writer.write(report.build(marts, Release())).content)["word/document.xml"]
    )


def test_slippage_is_counted_in_months_and_only_when_late(marts: SessionMarts) -> None:
    assert {row.commitment_id: slips.months_late(row) for row in slips.slipped(marts)} == {"1-1.1": 1, "2-3.1": 6}
    early = replace(marts.commitments[0], achieved_on=dt.date(2024, 1, 1))
    assert slips.slipped(replace(marts, commitments=(early,))) == []


def test_a_later_report_is_sound_and_says_on_every_page_that_it_is_fictional(diffed: SessionMarts) -> None:
    stage = Release(banner=FICTION)
    content = writer.write(report.build(diffed, stage)).content
    assert checks.defects(content) == []
    parts = read_package(content)
    assert FICTION in parts["word/header1.xml"].decode()
    assert FICTION in parts["word/document.xml"].decode()
    from exports.excel import writer as excel

    sheets = read_package(excel.write(workbook.build(diffed, stage)))
    pages = [part for name, part in sheets.items() if name.startswith("xl/worksheets/sheet")]
    assert all(FICTION.encode() in page for page in pages)
