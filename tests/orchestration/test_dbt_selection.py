"""What a change makes dbt build again: too little would leave yesterday's figures in the marts."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.warehouse import dbt_build, dbt_selection
from orchestration.services.warehouse.dbt_build import NodeResult, _reason
from sources.landing.load import load_raw

DBT_PROJECT = PROJECT / "dbt_project"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    home = tmp_path_factory.mktemp("home")
    return dbt_build.read_manifest(dbt_build.manifest(Paths(home=home, inbox=home)))


@pytest.fixture
def warehouse() -> Iterator[Any]:
    with duckdb.connect() as connection:
        load_raw(connection, [])
        yield connection


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the dbt project that a test may change."""
    return Path(shutil.copytree(DBT_PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")))


MEMO = Paths.from_environment().memo


def result(unique_id: str, status: str = "success") -> NodeResult:
    return NodeResult(unique_id, status, "", 0, 0.1)


def stale(manifest: Mapping[str, Any], project: Path, warehouse: Any) -> list[str] | None:
    return dbt_selection.changed(warehouse, dbt_selection.fingerprints(manifest, project, warehouse, MEMO))


def build_everything(manifest: Mapping[str, Any], project: Path, warehouse: Any) -> None:
    now = dbt_selection.fingerprints(manifest, project, warehouse, MEMO)
    dbt_selection.note(warehouse, now, [result(unique_id) for unique_id in now])


def receive(warehouse: Any, channel: str) -> None:
    warehouse.execute("insert into raw._loaded_reading values (?, 'abc', 'v1')", [channel])


def test_nothing_is_built_again_when_nothing_changed(
    manifest: Mapping[str, Any], project: Path, warehouse: Any
) -> None:
    assert stale(manifest, project, warehouse) is None, "nothing built yet: everything is"
    build_everything(manifest, project, warehouse)
    assert stale(manifest, project, warehouse) == []


def test_a_workbook_touches_what_reads_workbooks_and_no_reference(
    manifest: Mapping[str, Any], project: Path, warehouse: Any
) -> None:
    build_everything(manifest, project, warehouse)
    receive(warehouse, "submissions")
    again = stale(manifest, project, warehouse)
    assert again
    assert {"model.jalon.fct_contribution", "model.jalon.fct_kpi_observation", "model.jalon.fct_action_status"} <= set(
        again
    )
    assert not [unique_id for unique_id in again if unique_id.startswith("seed.")]
    assert not {"model.jalon.dim_action", "model.jalon.int_quantity_accepted"} & set(again)


def test_only_a_workbook_with_figures_of_territories_touches_their_tables(
    manifest: Mapping[str, Any], project: Path, warehouse: Any
) -> None:
    theirs = {
        f"model.jalon.{name}" for name in ("int_territory_observation", "int_territory_aggregated", "dim_territory")
    }
    build_everything(manifest, project, warehouse)
    receive(warehouse, "submissions")
    assert not theirs & set(stale(manifest, project, warehouse) or ())
    warehouse.execute("insert into raw._measured_period values ('abc', date '2024-01-31', 3)")
    assert theirs <= set(stale(manifest, project, warehouse) or ())


def test_a_reference_file_touches_what_reads_it(manifest: Mapping[str, Any], project: Path, warehouse: Any) -> None:
    build_everything(manifest, project, warehouse)
    with (project / "seeds" / "ref_label.csv").open("a") as handle:
        handle.write("status,invented,Inventé,99\n")
    again = stale(manifest, project, warehouse)
    assert again
    assert {"seed.jalon.ref_label", "model.jalon.dim_label"} <= set(again)
    assert "seed.jalon.ref_action" not in again


def test_what_the_periods_are_built_with_touches_them(
    manifest: Mapping[str, Any], project: Path, warehouse: Any
) -> None:
    build_everything(manifest, project, warehouse)
    with (project / "seeds" / "ref_kpi_aggregation.csv").open("a") as handle:
        handle.write("invented,sum,\n")
    again = stale(manifest, project, warehouse) or []
    assert "model.jalon.int_territory_aggregated" in again
    assert "model.jalon.int_territory_seen" not in again


def test_every_node_is_built_again_when_the_code_changed(
    manifest: Mapping[str, Any], project: Path, warehouse: Any
) -> None:
    build_everything(manifest, project, warehouse)
    with (project / "macros" / "rates.sql").open("a") as handle:
        handle.write("-- a change\n")
    assert stale(manifest, project, warehouse) is None


def test_what_failed_or_was_begun_is_built_again(manifest: Mapping[str, Any], project: Path, warehouse: Any) -> None:
    now = dbt_selection.fingerprints(manifest, project, warehouse, MEMO)
    ids = list(now)
    dbt_selection.note(warehouse, now, [result(ids[0], "error"), *map(result, ids[1:])])
    assert dbt_selection.changed(warehouse, now) == [ids[0]]
    dbt_selection.forget(warehouse, [ids[1]])
    assert dbt_selection.changed(warehouse, now) == ids[:2]


def test_results_of_nodes_left_as_they_are_stay() -> None:
    before = [result("model.a"), result("test.b", "fail")]
    assert dbt_selection.merged(before, [result("test.b", "pass")]) == [result("model.a"), result("test.b", "pass")]


def test_what_dbt_stopped_for_is_named_even_when_the_exception_says_nothing() -> None:
    assert _reason(KeyboardInterrupt()) == "KeyboardInterrupt."
    assert _reason(ValueError("no such model\n")) == "no such model"
    assert _reason(None) == "it gives no reason."
