"""The job `publish`: the same as `jalon publish`, from the UI, one partition a session."""

from collections.abc import Sequence

from dagster import (
    AssetCheckKey,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    Config,
    DagsterInstance,
    Failure,
    JobDefinition,
    MetadataValue,
    OpExecutionContext,
    ResourceParam,
    StaticPartitionsDefinition,
    job,
    op,
)
from pydantic import Field

from orchestration.assets import groups
from orchestration.resources import Installation, failing_plainly
from orchestration.services.session.publishing import Order, PublishingError, publish_session
from orchestration.services.session.waivers import WaiverOrder

PUBLISHED = AssetKey(["deliverables", "published"])


class PublishConfig(Config):
    """What is asked for."""

    waive: list[str] = Field(default=[], description="Partners or actions whose missing contribution is accepted.")
    reasons: list[str] = Field(default=[], description="Why: one reason for all, or one each.")
    role: str = Field(default="DNS", description="Who accepts, as a role.")
    erratum: str = Field(default="", description="Why a published session is corrected.")


def failed_blocking_checks(instance: DagsterInstance, keys: Sequence[AssetCheckKey], session_code: str) -> list[str]:
    """The checks whose last evaluation failed with severity ERROR, the severity of a check that blocks.

    A check of one session's files has the session in its metadata: another session's is left out.
    """
    last = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    found = []
    for key, record in last.items():
        evaluation = record.event.asset_check_evaluation if record.event and record.event.dagster_event else None
        if evaluation is None or evaluation.passed or evaluation.severity is not AssetCheckSeverity.ERROR:
            continue
        session = evaluation.metadata.get("session")
        if session is None or session.value == session_code:
            found.append(f"{key.asset_key.to_user_string()} : {key.name}")
    return sorted(found)


def publish_job(session_codes: Sequence[str], check_keys: Sequence[AssetCheckKey]) -> JobDefinition:
    """The job, for the sessions of the reference; `check_keys` are the checks that may stop it."""

    @op(
        name="publish_session",
        description="Freezes the next version of the session, or lists everything that blocks.",
        pool=groups.WRITER,
    )
    def publish(context: OpExecutionContext, config: PublishConfig, installation: ResourceParam[Installation]) -> None:
        order = Order(
            context.partition_key,
            WaiverOrder(config.waive, config.reasons, config.role),
            config.erratum,
            via=context.run.tags.get("jalon/command") or f"run {context.run_id}",
        )
        failed = failed_blocking_checks(context.instance, check_keys, context.partition_key)
        try:
            with failing_plainly():
                done = publish_session(
                    installation.paths, order, failed_checks=failed, log=context.log.info, clock=installation.clock
                )
        except PublishingError as error:
            raise Failure(description=str(error), allow_retries=False) from None
        context.log_event(
            AssetMaterialization(
                PUBLISHED,
                partition=order.session_code,
                description="The published version, frozen for good.",
                metadata={
                    "version": done.version,
                    "new": done.is_new,
                    "snapshot": MetadataValue.path(str(done.folder)),
                    "files": MetadataValue.md("\n".join(f"- {path}" for path in done.files)),
                    "warnings": MetadataValue.md("\n".join(f"- {line}" for line in done.warnings)),
                },
            )
        )

    @job(
        name="publish",
        partitions_def=StaticPartitionsDefinition(list(session_codes)),
        description="Freezes a session for good, or corrects it by an erratum. `jalon publish --session CNS-12`.",
    )
    def publish_a_session() -> None:
        publish()

    return publish_a_session
