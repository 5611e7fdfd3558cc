"""The dbt project as Dagster sees it: an asset for each seed and model, checks for their tests.

dagster-dbt describes the assets. Importing it takes longer than a partner's receipt, so its description of a state of
the project is stored beside the manifest as plain fields, and a run reads those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster import AssetCheckKey, AssetCheckSpec, AssetKey, AssetSpec, TableColumn, TableSchema

from orchestration.assets import groups
from orchestration.services.warehouse.dbt_build import read_manifest
from sources.files.memo import Memo

UNIQUE_ID = "dagster_dbt/unique_id"
COLUMNS = "dagster/column_schema"
#: the check of a seed or model that holds all its generic tests (unique, not null, accepted values, relationships)
DATA_TESTS = "data_tests"
STORED = "dagster"


@dataclass(frozen=True)
class DbtCheck:
    """A check and the dbt tests whose results it shows."""

    spec: AssetCheckSpec
    tests: Mapping[str, str]  # unique id → what the test asks

    @property
    def key(self) -> AssetCheckKey:
        """The key of the check."""
        return self.spec.key


def asset_specs(manifest_path: Path) -> list[AssetSpec]:
    """The seeds and models of a manifest, as dagster-dbt describes them, with our groups, owners and tags."""
    memo = Memo(manifest_path.parent)
    key = memo.key(__name__)
    fields = memo.recall(STORED, key)
    if fields is None:
        fields = [_fields_of(spec) for spec in _described(read_manifest(manifest_path))]
        memo.remember(STORED, key, fields)
    return [_spec_of(one) for one in fields]


def checks(manifest_path: Path) -> list[DbtCheck]:
    """The data tests of a manifest: one check for those of a seed or model, and one for each file of `tests/`."""
    manifest = read_manifest(manifest_path)
    generic: dict[str, dict[str, str]] = {}
    found = []
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "test":
            continue
        if node.get("test_metadata"):
            generic.setdefault(node["attached_node"], {})[unique_id] = _asked(node)
        else:
            found.append(_singular(manifest, node))
    for unique_id, tests in generic.items():
        asked = "\n".join(f"- {text}" for text in sorted(tests.values()))
        severities = {manifest["nodes"][test]["config"]["severity"].lower() for test in tests}
        spec = AssetCheckSpec(
            DATA_TESTS, asset=_key(manifest, unique_id), description=asked, blocking="error" in severities
        )
        found.append(DbtCheck(spec, tests))
    return found


def _singular(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> DbtCheck:
    """A test of tests/*.sql, as a check of the model that its properties name, else of the last it reads."""
    parents = [unique_id for unique_id in node["depends_on"]["nodes"] if unique_id in manifest["nodes"]]
    named = node["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
    main = next((unique_id for unique_id in parents if unique_id.split(".")[2] == named), parents[-1])
    spec = AssetCheckSpec(
        node["name"],
        asset=_key(manifest, main),
        additional_deps=[_key(manifest, unique_id) for unique_id in parents if unique_id != main],
        description=node["description"],
        blocking=node["config"]["severity"].lower() == "error",
        metadata={UNIQUE_ID: node["unique_id"]},
    )
    return DbtCheck(spec, {node["unique_id"]: node["description"]})


def _asked(node: Mapping[str, Any]) -> str:
    """What a generic test asks: its own description, else its name and its arguments."""
    if node["description"]:
        return str(node["description"])
    test = node["test_metadata"]
    arguments = {name: value for name, value in test["kwargs"].items() if name not in {"model", "column_name"}}
    shown = ", ".join(f"{name}: {_written(value)}" for name, value in arguments.items())
    column = f"`{node['column_name']}` " if node.get("column_name") else ""
    return f"{column}{test['name'].replace('_', ' ')}{f' ({shown})' if shown else ''}"


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _key(manifest: Mapping[str, Any], unique_id: str) -> AssetKey:
    node = manifest["nodes"][unique_id]
    return AssetKey([node["schema"], node["name"]])


def _described(manifest: Mapping[str, Any]) -> Sequence[AssetSpec]:
    from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

    class JalonTranslator(DagsterDbtTranslator):
        """dbt nodes in the groups of the data flow, owned by the engineers, the reference by the DNS."""

        def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> AssetSpec:
            spec = super().get_asset_spec(manifest, unique_id, project)
            is_reference = unique_id.startswith("seed.")
            node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
            group = groups.REFERENCE if is_reference else groups.RAW if "source_name" in node else node["fqn"][1]
            owner = groups.DNS if is_reference else groups.ENGINEERS
            return spec.replace_attributes(group_name=group, owners=[owner], tags={**spec.tags, **groups.tags(group)})

    return build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=JalonTranslator())


def _fields_of(spec: AssetSpec) -> dict[str, Any]:
    schema = spec.metadata.get(COLUMNS)
    metadata = {name: value for name, value in spec.metadata.items() if isinstance(value, str)}
    return {
        "key": spec.key.path,
        "deps": [dep.asset_key.path for dep in spec.deps],
        "description": spec.description,
        "group_name": spec.group_name,
        "code_version": spec.code_version,
        "owners": list(spec.owners),
        "tags": {name: value for name, value in spec.tags.items() if not name.startswith("dagster/kind/")},
        "kinds": sorted(spec.kinds),
        "metadata": metadata,
        "columns": [[one.name, one.type, one.description] for one in schema.columns] if schema else [],
    }


def _spec_of(fields: Mapping[str, Any]) -> AssetSpec:
    columns = [TableColumn(name, kind, description) for name, kind, description in fields["columns"]]
    return AssetSpec(
        AssetKey(fields["key"]),
        deps=[AssetKey(path) for path in fields["deps"]],
        description=fields["description"],
        group_name=fields["group_name"],
        code_version=fields["code_version"],
        owners=fields["owners"],
        tags=fields["tags"],
        kinds=set(fields["kinds"]),
        metadata={**fields["metadata"], **({COLUMNS: TableSchema(columns)} if columns else {})},
        skippable=True,
    )
