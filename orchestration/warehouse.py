"""The two DuckDB files: opening the one that is written, copying its marts for readers.

While one process holds a DuckDB file for writing no other can open it, not even to read. Writers take the file
lock of `orchestration.locks` first; readers never open `warehouse.duckdb`, they have `marts.duckdb`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUILD_TABLE = "jalon_build"
OPEN_ATTEMPTS = 15
OPEN_PAUSE_SECONDS = 1.0


class WarehouseBusyError(Exception):
    """Another program holds the DuckDB file open."""


@dataclass(frozen=True)
class Preview:
    """How many rows a table has, and its first ones as a Markdown table."""

    rows: int
    markdown: str


@contextmanager
def open_warehouse(
    path: Path, *, tell: Callable[[str], None], attempts: int = OPEN_ATTEMPTS, pause: float = OPEN_PAUSE_SECONDS
) -> Iterator[Any]:
    """A connection that may write, always closed. The caller holds the writer's lock.

    A file that DuckDB cannot read (torn by a full disk, written by another DuckDB version) is put aside as
    `warehouse.duckdb.damaged`: it is disposable, and the caller loads it again. A file open in another program is
    waited for, then WarehouseBusyError says so.
    """
    connection = _connect(path, tell, attempts, pause)
    try:
        yield connection
    finally:
        connection.close()


def _connect(path: Path, tell: Callable[[str], None], attempts: int, pause: float) -> Any:
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    for attempt in range(1, attempts + 1):
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            if "Could not set lock" in str(error):
                if attempt == 1:
                    tell(f"waiting: {path.name} is open in another program")
                time.sleep(pause)
                continue
            _put_aside(path, tell, error)
        except (duckdb.SerializationException, duckdb.InvalidInputException, duckdb.InternalException) as error:
            _put_aside(path, tell, error)
    message = (
        f"{path}: open in another program. Close it there (use {path.parent / 'marts.duckdb'} to read), then run again."
    )
    raise WarehouseBusyError(message)


def _put_aside(path: Path, tell: Callable[[str], None], error: Exception) -> None:
    if not path.is_file():
        raise error
    damaged = path.with_suffix(".duckdb.damaged")
    path.replace(damaged)
    path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    tell(f"{path.name} cannot be read ({str(error).splitlines()[0]}); put aside as {damaged.name}, built again")


def remove_warehouse(path: Path) -> None:
    """Delete the DuckDB file and its log; the landing and the reference make it again."""
    for part in (path, path.with_suffix(".duckdb.wal")):
        part.unlink(missing_ok=True)


def build_digest(connection: Any) -> str | None:
    """What the marts of this file were built from; None before the first complete build."""
    known = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'raw' and table_name = ? "
        "and table_catalog = current_database()",
        [BUILD_TABLE],
    ).fetchall()
    if not known:
        return None
    found = connection.execute(f"select digest from raw.{BUILD_TABLE}").fetchall()
    return str(found[0][0]) if found else None


def note_build(connection: Any, digest: str | None) -> None:
    """Write down what the marts were built from; None says that they are being changed."""
    connection.execute("create schema if not exists raw")
    connection.execute(
        f"create or replace table raw.{BUILD_TABLE} as select ? as digest where ? is not null", [digest, digest]
    )


def preview(connection: Any, relation: str, limit: int = 5) -> Preview:
    """Row count and first rows of `schema.table`."""
    rows = connection.execute(f"select count(*) from {relation}").fetchall()[0][0]
    cursor = connection.execute(f"select * from {relation} limit {limit}")
    header = [column[0] for column in cursor.description]
    return Preview(rows, markdown_table(header, cursor.fetchall()))


def markdown_table(header: list[str], rows: list[Any]) -> str:
    """A Markdown table, its cells cut at 60 characters."""
    lines = [header, ["---"] * len(header), *[[_cell(value) for value in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= 60 else text[:59] + "…"


def copy_marts(connection: Any, target: Path, digest: str) -> list[str]:
    """Copy schema `marts` of the open warehouse into a new file that takes the place of `target` at once.

    Returns the names of the tables. A reader that has the former copy open keeps it until it closes it.
    """
    aside = target.with_suffix(".duckdb.aside")
    remove_warehouse(aside)
    tables = [
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' "
            "and table_catalog = current_database() order by table_name"
        ).fetchall()
    ]
    connection.execute(f"attach '{_quoted(aside)}' as readers")
    try:
        connection.execute("create schema readers.marts")
        connection.execute("create schema readers.raw")
        for name in tables:
            connection.execute(f'create table readers.marts."{name}" as from marts."{name}"')
        connection.execute(f"create table readers.raw.{BUILD_TABLE} as select ? as digest", [digest])
        connection.execute("checkpoint readers")
    finally:
        connection.execute("detach readers")
    aside.chmod(0o640)
    aside.replace(target)
    return tables


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def open_marts(marts: Path) -> Iterator[Any]:
    """A connection that reads the readers' copy, in which `marts.<table>` is found.

    Opened directly, `marts.duckdb` is a catalog called `marts` that holds a schema called `marts`, and DuckDB
    refuses `marts.<table>` as ambiguous: it is attached under another name. duckdb.Error when it cannot be read.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{_quoted(marts)}' as readers (read_only)")
        connection.execute("use readers")
        yield connection


def marts_digest(marts: Path) -> str | None:
    """What the readers' copy was built from; None when there is none that can be read."""
    import duckdb

    if not marts.is_file():
        return None
    try:
        with open_marts(marts) as connection:
            return build_digest(connection)
    except duckdb.Error:
        return None
