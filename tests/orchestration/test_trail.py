"""The trail says of every file that it came and of every decision who took it, once, whatever died in between."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.audit.trail import settle_decided, settle_dropped, vanished
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.runtime.paths import Paths
from sources.landing.store import Landing
from sources.review import Candidates, Decision, Fact, Vocabulary, export_review

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths(home=tmp_path / "home", inbox=tmp_path / "inbox")
    for name in ("partners/ANS/CNS-13_ANS.xlsx", "partners/CNAM/CNS-13_CNAM.xlsx", "reports/article.md"):
        path = made.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return made


def received(paths: Paths) -> Landing:
    landing = Landing(paths.home).open()
    receive_all(paths.inbox, landing, lambda: NOON, lambda _line: None)
    return landing


def test_each_file_is_noted_once_with_where_it_was_dropped_and_its_hash(paths: Paths) -> None:
    landing = received(paths)
    assert settle_dropped(paths, landing, via="run 1") == 3
    assert settle_dropped(paths, landing, via="run 2") == 0
    entries = AuditTrail.of(paths).entries()
    assert {(entry.action, entry.detail["partner"], entry.detail["file"]) for entry in entries} == {
        ("dropped", "ANS", "CNS-13_ANS.xlsx"),
        ("dropped", "CNAM", "CNS-13_CNAM.xlsx"),
        ("dropped", "", "article.md"),
    }
    assert {entry.detail["sha256"] for entry in entries} == {item.sha256 for item in landing.receptions()}
    assert AuditTrail.of(paths).problems() == []


def test_a_file_kept_by_a_process_that_died_before_noting_it_is_noted_by_the_next_run(paths: Paths) -> None:
    landing = received(paths)
    assert AuditTrail.of(paths).entries() == []
    (paths.inbox / "reports" / "article.md").write_text("another version")
    landing = received(paths)
    assert settle_dropped(paths, landing, via="run 2") == 4


def test_a_reception_taken_out_of_the_landing_is_named_by_doctor(paths: Paths) -> None:
    landing = received(paths)
    settle_dropped(paths, landing, via="run 1")
    assert vanished(paths, landing) == []
    gone = next(item for item in landing.receptions() if item.folder == "ANS")
    (landing.receptions_folder / f"{gone.sha256}.json").unlink()
    landing.original(gone).unlink()
    (line,) = vanished(paths, landing)
    assert line.startswith("CNS-13_ANS.xlsx of ANS (received 2025-06-01, ")
    said = CliRunner().invoke(main, ["doctor", "--home", str(paths.home), "--inbox", str(paths.inbox)])
    assert said.exit_code == 1
    assert line in said.output


def review(path: Path) -> None:
    """An invented review: one fact validated."""
    fact = Fact(
        "invented-fact", "8-4", "IND-8-4-2", "Un indicateur inventé", 21.0, "%", "exact", date(2024, 10, 31), "month",
        "", "une citation inventée", "", "document.md", "l. 1", 0.5,
    )  # fmt: skip
    candidates = Candidates("CNS-12", date(2024, 12, 17), Vocabulary({}, {}), facts=(fact,))
    export_review(
        candidates, path, decided={"invented-fact": Decision("validated", "DNS", date(2025, 1, 9), "Vérifié")}
    )


def test_a_decision_dropped_in_the_folder_is_noted_like_one_imported(paths: Paths) -> None:
    folder = paths.inbox / "decisions"
    folder.mkdir()
    review(folder / "review.xlsx")
    landing = received(paths)
    reader = DecisionsReader(paths)
    read_all(landing, reader, lambda _line: None)
    readings = current_readings(landing, [reader])
    assert settle_decided(paths, readings, via="run 1") == 1
    assert settle_decided(paths, readings, via="run 2") == 0
    (entry,) = AuditTrail.of(paths).entries()
    assert (entry.action, entry.session_code, entry.detail["subject"], entry.detail["decision"]) == (
        "decided",
        "CNS-12",
        "fact invented-fact",
        "validated",
    )
    assert entry.detail["role"] == "DNS"
    assert entry.detail["sha256"] == readings[0].sha256
