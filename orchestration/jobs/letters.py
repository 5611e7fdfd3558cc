"""The jobs `invite` and `remind`: what partners are written around the day their contributions are due."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast, get_args

from dagster import (
    Config,
    Failure,
    JobDefinition,
    MetadataValue,
    OpDefinition,
    OpExecutionContext,
    ResourceParam,
    RetryRequested,
    StaticPartitionsDefinition,
    op,
)
from dagster import job as dagster_job
from pydantic import Field

from exports.mail import OutboxError, SettingsError
from orchestration.assets import groups
from orchestration.failures import failure
from orchestration.resources import Installation, failing_plainly
from orchestration.services.mailroom.settings import Rules
from orchestration.services.session.letters import INVITATION, Posted, Posting, post_letters
from orchestration.services.warehouse.database import markdown_table

if TYPE_CHECKING:
    from exports.reminders import Kind

RETRIES, SECONDS_BETWEEN = 3, 60
FIX = "Fix what the message names (JALON_SMTP_*, contacts.csv, or the build), then re-execute the run."


class LettersConfig(Config):
    """What may be asked for; JALON_MAIL_PARTNERS decides whether anything leaves."""

    kind: str = Field(default="J-7", description="J-60 (invitation), J-30, J-7, J-1 or J+1 (late list).")


def _letters_op(name: str, default_kind: str | None) -> OpDefinition:
    @op(
        name=name, description="Writes the letters, one file a partner, and mails them where asked.", pool=groups.WRITER
    )
    def letters(context: OpExecutionContext, config: LettersConfig, installation: ResourceParam[Installation]) -> None:
        from exports.marts import MartsError
        from exports.reminders import Kind

        kind = default_kind or config.kind
        if kind not in get_args(Kind):
            raise failure(f"no letter {kind!r}", fix=f"Give `kind` as one of {', '.join(get_args(Kind))}.")
        posting = Posting(context.partition_key, cast("Kind", kind), via=f"run {context.run_id}")
        try:
            really = Rules.from_environment(os.environ).is_on
            with failing_plainly(installation.paths.home):
                posted = post_letters(installation.paths, posting, log=context.log.info, clock=installation.clock)
        except (SettingsError, OutboxError, MartsError) as error:
            raise failure(str(error), fix=FIX) from None
        context.add_output_metadata(
            {
                "letters": len(posted),
                "mailed": really,
                "without_address": sum(not letter.results for letter in posted),
                "folder": MetadataValue.path(str(posted[0].path.parent) if posted else ""),
                "by_partner": MetadataValue.md(
                    markdown_table(["letter", "recipients", "what became of it"], _rows(posted))
                ),
            }
        )
        _fail_where_not_sent(posted, really=really)

    return letters


def letters_jobs(session_codes: Sequence[str]) -> list[JobDefinition]:
    """The two jobs, for the sessions of the reference."""
    partitions = StaticPartitionsDefinition(list(session_codes))
    invitation, letters = _letters_op("write_invitations", INVITATION), _letters_op("write_letters", None)

    @dagster_job(
        name="invite",
        partitions_def=partitions,
        description="The partners' workbooks and their invitations; mailed where asked. `jalon remind`.",
    )
    def invite() -> None:
        invitation()

    @dagster_job(
        name="remind",
        partitions_def=partitions,
        description="Reminders that name what is missing, and the late list for the DNS. `jalon remind`.",
    )
    def remind() -> None:
        letters()

    return [invite, remind]


def _rows(posted: Sequence[Posted]) -> list[tuple[str, str, str]]:
    return [
        (
            letter.name,
            ", ".join(result.recipient.masked for result in letter.results),
            ", ".join(sorted({result.verdict.value for result in letter.results})) or "file only",
        )
        for letter in posted
    ]


def _fail_where_not_sent(posted: Sequence[Posted], *, really: bool) -> None:
    failed = [(letter.name, result) for letter in posted for result in letter.results if not result.is_good]
    if not really or not failed:
        return
    problems = "; ".join(
        f"{name}, {result.recipient.masked}: {result.reason.replace(str(result.recipient), result.recipient.masked)}"
        for name, result in failed
    )
    if all(result.is_transient for _, result in failed):
        raise RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from Failure(problems)
    raise failure(
        problems,
        fix="Fix the address or ask the administrator of the mail server; the others have theirs and get no second.",
    )
