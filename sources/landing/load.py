"""Schema `raw` of the warehouse from the landing: every table always there, only what changed is loaded.

`raw._loaded_reading` notes which readings the tables hold. A reading no longer wanted (its file is read by a newer
reader version) leaves as its replacement enters, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources.command_line import command
from sources.files.memo import digest
from sources.landing.store import CHANNELS, Channel, LandingError, Reading, is_as_written
from sources.landing.tables import COLUMNS

SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "float": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "texts": "varchar[]",
}
TABLES: dict[Channel, tuple[str, ...]] = {
    "submissions": (
        "submission",
        "contribution",
        "milestone_report",
        "measurement",
        "rejected_row",
        "submission_issue",
        "refused_file",
    ),
    "documents": (
        "document",
        "document_priority",
        "document_action",
        "document_target",
        "document_quantity",
        "refused_file",
    ),
    "decisions": ("decision", "reading", "refused_file"),
    "drafts": (),  # words laid over the facts when they are printed, and
    "waivers": (),  # absences accepted: neither is a fact of the warehouse
}

# beside COLUMNS: what the loader notes of each file, by which months are built again
NOTES = {
    "_loaded_reading": {"channel": "text", "sha256": "text", "reading_key": "text"},
    "_measured_period": {"sha256": "text", "period": "date", "row_count": "integer"},
}

# Parquet of this size and more goes in without its order: no model counts on the order of `raw`, and to preserve it
# DuckDB holds the rows back and writes them twice. What is smaller lies in the same order from one load to the next.
UNORDERED_FROM_BYTES = 1_000_000

Connection = Any  # a duckdb connection, opened by the caller


@dataclass
class LoadedRaw:
    """What one load changed, and what the tables hold afterwards."""

    added: int = 0
    removed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    digest: str = ""

    @property
    def is_unchanged(self) -> bool:
        """True when nothing was loaded nor removed."""
        return not (self.added or self.removed)


def load_raw(connection: Connection, wanted: Sequence[Reading], channels: Sequence[Channel] = CHANNELS) -> LoadedRaw:
    """Bring schema `raw` to hold exactly the wanted readings of these channels. One transaction: all of it or nothing.

    `connection` is an open DuckDB connection that may write. `digest` names the content: the same set of readings
    always has the same one.
    """
    result = LoadedRaw()
    connection.execute("begin")
    try:
        _ensure_tables(connection)
        for channel in channels:
            added, removed = _load_channel(
                connection, channel, [reading for reading in wanted if reading.channel == channel]
            )
            result.added += added
            result.removed += removed
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        connection.execute("reset preserve_insertion_order")
    result.digest = content_digest(connection)
    for table in COLUMNS:
        result.rows[table] = connection.execute(f"select count(*) from raw.{table}").fetchall()[0][0]
    return result


def content_digest(connection: Connection) -> str:
    """A name for what `raw` holds: the readings and the tables' layout. Equal digests, equal rows."""
    names = connection.execute("select channel, sha256, reading_key from raw._loaded_reading order by all").fetchall()
    return digest(COLUMNS, names)


def channel_digests(connection: Connection) -> dict[Channel, str]:
    """A name for what the tables of each channel hold: a workbook received changes nothing of the documents."""
    names = connection.execute("select channel, sha256, reading_key from raw._loaded_reading order by all").fetchall()
    return {channel: digest(COLUMNS, [name for name in names if name[0] == channel]) for channel in CHANNELS}


def _ensure_tables(connection: Connection) -> None:
    """Make what is missing; tables of another layout are dropped whole and loaded again."""
    layout = digest(COLUMNS, NOTES)
    connection.execute("create schema if not exists raw")
    connection.execute("create table if not exists raw._layout (digest varchar)")
    found = connection.execute("select digest from raw._layout").fetchall()
    if found != [(layout,)]:
        names = connection.execute("select table_name from information_schema.tables where table_schema = 'raw'")
        for (name,) in names.fetchall():
            connection.execute(f'drop table raw."{name}" cascade')
        connection.execute("create table raw._layout as select ? as digest", [layout])
    for table, columns in (COLUMNS | NOTES).items():
        listed = ", ".join(f'"{column}" {SQL_TYPES[kind]}' for column, kind in columns.items())
        connection.execute(f"create table if not exists raw.{table} ({listed})")


def _take_out(connection: Connection, channel: Channel, stale: list[tuple[str, str]]) -> None:
    """Take the rows of readings that are no longer wanted out of every table that holds some."""
    if not stale:
        return
    hashes = [sha256 for sha256, _ in stale]
    for sha256, key in stale:
        connection.execute(
            "delete from raw._loaded_reading where channel = ? and sha256 = ? and reading_key = ?",
            [channel, sha256, key],
        )
    for table in TABLES[channel]:
        if channel == "decisions" and table != "refused_file":
            connection.execute(f"delete from raw.{table}")
        else:
            connection.execute(f"delete from raw.{table} where sha256 in ?", [hashes])
    if channel == "submissions":
        connection.execute("delete from raw._measured_period where sha256 in ?", [hashes])


def _insert(connection: Connection, table: str, paths: list[Path]) -> None:
    """All rows of these Parquet files; NULL in the columns that came since a file was written.

    What was read for a published session is never read again: its files have the columns of their time.
    """
    is_ordered = sum(path.stat().st_size for path in paths) < UNORDERED_FROM_BYTES
    connection.execute(f"set preserve_insertion_order = {is_ordered}")
    for columns, alike in by_columns(table, paths).items():
        listed = ", ".join(f'"{column}"' for column in columns)
        connection.execute(f"insert into raw.{table} ({listed}) select {listed} from read_parquet(?)", [_names(alike)])


def by_columns(table: str, paths: list[Path]) -> dict[tuple[str, ...], list[Path]]:
    """The files by the columns of the table that they have."""
    import pyarrow.parquet as pq

    found: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        try:
            names = set(pq.read_schema(path).names)
        except (OSError, ValueError):  # the engine reports what is wrong with it
            names = set(COLUMNS[table])
        found.setdefault(tuple(column for column in COLUMNS[table] if column in names), []).append(path)
    return found


def _names(paths: list[Path]) -> list[str]:
    return [str(path) for path in paths]


def _note_periods(connection: Connection, paths: list[Path]) -> None:
    """Note which months a file's territorial figures speak of, and in how many rows: only those are built again."""
    connection.execute(
        "insert into raw._measured_period select sha256, period_end, count(*) from read_parquet(?) "
        "where coalesce(territory_code, 'FR') <> 'FR' and period_end is not null group by all",
        [_names(paths)],
    )


def _load_channel(connection: Connection, channel: Channel, wanted: list[Reading]) -> tuple[int, int]:
    loaded = set(
        connection.execute(
            "select sha256, reading_key from raw._loaded_reading where channel = ?", [channel]
        ).fetchall()
    )
    asked = {(reading.sha256, reading.key) for reading in wanted}
    stale = sorted(loaded - asked)
    # A decision is not keyed by the file it came in: its small table is loaded whole when a reading leaves.
    if stale and channel == "decisions":
        stale = sorted(loaded)
    _take_out(connection, channel, stale)
    loaded.difference_update(stale)
    fresh = [reading for reading in wanted if (reading.sha256, reading.key) not in loaded]
    for table in TABLES[channel]:
        paths = [path for reading in fresh if (path := reading.parquet(table)) is not None]
        if paths:
            try:
                _insert(connection, table, paths)
                if table == "measurement":
                    _note_periods(connection, paths)
            except Exception as error:
                _explain(error, fresh)
                raise
    if fresh:
        connection.executemany(
            "insert into raw._loaded_reading values (?, ?, ?)",
            [[reading.channel, reading.sha256, reading.key] for reading in fresh],
        )
    return len(fresh), len(stale)


def _explain(error: Exception, readings: Sequence[Reading]) -> None:
    """LandingError in place of the engine's words, when a reading is what it could not read."""
    damaged = [reading.folder for reading in readings if not is_as_written(reading.folder)]
    if damaged:
        again = command("rebuild")
        message = f"{damaged[0]}: not as it was written. Delete that folder, then run `{again}`: it is read again."
        raise LandingError(message) from error
