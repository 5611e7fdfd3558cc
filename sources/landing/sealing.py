"""How what is written reaches its final name: written aside, put on disk, renamed.

A name that exists is complete, whenever the process or the machine dies. Many files are put on disk at once, which
costs about what one of them costs alone; their names are given after that, those that others rest on first.
"""

import ctypes
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from sources.files import atomic

FILE_MODE = 0o640
FOLDER_MODE = 0o750
# From how many entries on the whole file system is flushed rather than each file.
_WORTH_ONE_FLUSH = 8


class Sealing:
    """Entries written under `folder`, waiting for their names. Nothing is visible under them before `seal`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: list[tuple[Path, Path]] = []
        self._then: list[tuple[Path, Path]] = []
        self._descriptor: int | None = None

    def add(self, aside: Path, target: Path, *, seals: bool) -> None:
        """A file or folder to be renamed; one that `seals` gets its name after all those that do not."""
        if self._descriptor is None:  # errors of writing are reported from here on
            self._descriptor = os.open(self._folder, os.O_RDONLY)
        (self._then if seals else self._first).append((aside, target))

    def __len__(self) -> int:
        return len(self._first) + len(self._then)

    def seal(self) -> None:
        """Put everything on disk, then give the names. OSError when the disk does not take it: no name is given."""
        entries = [aside for aside, _ in (*self._first, *self._then)]
        try:
            if entries:
                self._flush(entries)
            for names in (self._first, self._then):
                atomic.give_names(names, durable=True)
        finally:
            self._first, self._then = [], []
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _flush(self, entries: list[Path]) -> None:
        if len(entries) >= _WORTH_ONE_FLUSH and self._descriptor is not None and flush_file_system(self._descriptor):
            return
        for entry in entries:
            atomic.flush_whole(entry)


def create(path: Path) -> Any:
    """A new file, opened for writing bytes, that others than the project's group may not read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb")


def flush_file_system(descriptor: int) -> bool:
    """Put all that was written on one file system on disk; False where the system cannot, or hides a failure.

    OSError when the disk did not take something.
    """
    sync = _syncfs()
    if sync is None:
        return False
    if sync(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


@cache
def _syncfs() -> Any:
    """Linux's `syncfs`, from the version on that reports failed writes (5.8); None elsewhere."""
    system = os.uname()
    version = re.match(r"(\d+)\.(\d+)", system.release)
    if system.sysname != "Linux" or version is None or (int(version[1]), int(version[2])) < (5, 8):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
