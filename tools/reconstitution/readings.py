"""The readings of published texts: one review workbook a session, from `readings.csv`.

Each row of the file gives the state of one commitment by a text, with the place and in our words. The workbook is the
one that `jalon review --export` would have written on the day of reading, filled in. `unread.csv` has the reason why
the other commitments have no reading of the published report.
"""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

from sources.reference.roadmap import Reference
from sources.review import Candidates, CommitmentCase, Reading, Vocabulary, export_review
from tools.reconstitution.decisions import DECISIONS_FOLDER
from tools.reconstitution.published import FOLDER, PublishedError

FILE_NAME = "{day}_lectures.xlsx"
COLUMNS = (
    "session_code",
    "commitment_id",
    "status",
    "status_date",
    "document",
    "place",
    "note",
    "author_role",
    "read_on",
)
UNREAD_COLUMNS = ("commitment_id", "ground", "place", "why")
# Why a commitment is not read: another layer gives its state, or the text gives nothing a reading may use.
GROUNDS = frozenset(
    {"measured", "declared", "revised", "waits_for_decision", "not_comparable", "other_subject", "silent"}
)


def write_readings(reference: Reference, inbox: Path, folder: Path = FOLDER) -> list[Path]:
    """Write one review workbook a session under `inbox/decisions`, named by the last day of reading; return them.

    PublishedError for a row that names no commitment or session, or one already read.
    """
    sessions: defaultdict[str, dict[str, Reading]] = defaultdict(dict)
    for line, row in enumerate(_rows(folder / "readings.csv"), start=2):
        session_code, commitment_id = row["session_code"], row["commitment_id"]
        if commitment_id not in reference.commitments or session_code not in reference.sessions:
            raise PublishedError(
                f"readings.csv, line {line}: {commitment_id} of {session_code} is not in the reference"
            )
        if commitment_id in sessions[session_code]:
            raise PublishedError(f"readings.csv, line {line}: {commitment_id} is read above already")
        sessions[session_code][commitment_id] = Reading(
            row["status"],
            row["author_role"],
            date.fromisoformat(row["read_on"]),
            row["document"],
            row["place"],
            row["note"],
            row["status_date"],
        )
    return [_workbook(reference, inbox, code, read) for code, read in sorted(sessions.items())]


def _workbook(reference: Reference, inbox: Path, session_code: str, read: dict[str, Reading]) -> Path:
    """The workbook of one session: the commitments read, in the reference's order."""
    statuses = {label.code: label.label for label in reference.labels.values() if label.domain == "status"}
    candidates = Candidates(
        session_code,
        reference.sessions[session_code].held_on,
        Vocabulary(statuses, {}),
        commitments=tuple(
            CommitmentCase(
                item.commitment_id, item.commitment_label, item.deadline, item.deadline_precision, "", "", ""
            )
            for item in reference.commitments.values()
            if item.commitment_id in read
        ),
    )
    day = max(reading.read_on for reading in read.values())
    return export_review(candidates, inbox / DECISIONS_FOLDER / FILE_NAME.format(day=day), read=read)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise PublishedError(f"{path.name}: the header must be {', '.join(COLUMNS)}")
        return list(reader)
