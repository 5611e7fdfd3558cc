"""The dbt project in Dagster: what is shown of it, when it is built, and what a run has to import for it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, Definitions
from dagster_dbt import build_dbt_asset_specs

from exports import marts
from orchestration.assets import dbt_specs
from orchestration.definitions import build_defs
from orchestration.jobs.asset_jobs import keys_of_a_workbook
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.warehouse import dbt_build
from orchestration.services.warehouse.column_lineage import columns_of, lineage_of
from orchestration.services.warehouse.dbt_build import NodeResult
from sources.files.memo import Memo

IMPORTED = """
import json, sys
from orchestration.definitions import build_defs
build_defs()
print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))
"""
SCHEMA = {"raw": {"measure": {"kpi": "varchar", "value": "double"}}, "marts": {"dim_kpi": {"kpi": "varchar"}}}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    home = tmp_path_factory.mktemp("home")
    return Paths(home=home, inbox=home)


@pytest.fixture(scope="module")
def manifest_path(paths: Paths) -> Path:
    return dbt_build.manifest(paths)


@pytest.fixture(scope="module")
def manifest(manifest_path: Path) -> Mapping[str, Any]:
    return dbt_build.read_manifest(manifest_path)


@pytest.fixture(scope="module")
def definitions(paths: Paths) -> Definitions:
    return build_defs(paths)


def test_what_is_stored_of_an_asset_is_what_dagster_dbt_says(manifest_path: Path, manifest: Mapping[str, Any]) -> None:
    dbt_specs.asset_specs(manifest_path)  # stored here, if it never was
    stored = {spec.key: spec for spec in dbt_specs.asset_specs(manifest_path)}
    described = {spec.key: spec for spec in build_dbt_asset_specs(manifest=manifest)}
    assert stored.keys() == described.keys()
    for key, spec in stored.items():
        theirs = described[key]
        assert {dep.asset_key for dep in spec.deps} == {dep.asset_key for dep in theirs.deps}
        assert (spec.description, spec.code_version) == (theirs.description, theirs.code_version)
        assert spec.kinds == theirs.kinds
        assert spec.metadata.get(dbt_specs.COLUMNS) == theirs.metadata.get(dbt_specs.COLUMNS)
        assert spec.metadata[dbt_specs.UNIQUE_ID] == theirs.metadata[dbt_specs.UNIQUE_ID]


def test_a_run_imports_neither_dbt_nor_what_describes_it(manifest_path: Path, paths: Paths) -> None:
    """Each takes a second of the wait for a receipt; dbt is imported by the step that builds."""
    dbt_specs.asset_specs(manifest_path)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env={"JALON_HOME": str(paths.home), "JALON_INBOX": str(paths.inbox)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & {"dagster_dbt", "dbt", "sqlglot", "great_expectations", "pandas", "pyarrow", "pdfplumber"}


def test_every_data_test_is_shown_by_one_check(manifest_path: Path, manifest: Mapping[str, Any]) -> None:
    checks = dbt_specs.checks(manifest_path)
    shown = [unique_id for check in checks for unique_id in check.tests]
    assert sorted(shown) == sorted(key for key, node in manifest["nodes"].items() if node["resource_type"] == "test")
    assert len({check.key for check in checks}) == len(checks)
    keys = {spec.key for spec in dbt_specs.asset_specs(manifest_path)}
    assert all(check.key.asset_key in keys for check in checks)


def test_every_deliverable_is_an_exposure_of_the_marts_it_is_written_from(
    manifest: Mapping[str, Any], definitions: Definitions
) -> None:
    delivered = {
        key.path[1]
        for key in definitions.get_repository_def().asset_graph.get_all_asset_keys()
        if key.path[0] == "deliverables"
    }
    read = {f"model.jalon.{kind.TABLE}" for kind in vars(marts).values() if hasattr(kind, "TABLE")}
    exposures = {node["name"]: set(node["depends_on"]["nodes"]) for node in manifest["exposures"].values()}
    assert exposures.keys() == delivered - {"manifest", "published"}
    assert all(depends_on == read for depends_on in exposures.values())


def test_only_marts_are_public_and_every_description_is_a_comment_of_its_table(manifest: Mapping[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert {node["name"] for node in models if node["config"]["access"] == "public"} == {
        node["name"] for node in models if node["schema"] == "marts"
    }
    assert [
        node["name"] for node in models if node["config"]["persist_docs"] != {"relation": True, "columns": True}
    ] == []


def test_dbt_by_hand_says_what_to_set(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("dbt")), "run", "--target-path", str(tmp_path)]
    options = ["--log-path", str(tmp_path), "--no-send-anonymous-usage-stats"]
    environment = {name: value for name, value in os.environ.items() if name != "JALON_HOME"}
    done = subprocess.run(
        [*command, *options], cwd=PROJECT / "dbt_project", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Env var required but not provided: 'JALON_HOME'" in done.stdout


def test_every_check_of_dbt_says_what_it_asks(manifest_path: Path) -> None:
    assert [str(check.key) for check in dbt_specs.checks(manifest_path) if not check.spec.description] == []


def test_what_a_workbook_changes_is_built_after_it_was_read(definitions: Definitions) -> None:
    """Steps are ordered by the assets between them: without `staging`, dbt would build before `raw` is loaded."""
    assets = [part for part in definitions.assets or () if hasattr(part, "check_keys")]
    selected = keys_of_a_workbook(assets)  # type: ignore[arg-type]
    assert {AssetKey("receipts"), AssetKey("answers")} <= set(selected["ingest"]), "a partner is answered by this run"
    assert AssetKey("mailbox") not in selected["ingest"]
    assert set(selected["report"]) - set(selected["ingest"]) == {
        key for key in selected["report"] if key.path[0] == "deliverables"
    }
    for name, keys in selected.items():
        job = definitions.resolve_job_def(name).get_subset(asset_selection=set(keys))
        order = [node.name for node in job.graph.nodes_in_topological_order]
        steps = ["inbox", "submissions", "raw", "dbt", "marts_copy"]
        assert [step for step in order if step in steps] == steps, name


def test_what_a_workbook_cannot_change_is_not_selected(definitions: Definitions) -> None:
    assets = [part for part in definitions.assets or () if hasattr(part, "check_keys")]
    selected = keys_of_a_workbook(assets)["report"]  # type: ignore[arg-type]
    assert not [key for key in selected if key.path[0] == "reference"]
    assert AssetKey(["marts", "dim_action"]) not in selected
    assert AssetKey(["marts", "fct_action_status"]) in selected


@pytest.mark.parametrize(
    ("sql", "made_from"),
    [
        ("select kpi as code from w.raw.measure", {"code": [["raw", "measure", "kpi"]]}),
        (
            "with m as (select * from raw.measure) select max(m.value) as top, 1 as one from m",
            {"top": [["raw", "measure", "value"]], "one": []},
        ),
        (
            "select kpi from raw.measure union all select kpi from marts.dim_kpi",
            {"kpi": [["marts", "dim_kpi", "kpi"], ["raw", "measure", "kpi"]]},
        ),
        ("this is no SQL", {}),
    ],
)
def test_a_column_is_traced_to_the_columns_it_is_made_from(sql: str, made_from: dict[str, Any]) -> None:
    assert columns_of(sql, SCHEMA) == made_from


def test_lineage_follows_the_sql_of_a_model(manifest: Mapping[str, Any], tmp_path: Path) -> None:
    def lineage(sql: str) -> dict[str, Any]:
        result = NodeResult("model.jalon.dim_axis", "success", "", 0, 0.1, sql)
        return lineage_of(manifest, [result], Memo(tmp_path))["model.jalon.dim_axis"]

    axis = [["reference", "ref_axis", "axis_number"]]
    assert lineage("select axis_number as a from reference.ref_axis") == {"a": axis}
    assert lineage("select axis_number as b from reference.ref_axis") == {"b": axis}
