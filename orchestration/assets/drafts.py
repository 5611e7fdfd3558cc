"""What the DNS wrote in drafts of the report, from the drop folder to the landing, with an answer to every draft."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)

from orchestration.assets import groups
from orchestration.assets.landing import inbox
from orchestration.resources import Installation
from orchestration.services.reception.ingest import read_all
from orchestration.services.session.drafts import (
    answers,
    give_answers,
    still_refused,
    take_edited_on_the_spot,
)
from orchestration.services.session.drafts_reader import DraftsReader
from orchestration.services.warehouse.database import markdown_table

TAKEN = "every_draft_was_taken"


@asset(
    key="drafts",
    deps=[inbox],
    group_name=groups.LANDING,
    owners=[groups.DNS],
    kinds={"python", "word", "parquet"},
    tags=groups.tags(groups.LANDING),
    check_specs=[
        AssetCheckSpec(TAKEN, asset="drafts", description="No draft that was refused still lies in the drop folder.")
    ],
)
def drafts(
    context: AssetExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """The texts and notes that the DNS wrote in drafts, and the answer to each draft.

    1. archive the reports that were edited where they were delivered, before a render replaces them;
    2. read every draft received: texts whose words no longer bear the mark of their contribution, notes added;
    3. answer in `receipts/<session>/DNS/`, a file that is no draft included.

    A draft that was refused is reported at each run until it is taken out of the drop folder or replaced.
    """
    log, paths = context.log.info, installation.paths
    with installation.writing(log):
        landing, reference = installation.landing(), installation.reference()
        take_edited_on_the_spot(paths, landing, reference.sessions, installation.clock, log)
        reader = DraftsReader(paths, reference)
        done = read_all(landing, reader, log)
        returned = answers(landing, reader)
        given = give_answers(paths.home / "receipts", returned, reference.sessions, log)
        refused = [(item.reception.file_name, item.refused) for item in still_refused(returned, paths.inbox)]
    log(f"drafts: {done.summary()}")
    rows = [(answer.session_code, answer.reception.file_name, len(answer.edited)) for answer in returned]
    yield MaterializeResult(
        metadata={
            "read": len(done.read),
            "dagster/row_count": len(returned),
            "drafts": MetadataValue.md(markdown_table(["session", "file", "texts edited"], rows)),
            "answers_given": MetadataValue.md("\n".join(f"- {path}" for path in given)),
        },
        check_results=[
            AssetCheckResult(
                passed=not refused,
                asset_key=AssetKey("drafts"),
                check_name=TAKEN,
                severity=AssetCheckSeverity.WARN,
                metadata={"refused": MetadataValue.md(markdown_table(["file", "reason"], refused))},
            )
        ],
    )
