"""Parsing a received workbook in a guarded process: a parser that a file sends astray dies alone.

What the process answers can be no more than values (`wire`). A limit reached in two readings alone is the file's
(`FILE_TIMEOUT`, `FILE_TOO_HEAVY`); a process that dies otherwise says nothing of it.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sources.files.guarded import GuardedProcess, Limit, LimitReachedError, Limits
from sources.workbook.grid import Book
from sources.workbook.refused import FileRefusedError
from sources.workbook.wire import Hearing

MAX_SECONDS = 20.0  # of processor time
MAX_WAIT = 600.0
MAX_MEMORY = 1024 * 1024 * 1024
RULES: dict[Limit, str] = {"seconds": "FILE_TIMEOUT", "memory": "FILE_TOO_HEAVY"}


class BookLoader:
    """Loads files into books, one after the other, in a guarded process. A context manager."""

    def __init__(
        self,
        *,
        max_seconds: float = MAX_SECONDS,
        max_memory: int = MAX_MEMORY,
        max_wait: float = MAX_WAIT,
        readings: int = 2,
    ) -> None:
        """`max_seconds` of processor time for one file, `max_wait` seconds of a clock for its answer."""
        limits = Limits(max_seconds, max_memory, max_wait)
        self.process = GuardedProcess("sources.workbook.loading_process", limits=limits, readings=readings)

    def __enter__(self) -> "BookLoader":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        self.process.close()

    def load(self, path: Path, sheets: Collection[str], headers: Mapping[str, str]) -> Book:
        """The book of a file. `sheets` and `headers` are folded names of what is wanted, headers with their types.

        FileRefusedError says why a file cannot be read; ChildDiedError when its reading did not end.
        """
        request = {"path": str(path), "sheets": sorted(sheets), "headers": dict(headers)}
        try:
            answer = self.process.answered(request, _heard)
        except LimitReachedError as error:
            raise FileRefusedError(RULES[error.limit], error.received) from error
        if isinstance(answer, FileRefusedError):
            raise answer
        return answer


def _heard(pieces: Iterator[bytes]) -> Book | FileRefusedError:
    hearing = Hearing()
    while (answer := hearing.take(next(pieces))) is None:
        pass
    return answer
