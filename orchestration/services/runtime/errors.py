"""What an engineer reads about an error: one line with what, where and the fix, and whether trying again may help.

Errors of Jalon's own already have it. Those of the system (a full disk, a folder without rights), of DuckDB and of
SQLite are recognised here; anything else is a defect, and has its traceback.
"""

import errno
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sources.command_line import command
from sources.errors import PlainError
from sources.files.machine_errors import NO_RIGHT, NO_SPACE, PASSING

DATABASE_MODULES = ("duckdb", "_duckdb", "sqlite3", "sqlalchemy")
NO_SPACE_TEXTS = ("No space left on device", "database or disk is full", "Disk quota exceeded", "File too large")
READ_ONLY_TEXTS = ("Read-only file system", "readonly database")
FREE_SPACE = "Free some space (`df -h` shows where), then run again: nothing is left half-written."
# What SQLite answers when it cannot make or grow one of its side files, whatever the reason.
SQLITE_FAILS = "disk I/O error"
LEAST_FREE = 1 << 20
REMOUNT = "Mount it for writing, then run again: nothing is left half-written."


@dataclass(frozen=True)
class Explained:
    """The line, and whether the same thing tried again may succeed without anyone doing anything."""

    message: str
    is_transient: bool = False


def explained(error: BaseException, where: Path | None = None) -> Explained | None:
    """The explanation of an error; None for one that nobody foresaw. `where` is named when the error names no file."""
    if isinstance(error, PlainError):
        return Explained(str(error), is_transient=error.is_transient or is_locked(str(error)))
    if isinstance(error, OSError):
        return _of_the_system(error, where)
    if type(error).__module__.partition(".")[0] in DATABASE_MODULES:
        return _of_a_database(str(error), where)
    return None


def is_locked(text: str) -> bool:
    """Whether a database's message means that another program holds its file."""
    return "Could not set lock on file" in text or "database is locked" in text


def holder_in(text: str) -> str:
    """The program that holds a file, as DuckDB names it, with its process."""
    found = re.search(r"held in (\S+) \(PID (\d+)\)", text)
    return f"{Path(found[1]).name} (process {found[2]})" if found else "another program"


def _of_the_system(error: OSError, where: Path | None) -> Explained:
    place = f"{named}: " if (named := error.filename or where) else ""
    if error.errno in NO_SPACE:
        return Explained(f"{place}no space left. {FREE_SPACE}")
    if error.errno == errno.EROFS:
        return Explained(f"{place}the file system is read-only. {REMOUNT}")
    if error.errno in NO_RIGHT:
        return Explained(f"{place}permission denied. Give this user the right to it, then run again.")
    reason = error.strerror or error
    fix = "Check the path, the rights and the free space, then run again."
    return Explained(f"{place}{reason}. {fix}", is_transient=error.errno in PASSING)


def _of_a_database(text: str, where: Path | None) -> Explained | None:
    """DuckDB's and SQLite's errors that come from the machine, not from a query."""
    found = re.search(r'"([^"]+)"', text)
    named = found[1] if found and Path(found[1]).is_absolute() else where
    place = f"{named}: " if named else ""
    is_full = any(known in text for known in NO_SPACE_TEXTS) or (SQLITE_FAILS in text and _is_full(where))
    explanations = (
        (is_full, f"no space left. {FREE_SPACE}"),
        (SQLITE_FAILS in text, f"{SQLITE_FAILS}. Check the disk (`df -h`, `dmesg`), then run again."),
        (any(known in text for known in READ_ONLY_TEXTS), f"the file system is read-only. {REMOUNT}"),
        ("Permission denied" in text, "permission denied. Give this user the right to it, then run again."),
        (is_locked(text), f"open in {holder_in(text)}. Close it there, then run again."),
        (
            "Corrupt database file" in text,
            f"a DuckDB file is damaged ({text.partition(chr(10))[0]}). Run `{command('rebuild')}`: it makes it again.",
        ),
    )
    line = next((line for holds, line in explanations if holds), None)
    return None if line is None else Explained(f"{place}{line}", is_transient=line.startswith("open in"))


def _is_full(where: Path | None) -> bool:
    """Whether next to nothing can be written there any more."""
    try:
        return where is not None and shutil.disk_usage(where).free < LEAST_FREE
    except OSError:
        return False
