"""What files would change is what they change; two states are compared by the rule of the changes."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from dagster import DagsterInstance

from orchestration.definitions import build_defs

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

WORKBOOK = "CNS-12_CNAM.xlsx"


def corrected(workbook: Path, target: Path) -> Path:
    """A partner's shipped workbook that says its first action is late, with an invented text."""
    book = openpyxl.load_workbook(workbook)
    page = book["Avancement"]
    places = {cell.value: cell for row in page.iter_rows() for cell in row if cell.value in ("Statut", "Avancement")}
    head = places["Statut"].row
    for header, value in (("Statut", "En retard"), ("Avancement", "Texte fictif d’essai.")):
        column = next(cell.column for cell in page[head] if cell.value == header)
        page.cell(head + 1, column).value = value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".lock", ".holder"} and "dbt" not in path.parts
    }


def rows(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    # an observation of a file that was not received is named by its content, which the clock is part of
    return sorted((row for row in found if "table" not in row), key=lambda row: json.dumps(row, sort_keys=True))


def test_what_a_file_would_change_is_what_it_changes_and_trying_it_stores_nothing(
    copied: "Line", tmp_path: Path
) -> None:
    drop = copied.paths.inbox / "partners" / "CNAM" / WORKBOOK
    tried = corrected(drop, tmp_path / "essai" / WORKBOOK)
    then = tmp_path / "then.duckdb"
    shutil.copy(copied.paths.marts, then)
    assert copied.here("diff", str(then), "now").stdout == "aucun changement\n"

    before = listing(copied.paths.home)
    said = copied.jalon("simulate", str(tried), "--session", "CNS-12", "--json")
    assert said.returncode == 0, said.stderr
    assert listing(copied.paths.home) == before
    expected = json.loads(said.stdout)
    assert {row["table"] for row in expected if "table" in row} >= {"fct_contribution"}

    shutil.copy(tried, drop)
    copied.report()
    done = copied.here("diff", str(then), "now", "--session", "CNS-12", "--json")
    assert done.returncode == 1
    assert rows(done.stdout) == rows(said.stdout)

    french = copied.here("diff", str(then), "now", "--session", "CNS-12").stdout
    assert "fct_contribution\u00a0: ligne modifiée" in french


def test_a_state_that_is_not_there_and_a_file_nobody_can_read_are_said_in_one_line(
    shipped: "Line", tmp_path: Path
) -> None:
    missing = shipped.here("diff", "CNS-12/v9", "now")
    assert missing.returncode == 2
    assert "no such published version" in missing.stderr
    broken = tmp_path / "CNS-12_CNAM.xlsx"
    broken.write_bytes(b"not a workbook")
    refused = shipped.here("simulate", str(broken), "--session", "CNS-12")
    assert refused.returncode == 2
    assert "FILE_" in refused.stderr
    assert "Traceback" not in missing.stderr + refused.stderr


def test_both_are_jobs_whose_result_is_a_table_on_the_runs_page(shipped: "Line", tmp_path: Path) -> None:
    then = tmp_path / "then.duckdb"
    shutil.copy(shipped.paths.marts, then)
    config = {"ops": {"compare_states": {"config": {"first": str(then), "session": "CNS-12"}}}}
    with DagsterInstance.ephemeral() as instance:
        job = build_defs(shipped.paths).resolve_job_def("diff")
        done = job.execute_in_process(run_config=config, instance=instance)
        steps = [event for event in done.all_events if event.event_type_value == "STEP_OUTPUT"]
    assert done.success
    metadata = steps[0].step_output_data.metadata
    assert metadata["changes"].value == 0
    assert "change_kind" in str(metadata["table"].value)
