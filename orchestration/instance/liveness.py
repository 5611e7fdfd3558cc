"""Which runs are alive. Each holds a lock of its own while it executes, which the system releases when it dies.

Dagster notices a killed run only while the program that started it still runs. After a power cut, or a kill of
`jalon` itself, the run would stay « started » for ever, and would hold its place in the queue: everything behind it
would wait. The lock is a file under JALON_HOME, so that it is seen from every container that mounts it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from orchestration.services.runtime.locks import is_held

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Between the making of a lock's file and its locking a run is not dead.
SETTLED_SECONDS = 1.0
DIED = (
    "The process of this run died (killed, out of memory, or the machine stopped). Nothing is lost or half-written: "
    "run it again, what was done is found done."
)


@contextmanager
def living(folder: Path, run_id: str) -> Iterator[None]:
    """Hold the run's lock; `folder` is `Paths.living`. OSError when it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    path = _lock_file(folder, run_id)
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_dead(folder: Path, run_id: str) -> bool:
    """True when the run began to execute and its process is no more; a run that has not begun is not dead."""
    path = _lock_file(folder, run_id)
    try:
        is_settled = time.time() - path.stat().st_mtime > SETTLED_SECONDS
    except FileNotFoundError:
        return False
    return is_settled and is_held(path) is None and path.exists()


def dead_runs(folder: Path) -> list[str]:
    """The runs that began and whose process is no more."""
    names = sorted(path.stem for path in folder.glob("*.lock"))
    return [run_id for run_id in names if is_dead(folder, run_id)]


def fail_dead_runs(instance: "DagsterInstance", folder: Path) -> list[str]:
    """Mark the runs that died as failed, and return their ids. A run that a person stopped is marked as canceled."""
    from dagster import DagsterRunStatus

    marked = []
    for run_id in dead_runs(folder):
        run = instance.get_run_by_id(run_id)
        if run is not None and run.status is DagsterRunStatus.STARTED:
            instance.report_run_failed(run, DIED)
            marked.append(run_id)
        elif run is not None and run.status is DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, DIED)
            marked.append(run_id)
        _lock_file(folder, run_id).unlink(missing_ok=True)
    return marked


def runs_without_lock(instance: "DagsterInstance", folder: Path) -> list[str]:
    """The runs shown as started that have no lock: they are about to take it, have released it, or died before it."""
    from dagster import DagsterRunStatus, RunsFilter

    started = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    return [run.run_id for run in started if not _lock_file(folder, run.run_id).exists()]


def fail_run(instance: "DagsterInstance", run_id: str) -> bool:
    """Mark a run as failed because its process died. False when it has ended meanwhile."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    instance.report_run_failed(run, DIED)
    return True


def _lock_file(folder: Path, run_id: str) -> Path:
    return folder / f"{run_id}.lock"
