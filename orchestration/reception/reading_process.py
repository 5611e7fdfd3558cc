"""One of the processes that `orchestration.reception.reading_pool` starts: reads received files, writes what was read.

A request is one line, a SHA-256 of the landing; an answer one line of JSON. Workbooks are still parsed in the guarded
process of `sources.workbook.loading`, one for each of these, so that a hostile file kills its parser alone.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from orchestration.paths import Paths
from orchestration.reception.ingest import Reader, read_one
from orchestration.reception.previous import known_before
from orchestration.reception.readers import documents_reader, submissions_reader
from orchestration.runtime.plain_errors import explained
from sources.landing.store import Landing, LandingError, Reception
from sources.parent import die_with
from sources.reference import load_reference


def _reader(paths: Paths, channel: str, stack: ExitStack) -> Reader:
    reference = load_reference(paths.seeds)
    if channel == "documents":
        return documents_reader(reference)
    from sources.workbook.loading import BookLoader

    loader = stack.enter_context(BookLoader())
    return submissions_reader(reference, loader, known_before(paths, reference))


def _answer(landing: Landing, reader: Reader, key: str, reception: Reception) -> dict[str, str]:
    try:
        done = read_one(landing, reader, key, reception)
    except (LandingError, OSError) as error:  # a full disk, an altered archive: every other file would meet it too
        why = explained(error, landing.root)
        return {"stop": why.message if why else str(error)}
    return {"reason": done.reason, "told": done.told}


def main() -> None:
    """Answer until the input ends. Arguments: the process it works for, home, inbox, channel."""
    parent, home, inbox, channel = sys.argv[1:]
    die_with(parent)
    paths = Paths(Path(home), Path(inbox))
    landing = Landing(paths.home)  # not opened: opening clears what the others are writing
    with ExitStack() as stack:
        reader = _reader(paths, channel, stack)
        key = reader.key
        for line in sys.stdin:
            reception = landing.reception(line.strip())
            if reception is None:
                answer = {"reason": "the landing does not have it any more", "told": ""}
            else:
                answer = _answer(landing, reader, key, reception)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
