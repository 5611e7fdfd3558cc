"""The calendar as Dagster schedules: one an event, evaluated each morning in Paris, run at most once a planned date."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta

from dagster import (
    DagsterInstance,
    DagsterRun,
    DefaultScheduleStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from orchestration.services.runtime.paths import PARIS, Paths, now
from orchestration.services.session.calendar import Event, EventState, Judged, Occurrence, events_of, judge
from sources.reference.roadmap import Session, load_sessions

MORNING_HOUR = 6
#: the event of the session a run was launched for, whatever its date: `CNS-13:draft`
EVENT_TAG = "jalon/event"
#: the same with its planned date: `CNS-13:draft:2025-06-10`; at most one run is launched for it
KEY_TAG = "jalon/event_key"
#: how long an event that is over is still spoken of by its schedule
REMEMBERED = timedelta(days=30)


def calendar_schedules(
    paths: Paths, known: Collection[str], *, clock: Callable[[], datetime] = now
) -> list[ScheduleDefinition]:
    """A schedule for each event of the calendar. `known` are the sessions this code location has partitions for."""
    return [event_schedule(event, paths, known, clock) for event in events_of()]


def event_schedule(
    event: Event, paths: Paths, known: Collection[str], clock: Callable[[], datetime] = now
) -> ScheduleDefinition:
    """One event of every session.

    The session table is read at each tick: adding a session or moving its date is one reference row. What was done is
    read from the runs themselves, by their tags, so that an event is done once whatever the ticks do.
    """

    @schedule(
        name=f"calendar_{event.name.replace('-', '_')}",
        job_name=event.job,
        cron_schedule=f"0 {MORNING_HOUR} * * *",
        execution_timezone="Europe/Paris",
        default_status=DefaultScheduleStatus.RUNNING,
        tags={"jalon/calendar": event.when},
        description=(
            f"{event.when} of `{event.anchor.value}`: {event.label}. Evaluated each day at 6:00 in Paris; runs "
            f"`{event.job}` when the session table makes it due, up to J{event.last_day:+d} if it was missed."
        ),
    )
    def evaluate(context: ScheduleEvaluationContext) -> list[RunRequest] | SkipReason:
        today = context.scheduled_execution_time.astimezone(PARIS).date()
        if today < last_morning(clock()):
            return SkipReason(f"{today}: a morning missed while the daemon was down; the last one decides")
        sessions = load_sessions(paths.seeds).values()
        planned = [event.of(session) for session in sessions]
        # most mornings are near no event of any session: there is nothing to check then
        near = [
            session
            for session, occurrence in zip(sessions, planned, strict=True)
            if occurrence.planned <= today <= occurrence.last + REMEMBERED
        ]
        judged = judged_events(near, [event], today, context.instance)
        due = [item.occurrence for item in judged if item.state is EventState.DUE]
        unknown = [item.session_code for item in due if item.session_code not in known]
        for code in unknown:
            context.log.warning(f"{code} is in the session table, but not in the code that is loaded: reload it.")
        requests = [_request(item) for item in due if item.session_code in known]
        coming = min((item for item in planned if item.planned > today), key=lambda item: item.planned, default=None)
        return requests or SkipReason(_why(today, judged, unknown, coming))

    return evaluate


def judged_events(
    sessions: Collection[Session], events: Sequence[Event], today: date, instance: DagsterInstance
) -> list[Judged]:
    """The state of each event of each session, by planned date; what was done is read from the instance's runs."""
    pairs = [(session, event.of(session)) for session in sessions for event in events]
    done = launched(instance, [occurrence for _, occurrence in pairs])
    judged = [judge(occurrence, session, today, done.get(occurrence.subject, {})) for session, occurrence in pairs]
    return sorted(judged, key=lambda item: (item.occurrence.planned, item.occurrence.key))


def launched(instance: DagsterInstance, occurrences: Sequence[Occurrence]) -> dict[str, dict[date, DagsterRun]]:
    """The runs launched for these events: subject → planned date → the last run."""
    found: dict[str, dict[date, DagsterRun]] = {}
    wanted = sorted({occurrence.subject for occurrence in occurrences})
    for record in instance.get_run_records(RunsFilter(tags={EVENT_TAG: wanted}), ascending=True) if wanted else ():
        run = record.dagster_run
        planned = date.fromisoformat(run.tags[KEY_TAG].rpartition(":")[2])
        found.setdefault(run.tags[EVENT_TAG], {})[planned] = run
    return found


def last_morning(at: datetime) -> date:
    """The day of the last evaluation that was due at a time."""
    here = at.astimezone(PARIS)
    return here.date() if here.hour >= MORNING_HOUR else here.date() - timedelta(days=1)


def _request(occurrence: Occurrence) -> RunRequest:
    return RunRequest(
        run_key=occurrence.key,
        partition_key=occurrence.session_code,
        run_config=dict(occurrence.event.run_config),
        tags={EVENT_TAG: occurrence.subject, KEY_TAG: occurrence.key},
    )


def _why(today: date, judged: Sequence[Judged], unknown: Sequence[str], coming: Occurrence | None) -> str:
    """Why nothing is launched, in one line: what is too late or was done, and the next date."""
    reasons = [f"{code} is not in the code that is loaded: reload the definitions" for code in unknown]
    reasons += [item.line for item in judged if item.state is not EventState.DUE]
    if coming is not None:
        reasons.append(f"next: {coming.key}")
    return f"{today}: {'; '.join(reasons) or 'nothing is due'}"
