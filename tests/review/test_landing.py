"""A review workbook dropped in the folder is archived, read once, its refused rows set aside, and loaded."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.runtime.paths import Paths
from sources.landing.load import load_raw
from sources.landing.store import Landing

if TYPE_CHECKING:
    from tests.review.conftest import Filling

FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
NOW = datetime(2025, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "home").open()


def drop(filling: "Filling", inbox: Path, landing: Landing, name: str = "revue.xlsx") -> int:
    folder = inbox / "decisions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(filling.save().read_bytes())
    (folder / "~$revue.xlsx").write_bytes(b"open in Excel")
    return len(receive_all(inbox, landing, lambda: NOW, lambda _: None).new)


def test_a_dropped_review_is_read_once_and_loaded(filling: "Filling", landing: Landing, tmp_path: Path) -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "rejeté", Motif=None).read("8-4.1", "Atteint")
    assert drop(filling, tmp_path / "inbox", landing) == 1
    reader = DecisionsReader(Paths(tmp_path, tmp_path / "inbox"))
    assert len(read_all(landing, reader, lambda _: None).read) == 1
    assert receive_all(tmp_path / "inbox", landing, lambda: NOW, lambda _: None).new == []
    assert read_all(landing, reader, lambda _: None).known == 1
    (reading,) = current_readings(landing, [reader])
    quarantined = reading.parquet("rejected_row")
    assert quarantined is not None
    (refused,) = pq.read_table(quarantined).to_pylist()
    assert (refused["sheet"], refused["cell"], refused["fix"]) == ("Faits", "T6", "Écrivez pourquoi, en une phrase.")
    with duckdb.connect() as connection:
        load_raw(connection, [reading])
        assert connection.execute(
            "select subject_kind, subject_key, decision, author_role, epoch(received_at) from raw.decision"
        ).fetchall() == [("fact", FIRST, "validated", "DNS", NOW.timestamp())]
        assert connection.execute(
            "select commitment_id, status, place, author_role, epoch(received_at) from raw.reading"
        ).fetchall() == [("8-4.1", "achieved", "l. 12", "Analyste", NOW.timestamp())]
        assert load_raw(connection, [reading]).is_unchanged


def test_a_later_review_is_added_to_the_earlier_one(filling: "Filling", landing: Landing, tmp_path: Path) -> None:
    inbox, reader = tmp_path / "inbox", DecisionsReader(Paths(tmp_path, tmp_path / "inbox"))
    drop(filling.decide("Faits", FIRST, "validé"), inbox, landing)
    drop(filling.decide("Faits", FIRST, "rejeté"), inbox, landing, "revue-corrigee.xlsx")
    read_all(landing, reader, lambda _: None)
    with duckdb.connect() as connection:
        load_raw(connection, current_readings(landing, [reader]))
        found = connection.execute("select decision, decision_id from raw.decision order by 1").fetchall()
    assert [decision for decision, _ in found] == ["rejected", "validated"]  # a correction is a new row
    assert found[0][1] != found[1][1]


def test_another_file_dropped_there_is_told_and_holds_nothing_up(
    filling: "Filling", landing: Landing, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    drop(filling.decide("Faits", FIRST, "validé"), inbox, landing)
    (inbox / "decisions" / "autre.xlsx").write_bytes(b"not a workbook at all")
    receive_all(inbox, landing, lambda: NOW, lambda _: None)
    done = read_all(landing, DecisionsReader(Paths(tmp_path, tmp_path / "inbox")), lambda _: None)
    assert [reception.file_name for reception in done.read] == ["revue.xlsx"]
    assert list(done.unreadable) == ["autre.xlsx"]
