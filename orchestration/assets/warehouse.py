"""The dbt project as assets and checks, and the copy of the marts that readers open."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    DataVersion,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    TableColumnDep,
    TableColumnLineage,
    asset,
    multi_asset,
)

from orchestration.assets import groups
from orchestration.assets.dbt_specs import UNIQUE_ID, DbtCheck, asset_specs, checks
from orchestration.failures import failure
from orchestration.resources import Installation
from orchestration.services.reception.effects import add_changes_to_receipts
from orchestration.services.session.figures import plots, status_counts, status_table
from orchestration.services.warehouse.database import (
    build_digest,
    copy_marts,
    is_copy_of,
    markdown_table,
    marts_digest,
    remove_warehouse,
)
from orchestration.services.warehouse.dbt_build import NodeResult
from orchestration.services.warehouse.refresh import Refreshed, refresh

MARTS = "marts"
NO_BUILD = "incomplete build"


def build_warehouse_assets(manifest_path: Path, freshness: FreshnessPolicy | None = None) -> list[AssetsDefinition]:
    """Seeds, models and tests of the manifest, and the readers' copy of the marts with its deadline."""
    specs, tests = asset_specs(manifest_path), checks(manifest_path)

    @multi_asset(
        name="dbt", specs=specs, check_specs=[test.spec for test in tests], can_subset=True, pool=groups.WRITER
    )
    def dbt(context: AssetExecutionContext, installation: ResourceParam[Installation]) -> Iterator[Any]:
        """Seeds, models and data tests, by dbt in process.

        All that changed since the last build is built and tested, and nothing else; the results of the rest are
        shown again as they were. A run that selects some models shows those alone.
        """
        shown = {spec.metadata[UNIQUE_ID]: spec for spec in specs if spec.key in context.selected_asset_keys}
        with installation.writing(context.log.info):
            done = refresh(installation.paths, shown, context.log.info)
        yield from _materialized(shown, done)
        asked = context.selected_asset_check_keys
        yield from _checked([test for test in tests if test.key in asked], done.results)
        _stop_on_failure(done.failed)

    marts_models = [spec.key for spec in specs if spec.group_name == MARTS]

    @asset(
        key="marts_copy",
        deps=marts_models,
        group_name=groups.READERS,
        owners=[groups.ENGINEERS],
        kinds={"duckdb", "file"},
        pool=groups.WRITER,
        tags=groups.tags(groups.READERS),
        freshness_policy=freshness,
    )
    def marts_copy(context: AssetExecutionContext, installation: ResourceParam[Installation]) -> MaterializeResult[Any]:
        """`jalon.duckdb`: schema `marts` alone, replaced at once, that readers may hold open as long as they like."""
        paths = installation.paths
        log = context.log.info
        tables: list[str] = []
        with installation.warehouse(log) as connection:
            digest = build_digest(connection) or NO_BUILD
            unchanged = (
                digest != NO_BUILD and marts_digest(paths.marts) == digest and is_copy_of(paths.marts, connection)
            )
            remove_warehouse(paths.former_marts)
            add_changes_to_receipts(paths, connection, log)
            if unchanged:
                log("marts copy: unchanged, left as it is")
            else:
                tables = copy_marts(connection, paths.marts, digest)
                log(f"marts copy: {len(tables)} tables")
        counts = status_counts(paths.marts)
        return MaterializeResult(
            data_version=DataVersion(digest[:16]),
            metadata={
                "statuses": MetadataValue.md(status_table(counts)),
                **{f"statuses_{code}": MetadataValue.md(plot) for code, plot in plots(counts).items()},
                "unchanged": unchanged,
                "tables": len(tables),
                "bytes": paths.marts.stat().st_size,
                "path": MetadataValue.path(str(paths.marts)),
            },
        )

    return [dbt, marts_copy]


def _materialized(shown: Mapping[str, AssetSpec], done: Refreshed) -> Iterator[MaterializeResult[Any]]:
    seconds = {result.unique_id: result.seconds for result in done.results}
    # Dagster refuses an asset yielded before one that it is made from
    by_key = {shown[unique_id].key: unique_id for unique_id in done.previews}
    upstream = {
        unique_id: [by_key[dep.asset_key] for dep in shown[unique_id].deps if dep.asset_key in by_key]
        for unique_id in done.previews
    }
    for unique_id in TopologicalSorter(upstream).static_order():
        content = done.previews[unique_id]
        lineage = TableColumnLineage(
            {
                column: [TableColumnDep(AssetKey([schema, table]), name) for schema, table, name in made_from]
                for column, made_from in done.lineage.get(unique_id, {}).items()
            }
        )
        yield MaterializeResult(
            asset_key=shown[unique_id].key,
            metadata={
                "dagster/row_count": content.rows,
                "preview": MetadataValue.md(content.markdown),
                "seconds": seconds[unique_id],
                "unchanged": unique_id not in done.new,
                **({"dagster/column_lineage": lineage} if lineage.deps_by_column else {}),
            },
        )


def _checked(tests: Sequence[DbtCheck], results: Sequence[NodeResult]) -> Iterator[AssetCheckResult]:
    """What dbt's tests found. A test that dbt skipped found nothing, and is no failed check."""
    found = {result.unique_id: result for result in results if result.status != "skipped"}
    for test in tests:
        results_of = {asked: found[unique_id] for unique_id, asked in test.tests.items() if unique_id in found}
        if not results_of:
            continue
        broken = {asked: result for asked, result in results_of.items() if result.status != "pass"}
        is_error = any(result.is_failure for result in broken.values())
        rows = [(asked, result.status, result.failures, result.message) for asked, result in broken.items()]
        details = {"broken": MetadataValue.md(markdown_table(["test", "status", "rows", "message"], rows))}
        yield AssetCheckResult(
            passed=not broken,
            asset_key=test.key.asset_key,
            check_name=test.key.name,
            severity=AssetCheckSeverity.ERROR if is_error else AssetCheckSeverity.WARN,
            metadata={
                "tests": len(results_of),
                "failing_rows": sum(result.failures for result in broken.values()),
                "seconds": sum(result.seconds for result in results_of.values()),
                **(details if broken else {}),
            },
        )


def _stop_on_failure(failed: Sequence[NodeResult]) -> None:
    if failed:
        named = "; ".join(f"{result.unique_id.split('.')[2]} ({result.message})" for result in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        raise failure(
            f"dbt: {len(failed)} failed: {named}{more}. No deliverable is rendered from it.",
            where=", ".join(result.unique_id for result in failed),
            fix="Look at the asset checks of these models: fix the row of the reference, or the file, they point at, "
            "then launch the job again. A model that failed with an error of SQL is a defect of the code.",
        )
