"""The process that `loading` starts: reads requests on its standard input, answers with books, within limits.

Each request is a line of JSON, each answer some pieces (`wire`), each after its length in twelve digits. It writes no
file. A timer that runs only while this process computes ends it when a file takes too long; its parent does when
nothing comes at all. It dies with its parent.
"""

import contextlib
import gc
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sources.files.parent import die_with
from sources.french.folding import fold_words
from sources.workbook.grid import read_raw
from sources.workbook.guard import inspect
from sources.workbook.loading import HEADER, PIPE_BYTES
from sources.workbook.refused import FileRefusedError
from sources.workbook.wire import pieces, refusal

# A book is many small objects and no cycle: looking for cycles after every few hundred of them is a tenth of the time.
FEW_COLLECTIONS = 100_000
_SHORTEST = 0.000_001  # a timer of 0 is none


def answer(request: dict[str, Any]) -> Iterator[bytes]:
    """A book, or why there is none, in pieces."""
    sheets = set(request["sheets"])
    try:
        file = inspect(Path(request["path"]))
        yield from pieces(read_raw(file, lambda name: fold_words(name) in sheets, request["headers"]))
    except FileRefusedError as error:
        yield refusal(error.rule, error.received)
    except MemoryError:
        yield refusal("FILE_TIMEOUT", "mémoire")
    except Exception as error:  # a parser may raise anything on a broken file
        yield refusal("FILE_TRUNCATED", type(error).__name__)


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


def main() -> None:
    """Serve requests until the input ends. Arguments: parent, bytes of memory, seconds of processor time for a file."""
    parent, memory, seconds = sys.argv[1:]
    die_with(parent)
    limit(int(memory))
    gc.set_threshold(FEW_COLLECTIONS)
    widen(sys.stdout.fileno())
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, max(float(seconds), _SHORTEST))
        for piece in answer(json.loads(line)):
            sys.stdout.buffer.write(f"{len(piece):0{HEADER}d}".encode() + piece)
            sys.stdout.buffer.flush()
        signal.setitimer(signal.ITIMER_PROF, 0)


def widen(pipe: int) -> None:
    """Let as much wait in a pipe as its reader takes at once, where the system knows how to."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


if __name__ == "__main__":
    main()
