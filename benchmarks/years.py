"""`python -m benchmarks.years --drops 270`: an installation that takes workbook after workbook, and what it costs.

27 partners, ten drops each, two sessions a year for five years are 2,700 drops. Each drop here is a partner's workbook
with another text (invented), received, read, answered and loaded by the plain functions that a run calls, in one
process; then come `jalon report` once, a look of the drop folder's sensor, a backup, its check and a restore. Prints
one line of JSON: seconds of a drop among the first and the last ones, sizes of what grows, seconds of each look.

It measures growth, not a server's speed: Dagster's history is measured by the run of the report alone.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import openpyxl
from dagster import DagsterInstance, build_sensor_context

from orchestration.sensors.drop_folder import ONE_LOOK, drop_folder_sensor
from orchestration.services.backup.backup import back_up, restore, verify
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths, now
from sources.landing.load import load_raw
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference

SESSION = "CNS-13"
#: of the drops at the beginning and at the end, how many are compared
COMPARED = 27


def main() -> None:
    """Parse, take every drop, look at what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.years", description=__doc__)
    parser.add_argument("--drops", type=int, default=270, help="how many of the 2,700")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jalon-years-"))
    try:
        print(json.dumps(measured(Paths(folder / "home", folder / "inbox"), arguments.drops)), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(paths: Paths, drops: int) -> dict[str, object]:
    """Take the drops and measure."""
    jalon(paths, "templates", "--session", SESSION, "--out", str(paths.home.parent / "templates"))
    seconds, written = [], workbooks(paths, drops)
    for count, _ in enumerate(written, start=1):
        seconds.append(timed(lambda: take(paths)))
        if count % COMPARED == 0:
            print(f"{count} drops, {statistics.median(seconds[-COMPARED:]):.2f} s each", file=sys.stderr, flush=True)
    kinds = ("landing", "receipts", "quarantine", "audit", "memo")
    found: dict[str, object] = {
        "drops": len(seconds),
        "seconds_first": round(statistics.median(seconds[:COMPARED]), 3),
        "seconds_last": round(statistics.median(seconds[-COMPARED:]), 3),
        "megabytes": {kind: size(paths.home / kind) for kind in kinds} | {"warehouse": size(paths.warehouse)},
        "receipts": sum(1 for _ in paths.receipts.rglob("*_accuse_*.json")),
        "report_seconds": round(timed(lambda: jalon(paths, "report", "--session", SESSION)), 1),
        "history_of_one_report": size(paths.dagster_home),
    }
    found |= look(paths)
    archive = paths.home.parent / "years.tar.zst"
    found["backup_seconds"] = round(timed(lambda: back_up(paths, archive, tell=lambda _: None)), 1)
    found["backup_megabytes"] = size(archive)
    found["verify_seconds"] = round(timed(lambda: verify(archive, paths)), 1)
    again = Paths(paths.home.parent / "again", paths.inbox)
    found["restore_seconds"] = round(timed(lambda: restore(again, archive, with_history=False)), 1)
    assert len(Landing(again.home).receptions()) == len(Landing(paths.home).receptions()) == len(seconds)
    return found


def workbooks(paths: Paths, drops: int) -> Iterator[Path]:
    """Workbooks written into the drop folder one by one, the partners by turns; the texts are invented."""
    books = {}
    for number in range(drops):
        partner, round_ = sorted(templates(paths))[number % len(templates(paths))], number // len(templates(paths))
        book = books.setdefault(partner, openpyxl.load_workbook(templates(paths)[partner]))
        page = book["Avancement"]
        header = next(cell for row in page.iter_rows() for cell in row if cell.value == "Avancement")
        page.cell(header.row + 1, header.column).value = f"Invention de test, envoi {round_}."
        path = paths.inbox / "partners" / partner / f"{SESSION}_{partner}_{round_}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        yield path


def templates(paths: Paths) -> dict[str, Path]:
    """The pre-filled workbooks by their partner's folder."""
    found = (paths.home.parent / "templates").glob(f"{SESSION}_*.xlsx")
    return {path.stem.removeprefix(f"{SESSION}_"): path for path in found}


def take(paths: Paths) -> None:
    """Receive, read, answer, load: what a run does before dbt."""
    reference, landing = load_reference(paths.seeds), Landing(paths.home).open()
    receive_all(paths.inbox, landing, now, lambda _: None)
    readers = [SubmissionsReader(paths, reference), DecisionsReader(paths)]
    for reader in readers:
        read_all(landing, reader, lambda _: None)
    give_receipts(desk_of(paths, landing, reference, lambda _: None), lambda _: None)
    with duckdb.connect(str(paths.warehouse)) as connection:
        load_raw(connection, current_readings(landing, readers))


def look(paths: Paths) -> dict[str, object]:
    """Seconds of the sensor's looks, the first of which hashes what it does not know, and the size of its cursor."""
    sensor, cursor, seconds = drop_folder_sensor(paths, [SESSION], watch=ONE_LOOK), None, []
    with DagsterInstance.ephemeral() as instance:
        for _ in range(4):
            context = build_sensor_context(instance=instance, cursor=cursor)
            start = time.perf_counter()
            result = sensor.evaluate_tick(context)
            seconds.append(round(time.perf_counter() - start, 3))
            cursor = result.cursor
    return {"look_seconds": seconds, "cursor_bytes": len(cursor or "")}


def jalon(paths: Paths, *arguments: str) -> None:
    """A command of the installation, which has to succeed."""
    places = ["--home", str(paths.home), "--inbox", str(paths.inbox)]
    paths.inbox.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments, *places], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def timed(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def size(path: Path) -> float:
    """Megabytes on disk, in whole blocks."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return round(sum(file.stat().st_blocks * 512 for file in files) / 1e6, 1)


if __name__ == "__main__":
    main()
