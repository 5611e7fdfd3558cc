"""The drop folder as it is: which files there are to take, by which channel, and which are left alone.

<inbox>/partners/<PARTNER>/…    workbooks (channel `submissions`), one folder a partner
<inbox>/partners/<PARTNER>/reponses/…  what we write to the partner: never read
<inbox>/reports/…               published documents (channel `documents`)
<inbox>/decisions/…             review workbooks filled in (channel `decisions`)
<inbox>/drafts/…                drafts of the report that the DNS edited in Word (channel `drafts`)
<inbox>/receptions.csv          for files that came before Jalon: when, by which way (sha256, received_at, origin, note)
"""

import csv
import os
import stat
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
RECEPTIONS = "receptions.csv"
DEEPEST = 20
_LINK = "a shortcut, not taken; drop the file itself"
_WHERE = f"it belongs in {PARTNERS_FOLDER}/, {REPORTS_FOLDER}/, {DECISIONS_FOLDER}/ or {DRAFTS_FOLDER}/"
DOCUMENT_EXTENSIONS = frozenset(
    {".pdf", ".docx", ".odt", ".pptx", ".html", ".htm", ".md", ".markdown", ".txt"}
    | {".doc", ".rtf", ".ppt", ".odp", ".pages"}
)
DECISION_EXTENSIONS = frozenset({".xlsx"})
DRAFT_EXTENSIONS = frozenset({".docx"})
_FOLDERS: dict[str, tuple[Channel, frozenset[str]]] = {
    REPORTS_FOLDER: ("documents", DOCUMENT_EXTENSIONS),
    DECISIONS_FOLDER: ("decisions", DECISION_EXTENSIONS),
    DRAFTS_FOLDER: ("drafts", DRAFT_EXTENSIONS),
}
# What Excel, LibreOffice, browsers and copying tools leave while a file is open or on its way.
UNFINISHED_PREFIXES = ("~$", ".~lock", ".")
UNFINISHED_SUFFIXES = (".part", ".partial", ".filepart", ".crdownload", ".tmp")


class InboxError(PlainError):
    """The drop folder cannot be read; the message names it and the fix."""

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


@dataclass(frozen=True)
class Problem:
    """One path of the drop folder that is not taken, why, and what to do."""

    path: Path
    reason: str

    @property
    def text(self) -> str:
        """The line, with a name that any screen can show."""
        return f"{shown(self.path)}: {self.reason}"


@dataclass(frozen=True)
class Listing:
    """What one walk of the drop folder found: the files to take, and the paths that are not taken."""

    drops: list[Drop]
    problems: list[Problem]


def drops(inbox: Path) -> list[Drop]:
    """Every file of the drop folder that can be taken. InboxError when the folder itself cannot be read."""
    return list_drops(inbox).drops


def list_drops(inbox: Path) -> Listing:
    """One walk of the drop folder, partners first, then documents, decisions and drafts, each in path order.

    What is wrong with one path is that path's problem and stops no other. InboxError when the folder itself is not
    there or cannot be read.
    """
    found = Listing([], [])
    problems = found.problems
    try:
        with os.scandir(inbox) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        raise InboxError(_why_no_inbox(inbox, error)) from error
    known = {PARTNERS_FOLDER, *_FOLDERS, RECEPTIONS}
    strays = [name for name in names if name not in known and not is_unfinished(name)]
    problems += [Problem(inbox / name, f"nothing is read here; {_WHERE}") for name in strays]
    for path in _files(inbox / PARTNERS_FOLDER, problems):
        partner, *within = path.relative_to(inbox / PARTNERS_FOLDER).parts
        if not within:
            problems.append(Problem(path, "lies in no partner's folder; put it into the one of its sender"))
        elif len(within) == 1 or fold(shown(Path(within[0]))) != ANSWERS_FOLDER:
            found.drops.append(Drop(path, "submissions", shown(Path(partner))))
    for folder, (channel, extensions) in _FOLDERS.items():
        for path in _files(inbox / folder, problems):
            if path.suffix.lower() in extensions:
                found.drops.append(Drop(path, channel, ""))
            else:
                kinds = ", ".join(sorted(extensions))
                problems.append(Problem(path, f"of a kind that is not read here ({kinds}); take it away"))
    return found


def shown(path: Path) -> str:
    """A path as text: bytes that are no UTF-8 are replaced."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why_no_inbox(inbox: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{inbox}: there is no such drop folder. Mount or make it, or name it with --inbox (JALON_INBOX)."
    return f"{inbox}: cannot be read ({error.strerror}). Give this user the right to read it, then run again."


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    """The regular files below a folder, in path order; what cannot be taken is a problem. Links are not followed."""
    found: list[Path] = []
    waiting = [(folder, 0)] if os.path.lexists(folder) else []
    while waiting:
        inside, depth = waiting.pop()
        try:
            with os.scandir(inside) as entries:
                listed = list(entries)
        except (OSError, ValueError) as error:
            problems.append(Problem(inside, _why(error)))
            continue
        for entry in listed:
            path = inside / entry.name
            if is_unfinished(entry.name):
                continue
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except FileNotFoundError:
                continue  # taken away since the folder was listed
            except (OSError, ValueError) as error:
                problems.append(Problem(path, _why(error)))
                continue
            if stat.S_ISDIR(mode) and depth < DEEPEST:
                waiting.append((path, depth + 1))
            elif reason := _why_not(path, mode):
                problems.append(Problem(path, reason))
            else:
                found.append(path)
    return sorted(found)


def _why_not(path: Path, mode: int) -> str:
    """Why what lies there is not taken; blank for a file that is."""
    if stat.S_ISLNK(mode):
        # What it points to may be anything on this machine: it is neither followed nor archived.
        return _LINK
    if stat.S_ISDIR(mode):
        return f"more than {DEEPEST} folders deep; move what it holds up"
    if not stat.S_ISREG(mode):
        return "neither a file nor a folder, not taken; take it away"
    if not os.access(path, os.R_OK):
        return "this user may not read it; give it that right (chmod o+r), it is taken at the next round"
    return ""


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not read it; give it that right (chmod o+rX), it is taken at the next round"
    return f"cannot be read ({getattr(error, 'strerror', None) or error}); move or rename it, or check the disk"


def former_receptions(inbox: Path) -> dict[str, FormerReception]:
    """The rows of `receptions.csv` by SHA-256, {} when there is none. InboxError for a row that cannot be used."""
    path = inbox / RECEPTIONS
    if not path.is_file():
        return {}
    found = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InboxError(f"{path}: cannot be read ({error}). Expected a CSV file in UTF-8.") from error
    for line, row in enumerate(rows, start=2):
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
