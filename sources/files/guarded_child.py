"""The child's side of `guarded`: limits on itself, then one request a line, answered in pieces.

A timer that runs only while this process computes ends it when a file takes too long. It dies with its parent.
"""

import contextlib
import errno
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

from sources.files.guarded import HEADER, MACHINE_FAILED, NO_MEMORY, PIPE_BYTES
from sources.files.machine_errors import is_of_the_machine
from sources.files.parent import die_with

# What is read is many small objects and no cycle: looking for cycles after every few hundred is a tenth of the time.
FEW_COLLECTIONS = 100_000
_SHORTEST = 0.000_001  # a timer of 0 is none


def serve(answer: Callable[[Any], Iterable[bytes]]) -> None:
    """Serve requests until the input ends. Arguments: parent, bytes of memory, seconds of processor time, others."""
    parent, memory, seconds = sys.argv[1:4]
    die_with(parent)
    limit(int(memory))
    gc.set_threshold(FEW_COLLECTIONS)
    widen(sys.stdout.fileno())
    os.set_blocking(sys.stderr.fileno(), False)  # what a library writes too much is lost, it never waits for a reader
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, max(float(seconds), _SHORTEST))
        try:
            for piece in answer(json.loads(line)):
                sys.stdout.buffer.write(f"{len(piece):0{HEADER}d}".encode() + piece)
                sys.stdout.buffer.flush()
        except MemoryError:
            os._exit(NO_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)


def unless_the_machine_failed(error: Exception) -> None:
    """End this process for an error that proves nothing of the file; it is then read again by another one."""
    # the limit on written files gives EFBIG: that is what a file makes its parser do
    if isinstance(error, OSError) and is_of_the_machine(error) and error.errno != errno.EFBIG:
        os._exit(MACHINE_FAILED)


def limit(memory: int) -> None:
    """Limit this process where the system knows how to: memory, files written, core dumps."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for what, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))


def widen(pipe: int) -> None:
    """Let as much wait in a pipe as its reader takes at once, where the system knows how to."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
