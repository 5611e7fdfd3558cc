"""The sensor of the mailbox: a run of `collect` when mails wait there, or when answers are owed.

Looking costs one connection; the mails themselves are read by the run.
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
    """Asks for a run of `collect`, one at a time; does nothing where no mailbox is set."""

    @sensor(
        name="mailbox",
        job=collect,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Collects what came by mail, and sends the answers that are owed.",
    )
    def mailbox(context: SensorEvaluationContext) -> SensorResult:
        asked, moment = Asked.read(context.cursor), clock()
        try:
            settings = ImapSettings.from_environment(environment)
            if settings is None:
                return SensorResult(skip_reason="no mailbox: JALON_IMAP_HOST is not set", cursor=context.cursor)
            what = _waiting(settings) or ("answers" if answers_wait(paths, moment) else "")
        except (SettingsError, ChannelError, ContactsError, LedgerError) as error:
            return SensorResult(skip_reason=str(error), cursor=context.cursor)
        if not what:
            return SensorResult(skip_reason="nothing waits in the mailbox", cursor=Asked().written())
        if asked.covers(what, moment):
            return SensorResult(skip_reason="what waits was tried a short time ago", cursor=context.cursor)
        if context.instance.get_runs(RunsFilter(job_name=collect.name, statuses=_UNDER_WAY), limit=1):
            return SensorResult(skip_reason="mail is being collected", cursor=context.cursor)
        asked = Asked(what, moment.isoformat())
        return SensorResult(run_requests=[RunRequest(run_key=f"{what}@{asked.at}")], cursor=asked.written())

    return mailbox


def _waiting(settings: ImapSettings) -> str:
    """What names the mails that wait now; nothing when there is none."""
    with open_mailbox(replace(settings, timeout=TIMEOUT_SECONDS)) as mailbox:
        uids = [mail.uid for mail in mailbox.waiting() if not mail.is_struck_out]
        said = f"{mailbox.validity}:{','.join(map(str, uids))}"
    return hashlib.sha256(said.encode()).hexdigest()[:16] if uids else ""
