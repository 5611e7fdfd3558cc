"""The sensor of the drop folder, tick by tick on an ephemeral instance."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    RunRequest,
    SensorResult,
    SkipReason,
    build_sensor_context,
)

from orchestration.sensors.drop_folder import ONE_SCAN, Watch, drop_folder_sensor
from orchestration.services.runtime.paths import Paths
from sources.landing.store import Landing
from sources.landing.unfinished import note


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


class DropFolder:
    """The drop folder and the sensor that looks at it; remembers the cursor from tick to tick."""

    def __init__(self, folder: Path, instance: DagsterInstance, watch: Watch = ONE_SCAN) -> None:
        self.paths = Paths(home=folder / "home", inbox=folder / "inbox")
        self.partner = self.paths.inbox / "partners" / "ANS"
        self.partner.mkdir(parents=True)
        self._sensor = drop_folder_sensor(self.paths, ["CNS-12", "CNS-13"], watch=watch)
        self._instance = instance
        self._cursor: str | None = None

    def write(self, name: str, content: str) -> Path:
        path = self.partner / name
        path.write_text(content)
        return path

    def tick(self) -> list[RunRequest]:
        context = build_sensor_context(instance=self._instance, cursor=self._cursor)
        result = self._sensor(context)
        if isinstance(result, SkipReason):
            return []
        assert isinstance(result, SensorResult)
        self._cursor = result.cursor
        return list(result.run_requests or [])


@pytest.fixture
def drop_folder(tmp_path: Path, instance: DagsterInstance) -> DropFolder:
    return DropFolder(tmp_path, instance)


def test_a_file_is_taken_once_it_was_still_for_two_ticks_and_never_again(drop_folder: DropFolder) -> None:
    drop_folder.write("CNS-13_ANS.xlsx", "v1")
    assert drop_folder.tick() == []
    (request,) = drop_folder.tick()
    assert request.tags["jalon/files"] == "CNS-13_ANS.xlsx"
    assert [drop_folder.tick() for _ in range(3)] == [[], [], []]


def test_a_file_that_grows_waits(drop_folder: DropFolder) -> None:
    for step in range(4):
        drop_folder.write("CNS-13_ANS.xlsx", "x" * step)
        assert drop_folder.tick() == []
    assert len(drop_folder.tick()) == 1


def test_a_file_dropped_again_with_another_content_is_taken_again(drop_folder: DropFolder) -> None:
    path = drop_folder.write("CNS-13_ANS.xlsx", "v1")
    drop_folder.tick()
    (first,) = drop_folder.tick()
    drop_folder.write("CNS-13_ANS.xlsx", "v2")
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))
    drop_folder.tick()
    (second,) = drop_folder.tick()
    assert first.run_key != second.run_key


def test_what_the_landing_has_or_is_not_finished_asks_for_nothing(drop_folder: DropFolder) -> None:
    path = drop_folder.write("CNS-13_ANS.xlsx", "v1")
    Landing(drop_folder.paths.home).open().receive(
        path, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC), folder="ANS"
    )
    for name in ("~$CNS-13_ANS.xlsx", ".~lock.CNS-13_ANS.xlsx#", "CNS-13_ANS.xlsx.part"):
        drop_folder.write(name, "unfinished")
    assert [drop_folder.tick() for _ in range(3)] == [[], [], []]


def test_known_bytes_under_another_name_ask_for_a_run_once(drop_folder: DropFolder) -> None:
    """Their partner is to be told; the run's key differs from that of the first drop, or no run would start."""
    drop_folder.write("CNS-13_ANS.xlsx", "v1")
    drop_folder.tick()
    (first,) = drop_folder.tick()
    landing = Landing(drop_folder.paths.home).open()
    path = drop_folder.partner / "CNS-13_ANS.xlsx"
    landing.receive(path, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC), folder="ANS")
    drop_folder.write("CNS-13_ANS (2).xlsx", "v1")
    assert drop_folder.tick() == []
    (second,) = drop_folder.tick()
    assert first.run_key != second.run_key
    assert [drop_folder.tick() for _ in range(3)] == [[], [], []]


def test_while_a_draft_stands_it_follows_each_drop_until_it_is_final(drop_folder: DropFolder) -> None:
    delivered = drop_folder.paths.deliverables("CNS-13")
    delivered.mkdir(parents=True)
    jobs = []
    for number, state in enumerate((None, "draft", "final")):
        if state is not None:
            (delivered / "manifest.json").write_text(json.dumps({"state": state}))
        drop_folder.write(f"CNS-13_ANS ({number}).xlsx", f"v{number}")
        drop_folder.tick()
        (request,) = drop_folder.tick()
        jobs.append((request.job_name, request.partition_key))
    assert jobs == [("ingest", None), ("report", "CNS-13"), ("ingest", None)]


def test_two_files_at_once_make_one_run(drop_folder: DropFolder) -> None:
    drop_folder.write("a.xlsx", "a")
    drop_folder.write("b.xlsx", "b")
    drop_folder.tick()
    (request,) = drop_folder.tick()
    assert request.tags["jalon/files"] == "a.xlsx, b.xlsx"


def test_a_vanished_drop_folder_is_skipped_and_the_files_are_not_forgotten(drop_folder: DropFolder) -> None:
    drop_folder.write("a.xlsx", "a")
    drop_folder.tick()
    drop_folder.tick()
    hidden = drop_folder.paths.inbox.rename(drop_folder.paths.inbox.with_name("unmounted"))
    assert drop_folder.tick() == []
    hidden.rename(drop_folder.paths.inbox)
    assert [drop_folder.tick(), drop_folder.tick()] == [[], []]


def test_the_cursor_is_a_digest_however_many_files_there_are(drop_folder: DropFolder) -> None:
    for number in range(300):
        drop_folder.write(f"{number}.xlsx", str(number))
    drop_folder.tick()
    assert len(drop_folder.tick()) == 1
    assert len(drop_folder._cursor or "") == 64
    assert drop_folder.tick() == []


def test_what_cannot_be_taken_is_in_the_skip_reason_and_stops_no_file(drop_folder: DropFolder) -> None:
    (drop_folder.partner / "loop").symlink_to(drop_folder.partner)
    drop_folder.write(os.fsdecode(b"\xe9.xlsx"), "v1")
    context = build_sensor_context(instance=drop_folder._instance)
    skipped = drop_folder._sensor(context)
    assert isinstance(skipped, SensorResult)
    assert "a shortcut, not taken" in str(skipped.skip_reason)
    drop_folder.tick()
    (request,) = drop_folder.tick()
    assert request.tags["jalon/files"].encode() == "\ufffd.xlsx".encode()


def test_a_file_whose_reading_did_not_end_is_asked_for_again_until_three_runs_tried(drop_folder: DropFolder) -> None:
    path = drop_folder.write("CNS-13_ANS.xlsx", "v1")
    landing = Landing(drop_folder.paths.home).open()
    received, _ = landing.receive(
        path, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC), folder="ANS"
    )
    asked = []
    for _ in range(5):
        note(landing, received, 4, "killed")
        assert drop_folder.tick() == [], "at once"
        (written,) = (landing.root / "waiting").glob("*.json")
        os.utime(written, (0, 0))
        asked += [request.run_key for request in drop_folder.tick()]
    assert asked == [f"{received.sha256[:12]}~{run}" for run in (1, 2)]


def test_one_evaluation_looks_often_enough_to_find_a_file_still(tmp_path: Path, instance: DagsterInstance) -> None:
    folder = DropFolder(tmp_path, instance, Watch(seconds=30, every=0.05, still=0.05))
    folder.write("CNS-13_ANS.xlsx", "v1")
    assert len(folder.tick()) == 1


def test_one_evaluation_ends_while_a_file_keeps_growing(
    tmp_path: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one slow copy over the network would hold the sensor's daemon for ever. It grows at each pause."""
    folder = DropFolder(tmp_path, instance, Watch(seconds=0.3, every=0.01, still=0.01))
    written = folder.write("CNS-13_ANS.xlsx", "x")
    monkeypatch.setattr(
        "orchestration.sensors.drop_folder.time.sleep", lambda _: written.write_text(written.read_text() + "x")
    )
    assert folder.tick() == []
    monkeypatch.setattr("orchestration.sensors.drop_folder.time.sleep", lambda _: None)
    assert [len(folder.tick()) for _ in range(20)].count(1) == 1
