"""From one session to the next: every change is found, told once, and the same whoever compares."""

import datetime as dt

import pytest
from msgspec.structs import replace

from exports.content import changes, facts, outlook, priority, report, slips, workbook
from exports.content.release import Release
from exports.differences import compared, since
from exports.marts import SessionMarts
from exports.model import Paragraph, Table, text_of, walk
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
    first = replace(marts.commitments[0], status="on_track")
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
    assert arrows["3-2"] == "+ nouvelle"
    assert arrows["3-1"] == "↔ modifié"
    assert "depuis le CNS-12 (En bonne voie)" in facts.movement_since(diffed, diffed.status_by_action["1-2"])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("late", "on_track", "↑ rétabli"),
        ("at_risk", "on_track", "↑ rétabli"),
        ("late", "at_risk", "↑ en progrès"),
        ("on_track", "achieved", "↑ en progrès"),
        ("unconfirmed", "on_track", "↔ modifié"),
        ("not_reported", "late", "+ nouvelle"),
        ("not_reported", "not_reported", "→ inchangé"),
    ],
)
def test_only_what_was_late_or_at_risk_is_restored_and_only_the_unknown_is_new(
    diffed: SessionMarts, before: str, after: str, said: str
) -> None:
    assert facts.movement(replace(diffed.statuses[0], previous_status=before, final_status=after)) == said


def test_each_value_has_that_of_the_session_before_beside_it(diffed: SessionMarts) -> None:
    def beside(marts: SessionMarts, **values: object) -> str:
        row = replace(next(item for item in marts.commitments if item.commitment_id == "1-2.1"), **values)
        return text_of(changes.since_previous(marts, row)).replace("\u202f", " ").replace("\u00a0", " ")

    now = {"actual_value": 1190.0, "actual_period_end": dt.date(2025, 5, 31)}
    assert beside(diffed, **now) == "CNS-12 : 1 134 établissements (octobre 2024)"
    assert beside(diffed) == "", "the change is of another value than the one that counts here"
    assert beside(diffed, **now, relation="ratio") == ""
    assert beside(diffed, actual_value=None) == ""
    assert beside(replace(diffed, changes=()), **now) == "inchangé depuis le CNS-12"
    first = tuple(replace(row, before_value=None) for row in diffed.changes if row.kpi_id == "IND-1-2-1")
    assert beside(replace(diffed, changes=first), **now) == "sans mesure connue au CNS-12"
    alone = tuple(row for row in diffed.observations if row.kpi_id != "IND-1-2-1")
    assert beside(replace(diffed, changes=first, observations=alone), **now) == "première mesure"
    kinds = [
        changes.kind(replace(diffed, observations=alone), row).text
        for row in first
        if row.change_kind == "value_updated"
    ]
    assert kinds == ["Première mesure"]
    table = priority.commitment_table(
        diffed, diffed.action_by_code["1-2"], (replace(diffed.commitments_of("1-2")[0], **now),)
    )
    assert "CNS-12" in text_of(table.rows[0][2])
    assert text_of(table.rows[0][2]).startswith("1\u202f190")


def test_an_action_says_what_it_depends_on_and_what_depends_on_it(marts: SessionMarts) -> None:
    def said(code: str) -> str:
        return text_of(outlook.leaning(marts, code)).replace("\u00a0", " ")

    assert said("1-3") == "Dépend de : 1-2 Action en bonne voie (► En bonne voie)."
    assert said("1-2") == "Attendue par : 1-3 Action en retard (■ En retard)."
    assert said("1-1") == ""
    blocks = priority.action_block(marts, marts.action_by_code["1-3"])
    assert any(text_of(block.inlines).startswith("Dépend de") for block in blocks if isinstance(block, Paragraph))


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
