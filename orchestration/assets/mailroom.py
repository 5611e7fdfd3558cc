"""The mailbox, the remote folders and what is answered, as assets: what came, what became of it, what left."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    Config,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)
from pydantic import Field

from exports.mail import OutboxError, SettingsError
from orchestration.assets import groups
from orchestration.failures import failure
from orchestration.resources import Installation, failing_plainly
from orchestration.services.channels.answering import place_answers
from orchestration.services.channels.pulling import pull
from orchestration.services.mailroom.answering import Answered, Sending, send_answers
from orchestration.services.mailroom.collecting import collect_mail
from orchestration.services.mailroom.contacts import FILE_NAME, ContactsError
from orchestration.services.mailroom.judging import circumstances_of
from orchestration.services.mailroom.ledger import open_ledger
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.warehouse.database import markdown_table

ALL_LEFT = "every_answer_left"
ALL_REACHED = "every_remote_folder_answers"
LAST_MAILS = 50
FIX = (
    "Fix what the message names (JALON_IMAP_*, contacts.csv), then re-execute the run; what waits stays in the mailbox."
)


class AnswersConfig(Config):
    """What a run may ask of the answers."""

    after_reading: bool = Field(
        default=True, description="False: the files that came were not read in this run, those without a reading wait."
    )


@asset(
    key="mailbox",
    group_name=groups.MAIL,
    owners=[groups.ENGINEERS],
    kinds={"python", "email"},
    tags=groups.tags(groups.MAIL, groups.PARTNERS),
)
def mailbox(context: AssetExecutionContext, installation: ResourceParam[Installation]) -> MaterializeResult[Any]:
    """What partners and the DNS sent by mail, put into the drop folder. Grain: one mail.

    1. list the mailbox; 2. open each mail in a try of its own, and judge who sent it; 3. put its files into the drop
    folder, record the mail, move it away. A mail that was recorded is never taken again, whatever is launched twice.
    """
    with failing_plainly(installation.paths.home):
        try:
            settings = ImapSettings.from_environment(os.environ)
            if settings is None:
                context.log.info("no mailbox: JALON_IMAP_HOST is not set")
                return MaterializeResult(metadata={"mailbox": "none: JALON_IMAP_HOST is not set"})
            circumstances = circumstances_of(installation.paths, clock=installation.clock)
            done = collect_mail(circumstances, settings, context.log.info)
        except SettingsError as error:
            raise failure(str(error), fix=FIX) from None
    context.log.info(done.summary())
    with open_ledger(installation.paths.home) as ledger:
        mails = ledger.mails()
    rows = [
        (mail.arrived_at[:16], mail.partner, mail.outcome.value, mail.reason, mail.authenticity, mail.folder)
        for mail in reversed(mails[-LAST_MAILS:])
    ]
    header = ["arrived at", "partner", "outcome", "reason", "authenticated", "moved to"]
    return MaterializeResult(
        metadata={
            "dagster/row_count": len(mails),
            "files": done.files,
            "left_in_the_mailbox": len(done.left),
            **{f"new_{name}": count for name, count in done.outcomes.items()},
            "last_mails": MetadataValue.md(markdown_table(header, rows)),
        }
    )


@asset(
    key="remote_folders",
    group_name=groups.MAIL,
    owners=[groups.ENGINEERS],
    kinds={"python", "file"},
    tags=groups.tags(groups.MAIL, groups.PARTNERS),
    check_specs=[
        AssetCheckSpec(ALL_REACHED, asset="remote_folders", description="Every folder of channels.csv could be read.")
    ],
)
def remote_folders(
    context: AssetExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """What partners put into their remote folders, put into the drop folder. Grain: one file.

    1. list each folder of channels.csv twice; 2. read what lies still, is whole and is new; 3. put it into the drop
    folder, note it. Nothing is deleted there. A folder out of reach holds up no other.
    """
    with failing_plainly(installation.paths.home):
        done = pull(installation.paths, installation.clock, context.log.info)
    context.log.info(done.summary())
    yield MaterializeResult(
        metadata={"folders": done.folders, "files": done.taken, "waiting": len(done.waiting)},
        check_results=[
            AssetCheckResult(
                passed=not done.problems,
                asset_key="remote_folders",
                check_name=ALL_REACHED,
                severity=AssetCheckSeverity.WARN,
                metadata={
                    "problems": MetadataValue.md("\n".join(f"- {problem}" for problem in done.problems)),
                    "fix": "`jalon doctor` tries each; correct channels.csv, the variable it names, or the server.",
                },
            )
        ],
    )


@asset(
    key="answers",
    deps=["mailbox", "remote_folders", "receipts", "decisions", "documents", "drafts"],
    group_name=groups.MAIL,
    owners=[groups.DNS],
    kinds={"python", "email"},
    tags=groups.tags(groups.MAIL, groups.PARTNERS),
    check_specs=[AssetCheckSpec(ALL_LEFT, asset="answers", description="No answer was refused, lost or uncertain.")],
)
def answers(
    context: AssetExecutionContext, config: AnswersConfig, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """Receipts by mail, in the thread of the mail they answer; notices to the DNS; and receipts in `reponses/`.

    Grain: one answer to one address. Each leaves once, by the outbox; nothing leaves unless JALON_MAIL_PARTNERS is on.
    A mail server that does not answer holds up no report: what is owed leaves with the next run.
    """
    placed = place_answers(installation.paths, context.log.info)
    for problem in placed.problems:
        context.log.error(problem)
    if not (installation.paths.home / FILE_NAME).exists():
        yield _result(Answered(), "nobody to write to: there is no contacts.csv")
        return
    sending = Sending(via=f"run {context.run.run_id}", is_read=config.after_reading)
    with failing_plainly(installation.paths.home):
        try:
            circumstances = circumstances_of(installation.paths, clock=installation.clock)
            answered = send_answers(circumstances, sending, context.log.info)
        except (ContactsError, SettingsError, OutboxError) as error:
            answered = Answered(problems=[str(error)])
    context.log.info(answered.summary())
    for problem in answered.problems:
        context.log.error(problem)
    yield _result(answered, answered.summary())


def _result(answered: Answered, summary: str) -> MaterializeResult[Any]:
    counts: Counter[str] = answered.verdicts
    return MaterializeResult(
        metadata={
            "dagster/row_count": counts.total(),
            "summary": summary,
            "dry_run": answered.is_dry,
            "put_off": answered.later,
            **dict(counts),
        },
        check_results=[
            AssetCheckResult(
                passed=not answered.problems,
                asset_key="answers",
                check_name=ALL_LEFT,
                severity=AssetCheckSeverity.WARN,
                metadata={
                    "problems": MetadataValue.md("\n".join(f"- {problem}" for problem in answered.problems)),
                    "fix": "An uncertain one: `jalon collect --if-uncertain assume-sent` (or `resend`).",
                },
            )
        ],
    )
