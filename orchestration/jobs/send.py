"""The job `send`: the same as `jalon send`, from the UI, one partition a session. A dry run unless `send` is set."""

from collections.abc import Sequence
from enum import Enum

from dagster import (
    Config,
    Failure,
    JobDefinition,
    MetadataValue,
    OpExecutionContext,
    ResourceParam,
    RetryRequested,
    StaticPartitionsDefinition,
    TableRecord,
    job,
    op,
)
from pydantic import Field

from exports.mail import IfUncertain, Result
from orchestration.resources import Installation, failing_plainly
from orchestration.services.session.sending import SENDING_ERRORS, Order, Sending, send_session, summary

RETRIES = 3
SECONDS_BETWEEN = 60


class Choice(Enum):
    """`IfUncertain`, as the UI offers it."""

    STOP = "stop"
    RESEND = "resend"
    ASSUME_SENT = "assume_sent"


class SendConfig(Config):
    """What is asked for. Addresses typed here are stored with the run; those of JALON_MAIL_TO are not."""

    to: list[str] = Field(default=[], description="Recipients; those of JALON_MAIL_TO when empty.")
    send: bool = Field(default=False, description="Really send. Without it the run lists what would be sent.")
    if_uncertain: Choice = Field(default=Choice.STOP, description="A mail that may have left before a crash.")


@op(
    name="send_deliverables",
    description="Mails the session's deliverables to each recipient who does not have this version.",
)
def send_deliverables(
    context: OpExecutionContext, config: SendConfig, installation: ResourceParam[Installation]
) -> None:
    """Send or show. Fails when a recipient is left without; tries again by itself only where that may help."""
    order = Order(
        context.partition_key,
        config.to,
        really=config.send,
        if_uncertain=IfUncertain(config.if_uncertain.value.replace("_", "-")),
        via=f"run {context.run_id}",
    )
    try:
        with failing_plainly():
            sending = send_session(installation.paths, order, log=context.log.info, clock=installation.clock)
    except SENDING_ERRORS as error:
        raise Failure(description=str(error), allow_retries=False) from None
    context.log.info(summary(sending) if config.send else f"essai, rien n’est parti\u00a0: {summary(sending)}")
    context.add_output_metadata(
        {
            "subject": sending.letter.subject,
            "edition": sending.package.edition,
            "bytes": sending.package.size,
            "dry_run": not config.send,
            "recipients": MetadataValue.table([_row(result) for result in sending.results]),
        }
    )
    _fail_where_not_sent(sending)


def send_job(session_codes: Sequence[str]) -> JobDefinition:
    """The job, for the sessions of the reference."""

    @job(
        name="send",
        partitions_def=StaticPartitionsDefinition(list(session_codes)),
        description="Mails a session's deliverables, once per recipient and version. `jalon send --session CNS-12`.",
    )
    def send() -> None:
        send_deliverables()

    return send


def _fail_where_not_sent(sending: Sending) -> None:
    failed = [result for result in sending.results if not result.is_good]
    if not failed:
        return
    description = "; ".join(f"{result.recipient.masked}\u00a0: {_reason(result)}" for result in failed)
    if sending.is_transient:
        raise RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from Failure(description)
    raise Failure(description=description, allow_retries=False)


def _row(result: Result) -> TableRecord:
    return TableRecord(
        {"recipient": result.recipient.masked, "verdict": result.verdict.value, "reason": _reason(result)}
    )


def _reason(result: Result) -> str:
    """The reason, without the address that a server likes to repeat."""
    return result.reason.replace(str(result.recipient), result.recipient.masked)
