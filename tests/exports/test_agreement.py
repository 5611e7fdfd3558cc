"""Word and Excel, read again, say what the marts say: every code, status, partner, value, deadline and rate."""

import datetime as dt

import pytest
from msgspec.structs import replace

from exports import agreement
from exports.content import gaps, report, workbook
from exports.content.release import Release
from exports.marts import Commitment, Decision, Kpi, SessionMarts, Source, TerritoryProgress
from exports.model import Figure, Sheet, Table, figures_of
from exports.rendering import render_bytes
from sources.french import typography as typo


@pytest.fixture(scope="module")
def written(marts: SessionMarts) -> tuple[bytes, bytes]:
    docx, xlsx, *_ = render_bytes(marts, Release()).contents.values()
    return docx, xlsx


def test_both_files_agree_with_the_marts(marts: SessionMarts, written: tuple[bytes, bytes]) -> None:
    assert [str(defect) for defect in agreement.disagreements(marts, *written)] == []


def test_every_kind_of_fact_is_compared(marts: SessionMarts) -> None:
    kinds = {kind for kind, _ in agreement.facts_of_marts(marts)}
    assert kinds == {
        *("title", "status", "lead", "partners"),
        *("commitment", "commitment status", "target", "actual", "deadline", "revised", "rate", "share"),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target_value", 1201.0),
        ("actual_value", 1135.0),
        ("progress_rate", 94.4),
        ("deadline", dt.date(2025, 12, 31)),
        ("deadline_precision", "month"),
        ("status", "late"),
        ("commitment_label", "Autre engagement"),
    ],
)
def test_a_changed_fact_is_found_in_both_files(
    marts: SessionMarts, written: tuple[bytes, bytes], field: str, value: object
) -> None:
    rows = tuple(replace(row, **{field: value}) if row.commitment_id == "1-2.1" else row for row in marts.commitments)  # type: ignore[arg-type]
    found = {defect.where for defect in agreement.disagreements(replace(marts, commitments=rows), *written)}
    assert found == {"Word", "Excel"}


def test_a_missing_and_an_added_action_are_found(marts: SessionMarts, written: tuple[bytes, bytes]) -> None:
    fewer = replace(marts, actions=marts.actions[1:])
    assert any("title 1-1" in defect.found for defect in agreement.disagreements(fewer, *written))
    more = replace(
        marts, actions=(*marts.actions, replace(marts.actions[0], action_code="1-1")), statuses=marts.statuses
    )
    docx, xlsx, *_ = render_bytes(more, Release()).contents.values()
    assert any("said twice" in defect.found for defect in agreement.disagreements(marts, docx, xlsx))


def _name(row: Kpi | Source | Decision | TerritoryProgress) -> str:
    match row:
        case Kpi():
            return row.kpi_id
        case Source():
            return row.source_ref
        case Decision():
            return row.decision_id
    return f"{row.session_code} / {row.kpi_id} / {row.territory_code}"


def due(marts: SessionMarts) -> int:
    """How many commitments fall due by the end of the sixth month."""
    days = [row.deadline for row in marts.commitments if row.status != "achieved" and row.deadline]
    return sum(1 for day in days if marts.session.cut_off <= day <= dt.date(2025, 6, 30))


def mart_value(marts: SessionMarts, figure: Figure) -> object:  # noqa: C901 - one a table
    """The value a figure's key points at; the figures that add rows up are counted again here."""
    key = figure.key
    parts = key.row.split(" / ")
    match key.table:
        case "fct_commitment_progress":
            if parts[1].startswith("lead "):
                return len(gaps.missing_of(marts, parts[1].removeprefix("lead ")))
            if parts[1] == "due":
                return due(marts)
            rows = [row for row in marts.commitments if row.commitment_id == parts[1]]
        case "fct_kpi_observation" if key.column != "*":
            rows = [row for row in marts.observations if row.observation_id == key.row]
        case "mart_partner_completeness":
            rows = [row for row in marts.completeness if row.partner_code == parts[1]]
        case "dim_kpi" | "dim_source" | "fct_decision" | "mart_territory_progress":
            named = (*marts.kpis, *marts.sources, *marts.decisions, *marts.territory_progress)
            rows = [row for row in named if _name(row) == key.row]
        case "mart_source_conflict":
            rows = [row for row in marts.conflicts if [row.kpi_id, row.period_end.isoformat()] == parts]
        case "dim_method":
            rows = [row for row in marts.parameters if [row.method_version, row.parameter] == parts]
        case "fct_action_status" if (
            key.column in {"coverage", "commitment_count", "assessed_count"} and parts[1] != "*"
        ):
            rows = [row for row in marts.statuses if row.action_code == parts[1]]
        case _:
            return counted(marts, figure)
    assert len(rows) == 1, key
    if key.column == "age":
        end = rows[0].actual_period_end if isinstance(rows[0], Commitment) else rows[0].period_end
        return max(0, 12 * (marts.session.cut_off.year - end.year) + marts.session.cut_off.month - end.month)
    value = getattr(rows[0], key.column)
    if isinstance(value, dt.datetime):
        value = typo.day_in_paris(value)
    return value * 100 if key.column == "coverage" else value


def counted(marts: SessionMarts, figure: Figure) -> object:
    key = figure.key
    parts = key.row.split(" / ")
    if key.table == "mart_session_overview":
        axis = None if parts[1] == "all" else int(parts[1])
        codes = parts[2].split(" + ")
        of_axis = [row for row in marts.overview if row.axis_number == axis]
        return sum(row.action_count for row in of_axis if codes == ["*"] or row.status in codes)
    if key.table == "fct_kpi_observation":
        return sum(1 for row in marts.observations if row.kpi_id == key.row)
    if key.table == "dim_action":
        return len(marts.actions)
    if parts[1] == "*":
        return sum(getattr(row, key.column) for row in marts.statuses)
    of_priority = [row for row in marts.actions if f"priority {row.priority_number}" == parts[1]]
    if key.column == "action_code":
        return len(of_priority)
    return sum(1 for row in of_priority if marts.status_by_action[row.action_code].final_status == parts[2])


def test_every_figure_of_the_report_is_the_marts_value_at_its_key(marts: SessionMarts) -> None:
    figures = list(figures_of(report.build(marts, Release())))
    assert len(figures) > 60
    for figure in figures:
        assert figure.value == mart_value(marts, figure), figure.key


def sheet_figures(sheet: Sheet) -> list[Figure]:
    return [
        item
        for table in sheet.tables
        for row in table.rows
        for cell in row
        for item in cell
        if isinstance(item, Figure)
    ]


def test_every_figure_of_the_workbook_is_the_marts_value_at_its_key(marts: SessionMarts) -> None:
    figures = [figure for sheet in workbook.build(marts, Release()).sheets for figure in sheet_figures(sheet)]
    assert len(figures) > 120
    for figure in figures:
        assert figure.value == mart_value(marts, figure), figure.key


def cells_of(table: Table, title: str) -> list[str]:
    column = [column.title for column in table.columns].index(title)
    return ["".join(getattr(item, "text", "") for item in row[column]) for row in table.rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", {"deadline": dt.date(2026, 12, 31)}),
        ("2023 (passée)", {"deadline": dt.date(2023, 12, 31)}),
        ("2026 ; reporté : 2027 (CNS-13)", {"deadline": dt.date(2026, 12, 31), "revised": dt.date(2027, 12, 31)}),
        (
            "2023 (passée)\u00a0; reporté\u00a0: juin 2025 (CNS-12)",
            {"deadline": dt.date(2023, 12, 31), "revised": dt.date(2025, 6, 30)},
        ),
        ("sans échéance", {}),
    ],
)
def test_a_deadline_and_its_later_date_are_read_back(text: str, expected: dict[str, dt.date]) -> None:
    facts: agreement.Facts = {}
    agreement.add_due(facts, "1-1.1", text)
    assert {kind: day for (kind, _), (day, _) in facts.items()} == expected  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("75 %", {"rate": 75.0}), ("part\u00a0: 94,5\u202f%", {"share": 94.5}), ("—", {})],
)
def test_a_share_of_the_target_is_not_read_as_a_rate(text: str, expected: dict[str, float]) -> None:
    facts: agreement.Facts = {}
    agreement.add_rate(facts, "1-1.1", text)
    assert {kind: value for (kind, _), value in facts.items()} == expected


def test_every_observation_and_source_is_in_the_workbook(marts: SessionMarts) -> None:
    sheets = {sheet.name: sheet for sheet in workbook.build(marts, Release()).sheets}
    history = sheets["Historique"].tables[0]
    assert len(history.rows) == len(marts.observations)
    assert cells_of(history, "Source") == [row.source_ref for row in marts.observations]
    assert cells_of(sheets["Sources"].tables[0], "Empreinte") == [row.sha256 for row in marts.sources]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("au moins 2,5 millions de visites", 2_500_000),
        ("1\u202f134 établissements (10/2024)", 1134),
        ("94,5\u202f%*", 94.5),
        ("—", None),
        ("fait, 04/2024", None),
    ],
)
def test_numbers_are_read_back(text: str, expected: float | None) -> None:
    assert agreement.read_number(text) == expected
