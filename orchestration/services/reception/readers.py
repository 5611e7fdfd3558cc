"""Which reader reads each channel, and the landing rows its result becomes.

The readers are libraries that know neither the landing nor Dagster; their results are composed here. A reading key
changes with everything that decides what is read in a file: the code of the reader, its schema, and the part of the
reference it is judged against. A session's state or a label is no part of it. The code itself rather than a version
number: nobody has to remember to raise it, and reading all files again takes seconds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.check import PreviousOf, check_file
from orchestration.services.reception.ingest import Reader, Tell, UnreadableFileError, current_readings
from orchestration.services.runtime.paths import PARIS, PROJECT, Paths
from quality.rows import Expected
from sources.landing.store import Channel, Landing, Reading, Reception, Rows
from sources.reference.roadmap import Reference, load_reference

if TYPE_CHECKING:
    from sources.workbook.loading import BookLoader

KEY_LENGTH = 12
DECISION_INCOMPLETE = "DECISION_INCOMPLETE"
CODE_SUFFIXES = frozenset({".py", ".yml", ".json"})


def _nobody_told(_line: str) -> None:
    """Who only wants the key is told nothing."""


def readers(reference: Reference) -> list[Reader]:
    """The reader of every channel."""
    return [submissions_reader(reference), documents_reader(reference), decisions_reader()]


def submissions_reader(
    reference: Reference, loader: "BookLoader | None" = None, previous: PreviousOf | None = None
) -> Reader:
    """The reader of partners' workbooks; with a loader, every file is opened by one guarded process.

    `previous` gives what the session before knew, as `jalon check` has it: a figure that is ten times the last one is
    set aside by both or by neither.
    """
    return SubmissionsReader(reference, loader, previous)


def documents_reader(reference: Reference) -> Reader:
    """The reader of published documents."""
    return DocumentsReader(reference)


def decisions_reader(tell: Tell = _nobody_told) -> Reader:
    """The reader of the decisions taken in a review; rows it refuses are told as they are met."""
    return DecisionsReader(tell)


@dataclass(frozen=True)
class SubmissionsReader:
    """Workbooks: read, judged row by row, turned into the landing tables of a submission."""

    reference: Reference
    loader: "BookLoader | None" = None
    previous: PreviousOf | None = None
    channel: Channel = "submissions"

    @property
    def key(self) -> str:
        """Reader, workbook schema, and what rows are judged against."""
        code = code_digest("sources/workbook", "sources/grammar", "quality")
        return reading_key(code, *_judged_against(self.reference))

    def read(self, path: Path, reception: Reception) -> Mapping[str, Rows]:
        """The landing rows of one workbook; a file that cannot be read is a submission refused, with its reason."""
        expected = Expected(self._partner_of(reception.folder), unordered_with=reception.unordered_with)
        submission = check_file(
            path,
            self.reference,
            previous=self.previous,
            expected=expected,
            loader=self.loader,
            sha256=reception.sha256,
        )
        return submission.landing_rows(reception)

    def _partners_by_slug(self) -> dict[str, str]:
        return {partner.partner_slug: code for code, partner in self.reference.partners.items()}

    def _partner_of(self, folder: str) -> str | None:
        """The partner a drop folder belongs to, by slug or code; None for a folder of any other name."""
        return self._partners_by_slug().get(folder) or (folder if folder in self.reference.partners else None)


@dataclass(frozen=True)
class DocumentsReader:
    """Published documents: extracted by the grammar of the published layout."""

    reference: Reference
    channel: Channel = "documents"

    @property
    def key(self) -> str:
        """Extractor, matchers, and the actions and KPIs that quantities are linked to."""
        code = code_digest("sources/documents", "sources/grammar")
        return reading_key(code, *_judged_against(self.reference), self.reference.matchers.values())

    def read(self, path: Path, reception: Reception) -> Mapping[str, Rows]:
        """The landing rows of one document."""
        from sources.documents import NotReadableError, extract

        try:
            tables = extract(path, self.reference).tables()
        except NotReadableError as error:
            raise UnreadableFileError(str(error)) from error
        for row in tables["document"]:
            row.update(origin=reception.origin, received_at=reception.received_at)
        return tables


@dataclass(frozen=True)
class DecisionsReader:
    """Review workbooks: every complete row is a decision; the others are told and set aside, with their mend."""

    tell: Tell
    channel: Channel = "decisions"

    @property
    def key(self) -> str:
        """The reader of the review workbook."""
        return reading_key(code_digest("sources/review", "sources/grammar"))

    def read(self, path: Path, reception: Reception) -> Mapping[str, Rows]:
        """The decisions of one review workbook, and the rows refused, for the quarantine."""
        from sources.review import RefusedRow, ReviewError, read_review

        def set_aside(row: RefusedRow) -> dict[str, Any]:
            return {
                "sha256": reception.sha256,
                "session_code": reading.session_code,
                "sheet": row.sheet,
                "row_number": row.row_number,
                "cell": row.cell,
                "rule": DECISION_INCOMPLETE,
                "received": row.received,
                "message": row.expected,
                "fix": row.mend,
            }

        try:
            reading = read_review(path)
        except ReviewError as error:
            raise UnreadableFileError(str(error)) from error
        for row in reading.refused:
            self.tell(f"{reception.file_name}, {row.sheet} {row.cell}: {row.received!r} refused. {row.mend}")
        return {
            "decision": [{**row, "received_at": reception.received_at} for row in reading.decisions],
            "rejected_row": [set_aside(row) for row in reading.refused],
        }


def _judged_against(reference: Reference) -> Iterable[Any]:
    return (
        reference.actions.values(),
        reference.partners.values(),
        reference.action_partners.items(),
        reference.commitments.values(),
        reference.kpis.values(),
        reference.territories.values(),
        [(code, session.cut_off) for code, session in reference.sessions.items()],
    )


@cache
def code_digest(*places: str) -> str:
    """A name for the code in these folders and files of the project."""
    digest = hashlib.sha256()
    for place in places:
        root = PROJECT / place
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.suffix in CODE_SUFFIXES:
                digest.update(f"{path.relative_to(PROJECT)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def reading_key(*parts: Any) -> str:
    """A reading key from everything that decides what is read."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else repr(list(part)).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:KEY_LENGTH]


def landing_readings(paths: Paths, known_on: date | None = None) -> list[Reading]:
    """The readings that `raw` is loaded from: all, or those of files received by the end of a day in Paris."""
    end = None if known_on is None else datetime.combine(known_on, time.max, PARIS).astimezone(UTC)
    return current_readings(Landing(paths.home), readers(load_reference(paths.seeds)), end)
