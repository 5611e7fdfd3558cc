"""From a drop to its receipt, or to a new draft, under `jalon dev`: a workbook dropped, what comes of it waited for.

    python -m benchmarks.drop HOME INBOX DROPS {receipt|draft}

Prints what our own steps took of it, run by run, and the median of the whole on its last line, as `seconds 7.31`.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from benchmarks.data import SHIPPED_INBOX
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.paths import Paths

if TYPE_CHECKING:
    from dagster import DagsterEvent

START_SECONDS = 180
ANSWER_SECONDS = 180
PARTNER = "CNAM"
FILES_TAG = "jalon/files"


@contextmanager
def running(home: Path, inbox: Path) -> Iterator[None]:
    """`jalon dev` with its daemon, ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "orchestration", "dev", "--port", str(port)]
    environment = {**os.environ, "JALON_HOME": str(home), "JALON_INBOX": str(inbox)}
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
                    break
            except OSError:
                time.sleep(0.5)
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def is_idle(home: Path) -> bool:
    """Whether no run is executing: each holds a lock of its own while it does."""
    return not any((home / "dagster" / "living").glob("*.lock"))


def answers(home: Path) -> int:
    """How many receipts there are."""
    return sum(1 for path in (home / "receipts").rglob("*.json") if path.is_file())


def draft(home: Path) -> object:
    """Which draft stands."""
    return [path.stat().st_mtime_ns for path in (home / "deliverables").glob("*/manifest.json")]


def corrections(folder: Path, count: int) -> list[Path]:
    """One partner's workbook again and again, a figure of it higher by one each time. The figures are invented."""
    source = next((SHIPPED_INBOX / "partners" / PARTNER).glob("*.xlsx"))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number in range(count):
        book = openpyxl.load_workbook(source)
        sheet = book["Indicateurs"]
        cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
        column = next(cell.column for cell in cells if cell.value == "Valeur")
        given = next(cell for cell in cells if cell.column == column and str(cell.value).isdigit())
        given.value = int(str(given.value)) + number + 1
        written.append(folder / f"{source.stem}_v{number}.xlsx")
        book.save(written[-1])
    return written


AWAITED: dict[str, Callable[[Path], object]] = {"receipt": answers, "draft": draft}


def own_seconds(paths: Paths) -> list[float]:
    """What the steps of each run took until the receipts were written: no start, no queue, no stillness in it."""
    from dagster import RunsFilter

    took = []
    with open_instance(paths) as instance:
        for run in instance.get_runs(RunsFilter(tags={FILES_TAG: [book.name for book in paths.inbox.rglob("*.xlsx")]})):
            steps = [(entry.timestamp, entry.dagster_event) for entry in instance.all_logs(run.run_id)]
            begun = [at for at, event in steps if event is not None and event.is_step_start]
            given = [at for at, event in steps if event is not None and is_receipt(event)]
            if begun and given:
                took.append(given[0] - begun[0])
    return took


def is_receipt(event: "DagsterEvent") -> bool:
    """Whether an event says that the receipts were written."""
    return event.is_step_materialization and event.asset_key is not None and event.asset_key.path[-1] == "receipts"


def main() -> None:
    """Drop, wait, say the median."""
    home, inbox, count, awaited = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), AWAITED[sys.argv[4]]
    waiting = corrections(home.parent / f"waiting-{sys.argv[4]}", count + 1)
    took = []
    with running(home, inbox):
        for number, book in enumerate(waiting):
            before, begun = awaited(home), time.monotonic()
            shutil.copy(book, inbox / "partners" / PARTNER / book.name)
            while awaited(home) == before:
                if time.monotonic() - begun > ANSWER_SECONDS:
                    raise SystemExit(f"{book.name}: no {sys.argv[4]} after {ANSWER_SECONDS} s")
                time.sleep(0.05)
            if number:  # the first one finds the code still being loaded
                took.append(time.monotonic() - begun)
            while not is_idle(home):
                time.sleep(0.5)
    own = own_seconds(Paths(home, inbox))
    print(f"our own steps up to the receipt: {statistics.median(own):.2f} s at the median of {len(own)} runs")
    print(f"seconds {statistics.median(took):.2f}")


if __name__ == "__main__":
    main()
