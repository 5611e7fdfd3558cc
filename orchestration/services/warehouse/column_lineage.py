"""Which columns each column of a model is made from, read in the SQL that dbt compiled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestration.services.warehouse.dbt_build import NodeResult
from sources.files.memo import Memo

#: what the lineage is remembered under
LINEAGE = "lineage"
#: unique id → column → the columns it is made from, each as [schema, table, column]
Lineage = dict[str, dict[str, list[list[str]]]]


def lineage_of(manifest: Mapping[str, Any], results: Sequence[NodeResult], memo: Memo) -> Lineage:
    """The lineage of every model, read again when the SQL of one changed."""
    models = {result.unique_id: result.sql for result in results if result.sql}
    key = memo.key(__name__, data=[sorted(models.items())])
    found: Lineage | None = memo.recall(LINEAGE, key)
    if found is None:
        schema = _schema_of(manifest)
        found = {unique_id: columns_of(sql, schema) for unique_id, sql in models.items()}
        memo.remember(LINEAGE, key, found)
    return found


def columns_of(sql: str, schema: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """The columns of a query with those of tables that each is made from; nothing when the SQL is not understood."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage

    try:
        query = parse_one(sql, dialect="duckdb")
        for table in query.find_all(exp.Table):
            table.set("catalog", None)
        nodes = lineage(None, query, dict(schema), dialect="duckdb", trim_selects=False)
    except SqlglotError:
        return {}
    return {column: _places(node.walk()) for column, node in nodes.items()}


def _places(nodes: Iterable[Any]) -> list[list[str]]:
    """The columns of tables among the steps from a column back to where it comes from."""
    from sqlglot import exp

    read = [(node.expression, node.name.rpartition(".")[2]) for node in nodes if isinstance(node.expression, exp.Table)]
    return [
        list(place) for place in sorted({(table.db, table.name, column) for table, column in read if column != "*"})
    ]


def _schema_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """The tables of the project with their columns, by schema."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        if node["resource_type"] in {"model", "seed", "source"}:
            columns = {name: column["data_type"] or "varchar" for name, column in node["columns"].items()}
            found.setdefault(node["schema"], {})[node["name"]] = columns
    return found
