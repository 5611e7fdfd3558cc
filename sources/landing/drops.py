"""The drop folder as it stands: which files there are to take, by which channel, and which are left alone.

<inbox>/partners/<PARTNER>/…    workbooks (channel `submissions`), one folder a partner
<inbox>/partners/<PARTNER>/reponses/…  what we write to the partner: never read
<inbox>/reports/…               published documents (channel `documents`)
<inbox>/decisions/…             review workbooks filled in (channel `decisions`)
<inbox>/drafts/…                drafts of the report that the DNS edited in Word (channel `drafts`)
<inbox>/receptions.csv          for files that came before Jalon: when, by which way (sha256, received_at, origin, note)
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sources.errors import PlainError
from sources.files.names import noted_name
from sources.french.folding import fold
from sources.landing.store import Channel, FormerReception

PARTNERS_FOLDER = "partners"
ANSWERS_FOLDER = "reponses"
REPORTS_FOLDER = "reports"
DECISIONS_FOLDER = "decisions"
DRAFTS_FOLDER = "drafts"
#: what a reader of documents reads, and the older formats that it refuses with what to do
DOCUMENT_EXTENSIONS = frozenset(
    {".pdf", ".docx", ".odt", ".pptx", ".html", ".htm", ".md", ".markdown", ".txt"}
    | {".doc", ".rtf", ".ppt", ".odp", ".pages"}
)
DECISION_EXTENSIONS = frozenset({".xlsx"})
DRAFT_EXTENSIONS = frozenset({".docx"})
# What Excel, LibreOffice, browsers and copying tools leave while a file is open or on its way.
UNFINISHED_PREFIXES = ("~$", ".~lock", ".")
UNFINISHED_SUFFIXES = (".part", ".partial", ".filepart", ".crdownload", ".tmp")


class InboxError(PlainError):
    """The drop folder cannot be read; the message says which and the mend."""

    fix = "Put the drop folder back, or set JALON_INBOX to where it is; nothing of it is lost."


@dataclass(frozen=True)
class Drop:
    """One file lying in the drop folder."""

    path: Path
    channel: Channel
    folder: str  # the partner's folder; empty for what is no partner's

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name as receptions note them."""
        return self.folder, noted_name(self.path)


def is_unfinished(name: str) -> bool:
    """True for the lock and half-copied files that editors, browsers and copying tools leave."""
    return name.startswith(UNFINISHED_PREFIXES) or name.lower().endswith(UNFINISHED_SUFFIXES)


def drops(inbox: Path) -> list[Drop]:
    """Every finished file of the drop folder, partners first, then documents, decisions and drafts, each in path order.

    InboxError when the folder is not there or cannot be read.
    """
    if not inbox.is_dir():
        message = f"{inbox}: there is no such drop folder. Mount or make it, or say which with --inbox (JALON_INBOX)."
        raise InboxError(message)
    try:
        return [
            *_submissions(inbox / PARTNERS_FOLDER),
            *_of_one_folder(inbox / REPORTS_FOLDER, "documents", DOCUMENT_EXTENSIONS),
            *_of_one_folder(inbox / DECISIONS_FOLDER, "decisions", DECISION_EXTENSIONS),
            *_of_one_folder(inbox / DRAFTS_FOLDER, "drafts", DRAFT_EXTENSIONS),
        ]
    except OSError as error:
        message = (
            f"{error.filename}: cannot be read ({error.strerror}). Give this user the right to read it, then run again."
        )
        raise InboxError(message) from error


def _submissions(folder: Path) -> Iterator[Drop]:
    for path in _files(folder):
        partner, *within = path.relative_to(folder).parts
        is_ours = len(within) > 1 and fold(within[0]) == ANSWERS_FOLDER
        if within and not is_ours:
            yield Drop(path, "submissions", partner)


def _of_one_folder(folder: Path, channel: Channel, extensions: frozenset[str]) -> Iterator[Drop]:
    for path in _files(folder):
        if path.suffix.lower() in extensions:
            yield Drop(path, channel, "")


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(is_unfinished(part) for part in path.relative_to(folder).parts) and path.is_file()
    )


def former_receptions(inbox: Path) -> dict[str, FormerReception]:
    """The rows of `receptions.csv` by SHA-256, {} when there is none. InboxError for a row that cannot be used."""
    path = inbox / "receptions.csv"
    if not path.is_file():
        return {}
    found = {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            try:
                received_at = datetime.fromisoformat(row["received_at"])
                found[row["sha256"].lower()] = FormerReception(
                    received_at if received_at.tzinfo else received_at.replace(tzinfo=UTC), row["origin"]
                )
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                message = (
                    f"{path}, line {line}: {error}. Expected the columns sha256, received_at (ISO 8601), origin, note."
                )
                raise InboxError(message) from error
    return found
