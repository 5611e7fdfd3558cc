"""What partners are sent by the line: a receipt for every drop in the same run, the session's workbooks by a job."""

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from dagster import AssetSelection, DagsterEventType, DagsterInstance, materialize

from orchestration.assets.landing import inbox, submissions
from orchestration.assets.partners import RECEIPTS, templates_job
from orchestration.checks.landing_and_marts import submissions_checks
from orchestration.resources import Installation
from orchestration.services.reception.check import check_file, exit_code
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from sources.landing.store import Landing, Reception
from sources.reference.roadmap import load_reference
from sources.workbook.guard import MAX_BYTES
from sources.workbook.prefill import Filled, Previous
from sources.workbook.template import write_template

NOW = datetime(2025, 6, 2, 12, 5, tzinfo=UTC)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An empty installation whose drop folder has one partner's folder."""
    drop = tmp_path / "inbox" / "partners" / "HAS"
    drop.mkdir(parents=True)
    (tmp_path / "inbox" / "reports").mkdir()
    return Installation(Paths(home=tmp_path / "home", inbox=tmp_path / "inbox", project=PROJECT), lambda: NOW)


def ingest(installation: Installation) -> list[Path]:
    """One run of the partner channel; returns the receipts there are."""
    done = materialize([inbox, submissions], resources={"installation": installation})
    assert done.success
    return sorted((installation.paths.home / "receipts").rglob("*.json"))


def drop(installation: Installation, name: str = "CNS-13_HAS.xlsx") -> Path:
    path = installation.paths.inbox / "partners" / "HAS" / name
    return write_template(path, load_reference(installation.paths.seeds), "CNS-13", "HAS")


def test_a_drop_is_answered_in_the_same_run(installation: Installation) -> None:
    drop(installation)
    [said] = ingest(installation)
    assert said.relative_to(installation.paths.home / "receipts").parts[:2] == ("CNS-13", "HAS")
    told = json.loads(said.read_text(encoding="utf-8"))
    assert told["received_at"] == NOW.isoformat()
    assert openpyxl.load_workbook(said.with_suffix(".xlsx")).sheetnames[0] == "À corriger"


def test_a_file_that_cannot_be_read_is_answered_too_and_the_others_go_on(installation: Installation) -> None:
    good = drop(installation)
    (good.parent / "CNS-13_HAS (2).xlsx").write_bytes(b"PK\x03\x04 rien")
    told = [json.loads(path.read_text(encoding="utf-8")) for path in ingest(installation)]
    assert {answer["verdict"] for answer in told} == {"accepted_with_warnings", "rejected"}


def test_a_copy_under_another_name_is_told_it_came_before(installation: Installation) -> None:
    good = drop(installation)
    ingest(installation)
    shutil.copy(good, good.with_name("CNS-13_HAS (2).xlsx"))
    first, copy = sorted(ingest(installation), key=lambda path: "deja-recu" in path.name)
    told = json.loads(copy.read_text(encoding="utf-8"))
    assert told["headline"].startswith("Fichier déjà reçu («\u00a0CNS-13_HAS.xlsx\u00a0», 02/06/2025 à 14 h 05)")
    assert told["already_received"] == {"file": "CNS-13_HAS.xlsx", "received_at": NOW.isoformat()}
    assert told["file"] == "CNS-13_HAS (2).xlsx"
    assert copy.parent == first.parent
    page = openpyxl.load_workbook(copy.with_suffix(".xlsx"))["À corriger"]
    assert "déjà reçu" in str(page["A2"].value)
    before = {path: path.read_bytes() for path in (first, copy)}
    assert {path: path.read_bytes() for path in ingest(installation)} == before  # told once


def test_a_workbook_moved_from_the_wrong_folder_is_taken(installation: Installation) -> None:
    """It is what its receipt asks for: the same bytes must not then be « already received »."""
    wrong = installation.paths.inbox / "partners" / "PDS"
    wrong.mkdir()
    good = drop(installation)
    moved = shutil.move(good, wrong / good.name)
    (refused,) = ingest(installation)
    told = json.loads(refused.read_text(encoding="utf-8"))
    assert (told["partner"], [issue["rule"] for issue in told["issues"]]) == ("PDS", ["FILE_WRONG_PARTNER"])
    shutil.copy(moved, good)
    accepted = next(path for path in ingest(installation) if path.parent.name == "HAS")
    assert json.loads(accepted.read_text(encoding="utf-8"))["verdict"] == "accepted_with_warnings"
    given = ingest(installation)  # the file that still lies in the wrong folder changes nothing any more
    assert len(given) == 2
    assert ingest(installation) == given


def test_a_file_too_large_is_answered_and_not_kept(installation: Installation) -> None:
    with drop(installation).open("ab") as content:
        content.truncate(MAX_BYTES + 1)
    (said,) = ingest(installation)
    told = json.loads(said.read_text(encoding="utf-8"))
    assert [issue["rule"] for issue in told["issues"]] == ["FILE_TOO_LARGE"]
    assert (said.parent.name, len(told["sha256"])) == ("HAS", 64)
    landing = Landing(installation.paths.home)
    assert list(landing.files.iterdir()) == []
    assert [reception.sha256 for reception in landing.receptions()] == [told["sha256"]]
    assert ingest(installation) == [said]


@pytest.mark.parametrize("name", ["CNS-99_HAS.csv", "indicateurs.csv", "CNS-13_HAS..csv"])
def test_a_session_nobody_knows_is_answered_and_stops_nobody(installation: Installation, name: str) -> None:
    path = installation.paths.inbox / "partners" / "HAS" / name
    path.write_text("Code;Valeur;Période\nIND-1-1-1;12;T1 2025\n", encoding="utf-8")
    good = drop(installation)
    told = [json.loads(path.read_text(encoding="utf-8")) for path in ingest(installation)]
    assert sorted(answer["verdict"] for answer in told) == ["accepted_with_warnings", "rejected"]
    assert good.name in {answer["file"] for answer in told}


@pytest.mark.parametrize("name", [f"CNS-13_HAS {'é' * 118}.xlsx", "CNS-13_HAS\n.xlsx", "CNS-13_HAS;rm -rf $HOME.xlsx"])
def test_whatever_its_name_a_drop_is_answered(installation: Installation, name: str) -> None:
    """A receipt whose name is too long for the file system would stop the answers to everybody."""
    good = drop(installation)
    good.rename(good.with_name(name))
    (said,) = ingest(installation)
    assert json.loads(said.read_text(encoding="utf-8"))["partner"] == "HAS"
    assert said.with_suffix(".xlsx").is_file()
    assert not set(said.name) & set("\n;$")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_left_and_the_others_are_taken(installation: Installation) -> None:
    drop(installation)
    hidden = drop(installation, "CNS-13_HAS (2).xlsx")
    hidden.chmod(0)
    assert len(ingest(installation)) == 1


def test_another_run_with_nothing_new_gives_nothing_more(installation: Installation) -> None:
    drop(installation)
    [first] = ingest(installation)
    before = first.read_bytes(), first.stat().st_mtime_ns
    assert ingest(installation) == [first]
    assert (first.read_bytes(), first.stat().st_mtime_ns) == before


def test_a_receipt_lost_is_given_again(installation: Installation) -> None:
    drop(installation)
    [first] = ingest(installation)
    shutil.rmtree(installation.paths.home / "receipts")
    assert ingest(installation) == [first]


def test_receipts_can_be_asked_for_alone(installation: Installation) -> None:
    drop(installation)
    ingest(installation)
    shutil.rmtree(installation.paths.home / "receipts")
    done = materialize(
        [inbox, submissions], selection=AssetSelection.assets("receipts"), resources={"installation": installation}
    )
    [given] = done.get_asset_materialization_events()
    assert given.asset_key == RECEIPTS.key
    assert given.materialization.metadata["given"].value == 1


def test_a_receipt_does_not_wait_for_the_second_look_at_all_rows(installation: Installation) -> None:
    drop(installation)
    done = materialize([inbox, submissions, submissions_checks(["CNS-13"])], resources={"installation": installation})
    told = [
        event.asset_key.to_user_string() if event.is_step_materialization else event.step_key
        for event in done.all_events
        if event.is_step_materialization or event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    assert told.index("receipts") < told.index("submissions_checks")


def test_the_templates_job_writes_a_session(installation: Installation) -> None:
    job = templates_job(["CNS-13"])
    done = job.execute_in_process(
        partition_key="CNS-13",
        resources={"installation": installation},
        instance=DagsterInstance.ephemeral(),
        run_config={"ops": {"write_templates": {"config": {"partner": "ANS"}}}},
    )
    assert done.success
    assert [path.name for path in (installation.paths.home / "templates" / "CNS-13").iterdir()] == ["CNS-13_ANS.xlsx"]


def test_the_landing_sets_aside_what_jalon_check_refuses(installation: Installation, tmp_path: Path) -> None:
    """Both judge against the session before: a figure ten times the last one is refused by both or by neither."""
    reference = load_reference(installation.paths.seeds)
    last = {"value": 4000.0, "qualifier": "exact", "period_end": date(2024, 11, 30), "period_precision": "month"}
    known = Previous(kpis={"IND-4-2-1": [last]})
    path = write_template(
        tmp_path / "CNS-13_DNS.xlsx",
        reference,
        "CNS-13",
        "DNS",
        filled=Filled(measurements=[{"kpi_id": "IND-4-2-1", "value": "40 000", "period": "T1 2025"}]),
    )
    reception = Reception("0" * 64, path.name, "submissions", NOW, NOW, "partner", "DNS", 1)
    tables = SubmissionsReader(Paths(tmp_path, tmp_path), reference, previous=lambda _: known).read(path, reception)
    assert [row["rule"] for row in tables["rejected_row"]] == ["KPI_UNIT_SLIP"]
    assert tables["measurement"] == []
    assert exit_code([check_file(path, reference, previous=known)]) == 1


def test_two_sessions_in_one_first_run_are_judged_one_after_the_other(installation: Installation) -> None:
    """Nothing is built yet: what the earlier workbook says is known all the same."""
    folder = installation.paths.inbox / "partners" / "DNS"
    folder.mkdir()
    reference = load_reference(installation.paths.seeds)
    text = "Texte fictif, le même deux fois."
    for session, value, period in (("CNS-12", "4 000", "novembre 2024"), ("CNS-13", "40 000", "T1 2025")):
        filled = Filled(
            contributions={"4-2": {"status": "En bonne voie", "progress_text": text}},
            measurements=[{"kpi_id": "IND-4-2-1", "value": value, "period": period}],
        )
        write_template(folder / f"{session}_DNS.xlsx", reference, session, "DNS", filled=filled)
    told = {path.parts[-3]: json.loads(path.read_text(encoding="utf-8")) for path in ingest(installation)}
    # both were written in one instant: that is stated, and is not what is tested here
    rules = {
        code: [issue["rule"] for issue in receipt["issues"] if issue["rule"] != "SENT_TOGETHER"]
        for code, receipt in told.items()
    }
    assert rules["CNS-12"] == []
    assert rules["CNS-13"] == ["TEXT_UNCHANGED", "KPI_UNIT_SLIP"]
    landing = Landing(installation.paths.home)
    reading = landing.reading(
        next(item for item in landing.receptions() if item.file_name == "CNS-13_DNS.xlsx"),
        SubmissionsReader(installation.paths, reference).key,
    )
    assert reading.parquet("rejected_row") is not None, "the landing and the receipt disagree"


def test_a_shortcut_in_the_drop_folder_is_not_followed(installation: Installation, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(b"private")
    (installation.paths.inbox / "partners" / "HAS" / "CNS-13_HAS.xlsx").symlink_to(secret)
    assert ingest(installation) == []
    assert not list((installation.paths.home / "landing" / "files").iterdir())
