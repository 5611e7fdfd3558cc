"""One of the processes that `orchestration.reception.reading_pool` starts: reads received files, writes what was read.

A request is one line, a list of SHA-256 of the landing; it is answered with one line of JSON a file, in their order,
and one more once all of them are written. Workbooks are still parsed in the guarded process of
`sources.workbook.loading`, one for each of these, so that a hostile file kills its parser alone.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from orchestration.paths import Paths
from orchestration.reception.ingest import Reader, read_one
from orchestration.reception.previous import known_before
from orchestration.reception.readers import documents_reader, submissions_reader
from orchestration.runtime.plain_errors import explained
from sources.landing.store import Landing, LandingError
from sources.parent import die_with
from sources.reference import load_reference

# Rows are many small objects and no cycle: looking for cycles after every few hundred is a tenth of the time.
FEW_COLLECTIONS = 100_000


def _reader(paths: Paths, channel: str, stack: ExitStack) -> Reader:
    reference = load_reference(paths.seeds)
    if channel == "documents":
        return documents_reader(reference)
    from sources.workbook.loading import BookLoader

    loader = stack.enter_context(BookLoader())
    return submissions_reader(reference, loader, known_before(paths, reference))


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
        why = explained(error, landing.root)
        yield {"stop": why.message if why else str(error)}
        return
    yield {"written": True}


def main() -> None:
    """Answer until the input ends. Arguments: parent, home, inbox, channel."""
    parent, home, inbox, channel = sys.argv[1:]
    die_with(parent)
    paths = Paths(Path(home), Path(inbox))
    landing = Landing(paths.home)  # not opened: opening clears what the others are writing
    with ExitStack() as stack:
        reader = _reader(paths, channel, stack)
        key = reader.key
        gc.set_threshold(FEW_COLLECTIONS)
        for line in sys.stdin:
            for answer in _answers(landing, reader, key, json.loads(line)):
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
