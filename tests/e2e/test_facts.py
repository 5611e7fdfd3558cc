"""What the 12th session is known to say, in the marts: read from the published report, not from what we compute."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

FINAL_STATUS = {
    "8-4": "late",
    "8-1": "late",
    "9-1": "achieved",
    "15-2": "achieved",
    "15-5": "on_track",
    "13-3": "not_started",
    "17-3": "not_started",
    "17-1": "stalled",
}
NOT_COMPARABLE = ("4-1", "11-1", "5-6", "15-3")


@pytest.mark.parametrize(("table", "count"), [("dim_action", 65), ("dim_priority", 18)])
def test_the_roadmap_is_whole(shipped: "Line", table: str, count: int) -> None:
    assert shipped.query(f"select count(*) from marts.{table}") == [(count,)]


def test_every_action_has_one_status_and_every_commitment_one_progress(shipped: "Line") -> None:
    assert shipped.query(
        "select count(*), count(distinct action_code) from marts.fct_action_status where session_code = 'CNS-12'"
    ) == [(65, 65)]
    assert shipped.query(
        "select count(*) - count(distinct commitment_id) from marts.fct_commitment_progress "
        "where session_code = 'CNS-12'"
    ) == [(0,)]


@pytest.mark.parametrize(("action", "status"), FINAL_STATUS.items())
def test_final_status(shipped: "Line", action: str, status: str) -> None:
    assert shipped.query(
        f"select final_status from marts.fct_action_status where session_code = 'CNS-12' and action_code = '{action}'"
    ) == [(status,)]


def test_a_passed_deadline_beats_the_milder_word_and_keeps_it(shipped: "Line") -> None:
    rows = shipped.query(
        "select action_code, computed_status, declared_status, final_status from marts.fct_action_status "
        "where session_code = 'CNS-12' and action_code in ('8-1', '8-4') order by 1"
    )
    assert rows[0] == ("8-1", "late", "stalled", "late")
    assert rows[1][2:] == ("late", "late")


def test_progress_of_the_known_targets(shipped: "Line") -> None:
    rows = shipped.query(
        "select commitment_id, status, actual_value, target_value, round(progress_rate, 1) "
        "from marts.fct_commitment_progress where session_code = 'CNS-12' "
        "and commitment_id in ('5-1.1', '5-1.2', '7-3.1', '7-3.2') order by 1"
    )
    assert [row[0] for row in rows] == ["5-1.1", "5-1.2", "7-3.1", "7-3.2"]
    assert rows[0][1:4] == ("achieved", 37, 30)
    assert [row[4] for row in rows[1:]] == [86.0, None, None]
    assert shipped.query(
        "select commitment_id, status, reason, round(share_of_target, 1) from marts.fct_commitment_progress "
        "where session_code = 'CNS-12' and action_code = '7-3' order by 1"
    ) == [("7-3.1", "not_reported", "no_baseline", 94.5), ("7-3.2", "at_risk", "at_best", 78.5)]


@pytest.mark.parametrize("action", NOT_COMPARABLE)
def test_what_measures_something_else_gives_no_rate_and_says_why(shipped: "Line", action: str) -> None:
    rows = shipped.query(
        "select reason, progress_rate, context_value from marts.fct_commitment_progress "
        f"where session_code = 'CNS-12' and action_code = '{action}' and kind = 'target'"
    )
    assert any(reason == "not_comparable" and value is not None for reason, _, value in rows)
    assert all(rate is None for reason, rate, _ in rows if reason == "not_comparable")


def test_an_action_nobody_measured_has_a_status_by_reading_alone(shipped: "Line") -> None:
    assert shipped.query(
        "select computed_status, read_status, final_status from marts.fct_action_status "
        "where session_code = 'CNS-12' and action_code = '14-1'"
    ) == [("in_progress", "on_track", "on_track")]
    assert shipped.query(
        "select count(*) from marts.fct_commitment_progress where session_code = 'CNS-12' and action_code = '14-1' "
        "and actual_value is not null"
    ) == [(0,)]


def test_every_observation_can_be_traced(shipped: "Line") -> None:
    assert (
        shipped.query(
            "select observation_id from marts.fct_kpi_observation "
            "where sha256 is null or source_ref is null or coalesce(locator, '') = ''"
        )
        == []
    )


def test_the_shipped_inbox_has_nothing_refused(shipped: "Line") -> None:
    assert shipped.query("select * from marts.mart_rejected_row") == []
