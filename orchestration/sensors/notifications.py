"""The sensor of notices: runs that failed, reports that made new deliverables, files that wait.

Not one of Dagster's run-failure sensors, for two reasons: they go on after an error, so that a notice is lost when the
mail server is down for the night; and they see neither the runs of the command line nor those whose code is gone.
This one writes what was sent in its cursor and tries the rest again at each tick, for a day.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from exports.mail import SettingsError
from orchestration.sensors.drop_folder import FOLLOWS_TAG
from orchestration.services.backup.last_backup import backup_words, last_backup
from orchestration.services.reception.ingest import READ_AGAIN
from orchestration.services.runtime.failures import failure_reason
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.headline import what_it_says
from orchestration.services.session.notifications import Channel, Notice, NotificationError, channels_from
from sources.landing.store import Landing
from sources.landing.unfinished import noted_at, unfinished

INTERVAL_SECONDS = 60
#: how far back each tick reads again, for runs that ended while the last one was at work
OVERLAP = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=1)
RUNS_A_TICK = 50
COMMAND_TAG = "jalon/command"
PARTITION_TAG = "dagster/partition"
DELIVERABLES_PREFIX = "deliverables"
FILE_WAITING = "file_waiting"


@dataclass
class Cursor:
    """The cursor: since when runs are reported, up to when all were, and which ones were since."""

    begun: datetime
    since: datetime
    sent: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, cursor: str | None, today: datetime) -> "Cursor":
        """The cursor's content; a sensor that was just switched on reports nothing of the past."""
        if not cursor:
            return cls(today, today)
        content = json.loads(cursor)
        begun, since = (datetime.fromisoformat(content[name]) for name in ("begun", "since"))
        return cls(begun, since, set(content.get("sent", [])))

    def written(self) -> str:
        """The cursor's text."""
        return json.dumps({"begun": self.begun.isoformat(), "since": self.since.isoformat(), "sent": sorted(self.sent)})


def notification_sensor(
    clock: Callable[[], datetime] = now, environment: Mapping[str, str] = os.environ
) -> SensorDefinition:
    """Sends each notice once by every channel of the environment; does nothing where there is none."""

    @sensor(
        name="run_notifications",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Mails or posts each failed run, set of new deliverables (with the link) and file left unread.",
    )
    def run_notifications(context: SensorEvaluationContext) -> SensorResult:
        cursor = Cursor.read(context.cursor, clock())
        try:
            channels = channels_from(environment, clock)
        except SettingsError as error:
            return SensorResult(skip_reason=str(error), cursor=cursor.written())
        if not channels:
            # What happens while nobody is to be notified is not reported later either.
            reason = "nobody to notify: JALON_NOTIFY_TO and JALON_NOTIFY_WEBHOOK are not set"
            return SensorResult(skip_reason=reason, cursor=Cursor(clock(), clock()).written())
        problems = _send_all(context.instance, cursor, channels, clock())
        for problem in problems:
            context.log.error(problem)
        reason = "; ".join(problems) or "every run that ended is reported"
        return SensorResult(skip_reason=reason, cursor=cursor.written())

    return run_notifications


def _send_all(instance: DagsterInstance, cursor: Cursor, channels: list[Channel], today: datetime) -> list[str]:
    """Report what was not reported, move the cursor, and return what went wrong."""
    records = _ended(instance, cursor)
    paths = Paths.from_environment()
    backup = backup_words(last_backup(paths), today)
    notices = [
        (record.dagster_run.run_id, _utc(record.update_timestamp), _notice(instance, record)) for record in records
    ]
    waiting_files = list(_waiting_files(paths))
    problems: list[str] = []
    broken: set[str] = set()
    waiting: list[datetime] = []
    for name, ended, notice in [*notices, *waiting_files]:
        if notice is None:
            continue
        for channel in channels:
            key = f"{name}:{channel.name}"
            if key in cursor.sent:
                continue
            if channel.name not in broken:
                problem = _send_problem(channel, replace(notice, backup=backup))
                if problem is None:
                    cursor.sent.add(key)
                    continue
                broken.add(channel.name)
                problems.append(problem)
            if notice.event == FILE_WAITING:  # it is seen again at the next tick while it waits
                continue
            if today - ended > GIVE_UP_AFTER:
                problems.append(f"{channel.name}: run {notice.run_id[:8]} given up after a day")
                cursor.sent.add(key)
            else:
                waiting.append(ended)
    listed = {name for name, _, _ in [*notices, *waiting_files]}
    cursor.sent = {key for key in cursor.sent if key.partition(":")[0] in listed}
    cursor.since = min([*waiting, max([cursor.since, *(_utc(record.update_timestamp) for record in records)])])
    return problems


def _waiting_files(paths: Paths) -> Iterator[tuple[str, datetime, Notice]]:
    """The files that several readings were begun of and none ended, each reported once while it waits.

    By partner and first digits: a notice leaves the installation, and the name of a file may be a person's.
    """
    landing = Landing(paths.home)
    for item in unfinished(landing):
        if item.readings >= READ_AGAIN:
            reason = f"{item.readings} lectures interrompues ({item.reason})"
            noted = datetime.fromtimestamp(noted_at(landing, item), UTC)
            yield item.sha256, noted, Notice(FILE_WAITING, "", "", reason=reason, files=(item.reference,))


def _send_problem(channel: Channel, notice: Notice) -> str | None:
    try:
        channel.send(notice)
    except NotificationError as error:
        return f"{channel.name}: {error} Tried again at the next tick."
    return None


def _ended(instance: DagsterInstance, cursor: Cursor) -> list[RunRecord]:
    """Runs that ended since the cursor, in the order they did."""
    after = max(cursor.begun, cursor.since - OVERLAP)
    statuses = [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    return list(
        instance.get_run_records(
            RunsFilter(statuses=statuses, updated_after=after),
            limit=RUNS_A_TICK,
            order_by="update_timestamp",
            ascending=True,
        )
    )


def _notice(instance: DagsterInstance, record: RunRecord) -> Notice | None:
    """The notice of a run; None for one that is of no concern to anybody who did not start it."""
    run = record.dagster_run
    session = run.tags.get(PARTITION_TAG, "")
    if run.status is DagsterRunStatus.FAILURE:
        if COMMAND_TAG in run.tags:  # its user sees it on the screen
            return None
        return Notice("run_failed", run.run_id, run.job_name, session, reason=_failure(instance, run.run_id))
    if FOLLOWS_TAG in run.tags:  # a draft made again at each drop, which nobody waits to hear of
        return None
    files = tuple(_new_files(instance, run.run_id))
    if not files:
        return None
    headline, blockers = what_it_says(Paths.from_environment(), session)
    return Notice(
        "deliverables_ready", run.run_id, run.job_name, session, files=files, headline=headline, blockers=blockers
    )


def _failure(instance: DagsterInstance, run_id: str) -> str:
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        if entry.dagster_event is not None:
            return _with_fix(entry.dagster_event.step_failure_data)
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.RUN_FAILURE):
        return entry.user_message or entry.get_dagster_event().message or ""
    return ""


def _with_fix(failed: Any) -> str:
    """The failure's own words, and its fix."""
    data = failed.user_failure_data
    fix = data.metadata.get("fix") if data is not None else None
    return f"{failure_reason(failed)}\n\n{fix.value}" if fix is not None else failure_reason(failed)


def _new_files(instance: DagsterInstance, run_id: str) -> Iterator[str]:
    """The deliverables the run wrote anew."""
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION):
        made = entry.asset_materialization
        if made is None or made.asset_key.path[0] != DELIVERABLES_PREFIX:
            continue
        unchanged, path = made.metadata.get("unchanged"), made.metadata.get("path")
        if path is not None and not (unchanged is not None and unchanged.value):
            yield str(path.value).rpartition("/")[2]


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
