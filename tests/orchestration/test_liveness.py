"""A run whose process was killed is known to be dead, is marked as failed, and does not keep the others waiting."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultRunLauncher,
    SensorResult,
    build_sensor_context,
    job,
    op,
)

from orchestration.definitions import build_defs
from orchestration.instance.instance import open_instance
from orchestration.instance.liveness import DIED, fail_dead_runs, is_dead, runs_without_lock
from orchestration.resources import Installation, installation_resource
from orchestration.sensors.dead_runs import LOOKS_WITHOUT_LOCK, dead_runs_sensor
from orchestration.services.runtime.paths import Paths

SLEEPER = """
import sys, time
from pathlib import Path
from dagster import job, op
from orchestration.resources import Installation, installation_resource
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.paths import Paths

paths = Paths(home=Path(sys.argv[1]), inbox=Path(sys.argv[1]))

@op(required_resource_keys={"installation"})
def sleeping(context):
    print(context.run_id, flush=True)
    time.sleep(120)

@job(resource_defs={"installation": installation_resource(Installation(paths))})
def sleeper():
    sleeping()

with open_instance(paths) as instance:
    sleeper.execute_in_process(instance=instance)
"""


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # put back, whatever is exported
        monkeypatch.setenv(name, str(tmp_path))
    return Paths(home=tmp_path, inbox=tmp_path)


@op(required_resource_keys={"installation"})
def doing_nothing() -> None:
    pass


@job
def nothing() -> None:
    doing_nothing()


def shown_as(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def look(instance: DagsterInstance, paths: Paths, cursor: str | None = None) -> tuple[str, str | None]:
    """One evaluation of the sensor: what it says, and its cursor."""
    result = dead_runs_sensor(paths)(build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(result, SensorResult)
    assert result.skip_reason is not None
    return str(result.skip_reason.skip_message), result.cursor


def test_a_killed_run_is_marked_as_failed_and_a_living_one_is_not(paths: Paths) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(paths.home)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    with open_instance(paths) as instance:
        assert shown_as(instance, run_id) == DagsterRunStatus.STARTED
        assert look(instance, paths) == ("no run died", "{}")
        assert fail_dead_runs(instance, paths.living) == []

        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        os.utime(paths.living / f"{run_id}.lock", (0, 0))
        assert look(instance, paths) == (f"marked as failed: {run_id[:8]}", "{}")
        assert shown_as(instance, run_id) == DagsterRunStatus.FAILURE
        assert DIED in [entry.message for entry in instance.all_logs(run_id)]
        assert look(instance, paths) == ("no run died", "{}")
        assert list(paths.living.iterdir()) == []


def test_a_run_killed_before_it_had_its_lock_is_marked_as_failed_after_some_looks(paths: Paths) -> None:
    with open_instance(paths) as instance:
        run = instance.create_run_for_job(nothing, status=DagsterRunStatus.STARTED)
        said, cursor = "", None
        for _ in range(LOOKS_WITHOUT_LOCK - 1):
            said, cursor = look(instance, paths, cursor)
            assert said == "no run died"
        assert shown_as(instance, run.run_id) == DagsterRunStatus.STARTED
        said, cursor = look(instance, paths, cursor)
        assert said == f"marked as failed: {run.run_id[:8]}"
        assert shown_as(instance, run.run_id) == DagsterRunStatus.FAILURE
        assert look(instance, paths, cursor) == ("no run died", "{}")


def test_a_run_that_takes_its_lock_between_two_looks_is_left_alone(paths: Paths) -> None:
    with open_instance(paths) as instance:
        run = instance.create_run_for_job(nothing, status=DagsterRunStatus.STARTED)
        _, cursor = look(instance, paths)
        paths.living.mkdir(parents=True)
        (paths.living / f"{run.run_id}.lock").touch()  # too new to be taken for one that was left
        for _ in range(LOOKS_WITHOUT_LOCK):
            said, cursor = look(instance, paths, cursor)
            os.utime(paths.living / f"{run.run_id}.lock")
            assert (said, cursor) == ("no run died", "{}")
        assert runs_without_lock(instance, paths.living) == []


def test_a_run_that_died_while_it_was_stopped_is_canceled_and_not_started_again(paths: Paths) -> None:
    with open_instance(paths) as instance:
        run: DagsterRun = instance.create_run_for_job(nothing, status=DagsterRunStatus.CANCELING)
        paths.living.mkdir(parents=True)
        (paths.living / f"{run.run_id}.lock").touch()
        os.utime(paths.living / f"{run.run_id}.lock", (0, 0))
        assert fail_dead_runs(instance, paths.living) == [run.run_id]
        assert shown_as(instance, run.run_id) == DagsterRunStatus.CANCELED


def test_every_job_of_jalon_has_the_resource_that_holds_the_lock(paths: Paths) -> None:
    """A job without it would be taken for dead while it executes."""
    repository = build_defs(paths).get_repository_def()
    without = [
        one.name for one in repository.get_all_jobs() if "installation" not in one.resource_defs or not one.graph.nodes
    ]
    assert without == []
    keyless = [
        f"{one.name}: {node.name}"
        for one in repository.get_all_jobs()
        for node in one.graph.nodes
        if "installation" not in node.definition.required_resource_keys  # type: ignore[attr-defined]
    ]
    assert keyless == []


def test_a_run_that_ends_leaves_no_lock_and_one_that_has_not_begun_is_not_dead(paths: Paths) -> None:
    seen: list[bool] = []

    @op(required_resource_keys={"installation"})
    def looking() -> None:
        seen.extend(path.suffix == ".lock" for path in paths.living.iterdir())

    @job(resource_defs={"installation": installation_resource(Installation(paths))})
    def looker() -> None:
        looking()

    result = looker.execute_in_process()
    assert seen == [True]
    assert list(paths.living.iterdir()) == []
    assert not is_dead(paths.living, result.run_id)
    assert not is_dead(paths.living, "never-begun")


def test_the_instance_of_jalon_watches_its_runs_and_starts_again_only_those_that_died(paths: Paths) -> None:
    with open_instance(paths) as instance:
        assert type(instance.run_launcher) is DefaultRunLauncher
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert not instance.run_retries_retry_on_asset_or_op_failure
        settings = instance.get_concurrency_config()
        assert settings.pool_config.default_pool_limit == 1
        assert str(settings.pool_config.pool_granularity).endswith("RUN")
