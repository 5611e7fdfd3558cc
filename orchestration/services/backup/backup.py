"""Backup and restore of an installation: everything that cannot be made again, in one file, as of one instant.

In it: landing, quarantine, receipts, deliverables, snapshots, outbox, audit trail, Dagster's history (of SQLite as of
PostgreSQL), and what lies in the drop folder. Not in it: the DuckDB files and what dbt writes, which `jalon rebuild`
makes again from the rest, locks, and what a killed process left aside.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.services.audit.audit import TORN, AuditTrail
from orchestration.services.backup.archive import ArchiveError, extract_archive, verify_archive, writing_archive
from orchestration.services.backup.history_dump import (
    SQLITE_BESIDE,
    SQLITE_SUFFIX,
    copy_sqlite,
    dump_postgresql,
    require_empty_postgresql,
    restore_postgresql,
)
from orchestration.services.backup.last_backup import NOTE, Saved, note_backup, note_verified
from orchestration.services.runtime.history_address import storage_url
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from sources.command_line import command
from sources.files import atomic
from sources.files.machine_errors import NO_SPACE
from sources.landing.drops import is_unfinished
from sources.landing.store import Landing, hash_file

HOME, INBOX, DUMP = "home", "inbox", "postgresql.dump"
STAGING = ".restoring"
# in the staging folder: all is verified, what is left is to move it
COMPLETE = ".complete"
# Under the home: made again, or worth nothing once the process is gone.
NOT_SAVED_FOLDERS = frozenset({"dbt", "memo", STAGING})
NOT_SAVED_SUFFIXES = (".lock", ".holder", ".part", *SQLITE_BESIDE)
NOT_SAVED_PREFIXES = ("warehouse.duckdb", "jalon.duckdb", "marts.duckdb", NOTE)

# of the files of each nightly backup, how many in 256 are compared byte for byte
SAMPLE_OF_256 = 16
# an archive that another installation may still be writing in the same folder is left alone
LEFTOVER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Restored:
    """What came back; `inbox_left` is how many files of the drop folder were not put back since it holds others.

    `inbox_refused` lists those that this machine's file system did not take, with the reason.
    """

    files: int
    made_at: str
    inbox_left: int
    inbox_refused: tuple[str, ...] = ()


def back_up(paths: Paths, target: Path, *, log: Log, clock: Callable[[], datetime] = now) -> Saved:
    """Write a backup; a folder as target gets a file named by the time. Waits for runs and mails under way.

    A file that cannot be read is left out and listed, the others are saved. The backup is read again before it counts:
    its whole list, and a sample of its files byte for byte (`verify` compares them all).
    ArchiveError for a place inside the home or another kind of file, or a backup that cannot be read again;
    StorageError, OSError.
    """
    made_at = clock().astimezone(UTC)
    path = target / f"jalon-{made_at:%Y%m%dT%H%M%SZ}.tar.zst" if target.is_dir() else target
    _require_place(paths, path)
    url = storage_url()
    left_out: list[str] = []
    with ExitStack() as held:
        held.enter_context(_all_locked(paths, log))
        _remove_leftovers(paths, path.parent)
        prefix = _leftover_prefix(paths)
        aside = Path(held.enter_context(tempfile.TemporaryDirectory(prefix=prefix, dir=path.parent)))
        about = _about(paths, made_at, url)
        archive = held.enter_context(writing_archive(path, lambda: {**about, "left_out": left_out}))
        for name, source in [*_home_files(paths.home, left_out), *_inbox_files(paths.inbox, left_out)]:
            with tempfile.SpooledTemporaryFile(max_size=1 << 24, dir=str(aside)) as copy:
                try:
                    state = _copied(source, copy, aside)
                except (OSError, sqlite3.Error) as error:
                    if is_of_the_disk(error):
                        raise
                    left_out.append(f"{name}: {getattr(error, 'strerror', None) or error}")
                    continue
                if state is not None:
                    archive.add_stream(name, copy, state)
        if url is not None:
            dump_postgresql(url, aside / DUMP)
            archive.add(DUMP, aside / DUMP)
        count = len(archive.files)
    _, checked = verify_archive(path, _in_sample(made_at))
    saved = Saved(path, count, path.stat().st_size, hash_file(path), checked, tuple(left_out))
    note_backup(paths, saved, made_at)
    return saved


def verify(archive: Path, paths: Paths, *, clock: Callable[[], datetime] = now) -> tuple[Path, int]:
    """Compare every file of a backup, the newest one of a folder, with its catalogue; which, and how many files.

    ArchiveError when there is none, or when it could not be restored.
    """
    path = archive
    if archive.is_dir():
        found = sorted(archive.glob("jalon-*.tar.zst"))
        if not found:
            raise ArchiveError(
                f"{archive}: no backup there (jalon-*.tar.zst). `{command('backup', '--to', str(archive))}` makes one."
            )
        path = found[-1]
    _, checked = verify_archive(path, lambda _: True)
    note_verified(paths, clock())
    return path, checked


def restore(paths: Paths, archive: Path, *, with_history: bool = True) -> Restored:
    """Put a backup in place of an installation that is not there: verified whole first, then moved into the home.

    ArchiveError for a home that holds something, or an archive that is not whole; LandingError for a backup written by
    a newer version; StorageError for a database that is not there or not empty. The same command goes on with a restore
    that was killed.
    """
    staging = paths.home / STAGING
    _require_empty(paths.home)
    if not (staging / COMPLETE).is_file():
        try:
            catalogue = _staged(paths, archive, staging, with_history=with_history)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        atomic.write(staging / COMPLETE, json.dumps(catalogue))
    catalogue = json.loads((staging / COMPLETE).read_text(encoding="utf-8"))
    # `landing` last: until it is there, the home is not taken for an installation
    for part in sorted((staging / HOME).iterdir(), key=lambda path: path.name == "landing"):
        part.replace(paths.home / part.name)
    shutil.rmtree(staging)
    refused = tuple(catalogue["inbox_refused"])
    return Restored(len(catalogue["files"]), catalogue["made_at"], catalogue["inbox_left"], refused)


def _staged(paths: Paths, archive: Path, staging: Path, *, with_history: bool) -> dict[str, Any]:
    """The whole backup beside its place, verified; the database and the drop folder in theirs."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o750)
    catalogue = extract_archive(archive, staging)
    Landing(staging / HOME).check_version()
    _restore_history(catalogue, staging / DUMP, with_history=with_history)
    left, refused = _put_inbox(staging / INBOX, paths.inbox)
    return {**catalogue, "inbox_left": left, "inbox_refused": refused}


def _require_place(paths: Paths, path: Path) -> None:
    if not path.name.endswith((".tar", ".tar.zst")):
        raise ArchiveError(f"{path}: expected a folder, or a file named .tar or .tar.zst.")
    if not path.parent.is_dir():
        raise ArchiveError(f"{path.parent}: there is no such folder. Make it, or mount the disk it is on.")
    if path.resolve().is_relative_to(paths.home):
        raise ArchiveError(f"{path} lies in {paths.home}, and would be lost with it. Choose a place on another disk.")
    if not (paths.home / "landing").is_dir():
        raise ArchiveError(f"{paths.home}: no installation there, nothing to save. Say which with --home.")


@contextmanager
def _all_locked(paths: Paths, log: Log) -> Iterator[None]:
    """Nobody writes files of the home: no run and no mail, to us or from us, is under way.

    Dagster's history is copied apart.
    """
    with ExitStack() as held:
        held.enter_context(writing(paths.writer_lock, log=log))
        if paths.channels_lock.parent.is_dir():
            held.enter_context(writing(paths.channels_lock, log=log))
        if (paths.home / "outbox").is_dir():
            from exports.mail import Outbox

            held.enter_context(writing(Outbox(paths.home / "outbox").lock_file, log=log))
        yield


def _about(paths: Paths, made_at: datetime, url: str | None) -> dict[str, Any]:
    from orchestration.services.warehouse.code_version import code_version

    head = AuditTrail.of(paths).head()
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "code_version": code_version(paths),
        "history": "sqlite" if url is None else "postgresql",
        "audit_head": {"count": head.count, "digest": head.digest},
    }


def _home_files(home: Path, left_out: list[str]) -> Iterator[tuple[str, Path]]:
    for path in _walk(home, HOME, left_out):
        inside = path.relative_to(home)
        if (
            inside.parts[0] not in NOT_SAVED_FOLDERS
            and inside.parts[:2] != ("landing", ".aside")
            and (not path.name.endswith(NOT_SAVED_SUFFIXES) or path.name.startswith(TORN))
            and not path.name.startswith(NOT_SAVED_PREFIXES)
        ):
            yield f"{HOME}/{inside.as_posix()}", path


def _inbox_files(inbox: Path, left_out: list[str]) -> Iterator[tuple[str, Path]]:
    for path in _walk(inbox, INBOX, left_out) if inbox.is_dir() else ():
        inside = path.relative_to(inbox)
        if not any(is_unfinished(part) for part in inside.parts):
            yield f"{INBOX}/{inside.as_posix()}", path


def _walk(top: Path, name: str, left_out: list[str]) -> Iterator[Path]:
    """The plain files below a folder, in order; a folder that cannot be listed is left out and listed."""

    def unreadable(error: OSError) -> None:
        place = os.path.relpath(os.fsdecode(error.filename or top), top)
        left_out.append(f"{name}/{place}: {error.strerror or error}")

    for folder, folders, files in os.walk(top, onerror=unreadable):
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            with suppress(FileNotFoundError):  # taken away meanwhile
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path


def _copied(source: Path, copy: Any, aside: Path) -> os.stat_result | None:
    """Copy a file; None when it was taken away meanwhile. SQLite gives the state of one instant, whoever writes it."""
    if source.suffix == SQLITE_SUFFIX:
        instant = aside / "history.db"
        try:
            copy_sqlite(source, instant)
            state = _filled(instant, copy)
            return None if state is None else os.stat_result([source.stat().st_mode, *state[1:]])
        finally:
            instant.unlink(missing_ok=True)
    return _filled(source, copy)


def _filled(source: Path, copy: Any) -> os.stat_result | None:
    try:
        with source.open("rb") as stream:
            state = list(os.fstat(stream.fileno()))
            shutil.copyfileobj(stream, copy, 1 << 20)
    except FileNotFoundError:
        return None
    state[6] = copy.tell()
    copy.seek(0)
    return os.stat_result(state)


def is_of_the_disk(error: Exception) -> bool:
    """Whether the backup's own disk is full: going on would write nothing more."""
    return isinstance(error, OSError) and error.errno in NO_SPACE


def _in_sample(made_at: datetime) -> Callable[[str], bool]:
    """One file in sixteen, others each night: by its name and the day."""
    day = f"{made_at:%Y%m%d}"
    return lambda name: hashlib.sha256(f"{day}{name}".encode()).digest()[0] < SAMPLE_OF_256


def _leftover_prefix(paths: Paths) -> str:
    return f".jalon-{hashlib.sha256(str(paths.home).encode()).hexdigest()[:8]}-"


def _remove_leftovers(paths: Paths, folder: Path) -> None:
    """What a killed backup of this home left beside; the writer's lock is held, so that none is under way."""
    for path in folder.glob(f"{_leftover_prefix(paths)}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(".jalon-????????T??????Z.tar.zst.part"):
        if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            path.unlink(missing_ok=True)


def _require_empty(home: Path) -> None:
    """A home that holds anything is somebody's, save one that a killed restore was filling."""
    if not home.is_dir() or (home / STAGING / COMPLETE).is_file():
        return
    found = sorted(path.name for path in home.iterdir() if path.name != STAGING)
    if found:
        more = "…" if len(found) > 3 else ""
        raise ArchiveError(
            f"{home}: not empty ({', '.join(found[:3])}{more}). A restore writes over nothing: "
            "name another --home, or move that one away."
        )


def _restore_history(catalogue: Mapping[str, Any], dump: Path, *, with_history: bool) -> None:
    if catalogue["history"] != "postgresql" or not with_history:
        return
    url = storage_url()
    if url is None:
        raise ArchiveError(
            "this backup holds Dagster's history as PostgreSQL's. Name an empty database in JALON_STORAGE_URL, "
            "or add --without-history."
        )
    require_empty_postgresql(url)
    restore_postgresql(url, dump)


def _put_inbox(saved: Path, inbox: Path) -> tuple[int, list[str]]:
    """The drop folder back where there is none or an empty one: how many files were left out, which were refused."""
    files = [path for path in saved.rglob("*") if path.is_file()] if saved.is_dir() else []
    if inbox.is_dir() and any(path.is_file() for path in inbox.rglob("*")):
        return len(files), []
    refused = []
    for path in files:
        target = inbox / path.relative_to(saved)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            with atomic.written(target) as aside:  # a copy: the drop folder is on another disk, most often
                shutil.copyfile(path, aside)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise
            refused.append(f"{path.relative_to(saved)}: {error.strerror or error}")
    return 0, refused
