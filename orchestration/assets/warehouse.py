"""The dbt project as assets and checks, and the copy of the marts that readers open."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckKey,
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
    asset,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from orchestration.assets import groups
from orchestration.failures import failure
from orchestration.resources import Installation
from orchestration.services.runtime.errors import holder_in
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.figures import plots, status_counts, status_table
from orchestration.services.warehouse import dbt_build, dbt_selection
from orchestration.services.warehouse.content import note_content
from orchestration.services.warehouse.database import (
    Preview,
    WarehouseBusyError,
    WarehouseDamagedError,
    build_digest,
    busy_message,
    copy_marts,
    damaged_message,
    is_copy_of,
    is_damage,
    marts_digest,
    note_build,
    open_warehouse,
    preview,
    put_aside,
    remove_warehouse,
)
from orchestration.services.warehouse.dbt_build import NodeResult
from orchestration.services.warehouse.state import inputs_digest

UNIQUE_ID = "dagster_dbt/unique_id"
MARTS = "marts"
PARTIAL = "partial build"  # some models alone were built, on demand, from the UI


class JalonTranslator(DagsterDbtTranslator):
    """dbt nodes in the groups of the data flow, owned by the engineers, the reference by the DNS."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> AssetSpec:
        """The spec dagster-dbt makes, with the group of the node's folder and an owner."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        is_reference = unique_id.startswith("seed.")
        group = groups.REFERENCE if is_reference else _folder(manifest, unique_id)
        return spec.replace_attributes(
            group_name=group,
            owners=[groups.DNS if is_reference else groups.ENGINEERS],
            tags={**spec.tags, **groups.tags(group)},
        )


def _folder(manifest: Mapping[str, Any], unique_id: str) -> str:
    node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
    return groups.RAW if unique_id.startswith("source.") else str(node["fqn"][1])


def build_warehouse_assets(manifest_path: Path, freshness: FreshnessPolicy | None = None) -> list[AssetsDefinition]:
    """Seeds, models and tests of the manifest, and the readers' copy of the marts with its deadline."""
    manifest = dbt_build.read_manifest(manifest_path)

    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=JalonTranslator(),
        name="dbt",
        exclude="resource_type:unit_test",
        pool=groups.WRITER,
    )
    def dbt(context: AssetExecutionContext, installation: ResourceParam[Installation]) -> Iterator[Any]:
        """Seeds, models and data tests, by dbt in process.

        Only what changed since the last build is built and tested; the results of the rest are shown again as they
        were. Skipped as a whole when neither `raw` nor the dbt project changed.
        """
        with installation.writing(context.log.info):
            results, new = _built(context, installation)
            previews = _previews(context, installation, results)
        yield from _events(context, results, previews, new)
        _stop_on_failure(results)

    marts_models = [spec.key for spec in dbt.specs if spec.group_name == MARTS]

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
        """`jalon.duckdb`: schema `marts` alone, replaced at once, that readers may keep open as long as they like."""
        paths = installation.paths
        tell = context.log.info
        tables: list[str] = []
        with installation.warehouse(tell) as connection:
            digest = build_digest(connection) or PARTIAL
            unchanged = (
                digest != PARTIAL and marts_digest(paths.marts) == digest and is_copy_of(paths.marts, connection)
            )
            remove_warehouse(paths.former_marts)
            if unchanged:
                tell("marts copy: unchanged, left as it is")
            else:
                tables = copy_marts(connection, paths.marts, digest)
                tell(f"marts copy: {len(tables)} tables")
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


def _built(context: AssetExecutionContext, installation: Installation) -> tuple[Sequence[NodeResult], set[str]]:
    """The last result of every node, and the nodes that this run built or tested.

    Only what changed since the last complete build is built again, with the tests that read it; a run from the UI
    that asks for some models alone builds those, and the next complete one does not count on them.
    """
    paths, tell = installation.paths, context.log.info
    results_file = paths.dbt_target / "results.json"
    asked = None if not context.is_subset else _unique_ids(context)
    with open_warehouse(paths.warehouse, tell=tell) as connection:
        digest = inputs_digest(connection, paths.dbt_project)
        last = build_digest(connection)
        before = dbt_build.saved_results(results_file, last) if last is not None else None
        if last == digest and before is not None and asked is None:
            tell("dbt: raw data and models unchanged, nothing to build")
            return before, set()
        now = dbt_selection.fingerprints(_manifest_of(paths), paths.dbt_project, connection)
        selected = asked or (dbt_selection.changed(connection, now) if before is not None else None)
        dbt_selection.forget(connection, selected)
        note_build(connection, None)
    results = dbt_build.build(paths, selected)
    _stop_on_the_machine(installation, results, tell)
    failed = [result for result in results if result.is_failure]
    whole = results if selected is None else dbt_selection.merged(before or [], results)
    unchanged = f", {len(whole) - len(results)} unchanged and left as they are" if selected is not None else ""
    tell(f"dbt: {len(results)} nodes, {len(failed)} failed{unchanged}")
    if asked is None:
        with open_warehouse(paths.warehouse, tell=tell) as connection:
            dbt_selection.note(connection, now, results)
            if not failed:
                dbt_build.save_results(results_file, digest, whole)
                note_build(connection, digest)
    with open_warehouse(paths.warehouse, tell=tell) as connection:
        note_content(connection)
    return results if asked else whole, {result.unique_id for result in results}


def _manifest_of(paths: Paths) -> Mapping[str, Any]:
    return dbt_build.read_manifest(dbt_build.manifest(paths))


def _unique_ids(context: AssetExecutionContext) -> list[str]:
    specs = context.assets_def.specs_by_key
    return [specs[key].metadata[UNIQUE_ID] for key in context.selected_asset_keys]


def _previews(
    context: AssetExecutionContext, installation: Installation, results: Sequence[NodeResult]
) -> dict[str, Preview]:
    """Row count and first rows of the seeds and models that were built."""
    built = {result.unique_id for result in results if result.status == "success"}
    found = {}
    with open_warehouse(installation.paths.warehouse, tell=context.log.info) as connection:
        for spec in context.assets_def.specs:
            unique_id = spec.metadata[UNIQUE_ID]
            if unique_id in built:
                found[unique_id] = preview(connection, ".".join(f'"{part}"' for part in spec.key.path))
    return found


def _events(
    context: AssetExecutionContext, results: Sequence[NodeResult], previews: Mapping[str, Preview], new: set[str]
) -> Iterator[Any]:
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.specs}
    checks = {
        spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.check_specs if UNIQUE_ID in spec.metadata
    }
    for result in results:
        if result.unique_id in previews:
            is_new = result.unique_id in new
            yield _materialized(keys[result.unique_id], result, previews[result.unique_id], is_new=is_new)
        elif result.unique_id in checks and result.status != "skipped":
            yield _checked(checks[result.unique_id], result)


def _materialized(key: AssetKey, result: NodeResult, content: Preview, *, is_new: bool) -> MaterializeResult[Any]:
    return MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": content.rows,
            "preview": MetadataValue.md(content.markdown),
            "seconds": result.seconds,
            "unchanged": not is_new,
        },
    )


def _checked(key: AssetCheckKey, result: NodeResult) -> AssetCheckResult:
    is_warning = result.status == "warn"
    return AssetCheckResult(
        passed=result.status == "pass",
        asset_key=key.asset_key,
        check_name=key.name,
        severity=AssetCheckSeverity.WARN if is_warning else AssetCheckSeverity.ERROR,
        metadata={"failing_rows": result.failures, "message": result.message, "seconds": result.seconds},
    )


def _stop_on_the_machine(
    installation: Installation, results: Sequence[NodeResult], tell: Callable[[str], None]
) -> None:
    """Raise what a person would be told of it when a node failed for the file or the disk, not for what it says."""
    path = installation.paths.warehouse
    for result in results:
        if not result.is_failure:
            continue
        if is_damage(result.message):
            put_aside(path, tell, result.message)
            raise WarehouseDamagedError(damaged_message(path, result.message))
        if "Could not set lock" in result.message:
            raise WarehouseBusyError(busy_message(path, holder_in(result.message)))
        if "No space left" in result.message:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))


def _stop_on_failure(results: Sequence[NodeResult]) -> None:
    failed = [result for result in results if result.is_failure]
    if failed:
        named = "; ".join(f"{result.unique_id.split('.')[2]} ({result.message})" for result in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        raise failure(
            f"dbt: {len(failed)} failed: {named}{more}. No deliverable is rendered from it.",
            where=", ".join(result.unique_id for result in failed),
            mend="Look at the asset checks of these models: mend the row of the reference, or the file, they point at, "
            "then launch the job again. A model that failed with an error of SQL is a defect of the code.",
        )
