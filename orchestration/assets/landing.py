"""From the drop folder to schema `raw`: archive, read, load. Nothing here knows what a workbook looks like."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
    multi_asset,
)
from pydantic import Field

from orchestration.assets import groups
from orchestration.assets.partners import RECEIPTS, receipts_given
from orchestration.resources import Installation
from orchestration.services.audit.trail import settle_decided, settle_dropped
from orchestration.services.reception import judging
from orchestration.services.reception.decisions_reader import DecisionsReader, refusals
from orchestration.services.reception.documents_reader import DocumentsReader
from orchestration.services.reception.ingest import ReadFiles, current_readings, read_all, receive_all
from orchestration.services.reception.previous import in_session_order, known_before
from orchestration.services.reception.readers import readers
from orchestration.services.reception.reading_pool import ReadingPool
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.narrator import Log
from orchestration.services.session.drafts import channel_of
from orchestration.services.session.figures import received_table, rows_of_submissions, submissions_table
from orchestration.services.warehouse.content import altered_tables, note_content
from orchestration.services.warehouse.database import markdown_table, preview, remove_warehouse
from sources.landing.drops import InboxError, Problem, list_drops
from sources.landing.load import TABLES, load_raw
from sources.landing.rows import rows_of
from sources.landing.store import QUARANTINED_TABLE, Landing, Reception
from sources.landing.tables import COLUMNS

READABLE = "every_file_was_readable"
TAKEABLE = "every_dropped_file_can_be_taken"
SUBMISSIONS = AssetKey("submissions")
COMPLETE = "every_decision_is_complete"


class InboxConfig(Config):
    """What a run may ask of the drop folder."""

    take_new: bool = Field(default=True, description="False: take nothing new, work with what was received.")


class RawConfig(Config):
    """What a run may ask of schema `raw`."""

    from_scratch: bool = Field(
        default=False, description="True: delete warehouse.duckdb and load it again from the landing."
    )


@asset(
    key="inbox",
    deps=["mailbox", "remote_folders"],
    group_name=groups.INBOX,
    owners=[groups.ENGINEERS],
    kinds={"python", "file"},
    pool=groups.WRITER,
    tags=groups.tags(groups.INBOX),
    check_specs=[AssetCheckSpec(TAKEABLE, asset="inbox", description="Everything in the drop folder can be taken.")],
)
def inbox(
    context: AssetExecutionContext, config: InboxConfig, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """Received files, archived by SHA-256 with the time and the way they came.

    1. list the drop folder (lock files and half-copied files are left alone);
    2. archive what the landing does not have, the file first, then its reception.

    A file dropped twice is taken once; a file still being written waits for the next round.
    """
    log = context.log.info
    with installation.writing(log):
        landing = installation.landing()
        if not config.take_new:
            _note_received(context, installation, landing)
            log("inbox: not listed")
            problems: list[Problem] = []
            with suppress(InboxError):
                problems = list_drops(installation.paths.inbox).problems
            yield MaterializeResult(
                metadata={"received": len(landing.receptions())},
                check_results=[_takeable([problem.text for problem in problems])],
            )
            return
        taken = receive_all(installation.paths.inbox, landing, installation.clock, log, channel_of)
        _note_received(context, installation, landing)
        log(f"inbox: {len(taken.new)} new, {taken.known} received before")
        if any(reception.channel == "submissions" for reception in taken.new):
            judging.start()
        yield MaterializeResult(
            metadata={
                "new": len(taken.new),
                "received_before": taken.known,
                "found_again_elsewhere": len(taken.again),
                "left_for_next_time": len(taken.left),
                "not_taken": MetadataValue.md(markdown_table(["path and reason"], [(line,) for line in taken.left])),
                "dagster/row_count": len(landing.receptions()),
                "new_files": _files_table(taken.new),
                "drop_folder": MetadataValue.path(str(installation.paths.inbox)),
            },
            check_results=[_takeable(taken.left)],
        )


@multi_asset(
    name="submissions",
    pool=groups.WRITER,
    can_subset=True,
    specs=[
        AssetSpec(
            SUBMISSIONS,
            deps=[inbox],
            group_name=groups.LANDING,
            owners=[groups.ENGINEERS],
            kinds={"python", "excel", "parquet"},
            tags=groups.tags(groups.LANDING),
            skippable=True,
            description="""The answers of partners: accepted rows in the landing, refused ones in the quarantine.

One reading a file and reader version, written once as Parquet; the same file is read again only when the workbook
schema, the reader or the reference it is judged against changed. Earlier sessions are read first: a workbook is judged
against what the session before knew.""",
        ),
        RECEIPTS.replace_attributes(skippable=True),
    ],
    check_specs=[AssetCheckSpec(READABLE, asset=SUBMISSIONS, description="No workbook made its reader fail.")],
)
def submissions(
    context: AssetExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """Read what partners sent, and answer them at once: nobody waits for the checks that stop a defect of ours.

    The receipts are in one step with the readings for that reason, and can be asked for alone.
    """
    asked, log = context.selected_asset_keys, context.log.info
    with installation.writing(log):
        if SUBMISSIONS in asked:
            yield _submissions_read(installation, log)
        if RECEIPTS.key in asked:
            yield receipts_given(installation, log)


def _submissions_read(installation: Installation, log: Log) -> MaterializeResult[Any]:
    reference, landing = installation.reference(), installation.landing()
    reader = SubmissionsReader(installation.paths, reference, known_before(installation.paths, reference))
    pool = ReadingPool(installation.paths, "submissions")
    done = read_all(landing, reader, log, in_session_order(reference), pool)
    judged = rows_of([landing.reading(reception, reader.key) for reception in done.read], "submission")
    log(f"submissions: {done.summary()}")
    result = _read_result(done, "submissions")
    counts = {**rows_of_submissions(judged), "submissions": MetadataValue.md(submissions_table(judged))}
    return result._replace(asset_key=SUBMISSIONS, metadata={**(result.metadata or {}), **counts})


@asset(
    key="documents",
    deps=[inbox],
    group_name=groups.LANDING,
    owners=[groups.ENGINEERS],
    kinds={"python", "pdf", "parquet"},
    pool=groups.WRITER,
    tags=groups.tags(groups.LANDING),
    check_specs=[AssetCheckSpec(READABLE, asset="documents", description="No document made its reader fail.")],
)
def documents(
    context: AssetExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """The facts of published documents: actions, targets, quantities, each with its quote and place.

    One reading a file, extractor version and set of matchers, written once as Parquet.
    """
    with installation.writing(context.log.info):
        reader = DocumentsReader(installation.paths, installation.reference())
        pool = ReadingPool(installation.paths, "documents")
        done = read_all(installation.landing(), reader, context.log.info, pool=pool)
    context.log.info(f"documents: {done.summary()}")
    yield _read_result(done, "documents")


@asset(
    key="decisions",
    deps=[inbox],
    group_name=groups.LANDING,
    owners=[groups.DNS],
    kinds={"python", "excel", "parquet"},
    pool=groups.WRITER,
    tags=groups.tags(groups.LANDING),
    check_specs=[
        AssetCheckSpec(READABLE, asset="decisions", description="Every file of decisions is a review."),
        AssetCheckSpec(COMPLETE, asset="decisions", description="Every decision has its role, its date, its reason."),
    ],
)
def decisions(
    context: AssetExecutionContext, installation: ResourceParam[Installation]
) -> Iterator[MaterializeResult[Any]]:
    """What the DNS decided on facts, conflicts, statuses and values, with author role, date and reason.

    A row without one of them decides nothing: it is reported and set aside, with its cell and the fix.
    """
    with installation.writing(context.log.info):
        landing, reader = installation.landing(), DecisionsReader(installation.paths)
        done = read_all(landing, reader, context.log.info)
        for line in refusals(landing, [landing.reading(reception, reader.key) for reception in done.read]):
            context.log.warning(line)
        readings = current_readings(landing, [reader])
        refused = rows_of(readings, QUARANTINED_TABLE)
        settle_decided(installation.paths, readings, via=_via(context), clock=installation.clock)
    context.log.info(f"decisions: {done.summary()}")
    result = _read_result(done, "decisions")
    yield result._replace(check_results=[*(result.check_results or []), _completeness(refused)])


def _note_received(context: AssetExecutionContext, installation: Installation, landing: Landing) -> None:
    settle_dropped(installation.paths, landing, via=_via(context), clock=installation.clock)


def _takeable(left: Sequence[str]) -> AssetCheckResult:
    """The paths of the drop folder that were not taken, each with its fix."""
    return AssetCheckResult(
        passed=not left,
        asset_key=AssetKey("inbox"),
        check_name=TAKEABLE,
        severity=AssetCheckSeverity.WARN,
        metadata={"not_taken": MetadataValue.md(markdown_table(["path, reason and fix"], [(line,) for line in left]))},
    )


def _via(context: AssetExecutionContext) -> str:
    """The audit trail's author of an act: the command, else the run of the UI, a sensor or a schedule."""
    command = context.run.tags.get("jalon/command")
    return f"jalon {command.removeprefix('jalon ')}" if command else f"run {context.run_id}"


def _completeness(refused: Sequence[Mapping[str, Any]]) -> AssetCheckResult:
    """The rows of reviews that decide nothing, for whoever filled them in."""
    where = [(row["sheet"], row["cell"], row["received"], row["message"], row["fix"]) for row in refused]
    table = markdown_table(["sheet", "cell", "received", "expected", "fix"], where)
    return AssetCheckResult(
        passed=not refused,
        asset_key=AssetKey("decisions"),
        check_name=COMPLETE,
        severity=AssetCheckSeverity.WARN,
        metadata={"rows_refused": len(refused), "refused": MetadataValue.md(table)},
    )


def raw_assets() -> AssetsDefinition:
    """Schema `raw`, one asset a table: the sources of the dbt project."""
    read_by = {table: [key for key, tables in TABLES.items() if table in tables] for table in COLUMNS}

    @multi_asset(
        name="raw",
        pool=groups.WRITER,
        specs=[
            AssetSpec(
                AssetKey(["raw", table]),
                deps=[AssetKey(channel) for channel in read_by[table]],
                group_name=groups.RAW,
                owners=[groups.ENGINEERS],
                kinds={"duckdb", "table"},
                tags=groups.tags(groups.RAW),
                description=f"Landing table `{table}`: exactly the columns of sources/landing/tables.py.",
            )
            for table in COLUMNS
        ],
    )
    def raw(
        context: AssetExecutionContext, config: RawConfig, installation: ResourceParam[Installation]
    ) -> Iterator[MaterializeResult[Any]]:
        """Load the readings that are not loaded yet; take out those replaced by a newer reader's."""
        log = context.log.info
        with installation.writing(log):
            if config.from_scratch:
                remove_warehouse(installation.paths.warehouse)
                log("warehouse: deleted, loaded again from the landing")
            elif altered := _altered(installation, log):
                remove_warehouse(installation.paths.warehouse)
                named = ", ".join(altered[:3]) + ("…" if len(altered) > 3 else "")
                log(f"warehouse: altered outside of Jalon ({named}); deleted, loaded again from the landing")
            wanted = current_readings(installation.landing(), readers(installation.paths, installation.reference()))
            with installation.warehouse(log) as connection:
                loaded = load_raw(connection, wanted)
                previews = {table: preview(connection, f"raw.{table}") for table in COLUMNS}
                received = received_table(connection)
                note_content(connection)
        unchanged = ", nothing to load" if loaded.is_unchanged else ""
        log(f"raw: {loaded.added} readings loaded, {loaded.removed} replaced{unchanged}")
        for table, content in previews.items():
            yield MaterializeResult(
                asset_key=AssetKey(["raw", table]),
                data_version=DataVersion(loaded.digest[:16]),
                metadata={
                    "dagster/row_count": content.rows,
                    "preview": MetadataValue.md(content.markdown),
                    "readings_loaded": loaded.added,
                    "readings_replaced": loaded.removed,
                    **({"received": MetadataValue.md(received)} if table == "submission" else {}),
                },
            )

    return raw


def _altered(installation: Installation, log: Log) -> list[str]:
    """The tables of the warehouse that are not as the last build left them."""
    if not installation.paths.warehouse.exists():
        return []
    with installation.warehouse(log) as connection:
        return altered_tables(connection)


def _files_table(receptions: Sequence[Reception]) -> MetadataValue[Any]:
    rows = [
        (item.file_name, item.folder, item.received_at.isoformat(), item.origin, item.size, item.sha256[:12])
        for item in receptions
    ]
    return MetadataValue.md(markdown_table(["file", "folder", "received at", "origin", "bytes", "sha-256"], rows))


def _read_result(done: ReadFiles, key: str) -> MaterializeResult[Any]:
    unreadable = [*done.unreadable.items(), *((item.place, f"waiting: {item.reason}") for item in done.waiting)]
    return MaterializeResult(
        metadata={
            "read": len(done.read),
            "read_before": done.known,
            "unreadable": len(unreadable),
            "dagster/row_count": len(done.read) + done.known,
            "read_files": _files_table(done.read),
        },
        check_results=[
            AssetCheckResult(
                passed=not unreadable,
                asset_key=AssetKey(key),
                check_name=READABLE,
                severity=AssetCheckSeverity.WARN,
                metadata={
                    "unreadable": MetadataValue.md(markdown_table(["file", "reason"], unreadable)),
                    "fix": "Ask for the file again, or fix the reader; the other files are not held up. A file that "
                    "waits is read again by each run; when it goes on waiting, check the machine's memory and log.",
                },
            )
        ],
    )
