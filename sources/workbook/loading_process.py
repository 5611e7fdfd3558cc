"""The process that `loading` starts: reads requests on its standard input, answers with books, within limits.

Each request is a line of JSON, each answer its length in twelve digits and then JSON. It writes no file is killed
by its parent when a file takes too long, and dies with it.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from sources.parent import die_with
from sources.workbook.folding import fold
from sources.workbook.grid import load_book
from sources.workbook.loading import book_as_json
from sources.workbook.refused import FileRefusedError


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """A book, or why there is none."""
    sheets = set(request["sheets"])
    try:
        book = load_book(
            Path(request["path"]), request["format"], lambda name: fold(name) in sheets, request["headers"]
        )
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
    """Serve requests until the input ends."""
    parent, memory = sys.argv[1:]
    die_with(parent)
    limit(int(memory))
    for line in sys.stdin.buffer:
        content = json.dumps(answer(json.loads(line))).encode()
        sys.stdout.buffer.write(f"{len(content):012d}".encode() + content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
