"""Parsing a received file in a process of its own, with limits of time and memory.

A parser that a file sends astray is killed with its process: the caller gets a FileRefusedError and the next file is
read by a new one. The limit of time is on what the process itself computes: on a busy machine a good file waits, it is
not refused; a much longer wait ends a process that computes nothing at all. The process is kept between files, since
starting it is most of the work; what it answers can be no more than values (`wire`).
"""

import json
import os
import select
import signal
import subprocess
import sys
import time as clock
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from sources.files.parent import parent_argument
from sources.workbook.grid import Book
from sources.workbook.refused import FileRefusedError
from sources.workbook.wire import Hearing

MAX_SECONDS = 20.0  # of processor time
MAX_WAIT = 600.0
MAX_MEMORY = 1024 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
HEADER = 12  # digits of the length that precedes every piece of an answer
PIPE_BYTES = 1024 * 1024


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

    def load(self, path: Path, sheets: Collection[str], headers: Mapping[str, str]) -> Book:
        """The book of a file. `sheets` and `headers` are folded names of what is wanted, headers with their types.

        FileRefusedError says why a file cannot be read, the limits included; it is never any other error.
        """
        request = {"path": str(path), "sheets": sorted(sheets), "headers": dict(headers)}
        try:
            answer = self._ask(json.dumps(request).encode() + b"\n")
        except FileRefusedError:
            self.close()
            raise
        if isinstance(answer, FileRefusedError):
            raise answer
        return answer

    def _ask(self, request: bytes) -> Book | FileRefusedError:
        process, hearing = self._started(), Hearing()
        if process.stdin is None or process.stdout is None:
            raise FileRefusedError("FILE_TIMEOUT", "processus de lecture")
        until = clock.monotonic() + self.max_wait
        try:
            process.stdin.write(request)
            process.stdin.flush()
            for piece in self._pieces(process, until):
                if (answer := hearing.take(piece)) is not None:
                    return answer
        except (BrokenPipeError, ValueError, LookupError, TypeError) as error:
            raise self._died(process) from error
        raise self._died(process)

    def _pieces(self, process: "subprocess.Popen[bytes]", until: float) -> Iterator[bytes]:
        """What the process says, piece by piece, before `until`; it ends when the process does."""
        pipe = process.stdout.fileno() if process.stdout else -1
        heard = bytearray()
        while True:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - clock.monotonic()))
            if not ready:
                raise FileRefusedError("FILE_TIMEOUT", f"{self.max_wait:.0f} secondes")
            chunk = os.read(pipe, PIPE_BYTES)
            if not chunk:
                return
            heard += chunk
            while len(heard) >= HEADER and len(heard) >= (end := HEADER + int(heard[:HEADER])):
                yield bytes(heard[HEADER:end])
                del heard[:end]

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
