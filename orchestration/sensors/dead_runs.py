"""The sensor of dead runs: it marks a run whose process died as failed. `run_retries` of dagster.yaml starts it again.

Dagster's default launcher has no health check. Without this sensor a run that was killed together with the code server
stays « started » for ever, and every run behind it waits in the queue.
"""

import json

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SensorResult, sensor

from orchestration.instance.liveness import fail_dead_runs, fail_run, runs_without_lock
from orchestration.services.runtime.paths import Paths

INTERVAL_SECONDS = 20
#: A run takes its lock in the second after it started, and ends in the second after it released it.
LOOKS_WITHOUT_LOCK = 3


def dead_runs_sensor(paths: Paths) -> SensorDefinition:
    """The sensor, for the runs of one installation. Its cursor counts the ticks that found a run without its lock."""

    @sensor(
        name="dead_runs",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Marks as failed each run whose process died; the daemon then starts it again.",
    )
    def dead_runs(context: SensorEvaluationContext) -> SensorResult:
        marked = fail_dead_runs(context.instance, paths.living)
        before: dict[str, int] = json.loads(context.cursor) if context.cursor else {}
        misses = {run_id: before.get(run_id, 0) + 1 for run_id in runs_without_lock(context.instance, paths.living)}
        marked += [
            run_id
            for run_id, count in misses.items()
            if count >= LOOKS_WITHOUT_LOCK and fail_run(context.instance, run_id)
        ]
        named = ", ".join(run_id[:8] for run_id in marked)
        return SensorResult(
            skip_reason=f"marked as failed: {named}" if marked else "no run died", cursor=json.dumps(misses)
        )

    return dead_runs
