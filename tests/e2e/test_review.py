"""Decisions on what documents say: history in the marts, conflicts with a verdict, a review out and back in."""

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from orchestration.commands import review as command
from orchestration.commands.run import Outcome
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.runtime.paths import Paths
from sources.landing.store import Landing, hash_file

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

WAITING = "IND-13-1-6"  # the one figure of the published report whose link is not certain


def observed(line: "Line", kpi: str) -> list[tuple[Any, ...]]:
    return line.query(
        "select period_end, period_precision, value, qualifier from marts.fct_kpi_observation "
        f"where kpi_id = '{kpi}' and is_current order by period_end"
    )


def test_validated_figures_of_documents_are_observations(shipped: "Line") -> None:
    assert shipped.query(
        "select source_type, count(*) from marts.fct_kpi_observation where source_type = 'document' group by all"
    ) == [("document", 40)]  # the two plans it validated are no measures


def test_history_before_the_roadmap_shows(shipped: "Line") -> None:
    assert observed(shipped, "IND-8-4-11") == [
        (date(2020, 12, 31), "year", 200000.0, "exact"),
        (date(2021, 12, 31), "year", 400000.0, "approx"),
    ]
    assert observed(shipped, "IND-8-3-2") == [
        (date(2021, 6, 30), "semester", 50.0, "at_most"),
        (date(2022, 12, 31), "year", 130.0, "exact"),
    ]
    assert observed(shipped, "IND-8-4-2") == [
        (date(2024, 12, 17), "month", 30000.0, "approx"),
        (date(2024, 12, 31), "day", 34263.0, "exact"),
    ]


def test_a_document_published_later_does_not_count_for_an_earlier_session(shipped: "Line") -> None:
    assert shipped.query(
        "select session_code, actual_value, actual_period_end from marts.fct_commitment_progress "
        "where kpi_id = 'IND-8-4-2' order by 1"
    ) == [("CNS-12", 30000.0, date(2024, 12, 17)), ("CNS-13", 34263.0, date(2024, 12, 31))]


def test_the_known_conflicts_are_compatible_and_there_is_no_other(shipped: "Line") -> None:
    assert shipped.query(
        "select kpi_id, period_end, source_b, value_a, value_b, verdict, is_blocking from marts.mart_source_conflict "
        "where source_a in ('CNS-12_DNS.xlsx', '2024-12-17_etat-avancement_CNS-12.md') order by 1"  # one source
    ) == [
        ("IND-6-1-2", date(2024, 11, 30), "2024-12-17_article_12e-CNS.md", 32000.0, 30000.0, "compatible", False),
        ("IND-7-2-1", date(2024, 12, 17), "2024-12-17_article_12e-CNS.md", 2350.0, 2344.0, "compatible", False),
    ]
    assert shipped.query("select distinct kpi_id, verdict from marts.mart_source_conflict order by 1") == [
        ("IND-6-1-2", "compatible"),
        ("IND-7-2-1", "compatible"),
    ]


def test_no_earlier_value_measures_what_a_target_measures(shipped: "Line") -> None:
    """One that did would be the target's baseline, in ref_commitment, in place of an assumed one."""
    assert (
        shipped.query(
            "select commitment.commitment_id, observation.value from marts.dim_commitment commitment "
            "join marts.fct_kpi_observation observation using (kpi_id) "
            "where observation.source_type = 'document' and observation.period_end <= date '2023-01-01'"
        )
        == []
    )


def test_what_is_left_to_decide_is_what_nobody_settled(shipped: "Line") -> None:
    waiting = "select kpi_id, link_confidence from marts.mart_fact_candidate where state = 'waiting' order by 1"
    assert shipped.query(waiting) == [
        ("IND-10-1-2", 1.0),  # three plans
        ("IND-10-1-3", 1.0),
        (WAITING, 0.9),
        ("IND-13-2-5", 1.0),
        ("IND-8-4-3", 0.6),
    ]


def filled(path: Path) -> Path:
    """The export of CNS-12 with a fact, a conflict, an action and a reading settled, and a decision without reason."""
    book = load_workbook(path)

    def fill(sheet: str, named: str, **cells: Any) -> None:
        page = book[sheet]
        headers = {cell.value: cell.column for cell in page[4]}
        row = next(cells[0].row for cells in page.iter_rows(min_row=5) if named in str([c.value for c in cells[:3]]))
        for header, value in cells.items():
            page.cell(row, headers[header.replace("_", " ")]).value = value

    who = {"Décideur_(rôle)": "DNS", "Date": "18/12/2024"}
    fill("Faits", WAITING, Décision="validé", Motif="Vérifié", **who)
    fill("Conflits", "IND-7-2-1", Décision="retenir B", Motif="Vérifié", **who)
    fill("Décisions", "'8-1'", Décision="Sans avancée", Motif="Vérifié", **who)
    fill("Décisions", "'17-1'", Décision="En retard", **who)
    fill(
        "Lectures", "'2-4.1'", Lecture="À risque", Texte_lu="Compte rendu", Endroit="p. 2",
        **{"Ce_que_j’y_lis": "Le groupe n’est pas réuni.", "Lecteur_(rôle)": "DNS", "Lu_le": "18/12/2024"},
    )  # fmt: skip
    book.save(path)
    return path


KILLED_BEFORE_THE_NOTE = """
import os, signal, sys

def dying(event, arguments):
    if event == "open" and str(arguments[0]).endswith("audit.jsonl"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(dying)
from orchestration.cli import main
main(sys.argv[1:])
"""


def test_an_import_killed_on_the_way_is_done_whole_and_once_by_the_next(copied: "Line", tmp_path: Path) -> None:
    """It is killed between receiving the file and noting its decisions: the next import does the rest."""
    path = tmp_path / "revue.xlsx"
    out = copied.here("review", "--session", "CNS-12", "--export", str(path))
    assert out.returncode == 0, out.stderr
    assert "4\u00a0faits et 2\u00a0conflits à trancher, 100\u00a0engagements à lire" in out.stdout
    asked = ["review", "--session", "CNS-12", "--import", str(filled(path))]
    places = ["--home", str(copied.paths.home), "--inbox", str(copied.paths.inbox)]
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_NOTE, *asked, *places], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Landing(copied.paths.home).has(hash_file(path))

    done = copied.jalon(*asked)
    assert done.returncode == 1, done.stdout + done.stderr  # one row is refused, the others are taken
    assert "Décisions!M" in done.stderr
    assert "à prendre en compte (fichier déjà reçu), 1\u00a0ligne refusée" in done.stdout, done.stderr
    assert ("progress_report", 21.0) in copied.query(
        f"select source_type, value from marts.fct_kpi_observation where kpi_id = '{WAITING}'"
    )
    assert copied.query(
        "select value, source_type from marts.fct_kpi_observation where kpi_id = 'IND-7-2-1' and is_current"
    ) == [(2344.0, "arbitration")]
    assert copied.query(
        "select distinct resolution, resolved_by from marts.mart_source_conflict where kpi_id = 'IND-7-2-1'"
    ) == [("Vérifié", "DNS")]
    assert copied.query(
        "select session_code, final_status from marts.fct_action_status where arbitrated_status is not null order by 1"
    ) == [("CNS-12", "stalled"), ("CNS-13", "stalled")]  # it holds for later sessions
    trail = AuditTrail.of(copied.paths)
    noted = [
        entry.detail["decision"]
        for entry in trail.entries()
        if (entry.action, entry.via) == ("decided", "jalon review")
    ]
    assert noted == ["validated", "keep_b", "stalled", "at_risk"]
    of_the_file = [entry.action for entry in trail.entries() if entry.detail.get("sha256") == hash_file(path)]
    assert of_the_file == ["dropped", "decided", "decided", "decided", "decided"]  # three decisions and a reading
    assert trail.problems() == []
    assert copied.query(
        "select status, document, place from marts.fct_reading where commitment_id = '2-4.1' and is_last"
    ) == [("at_risk", "Compte rendu", "p. 2")]
    suite = copied.here("review", "--session", "CNS-12", "--export", str(tmp_path / "suite.xlsx"))
    assert "3\u00a0faits et 1\u00a0conflit à trancher" in suite.stdout

    copied.jalon(*asked)
    assert len(AuditTrail.of(copied.paths).entries()) == len(trail.entries())


def test_decisions_that_were_not_received_before_are_taken(
    shipped: "Line", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "revue.xlsx"
    shipped.here("review", "--session", "CNS-12", "--export", str(path))
    line = type(shipped)(Paths(home=tmp_path / "home", inbox=tmp_path / "inbox"))
    monkeypatch.setattr(command, "run_job", lambda *_, **__: Outcome("", is_success=True))
    done = line.here("review", "--session", "CNS-12", "--import", str(filled(path)))
    assert done.returncode == 1
    assert "3\u00a0décisions et 1\u00a0lecture à prendre en compte, 1\u00a0ligne refusée" in done.stdout
    assert Landing(line.paths.home).has(hash_file(path))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "--session"),
        (("--session", "CNS-12"), 2, "either --export"),
        (("--session", "CNS-12", "--export", "a.xlsx", "--import", "{partner}"), 2, "either --export"),
        (("--session", "CNS-12", "--import", "{partner}"), 1, "ce n’est pas un classeur de revue"),
        (("--session", "CNS-13", "--import", "{review}"), 1, "est la revue du CNS-12, non du CNS-13"),
    ],
)
def test_wrong_use_is_said_in_one_line(shipped: "Line", arguments: tuple[str, ...], code: int, words: str) -> None:
    files = {
        "partner": shipped.paths.inbox / "partners" / "DNS" / "CNS-12_DNS.xlsx",
        "review": shipped.paths.inbox / "decisions" / "2024-12-17_reprise-historique.xlsx",
    }
    done = shipped.here("review", *(argument.format(**files) for argument in arguments))
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_published_figure_that_its_document_no_longer_says_stops_the_deliverables(copied: "Line") -> None:
    (sha256,) = copied.query("select sha256 from marts.dim_source where file_name = '2022_bilan_ma-sante-2022.md'")[0]
    archived = copied.paths.home / "landing" / "files" / f"{sha256}.md"
    text = archived.read_text(encoding="utf-8")
    archived.write_text(text.replace("130 services", "150 services"), encoding="utf-8")
    (copied.paths.home / "memo" / "report-CNS-12.json").unlink()
    done = copied.jalon("report", "--session", "CNS-12")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "every_published_quote_is_found_again" in done.stdout + done.stderr
