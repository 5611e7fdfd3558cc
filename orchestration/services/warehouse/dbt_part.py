"""The part of dbt's manifest that a build of some nodes needs: they, their tests, and all that these stand on.

dbt draws the graph of the whole project, twice describes it, looks each selected name up in it and asks for every
schema's tables before it builds one node; most of that is in proportion to the manifest it is given.
"""

from collections.abc import Iterable
from typing import Any


def part_of(manifest: Any, selected: Iterable[str]) -> Any:
    """A manifest with the nodes of these unique ids, the data tests that read any of them, and all their ancestors.

    The ancestors keep the order: a table waits for another though only a view that stays lies between them.
    """
    from dbt.contracts.graph.manifest import Manifest

    wanted = set(selected)
    tested = {
        key
        for key, node in manifest.nodes.items()
        if node.resource_type == "test" and not wanted.isdisjoint(node.depends_on_nodes)
    }
    needed, open_ends = set[str](), [*wanted, *tested]
    while open_ends:
        key = open_ends.pop()
        if key not in needed:
            needed.add(key)
            open_ends += manifest.nodes[key].depends_on_nodes if key in manifest.nodes else ()
    return Manifest(
        nodes={key: node for key, node in manifest.nodes.items() if key in needed or node.resource_type == "operation"},
        sources={key: source for key, source in manifest.sources.items() if key in needed},
        macros=manifest.macros,
        docs=manifest.docs,
        groups=manifest.groups,
        selectors=manifest.selectors,
        metadata=manifest.metadata,
        state_check=manifest.state_check,
        env_vars=manifest.env_vars,
    )
