"""The sensor and the schedule, tick by tick on an ephemeral instance."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    RunRequest,
    SensorResult,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)
from dagster._core.test_utils import create_run_for_test

from orchestration.paths import PROJECT, Paths
from orchestration.schedules import PARIS, STEP_TAG, session_schedule
from orchestration.sensors import drop_folder_sensor
from sources.landing.store import Landing


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


class DropFolder:
    """The drop folder and the sensor that looks at it; remembers the cursor from tick to tick."""

    def __init__(self, folder: Path, instance: DagsterInstance) -> None:
        self.paths = Paths(home=folder / "home", inbox=folder / "inbox")
        self.partner = self.paths.inbox / "partners" / "ANS"
        self.partner.mkdir(parents=True)
        self._sensor = drop_folder_sensor(self.paths)
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
        path, channel="submissions", received_at=datetime(2025, 6, 1, tzinfo=UTC)
    )
    for name in ("~$CNS-13_ANS.xlsx", ".~lock.CNS-13_ANS.xlsx#", "CNS-13_ANS.xlsx.part"):
        drop_folder.write(name, "unfinished")
    assert [drop_folder.tick() for _ in range(3)] == [[], [], []]


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


# --- the schedule ----------------------------------------------------------------------------------------------------


class Mornings:
    """The schedule at six in Paris, one morning after another; a run asked for is noted as the daemon would."""

    def __init__(self, folder: Path, instance: DagsterInstance) -> None:
        self.seeds = folder / "dbt_project" / "seeds"
        self.seeds.mkdir(parents=True)
        for path in (PROJECT / "dbt_project" / "seeds").glob("*.csv"):
            (self.seeds / path.name).write_bytes(path.read_bytes())
        self._schedule = session_schedule(Paths(home=folder, inbox=folder, project=folder))
        self._instance = instance

    def move(self, before: str, after: str) -> None:
        table = self.seeds / "ref_cns_session.csv"
        table.write_text(table.read_text().replace(before, after))

    def at(self, day: date) -> list[str]:
        morning = datetime(day.year, day.month, day.day, 6, tzinfo=PARIS)
        result = self._schedule(build_schedule_context(self._instance, morning))
        asked = [] if isinstance(result, SkipReason) else [result] if isinstance(result, RunRequest) else result
        assert asked is not None
        for request in asked:
            create_run_for_test(self._instance, tags=dict(request.tags), status=DagsterRunStatus.SUCCESS)
        return [request.tags[STEP_TAG] for request in asked]

    def over(self, first: date, days: range) -> list[str]:
        return [key for day in days for key in self.at(first + timedelta(days=day))]


@pytest.fixture
def mornings(tmp_path: Path) -> Iterator[Mornings]:
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield Mornings(tmp_path, instance)


CNS_13_STEPS = ["CNS-13/draft/2025-06-10", "CNS-13/draft-again/2025-06-17", "CNS-13/final/2025-06-21"]


def test_each_step_runs_once_through_two_sessions_and_both_hour_changes(mornings: Mornings) -> None:
    asked = mornings.over(date(2024, 10, 20), range(270))
    assert asked == [
        "CNS-12/draft/2024-12-03",
        "CNS-12/draft-again/2024-12-10",
        "CNS-12/final/2024-12-14",
        *CNS_13_STEPS,
    ]


def test_a_daemon_that_was_down_on_the_day_catches_up_once(mornings: Mornings) -> None:
    assert mornings.over(date(2025, 6, 1), range(9)) == []
    assert mornings.over(date(2025, 6, 12), range(5)) == ["CNS-13/draft/2025-06-10"]


def test_the_same_morning_evaluated_twice_asks_once(mornings: Mornings) -> None:
    assert mornings.at(date(2025, 6, 10)) == ["CNS-13/draft/2025-06-10"]
    assert mornings.at(date(2025, 6, 10)) == []


def test_a_session_that_moves_is_one_row_and_its_steps_move(mornings: Mornings) -> None:
    mornings.move("CNS-13,13,2025-06-24", "CNS-13,13,2025-07-01")
    assert mornings.over(date(2025, 6, 1), range(40)) == [
        "CNS-13/draft/2025-06-17",
        "CNS-13/draft-again/2025-06-24",
        "CNS-13/final/2025-06-28",
    ]
