"""Dagster's own history (runs, events, ticks): SQLite under `$JALON_HOME/dagster`, unless a database is named.

Dagster's SQLite storage makes an engine and opens and closes a file several times an event, with a flush to disk each
time. A report tells some five hundred events, one for each model, check and file: on a busy machine that alone took
longer than everything else together. Here a shard's connection is kept, a commit is flushed by SQLite's own log alone
(a killed process loses nothing of it, a power cut may lose the last events of a run, never the data), an event is one
transaction of each file, all that a run plans is one too, and what tables, columns and summaries the index has is asked
until it has them.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine
from sqlalchemy import event as engine_event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from orchestration.services.runtime.history_address import storage_url
from orchestration.services.runtime.paths import Paths

KEPT_SHARDS = 8
BUSY_SECONDS = 20
# told one after the other while a run is made, which begins only afterwards
PLANNED = (DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)


class EnvironmentStorage(DagsterStorage):
    """What dagster.yaml names: it makes the storage that the environment asks for, and is never made itself."""

    @classmethod
    def config_type(cls) -> Any:
        """No setting: the environment is the setting, so that no secret is ever written in a file."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> DagsterStorage:
        """SQLite under JALON_HOME, or the PostgreSQL database of JALON_STORAGE_URL."""
        url = storage_url()
        if url is None:
            return InstallationStorage.from_config_value(inst_data, config_value)
        from dagster_postgres import DagsterPostgresStorage

        # SQLAlchemy 2.1 takes `postgresql://` for another driver than the one dagster-postgres brings.
        driven = url.replace("postgresql://", "postgresql+psycopg2://", 1)
        return DagsterPostgresStorage(postgres_url=driven, inst_data=inst_data)


class InstallationStorage(DagsterSqliteStorage):
    """The storage where no database is named. It needs no setting: the installation is the environment's."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLogStorage(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def config_type(cls) -> Any:
        """No setting."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "InstallationStorage":
        """The storage of the installation that the environment names."""
        del config_value
        home = Paths.from_environment().dagster_home
        home.mkdir(parents=True, exist_ok=True, mode=0o750)
        return cls(str(home), inst_data)


class KeptEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log, one SQLite file a run, whose last files used stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        self._indexes: set[str] = set()
        self._open: dict[str, Connection] = {}
        self._planned: list[EventLogEntry] = []
        super().__init__(base_dir, inst_data)
        # `_together` takes it around each `_connect`
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table. What it has it keeps: Dagster asks again at each event."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_secondary_index(self, name: str) -> bool:
        """Whether a summary of the index was made; likewise."""
        if name not in self._indexes and super().has_secondary_index(name):
            self._indexes.add(name)
        return name in self._indexes

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has a column; likewise."""
        return column_name in self._columns or super().has_asset_key_col(column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            self._store_planned()
            if shard in self._open:
                yield self._open[shard]
                return
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        """The kept engine of a shard; the one unused for longest is closed. Its file may have been deleted since."""
        engine = self._engines.get(shard)
        if engine is not None and Path(self.path_for_shard(shard)).exists():
            self._engines.move_to_end(shard)
            return engine
        self._initialized_dbs.discard(shard)
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,  # `_db_lock` is held as long as the connection is used
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        engine_event.listen(engine, "connect", _flush_by_the_log_alone)
        self._engines[shard] = engine
        while len(self._engines) > KEPT_SHARDS:
            _, oldest = self._engines.popitem(last=False)
            oldest.dispose()
        return engine

    @contextmanager
    def _together(self, run_id: str) -> Iterator[None]:
        """One transaction of the run's file, and one of the index, for all that is stored within."""
        with self._db_lock, ExitStack() as transactions:
            for shard in (run_id, INDEX_SHARD_NAME):
                self._open[shard] = transactions.enter_context(self._connect(shard))
            transactions.callback(self._open.clear)
            yield

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, and move the time of its run's file.

        The UI watches that file, and what is written goes to the log beside it first. What a run plans is held until
        something else is stored or read: nobody waits for it alone.
        """
        with self._db_lock:
            if event.is_dagster_event and event.dagster_event_type in PLANNED:
                self._planned.append(event)
                return
            with self._together(event.run_id):
                super().store_event(event)
        with suppress(FileNotFoundError):  # a run deleted from the UI meanwhile
            os.utime(self.path_for_shard(event.run_id))

    def _store_planned(self) -> None:
        planned, self._planned = self._planned, []
        for run_id in dict.fromkeys(event.run_id for event in planned):
            with self._together(run_id):
                for event in planned:
                    if event.run_id == run_id:
                        super().store_event(event)

    def dispose(self) -> None:
        """Close what is open."""
        with self._db_lock:
            self._store_planned()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _flush_by_the_log_alone(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
