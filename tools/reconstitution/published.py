"""The facts of the published progress report on each action, milestone and KPI: the three CSV files beside this module.

`contributions.csv` has one row an action, in the name of its lead; `milestones.csv` one row a milestone;
`measurements.csv` one row a figure. A blank cell is a fact that the report does not give. Values and periods are as a
partner would type them, statuses, qualifiers and natures as codes, absence as `NC`.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sources.reference.roadmap import Reference
from sources.workbook.schema import load_schema

FOLDER = Path(__file__).parent
CONTRIBUTION_COLUMNS = (
    "action_code",
    "partner_code",
    "declared_status",
    "achieved_on",
    *(column.key for column in load_schema().sheet("contribution").inputs if column.type == "text"),
)
MILESTONE_COLUMNS = ("commitment_id", "declared_status", "forecast", "actual", "evidence")
MEASUREMENT_COLUMNS = ("kpi_id", "value", "period", "qualifier", "nature", "source", "comment")

Answer = dict[str, str]


class PublishedError(ValueError):
    """A row does not fit the reference; the message names file, line, value and fix."""


@dataclass(frozen=True)
class Published:
    """The rows of the three files, in their order; every code is one of the reference's."""

    contributions: tuple[Answer, ...]
    milestones: tuple[Answer, ...]
    measurements: tuple[Answer, ...]


def load_published(reference: Reference, folder: Path = FOLDER) -> Published:
    """Read the three files of a folder. PublishedError for a wrong header, an unknown code, or a row not its lead's."""
    milestones = {code for code, commitment in reference.commitments.items() if commitment.kind == "milestone"}
    return Published(
        contributions=tuple(_contributions(reference, folder)),
        milestones=tuple(_rows(folder / "milestones.csv", MILESTONE_COLUMNS, milestones)),
        measurements=tuple(_rows(folder / "measurements.csv", MEASUREMENT_COLUMNS, reference.kpis)),
    )


def _contributions(reference: Reference, folder: Path) -> Iterator[Answer]:
    path = folder / "contributions.csv"
    for line, row in enumerate(_rows(path, CONTRIBUTION_COLUMNS, reference.actions), start=2):
        lead = reference.lead_of(row["action_code"])
        if row["partner_code"] != lead:
            raise PublishedError(
                f"{path.name}, row {line}: {row['partner_code']} does not lead {row['action_code']}; write {lead}"
            )
        yield row


def _rows(path: Path, columns: tuple[str, ...], known: Collection[str]) -> Iterator[Answer]:
    """The rows of a file whose first column holds a code of `known`."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != columns:
            raise PublishedError(f"{path.name}: the header must be {', '.join(columns)}")
        for row in reader:
            code = row[columns[0]]
            if code not in known:
                raise PublishedError(
                    f"{path.name}, line {reader.line_num}: {code!r} is not a {columns[0]} of the reference; "
                    "correct it, or add it to the seeds first"
                )
            yield row
