"""A build of some nodes from a part of the manifest runs the same nodes and tests, each after the same others."""

from collections.abc import Iterable
from typing import Any

import networkx as nx
import pytest
from dbt.compilation import Linker

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build
from orchestration.services.warehouse.dbt_part import part_of

TERRITORIES = ("int_territory_observation", "int_territory_seen", "dim_territory", "mart_territory_progress")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    return dbt_build._manifest_of(dbt_build.manifest(Paths(home=home, inbox=home)).parent)


def before(manifest: Any, chosen: Iterable[str]) -> dict[str, set[str]]:
    """Each chosen node with the chosen nodes that wait for it, by the edges dbt draws for a build."""
    linker = Linker()
    linker.link_graph(manifest)
    manifest.build_parent_and_child_maps()
    linker.add_test_edges_1(manifest)
    kept = set(chosen)
    return {key: kept & nx.descendants(linker.graph, key) for key in kept}


def with_tests(manifest: Any, selected: set[str]) -> set[str]:
    tests = (key for key, node in manifest.nodes.items() if node.resource_type == "test")
    return selected | {key for key in tests if selected & set(manifest.nodes[key].depends_on_nodes)}


@pytest.mark.parametrize("what", ["territories", "all that reads workbooks", "one seed"])
def test_the_same_nodes_run_in_the_same_order(whole: Any, what: str) -> None:
    if what == "territories":
        selected = {f"model.jalon.{name}" for name in TERRITORIES}
    elif what == "one seed":
        selected = {"seed.jalon.ref_kpi"}
    else:
        linker = Linker()
        linker.link_graph(whole)
        read = nx.descendants(linker.graph, "source.jalon.raw.measurement")
        # views are left as they are: tables wait for each other across them
        selected = {key for key in read if key[:6] == "model." and whole.nodes[key].config.materialized != "view"}
    part = part_of(whole, selected)
    chosen = with_tests(whole, selected)
    assert chosen == with_tests(part, selected)
    assert len(chosen) > len(selected)
    assert before(part, chosen) == before(whole, chosen)


def test_a_part_is_a_part(whole: Any) -> None:
    part = part_of(whole, [f"model.jalon.{name}" for name in TERRITORIES])
    assert len(part.nodes) < len(whole.nodes) / 3
    parents = {parent for node in part.nodes.values() for parent in node.depends_on_nodes}
    assert parents <= {*part.nodes, *part.sources}
