"""A run whose process was killed is known to be dead, is marked as failed, and does not keep the others waiting."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterRunStatus, job, op
from dagster._core.launcher import WorkerStatus

from orchestration.instance.instance import open_instance
from orchestration.instance.launcher import WatchingRunLauncher
from orchestration.instance.liveness import DIED, bury_the_dead, is_dead
from orchestration.resources import Installation, installation_resource
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


def test_a_killed_run_is_marked_as_failed_and_a_living_one_is_not(paths: Paths) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(paths.home)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    with open_instance(paths) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status == DagsterRunStatus.STARTED
        assert WatchingRunLauncher().check_run_worker_health(run).status == WorkerStatus.RUNNING
        assert bury_the_dead(instance, paths.living) == []

        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        os.utime(paths.living / f"{run_id}.lock", (0, 0))
        assert WatchingRunLauncher().check_run_worker_health(run).status == WorkerStatus.FAILED
        assert bury_the_dead(instance, paths.living) == [run_id]
        buried = instance.get_run_by_id(run_id)
        assert buried is not None
        assert buried.status == DagsterRunStatus.FAILURE
        assert DIED in [entry.message for entry in instance.all_logs(run_id)]
        assert bury_the_dead(instance, paths.living) == []
        assert list(paths.living.iterdir()) == []


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
        assert isinstance(instance.run_launcher, WatchingRunLauncher)
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert not instance.run_retries_retry_on_asset_or_op_failure
        settings = instance.get_concurrency_config()
        assert settings.pool_config.default_pool_limit == 1
        assert str(settings.pool_config.pool_granularity).endswith("RUN")
