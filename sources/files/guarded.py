"""A process that reads what somebody sent: its caller outlives it, and learns why it ended.

Requests and answers are JSON on pipes: nothing that a hostile file shaped is unpickled. A process that a limit of ours
ended proves something of the file; one that was killed, or could not start, proves nothing.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sources.files.parent import parent_argument

Limit = Literal["seconds", "memory"]
T = TypeVar("T")

HEADER = 12  # digits of the length that precedes every piece of an answer
PIPE_BYTES = 1024 * 1024
NO_MEMORY, MACHINE_FAILED = 73, 74  # how a child ends by itself
_ROOT = Path(__file__).resolve().parents[2]
_WANT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"out of memory")


class ChildDiedError(OSError):
    """The reading did not end, and no limit of ours ended it: the machine's affair, nothing is known of the file."""


class LimitReachedError(Exception):
    """A limit of ours ended every reading."""

    def __init__(self, limit: Limit, received: str) -> None:
        super().__init__(f"limit of {limit} reached: {received}")
        self.limit, self.received = limit, received


@dataclass(frozen=True)
class Limits:
    """What one reading may take: seconds of the processor, bytes of memory, seconds until it answers.

    The processor's time is what a busy machine does not lengthen; `wait` ends a process that computes nothing at all.
    """

    seconds: float
    memory: int
    wait: float = 600.0


class GuardedProcess:
    """One child, started at the first request and reused for the next ones. A context manager.

    `readings` is how many have to reach a limit before it is a verdict; 0 while other files are read: it is none.
    """

    def __init__(self, module: str, *arguments: str, limits: Limits, readings: int = 2) -> None:
        self.limits, self._readings = limits, readings
        self._module, self._arguments = module, arguments
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "GuardedProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def answered(self, request: Any, heard: Callable[[Iterator[bytes]], T]) -> T:
        """What `heard` makes of the pieces of the answer.

        LimitReachedError once a limit was reached in that many readings, ChildDiedError for any other end.
        """
        left = self._readings
        while True:
            try:
                return self._answered(request, heard)
            except LimitReachedError as error:
                if not self._readings:
                    raise ChildDiedError(f"{error} while other files were read") from error
                left -= 1
                if not left:
                    raise

    def _answered(self, request: Any, heard: Callable[[Iterator[bytes]], T]) -> T:
        try:
            return self._asked(json.dumps(request).encode() + b"\n", heard)
        except (LimitReachedError, ChildDiedError):
            self.close()
            raise

    def _asked(self, request: bytes, heard: Callable[[Iterator[bytes]], T]) -> T:
        process = self.started()
        if process.stdin is None or process.stdout is None:
            raise ChildDiedError("the reading process was started without pipes")
        try:
            _last_words(process)  # what was stated about the file before
            process.stdin.write(request)
            process.stdin.flush()
            return heard(self._pieces(process))
        except (BrokenPipeError, StopIteration, ValueError, LookupError, TypeError) as error:
            raise self._ended(process) from error

    def _pieces(self, process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
        """The output of the process, piece by piece; it ends when the process does."""
        until = time.monotonic() + self.limits.wait
        pipe = process.stdout.fileno() if process.stdout else -1
        heard = bytearray()
        while True:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                process.kill()
                raise ChildDiedError(f"no answer within {self.limits.wait:.0f} seconds")
            chunk = os.read(pipe, PIPE_BYTES)
            if not chunk:
                raise self._ended(process)
            heard += chunk
            while len(heard) >= HEADER and len(heard) >= (end := HEADER + int(heard[:HEADER])):
                yield bytes(heard[HEADER:end])
                del heard[:end]

    def _ended(self, process: "subprocess.Popen[bytes]") -> Exception:
        """Why the process ended: a limit of ours, recognised by its signal or its code, or anything else."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1.0)
        process.kill()  # without effect on one that ended
        code = process.wait()
        if code == -signal.SIGPROF:
            return LimitReachedError("seconds", f"{self.limits.seconds:.0f} secondes")
        if code == NO_MEMORY or (code == -signal.SIGABRT and _wanted_memory(process)):
            return LimitReachedError("memory", f"{self.limits.memory / 1e6:.0f} Mo de mémoire")
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
        return ChildDiedError(f"the process that read it died ({how})")

    def started(self) -> "subprocess.Popen[bytes]":
        """The process, started when there is none. ChildDiedError when it cannot be."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            environment = {**os.environ, "PYTHONPATH": str(_ROOT), "RUST_BACKTRACE": "0"}
            limits = (str(self.limits.memory), str(self.limits.seconds))
            command = [sys.executable, "-m", self._module, parent_argument(), *limits, *self._arguments]
            try:
                self._process = subprocess.Popen(  # noqa: S603 — our own module, no shell
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
                )
            except OSError as error:
                raise ChildDiedError(f"the process that reads could not start ({error.strerror})") from error
        return self._process


def _last_words(process: "subprocess.Popen[bytes]") -> bytes:
    """What the process wrote to its standard error and nobody read, as much as a pipe holds."""
    if process.stderr is None:
        return b""
    os.set_blocking(process.stderr.fileno(), False)
    with suppress(BlockingIOError):
        return os.read(process.stderr.fileno(), PIPE_BYTES)
    return b""


def _wanted_memory(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a process that aborted wrote that it was refused memory: libraries that are not Python's do."""
    output = _last_words(process)
    return any(words in output for words in _WANT_OF_MEMORY)
