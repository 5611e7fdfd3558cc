"""What the deliverables read is what the dbt models promise: a renamed column is found here, before a run."""

import inspect
from pathlib import Path

import pytest
import yaml
from msgspec import Struct
from msgspec.structs import fields

from exports import marts

KINDS = [
    kind
    for _, kind in inspect.getmembers(marts, inspect.isclass)
    if issubclass(kind, Struct) and hasattr(kind, "TABLE")
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TABLE)
def test_every_column_read_is_in_the_models_contract(project_root: Path, kind: type) -> None:
    path = project_root / "dbt_project" / "models" / "marts" / f"{kind.TABLE}.yml"  # type: ignore[attr-defined]
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    promised = {column["name"] for column in model["columns"]}
    read = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    assert read <= promised, f"{path.name} does not promise {sorted(read - promised)}"
