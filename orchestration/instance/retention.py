"""How long Dagster's history lasts, in one table, and the removal of the runs that are older.

What is received, answered, published, sent and noted in the audit trail is never removed: it is not in this table.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orchestration.services.runtime.paths import Paths

if TYPE_CHECKING:
    from dagster import DagsterInstance

RUNS, TICKS, SKIPPED_TICKS = "runs", "ticks", "skipped ticks"
#: days; the runs of the calendar stay for ever, since they show that an event of a session was done
DAYS = {RUNS: 400, TICKS: 400, SKIPPED_TICKS: 7}


def tick_retention() -> dict[str, object]:
    """The block `retention` of dagster.yaml: Dagster removes ticks by itself."""
    sensor = {"skipped": DAYS[SKIPPED_TICKS], "failure": DAYS[TICKS], "success": DAYS[TICKS]}
    return {"schedule": {"purge_after_days": DAYS[TICKS]}, "sensor": {"purge_after_days": sensor}}


def remove_old_runs(instance: "DagsterInstance", paths: Paths, at: datetime) -> list[str]:
    """Remove the runs that ended and are too old, with their events; their ids. The caller holds the writer's lock."""
    from dagster import DagsterRunStatus, RunsFilter

    from orchestration.schedules.calendar_schedules import EVENT_TAG

    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    old = instance.get_runs(RunsFilter(statuses=ended, created_before=at - timedelta(days=DAYS[RUNS])))
    removed = [run.run_id for run in old if EVENT_TAG not in run.tags]
    for run_id in removed:
        instance.delete_run(run_id)
        # with SQLite each run has a file of its own, which Dagster empties and leaves
        for file in (paths.dagster_home / "history" / "runs").glob(f"{run_id}.db*"):
            file.unlink(missing_ok=True)
    return removed
