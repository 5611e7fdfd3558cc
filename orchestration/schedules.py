"""The schedule: each morning in Paris, whatever the session table says is due, once."""

from zoneinfo import ZoneInfo

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from orchestration.calendar import due_steps
from orchestration.jobs import report
from orchestration.paths import Paths
from sources.reference import load_reference

PARIS = ZoneInfo("Europe/Paris")
STEP_TAG = "jalon/calendar_step"


def session_schedule(paths: Paths) -> ScheduleDefinition:
    """Runs of `report` a fortnight, a week and three days before each session.

    The session table is read at each tick: adding a session or moving its date is one reference row. A run that
    was launched for a step is found by its tag, so that a step is done once whatever the ticks do.
    """

    @schedule(
        name="before_sessions",
        job=report,
        cron_schedule="0 6 * * *",
        execution_timezone="Europe/Paris",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Evaluated each day at 6:00 in Paris; runs `report` on the days the session table makes due.",
    )
    def before_sessions(context: ScheduleEvaluationContext) -> list[RunRequest] | SkipReason:
        today = context.scheduled_execution_time.astimezone(PARIS).date()
        due = due_steps(load_reference(paths.seeds).sessions.values(), today)
        todo = [
            step for step in due if not context.instance.get_run_records(RunsFilter(tags={STEP_TAG: step.key}), limit=1)
        ]
        if not todo:
            return SkipReason(f"{today}: {'done: ' + ', '.join(step.key for step in due) if due else 'nothing is due'}")
        return [
            RunRequest(run_key=step.key, partition_key=step.session_code, tags={STEP_TAG: step.key}) for step in todo
        ]

    return before_sessions
