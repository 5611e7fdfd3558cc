"""The two DuckDB files: opening the one that is written, copying its marts for readers.

While one process holds a DuckDB file for writing no other can open it, not even to read. Writers take the file
lock of `orchestration.services.runtime.locks` first; readers never open `warehouse.duckdb`, they have `jalon.duckdb`.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.services.runtime.errors import holder_in
from orchestration.services.runtime.narrator import Log
from orchestration.services.warehouse.content import NOTED, altered_tables, content_digests, noted_content
from sources.command_line import command
from sources.errors import PlainError
from sources.files import atomic

BUILD_TABLE = "jalon_build"
OPEN_ATTEMPTS = 15
# The same as in dbt's profile.
MEMORY_VARIABLE = "JALON_DUCKDB_MEMORY"
MEMORY = "4GB"
OPEN_PAUSE_SECONDS = 1.0


# What DuckDB says where the machine refuses: the file is sound.
REFUSALS = ("No space left", "Permission denied", "Read-only file system", "Too many open files", "Disk quota")
DAMAGE = ("Corrupt database file", "database has been invalidated")


class WarehouseBusyError(PlainError):
    """Another program holds the DuckDB file open; the message says which."""

    fix = "Close the program that has `warehouse.duckdb` open; to read, `jalon.duckdb` is there."
    is_transient = True


class WarehouseDamagedError(PlainError):
    """The DuckDB file could be opened, but not read whole: it was put aside, the next run makes it again."""

    fix = "`jalon rebuild` makes the warehouse again from the landing."


@dataclass(frozen=True)
class Preview:
    """How many rows a table has, and its first ones as a Markdown table."""

    rows: int
    markdown: str


@contextmanager
def open_warehouse(
    path: Path, *, log: Log, attempts: int = OPEN_ATTEMPTS, pause: float = OPEN_PAUSE_SECONDS
) -> Iterator[Any]:
    """A connection that may write, always closed. The caller holds the writer's lock.

    A file that DuckDB cannot open (torn by a full disk, written by another DuckDB version) is put aside as
    `warehouse.duckdb.damaged`: it is disposable, and the caller loads it again. One found damaged while it is used is
    put aside likewise, with WarehouseDamagedError. A file open in another program is waited for, then
    WarehouseBusyError says which program it is.
    """
    import duckdb

    connection = _connect(path, log, attempts, pause)
    try:
        yield connection
    except duckdb.Error as error:
        if not is_damage(str(error)):
            raise
        connection.close()
        put_aside(path, log, str(error))
        raise WarehouseDamagedError(damaged_message(path, str(error))) from error
    finally:
        connection.close()


def _connect(path: Path, log: Log, attempts: int, pause: float) -> Any:
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    holder = ""
    for attempt in range(1, attempts + 1):
        try:
            return duckdb.connect(str(path), config={"memory_limit": os.environ.get(MEMORY_VARIABLE, MEMORY)})
        except duckdb.Error as error:
            text = str(error)
            if any(refusal in text for refusal in REFUSALS):
                raise
            if "Could not set lock" not in text:
                put_aside(path, log, text)
                continue
            holder = holder_in(text)
            if attempt == 1:
                log(f"waiting: {path.name} is open in {holder}")
            time.sleep(pause)
    if not holder:
        raise WarehouseDamagedError(f"{path}: cannot be opened. Look at that folder, then run `{command('rebuild')}`.")
    raise WarehouseBusyError(busy_message(path, holder))


def busy_message(path: Path, holder: str) -> str:
    """What an engineer reads about a file that another program holds."""
    return f"{path}: open in {holder}. Close it there (use {path.parent / 'jalon.duckdb'} to read), then run again."


def damaged_message(path: Path, reason: str) -> str:
    """What an engineer reads about a file that was put aside while it was used."""
    said = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    return f"{path}: damaged ({said}). It was put aside; run again, the landing makes it anew."


def holder_of(path: Path) -> str | None:
    """The program that holds a DuckDB file for writing, None when nobody does. Nothing is written."""
    import duckdb

    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        return holder_in(str(error)) if "Could not set lock" in str(error) else None
    return None


def is_damage(text: str) -> bool:
    """Whether a message of DuckDB's says that the file itself is wrong, not what was asked of it."""
    return any(said in text for said in DAMAGE) and not any(refusal in text for refusal in REFUSALS)


def put_aside(path: Path, log: Log, reason: str) -> None:
    """Rename a DuckDB file that cannot be read, so that a new one takes its place; at most one is kept."""
    if path.is_file():
        damaged = path.with_suffix(".duckdb.damaged")
        path.replace(damaged)
        _wal(path).unlink(missing_ok=True)
        log(f"{path.name} cannot be read ({reason.splitlines()[0]}); put aside as {damaged.name}, built again")


def _wal(path: Path) -> Path:
    """DuckDB's log of a file is beside it under its whole name."""
    return path.with_name(f"{path.name}.wal")


def remove_warehouse(path: Path) -> None:
    """Delete the DuckDB file and its log; the landing and the reference make it again."""
    for part in (path, _wal(path)):
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
    tables = [
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' "
            "and table_catalog = current_database() order by table_name"
        ).fetchall()
    ]
    with atomic.written(target) as aside:
        remove_warehouse(aside)
        try:
            _write_copy(connection, aside, tables, digest)
            aside.chmod(0o640)
        finally:
            _wal(aside).unlink(missing_ok=True)  # what a full disk cut short must not go on filling it
    return tables


def _write_copy(connection: Any, aside: Path, tables: list[str], digest: str) -> None:
    connection.execute(f"attach '{_quoted(aside)}' as readers")
    try:
        connection.execute("create schema readers.marts")
        connection.execute("create schema readers.raw")
        for name in tables:
            connection.execute(f'create table readers.marts."{name}" as from marts."{name}"')
        _copy_comments(connection)
        connection.execute(f"create table readers.raw.{BUILD_TABLE} as select ? as digest", [digest])
        content = content_digests(connection, ["marts"])
        connection.execute(
            f"create table readers.raw.{NOTED} as "
            "select unnest(?::varchar[]) as table_name, unnest(?::varchar[]) as digest",
            [list(content), list(content.values())],
        )
        connection.execute("checkpoint readers")
    finally:
        connection.execute("detach readers")


def _copy_comments(connection: Any) -> None:
    """The descriptions of tables and columns: a reader sees them in any client."""
    rows = connection.execute(
        "select table_name, null, comment from duckdb_tables() where schema_name = 'marts' "
        "and database_name = current_database() and comment is not null union all "
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts' "
        "and database_name = current_database() and comment is not null"
    ).fetchall()
    for table, column, comment in rows:
        what = f'table readers.marts."{table}"' if column is None else f'column readers.marts."{table}"."{column}"'
        said = comment.replace("'", "''")
        connection.execute(f"comment on {what} is '{said}'")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def open_marts(marts: Path) -> Iterator[Any]:
    """A connection that reads the readers' copy, in which `marts.<table>` is found.

    It is attached under a name of its own, whatever the file is called: DuckDB refuses `marts.<table>` as ambiguous in
    a file called `marts`. duckdb.Error when it cannot be read.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{_quoted(marts)}' as readers (read_only)")
        connection.execute("use readers")
        yield connection


def is_whole(path: Path) -> bool:
    """Whether every row of a DuckDB file can be read: DuckDB checks each block it reads against its checksum."""
    import duckdb

    try:
        with open_marts(path) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_catalog = 'readers'"
            ).fetchall()
            for schema, table in tables:
                connection.execute(f'select bit_xor(hash(row_read)) from "{schema}"."{table}" row_read').fetchall()
    except duckdb.Error:
        return False
    return True


def marts_content(marts: Path) -> dict[str, str] | None:
    """The digest of every table of a readers' copy, None when there is none that can be read."""
    import duckdb

    if not marts.is_file():
        return None
    try:
        with open_marts(marts) as copy:
            return content_digests(copy, ["marts"])
    except duckdb.Error:
        return None


def is_copy_of(marts: Path, connection: Any) -> bool:
    """Whether the readers' copy holds what the open warehouse's marts hold, every row read again."""
    import duckdb

    wanted = content_digests(connection, ["marts"])
    try:
        with open_marts(marts) as copy:
            return noted_content(copy) == wanted and not altered_tables(copy)
    except duckdb.Error:
        return False


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
