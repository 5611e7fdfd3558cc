"""One process of the reading pool: it reads received files and writes what was read.

`reading_pool` starts it.

A request is one line, a list of SHA-256 of the landing; it is answered with one line of JSON a file, in their order,
and one more once all of them are written. Workbooks are still parsed in the guarded process of
`sources.workbook.loading`, one for each of these, so that a hostile file kills its parser alone.
"""

import contextlib
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import read_one
from orchestration.services.reception.previous import known_before
from orchestration.services.reception.reader import Reader
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths
from sources.files.parent import die_with, parent_argument
from sources.landing.store import Landing, LandingError
from sources.reference.roadmap import load_reference

# Rows are many small objects and no cycle: looking for cycles after every few hundred is a tenth of the time.
FEW_COLLECTIONS = 100_000


def _reader(paths: Paths, channel: str, stack: ExitStack) -> Reader:
    reference = load_reference(paths.seeds)
    if channel == "documents":
        return DocumentsReader(paths, reference)
    from sources.workbook.loading import BookLoader

    loader = stack.enter_context(BookLoader())
    return SubmissionsReader(paths, reference, loader, known_before(paths, reference))


def _answers(landing: Landing, reader: Reader, key: str, hashes: list[str]) -> Iterator[dict[str, Any]]:
    """What became of each file, then that all are written; or what every other file would meet too."""
    try:
        with landing.together():
            for sha256 in hashes:
                reception = landing.reception(sha256)
                if reception is None:
                    yield {"reason": "the landing does not have it any more", "told": ""}
                    continue
                done = read_one(landing, reader, key, reception)
                yield {"reason": done.reason, "told": done.told}
    except (LandingError, OSError) as error:  # a full disk, an altered archive
        from orchestration.services.runtime.errors import explained

        why = explained(error, landing.root)
        yield {"stop": why.message if why else str(error)}
        return
    yield {"written": True}


def main() -> None:
    """Answer until the input ends. Arguments: parent, home, inbox, channel, then a pair of pipes for each process.

    With pipes, as many processes are forked from this one once it has its modules and its reference, which takes longer
    than reading some dozens of files; this one then only waits for them, and they die with it.
    """
    parent, home, inbox, channel, *pipes = sys.argv[1:]
    die_with(parent)
    paths = Paths(Path(home), Path(inbox))
    landing = Landing(paths.home)  # not opened: opening clears what the others are writing
    with ExitStack() as stack:
        if pipes:  # before the others are forked: writing needs both, pyarrow asks for pandas at its first column
            import pandas as pd  # noqa: F401
            import pyarrow.parquet  # noqa: F401

        reader = _reader(paths, channel, stack)
        key = reader.key
        gc.set_threshold(FEW_COLLECTIONS)

        def serve(requests: IO[str], answers: IO[str]) -> None:
            for line in requests:
                for answer in _answers(landing, reader, key, json.loads(line)):
                    answers.write(json.dumps(answer) + "\n")
                    answers.flush()

        if pipes:
            _fork_each(
                [(int(source), int(target)) for source, target in zip(pipes[::2], pipes[1::2], strict=True)],
                serve,
                stack,
            )
        else:
            serve(sys.stdin, sys.stdout)


def _fork_each(pipes: list[tuple[int, int]], serve: Callable[[IO[str], IO[str]], None], stack: ExitStack) -> None:
    """A process for each pair of pipes, and wait for all of them. This one has a single thread."""
    me = parent_argument()
    gc.freeze()
    for mine in pipes:
        if os.fork():
            continue
        status = 1
        try:
            die_with(me)
            for other in (end for pair in pipes if pair != mine for end in pair):
                os.close(other)  # a process that dies must be the last to hold its pipes
            with stack, os.fdopen(mine[0]) as requests, os.fdopen(mine[1], "w") as answers:
                serve(requests, answers)
            status = 0
        except Exception:  # told as a process of its own would tell it
            traceback.print_exc()
        finally:
            os._exit(status)
    for end in (end for pair in pipes for end in pair):
        os.close(end)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main()
