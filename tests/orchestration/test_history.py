"""The history that the command line and the UI share: what one process writes another one reads, at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    MaterializeResult,
    asset,
    define_asset_job,
    materialize,
)

from orchestration.instance.history import KEPT_SHARDS, InstallationStorage, KeptEventLogStorage
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.paths import Paths

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
READ = """
import os, sys
from pathlib import Path
from typing import Any
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.paths import Paths
with open_instance(Paths(Path(sys.argv[1]), Path(sys.argv[1]))) as instance:
    for run in instance.get_runs():
        print(run.run_id, run.status.value, len(instance.all_logs(run.run_id)))
"""


@asset
def counted() -> MaterializeResult[Any]:
    """Something that happens."""
    return MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    return Paths(home=tmp_path, inbox=tmp_path)


@pytest.fixture
def instance(paths: Paths) -> Iterator[DagsterInstance]:
    with open_instance(paths) as made:
        yield made


def run(instance: DagsterInstance) -> str:
    return materialize([counted], instance=instance, run_config=QUIET).run_id


def test_runs_and_events_are_kept_in_the_installation(paths: Paths, instance: DagsterInstance) -> None:
    run_id = run(instance)
    assert isinstance(instance.event_log_storage, KeptEventLogStorage)
    assert (paths.dagster_home / "history" / "runs" / f"{run_id}.db").exists()
    latest = instance.get_latest_materialization_event(AssetKey("counted"))
    assert latest is not None
    assert latest.run_id == run_id


def test_another_process_reads_a_run_while_it_is_kept_open(paths: Paths, instance: DagsterInstance) -> None:
    run_id = run(instance)
    events = len(instance.all_logs(run_id))
    done = subprocess.run([sys.executable, "-c", READ, str(paths.home)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [run_id, DagsterRunStatus.SUCCESS.value, str(events)]


def test_who_watches_a_run_sees_its_events_as_they_come(paths: Paths, instance: DagsterInstance) -> None:
    run_id = run(instance)
    with DagsterInstance.from_config(str(paths.dagster_home)) as elsewhere:
        seen = threading.Event()
        elsewhere.watch_event_logs(run_id, None, lambda _event, _cursor: seen.set())
        instance.report_engine_event("something new", instance.get_run_by_id(run_id))
        assert seen.wait(timeout=20)


def test_what_a_run_plans_is_stored_before_anything_of_it_happens(instance: DagsterInstance) -> None:
    told = [event.dagster_event_type for event in instance.all_logs(run(instance)) if event.is_dagster_event]
    assert told.index(DagsterEventType.ASSET_MATERIALIZATION_PLANNED) < told.index(DagsterEventType.RUN_START)


def test_the_plan_of_a_run_that_never_begins_is_kept(paths: Paths) -> None:
    job = Definitions(assets=[counted], jobs=[define_asset_job("count")]).resolve_job_def("count")
    with open_instance(paths) as first:
        run_id = first.create_run_for_job(job, asset_selection=frozenset({AssetKey("counted")})).run_id
    with open_instance(paths) as again:
        told = [event.dagster_event_type for event in again.all_logs(run_id)]
    assert DagsterEventType.ASSET_MATERIALIZATION_PLANNED in told


def test_only_the_last_files_used_stay_open(instance: DagsterInstance) -> None:
    runs = [run(instance) for _ in range(KEPT_SHARDS + 3)]
    storage = instance.event_log_storage
    assert isinstance(storage, KeptEventLogStorage)
    assert len(storage._engines) <= KEPT_SHARDS
    assert all(instance.all_logs(run_id) for run_id in runs)


def test_a_run_deleted_is_gone_and_the_next_one_is_stored(instance: DagsterInstance) -> None:
    first = run(instance)
    instance.delete_run(first)
    assert instance.get_run_by_id(first) is None
    assert instance.all_logs(run(instance))


def test_dagster_started_by_hand_has_the_same_history(
    paths: Paths, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_id = run(instance)
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.setenv("JALON_HOME", str(paths.home))
    by_hand = InstallationStorage.from_config_value(None, {})
    assert by_hand.run_storage.has_run(run_id)
    assert by_hand.base_dir == str(tmp_path / "dagster")
