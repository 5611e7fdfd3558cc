"""Many files read by several processes: the same readings as by one, and a process that dies loses nothing."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.reception import judging
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import READ_AGAIN, read_all, receive_all
from orchestration.services.reception.reader import Reader
from orchestration.services.reception.reading_pool import ReadingPool
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.rules import frame_results
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.drafts_reader import DraftsReader
from orchestration.services.session.report_cache import last_report
from sources.landing.store import Channel, Landing
from sources.landing.unfinished import unfinished
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
    """Worth its start from the first file on."""

    def is_worth(self, files: int) -> bool:
        return files > 0


@contextmanager
def killing(wanted: Callable[[int], bool], times: int) -> Iterator[list[int]]:
    """Kill so many of the processes under this one that `wanted` names, as they come; those killed."""
    killed: list[int] = []
    over = threading.Event()

    def hunt() -> None:
        while not over.is_set() and len(killed) < times:
            for pid in descendants(os.getpid()):
                if pid not in killed and len(killed) < times and wanted(pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
            time.sleep(0.01)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        yield killed
    finally:
        over.set()
        hunter.join()


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found |= {child, *descendants(child)}
    return found


def runs(module: str) -> Callable[[int], bool]:
    """Whether a process runs that module."""

    def of(pid: int) -> bool:
        with suppress(OSError):
            return module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False

    return of


PARSER = runs("sources.workbook.loading_process")
WORKER = runs("spawn_main")


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


@pytest.mark.parametrize(("wanted", "times"), [(PARSER, 1), (PARSER, 3), (WORKER, 1), (WORKER, 2)])
def test_processes_that_are_killed_refuse_nothing_and_lose_nothing(
    tmp_path: Path, wanted: Callable[[int], bool], times: int
) -> None:
    """Whether it reads, starts, or waits for work."""
    one, _ = received(tmp_path / "one")
    read_all(one, READER, silent)
    landing, paths = received(tmp_path / "several")
    with killing(wanted, times) as killed:
        done = read_all(landing, READER, silent, pool=Pool(paths, "submissions", processes=2))
    assert len(killed) == times
    assert (len(done.read), done.unreadable, done.waiting) == (len(BOOKS), {}, [])
    assert rows(landing) == rows(one)


def test_a_file_whose_readings_are_all_killed_waits_and_the_next_run_reads_it(tmp_path: Path) -> None:
    landing, paths = received(tmp_path)
    told: list[str] = []
    with killing(PARSER, 10_000):
        done = read_all(landing, READER, told.append)
    assert len(done.waiting) == len(BOOKS)
    assert (done.read, done.unreadable) == ([], {})
    assert {waiting.readings for waiting in unfinished(landing)} == {1 + READ_AGAIN}
    assert any("ANS/CNS-12_ANS.xlsx: waiting for another reading, 4 did not end" in line for line in told)
    assert last_report(paths, "CNS-12") is None
    paths = Paths(paths.home, paths.inbox)
    reference = load_reference(paths.seeds)
    give_receipts(desk_of(paths, landing, reference, silent), silent)
    waits = sorted(paths.receipts.rglob("*_en-attente_*.json"))
    assert {json.loads(path.read_text())["verdict"] for path in waits} == {"waiting"}
    found = CliRunner().invoke(main, ["doctor", "--home", str(paths.home), "--inbox", str(paths.inbox)])
    assert re.search(r"ANS/CNS-12_ANS\.xlsx \([0-9a-f]{8}\): 4 readings did not end", found.output)
    again = read_all(landing, READER, silent)
    give_receipts(desk_of(paths, landing, reference, silent), silent)
    assert list(paths.receipts.rglob("*_en-attente_*")) == []
    assert len(list(paths.receipts.rglob("*_accuse_*.json"))) == len(waits) == len(BOOKS)
    assert (len(again.read), again.waiting, unfinished(landing)) == (len(BOOKS), [], [])


@pytest.mark.parametrize("channel", ["documents", "decisions", "drafts"])
def test_documents_decisions_and_drafts_wait_too(channel: Channel, tmp_path: Path) -> None:
    landing = Landing(tmp_path).open()
    path = tmp_path / (
        "note.md" if channel == "documents" else "decisions.xlsx" if channel == "decisions" else "d.docx"
    )
    path.write_text("Une phrase.")
    landing.receive(path, channel=channel, received_at=datetime(2024, 12, 16, tzinfo=UTC))
    paths, reference = Paths(tmp_path, tmp_path / "inbox"), load_reference(PROJECT / "dbt_project" / "seeds")
    readers: dict[str, Reader] = {
        "documents": DocumentsReader(paths, reference),
        "decisions": DecisionsReader(paths),
        "drafts": DraftsReader(paths, reference),
    }
    with killing(runs("parsing_process"), 10_000):
        done = read_all(landing, readers[channel], silent)
    assert ([waiting.file_name for waiting in done.waiting], done.unreadable) == ([path.name], {})
    after = read_all(landing, readers[channel], silent)
    assert after.waiting == []
    assert unfinished(landing) == []


def test_rows_are_judged_the_same_when_the_process_started_early_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = PROJECT / "dbt_project" / "seeds"
    # another test of this worker may have imported the library, or started the process: neither would start one
    monkeypatch.setattr(judging, "LIBRARY", "a library nobody imported")
    monkeypatch.setattr(judging, "_started", [])
    judging.start()
    deadline = time.monotonic() + 60
    with killing(WORKER, 1) as killed:
        while not killed and time.monotonic() < deadline:
            time.sleep(0.01)
    assert killed
    assert judging.judge([], seeds) == frame_results([], seeds)
    judging.start()
    judging.stop()
    assert judging.judge([], seeds) == frame_results([], seeds)
