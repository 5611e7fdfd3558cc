"""`jalon doctor` sees what was altered, emptied or lost: each is done here, and the fix is named."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.audit.trail import settle_dropped
from orchestration.services.reception.ingest import read_all, receive_all
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.rendering_record import note_rendered
from sources.landing.store import Landing, hash_file
from sources.reference.roadmap import load_reference

BOOK = next((PROJECT / "sources" / "inbox" / "partners").glob("*/CNS-12_ANS.xlsx"))


def silent(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """One workbook received, read, noted and answered; a rendered file; a history."""
    paths = Paths(tmp_path / "home", tmp_path / "inbox")
    folder = paths.inbox / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / BOOK.name).write_bytes(BOOK.read_bytes())
    landing, reference = Landing(paths.home).open(), load_reference(paths.seeds)
    receive_all(paths.inbox, landing, lambda: datetime(2024, 12, 16, tzinfo=UTC), silent)
    settle_dropped(paths, landing, via="test")
    read_all(landing, SubmissionsReader(paths, reference), silent)
    give_receipts(desk_of(paths, landing, reference, silent), silent)
    delivered = paths.deliverables("CNS-12")
    delivered.mkdir(parents=True)
    (delivered / "CNS-12_tableau-de-bord.xlsx").write_bytes(b"rendered")
    (delivered / "manifest.json").write_text("{}")
    names = ("CNS-12_tableau-de-bord.xlsx", "manifest.json")
    note_rendered(delivered, "key", {name: hash_file(delivered / name) for name in names})
    return paths


def doctor(paths: Paths) -> str:
    return CliRunner().invoke(main, ["doctor", "--home", str(paths.home), "--inbox", str(paths.inbox)]).output


def only(paths: Paths, pattern: str) -> Path:
    return sorted(paths.home.glob(pattern))[0]


def empty_trail(paths: Paths) -> str:
    for path in (paths.home / "audit").iterdir():
        path.unlink()
    return "1 files were received and the trail names none; put it back from the backup"


def edit_reception(paths: Paths) -> str:
    path = only(paths, "landing/receptions/*.json")
    path.write_text(path.read_text().replace("2024-12-16", "2024-12-01"))
    return "not what the audit trail has of CNS-12_ANS.xlsx"


def edit_receipt(paths: Paths) -> str:
    path = only(paths, "receipts/*/*/*_accuse_*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"verdict": "other"}))
    return f"{path}: not as it was given"


def edit_receipt_workbook(paths: Paths) -> str:
    path = only(paths, "receipts/*/*/*_accuse_*.xlsx")
    path.write_bytes(path.read_bytes() + b"x")
    return f"{path}: not as it was given"


def edit_deliverable(paths: Paths) -> str:
    path = paths.deliverables("CNS-12") / "CNS-12_tableau-de-bord.xlsx"
    path.write_bytes(b"edited")
    return f"{path}: not as it was rendered; `jalon report --session CNS-12"


def edit_manifest(paths: Paths) -> str:
    path = paths.deliverables("CNS-12") / "manifest.json"
    path.write_text('{"state": "final"}')
    return f"{path}: not as it was rendered"


def cut_history(paths: Paths) -> str:
    paths.dagster_home.mkdir(exist_ok=True)
    (paths.dagster_home / "runs.db").write_bytes(b"SQLite format 3\x00" + b"\x01" * 50)
    return "runs.db: file is not a database; put it back"


def empty_history(paths: Paths) -> str:
    paths.dagster_home.mkdir(exist_ok=True)
    (paths.dagster_home / "runs.db").write_bytes(b"")
    return "runs.db: empty; put it back"


def stray_original(paths: Paths) -> str:
    (paths.home / "landing" / "files" / f"{'0' * 64}.xlsx").write_bytes(b"stray")
    return "no reception names it"


def stray_drop(paths: Paths) -> str:
    (paths.inbox / "CNS-12_ANS.xlsx").write_bytes(b"stray")
    return "nothing is read here; it belongs in partners/"


def dead_mailbox(_paths: Paths) -> str:
    return "BAD  mailbox:"


def no_more_files(_paths: Paths) -> str:
    return "more files only (`df -i`)"


EACH = [
    empty_trail,
    edit_reception,
    edit_receipt,
    edit_receipt_workbook,
    edit_deliverable,
    edit_manifest,
    cut_history,
    empty_history,
    stray_original,
    stray_drop,
    dead_mailbox,
    no_more_files,
]


@pytest.mark.parametrize("do", EACH, ids=lambda do: do.__name__)
def test_doctor_sees_it_and_says_what_to_do(
    do: Callable[[Paths], str], paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = doctor(paths)
    assert "BAD" not in before, before
    said = do(paths)
    if do is no_more_files:
        monkeypatch.setattr("orchestration.services.session.soundness.FEW_INODES", 10**18)
    if do is dead_mailbox:
        for name, value in {"HOST": "127.0.0.1", "PORT": "9", "TLS": "none", "USER": "u", "PASSWORD": "p"}.items():
            monkeypatch.setenv(f"JALON_IMAP_{name}", value)
    after = doctor(paths)
    assert said in after, after
    assert "BAD" in after


def test_a_quarantine_that_is_gone_is_seen(tmp_path: Path) -> None:
    from orchestration.services.session.soundness import lost_quarantine

    landing = Landing(tmp_path).open()
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"a")
    received, _ = landing.receive(path, channel="submissions", received_at=datetime(2024, 12, 16, tzinfo=UTC))
    tables = {"submission": [{"sha256": received.sha256, "rows_rejected": 1}], "rejected_row": [{"rule": "KPI_TWICE"}]}
    reading = landing.write_reading(received, "k", tables)
    assert list(lost_quarantine(landing)) == []
    for inside in reading.quarantine.iterdir():
        inside.unlink()
    reading.quarantine.rmdir()
    (line,) = lost_quarantine(landing)
    assert "missing; delete" in line
