"""Backup and restore of an installation: everything that cannot be made again, in one file, as of one instant.

In it: landing, quarantine, receipts, deliverables, snapshots, outbox, audit trail, Dagster's history (of SQLite as of
PostgreSQL), and what lies in the drop folder. Not in it: the DuckDB files and what dbt writes, which `jalon rebuild`
makes again from the rest, locks, and what a killed process left aside.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.services.audit.audit import TORN, AuditTrail
from orchestration.services.backup.archive import ArchiveError, extract_archive, writing_archive
from orchestration.services.backup.history_dump import (
    SQLITE_BESIDE,
    SQLITE_SUFFIX,
    copy_sqlite,
    dump_postgresql,
    require_empty_postgresql,
    restore_postgresql,
)
from orchestration.services.runtime.history_address import storage_url
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.paths import Paths, now
from sources.landing.drops import is_unfinished
from sources.landing.store import Landing, hash_file

HOME, INBOX, DUMP = "home", "inbox", "postgresql.dump"
STAGING = ".restoring"
# in the staging folder: all is verified, what is left is to move it
COMPLETE = ".complete"
# Under the home: made again, or worth nothing once the process is gone.
NOT_SAVED_FOLDERS = frozenset({"dbt", STAGING})
NOT_SAVED_SUFFIXES = (".lock", ".holder", ".part", *SQLITE_BESIDE)
NOT_SAVED_PREFIXES = ("warehouse.duckdb", "marts.duckdb")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Saved:
    """A backup that was written."""

    path: Path
    files: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Restored:
    """What came back; `inbox_left` is how many files of the drop folder were not put back since it holds others."""

    files: int
    made_at: str
    inbox_left: int


def back_up(paths: Paths, target: Path, *, tell: Tell, clock: Callable[[], datetime] = now) -> Saved:
    """Write a backup; a folder as target gets a file named by the time. Waits for runs and mails under way.

    ArchiveError for a place inside the home or another kind of file, StorageError, OSError.
    """
    made_at = clock().astimezone(UTC)
    path = target / f"jalon-{made_at:%Y%m%dT%H%M%SZ}.tar.zst" if target.is_dir() else target
    _require_place(paths, path)
    url = storage_url()
    with ExitStack() as held:
        held.enter_context(_standing_still(paths, tell))
        aside = Path(held.enter_context(tempfile.TemporaryDirectory(prefix=".jalon-", dir=path.parent)))
        archive = held.enter_context(writing_archive(path, _about(paths, made_at, url)))
        for name, source in _home_files(paths.home):
            if source.suffix == SQLITE_SUFFIX:
                copy_sqlite(source, aside / "history.db")
                archive.add(name, aside / "history.db")
                (aside / "history.db").unlink()
            else:
                archive.add(name, source)
        if url is not None:
            dump_postgresql(url, aside / DUMP)
            archive.add(DUMP, aside / DUMP)
        for name, source in _inbox_files(paths.inbox):
            with tempfile.SpooledTemporaryFile(max_size=1 << 24, dir=str(aside)) as copy:
                state = _copied(source, copy)
                if state is not None:
                    archive.add_stream(name, copy, state)
        count = len(archive.files)
    return Saved(path, count, path.stat().st_size, hash_file(path))


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
        aside = staging / f"{COMPLETE}.part"
        aside.write_text(json.dumps(catalogue), encoding="utf-8")
        aside.replace(staging / COMPLETE)
    catalogue = json.loads((staging / COMPLETE).read_text(encoding="utf-8"))
    # `landing` last: until it is there, the home is not taken for an installation
    for part in sorted((staging / HOME).iterdir(), key=lambda path: path.name == "landing"):
        part.replace(paths.home / part.name)
    shutil.rmtree(staging)
    return Restored(len(catalogue["files"]), catalogue["made_at"], catalogue["inbox_left"])


def _staged(paths: Paths, archive: Path, staging: Path, *, with_history: bool) -> dict[str, Any]:
    """The whole backup beside its place, verified; the database and the drop folder in theirs."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o750)
    catalogue = extract_archive(archive, staging)
    Landing(staging / HOME).check_version()
    _restore_history(catalogue, staging / DUMP, with_history=with_history)
    return {**catalogue, "inbox_left": _put_inbox(staging / INBOX, paths.inbox)}


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
def _standing_still(paths: Paths, tell: Tell) -> Iterator[None]:
    """Nobody writes files of the home: neither a run nor a mail is under way. Dagster's history is copied apart."""
    with ExitStack() as held:
        held.enter_context(writing(paths.writer_lock, tell=tell))
        if (paths.home / "outbox").is_dir():
            from exports.mail import Outbox

            held.enter_context(writing(Outbox(paths.home / "outbox").lock_file, tell=tell))
        yield


def _about(paths: Paths, made_at: datetime, url: str | None) -> dict[str, Any]:
    from orchestration.services.warehouse.code_version import code_version

    head = AuditTrail.of(paths).head()
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "code_version": code_version(paths.project),
        "history": "sqlite" if url is None else "postgresql",
        "audit_head": {"count": head.count, "digest": head.digest},
    }


def _home_files(home: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        if (
            path.is_file()
            and not path.is_symlink()
            and inside.parts[0] not in NOT_SAVED_FOLDERS
            and inside.parts[:2] != ("landing", ".aside")
            and (not path.name.endswith(NOT_SAVED_SUFFIXES) or path.name.startswith(TORN))
            and not path.name.startswith(NOT_SAVED_PREFIXES)
        ):
            yield f"{HOME}/{inside.as_posix()}", path


def _inbox_files(inbox: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(inbox.rglob("*")) if inbox.is_dir() else ():
        inside = path.relative_to(inbox)
        if path.is_file() and not path.is_symlink() and not any(is_unfinished(part) for part in inside.parts):
            yield f"{INBOX}/{inside.as_posix()}", path


def _copied(source: Path, copy: Any) -> os.stat_result | None:
    """Copy a dropped file, which its sender may still change; None when it was taken away meanwhile."""
    try:
        with source.open("rb") as stream:
            state = list(os.fstat(stream.fileno()))
            while block := stream.read(1 << 20):
                copy.write(block)
    except FileNotFoundError:
        return None
    state[6] = copy.tell()
    copy.seek(0)
    return os.stat_result(state)


def _require_empty(home: Path) -> None:
    """A home that holds anything is somebody's, save one that a killed restore was filling."""
    if not home.is_dir() or (home / STAGING / COMPLETE).is_file():
        return
    found = sorted(path.name for path in home.iterdir() if path.name != STAGING)
    if found:
        more = "…" if len(found) > 3 else ""
        raise ArchiveError(
            f"{home}: not empty ({', '.join(found[:3])}{more}). A restore writes over nothing: "
            "say another --home, or move that one away."
        )


def _restore_history(catalogue: Mapping[str, Any], dump: Path, *, with_history: bool) -> None:
    if catalogue["history"] != "postgresql" or not with_history:
        return
    url = storage_url()
    if url is None:
        raise ArchiveError(
            "this backup holds Dagster's history as PostgreSQL's. Name an empty database in JALON_STORAGE_URL, "
            "or say --without-history."
        )
    require_empty_postgresql(url)
    restore_postgresql(url, dump)


def _put_inbox(saved: Path, inbox: Path) -> int:
    """The drop folder back where there is none or an empty one; else how many files were left out."""
    files = [path for path in saved.rglob("*") if path.is_file()] if saved.is_dir() else []
    if not files:
        return 0
    if inbox.is_dir() and any(path.is_file() for path in inbox.rglob("*")):
        return len(files)
    for path in files:
        target = inbox / path.relative_to(saved)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        # another disk, most often
        aside = target.with_name(f".{target.name}.part")
        aside.write_bytes(path.read_bytes())
        aside.replace(target)
    return 0
