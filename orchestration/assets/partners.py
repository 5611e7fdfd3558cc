"""What partners are sent, the receipt of every drop and the workbooks of a session; and the board of who sent what."""

from collections.abc import Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetSpec,
    Config,
    JobDefinition,
    MaterializeResult,
    MetadataValue,
    OpExecutionContext,
    ResourceParam,
    StaticPartitionsDefinition,
    asset,
    job,
    op,
)
from pydantic import Field

from orchestration.assets import groups
from orchestration.resources import Installation, failing_plainly
from orchestration.services.mailroom.correspondence import HEADERS as MAIL_HEADERS
from orchestration.services.mailroom.correspondence import correspondence_of
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.rereading import reread_lines, rereadings
from orchestration.services.runtime.narrator import Log
from orchestration.services.session.figures import HEADERS, board_of, cells_of
from orchestration.services.warehouse.database import markdown_table
from sources.landing.store import Landing
from sources.landing.unfinished import unfinished

RECEIPTS = AssetSpec(
    "receipts",
    deps=["submissions"],
    group_name=groups.LANDING,
    owners=[groups.DNS],
    kinds={"python", "excel", "json"},
    tags=groups.tags(groups.LANDING, groups.PARTNERS),
    description="""The answer to every drop: the partner's own workbook annotated, and the same as JSON, once a file.

1. take the received workbooks that have no receipt yet (rebuilt ones had no sender and get none), and those that were
   read again with another verdict or another answer;
2. list what the landing has of them, what they change against the partner's earlier drops, what is still expected;
3. write `receipts/<session>/<partner>/`, a file that could not be read included.""",
)


def receipts_given(installation: Installation, log: Log) -> MaterializeResult[Any]:
    """Write the receipts that are owed, under the writer's lock which the caller holds, and list them."""
    paths, reference = installation.paths, installation.reference()
    desk = desk_of(paths, installation.landing(), reference, log)
    received = desk.landing.current("submissions")
    read_again = rereadings(desk.landing, desk.reader, received, desk.folder, paths.memo)
    given = give_receipts(desk, log, read_again)
    log(f"receipts: {len(given)} given")
    rows = [(path.parts[-3], path.parts[-2], path.name) for path in given]
    return MaterializeResult(
        asset_key=RECEIPTS.key,
        metadata={
            "given": len(given),
            "given_now": MetadataValue.md(markdown_table(["session", "partner", "receipt"], rows)),
            "folder": MetadataValue.path(str(paths.receipts)),
        },
    )


@asset(
    key="partner_board",
    deps=["marts_copy"],
    group_name=groups.READERS,
    owners=[groups.DNS],
    kinds={"duckdb", "table"},
    tags=groups.tags(groups.READERS, "dns"),
)
def partner_board(context: AssetExecutionContext, installation: ResourceParam[Installation]) -> MaterializeResult[Any]:
    """Who was to send, sent, on time, has to correct, is done: one table a session, the same as `jalon status`.

    Grain: session × partner. The figures are those of `mart_partner_completeness`, which defines them; beside them what
    passed by mail: by which way files came, invitations, reminders, answers, mails that came back.
    """
    paths, sessions = installation.paths, installation.reference().sessions
    boards = {code: board_of(paths.marts, code) for code in sessions}
    mails = {code: correspondence_of(paths, code) for code in sessions}
    waiting = {code: sum(bool(line.missing or line.to_correct) for line in board) for code, board in boards.items()}
    context.log.info("partner board: " + "; ".join(f"{code}: {count} waited for" for code, count in waiting.items()))
    tables = {
        f"board {code}": markdown_table(
            [*HEADERS, *MAIL_HEADERS], [(*cells_of(line), *mails[code][line.partner].cells) for line in board]
        )
        for code, board in boards.items()
    }
    for code in boards:
        if read_again := reread_lines(installation.paths.receipts, code):
            tables[f"read again {code}"] = markdown_table(["fichiers relus"], [(line.text,) for line in read_again])
    if waiting_files := unfinished(Landing(paths.home)):
        tables["files waiting for a reading"] = markdown_table(["en attente"], [(item.text,) for item in waiting_files])
    return MaterializeResult(
        metadata={
            "dagster/row_count": sum(map(len, boards.values())),
            **{name: MetadataValue.md(table) for name, table in tables.items()},
            **{f"waited for {code}": count for code, count in waiting.items()},
        }
    )


class TemplatesConfig(Config):
    """What may be asked for."""

    partner: str = Field(default="", description="One partner's code; every partner that has actions when empty.")


@op(name="write_templates", description="Writes the partners' pre-filled workbooks of the session.")
def write_templates(
    context: OpExecutionContext, config: TemplatesConfig, installation: ResourceParam[Installation]
) -> None:
    """The same as `jalon templates`. Fails for a partner the reference does not know."""
    from orchestration.services.session.templates import write_templates as write_all

    folder = installation.paths.home / "templates" / context.partition_key
    with failing_plainly():
        write_all(installation.paths, context.partition_key, config.partner or None, folder, context.log.info)
    context.add_output_metadata(
        {"workbooks": len(list(folder.glob("*.xlsx"))), "folder": MetadataValue.path(str(folder))}
    )


def templates_job(session_codes: Sequence[str]) -> JobDefinition:
    """The job, for the sessions of the reference."""

    @job(
        name="templates",
        partitions_def=StaticPartitionsDefinition(list(session_codes)),
        description="The partners' workbooks of a session, pre-filled. `jalon templates --session CNS-13`.",
    )
    def templates() -> None:
        write_templates()

    return templates
