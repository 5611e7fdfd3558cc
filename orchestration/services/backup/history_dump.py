"""Dagster's history into a backup and back: SQLite by its own backup call, PostgreSQL by pg_dump and pg_restore.

Both give the state of one instant while Dagster goes on writing.
"""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from orchestration.services.runtime.history_address import StorageError

SQLITE_SUFFIX = ".db"
# beside a SQLite file: its log, its shared memory
SQLITE_BESIDE = (".db-wal", ".db-shm", ".db-journal")
TABLES = "select count(*) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')"


def copy_sqlite(source: Path, target: Path) -> None:
    """A copy of a SQLite file as of one instant, whoever writes it meanwhile."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read, closing(sqlite3.connect(target)) as made:
        read.backup(made)


def dump_postgresql(url: str, target: Path) -> None:
    """The database in PostgreSQL's own format. StorageError in one line when that cannot be done."""
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", f"--dbname={url}"])


def restore_postgresql(url: str, dump: Path) -> None:
    """A dump into an empty database, whole or not at all. StorageError when that cannot be done."""
    _run(
        [
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            f"--dbname={url}",
            str(dump),
        ]
    )


def require_empty_postgresql(url: str) -> None:
    """StorageError when the database already holds tables: a restore never writes over a history."""
    import psycopg2

    try:
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(TABLES)
            tables = cursor.fetchone()[0]
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise StorageError(f"JALON_STORAGE_URL: the database does not answer ({reason}). Start it first.") from error
    if tables:
        raise StorageError(
            f"JALON_STORAGE_URL: the database already holds {tables} tables. Make a new, empty one, and name it there."
        )


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StorageError(
            f"{command[0]} is not installed: PostgreSQL's client programs are needed here (postgresql-client)."
        ) from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise StorageError(f"{reason}. Check that the database answers and that {command[0]} is as new as its server.")
