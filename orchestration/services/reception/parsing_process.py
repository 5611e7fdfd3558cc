"""The process that `parsing` starts: one reader's `parse`, asked of one file after the other."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from orchestration.services.reception.reader import UnreadableFileError
from sources.files.guarded_child import serve, unless_the_machine_failed


def answer(request: dict[str, Any]) -> Iterator[bytes]:
    """The content of the file, or why there is none."""
    module, seeds = sys.argv[4:]
    path = Path(request["path"])
    try:
        yield orjson.dumps({"parsed": import_module(module).parse(path, Path(seeds))})
    except UnreadableFileError as error:
        yield orjson.dumps({"refused": str(error)})
    except MemoryError:
        raise
    except Exception as error:  # a parser may raise anything on a broken file
        unless_the_machine_failed(error)
        yield orjson.dumps({"refused": f"{path.name} : fichier illisible ({type(error).__name__})"})


if __name__ == "__main__":
    serve(answer)
