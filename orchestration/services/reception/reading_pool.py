"""Many received files read at once, in processes that pebble schedules; and the one that gets a library ready.

Reading and judging are Python's own work, which one process does on one processor. What is read is written by the
process that read it: readings have names of their own, so that none is in another's way. Files are still parsed in the
guarded process of each: what comes back here are lines of our own.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from orchestration.services.reception.ingest import Done, read_one
from orchestration.services.reception.reader import Reader
from orchestration.services.runtime.paths import Paths
from sources.files.guarded_child import FEW_COLLECTIONS
from sources.files.parent import die_with, parent_argument
from sources.landing.store import Channel, Landing, LandingError, Reception

# From how many files on the processes are worth their start, which takes as long as reading some files.
WORTH_FROM: dict[Channel, int] = {"submissions": 24, "documents": 4}
# How many files one process reads before they are put on disk together.
MOST_TOGETHER: dict[Channel, int] = {"submissions": 32}
# how many times a pool is made again: one whose idle process dies breaks whole
POOLS = 3
# how often a pool is checked, and after how long without anything under way a task is lost: a start takes seconds
LOOK_SECONDS, LOST_SECONDS = 0.5, 60.0
T = TypeVar("T")


def make_pool(processes: int, initializer: Callable[..., None], *arguments: Any) -> ProcessPool:
    """Processes that die with this one, each made ready by `initializer`."""
    initargs = (parent_argument(), initializer, *arguments)
    return ProcessPool(processes, initializer=_begin, initargs=initargs, context=get_context("spawn"))


def _begin(parent: str, initializer: Callable[..., None], *arguments: Any) -> None:
    die_with(parent)
    initializer(*arguments)


def ended(pool: ProcessPool, asked: Sequence["Future[T]"]) -> "Iterator[Future[T]]":
    """The futures as they end, without those that never will: a pool that breaks forgets what was not begun.

    So does one whose process is killed between taking a task and saying so.
    """
    left, quiet = set(asked), 0.0
    while left and quiet < LOST_SECONDS:
        done, left = wait(left, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        yield from done
        if not done and not pool.active:
            return
        quiet = 0.0 if done or any(future.running() for future in left) else quiet + LOOK_SECONDS


class ReadingPool:
    """Reads receptions of one channel in several processes."""

    def __init__(self, paths: Paths, channel: Channel, *, processes: int | None = None) -> None:
        self._paths, self._channel = paths, channel
        self._size = processes or max(1, len(os.sched_getaffinity(0)))

    def is_worth(self, files: int) -> bool:
        """True when so many files are read sooner by several processes than here."""
        return self._size > 1 and files >= WORTH_FROM.get(self._channel, files + 1)

    def read(self, receptions: Sequence[Reception]) -> Iterator[tuple[Reception, Done]]:
        """Each reception with what became of it, in the order in which they end.

        A process that dies leaves what it was reading unfinished; another one reads the others. LandingError for what
        every other file would meet too.
        """
        left = self._shares(receptions)
        for _ in range(POOLS):
            shares, left = left, []
            if not shares:
                return
            with make_pool(min(self._size, len(shares)), _ready, self._paths, self._channel) as pool:
                try:
                    asked: dict[Future[Any], Sequence[Reception]] = {}
                    for share in shares:
                        try:
                            asked[pool.schedule(_read, args=[self._paths, self._channel, _hashes(share)])] = share
                        except RuntimeError:  # the pool is broken
                            left.append(share)
                    for future in ended(pool, list(asked)):
                        share = asked.pop(future)
                        try:
                            outcomes, stopped = future.result()
                        except ProcessExpired as error:
                            died = Done(f"the process that read it died (code {error.exitcode})", is_unfinished=True)
                            yield from ((reception, died) for reception in share)
                            continue
                        except BrokenProcessPool:
                            left.append(share)
                            continue
                        if stopped:
                            raise LandingError(stopped)
                        yield from zip(share, outcomes, strict=True)
                    left.extend(asked.values())
                finally:
                    pool.stop()
        died = Done("the processes that read cannot stay alive", is_unfinished=True)
        yield from ((reception, died) for share in left for reception in share)

    def _shares(self, receptions: Sequence[Reception]) -> list[Sequence[Reception]]:
        """What is asked of one process at a time: enough to be put on disk together, little enough to end together."""
        fair = -(-len(receptions) // (4 * self._size))
        size = max(1, min(fair, MOST_TOGETHER.get(self._channel, 1)))
        return [receptions[start : start + size] for start in range(0, len(receptions), size)]


def _hashes(share: Sequence[Reception]) -> list[str]:
    return [reception.sha256 for reception in share]


def _ready(paths: Paths, channel: Channel) -> None:
    """Import what reading and writing need, and load what files are judged against."""
    import pandas as pd  # noqa: F401 — pyarrow asks for it at its first column
    import pyarrow.parquet  # noqa: F401

    gc.set_threshold(FEW_COLLECTIONS)
    _reader(paths, channel)


@cache
def _reader(paths: Paths, channel: Channel) -> tuple[Reader, str]:
    from orchestration.services.reception.documents_reader import DocumentsReader
    from orchestration.services.reception.previous import known_before
    from orchestration.services.reception.submissions_reader import SubmissionsReader
    from sources.reference.roadmap import load_reference

    reference = load_reference(paths.seeds)
    reader: Reader = (
        DocumentsReader(paths, reference, readings=0)
        if channel == "documents"
        else SubmissionsReader(paths, reference, known_before(paths, reference), readings=0)
    )
    return reader, reader.key


def _read(paths: Paths, channel: Channel, hashes: Sequence[str]) -> tuple[list[Done], str]:
    """What became of each file, once all are written; or what every other file would meet too."""
    from orchestration.services.runtime.errors import explained

    landing = Landing(paths.home)  # not opened: opening clears what the others are writing
    reader, key = _reader(paths, channel)
    done = []
    try:
        with landing.together():
            for sha256 in hashes:
                reception = landing.reception(sha256)
                gone = Done("no longer in the landing")
                done.append(read_one(landing, reader, key, reception) if reception else gone)
    except (LandingError, OSError) as error:  # a full disk, an altered archive
        why = explained(error, landing.root)
        return [], why.message if why else str(error)
    return done, ""
