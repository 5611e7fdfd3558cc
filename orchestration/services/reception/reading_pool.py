"""Many received files read at once: as many processes as there are processors, each kept from one file to the next.

Reading and judging are Python's own work, which one process does on one processor. What is read is written by the
process that read it: readings have names of their own, so that none is in another's way.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, NamedTuple

from orchestration.services.reception.ingest import Done
from orchestration.services.runtime.paths import PROJECT, Paths
from sources.files.parent import parent_argument
from sources.landing.store import Channel, LandingError, Reception

# From how many files on the processes are worth their start, which takes as long as reading some files.
WORTH_FROM: dict[Channel, int] = {"submissions": 24, "documents": 4}

# How many files one process reads before they are put on disk together.
MOST_TOGETHER: dict[Channel, int] = {"submissions": 32}
GRACE_SECONDS = 2.0

Process = subprocess.Popen[str]
_DIED = Done(reason="the process that read it died; it is tried again at the next run")


class Line(NamedTuple):
    """Both ways of talking to one reading process."""

    asks: IO[str]
    answers: IO[str]

    def close(self) -> None:
        """Say that nothing more is asked."""
        for end in self:
            with suppress(OSError):  # what a dead process did not take is still to be written
                end.close()


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

        A process that dies takes one file with it, which is told unreadable; another process reads the others.
        """
        free: SimpleQueue[Line] = SimpleQueue()
        started: list[Process] = []
        lines = self._start_together(min(self._size, len(receptions)), started)
        for line in lines:
            free.put(line)

        def ask(together: Sequence[Reception]) -> list[tuple[Reception, Done]]:
            line, left = free.get(), list(together)
            outcomes: list[tuple[Reception, Done]] = []
            try:
                while left:
                    answers, are_written = _asked(line, left)
                    if are_written:
                        return [*outcomes, *zip(left, answers, strict=True)]
                    started.append(self._start())
                    line = _line_of(started[-1])
                    # It died on the first file without an answer; what it had not put under its name is read again.
                    outcomes.append((left.pop(min(len(answers), len(left) - 1)), _DIED))
                return outcomes
            finally:
                free.put(line)

        try:
            with ThreadPoolExecutor(self._size) as threads:
                for future in as_completed([threads.submit(ask, some) for some in self._shares(receptions)]):
                    yield from future.result()
        finally:
            for line in lines:
                line.close()
            for process in started:
                _end(process)

    def _shares(self, receptions: Sequence[Reception]) -> list[Sequence[Reception]]:
        """What is asked of one process at a time: enough to be put on disk together, little enough to end together."""
        fair = -(-len(receptions) // (4 * self._size))
        size = max(1, min(fair, MOST_TOGETHER.get(self._channel, 1)))
        return [receptions[start : start + size] for start in range(0, len(receptions), size)]

    def _start_together(self, count: int, started: list[Process]) -> list[Line]:
        """So many processes, forked from one that has what they need: half the work of starting each anew."""
        if count == 1:
            started.append(self._start())
            return [_line_of(started[-1])]
        pipes = [(os.pipe(), os.pipe()) for _ in range(count)]  # what is asked of one, what it answers
        theirs = [end for asked, answered in pipes for end in (asked[0], answered[1])]
        try:
            started.append(self._launch(theirs))
        finally:
            for end in theirs:
                os.close(end)
        return [Line(os.fdopen(asked[1], "w"), os.fdopen(answered[0])) for asked, answered in pipes]

    def _start(self) -> Process:
        return self._launch(())

    def _launch(self, pipes: Sequence[int]) -> Process:
        command = [sys.executable, "-m", "orchestration.services.reception.reading_process"]
        arguments = [parent_argument(), str(self._paths.home), str(self._paths.inbox), self._channel, *map(str, pipes)]
        return subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            pass_fds=pipes,
        )


def _line_of(process: Process) -> Line:
    if process.stdin is None or process.stdout is None:
        message = "the reading process was started without pipes"
        raise RuntimeError(message)
    return Line(process.stdin, process.stdout)


def _asked(line: Line, receptions: Sequence[Reception]) -> tuple[list[Done], bool]:
    """The answers of a process, and whether all was written: not when it died.

    LandingError for what every other file would meet too.
    """
    answers: list[Done] = []
    try:
        line.asks.write(json.dumps([reception.sha256 for reception in receptions]) + "\n")
        line.asks.flush()
        while True:
            answer = json.loads(line.answers.readline())
            if "stop" in answer:
                raise LandingError(answer["stop"])
            if "written" in answer:
                return answers, len(answers) == len(receptions)
            answers.append(Done(answer["reason"], answer["told"]))
    except (BrokenPipeError, ValueError):
        return answers, False


def _end(process: Process) -> None:
    """Let a process that waits for a request end by itself; one that is still at work is killed."""
    _line_of(process).close()
    try:
        process.wait(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
