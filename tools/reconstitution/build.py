"""Writes the shipped CNS-12 workbooks, the shipped decisions, and the sidecar that dates every shipped file.

Same inputs, same bytes: the only dates are the publications' own.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sources.reference.roadmap import Reference
from sources.workbook.prefill import Filled
from sources.workbook.template import template_name, write_template
from tools.reconstitution.decisions import write_decisions
from tools.reconstitution.published import Answer, Published, load_published
from tools.reconstitution.readings import write_readings

SESSION = "CNS-12"
BANNER = "Reconstitué d’après l’état d’avancement publié du 17 décembre 2024"
ORIGIN = "reconstituted"
RECEPTION_COLUMNS = ("sha256", "received_at", "origin", "note")

# The day each source was published; the last day of what is known where the source gives no day.
PUBLISHED_ON = {
    "2022-12_feuille-de-route_concertation.md": "2022-12-31",
    "2022_bilan_ma-sante-2022.md": "2022-12-31",
    "2024-12-17_article_12e-CNS.md": "2024-12-17",
    "2024-12-17_etat-avancement_CNS-12.md": "2024-12-17",
    "2025-01-09_doctrine_concertation.md": "2025-01-09",
}
REPORT_PUBLISHED_ON = PUBLISHED_ON["2024-12-17_etat-avancement_CNS-12.md"]

# Column of a CSV file → column of the workbook's sheet; the others have the same name, the codes are the row's.
_RENAMED = {"declared_status": "status", "forecast": "forecast_on", "actual": "actual_on"}
_NOT_ANSWERS = frozenset({"action_code", "partner_code", "commitment_id"})


@dataclass(frozen=True)
class Reception:
    """One row of the sidecar: which content came when, and what it is."""

    sha256: str
    received_at: str
    origin: str
    note: str


def build(reference: Reference, inbox: Path, reports: Path) -> list[Path]:
    """Write one workbook a lead partner, decisions and readings of texts, then `receptions.csv`, under `inbox`.

    Returns what was written. `reports` holds the notes that the sidecar dates too. A partner that leads no action gets
    no workbook. PublishedError when the CSV files do not fit the reference or the notes; ValueError for a note nobody
    dated.
    """
    published = load_published(reference)
    workbooks = [_workbook(reference, published, partner, inbox) for partner in _leads(reference)]
    notes = list(_note_receptions(reports))
    decisions = [*write_decisions(reference, inbox, reports), *write_readings(reference, inbox)]
    sidecar = inbox / "receptions.csv"
    _write_receptions(sidecar, [*_workbook_receptions(workbooks), *notes, *_decision_receptions(decisions)])
    return [*workbooks, *decisions, sidecar]


def filled_for(reference: Reference, published: Published, partner_code: str) -> Filled:
    """The facts of the report for one partner, ready for the template's input cells."""
    led = {code for code in reference.actions if reference.lead_of(code) == partner_code}
    owned = {kpi.kpi_id for kpi in reference.kpis_of(partner_code)}
    return Filled(
        contributions={
            row["action_code"]: _answers(row) for row in published.contributions if row["action_code"] in led
        },
        milestones={
            row["commitment_id"]: _answers(row)
            for row in published.milestones
            if reference.commitments[row["commitment_id"]].action_code in led
        },
        measurements=[_answers(row) for row in published.measurements if row["kpi_id"] in owned],
    )


def _leads(reference: Reference) -> list[str]:
    """The partners that lead an action, in the reference's order."""
    leads = {reference.lead_of(code) for code in reference.actions}
    return [code for code in reference.partners if code in leads]


def _workbook(reference: Reference, published: Published, partner_code: str, inbox: Path) -> Path:
    folder = inbox / "partners" / reference.partners[partner_code].partner_slug
    return write_template(
        folder / template_name(reference, SESSION, partner_code),
        reference,
        SESSION,
        partner_code,
        filled=filled_for(reference, published, partner_code),
        banner=BANNER,
    )


def _answers(row: Answer) -> Answer:
    """The cells a row fills; a blank stays a blank cell: no answer."""
    return {_RENAMED.get(key, key): value for key, value in row.items() if value and key not in _NOT_ANSWERS}


def _workbook_receptions(workbooks: list[Path]) -> Iterator[Reception]:
    for path in workbooks:
        yield _reception(path, REPORT_PUBLISHED_ON, f"{path.name}\u00a0: {BANNER[0].lower()}{BANNER[1:]}")


def _note_receptions(reports: Path) -> Iterator[Reception]:
    for path in sorted(reports.glob("*.md")):
        if path.name not in PUBLISHED_ON:
            raise ValueError(f"{path.name}: add to PUBLISHED_ON when its source was published")
        yield _reception(path, PUBLISHED_ON[path.name], f"{path.name}\u00a0: note de Jalon, à la date de sa source")


def _decision_receptions(workbooks: list[Path]) -> Iterator[Reception]:
    """A review workbook came the day its decisions were taken or its texts read, which its name begins with."""
    for path in workbooks:
        what = "lectures" if "lectures" in path.name else "décisions"
        yield _reception(path, path.name[:10], f"{path.name}\u00a0: {what} de la reprise de l’historique")


def _reception(path: Path, published_on: str, note: str) -> Reception:
    return Reception(sha256(path.read_bytes()).hexdigest(), f"{published_on}T00:00:00Z", ORIGIN, note)


def _write_receptions(path: Path, receptions: list[Reception]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(RECEPTION_COLUMNS)
        writer.writerows([item.sha256, item.received_at, item.origin, item.note] for item in receptions)
