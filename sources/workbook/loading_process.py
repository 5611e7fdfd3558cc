"""The process that `loading` starts: it answers each request with a book, in pieces (`wire`). It writes no file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sources.files.guarded_child import serve, unless_the_machine_failed
from sources.french.folding import fold_words
from sources.workbook.grid import read_raw
from sources.workbook.guard import inspect
from sources.workbook.refused import FileRefusedError
from sources.workbook.wire import pieces, refusal


def answer(request: dict[str, Any]) -> Iterator[bytes]:
    """A book, or why there is none, in pieces."""
    sheets = set(request["sheets"])
    try:
        file = inspect(Path(request["path"]))
        yield from pieces(read_raw(file, lambda name: fold_words(name) in sheets, request["headers"]))
    except FileRefusedError as error:
        yield refusal(error.rule, error.received)
    except MemoryError:
        raise
    except Exception as error:  # a parser may raise anything on a broken file
        unless_the_machine_failed(error)
        yield refusal("FILE_TRUNCATED", type(error).__name__)


if __name__ == "__main__":
    serve(answer)
