"""Parsing a received file in a process of its own, with limits of time and memory.

A parser that a file sends astray is killed with its process: the caller gets a FileRefusedError and the next file is
read by a new one. The limit of time is on what the process itself computes: on a busy machine a good file waits, it is
not refused; a much longer wait ends a process that computes nothing at all. The process is kept between files, since
starting it is most of the work; it answers in JSON, so that nothing it says can be more than values.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time as clock
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sources.parent import parent_argument
from sources.workbook.grid import Book, Grid, Oddity, Scalar
from sources.workbook.refused import FileRefusedError

MAX_SECONDS = 20.0  # of processor time
MAX_WAIT = 600.0
MAX_MEMORY = 1024 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_HEADER = 12  # digits of the length that precedes every answer
_CHUNK = 1024 * 1024


class BookLoader:
    """Loads files into books, one after the other, in a guarded process. A context manager."""

    def __init__(
        self, *, max_seconds: float = MAX_SECONDS, max_memory: int = MAX_MEMORY, max_wait: float = MAX_WAIT
    ) -> None:
        """`max_seconds` of processor time for one file, `max_wait` seconds of a clock for its answer."""
        self.max_seconds, self.max_memory, self.max_wait = max_seconds, max_memory, max_wait
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "BookLoader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def load(self, path: Path, sheets: Collection[str], headers: Collection[str]) -> Book:
        """The book of a file. `sheets` and `headers` are folded names of what is wanted.

        FileRefusedError says why a file cannot be read, the limits included; it is never any other error.
        """
        request = {"path": str(path), "sheets": sorted(sheets), "headers": sorted(headers)}
        try:
            answer = self._ask(json.dumps(request).encode() + b"\n")
        except FileRefusedError:
            self.close()
            raise
        if "refused" in answer:
            raise FileRefusedError(*answer["refused"])
        return _book(answer)

    def _ask(self, request: bytes) -> dict[str, Any]:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise FileRefusedError("FILE_TIMEOUT", "processus de lecture")
        until = clock.monotonic() + self.max_wait
        try:
            process.stdin.write(request)
            process.stdin.flush()
            length = int(self._read(process, _HEADER, until))
            answer: dict[str, Any] = json.loads(self._read(process, length, until))
        except (BrokenPipeError, ValueError) as error:
            raise self._died(process) from error
        return answer

    def _read(self, process: "subprocess.Popen[bytes]", wanted: int, until: float) -> bytes:
        """Exactly `wanted` bytes of the answer, before `until`."""
        pipe = process.stdout.fileno() if process.stdout else -1
        content = bytearray()
        while len(content) < wanted:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - clock.monotonic()))
            if not ready:
                raise FileRefusedError("FILE_TIMEOUT", f"{self.max_wait:.0f} secondes")
            chunk = os.read(pipe, min(wanted - len(content), _CHUNK))
            if not chunk:
                raise self._died(process)
            content += chunk
        return bytes(content)

    def _died(self, process: "subprocess.Popen[bytes]") -> FileRefusedError:
        """Why the process ended: the signal says whether its time was over; anything else is want of memory."""
        process.kill()  # without effect on one that ended
        out_of_time = process.wait() == -signal.SIGPROF
        return FileRefusedError("FILE_TIMEOUT", f"{self.max_seconds:.0f} secondes" if out_of_time else "mémoire")

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            environment = {**os.environ, "PYTHONPATH": str(_ROOT), "RUST_BACKTRACE": "0"}
            command = [
                sys.executable,
                "-m",
                "sources.workbook.loading_process",
                parent_argument(),
                str(self.max_memory),
                str(self.max_seconds),
            ]
            self._process = subprocess.Popen(  # noqa: S603 — our own module, no shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
            )
        return self._process


def book_as_json(book: Book) -> dict[str, Any]:
    """A book as plain JSON values: each line's columns and values, then what stands for a date or a time."""
    return {
        "grids": [
            {
                "name": grid.name,
                "state": grid.state,
                "hidden_rows": sorted(grid.hidden_rows),
                "rows": list(grid.lines),
                "columns": [list(line) for line in grid.lines.values()],
                "values": [[_plain(value) for value in line.values()] for line in grid.lines.values()],
                "odd": [[*place, *oddity] for place, oddity in grid.odd.items()],
            }
            for grid in book.grids.values()
        ],
        "other_sheets": book.other_sheets,
        "external_links": book.external_links,
        "disagreements": book.disagreements,
        "is_one_table": book.is_one_table,
    }


def _book(answer: dict[str, Any]) -> Book:
    return Book(
        {grid["name"]: _grid(grid) for grid in answer["grids"]},
        tuple(answer["other_sheets"]),
        tuple(answer["external_links"]),
        tuple(answer["disagreements"]),
        bool(answer["is_one_table"]),
    )


def _grid(answer: dict[str, Any]) -> Grid:
    lines = {
        row: dict(zip(columns, [_told(value) if type(value) is list else value for value in values], strict=True))
        for row, columns, values in zip(answer["rows"], answer["columns"], answer["values"], strict=True)
    }
    odd = {(row, column): Oddity(*said) for row, column, *said in answer["odd"]}
    return Grid(answer["name"], answer["state"], lines, odd, set(answer["hidden_rows"]))


_SAID_AS_THEY_ARE = frozenset({str, float, int, bool})


def _plain(value: Scalar) -> Any:
    """A value as JSON has it; a date or a time as a list of its kind and its writing."""
    if type(value) in _SAID_AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, time):
        return ["time", value.isoformat()]
    if isinstance(value, timedelta):
        return ["duration", value.total_seconds()]
    return value


_KINDS: dict[str, Callable[[Any], Scalar]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda seconds: timedelta(seconds=seconds),
}


def _told(said: list[Any]) -> Scalar:
    kind, value = said
    return _KINDS[kind](value)
