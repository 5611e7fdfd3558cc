"""Parsing a received file in a process of its own, with limits of time and memory.

A parser that a file sends astray is killed with its process: the caller gets a FileRefusedError and the next file is
read by a new one. The process is kept between files, since starting it is most of the work; it answers in JSON, so that
nothing it says can be more than values.
"""

import json
import os
import select
import subprocess
import sys
import time as clock
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sources.parent import parent_argument
from sources.workbook.grid import Book, Grid, GridCell, Scalar
from sources.workbook.refused import FileRefusedError

MAX_SECONDS = 20.0
MAX_MEMORY = 1024 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_HEADER = 12  # digits of the length that precedes every answer


class BookLoader:
    """Loads files into books, one after the other, in a guarded process. A context manager."""

    def __init__(self, *, max_seconds: float = MAX_SECONDS, max_memory: int = MAX_MEMORY) -> None:
        self.max_seconds, self.max_memory = max_seconds, max_memory
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

    def load(self, path: Path, file_format: str, sheets: Collection[str], headers: Collection[str]) -> Book:
        """The book of a file. `sheets` and `headers` are folded names of what is wanted.

        FileRefusedError says why a file cannot be read, the limits included; it is never any other error.
        """
        request = {"path": str(path), "format": file_format, "sheets": sorted(sheets), "headers": sorted(headers)}
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
        until = clock.monotonic() + self.max_seconds
        try:
            process.stdin.write(request)
            process.stdin.flush()
            length = int(self._read(process.stdout.fileno(), _HEADER, until))
            answer: dict[str, Any] = json.loads(self._read(process.stdout.fileno(), length, until))
        except (BrokenPipeError, ValueError) as error:
            raise FileRefusedError("FILE_TIMEOUT", "mémoire") from error
        return answer

    def _read(self, pipe: int, wanted: int, until: float) -> bytes:
        """Exactly `wanted` bytes of the answer, before `until`."""
        content = bytearray()
        while len(content) < wanted:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - clock.monotonic()))
            if not ready:
                raise FileRefusedError("FILE_TIMEOUT", f"{self.max_seconds:.0f} secondes")
            chunk = os.read(pipe, wanted - len(content))
            if not chunk:
                raise FileRefusedError("FILE_TIMEOUT", "mémoire")
            content += chunk
        return bytes(content)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            environment = {**os.environ, "PYTHONPATH": str(_ROOT), "RUST_BACKTRACE": "0"}
            command = [
                sys.executable,
                "-m",
                "sources.workbook.loading_process",
                parent_argument(),
                str(self.max_memory),
            ]
            self._process = subprocess.Popen(  # noqa: S603 — our own module, no shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
            )
        return self._process


def book_as_json(book: Book) -> dict[str, Any]:
    """A book as plain JSON values."""
    return {
        "grids": [
            {
                "name": grid.name,
                "state": grid.state,
                "hidden_rows": sorted(grid.hidden_rows),
                "cells": [
                    [row, column, *_tagged(cell.value), cell.number_format, cell.has_formula, cell.trouble]
                    for (row, column), cell in grid.cells.items()
                ],
            }
            for grid in book.grids.values()
        ],
        "other_sheets": book.other_sheets,
        "external_links": book.external_links,
        "disagreements": book.disagreements,
        "is_one_table": book.is_one_table,
    }


def _book(answer: dict[str, Any]) -> Book:
    grids = {
        grid["name"]: Grid(
            grid["name"],
            grid["state"],
            {
                (row, column): GridCell(_untagged(kind, value), number_format, has_formula, trouble)
                for row, column, kind, value, number_format, has_formula, trouble in grid["cells"]
            },
            set(grid["hidden_rows"]),
        )
        for grid in answer["grids"]
    }
    return Book(
        grids,
        tuple(answer["other_sheets"]),
        tuple(answer["external_links"]),
        tuple(answer["disagreements"]),
        bool(answer["is_one_table"]),
    )


def _tagged(value: Scalar) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return "datetime", value.isoformat()
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, time):
        return "time", value.isoformat()
    if isinstance(value, timedelta):
        return "duration", value.total_seconds()
    return "plain", value


def _untagged(kind: str, value: Any) -> Scalar:
    made: dict[str, Any] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "duration": lambda seconds: timedelta(seconds=seconds),
        "plain": lambda plain: plain,
    }
    result: Scalar = made[kind](value)
    return result
