"""Every case of `make bench` runs, at a size where it takes a moment: nothing here says how long."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks import territories
from benchmarks.cases import CASES
from benchmarks.measure import Against, Command, Result, growth, time_command
from orchestration.services.runtime.paths import PROJECT

# The others start whole lines (`jalon report`, `jalon dev`), which the end-to-end tests do already.
QUICK = ("help", "check", "workbooks", "rows", "documents")


def bench(output: Path, *cases: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *cases, "--size", "tiny", "--turns", "1", "--output", str(output)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ended with" not in done.stdout, done.stdout
    content: dict[str, object] = json.loads(output.read_text())
    return content


def test_the_quick_cases_run_and_are_written_down(tmp_path: Path) -> None:
    results = bench(tmp_path / "bench.json", *QUICK)["results"]
    assert isinstance(results, list)
    assert len(results) >= len(QUICK)
    assert all(result["median"] > 0 and result["peak_mib"] > 0 for result in results)


def test_an_unknown_case_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nothing"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert all(name in done.stderr for name in CASES)


def result(size: int, median: float, against: Against) -> Result:
    return Result("case", size, median, median, median, median, 1.0, [against], None, None)


@pytest.mark.parametrize(
    ("ratio", "limit", "faster", "holds"),
    [(1.2, 1.3, None, True), (1.4, 1.3, None, False), (0.25, None, 4.0, True), (0.3, None, 4.0, False)],
)
def test_a_claim_holds_or_is_missed(ratio: float, limit: float | None, faster: float | None, *, holds: bool) -> None:
    assert Against("reference", 1.0, ratio, ratio, limit, faster).holds is holds


def test_growth_is_the_exponent_between_sizes() -> None:
    shown = Against("reference", 1.0, 1.0, 1.0, None, None)
    assert growth([result(10, 1.0, shown), result(1000, 100.0, shown)]) == {"case": pytest.approx(1.0)}


def test_plain_sql_adds_a_month_as_if_it_had_all_been_built_at_once(tmp_path: Path) -> None:
    """The reference of the marts is held to what it claims to do."""
    territories.write(tmp_path, 4_000, months=3)
    added, whole = tmp_path / "added.duckdb", tmp_path / "whole.duckdb"
    territories.plain_build(tmp_path, added, 2)
    territories.plain_month(tmp_path, added, 2)
    territories.plain_build(tmp_path, whole, 3)
    rows = []
    for database in (added, whole):
        with duckdb.connect(str(database)) as connection:
            rows.append(connection.execute("select * from current_value order by all").fetchall())
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1_000


@pytest.mark.parametrize(("last_line", "processor"), [("seconds 7.31 processor 6.02", 6.02), ("seconds 7.31", None)])
def test_a_command_that_times_a_part_of_itself_is_believed(
    tmp_path: Path, last_line: str, processor: float | None
) -> None:
    command = Command([sys.executable, "-c", f"print('before'); print('{last_line}')"], own_clock=True)
    spent = time_command(command, tmp_path / "log")
    assert spent.seconds == 7.31
    assert spent.processor == processor if processor else 0 < spent.processor < 6
