"""Product code stands on what its dependencies publish: a private module changes in any release, without a word."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.services.runtime.paths import PROJECT

PRODUCT = ("orchestration", "sources", "quality", "exports", "tools")
# Of dbt, its documented entry for programs; the rest of the package is its own.
DBT_PUBLIC = "dbt.cli.main"
DBT_PACKAGES = ("dbt", "dbt_common", "dbt_extractor", "dbt_semantic_interfaces")
EXCEPTIONS: frozenset[str] = frozenset()  # « file: module », each with its reason beside it


def is_private(module: str) -> bool:
    """Whether a module is its package's own affair."""
    top, *_ = parts = module.split(".")
    if top in PRODUCT or module == "__future__":
        return False
    if top in DBT_PACKAGES:
        return module != DBT_PUBLIC
    return any(part.startswith("_") for part in parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, at its top and within its functions; of `from a import _b`, a._b too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name.startswith("_"))


def private_imports(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [f"{file.relative_to(PROJECT)}: {module}" for module in imported(tree) if is_private(module)]


@pytest.mark.parametrize("package", PRODUCT)
def test_no_private_module_of_a_dependency_is_imported(package: str) -> None:
    found = [line for file in sorted((PROJECT / package).rglob("*.py")) for line in private_imports(file)]
    assert [line for line in found if line not in EXCEPTIONS] == []


def test_the_instance_names_no_private_module() -> None:
    assert "._" not in (PROJECT / "dagster.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        "dagster._core.storage",
        "_duckdb",
        "dbt.contracts.graph.manifest",
        "dbt.adapters.duckdb.connections",
        "dbt_common.events",
    ],
)
def test_what_is_private_is_known(module: str) -> None:
    assert is_private(module)


@pytest.mark.parametrize(
    "module", ["dagster", "dbt.cli.main", "duckdb", "__future__", "sources._own", "sqlglot.lineage"]
)
def test_what_is_public_is_known(module: str) -> None:
    assert not is_private(module)
