"""One writer at a time, in whatever process: the command line, a run launched from the UI, a test."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.services.runtime.narrator import Log
from sources.errors import PlainError

WAIT_SECONDS = 30 * 60
POLL_SECONDS = 0.2


class BusyError(PlainError):
    """Another process held the lock for longer than anyone should wait."""

    fix = "Find the run, or the command, that holds the lock: let it end, or end it."


def _silent(message: str) -> None:
    """Log nothing."""


@contextmanager
def writing(lock_file: Path, *, log: Log = _silent, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the writer's lock; `log` gets one line when it has to be waited for. Re-entrant in a thread.

    The system releases the lock when its holder dies, so that nothing has to be cleaned by hand. Raises BusyError,
    naming the holder, after `wait_seconds`.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    lock = FileLock(lock_file, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = _holder(lock_file)
        log(f"waiting: {holder} is writing in {lock_file.parent}")
        try:
            lock.acquire(timeout=wait_seconds, poll_interval=POLL_SECONDS)
        except Timeout as timeout:
            message = (
                f"{lock_file}: held by {holder} for more than {wait_seconds / 60:.0f} min. "
                "Wait for it to end, or end that process, then run again."
            )
            raise BusyError(message) from timeout
    try:
        if lock.lock_counter == 1:
            _sign(lock_file)
        yield
    finally:
        lock.release()


def is_held(lock_file: Path) -> str | None:
    """Who holds the lock now, None when nobody does."""
    if not lock_file.exists():
        return None
    probe = FileLock(lock_file)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return _holder(lock_file)
    probe.release()
    return None


def _sign(lock_file: Path) -> None:
    signature = {"pid": os.getpid(), "command": Path(sys.argv[0]).name, "since": time.strftime("%H:%M:%S")}
    lock_file.with_suffix(".holder").write_text(json.dumps(signature))


def _holder(lock_file: Path) -> str:
    try:
        signature = json.loads(lock_file.with_suffix(".holder").read_text())
        return f"{signature['command']} (process {signature['pid']}, since {signature['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
