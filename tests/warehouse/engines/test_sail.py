"""The dialect of Spark, checked on Sail: the same models, data tests, unit tests and marts as on DuckDB, without a JVM.

Sail speaks Spark's protocol and dialect; that it agrees is no proof of Spark (`test_spark.py`).
"""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.services.warehouse.comparison import ENGINE_DIGITS, compare_marts
from orchestration.services.warehouse.engines import SPARK_TYPES
from sources.files.memo import PROJECT
from sources.landing.load import NOTES, SQL_TYPES
from sources.landing.tables import COLUMNS

SAIL = PROJECT / ".venv-sail" / "bin" / "python"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SAIL.exists(), reason="no .venv-sail: `make sail` makes it"),
]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory, raw_tables: Any) -> Path:
    """A DuckDB file with a little of everything in `raw`: figures, words, dates, decisions, all of them fictional."""
    said = raw_tables()
    said.submission("ANS").action(
        "1-1", "on_track", progress_text="Sera publié au T1 2025, l’« étape » d'après."
    ).value("IND-1-1-1", 12_345_678.5, date(2024, 9, 30)).value("IND-1-1-1", 0.1, date(2023, 12, 31))
    said.submission("DNS", "CNS-13").action("2-1", "late", progress_text="Objectif atteint, sauf outre-mer.")
    said.decision("status", "1-1", "achieved", session_code="CNS-12")
    path: Path = tmp_path_factory.mktemp("sail") / "warehouse.duckdb"
    said.write(path)
    with duckdb.connect(str(path)) as connection:
        for table, columns in NOTES.items():
            listed = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in columns.items())
            connection.execute(f"create table raw.{table} ({listed})")
    return path


def test_sail_builds_tests_and_gives_what_duckdb_gives(raw: Path, dbt: Callable[..., Any], tmp_path: Path) -> None:
    dbt(raw.parent, "build", "--exclude-resource-type", "unit_test")
    tables: dict[str, Any] = {}
    with duckdb.connect(str(raw)) as connection:
        for table, columns in (COLUMNS | NOTES).items():
            folder = tmp_path / "raw" / table
            folder.mkdir(parents=True)
            connection.execute(f"copy raw.{table} to '{folder}/rows.parquet'")
            tables[table] = {name: SPARK_TYPES[kind] for name, kind in columns.items()}
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
        ]
    (tmp_path / "asked.json").write_text(json.dumps({"tables": tables, "marts": marts}))
    done = subprocess.run(
        [SAIL, Path(__file__).with_name("sail_build.py"), PROJECT / "dbt_project", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    with duckdb.connect(str(tmp_path / "sail.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{raw}' as duck (read_only)")
        connection.execute("create schema marts")
        for table in marts:
            connection.execute(f"create table marts.{table} as from duck.marts.{table} where false")
            connection.execute(
                f"insert into marts.{table} by name from read_parquet('{tmp_path}/marts/{table}/*.parquet')"
            )
    assert compare_marts(raw, tmp_path / "sail.duckdb", {}, digits=ENGINE_DIGITS) == []
