"""One round of the remote folders: what lies still there is taken into the drop folder, and noted.

A file is taken when two listings a few seconds apart show it alike, its size is the one listed, an archive has its end,
and a third listing shows it alike still. It is known by its hash and never deleted there. A fault of one file or one
folder stops no other. The round goes by the channels' lock.
"""

import hashlib
import io
import os
import sqlite3
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestration.services.channels.folders import Folder, RemoteFile, error_line, open_folder
from orchestration.services.channels.register import Channel, ChannelsError, read_channels
from orchestration.services.mailroom.ledger import Ledger, LedgerError, open_ledger
from orchestration.services.mailroom.ledger import RemoteFile as Noted
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from sources.files.machine_errors import is_of_the_machine
from sources.landing.arrivals import hand_over, sweep
from sources.landing.drops import is_unfinished
from sources.reference.roadmap import load_reference

STILL_SECONDS = 5.0
LARGEST_MB = 50
LONGEST_NAME = 150
LARGEST_FILE = LARGEST_MB * 1024 * 1024
TAKEN, KNOWN, TOO_LARGE = "taken", "known", "too_large"
_ARCHIVES = (".xlsx", ".xlsm", ".ods", ".zip", ".docx")


@dataclass
class Pulled:
    """What one round gave: how many files had each fate, what waits, what is wrong; `folders` were looked into."""

    folders: int = 0
    taken: int = 0
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line."""
        waiting = f", {len(self.waiting)} not still or not whole" if self.waiting else ""
        return f"remote folders: {self.folders} looked into, {self.taken} file(s) put into the drop folder{waiting}"


def pull(
    paths: Paths,
    clock: Callable[[], datetime],
    log: Log,
    *,
    environment: Mapping[str, str] = os.environ,
    wait: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Take what lies still in every remote folder of channels.csv."""
    channels, problems = read_channels(paths.home, load_reference(paths.seeds), environment)
    pulled = Pulled(problems=list(problems))
    if channels:
        with writing(paths.channels_lock, log=log), open_ledger(paths.home) as ledger:
            sweep(paths.inbox)
            for channel in channels:
                try:
                    with open_folder(channel, paths.home, environment) as folder:
                        _Round(paths, clock, log, ledger, channel, pulled).take(folder, wait)
                    pulled.folders += 1
                except ChannelsError as error:
                    pulled.problems.append(str(error))
    for problem in pulled.problems:
        log(problem)
    return pulled


def new_in(paths: Paths, clock: Callable[[], datetime], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """What names the files that were not dealt with yet, nothing when there is none; and what is out of reach."""
    channels, problems = read_channels(paths.home, load_reference(paths.seeds), environment)
    found = []
    if channels:
        at = clock()

        def files(channel: Channel) -> list[RemoteFile] | str:
            try:
                with open_folder(channel, paths.home, environment) as folder:
                    return folder.files()
            except (ChannelsError, OSError) as error:
                return str(error)

        with ThreadPoolExecutor(len(channels)) as all_at_once, open_ledger(paths.home) as ledger:
            for channel, listed in zip(channels, all_at_once.map(files, channels), strict=True):
                if isinstance(listed, str):
                    problems.append(listed)
                    continue
                new = _new(listed, ledger, channel)
                found += [f"{channel.key} {file.name} {file.mark}" for file in new]
                if not new:
                    ledger.note_listing(channel.key, at)
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16] if found else "", problems


def is_whole(name: str, content: bytes) -> bool:
    """Whether an archive has its end; what is no archive has none."""
    if content[:2] == b"PK":
        try:
            zipfile.ZipFile(io.BytesIO(content)).close()
        except (zipfile.BadZipFile, OSError, ValueError):
            return False
        return True
    # some systems make room for a file before its bytes are there
    return not (name.lower().endswith(_ARCHIVES) and content[:4] == bytes(4))


def _new(files: Sequence[RemoteFile], ledger: Ledger, channel: Channel) -> list[RemoteFile]:
    dealt_with = {item.name: item.mark for item in ledger.remote_files(channel.key)}
    return [file for file in files if not is_unfinished(file.name) and dealt_with.get(file.name) != file.mark]


@dataclass(frozen=True)
class _Round:
    """One round over one open folder."""

    paths: Paths
    clock: Callable[[], datetime]
    log: Log
    ledger: Ledger
    channel: Channel
    pulled: Pulled

    def take(self, folder: Folder, wait: Callable[[float], None]) -> None:
        """Take what is new and still."""
        before, first_listing = self.ledger.listed_at(self.channel.key), self.clock()
        new = _new(folder.files(), self.ledger, self.channel)
        if not new:
            self.ledger.note_listing(self.channel.key, first_listing)
            return
        wait(STILL_SECONDS)
        still = set(folder.files())
        left = [file for file in new if file not in still or not self._is_dealt_with(folder, file, before)]
        for file in left:
            self.pulled.waiting.append(f"{self.channel}: {file.name}, still being written, or cut off")
            self.log(self.pulled.waiting[-1])
        if not left:
            self.ledger.note_listing(self.channel.key, first_listing)

    def _is_dealt_with(self, folder: Folder, file: RemoteFile, before: str) -> bool:
        """Whether a file was dealt with; what is wrong with one of them stops no other."""
        try:
            return self._dealt_with(folder, file, before)
        except FileNotFoundError:
            return False
        except (ChannelsError, LedgerError, sqlite3.Error):
            raise
        except Exception as error:
            if isinstance(error, OSError) and is_of_the_machine(error):
                raise
            self.pulled.problems.append(error_line(self.channel, error, file.name))
            return False

    def _dealt_with(self, folder: Folder, file: RemoteFile, before: str) -> bool:
        """Whether a file was taken or refused; False when it has to lie still first."""
        if file.size > LARGEST_FILE:
            folder.answer(f"{file.name[:LONGEST_NAME]}_refuse.txt", _refusal(file).encode())
            self._note(file, "", TOO_LARGE)
            return True
        content = folder.read(file.name, file.size + 1)
        if len(content) != file.size or not is_whole(file.name, content) or file not in folder.files():
            return False
        sha256 = hashlib.sha256(content).hexdigest()
        if any(item.sha256 == sha256 for item in self.ledger.remote_files(self.channel.key)):
            self._note(file, sha256, KNOWN)
            return True
        path = hand_over(
            self.paths.inbox,
            self.paths.home,
            folder=self.channel.folder,
            name=file.name,
            content=content,
            arrived_at=self._arrived_at(file, before),
            way=self.channel.url.scheme,
        )
        self._note(file, sha256, TAKEN)
        self.pulled.taken += 1
        self.log(f"{self.channel}: {file.name} → {path.relative_to(self.paths.inbox)}")
        return True

    def _arrived_at(self, file: RemoteFile, before: str) -> datetime:
        """When the server got it: its time, which its sender may have set, but not before a listing without it."""
        now = self.clock()
        since = datetime.fromisoformat(before) if before else datetime.min.replace(tzinfo=UTC)
        return min(max(file.modified_at or now, since), now)

    def _note(self, file: RemoteFile, sha256: str, fate: str) -> None:
        at = self.clock().astimezone(UTC).isoformat()
        self.ledger.note_remote(Noted(self.channel.key, file.name, file.mark, sha256, self.channel.way, fate, at))


def _refusal(file: RemoteFile) -> str:
    size = f"{file.size / 1_048_576:.0f}\u00a0Mo, pour {LARGEST_MB}\u00a0Mo au plus"
    return (
        f"«\u00a0{file.name}\u00a0» n’a pas été pris\u00a0: il pèse {size}.\n"
        "Ne gardez que les feuilles du modèle, sans image ni pièce jointe, puis déposez-le à nouveau.\n"
    )
