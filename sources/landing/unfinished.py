"""The files whose reading did not end: `landing/waiting/<sha256>.json`, until one does.

A reading that was killed proves nothing of its file: the file waits, and is read again.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

from sources.files import atomic
from sources.landing.sealing import FILE_MODE, FOLDER_MODE
from sources.landing.store import Channel, Landing, Reception

FOLDER = "waiting"


@dataclass(frozen=True)
class Unfinished:
    """One file that waits: how many runs tried to read it, how many readings died, and how."""

    sha256: str
    file_name: str
    channel: Channel
    folder: str
    runs: int
    readings: int
    reason: str

    @property
    def place(self) -> str:
        """Folder and name, for a person."""
        return f"{self.folder}/{self.file_name}" if self.folder else self.file_name

    @property
    def reference(self) -> str:
        """Folder and first digits of the hash, where its name may not be shown."""
        return f"{self.folder or self.channel}/{self.sha256[:8]}"

    @property
    def text(self) -> str:
        """The line of the board, in French."""
        return f"{self.place}\u00a0: en attente de lecture"


def unfinished(landing: Landing) -> list[Unfinished]:
    """The files that wait, by place."""
    return sorted(_notes(landing), key=lambda note: (note.channel, note.place, note.sha256))


def note(landing: Landing, reception: Reception, readings: int, reason: str) -> Unfinished:
    """Note that so many more readings of a file did not end."""
    before = next((known for known in _notes(landing) if known.sha256 == reception.sha256), None)
    runs, died = (before.runs, before.readings) if before else (0, 0)
    noted = Unfinished(
        reception.sha256,
        reception.file_name,
        reception.channel,
        reception.folder,
        runs + 1,
        died + readings,
        reason,
    )
    folder = landing.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    atomic.write(folder / f"{reception.sha256}.json", json.dumps(asdict(noted)), durable=True, mode=FILE_MODE)
    return noted


def forget(landing: Landing, sha256: str) -> None:
    """A reading of the file ended."""
    (landing.root / FOLDER / f"{sha256}.json").unlink(missing_ok=True)


def noted_at(landing: Landing, item: Unfinished) -> float:
    """When a file was last tried, in seconds as file times go; 0 when its note is gone."""
    with suppress(OSError):
        return (landing.root / FOLDER / f"{item.sha256}.json").stat().st_mtime
    return 0.0


def _notes(landing: Landing) -> Iterator[Unfinished]:
    for path in (landing.root / FOLDER).glob("*.json"):
        with suppress(OSError, ValueError, TypeError):  # a torn note is ignored: the file is unread all the same
            yield Unfinished(**json.loads(path.read_text(encoding="utf-8")))
