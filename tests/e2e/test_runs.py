"""Running the line again: nothing new, from scratch, with a bad row, with a broken file."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from orchestration.services.session.review import candidates_of
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference
from sources.review import Decision, export_review

if TYPE_CHECKING:
    from tests.e2e.conftest import Line


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in (sorted(folder.rglob("*")) if folder.is_dir() else [folder])
        if path.is_file() and "memo" not in path.parts
    }


def spoil(path: Path, sheet: str, header: str, value: object) -> int:
    """Write a value in the first data row of a sheet, under a header; returns the row's number."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    for row in page.iter_rows():
        for cell in row:
            if cell.value == header:
                page.cell(cell.row + 1, cell.column).value = value
                book.save(path)
                return cell.row + 1
    message = f"{path.name}: no header {header} in {sheet}"
    raise AssertionError(message)


def test_the_report_says_each_file_it_wrote(copied: "Line") -> None:
    done = copied.report()
    for name in copied.deliverables():
        assert str(copied.paths.deliverables("CNS-12") / name) in done.stdout
    assert {"CNS-12_etat-avancement.docx", "CNS-12_tableau-de-bord.xlsx", "manifest.json"} <= set(copied.deliverables())


def test_running_again_with_nothing_new_changes_nothing_and_says_so(copied: "Line") -> None:
    before = state_of(copied.paths.home)
    done = copied.report()
    assert state_of(copied.paths.home) == before
    assert "rien de nouveau depuis l’exécution" in done.stderr
    assert done.stdout == copied.report().stdout


def test_the_job_itself_skips_what_is_unchanged_and_says_so(copied: "Line") -> None:
    (copied.paths.home / "memo" / "report-CNS-12.json").unlink()
    kept = ("landing", "quarantine", "deliverables", "jalon.duckdb")
    before = {name: state_of(copied.paths.home / name) for name in kept}
    done = copied.report()
    assert {name: state_of(copied.paths.home / name) for name in kept} == before
    for said in ("0 new", "0 read,", "nothing to load", "nothing to build", "left as it is", "left as they are"):
        assert said in done.stderr, said


def test_the_manifest_tells_the_files_as_they_are(shipped: "Line") -> None:
    manifest = json.loads((shipped.paths.deliverables("CNS-12") / "manifest.json").read_text())
    text = json.dumps(manifest)
    for name, sha256 in shipped.deliverables().items():
        if name != "manifest.json":
            assert sha256 in text
    for reception in Landing(shipped.paths.home).receptions():
        if reception.file_name.startswith(("CNS-12", "2024")):
            assert reception.sha256 in text, reception.file_name


def test_the_warehouse_deleted_and_rebuilt_gives_the_same_marts_row_by_row(copied: "Line") -> None:
    before = copied.marts()
    assert sum(map(len, before.values())) > 1000
    copied.paths.warehouse.unlink()
    copied.paths.marts.unlink()
    shutil.rmtree(copied.paths.inbox)
    done = copied.jalon("rebuild")
    assert done.returncode == 0, done.stderr
    assert copied.marts() == before


def test_a_bad_row_and_broken_files_are_set_aside_and_everything_else_goes_on(copied: "Line", tmp_path: Path) -> None:
    before, accepted = statuses(copied), completeness(copied, "CNAM")[0]
    row = spoil(copied.paths.inbox / "partners" / "CNAM" / "CNS-12_CNAM.xlsx", "Indicateurs", "Valeur", "beaucoup")
    ans = copied.paths.inbox / "partners" / "ANS"
    whole = (ans / "CNS-12_ANS.xlsx").read_bytes()
    (ans / "CNS-12_ANS_v2.xlsx").write_bytes(whole[: len(whole) // 2])
    (copied.paths.inbox / "reports" / "note.pdf").write_bytes(b"%PDF-1.7 not a pdf")
    arbitrate(copied, "2-4")

    done = copied.report()

    ((sheet, number, received, message, fix),) = copied.query(
        "select sheet, row_number, received, message, fix from marts.mart_rejected_row"
    )
    assert (sheet, number, received) == ("Indicateurs", row, "beaucoup")
    assert message
    assert fix
    assert copied.query("select count(*) from marts.fct_kpi_observation where quote = 'beaucoup'") == [(0,)]
    again, rejected = completeness(copied, "CNAM")
    assert rejected == 1
    assert again >= accepted - 1
    after = statuses(copied)
    assert {action for action in before if after[action] != before[action]} == {"2-4"}
    assert copied.query(
        "select arbitrated_status, final_status from marts.fct_action_status "
        "where session_code = 'CNS-12' and action_code = '2-4'"
    ) == [("at_risk", "at_risk")]

    assert "note.pdf: refused (" in done.stderr
    assert "CNS-12_ANS_v2.xlsx" in done.stderr
    for check in (
        "submissions: cns_12_no_row_was_set_aside",
        "submissions: no_file_was_refused",
        "documents: every_file_was_readable",
    ):
        assert f"warn: {check}" in done.stdout, check


def statuses(line: "Line") -> dict[str, str]:
    """The final status of each action at the session."""
    rows = line.query("select action_code, final_status from marts.fct_action_status where session_code = 'CNS-12'")
    return dict(rows)


def arbitrate(line: "Line", action: str) -> None:
    """Drop the session's review workbook with one status arbitrated."""
    candidates = candidates_of(line.paths.marts, load_reference(line.paths.seeds), "CNS-12")
    decision = Decision("at_risk", "Directeur de programme", date(2024, 12, 16), "Calendrier revu en réunion.")
    export_review(candidates, line.paths.inbox / "decisions" / "revue.xlsx", decided={action: decision})


def completeness(line: "Line", partner: str) -> tuple[int, int]:
    """Accepted and rejected rows of a partner's files for the session."""
    ((accepted, rejected),) = line.query(
        "select accepted, rejected from marts.mart_partner_completeness "
        f"where session_code = 'CNS-12' and partner_code = '{partner}'"
    )
    return accepted, rejected
