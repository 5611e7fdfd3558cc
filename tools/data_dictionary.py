"""`docs/data-dictionary.md`: every table and column of the warehouse, from the dbt project and nothing else.

What belongs here: reading dbt's manifest and wording it as Markdown. The descriptions themselves are in the yml file
beside each seed and model. The text depends on the project's files alone (no clock, no database), so that a test can
report when it is out of date.

    python -m tools.data_dictionary
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.warehouse.dbt_build import manifest

Node = Mapping[str, Any]

TARGET = PROJECT / "docs" / "data-dictionary.md"


@dataclass(frozen=True)
class Layer:
    """One schema of the warehouse, in the order a reader needs them."""

    schema: str
    description: str


LAYERS = (
    Layer("marts", "What others read: deliverables, open data, reviews. Column names, types and order are contracts."),
    Layer("reference", "What is written by hand and reviewed, one row at a time: `dbt_project/seeds/`."),
    Layer("intermediate", "The steps between what was received and what is published; nobody else reads them."),
    Layer("staging", "The raw tables, renamed and typed; one view for each."),
    Layer("raw", "What readers found in the files received, loaded from the landing."),
)


def render(read: Mapping[str, Any]) -> str:
    """The dictionary as Markdown, from dbt's manifest as read from its JSON."""
    tables = _tables(read)
    rules = _rules(read)
    known = {name for layer in tables.values() for name in layer}
    lines = [
        "# Data dictionary",
        "",
        "Written by `make dictionary` from the dbt project; a test fails when it is out of date. Do not edit it:",
        "descriptions are in the yml file beside each seed and model.",
        "",
    ]
    for layer in LAYERS:
        names = ", ".join(f"[{name}](#{name})" for name in tables[layer.schema])
        lines += [f"- **{layer.schema}**: {names}"]
    for layer in LAYERS:
        lines += ["", f"## Schema `{layer.schema}`", "", layer.description]
        for name, node in tables[layer.schema].items():
            lines += _table(name, node, rules.get(name, []), known)
    return "\n".join(lines) + "\n"


def write(paths: Paths, target: Path = TARGET) -> Path:
    """Write the dictionary of the project as it is. Raises DbtError when the project does not parse."""
    read = json.loads(manifest(paths).read_text(encoding="utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(read), encoding="utf-8")
    return target


def _tables(read: Mapping[str, Any]) -> dict[str, dict[str, Node]]:
    found: dict[str, dict[str, Node]] = {layer.schema: {} for layer in LAYERS}
    nodes = [node for node in read["nodes"].values() if node["resource_type"] in ("model", "seed")]
    for node in sorted([*nodes, *read["sources"].values()], key=lambda node: str(node["name"])):
        found[node["schema"]][node["name"]] = node
    return found


def _rules(read: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The unit tests of each model: the defect each one prevents, and why it matters."""
    rules: dict[str, list[tuple[str, str]]] = {}
    for test in sorted(read["unit_tests"].values(), key=lambda test: str(test["name"])):
        rules.setdefault(test["model"], []).append((test["name"], _one_line(test["description"])))
    return rules


def _table(name: str, node: Node, rules: Sequence[tuple[str, str]], known: Set[str]) -> Iterator[str]:
    yield from ("", f"### {name}", "", _one_line(node["description"]), "")
    parents = [parent.rsplit(".", 1)[-1] for parent in (node.get("depends_on") or {}).get("nodes", [])]
    if parents:
        yield f"Built from {', '.join(f'[{parent}](#{parent})' for parent in sorted(set(parents)) if parent in known)}."
        yield ""
    yield from ("| column | type | filled | description |", "| --- | --- | --- | --- |")
    for column in node["columns"].values():
        filled = any(constraint["type"] == "not_null" for constraint in column.get("constraints") or [])
        described = _one_line(column["description"]).replace("|", "\\|")
        yield f"| `{column['name']}` | {column['data_type'] or ''} | {'always' if filled else ''} | {described} |"
    if rules:
        yield from ("", "Held by unit tests:", "")
        for test, reason in rules:
            yield f"- `{test}`: {reason}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    write(Paths.from_environment())
