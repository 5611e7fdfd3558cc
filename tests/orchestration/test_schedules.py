"""The schedules of the calendar: every morning of two years by Dagster's own evaluation, and the real scheduler."""

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, Definitions, build_schedule_context
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import (
    create_run_for_test,
    create_test_daemon_workspace_context,
    freeze_time,
    instance_for_test,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._scheduler.scheduler import launch_scheduled_runs

from orchestration.schedules.calendar_schedules import EVENT_TAG, KEY_TAG, PARIS
from orchestration.services.runtime.paths import PROJECT
from orchestration.services.session.calendar import events_of

LOCATION = Path(__file__).with_name("calendar_location.py")
CNS_14 = "CNS-14,14,2025-12-16,2025-12-16,2025-12-02,open\n"
CNS_13_EVENTS = [
    "CNS-13:invitation:2025-04-11",
    "CNS-13:reminder-30:2025-05-11",
    "CNS-13:reminder-7:2025-06-03",
    "CNS-13:reminder-1:2025-06-09",
    "CNS-13:draft:2025-06-10",
    "CNS-13:late-list:2025-06-11",
    "CNS-13:draft-again:2025-06-17",
    "CNS-13:final:2025-06-21",
    "CNS-13:publication:2025-06-25",
    "CNS-13:archive:2025-06-26",
]
CNS_14_EVENTS = [
    "CNS-14:invitation:2025-10-03",
    "CNS-14:reminder-30:2025-11-02",
    "CNS-14:reminder-7:2025-11-25",
    "CNS-14:reminder-1:2025-12-01",
    "CNS-14:draft:2025-12-02",
    "CNS-14:late-list:2025-12-03",
    "CNS-14:draft-again:2025-12-09",
    "CNS-14:final:2025-12-13",
    "CNS-14:publication:2025-12-17",
    "CNS-14:archive:2025-12-18",
]


class SessionTable:
    """A project folder whose session table is changed at will."""

    def __init__(self, folder: Path) -> None:
        self.project = folder
        self._file = folder / "dbt_project" / "seeds" / "ref_cns_session.csv"
        self._file.parent.mkdir(parents=True)
        self._file.write_bytes((PROJECT / "dbt_project" / "seeds" / self._file.name).read_bytes())

    def add(self, row: str) -> None:
        self._file.write_text(self._file.read_text() + row)

    def move(self, before: str, after: str) -> None:
        text = self._file.read_text()
        assert before in text
        self._file.write_text(text.replace(before, after))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionTable:
    made = SessionTable(tmp_path / "project")
    monkeypatch.setenv("JALON_TEST_PROJECT", str(made.project))
    return made


def loaded() -> Definitions:
    """The code location, loaded as a fresh process would."""
    spec = importlib.util.spec_from_file_location("calendar_location_under_test", LOCATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    defs: Definitions = module.defs
    return defs


# --- every morning, one evaluation a schedule ------------------------------------------------------------------------


class Mornings:
    """Every schedule at six in Paris, one morning after another; a run asked for is noted as the daemon does."""

    def __init__(self, instance: DagsterInstance) -> None:
        self._instance = instance
        self._repository = loaded().get_repository_def()
        self.said: list[str] = []

    def at(self, day: date) -> list[str]:
        morning = datetime(day.year, day.month, day.day, 6, tzinfo=PARIS)
        asked = []
        with freeze_time(morning.astimezone(UTC)):
            for schedule in self._repository.schedule_defs:
                context = build_schedule_context(self._instance, morning, repository_def=self._repository)
                context._instance = self._instance  # it would open the same one again, 7,000 times
                data = schedule.evaluate_tick(context)
                self.said.append(data.skip_message or "")
                for request in data.run_requests or []:
                    assert request.run_key == request.tags[KEY_TAG]
                    assert request.tags["dagster/partition"] == request.tags[EVENT_TAG].partition(":")[0]
                    create_run_for_test(self._instance, tags=dict(request.tags), status=DagsterRunStatus.SUCCESS)
                    asked.append(request.tags[KEY_TAG])
        return sorted(asked)

    def over(self, first: date, last: date) -> list[str]:
        days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
        return [key for day in days for key in self.at(day)]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    folder = tmp_path / "instance"
    folder.mkdir()
    with DagsterInstance.local_temp(str(folder)) as made:
        yield made


def test_over_two_years_each_event_runs_once_on_its_day(table: SessionTable, instance: DagsterInstance) -> None:
    """Two years of mornings: irregular dates, four hour changes, an invitation that was late at the start."""
    table.add(CNS_14)
    asked = Mornings(instance).over(date(2024, 11, 1), date(2026, 10, 31))
    of_12 = [key for key in asked if key.startswith("CNS-12")]
    assert [key for key in asked if key not in of_12] == [*CNS_13_EVENTS, *CNS_14_EVENTS]
    assert [key.partition(":")[2] for key in of_12] == [
        "invitation:2024-10-18",
        "reminder-30:2024-11-17",
        "draft:2024-12-03",
        "draft-again:2024-12-10",
        "reminder-7:2024-12-10",
        "final:2024-12-14",
        "reminder-1:2024-12-16",
        "late-list:2024-12-18",
        "publication:2024-12-18",
        "archive:2024-12-19",
    ]


def test_the_same_morning_evaluated_twice_asks_once(table: SessionTable, instance: DagsterInstance) -> None:
    mornings = Mornings(instance)
    asked = mornings.at(date(2025, 6, 10))
    assert "CNS-13:draft:2025-06-10" in asked
    assert mornings.at(date(2025, 6, 10)) == []


def test_mornings_missed_are_caught_up_once_and_what_came_too_late_is_said(
    table: SessionTable, instance: DagsterInstance
) -> None:
    mornings = Mornings(instance)
    caught_up = ["CNS-13:draft:2025-06-10", "CNS-13:late-list:2025-06-11"]
    assert mornings.over(date(2025, 6, 12), date(2025, 6, 16)) == caught_up
    assert mornings.over(date(2025, 6, 21), date(2025, 6, 22)) == ["CNS-13:final:2025-06-21"]
    said = [line for line in mornings.said if "CNS-13:draft-again:2025-06-17" in line][-1]
    assert "too late since 2025-06-20, not done; run the job `report` if it is wanted" in said


def test_a_moved_session_is_one_row_nothing_is_done_twice_and_the_tick_says_so(
    table: SessionTable, instance: DagsterInstance
) -> None:
    mornings = Mornings(instance)
    before = mornings.over(date(2025, 4, 1), date(2025, 6, 12))
    assert before == CNS_13_EVENTS[:6]
    table.move("2025-06-24,2025-06-24,2025-06-10", "2025-06-26,2025-06-24,2025-06-12")
    after = mornings.over(date(2025, 6, 13), date(2025, 7, 31))
    assert after == [
        "CNS-13:draft-again:2025-06-19",
        "CNS-13:final:2025-06-23",
        "CNS-13:publication:2025-06-27",
        "CNS-13:archive:2025-06-28",
    ]
    assert any("done for 2025-06-10, before the session moved; not done twice" in line for line in mornings.said)


def test_a_session_put_off_by_a_month_has_its_drafts_again(table: SessionTable, instance: DagsterInstance) -> None:
    mornings = Mornings(instance)
    mornings.over(date(2025, 4, 11), date(2025, 6, 12))
    table.move("2025-06-24,2025-06-24,2025-06-10", "2025-07-24,2025-07-24,2025-07-10")
    assert mornings.over(date(2025, 6, 13), date(2025, 7, 23)) == [
        "CNS-13:reminder-30:2025-06-10",
        "CNS-13:reminder-7:2025-07-03",
        "CNS-13:reminder-1:2025-07-09",
        "CNS-13:draft:2025-07-10",
        "CNS-13:late-list:2025-07-11",
        "CNS-13:draft-again:2025-07-17",
        "CNS-13:final:2025-07-21",
    ]


def test_the_next_session_is_one_row_and_a_location_loaded_before_it_says_to_reload(
    table: SessionTable, instance: DagsterInstance
) -> None:
    old = Mornings(instance)
    table.add(CNS_14)
    assert old.over(date(2025, 12, 2), date(2025, 12, 2)) == []
    assert any("CNS-14 is not in the code that is loaded: reload the definitions" in line for line in old.said)
    assert Mornings(instance).over(date(2025, 12, 3), date(2025, 12, 16)) == [
        "CNS-14:draft:2025-12-02",
        "CNS-14:late-list:2025-12-03",
        "CNS-14:draft-again:2025-12-09",
        "CNS-14:final:2025-12-13",
    ]


# --- the real scheduler of the daemon --------------------------------------------------------------------------------


def paris(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A time on the clocks of Paris."""
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


@contextmanager
def scheduler(folder: Path) -> Iterator["Daemon"]:
    overrides = {
        "run_coordinator": {"module": "dagster._core.test_utils", "class": "MockedRunCoordinator"},
        "telemetry": {"enabled": False},
    }
    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(python_file=str(LOCATION), attribute="defs", working_directory=str(LOCATION.parent))
    )
    with (
        instance_for_test(overrides=overrides, temp_dir=str(folder)) as instance,
        create_test_daemon_workspace_context(InProcessWorkspaceLoadTarget([origin]), instance) as workspace,
    ):
        yield Daemon(instance, workspace)


class Daemon:
    """The schedule daemon, woken at the times it is told."""

    def __init__(self, instance: DagsterInstance, workspace: object) -> None:
        self.instance, self._workspace = instance, workspace

    def wake(self, at: datetime) -> list[str]:
        """One iteration at a time; the keys of the runs there are by then."""
        moment = at.astimezone(UTC)
        with freeze_time(moment):
            list(launch_scheduled_runs(self._workspace, logging.getLogger("calendar"), moment, iteration_times={}))  # type: ignore[arg-type]
        return self.keys()

    def keys(self) -> list[str]:
        """The keys of every run launched so far."""
        return sorted(run.tags[KEY_TAG] for run in self.runs())

    def runs(self) -> list[DagsterRun]:
        """Every run."""
        return list(self.instance.get_runs())


@pytest.mark.usefixtures("table")
def test_the_daemon_launches_on_the_day_at_six_in_paris_whatever_the_hour_change(tmp_path: Path) -> None:
    with scheduler(tmp_path) as daemon:
        assert daemon.wake(paris(2025, 4, 10, 12)) == []
        assert daemon.wake(paris(2025, 4, 11, 5, 59)) == []
        assert daemon.wake(paris(2025, 4, 11, 6, 1)) == CNS_13_EVENTS[:1]
        (run,) = daemon.runs()
        assert run.tags["dagster/partition"] == "CNS-13"
        assert (run.job_name, run.tags[EVENT_TAG]) == (events_of()[0].job, "CNS-13:invitation")
        ticks = {
            datetime.fromtimestamp(tick.timestamp, PARIS).isoformat()
            for state in daemon.instance.all_instigator_state()
            for tick in daemon.instance.get_ticks(state.instigator_origin_id, state.selector_id)
        }
        assert ticks == {"2025-04-11T06:00:00+02:00"}


@pytest.mark.usefixtures("table")
def test_a_daemon_down_on_the_day_catches_up_once_not_twice(tmp_path: Path) -> None:
    with scheduler(tmp_path) as daemon:
        assert daemon.wake(paris(2025, 6, 8, 12)) == []
        caught_up = ["CNS-13:draft:2025-06-10", "CNS-13:late-list:2025-06-11"]
        assert daemon.wake(paris(2025, 6, 13, 15)) == caught_up
        for hours in (16, 40):
            assert daemon.wake(paris(2025, 6, 13, 15) + timedelta(hours=hours)) == caught_up


@pytest.mark.usefixtures("table")
def test_a_daemon_down_over_two_events_does_the_last_one_alone(tmp_path: Path) -> None:
    """Dagster replays the missed mornings one by one: each on its own would launch a draft that is out of date."""
    with scheduler(tmp_path) as daemon:
        daemon.wake(paris(2025, 6, 8, 12))
        assert daemon.wake(paris(2025, 6, 18, 9)) == ["CNS-13:draft-again:2025-06-17"]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("year", "month", "day", "offsets"), [(2025, 3, 30, (1, 2)), (2025, 10, 26, (2, 1))])
def test_the_nights_of_the_hour_change_have_one_morning_each(
    tmp_path: Path, year: int, month: int, day: int, offsets: tuple[int, int]
) -> None:
    change = paris(year, month, day)
    with scheduler(tmp_path) as daemon:
        daemon.wake(change - timedelta(hours=20))
        for hours in (-17, 7, 32):
            daemon.wake(change + timedelta(hours=hours))
        (state, *_) = daemon.instance.all_instigator_state()
        ticks = daemon.instance.get_ticks(state.instigator_origin_id, state.selector_id)
        mornings = sorted(datetime.fromtimestamp(tick.timestamp, PARIS) for tick in ticks)
        assert [(at.day, at.hour) for at in mornings] == [(day - 1, 6), (day, 6), (day + 1, 6)]
        hours = [at.utcoffset() for at in mornings]
        assert hours == [timedelta(hours=offset) for offset in (offsets[0], offsets[1], offsets[1])]
