"""What a channel hands over: a file put into the drop folder, and when the channel's server got it.

    <inbox>/partners/<folder>/<name>       the file, under a name that no other file has
    landing/arrivals/<mark>.json           its arrival: folder, name, SHA-256, time, way

The note lies in the landing and not beside the file: partners may write into their folder, and nobody sets the time of
his own file back. A note holds for these bytes in this place only. It is dropped once the landing has the file.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sources.files import atomic
from sources.files.names import noted_name
from sources.landing.drops import PARTNERS_FOLDER, UNFINISHED_PREFIXES
from sources.landing.sealing import FILE_MODE, FOLDER_MODE, create
from sources.landing.store import hash_file

ARRIVALS_FOLDER = "arrivals"
ASIDE_PREFIX = ".jalon-"
LONGEST_NAME = 200  # bytes; file systems take 255, and copies get a number
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


@dataclass(frozen=True)
class NotedArrival:
    """When a channel's server got a file, and by which way it came (`mail`, `sftp`, `webdav`…)."""

    folder: str
    file_name: str
    sha256: str
    arrived_at: datetime
    way: str

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name as receptions note them."""
        return self.folder, self.file_name


def hand_over(
    inbox: Path, home: Path, *, folder: str, name: str, content: bytes, arrived_at: datetime, way: str
) -> Path:
    """Put a file that came by a channel into a partner's drop folder, and note when it arrived; return its path.

    A file of that name already there is never replaced: the new one gets a number, « CNS-13_ANS (2).xlsx ». The same
    bytes already there under that name are left, so that a channel that died may hand over again. `arrived_at` needs a
    time zone. OSError when the folder cannot be written.
    """
    target = inbox / PARTNERS_FOLDER / folder
    note = NotedArrival(folder, "", _sha256(content), arrived_at, way)
    with _written_aside(target, content, arrived_at) as aside:
        return _placed(aside, target, name, note, home)


def put_down(folder: Path, *, name: str, content: bytes, arrived_at: datetime) -> Path:
    """Put a file that came by a channel into a folder that is no partner's (`reports`, `decisions`, `drafts`).

    As `hand_over` does, without a note: its time is that of the file alone.
    """
    with _written_aside(folder, content, arrived_at) as aside:
        return _placed(aside, folder, name, NotedArrival("", "", _sha256(content), arrived_at, ""), None)


def name_it(aside: Path, folder: Path, name: str, sha256: str) -> Path:
    """Give a file that lies whole beside its place a name there that no other file has; its path.

    The same bytes already there under that name are left. The caller removes `aside`.
    """
    return _placed(aside, folder, name, NotedArrival("", "", sha256, datetime.now(UTC), ""), None)


def noted_arrivals(landing: Path) -> dict[tuple[str, str], NotedArrival]:
    """The arrivals noted of files that the landing may not have yet, by place. `landing` is the landing's folder."""
    found = {}
    for path in sorted((landing / ARRIVALS_FOLDER).glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):  # a torn note is ignored
            values = json.loads(path.read_text(encoding="utf-8"))
            note = NotedArrival(**(values | {"arrived_at": datetime.fromisoformat(values["arrived_at"])}))
            found[note.place] = note
    return found


def sweep(inbox: Path) -> int:
    """Remove what a channel that was killed left half written; how many files. The caller holds the channels' lock."""
    left = [path for path in inbox.rglob(f"{ASIDE_PREFIX}*.part") if not path.is_symlink()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def forget(landing: Path, note: NotedArrival) -> None:
    """Drop a note whose file the landing has."""
    _note_path(landing, note).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A file name that any system takes and that readers of the drop folder do not skip, from whatever a sender wrote.

    The extension stays.
    """
    plain = _NOT_IN_A_NAME.sub("_", noted_name(Path(name.replace("/", "_")))).strip()
    while plain.startswith(UNFINISHED_PREFIXES):
        plain = plain.removeprefix("~$").removeprefix(".").strip()
    path = Path(plain or "sans nom")
    stem = path.stem.encode()[: LONGEST_NAME - len(path.suffix.encode()[:20])].decode(errors="ignore")
    return f"{stem}{path.suffix[:20]}"


@contextmanager
def _written_aside(target: Path, content: bytes, arrived_at: datetime) -> Iterator[Path]:
    """The content under a name that readers of the drop folder leave alone, on disk; gone afterwards."""
    target.mkdir(parents=True, exist_ok=True)
    aside = target / f"{ASIDE_PREFIX}{uuid4().hex}.part"
    try:
        with create(aside) as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        moment = arrived_at.timestamp()
        os.utime(aside, (moment, moment))
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def _placed(aside: Path, target: Path, name: str, note: NotedArrival, home: Path | None) -> Path:
    for candidate in _names(safe_name(name)):
        path = target / candidate
        if path.exists():
            if hash_file(path) == note.sha256:
                return path
            continue
        named = NotedArrival(note.folder, candidate, note.sha256, note.arrived_at, note.way)
        if home is not None:
            _write_note(home / "landing", named)  # before the file: once it is seen, its time is known
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            if home is not None:
                forget(home / "landing", named)
            continue
        except OSError:  # a share without links
            aside.rename(path)
        return path
    message = f"{target}: no free name for {name}"
    raise OSError(message)


def _names(name: str) -> Iterator[str]:
    path = Path(name)
    yield name
    for number in range(2, 10_000):
        yield f"{path.stem} ({number}){path.suffix}"


def _write_note(landing: Path, note: NotedArrival) -> None:
    path = _note_path(landing, note)
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    values = asdict(note) | {"arrived_at": note.arrived_at.astimezone(UTC).isoformat()}
    atomic.write(path, json.dumps(values, ensure_ascii=False), durable=True, mode=FILE_MODE)


def _note_path(landing: Path, note: NotedArrival) -> Path:
    return landing / ARRIVALS_FOLDER / f"{_sha256('/'.join(note.place).encode())[:32]}.json"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
