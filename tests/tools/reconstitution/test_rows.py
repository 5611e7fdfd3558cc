"""The rows behind the workbooks: complete, readable by the project's own grammar, and nothing beyond the report."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from sources.french.numbers import Quantity, parse_number
from sources.french.periods import Period, parse_period
from sources.reference.roadmap import Reference
from tools.reconstitution.published import FOLDER, Published, PublishedError, load_published

CUT_OFF = date(2024, 12, 17)
REPORT_SOURCE = "État d’avancement, CNS-12"
DECLARED = {
    "9-1": "achieved",
    "15-2": "achieved",
    "15-5": "achieved",
    "8-1": "stalled",
    "17-1": "stalled",
    "13-3": "not_started",
    "17-3": "not_started",
    "8-4": "late",
}
# What the text says of the whole objective; the rest of what it says of a milestone is a reading.
MILESTONES = {
    "8-1.1": "stalled",
    "9-1.1": "achieved",
    "13-3.1": "not_started",
    "15-2.1": "achieved",
    "15-2.2": "achieved",
    "15-5.1": "achieved",
    "17-1.1": "stalled",
    "17-3.1": "not_started",
}
# Figures whose period is not the one their KPI counts in: the report does not say the other one.
OTHER_PERIOD = {
    "IND-10-2-3": "« 6 nouveaux lauréats »: since when is not said",
    "IND-11-1-3": "« 2 nouveaux espaces »: since when is not said",
    "IND-12-2-1": "« Sept 2024 »: a month, for what a year counts",
}
# « A first one should arrive »: the report says in words that there is none.
NONE_YET = {"IND-3-1-1"}
# Figures the report writes in words.
IN_WORDS = {"IND-3-1-1": "Un premier éditeur", "IND-5-6-3": "dizaine", "IND-8-1-1": "trentaine", "IND-18-3-1": "cinq"}


def test_has_one_row_an_action_in_the_name_of_its_lead(published: Published, reference: Reference) -> None:
    assert [(row["action_code"], row["partner_code"]) for row in published.contributions] == [
        (code, reference.lead_of(code)) for code in reference.actions
    ]


def test_every_action_says_how_far_it_is(published: Published) -> None:
    assert [row["action_code"] for row in published.contributions if not row["progress_text"]] == []


def test_declares_a_status_only_where_the_report_does(published: Published) -> None:
    declared = {row["action_code"]: row["declared_status"] for row in published.contributions}
    assert {code: status for code, status in declared.items() if status != "NC"} == DECLARED


def test_dates_every_achieved_action(published: Published) -> None:
    dated = {row["action_code"]: row["achieved_on"] for row in published.contributions if row["achieved_on"]}
    assert dated == {"9-1": "avril 2024", "15-2": "janvier 2024", "15-5": "avril 2024"}


def test_asks_for_no_support_since_the_report_asks_for_none(published: Published) -> None:
    assert {row["support_needed"] for row in published.contributions} == {""}


def test_has_one_row_a_milestone(published: Published, reference: Reference) -> None:
    milestones = [code for code, item in reference.commitments.items() if item.kind == "milestone"]
    assert [row["commitment_id"] for row in published.milestones] == milestones


def test_milestones_stand_where_the_report_puts_them(published: Published) -> None:
    declared = {row["commitment_id"]: row["declared_status"] for row in published.milestones}
    assert {code: status for code, status in declared.items() if status != "NC"} == MILESTONES


def test_every_achieved_milestone_has_its_evidence(published: Published) -> None:
    bare = [
        row["commitment_id"]
        for row in published.milestones
        if row["declared_status"] == "achieved" and not row["evidence"]
    ]
    assert bare == []


def test_milestone_dates_are_read_as_dates(published: Published) -> None:
    typed = [row[key] for row in published.milestones for key in ("forecast", "actual") if row[key]]
    unread = [text for text in typed if not isinstance(parse_period(text, as_of=CUT_OFF, ahead=True), Period)]
    assert (unread, len(typed)) == ([], 7)


def test_every_kpi_the_report_gives_a_figure_for_has_its_row(published: Published, reference: Reference) -> None:
    wanted = {kpi.kpi_id for kpi in reference.kpis.values() if kpi.source == REPORT_SOURCE} | NONE_YET
    assert {row["kpi_id"] for row in published.measurements} == wanted


def test_values_and_periods_are_read_without_a_doubt(published: Published) -> None:
    doubtful = [
        (row["kpi_id"], row["value"], row["period"])
        for row in published.measurements
        if not isinstance(parse_number(row["value"]), Quantity)
        or not isinstance(period := parse_period(row["period"], as_of=CUT_OFF), Period)
        or (period.start > CUT_OFF and row["nature"] not in {"forecast", "planned"})
    ]
    assert doubtful == []


MONTHS = {"monthly": 1, "quarterly": 3, "semestrial": 6, "yearly": 12}


def test_every_period_fits_what_its_kpi_counts(published: Published, reference: Reference) -> None:
    """A month's figure of a yearly flow would be held against a year's target."""
    misfits = set()
    for row in published.measurements:
        kpi, period = reference.kpis[row["kpi_id"]], parse_period(row["period"], as_of=CUT_OFF)
        assert isinstance(period, Period)
        touched = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
        is_moment = touched <= {"day": 1, "month": 1, "quarter": 3, "semester": 6, "year": 12}[period.precision]
        fits = {
            "stock": is_moment,
            "flow": period.precision != "day" and touched == MONTHS.get(kpi.periodicity),
            "cumulative": True,
            "rolling_12_months": touched == 12,
        }[kpi.measure_kind]
        misfits |= set() if fits else {kpi.kpi_id}
    assert misfits == set(OTHER_PERIOD)


def test_later_dates_are_those_of_the_reference(published: Published, reference: Reference) -> None:
    """The workbook and the reference say the same later date: two would be two delays."""
    typed = {row["commitment_id"]: row["forecast"] for row in published.milestones if row["forecast"]}
    said = {code: parse_period(text, as_of=CUT_OFF, ahead=True) for code, text in typed.items()}
    assert {code: (period.end, period.precision) for code, period in said.items() if isinstance(period, Period)} == {
        code: (item.revised_deadline, item.revised_precision)
        for (code, _), item in reference.revisions.items()
        if reference.commitments[code].kind == "milestone"
    }


def test_measures_only_what_the_report_prints(published: Published, reference: Reference, report) -> None:
    invented = [
        (row["kpi_id"], row["value"])
        for row in published.measurements
        if not _is_printed(row, report[reference.kpis[row["kpi_id"]].action_code].rest)
    ]
    assert invented == []


def _is_printed(row: dict[str, str], text: str) -> bool:
    if row["kpi_id"] in IN_WORDS:
        return IN_WORDS[row["kpi_id"]] in text
    value = parse_number(row["value"])
    assert isinstance(value, Quantity)
    closed = re.sub(r"(?<=\d)[ .](?=\d{3}(?!\d))", "", text)
    printed = {
        float(number.replace(",", ".")) * (1_000_000 if millions else 1)
        for number, millions in re.findall(r"(?<![\w/])(\d+(?:,\d+)?)( millions?)?", closed)
    }
    return value.value in printed


def test_a_workbook_owner_is_always_a_lead(published: Published, reference: Reference) -> None:
    # A KPI owned by a partner that leads nothing would have no workbook to stand in: its figure would be lost.
    leads = {reference.lead_of(code) for code in reference.actions}
    orphans = [
        row["kpi_id"] for row in published.measurements if reference.kpis[row["kpi_id"]].owner_partner not in leads
    ]
    assert orphans == []


@pytest.mark.parametrize(
    "case",
    [
        ("contributions.csv", "action_code", "99-9", "'99-9' is not a action_code"),
        ("contributions.csv", "partner_code", "ANSSI", "ANSSI does not lead 1-1; write DNS"),
        ("milestones.csv", "commitment_id", "8-4.1", "'8-4.1' is not a commitment_id"),
        ("measurements.csv", "kpi_id", "IND-0-0-0", "'IND-0-0-0' is not a kpi_id"),
    ],
)
def test_a_row_that_does_not_fit_the_reference_is_refused(
    tmp_path: Path, reference: Reference, case: tuple[str, str, str, str]
) -> None:
    file, column, wrong, said = case
    for path in FOLDER.glob("*.csv"):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        if path.name == file:
            rows[0][column] = wrong
        with (tmp_path / path.name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    with pytest.raises(PublishedError, match=re.escape(said)):
        load_published(reference, tmp_path)
