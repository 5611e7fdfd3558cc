"""The method of the domain on the real reference, from hand-made submissions and documents."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

OCTOBER = date(2024, 10, 31)
DECEMBER = date(2024, 12, 31)


@pytest.fixture(scope="module")
def told(raw_tables: type[Any]) -> Any:
    """CNS-12 told mostly by workbooks, partly by the published report; CNS-13 with a little news (fictional)."""
    raw = raw_tables()
    _workbooks_of_the_twelfth(raw)
    _documents_of_the_twelfth(raw)
    _decisions_of_the_twelfth(raw)
    _thirteenth(raw)
    return raw


@pytest.fixture(scope="module")
def warehouse(build: Callable[[Any], Any], told: Any) -> Any:
    """The warehouse that tells it."""
    return build(told)


def _workbooks_of_the_twelfth(raw: Any) -> None:
    (
        raw.submission("DGOS")
        .action("7-3", progress_text="Raccordements en cours")
        .value("IND-7-3-1", 1134, OCTOBER)
        .value("IND-7-3-2", 510, OCTOBER)
        .action("12-1")
        .value("IND-12-1-1", 29, DECEMBER)
    )
    (
        raw.submission("DNS")
        .action("4-1")
        .value("IND-4-1-2", 136304, DECEMBER)
        .action("5-1")
        .value("IND-5-1-1", 37, DECEMBER)
        .value("IND-5-1-2", 86, DECEMBER, qualifier="approx")
        .action("13-3", "not_started")
        .action("17-1", "stalled")
        .action("2-4", progress_text="Une feuille de route citoyenne sera proposée au S1 2024.")
        .milestone("2-4.1", None, status_absence="NC")
        .action("16-1", "on_track")
        .action("16-4", "achieved")
    )
    # A correction received later; what it leaves out is unchanged, what it leaves blank too.
    raw.submission("DNS", at=datetime(2024, 12, 12, tzinfo=UTC)).value("IND-5-1-2", 86, DECEMBER).action(
        "5-1", "on_track"
    )
    (
        raw.submission("CNAM")
        .action("8-4", "late")
        .value("IND-8-4-2", 30000, DECEMBER, qualifier="approx")
        .value("IND-8-4-3", 15, DECEMBER, source_text="Relevé fictif")
        .action("8-1", "stalled")
        .action("2-1", progress_text="Un texte")
        .value("IND-2-2-1", 390000, DECEMBER)
    )
    # Taken back: the value, and the word on a milestone.
    raw.submission("CNAM", at=datetime(2024, 12, 13, tzinfo=UTC)).value(
        "IND-2-2-1", None, DECEMBER, value_absence="SUPPR"
    )
    raw.submission("ANS").action("9-1", "achieved", achieved_on=date(2024, 4, 30), achieved_on_precision="month")


def _documents_of_the_twelfth(raw: Any) -> None:
    (
        raw.document("etat.md", as_of=date(2024, 12, 17), kind="progress_report", session="CNS-12")
        .action("15-2", ["HAS", "DNS"], "achieved", "Objectif tenu")
        .action("17-1", ["DNS", "DGOS"], "late", "Le dépôt du pilote prime")
        .action("13-3", ["DNS"], "not_started")
        .target("8-4", 40000, DECEMBER)
        .quantity("IND-7-2-1", 2350, date(2024, 12, 17), qualifier="approx")
        .quantity("IND-7-3-2", 900, OCTOBER, link_confidence=0.5)
    )
    (
        raw.document("article.md", as_of=date(2024, 12, 17))
        .quantity("IND-7-2-1", 2344, date(2024, 12, 17))
        .quantity("IND-7-3-1", 1100, OCTOBER)
        .quantity("IND-7-3-2", 511, OCTOBER)
    )


def _decisions_of_the_twelfth(raw: Any) -> None:
    article = raw.rows["document"][1]["sha256"][:8]
    raw.decision("fact", f"{article}-1", "validated")
    raw.decision("fact", f"{article}-2", "validated")
    raw.decision("status", "16-4", "at_risk", session_code="CNS-12")


def _thirteenth(raw: Any) -> None:
    june = date(2025, 5, 31)
    raw.submission("DGOS", "CNS-13").action("7-3", progress_text="raccordements  en cours").value(
        "IND-7-3-1", 1210, june
    )
    raw.submission("DNS", "CNS-13").action("5-1", "late").value("IND-5-1-2", 90, june)


def _final(warehouse: Any, action: str, session: str = "CNS-12") -> tuple[Any, ...]:
    row: tuple[Any, ...] = warehouse.row(
        "select final_status, computed_status, declared_status from marts.fct_action_status"
        " where action_code = ? and session_code = ?",
        action,
        session,
    )
    return row


def _progress(warehouse: Any, commitment: str, columns: str, session: str = "CNS-12") -> tuple[Any, ...]:
    row: tuple[Any, ...] = warehouse.row(
        f"select {columns} from marts.fct_commitment_progress where commitment_id = ? and session_code = ?",
        commitment,
        session,
    )
    return row


def test_every_action_stands_once_in_every_session(warehouse: Any) -> None:
    sessions = [code for (code,) in warehouse.rows("select session_code from marts.dim_cns_session order by 1")]
    assert warehouse.rows(
        "select session_code, count(*), count(distinct action_code) from marts.fct_action_status group by 1 order by 1"
    ) == [(code, 65, 65) for code in sessions]
    assert warehouse.row("select count(*) from marts.dim_priority") == (18,)


@pytest.mark.parametrize(
    ("action", "final", "computed", "declared"),
    [
        ("8-4", "late", "at_risk", "late"),  # 30 000 of 40 000, the lead says it will not be met
        ("8-1", "late", "late", "stalled"),  # a deadline missed is a fact, a milder word does not lift it
        ("9-1", "achieved", "achieved", "achieved"),  # done with a date
        ("13-3", "not_started", "not_started", "not_started"),
        ("17-1", "stalled", "stalled", "stalled"),  # not due; the lead's word, not the report's
        ("14-1", "not_reported", "not_reported", None),
        ("2-4", "in_progress", "in_progress", None),  # due on 31 December, after the cut-off; a text tells of work
        ("4-3", "unconfirmed", "unconfirmed", None),  # a deadline of 2023 nobody speaks of
        ("16-1", "late", "late", "on_track"),  # said under way after its deadline
        ("5-1", "on_track", "on_track", "on_track"),
        ("16-4", "at_risk", "late", "achieved"),  # « atteint » without date nor evidence; arbitrated
    ],
)
def test_an_action_stands_where_the_domain_says(
    warehouse: Any, action: str, final: str, computed: str, declared: str | None
) -> None:
    assert _final(warehouse, action) == (final, computed, declared)


def test_rates_are_those_of_the_report(warehouse: Any) -> None:
    assert _progress(warehouse, "7-3.1", "share_of_target, progress_rate, status, reason") == (
        *(94.5, None, "not_reported", "no_baseline"),
    )
    share, rate, status, reason = _progress(warehouse, "7-3.2", "share_of_target, progress_rate, status, reason")
    assert (round(share, 1), rate, status, reason) == (78.5, None, "at_risk", "at_best")
    assert _progress(warehouse, "5-1.1", "status, round(progress_rate_unclipped, 1), progress_rate") == (
        "achieved",
        123.3,
        100.0,
    )
    assert _progress(warehouse, "5-1.2", "progress_rate") == (86.0,)


def test_a_value_that_measures_something_else_gives_no_rate(warehouse: Any) -> None:
    assert _progress(
        warehouse, "4-1.1", "status, reason, progress_rate, actual_value, context_kpi_id, context_value"
    ) == ("not_reported", "not_comparable", None, None, "IND-4-1-2", 136304.0)
    assert _progress(warehouse, "14-1.3", "status, reason, context_value") == ("not_reported", "no_observation", None)


def test_a_withdrawn_value_no_longer_counts_and_stays_on_record(warehouse: Any) -> None:
    assert _progress(warehouse, "2-2.1", "actual_value, reason") == (None, "no_observation")
    assert warehouse.row(
        "select is_current, withdrawn_as_of from marts.fct_kpi_observation where kpi_id = 'IND-2-2-1'"
    ) == (False, date(2024, 12, 17))


def test_a_correction_is_a_new_row_that_names_the_one_it_replaces(warehouse: Any) -> None:
    rows = warehouse.rows(
        "select observation_id, qualifier, is_current, supersedes from marts.fct_kpi_observation"
        " where kpi_id = 'IND-5-1-2' and session_code = 'CNS-12' order by recorded_at"
    )
    assert [(qualifier, current) for _, qualifier, current, _ in rows] == [("approx", False), ("exact", True)]
    assert rows[1][3] == rows[0][0]


def test_a_row_left_out_of_a_resubmission_is_unchanged(warehouse: Any) -> None:
    assert warehouse.row(
        "select declared_status from marts.fct_contribution where action_code = '17-1' and session_code = 'CNS-12'"
    ) == ("stalled",)
    assert _progress(warehouse, "5-1.1", "actual_value") == (37.0,)


def test_an_uncertain_or_unvalidated_quantity_of_a_document_stays_out(warehouse: Any) -> None:
    assert warehouse.rows("select value from marts.fct_kpi_observation where kpi_id = 'IND-7-3-2'") == [(510.0,)]


def test_sources_that_disagree_are_listed_with_a_verdict(warehouse: Any) -> None:
    assert warehouse.rows(
        "select kpi_id, value_a, value_b, gap, verdict, is_blocking from marts.mart_source_conflict order by 1"
    ) == [
        ("IND-7-2-1", 2350.0, 2344.0, -6.0, "compatible", False),
        ("IND-7-3-1", 1134.0, 1100.0, -34.0, "contradictory", True),
    ]


def test_a_text_that_repeats_or_announces_the_past_is_stale(warehouse: Any) -> None:
    assert warehouse.rows(
        "select session_code, action_code from marts.fct_contribution where is_stale_text order by 1, 2"
    ) == [("CNS-12", "2-4"), ("CNS-13", "7-3")]


def test_the_published_report_speaks_where_the_lead_sent_nothing(warehouse: Any) -> None:
    assert warehouse.row(
        "select partner_code, source_kind, source_ref, progress_text from marts.fct_contribution"
        " where action_code = '15-2'"
    ) == ("HAS", "progress_report", "etat.md", "Objectif tenu")


def test_a_session_does_not_see_what_came_for_the_next_one(warehouse: Any) -> None:
    assert _progress(warehouse, "7-3.1", "actual_value, status", "CNS-13") == (1210.0, "achieved")
    assert _progress(warehouse, "7-3.1", "actual_value, status", "CNS-12") == (1134.0, "not_reported")


def test_a_declaration_does_not_outlive_its_session(warehouse: Any) -> None:
    assert _final(warehouse, "13-3", "CNS-13") == ("not_reported", "not_reported", None)
    assert warehouse.row(
        "select previous_status from marts.fct_action_status where action_code = '13-3' and session_code = 'CNS-13'"
    ) == ("not_started",)


def test_a_milestone_done_with_a_date_is_still_done_at_the_next_session(warehouse: Any) -> None:
    """A published map does not become a question because nobody mentions it again."""
    assert _final(warehouse, "9-1", "CNS-13") == ("achieved", "achieved", None)
    assert _progress(warehouse, "9-1.1", "actual_on, actual_source_ref", "CNS-13") == (
        date(2024, 4, 30),
        "CNS-12_ANS.xlsx",
    )


def test_a_later_session_judges_the_deadlines_passed_since(warehouse: Any) -> None:
    assert _progress(warehouse, "7-3.2", "status, is_overdue", "CNS-13") == ("unconfirmed", True)  # last seen before
    assert _progress(warehouse, "17-1.1", "status, is_overdue", "CNS-13") == ("unconfirmed", True)


def test_changes_since_the_last_session_are_listed(warehouse: Any) -> None:
    changes = warehouse.rows(
        "select change_kind, before, after, coalesce(commitment_id, kpi_id) from marts.mart_session_change"
        " where session_code = 'CNS-13' and action_code in ('7-3', '5-1', '13-3') order by action_code, 1, 4"
    )
    assert changes == [
        ("status_lost", "not_started", "not_reported", None),
        ("status_worsened", "on_track", "late", None),
        ("value_updated", "86", "90", "IND-5-1-2"),
        ("commitment_achieved", "not_reported", "achieved", "7-3.1"),
        ("deadline_passed", "at_risk", "unconfirmed", "7-3.2"),
        ("status_lost", "at_risk", "unconfirmed", None),
        ("value_updated", "1134", "1210", "IND-7-3-1"),
    ]
    assert warehouse.row("select count(*) from marts.mart_session_change where session_code = 'CNS-12'") == (0,)


def test_the_board_counts_what_each_lead_sent(warehouse: Any) -> None:
    expected, received, missing, count, on_time = warehouse.row(
        "select expected, received, missing, submission_count, is_on_time from marts.mart_partner_completeness"
        " where session_code = 'CNS-12' and partner_code = 'DGOS'"
    )
    assert (received, missing, count, on_time) == (1, expected - 1, 1, True)
    assert warehouse.row(
        "select received, first_received_at, is_on_time from marts.mart_partner_completeness"
        " where session_code = 'CNS-12' and partner_code = 'PDS'"
    ) == (0, None, None)


def test_an_overview_adds_up_to_all_actions(warehouse: Any) -> None:
    assert warehouse.rows(
        "select session_code, axis_number is null, sum(action_count) from marts.mart_session_overview"
        " group by all order by all"
    ) == [("CNS-12", False, 65), ("CNS-12", True, 65), ("CNS-13", False, 65), ("CNS-13", True, 65)]


def test_building_again_from_the_same_rows_in_another_order_gives_the_same_marts(
    dbt: Callable[..., Any], warehouse: Any, told: Any
) -> None:
    first = warehouse.marts()
    reordered = copy.deepcopy(told)
    for rows in reordered.rows.values():
        rows.reverse()  # the order files come in is no information
    reordered.write(warehouse.path)
    dbt(warehouse.path.parent, "run", "--full-refresh")
    assert warehouse.marts() == first


def test_what_no_model_names_goes_with_the_figure(warehouse: Any) -> None:
    """A column of the workbook that no model names, as the source of a value, stands beside it in the marts."""
    said = warehouse.rows("select kpi_id, source_text from marts.fct_kpi_observation where source_text is not null")
    assert said == [("IND-8-4-3", "Relevé fictif")]
