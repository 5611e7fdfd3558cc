"""The worker executes runs in forks of what it holds, ends them when asked, and is missed by nobody when it is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin

from orchestration.definitions import build_defs
from orchestration.instance import worker
from orchestration.instance.instance import open_instance
from orchestration.instance.launcher import WORKER_TAG
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.paths import PROJECT, Paths

PATIENCE = 120.0


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    found = Paths(home=tmp_path / "home", inbox=tmp_path / "inbox", project=PROJECT)
    (found.inbox / "partners").mkdir(parents=True)
    (found.inbox / "reports").mkdir()
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # given back afterwards: `export` sets them
        monkeypatch.setenv(name, "")
    found.export()
    return found


@pytest.fixture
def instance(paths: Paths) -> Iterator[DagsterInstance]:
    with open_instance(paths) as found:
        yield found


@pytest.fixture
def serving(paths: Paths, instance: DagsterInstance) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "orchestration.commands.worker"], cwd=PROJECT)
    wait_until(lambda: worker.ask(paths.worker_pipe, "run", "none"), "a worker that listens")
    yield process
    process.terminate()
    process.wait(30)


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.1)


def launched(
    instance: DagsterInstance, paths: Paths, job: str, *, partition: str | None = None, config: object = None
) -> DagsterRun:
    """A run as the daemon leaves it to the launcher."""
    origin = RepositoryPythonOrigin(
        sys.executable, ModuleCodePointer("orchestration.definitions", "defs", str(PROJECT))
    )
    return instance.create_run_for_job(
        build_defs(paths).resolve_job_def(job),
        run_config=config,
        tags={"dagster/partition": partition} if partition else {},
        status=DagsterRunStatus.STARTING,
        job_code_origin=JobPythonOrigin(job, origin),
    )


def status(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_without_a_worker_nothing_is_asked_and_nobody_waits(tmp_path: Path) -> None:
    assert not worker.ask(tmp_path / "worker", "run", "a")
    os.mkfifo(tmp_path / "worker")  # left by one that died: nobody reads it
    assert not worker.ask(tmp_path / "worker", "run", "a")


def test_a_run_is_executed_and_another_is_ended_while_it_waits(
    paths: Paths, instance: DagsterInstance, serving: "subprocess.Popen[bytes]"
) -> None:
    config = {"ops": {"write_templates": {"config": {"partner": "ANS"}}}}
    run = launched(instance, paths, "templates", partition="CNS-13", config=config)
    assert worker.ask(paths.worker_pipe, "run", run.run_id)
    wait_until(lambda: status(instance, run.run_id) is DagsterRunStatus.SUCCESS, "the templates")
    assert [path.name for path in (paths.home / "templates" / "CNS-13").iterdir()] == ["CNS-13_ANS.xlsx"]

    with writing(paths.writer_lock):
        waiting = launched(instance, paths, "decide", config={"ops": {"inbox": {"config": {"look": False}}}})
        instance.add_run_tags(waiting.run_id, {WORKER_TAG: str(paths.worker_pipe)})
        assert worker.ask(paths.worker_pipe, "run", waiting.run_id)
        wait_until(lambda: status(instance, waiting.run_id) is DagsterRunStatus.STARTED, "the run")
        assert instance.run_launcher.terminate(waiting.run_id)
        wait_until(lambda: status(instance, waiting.run_id) is DagsterRunStatus.CANCELED, "the end of the run")
    assert serving.poll() is None


def test_a_worker_that_is_stopped_leaves_no_process_behind(paths: Paths, serving: "subprocess.Popen[bytes]") -> None:
    children = Path(f"/proc/{serving.pid}/task/{serving.pid}/children")
    wait_until(lambda: bool(children.read_text().split()), "what runs are forked from")
    forked_from = [Path(f"/proc/{pid}") for pid in children.read_text().split()]
    serving.send_signal(signal.SIGTERM)
    serving.wait(30)
    wait_until(lambda: not any(map(is_alive, forked_from)), "the end of what it held")
    assert not worker.ask(paths.worker_pipe, "run", "a")


def is_alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_code_that_changed_is_not_run_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "sources" / "module.py"
    module.parent.mkdir()
    module.write_text("a = 1\n")
    monkeypatch.setattr(worker, "PROJECT", tmp_path)
    monkeypatch.setattr(worker, "ensure_running", lambda: None)
    held = worker.Worker(tmp_path / "worker")
    assert held.context().get_start_method() == "forkserver"
    module.write_text("a = 22\n")
    assert held.context().get_start_method() == "spawn"
    assert held.serve(), "new code is read as soon as nothing runs"


def test_a_file_in_place_of_the_pipe_is_said(tmp_path: Path) -> None:
    (tmp_path / "worker").write_text("")
    with pytest.raises(SystemExit, match="not a named pipe"):
        worker.Worker(tmp_path / "worker")
