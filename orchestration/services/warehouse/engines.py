"""Which engine builds the marts: DuckDB in its own file, or Spark, whose marts are then brought into that file.

`raw` of the DuckDB file is loaded from the landing whatever the engine: its notes say what changed. Spark reads the
landing's Parquet itself, through views, and writes its tables as Parquet under the home. Its session lives in a process
of its own, which ends with its JVM: one build never runs in what another one left.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build
from orchestration.services.warehouse.dbt_build import NodeResult
from sources.landing.load import NOTES, by_columns
from sources.landing.store import CHANNELS, Landing, Reading
from sources.landing.tables import COLUMNS

SPARK_TYPES = {
    "text": "string",
    "integer": "bigint",
    "float": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "texts": "array<string>",
}
MARTS = "marts"
GLOB_SIGNS = re.compile(r"([{}\[\]*?\\])")


def build(
    paths: Paths, connection: Any, readings: Sequence[Reading], selected: Sequence[str] | None = None
) -> list[NodeResult]:
    """Build seeds, models and data tests as `dbt_build.build` does, by the engine that JALON_ENGINE names.

    `connection` is open on the DuckDB file, whose `raw` holds these readings; afterwards its `marts` is there, whatever
    the engine. EngineError when the engine is not installed.
    """
    if dbt_build.engine() == dbt_build.DUCKDB:
        return dbt_build.build(paths, selected)
    dbt_build.require_engine()
    if not (paths.spark / f"{MARTS}.db").is_dir():
        selected = None
    statements = ["create schema if not exists raw", *landing_views(readings), *_note_views(connection, paths.spark)]
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        results = pool.submit(_build_on_spark, paths, statements, selected).result()
    nodes = dbt_build.read_manifest(dbt_build.manifest(paths))["nodes"]
    for result in results:
        node = nodes.get(result.unique_id)
        if node and node["resource_type"] == "model" and node["schema"] == MARTS and result.status == "success":
            bring(connection, node, paths.spark / f"{MARTS}.db" / node["name"])
    return results


def loaded_readings(connection: Any, home: Path) -> list[Reading]:
    """The readings that `raw` holds, where the landing of this home has them."""
    landing = Landing(home)
    rows = connection.execute("select channel, sha256, reading_key from raw._loaded_reading order by all").fetchall()
    return [
        Reading(
            channel,
            sha256,
            key,
            landing.readings_folder / channel / f"{sha256}.{key}",
            landing.quarantine / f"{sha256}.{key}",
        )
        for channel, sha256, key in rows
        if channel in CHANNELS
    ]


def _build_on_spark(paths: Paths, statements: Sequence[str], selected: Sequence[str] | None) -> list[NodeResult]:
    dbt_build.operate(paths, "run_statements", {"statements": list(statements)})
    return dbt_build.build(paths, selected)


def landing_views(readings: Sequence[Reading]) -> Iterator[str]:
    """One view a table of `raw` over the Parquet of these readings; NULL in the columns that came since a file."""
    for table, columns in COLUMNS.items():
        parts = [_selected(columns, (), "", where=" where false")]
        found = [path for reading in readings if (path := reading.parquet(table)) is not None]
        for present, alike in by_columns(table, found).items():
            for root in sorted({path.parents[1] for path in alike}):
                names = ",".join(path.parent.name for path in alike if path.parents[1] == root)
                place = f"{_plain(root)}/{{{names}}}/{table}.parquet".replace("`", "``")
                parts.append(_selected(columns, present, f" from parquet.`{place}`"))
        yield f"create or replace view raw.{table} as {' union all '.join(parts)}"


def _note_views(connection: Any, spark: Path) -> Iterator[str]:
    """The loader's notes, by which the months to build again are found."""
    for table, columns in NOTES.items():
        folder = spark / "notes"
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        path = folder / f"{table.lstrip('_')}.parquet"  # Spark reads no file whose name begins with `_`
        connection.execute(f"copy raw.{table} to '{str(path).replace(chr(39), chr(39) * 2)}' (format parquet)")
        place = _plain(path).replace("`", "``")
        yield f"create or replace view raw.{table} as {_selected(columns, tuple(columns), f' from parquet.`{place}`')}"


def _selected(columns: Mapping[str, str], present: Sequence[str], source: str, where: str = "") -> str:
    listed = (
        f"`{name}`" if name in present else f"cast(null as {SPARK_TYPES[kind]}) as `{name}`"
        for name, kind in columns.items()
    )
    return f"select {', '.join(listed)}{source}{where}"


def _plain(path: Path) -> str:
    """A path in which nothing is a pattern."""
    return GLOB_SIGNS.sub(r"\\\1", str(path))


def bring(connection: Any, node: Mapping[str, Any], folder: Path) -> None:
    """A mart that Spark wrote, with the types of its contract and its descriptions."""
    table = f'{MARTS}."{node["name"]}"'
    columns = node["columns"].values()
    listed = ", ".join(f'"{column["name"]}"' for column in columns)
    typed = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in columns)
    connection.execute(f"create schema if not exists {MARTS}")
    views = connection.execute("select view_name from duckdb_views() where schema_name = ?", [MARTS]).fetchall()
    if (node["name"],) in views:  # as DuckDB built it
        connection.execute(f"drop view {table}")
    connection.execute(f"create or replace table {table} ({typed})")
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    if files:
        connection.execute(f"insert into {table} ({listed}) select {listed} from read_parquet(?)", [files])
    for what, said in [
        (f"table {table}", node["description"]),
        *((f'column {table}."{column["name"]}"', column["description"]) for column in columns),
    ]:
        quoted = said.replace("'", "''")
        connection.execute(f"comment on {what} is '{quoted}'")
