"""The data dictionary says what the dbt project says."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.data_dictionary import TARGET, render


@pytest.fixture(scope="module")
def manifest(manifest_path: Path) -> dict[str, Any]:
    """What dbt parsed, as a file."""
    read: dict[str, Any] = json.loads(manifest_path.read_text(encoding="utf-8"))
    return read


def test_the_dictionary_is_up_to_date(manifest: dict[str, Any]) -> None:
    """A column that changed and a dictionary that did not would mislead everyone who builds on the marts."""
    assert render(manifest) == TARGET.read_text(encoding="utf-8"), "out of date: make dictionary"


def test_every_column_of_seeds_and_models_is_described(manifest: dict[str, Any]) -> None:
    tables = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert [
        f"{table['name']}.{column['name']}"
        for table in [*tables, *manifest["sources"].values()]
        for column in table["columns"].values()
        if not column["description"].strip()
    ] == []
    assert [table["name"] for table in tables if not table["description"].strip()] == []


def test_every_column_built_is_declared(manifest: dict[str, Any], empty_warehouse: Any) -> None:
    """Contracts hold the marts; the other layers are compared here."""
    declared = {
        (node["schema"], node["name"]): list(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    built: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in empty_warehouse.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema <> 'raw' order by ordinal_position"
    ):
        built.setdefault((schema, table), []).append(column)
    assert built == declared


def test_every_model_has_an_owner_tags_and_a_yml_of_its_own(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            assert node["config"]["meta"].get("owner"), node["name"]
            assert node["config"]["tags"], node["name"]
            assert node["patch_path"].endswith(f"/{node['name']}.yml"), node["patch_path"]


def test_marts_are_contracts(manifest: dict[str, Any]) -> None:
    marts = [
        node for node in manifest["nodes"].values() if node["schema"] == "marts" and node["resource_type"] == "model"
    ]
    assert marts
    assert [node["name"] for node in marts if not node["config"]["contract"]["enforced"]] == []


#: a report names no commitment: two targets of an action that change alike are two equal rows; a hundred million
#: figures of territories are one a key by the way they are built (`macros/by_period.sql`)
WITHOUT_A_KEY_TEST = {"int_report_change_detected", "int_territory_observation"}


def test_every_staging_model_has_its_key_and_every_intermediate_its_grain(manifest: dict[str, Any]) -> None:
    """Every staging key is unique and not null; a grain that is only described is one that nobody holds."""
    tested: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            name = manifest["nodes"][node["attached_node"]]["name"]
            tested.setdefault(name, set()).add((node["test_metadata"] or {}).get("name", ""))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    wanted = {
        "staging": ({"whole_key"}, {"unique", "not_null"}, {"unique_key"}),
        "intermediate": ({"whole_key"}, {"unique_key"}),
    }
    missing = [
        node["name"]
        for node in models
        if node["schema"] in wanted
        and not any(some <= tested.get(node["name"], set()) for some in wanted[node["schema"]])
    ]
    assert set(missing) == WITHOUT_A_KEY_TEST
