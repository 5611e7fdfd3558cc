"""Great Expectations in a process of its own, started as soon as a run knows that there will be rows to judge.

Importing the library takes longer than everything it is asked here: a second process does it while this one reads
files and parses models. Asked without having been started, the question is answered in this process.
"""

import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.reception.rules import FrameResult, frame_results
from orchestration.services.runtime.paths import Paths
from sources.landing.drops import InboxError, drops
from sources.landing.store import Reading

if TYPE_CHECKING:
    from pebble import ProcessPool

# what the suites' last results are remembered under
RULES = "rules"
LIBRARY = "great_expectations"
_started: "list[ProcessPool]" = []


def start() -> None:
    """Start the process, unless it is, or the library is here already. It ends after one answer, or with this one."""
    from orchestration.services.reception.reading_pool import make_pool
    from quality.suites import load_library

    if _started or LIBRARY in sys.modules:
        return
    _started.append(make_pool(1, load_library))
    _started[0].schedule(len, args=[()])  # the first question starts the process


def start_if_needed(paths: Paths) -> None:
    """Start it when a partner's file came since the rules were last read, by the times of files."""
    last = paths.memo.remembered_at(RULES)
    with suppress(InboxError, OSError):
        if any(drop.path.stat().st_ctime > last for drop in drops(paths.inbox) if drop.channel == "submissions"):
            start()


def judge(readings: Sequence[Reading], seeds: Path) -> list[FrameResult]:
    """The suites' results on the accepted rows of the given readings."""
    if not _started:
        return frame_results(readings, seeds)
    from pebble import ProcessExpired

    from orchestration.services.reception.reading_pool import ended

    try:
        asked = _started[0].schedule(frame_results, args=[list(readings), seeds])
        for answered in ended(_started[0], [asked]):
            return answered.result()
    except (ProcessExpired, BrokenProcessPool, RuntimeError):
        pass
    finally:
        stop()
    return frame_results(readings, seeds)  # it was killed: what is wrong is stated by doing it here


def stop() -> None:
    """End the process."""
    while _started:
        pool = _started.pop()
        pool.stop()
        pool.join()
