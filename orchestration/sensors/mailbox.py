"""The sensor of the channels: a run of `collect` when mails wait, something remote is new, an answer is owed.

Looking costs one connection each; the run reads mails and files. What is out of reach hides nothing of the others.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from exports.mail import SettingsError
from orchestration.jobs.asset_jobs import collect
from orchestration.services.channels.pulling import new_in
from orchestration.services.mailroom.answering import answers_wait
from orchestration.services.mailroom.contacts import ContactsError
from orchestration.services.mailroom.ledger import LedgerError
from orchestration.services.mailroom.mailbox import ChannelError, open_mailbox
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.runtime.paths import Paths, now

INTERVAL_SECONDS = 60
# A tick is cut off after a minute.
TIMEOUT_SECONDS = 15.0
#: what could not be taken is tried again after so long, not at each tick
TRY_AGAIN_AFTER = timedelta(minutes=10)
_UNDER_WAY = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]


@dataclass(frozen=True)
class Asked:
    """The cursor: for what a run was asked last, and when."""

    what: str = ""
    at: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> "Asked":
        """The cursor's content."""
        return cls(**json.loads(cursor)) if cursor else cls()

    def written(self) -> str:
        """The cursor's text."""
        return json.dumps({"what": self.what, "at": self.at})

    def covers(self, what: str, moment: datetime) -> bool:
        """Whether the same was asked for a short time ago."""
        return self.what == what and bool(self.at) and moment - datetime.fromisoformat(self.at) < TRY_AGAIN_AFTER


def mailbox_sensor(
    paths: Paths, clock: Callable[[], datetime] = now, environment: Mapping[str, str] = os.environ
) -> SensorDefinition:
    """Asks for a run of `collect`, one at a time; does nothing where no channel is set."""

    @sensor(
        name="mailbox",
        job=collect,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Collects what came by mail and lies in remote folders, and sends the answers that are owed.",
    )
    def mailbox(context: SensorEvaluationContext) -> SensorResult:
        asked, moment = Asked.read(context.cursor), clock()
        waits: list[str] = []
        problems: list[str] = []
        for channel in (_mails, _remote_files, _answers):
            try:
                what, faults = channel(paths, clock, environment)
            except (SettingsError, ChannelError, ContactsError, LedgerError) as error:
                what, faults = "", [str(error)]
            waits += [what] if what else []
            problems += faults
        what = "+".join(waits)
        if not what:
            summary = "; ".join(problems)
            cursor = context.cursor if problems else Asked().written()
            return SensorResult(skip_reason=summary or "nothing waits in any channel", cursor=cursor)
        if asked.covers(what, moment):
            return SensorResult(skip_reason="what waits was tried a short time ago", cursor=context.cursor)
        if context.instance.get_runs(RunsFilter(job_name=collect.name, statuses=_UNDER_WAY), limit=1):
            return SensorResult(skip_reason="mail is being collected", cursor=context.cursor)
        asked = Asked(what, moment.isoformat())
        return SensorResult(run_requests=[RunRequest(run_key=f"{what}@{asked.at}")], cursor=asked.written())

    return mailbox


Found = tuple[str, list[str]]


def _mails(_paths: Paths, _clock: Callable[[], datetime], environment: Mapping[str, str]) -> Found:
    """What names the mails that wait now; nothing when there is none."""
    settings = ImapSettings.from_environment(environment)
    if settings is None:
        return "", []
    with open_mailbox(replace(settings, timeout=TIMEOUT_SECONDS)) as mailbox:
        uids = [mail.uid for mail in mailbox.waiting() if not mail.is_struck_out]
        waiting = f"{mailbox.validity}:{','.join(map(str, uids))}"
    return hashlib.sha256(waiting.encode()).hexdigest()[:16] if uids else "", []


def _remote_files(paths: Paths, clock: Callable[[], datetime], environment: Mapping[str, str]) -> Found:
    return new_in(paths, clock, environment)


def _answers(paths: Paths, clock: Callable[[], datetime], environment: Mapping[str, str]) -> Found:
    """Whether an answer to a mail is owed."""
    is_set = bool(environment.get("JALON_IMAP_HOST", "").strip())
    return "answers" if is_set and answers_wait(paths, clock()) else "", []
