"""Dagster's launcher, named by dagster.yaml, that also knows whether a run it launched is still alive.

With it the daemon marks a run whose process died as failed, and starts it again (`run_retries` of dagster.yaml).
"""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

from orchestration.paths import Paths
from orchestration.runtime.liveness import DIED, is_dead


class WatchingRunLauncher(DefaultRunLauncher):
    """The default launcher, with a check of health."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It does."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """FAILED when the run's process is gone, whether this launcher, another one or `jalon` started it."""
        if is_dead(Paths.from_environment().living, run.run_id):
            return CheckRunHealthResult(WorkerStatus.FAILED, DIED)
        return CheckRunHealthResult(WorkerStatus.RUNNING)
