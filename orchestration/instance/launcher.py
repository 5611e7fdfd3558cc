"""Dagster's launcher, named by dagster.yaml: runs go to the worker where there is one, and are known to be alive.

With it the daemon marks a run whose process died as failed, and starts it again (`run_retries` of dagster.yaml).
"""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus

from orchestration.instance.liveness import DIED, is_dead
from orchestration.instance.worker import ask
from orchestration.services.runtime.paths import Paths

WORKER_TAG = "jalon/worker"


class WatchingRunLauncher(DefaultRunLauncher):
    """The default launcher, with a worker that begins at once and a check of health."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It does."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Have the worker execute the run, or a new process of the code server where no worker answers."""
        run = context.dagster_run
        pipe = Paths.from_environment().worker_pipe
        if run.job_code_origin is not None and ask(pipe, "run", run.run_id):
            self._instance.add_run_tags(run.run_id, {WORKER_TAG: str(pipe)})
            return
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run, wherever it executes; False when it cannot be reached or has ended."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or WORKER_TAG not in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        self._instance.report_run_canceling(run)
        return ask(Paths.from_environment().worker_pipe, "end", run_id)

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """FAILED when the run's process is gone, whether this launcher, another one or `jalon` started it."""
        if is_dead(Paths.from_environment().living, run.run_id):
            return CheckRunHealthResult(WorkerStatus.FAILED, DIED)
        return CheckRunHealthResult(WorkerStatus.RUNNING)
