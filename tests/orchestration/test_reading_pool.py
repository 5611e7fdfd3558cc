"""Many files read by several processes: the same readings as by one, and a process that dies takes one file with it."""

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.services.reception import judging
from orchestration.services.reception.ingest import read_all, receive_all
from orchestration.services.reception.reading_pool import _DIED, Line, Process, ReadingPool
from orchestration.services.reception.rules_process import frame_results
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference

BOOKS = sorted((PROJECT / "sources" / "inbox" / "partners").glob("*/*.xlsx"))[:3]
READER = SubmissionsReader(Paths.from_environment(), load_reference(PROJECT / "dbt_project" / "seeds"))


def silent(_line: str) -> None:
    """Nobody listens."""


def received(home: Path) -> tuple[Landing, Paths]:
    inbox = home / "inbox"
    for book in BOOKS:
        folder = inbox / "partners" / book.parent.name
        folder.mkdir(parents=True)
        (folder / book.name).write_bytes(book.read_bytes())
    landing = Landing(home).open()
    receive_all(inbox, landing, lambda: datetime(2024, 12, 16, tzinfo=UTC), silent)
    return landing, Paths(home=home, inbox=inbox)


def rows(landing: Landing) -> dict[str, object]:
    return {
        str(path.relative_to(landing.readings_folder)): pq.read_table(path).to_pylist()
        for path in landing.readings_folder.rglob("*.parquet")
    }


class Pool(ReadingPool):
    """Worth its start from the first file on; its first process is dead when `dying`."""

    dying = False

    def is_worth(self, files: int) -> bool:
        return files > 0

    def _start(self) -> Process:
        process = super()._start()
        if self.dying:
            self.dying = False
            process.kill()
            process.wait()
        return process


def test_several_processes_leave_the_readings_that_one_leaves(tmp_path: Path) -> None:
    one, _ = received(tmp_path / "one")
    read_all(one, READER, silent)
    several, paths = received(tmp_path / "several")
    told: list[str] = []
    done = read_all(several, READER, told.append, pool=Pool(paths, "submissions", processes=2))
    assert len(done.read) == len(BOOKS)
    assert not done.unreadable
    assert rows(several) == rows(one)
    assert sorted(told)[0].startswith("CNS-12_ANS.xlsx: 1 submission, ")


def test_a_process_that_dies_takes_one_file_with_it_and_the_file_is_read_next_time(tmp_path: Path) -> None:
    landing, paths = received(tmp_path)
    pool = Pool(paths, "submissions", processes=1)
    pool.dying = True
    done = read_all(landing, READER, silent, pool=pool)
    assert len(done.read) == len(BOOKS) - 1
    assert len(done.unreadable) == 1
    again = read_all(landing, READER, silent)
    assert len(again.read) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_one_of_the_forked_processes_dies_and_the_others_read_on(tmp_path: Path) -> None:
    landing, paths = received(tmp_path)

    class Killed(Pool):
        def _start_together(self, count: int, started: list[Process]) -> list[Line]:
            lines = super()._start_together(count, started)
            children = Path(f"/proc/{started[0].pid}/task/{started[0].pid}/children")
            while len(found := children.read_text().split()) < count:
                time.sleep(0.02)
            os.kill(int(found[0]), signal.SIGKILL)
            return lines

    done = read_all(landing, READER, silent, pool=Killed(paths, "submissions", processes=2))
    assert len(done.read) == len(BOOKS) - 1
    assert list(done.unreadable.values()) == [_DIED.reason]
    assert len(read_all(landing, READER, silent).read) == 1


def test_rows_are_judged_the_same_when_the_process_started_early_is_gone() -> None:
    seeds = PROJECT / "dbt_project" / "seeds"
    judging.start()
    judging.stop()
    assert judging.judge([], seeds) == frame_results([], seeds)
