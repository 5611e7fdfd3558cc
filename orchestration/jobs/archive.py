"""The job `archive`: a published session in one file to be stored elsewhere, one partition a session."""

from collections.abc import Sequence

from dagster import JobDefinition, MetadataValue, OpExecutionContext, ResourceParam, StaticPartitionsDefinition, job, op

from orchestration.assets import groups
from orchestration.failures import failure
from orchestration.resources import Installation, failing_plainly
from orchestration.services.session.archive import SessionArchiveError, archive_session

FIX = "Publish the session first; a damaged snapshot is put back from the backup. Then re-execute the run."


@op(description="Archives the published session, once a version.", pool=groups.WRITER)
def archive_published(context: OpExecutionContext, installation: ResourceParam[Installation]) -> None:
    """Archive it, or find it archived. Fails where the session is not published, or not as it was frozen."""
    from exports.snapshot import SnapshotError

    try:
        with failing_plainly(installation.paths.home):
            done = archive_session(installation.paths, context.partition_key, log=context.log.info)
    except (SessionArchiveError, SnapshotError) as error:
        raise failure(str(error), fix=FIX) from None
    context.add_output_metadata(
        {
            "archive": MetadataValue.path(str(done.path)),
            "sha256": done.sha256,
            "version": done.version,
            "files": done.files,
            "new": done.is_new,
            "next": "Copy it to the archives of the ministry, and note its SHA-256 there.",
        }
    )


def archive_job(session_codes: Sequence[str]) -> JobDefinition:
    """The job, for the sessions of the reference."""

    @job(
        name="archive",
        partitions_def=StaticPartitionsDefinition(list(session_codes)),
        description="A published session in one file: what was published, sent and answered, and the audit trail.",
    )
    def archive() -> None:
        archive_published()

    return archive
