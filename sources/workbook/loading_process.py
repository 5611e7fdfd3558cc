"""The process that `loading` starts: reads requests on its standard input, answers with books, within limits.

Each request is a line of JSON, each answer its length in twelve digits and then JSON. It writes no file. A timer that
runs only while this process computes ends it when a file takes too long; its parent does when nothing comes at all. It
dies with its parent.
"""

import contextlib
import gc
import json
import signal
import sys
from pathlib import Path
from typing import Any

from sources.parent import die_with
from sources.workbook.folding import fold
from sources.workbook.grid import load_book
from sources.workbook.guard import inspect
from sources.workbook.loading import book_as_json
from sources.workbook.refused import FileRefusedError

# A book is many small objects and no cycle: looking for cycles after every few hundred of them is a tenth of the time.
FEW_COLLECTIONS = 100_000
_SHORTEST = 0.000_001  # a timer of 0 is none


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """A book, or why there is none."""
    sheets = set(request["sheets"])
    try:
        book = load_book(inspect(Path(request["path"])), lambda name: fold(name) in sheets, request["headers"])
    except FileRefusedError as error:
        return {"refused": [error.rule, error.received]}
    except MemoryError:
        return {"refused": ["FILE_TIMEOUT", "mémoire"]}
    except Exception as error:  # a parser may raise anything on a broken file
        return {"refused": ["FILE_TRUNCATED", type(error).__name__]}
    return book_as_json(book)


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
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, max(float(seconds), _SHORTEST))
        content = json.dumps(answer(json.loads(line))).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.buffer.write(f"{len(content):012d}".encode() + content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
