"""The marts brought up to date: dbt builds and tests what changed, the results of the rest stay."""

import errno
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build, dbt_selection, engines
from orchestration.services.warehouse.column_lineage import Lineage, lineage_of
from orchestration.services.warehouse.content import note_content
from orchestration.services.warehouse.database import (
    Preview,
    WarehouseDamagedError,
    build_digest,
    damaged_message,
    is_damage,
    note_build,
    open_warehouse,
    preview,
    put_aside,
)
from orchestration.services.warehouse.dbt_build import NodeResult

#: what the results of the last complete build are remembered under
RESULTS = "dbt-results"


@dataclass
class Refreshed:
    """The last result of every node, what this run built or tested, and what there is to show of it."""

    results: Sequence[NodeResult]
    new: Collection[str] = ()
    previews: Mapping[str, Preview] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=dict)

    @property
    def failed(self) -> list[NodeResult]:
        """Tests that found rows, nodes that could not be built."""
        return [result for result in self.results if result.is_failure]


def refresh(paths: Paths, shown: Collection[str], log: Log) -> Refreshed:
    """Build and test the nodes whose code or data changed since they were built. The caller holds the writer's lock.

    `shown` are the unique ids of the seeds and models whose first rows are wanted.
    """
    with open_warehouse(paths.warehouse, log=log) as connection:
        done = _built(paths, connection, log)
        fault = _fault_of_the_machine(done, paths.warehouse)
        if fault is None:
            done.previews = _previews(paths, connection, done, shown)
    if isinstance(fault, WarehouseDamagedError):  # once it is closed: a new file takes its place
        put_aside(paths.warehouse, log, str(fault))
    if fault is not None:
        raise fault
    return done


def _built(paths: Paths, connection: Any, log: Log) -> Refreshed:
    manifest = dbt_build.read_manifest(dbt_build.manifest(paths))
    now = dbt_selection.fingerprints(manifest, paths.dbt_project, connection, paths.memo)
    digest, last = dbt_selection.digest_of(now), build_digest(connection)
    before = _saved_results(paths, last) if last is not None else None
    if before is not None and last == digest:
        log("dbt: raw data and models unchanged, nothing to build")
        return Refreshed(before, lineage=lineage_of(manifest, before, paths.memo))
    selected = dbt_selection.changed(connection, now) if before is not None else None
    dbt_selection.forget(connection, selected)
    note_build(connection, None)
    results = engines.build(paths, connection, engines.loaded_readings(connection, paths.home), selected)
    whole = results if selected is None else dbt_selection.merged(before or [], results)
    done = Refreshed(whole, {result.unique_id for result in results})
    unchanged = f", {len(whole) - len(results)} unchanged and left as they are" if selected is not None else ""
    failed = sum(result.is_failure for result in results)
    log(f"dbt: {len(results)} nodes, {failed} failed{unchanged}")
    dbt_selection.note(connection, now, results)
    if not failed:
        paths.memo.remember(RESULTS, digest, [asdict(result) for result in whole])
        note_build(connection, digest)
        done.lineage = lineage_of(manifest, whole, paths.memo)
    note_content(connection)
    return done


def _previews(paths: Paths, connection: Any, done: Refreshed, shown: Collection[str]) -> dict[str, Preview]:
    """Row count and first rows of the seeds and models that are shown and that exist."""
    nodes = dbt_build.read_manifest(dbt_build.manifest(paths))["nodes"]
    built = [result.unique_id for result in done.results if result.status == "success" and result.unique_id in shown]
    if dbt_build.engine() != dbt_build.DUCKDB:  # the other layers are that engine's
        built = [unique_id for unique_id in built if nodes[unique_id]["schema"] == engines.MARTS]
    return {key: preview(connection, f'"{nodes[key]["schema"]}"."{nodes[key]["name"]}"') for key in built}


def _fault_of_the_machine(done: Refreshed, warehouse: Path) -> Exception | None:
    """The error to raise when a node failed for the file or the disk, not for what it says."""
    for result in done.failed:
        if is_damage(result.message):
            return WarehouseDamagedError(damaged_message(warehouse, result.message))
        if "No space left" in result.message:
            return OSError(errno.ENOSPC, "No space left on device", str(warehouse))
    return None


def _saved_results(paths: Paths, digest: str) -> list[NodeResult] | None:
    """The results of the complete build of this digest, None when they are not there."""
    try:
        found = paths.memo.recall(RESULTS, digest)
        return None if found is None else [NodeResult(**result) for result in found]
    except TypeError:  # written by another version
        return None
