"""Dagster's own history (runs, events, ticks): SQLite under `$JALON_HOME/dagster`, unless a database is named.

Dagster's SQLite storage makes an engine and opens and closes a file several times an event, with a flush to disk each
time. A report tells some five hundred events, one for each model, check and file: on a busy machine that alone took
longer than everything else together. Here a shard's connection is kept, and a commit is flushed by SQLite's own log
alone: a killed process loses nothing of it, a power cut may lose the last events of a run, never the data.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine
from sqlalchemy import event as engine_event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from orchestration.paths import Paths
from orchestration.runtime.storage import storage_url

KEPT_SHARDS = 8
BUSY_SECONDS = 20


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
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
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

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, and move the time of its run's file.

        The UI watches that file, and what is written goes to the log beside it first.
        """
        super().store_event(event)
        with suppress(FileNotFoundError):  # a run deleted from the UI meanwhile
            os.utime(self.path_for_shard(event.run_id))

    def dispose(self) -> None:
        """Close what is open."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _flush_by_the_log_alone(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
