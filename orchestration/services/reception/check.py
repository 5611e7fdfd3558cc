"""A partner's workbook read and judged: what `jalon check` prints, the landing stores and the receipt explains.

Light on purpose: no pandas, no Dagster, no DuckDB, so that a partner's answer comes at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.landing_rows import landing_rows
from quality.rows import Expected, Judgement, judge
from sources.files.guarded import ChildDiedError
from sources.files.names import noted_name
from sources.french.typography import day_in_paris
from sources.reference.roadmap import Reference
from sources.workbook.loading import BookLoader
from sources.workbook.prefill import Previous
from sources.workbook.reader import READER_VERSION, issue, read_workbook
from sources.workbook.reading import WorkbookReading
from sources.workbook.schema import load_schema

if TYPE_CHECKING:
    from sources.landing.store import Reception

#: how long `jalon check` waits for one file
MOST_SECONDS = 50.0

PreviousOf = Callable[[str], Previous | None]


@dataclass(frozen=True)
class Submission:
    """One received workbook: what was read in it and what becomes of it."""

    path: Path
    reading: WorkbookReading
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """The object `jalon check --json` prints."""
        return self.judgement.as_json(self.reading.file_name, self.reading.sha256)

    def landing_rows(self, reception: "Reception") -> dict[str, Sequence[Mapping[str, Any]]]:
        """The rows it leaves in the landing, by table."""
        return landing_rows(
            self.reading,
            self.judgement,
            received_at=reception.received_at,
            arrived_at=reception.arrived_at,
            origin=reception.origin,
            reader_version=READER_VERSION,
        )


def partner_of_folder(reference: Reference, folder: str) -> str | None:
    """The partner a drop folder belongs to, by slug or code; None for a folder of any other name."""
    slugs = {partner.partner_slug: code for code, partner in reference.partners.items()}
    return slugs.get(folder) or (folder if folder in reference.partners else None)


def expected_of(reference: Reference, reception: "Reception") -> Expected:
    """What a received file has to be, by where, when and with which others it came."""
    return Expected(
        partner_of_folder(reference, reception.folder),
        unordered_with=reception.unordered_with,
        received_on=day_in_paris(reception.received_at),
    )


def read_file(
    path: Path, reference: Reference, *, loader: BookLoader | None = None, sha256: str | None = None
) -> WorkbookReading:
    """Read one file, for the sessions and the partners of the reference. Never raises for what the file holds."""
    return read_workbook(
        path,
        cut_offs={code: session.cut_off for code, session in reference.sessions.items()},
        partners={partner.partner_slug: code for code, partner in reference.partners.items()},
        loader=loader,
        sha256=sha256,
    )


def check_file(
    path: Path,
    reference: Reference,
    *,
    previous: Previous | PreviousOf | None = None,
    expected: Expected | None = None,
    loader: BookLoader | None = None,
    sha256: str | None = None,
) -> Submission:
    """Read and judge one file. Never raises for what the file holds: a broken one is a rejected submission.

    `previous` is what the session before knew, or how to get it once the file has named its session; `sha256` the
    content's hash where it is known already.
    """
    reading = read_file(path, reference, loader=loader, sha256=sha256)
    if callable(previous):
        session = reading.session_code
        previous = previous(session) if session is not None and session in reference.sessions else None
    judgement = judge(reading, load_schema(), reference, previous=previous, expected=expected)
    return Submission(path, reading, judgement)


def check_files(
    paths: Sequence[Path],
    reference: Reference,
    *,
    previous: Previous | PreviousOf | None = None,
    expected: Expected | None = None,
) -> list[Submission]:
    """Every file of a list, in its order, read by one guarded process, as if it came so; stores nothing.

    Somebody waits for the answer: a reading that lasts is given up within a minute, and not tried again.
    """
    known = cache(previous) if callable(previous) else previous
    with BookLoader(max_wait=MOST_SECONDS, readings=1) as loader:
        return [_checked(path, reference, known, expected, loader) for path in paths]


def _checked(
    path: Path,
    reference: Reference,
    previous: Previous | PreviousOf | None,
    expected: Expected | None,
    loader: BookLoader,
) -> Submission:
    try:
        return check_file(path, reference, previous=previous, expected=expected, loader=loader)
    except ChildDiedError:
        reading = WorkbookReading(noted_name(path), "")
        reading.refused = issue(load_schema(), "FILE_NOT_READ_NOW")
        return Submission(path, reading, judge(reading, load_schema(), reference))


def exit_code(submissions: Sequence[Submission]) -> int:
    """0 clean or warnings only, 1 errors, 2 a file that could not be read."""
    if any(submission.reading.refused for submission in submissions):
        return 2
    issues = (issue for submission in submissions for issue in submission.judgement.issues)
    return int(any(issue["severity"] == "error" for issue in issues))
