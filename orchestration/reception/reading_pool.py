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
from queue import SimpleQueue

from orchestration.paths import PROJECT, Paths
from orchestration.reception.ingest import Done
from sources.landing.store import Channel, LandingError, Reception
from sources.parent import parent_argument

# From how many files on the processes are worth their start, which takes as long as reading some files.
WORTH_FROM: dict[Channel, int] = {"submissions": 24, "documents": 4}

Process = subprocess.Popen[str]


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
        free: SimpleQueue[Process] = SimpleQueue()
        started: list[Process] = []
        for _ in range(min(self._size, len(receptions))):
            started.append(self._start())
            free.put(started[-1])

        def ask(reception: Reception) -> Done:
            process = free.get()
            try:
                done = _asked(process, reception)
                if done is None:
                    process = self._start()
                    started.append(process)
                    return Done(reason="the process that read it died; it is tried again at the next run")
                return done
            finally:
                free.put(process)

        try:
            with ThreadPoolExecutor(self._size) as threads:
                asked = {threads.submit(ask, reception): reception for reception in receptions}
                for future in as_completed(asked):
                    yield asked[future], future.result()
        finally:
            for process in started:
                process.kill()
                process.communicate()

    def _start(self) -> Process:
        command = [sys.executable, "-m", "orchestration.reception.reading_process"]
        arguments = [parent_argument(), str(self._paths.home), str(self._paths.inbox), self._channel]
        return subprocess.Popen(
            [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )


def _asked(process: Process, reception: Reception) -> Done | None:
    """The answer of a process, None when it died. LandingError for what every other file would meet too."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(f"{reception.sha256}\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
    except (BrokenPipeError, ValueError):
        return None
    if "stop" in answer:
        raise LandingError(answer["stop"])
    return Done(answer["reason"], answer["told"])
