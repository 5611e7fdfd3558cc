"""What method v2 says of the shipped sessions, of a late correction and of silence."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest

from tools.status_audit import differences

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

GREEN = ("achieved", "on_track")
GREY = ("not_reported", "in_progress", "unconfirmed")
LATE_AT_CNS_12 = {"3-1", "4-3", "8-1", "8-3", "8-4", "9-2", "16-1", "16-4", "16-5", "18-1"}
KNOWN_ON = "2024-12-20"
#: fictional corrections received today: partner, sheet, code, column, what the cell then says
CORRECTIONS = (
    ("CNAM", "Indicateurs", "IND-8-4-2", "Valeur", "41 000"),
    ("CNAM", "Indicateurs", "IND-8-4-2", "Précision", "Exacte"),
    ("DNS", "Avancement", "18-4", "Statut", "Atteint"),
)
Rows = list[tuple[Any, ...]]


class State:
    """The marts of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def query(self, sql: str) -> Rows:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            rows: Rows = connection.execute(sql).fetchall()
        return rows

    def statuses(self, session: str) -> dict[str, str]:
        return dict(
            self.query(
                f"select action_code, final_status from marts.fct_action_status where session_code = '{session}'"
            )
        )

    def commitment(self, commitment_id: str, columns: str, session: str = "CNS-12") -> tuple[Any, ...]:
        (row,) = self.query(
            f"select {columns} from marts.fct_commitment_progress "
            f"where commitment_id = '{commitment_id}' and session_code = '{session}'"
        )
        return row


@pytest.fixture(scope="module")
def shipped_marts(shipped: "Line") -> State:
    return State(shipped.paths.warehouse)


@pytest.fixture(scope="module")
def corrected(shipped: "Line", tmp_path_factory: pytest.TempPathFactory) -> "Line":
    """The shipped installation after two late corrections (fictional), reported again."""
    line = shipped.copied_to(tmp_path_factory.mktemp("corrected"))
    for partner in {partner for partner, *_ in CORRECTIONS}:
        path = line.paths.inbox / "partners" / partner / f"CNS-12_{partner}.xlsx"
        book = openpyxl.load_workbook(path)
        for _, sheet, code, column, said in [item for item in CORRECTIONS if item[0] == partner]:
            page = book[sheet]
            heads = {cell.value: cell.column for cell in page[4]}
            row = next(cell.row for cell in page["A"] if cell.value == code)
            page.cell(row, heads[column]).value = said
        book.save(path.with_name(f"CNS-12_{partner}_corrige.xlsx"))
    line.report()
    return line


@pytest.fixture(scope="module")
def now(corrected: "Line") -> State:
    return State(corrected.paths.warehouse)


@pytest.fixture(scope="module")
def then(corrected: "Line", tmp_path_factory: pytest.TempPathFactory) -> State:
    """The same installation as it was known on a day: nothing had been received for the 13th session."""
    target = tmp_path_factory.mktemp("then") / "then.duckdb"
    done = corrected.jalon("rebuild", "--known-on", KNOWN_ON, "--to", str(target))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"received by {KNOWN_ON}" in done.stdout
    return State(target)


def test_what_came_after_a_day_was_not_known_then(now: State, then: State) -> None:
    """The doctrine of 9 January 2025 and the corrections of today."""
    sources = "select file_name from marts.dim_source where sha256 is not null"
    assert set(then.query(sources)) < set(now.query(sources))


def test_a_state_of_a_day_is_not_written_over_the_installation(shipped: "Line") -> None:
    assert shipped.here("rebuild", "--known-on", KNOWN_ON).returncode == 2


def test_a_share_of_departments_is_reached_late(shipped_marts: State) -> None:
    """13-1: 93 of 101 départements at the end of November 2024, 90 % promised for 2023."""
    columns = "status, basis, relation, round(actual_value, 1), context_value, achieved_on, delay_days"
    assert shipped_marts.commitment("13-1.1", columns) == (
        *("achieved", "measure", "ratio", 92.1, 93, dt.date(2024, 11, 30), 335),
    )


def test_nothing_of_fifty_is_late_at_best(shipped_marts: State) -> None:
    columns = "status, reason, progress_rate, share_of_target"
    assert shipped_marts.commitment("3-1.1", columns) == ("late", "at_best", None, 0)
    assert shipped_marts.statuses("CNS-12")["3-1"] == "late"


def test_a_promise_of_2027_is_open_whatever_is_declared(shipped_marts: State) -> None:
    assert shipped_marts.query(
        "select final_status, declared_status, has_disagreement from marts.fct_action_status "
        "where session_code = 'CNS-12' and action_code = '15-5'"
    ) == [("on_track", "achieved", True)]
    assert shipped_marts.commitment("15-5.2", "deadline >= date '2027-12-31', status <> 'achieved'") == (True, True)


def test_a_decree_is_read_a_month_late(shipped_marts: State) -> None:
    columns = "status, basis, achieved_on, delay_days, read_place is not null, read_by is not null"
    assert shipped_marts.commitment("17-2.1", columns) == (*("achieved", "read", dt.date(2024, 1, 30), 30, True, True),)


def test_what_was_at_risk_and_not_done_is_late_at_the_next_session(shipped_marts: State, then: State) -> None:
    for action in ("11-3", "15-6"):
        assert shipped_marts.statuses("CNS-12")[action] == "at_risk"
        assert shipped_marts.statuses("CNS-13")[action] == "late"
        assert then.statuses("CNS-13")[action] == "late"


def test_without_a_start_shares_are_shown_and_no_rate(shipped_marts: State) -> None:
    columns = "status, reason, progress_rate, expected_rate, round(share_of_target, 1)"
    assert shipped_marts.commitment("7-3.1", columns) == ("not_reported", "no_baseline", None, None, 94.5)
    assert shipped_marts.commitment("7-3.2", columns) == ("at_risk", "at_best", None, None, 78.5)


@pytest.mark.parametrize("commitment", ["2-2.1", "12-1.1", "12-2.1", "12-3.2", "18-2.1"])
def test_a_link_that_waits_for_the_dns_grades_nothing(shipped_marts: State, commitment: str) -> None:
    status, reason, rate, value, context = shipped_marts.commitment(
        commitment, "status, reason, progress_rate, actual_value, context_value"
    )
    assert (status, reason, rate, value) == ("not_reported", "waits_for_decision", None, None)
    assert context is not None


def test_the_list_of_what_is_late(shipped_marts: State) -> None:
    assert {code for code, status in shipped_marts.statuses("CNS-12").items() if status == "late"} == LATE_AT_CNS_12


def test_few_actions_are_grey_and_each_says_why(shipped_marts: State) -> None:
    grey = shipped_marts.query(
        "select action_code, reason from marts.fct_action_status "
        f"where session_code = 'CNS-12' and final_status in {GREY}"
    )
    assert len(grey) <= 16
    assert all(reason for _, reason in grey)


def test_silence_clears_no_delay_and_makes_nothing_green(then: State) -> None:
    """CNS-13 with nothing received: what is late stays late, nothing is newly green, no plan is a measure."""
    assert then.query("select count(*) from marts.fct_contribution where session_code = 'CNS-13'") == [(0,)]
    assert then.query("select count(*) from marts.fct_kpi_observation where source_as_of > date '2024-12-20'") == [(0,)]
    before, after = then.statuses("CNS-12"), then.statuses("CNS-13")
    assert {code for code, status in before.items() if status == "late"} >= LATE_AT_CNS_12
    assert [code for code, status in before.items() if status == "late" and after[code] != "late"] == []
    assert [code for code, status in after.items() if status in GREEN and before[code] not in GREEN] == []
    assert (
        then.query(
            "select commitment_id from marts.fct_commitment_progress where actual_nature in ('forecast', 'planned')"
        )
        == []
    )
    assert (
        then.query(
            "select action_code from marts.fct_action_status "
            "where session_code = 'CNS-13' and last_news_in is distinct from 'CNS-13' and reason is null"
        )
        == []
    )


def test_a_grade_that_the_figures_deny_is_kept_listed_and_not_followed(now: State, corrected: "Line") -> None:
    """18-4: the lead says « Atteint » at 226 of more than 300."""
    assert now.query(
        "select final_status, computed_status, declared_status, has_disagreement, basis from marts.fct_action_status "
        "where session_code = 'CNS-12' and action_code = '18-4'"
    ) == [("on_track", "on_track", "achieved", True, "measure")]
    book = openpyxl.load_workbook(corrected.excel, read_only=True)
    listed = [
        row for page in book for row in page.iter_rows(values_only=True) if "18-4" in row and "Atteint" in str(row)
    ]
    assert listed, book.sheetnames


def test_a_late_correction_is_known_now_and_was_not_then(now: State, then: State, shipped_marts: State) -> None:
    columns = "status, actual_value, revised_in_session"
    assert now.commitment("8-4.2", columns)[:2] == ("achieved", 41000)
    assert (
        then.commitment("8-4.2", columns) == shipped_marts.commitment("8-4.2", columns) == ("at_risk", 30000, "CNS-12")
    )
    assert then.statuses("CNS-12") == shipped_marts.statuses("CNS-12")


def test_a_receipt_gains_what_the_drop_changed_of_its_senders_actions(corrected: "Line") -> None:
    (told,) = (corrected.paths.receipts / "CNS-12" / "CNAM").glob("*.json")
    effects = json.loads(told.read_text(encoding="utf-8"))["effects"]
    assert {"code": "8-4.2", "before": "À risque", "after": "Atteint"} in effects
    book = openpyxl.load_workbook(told.with_suffix(".xlsx"), read_only=True)
    texts = [str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell]
    assert any("8-4.2" in text and "à risque → atteint" in text for text in texts)


@pytest.mark.parametrize("state", ["shipped_marts", "now"])
def test_every_status_is_worked_out_twice_and_the_same(state: str, request: pytest.FixtureRequest) -> None:
    built: State = request.getfixturevalue(state)
    assert [str(item) for item in differences(built.path)] == []


@pytest.mark.parametrize(
    ("where", "column", "value"),
    [
        (("fct_action_status", "action_code = '18-4'"), "final_status", "achieved"),
        (("fct_action_status", "action_code = '8-4'"), "final_status", "on_track"),
        (("fct_action_status", "action_code = '15-5'"), "has_disagreement", False),
        (("fct_action_status", "action_code = '2-2'"), "reason", None),
        (("fct_commitment_progress", "commitment_id = '3-1.1'"), "status", "at_risk"),
        (("fct_commitment_progress", "commitment_id = '13-1.1'"), "achieved_on", dt.date(2023, 12, 31)),
        (("fct_commitment_progress", "commitment_id = '8-4.2'"), "progress_rate", 95.0),
        (("fct_commitment_progress", "commitment_id = '8-4.1'"), "revised_deadline", None),
    ],
)
def test_an_altered_status_is_found(
    shipped: "Line", tmp_path: Path, where: tuple[str, str], column: str, value: object
) -> None:
    altered = tmp_path / "warehouse.duckdb"
    shutil.copy(shipped.paths.warehouse, altered)
    table, key = where
    with duckdb.connect(str(altered)) as connection:
        connection.execute(f"update marts.{table} set {column} = ? where session_code = 'CNS-12' and {key}", [value])
    found = differences(altered)
    assert [(item.session_code, item.column, item.found) for item in found] == [("CNS-12", column, value)]
