"""What of the dbt project a change touches: the seeds and models to build again, with their tests; nothing else.

A node is a function of its code and of what it reads. Its fingerprint is made of both: the project's code, the seed's
file or the readings that `raw` holds for the channel, then the fingerprints of its parents. A table built by periods
reads the figures of territories alone: a workbook that sends none leaves it as it is. What was built is noted in the
warehouse itself, so that the note goes wherever the tables go.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.services.warehouse import database, dbt_build
from orchestration.services.warehouse.dbt_build import NodeResult
from sources.files.memo import Memo, digest, files_of
from sources.landing.load import TABLES, channel_digests
from sources.landing.tables import COLUMNS

BUILT_TABLE = "jalon_built_node"
SEEDS = ".csv"
BUILDABLE = ("seed", "model")
BY_PERIOD = "by_period"


def fingerprints(manifest: Mapping[str, Any], dbt_project: Path, connection: Any, memo: Memo) -> dict[str, str]:
    """Every seed and model by unique id, with a name for what it is made from.

    `connection` is open on the warehouse, its `raw` loaded. A view holds no rows: it is made from its code alone, and
    what reads it from what it reads.
    """
    written = {str(path.relative_to(dbt_project)): path for path in files_of(dbt_project) if path.suffix != SEEDS}
    code = memo.key(dbt_build.__name__, database.__name__, data=[written, COLUMNS, dbt_build.engine()])
    seeds = {node["name"]: key for key, node in manifest["nodes"].items() if node["resource_type"] == "seed"}
    files = [dbt_project / manifest["nodes"][key]["original_file_path"] for key in seeds.values()]
    rows = dict(zip(seeds.values(), map(str, memo.contents(files)), strict=True))
    channels = channel_digests(connection)
    channel_of = {table: channel for channel, tables in TABLES.items() for table in tables}
    content = {
        unique_id: channels[channel_of[source["name"]]]
        for unique_id, source in manifest["sources"].items()
        if source["name"] in channel_of
    }
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in BUILDABLE}
    territories = _territories(connection)
    for unique_id, node in nodes.items():
        if node["config"]["materialized"] == BY_PERIOD:  # the macro's `reference` names all that it reads beside them
            reference = (_content(seeds[name], nodes, content, code, rows) for name in node["config"]["reference"])
            content[unique_id] = digest(code, unique_id, territories, *reference)
    for unique_id in nodes:
        _content(unique_id, nodes, content, code, rows)
    return {
        unique_id: digest(code, unique_id) if node["config"]["materialized"] == "view" else content[unique_id]
        for unique_id, node in nodes.items()
    }


def digest_of(now: Mapping[str, str]) -> str:
    """A name for what all marts are made from. Equal digests, equal marts: models read no clock."""
    return digest(*(f"{unique_id} {fingerprint}" for unique_id, fingerprint in sorted(now.items())))


def _territories(connection: Any) -> str:
    """A name for the readings that hold figures of territories, as the loader notes them for `by_period.sql`."""
    found = connection.execute(
        "select md5(string_agg(concat_ws(' ', period, sha256, reading_key), ',' order by period, sha256, reading_key)) "
        "from raw._measured_period inner join raw._loaded_reading using (sha256)"
    ).fetchall()
    return str(found[0][0])


def _content(
    unique_id: str, nodes: Mapping[str, Any], known: dict[str, str], code: str, rows: Mapping[str, str | None]
) -> str:
    """What the rows of a node are a function of."""
    if unique_id not in known:
        node = nodes.get(unique_id)
        if node is None:  # a source that the landing does not fill: only the code says what it is
            known[unique_id] = digest(code, unique_id)
        elif node["resource_type"] == "seed":
            known[unique_id] = digest(code, unique_id, rows[unique_id])
        else:
            parents = sorted(set(node["depends_on"]["nodes"]))
            known[unique_id] = digest(
                code, unique_id, *(_content(parent, nodes, known, code, rows) for parent in parents)
            )
    return known[unique_id]


def changed(connection: Any, now: Mapping[str, str]) -> list[str] | None:
    """The unique ids to build again, in the manifest's order; None when all of them are, or nothing is known."""
    built = _built(connection)
    stale = [unique_id for unique_id, fingerprint in now.items() if built.get(unique_id) != fingerprint]
    return None if len(stale) == len(now) else stale


def forget(connection: Any, unique_ids: Iterable[str] | None) -> None:
    """Say that these nodes, or all of them, are being changed: whatever becomes of the run, they are built again."""
    known = _built(connection)
    left = {} if unique_ids is None else {key: value for key, value in known.items() if key not in set(unique_ids)}
    _note(connection, left)


def note(connection: Any, now: Mapping[str, str], results: Sequence[NodeResult]) -> None:
    """Write down what was built, failures left out."""
    done = {result.unique_id for result in results if result.status == "success"}
    _note(connection, _built(connection) | {key: value for key, value in now.items() if key in done})


def merged(before: Sequence[NodeResult], results: Sequence[NodeResult]) -> list[NodeResult]:
    """The last result of every node: the new ones, and those of the nodes that were left as they are."""
    new = {result.unique_id for result in results}
    return [*(result for result in before if result.unique_id not in new), *results]


def _built(connection: Any) -> dict[str, str]:
    connection.execute("create schema if not exists raw")
    connection.execute(f"create table if not exists raw.{BUILT_TABLE} (unique_id varchar, fingerprint varchar)")
    return dict(connection.execute(f"select unique_id, fingerprint from raw.{BUILT_TABLE}").fetchall())


def _note(connection: Any, built: Mapping[str, str]) -> None:
    connection.execute(
        f"create or replace table raw.{BUILT_TABLE} as "
        "select unnest(?::varchar[]) as unique_id, unnest(?::varchar[]) as fingerprint",
        [list(built), list(built.values())],
    )
