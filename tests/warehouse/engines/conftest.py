"""Sets of raw tables that DuckDB and another engine build, each by its own dialect, and what differs in their marts."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.beside import row_keys
from orchestration.services.warehouse.comparison import ENGINE_DIGITS, compare_marts
from orchestration.services.warehouse.engines import SPARK_TYPES
from sources.files.memo import PROJECT
from sources.landing.load import NOTES, SQL_TYPES
from sources.landing.tables import COLUMNS
from tests.warehouse.engines.random_sets import RandomSet

# Spark set for little data, as docs/operations/engines.md says
SMALL = {"JALON_SPARK_PARTITIONS": "1", "SPARK_CONF_DIR": str(Path(__file__).with_name("small"))}
ENGINE_TYPES = {SQL_TYPES[kind].upper(): name for kind, name in SPARK_TYPES.items()} | {"INTEGER": "int"}


def note_readings(warehouse: Path) -> None:
    """The loader's notes of hand-made raw tables: by them months of territories are built."""
    with duckdb.connect(str(warehouse)) as connection:
        for table, columns in NOTES.items():
            listed = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in columns.items())
            connection.execute(f"create or replace table raw.{table} ({listed})")
        connection.execute("insert into raw._loaded_reading select 'submissions', sha256, '1' from raw.submission")
        connection.execute(
            "insert into raw._measured_period select sha256, period_end, count(*) from raw.measurement "
            "where coalesce(territory_code, 'FR') <> 'FR' and period_end is not null group by all"
        )


def _hand_over(warehouse: Path, folder: Path, schemas: tuple[str, ...], *, is_tested: bool) -> list[str]:
    """What `engine_build.py` needs of a set that DuckDB has built; the names of its marts."""
    with duckdb.connect(str(warehouse)) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and not internal order by all"
        ).fetchall()
        tables: dict[str, dict[str, dict[str, str]]] = {schema: {} for schema in schemas}
        for schema, table, column, kind in columns:
            if schema in schemas and (schema != "raw" or table in COLUMNS | NOTES):
                tables[schema].setdefault(table, {})[column] = ENGINE_TYPES[kind]
        for schema, listed in tables.items():
            for table in listed:
                (folder / schema / table).mkdir(parents=True)
                connection.execute(f"copy {schema}.{table} to '{folder / schema / table}/rows.parquet'")
    marts = sorted({table for schema, table, _, _ in columns if schema == "marts"})
    asked = {"tables": tables, "marts": marts, "is_tested": is_tested}
    (folder / "asked.json").write_text(json.dumps(asked))
    return marts


@pytest.fixture(scope="session")
def differences() -> Callable[..., list[str]]:
    """Build sets by another engine, in one session, and name what differs from the marts that DuckDB built of them."""

    def found(engine: str, sets: Mapping[str, tuple[Path, bool]], work: Path, keys: Mapping[str, Any]) -> list[str]:
        marts = {}
        for name, (warehouse, is_tested) in sets.items():
            schemas = ("raw",) if is_tested else ("raw", "reference")
            marts[name] = _hand_over(warehouse, work / name, schemas, is_tested=is_tested)
        python, script = PROJECT / f".venv-{engine}" / "bin" / "python", Path(__file__).with_name("engine_build.py")
        done = subprocess.run(
            [python, script, engine, PROJECT / "dbt_project", work],
            env={**os.environ, **SMALL},
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        lines = []
        for name, (warehouse, _) in sets.items():
            built = work / f"{name}.duckdb"
            with duckdb.connect(str(built)) as connection:
                connection.execute("set timezone = 'UTC'")
                connection.execute(f"attach '{warehouse}' as duck (read_only)")
                connection.execute("create schema marts")
                for table in marts[name]:
                    connection.execute(f"create table marts.{table} as from duck.marts.{table} where false")
                    if files := sorted(map(str, (work / name / "marts" / table).glob("*.parquet"))):  # none of no rows
                        connection.execute(f"insert into marts.{table} by name from read_parquet(?)", [files])
            differing = compare_marts(warehouse, built, keys, digits=ENGINE_DIGITS)
            lines += [f"{name}: {difference.line('duckdb', engine)}" for difference in differing]
        return lines

    return found


@pytest.fixture(scope="session")
def hand_made(raw_tables: Any, dbt: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little of everything, built and tested by DuckDB: figures, words, dates, decisions, all of them fictional."""
    said = raw_tables()
    said.submission("ANS").action(
        "1-1", "on_track", progress_text="Sera publié au T1 2025, l’« étape » d'après."
    ).value("IND-1-1-1", 12_345_678.5, date(2024, 9, 30)).value("IND-1-1-1", 0.1, date(2023, 12, 31))
    said.submission("DNS", "CNS-13").action("2-1", "late", progress_text="Objectif atteint, sauf outre-mer.")
    said.decision("status", "1-1", "achieved", session_code="CNS-12")
    home: Path = tmp_path_factory.mktemp("hand_made")
    said.write(home / "warehouse.duckdb")
    note_readings(home / "warehouse.duckdb")
    dbt(home, "build", "--exclude-resource-type", "unit_test")
    return home / "warehouse.duckdb"


@pytest.fixture(scope="session")
def random_sets(
    raw_tables: Any, seeded: Path, dbt: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], Path]:
    """The random set of a seed, its models built by DuckDB."""

    def made(seed: int) -> Path:
        home: Path = tmp_path_factory.mktemp(f"random{seed}")
        warehouse = home / "warehouse.duckdb"
        shutil.copy(seeded, warehouse)
        raw = raw_tables()
        with duckdb.connect(str(warehouse)) as connection:

            def keys(sql: str) -> list[Any]:
                rows = connection.execute(sql).fetchall()
                return [row if len(row) > 1 else row[0] for row in rows]

            drawn = RandomSet(
                raw,
                seed,
                {
                    "kpis": keys("select kpi_id from reference.ref_kpi order by all"),
                    "commitments": keys("select commitment_id from reference.ref_commitment order by all"),
                    "partners": keys("select partner_code from reference.ref_partner order by all"),
                    "territories": keys("select territory_code from reference.ref_territory order by all"),
                    "owners": keys("select kpi_id, owner_partner from reference.ref_kpi order by all"),
                },
            )
            for statement in drawn.reference():
                connection.execute(statement)
        raw.write(warehouse)
        note_readings(warehouse)
        dbt(home, "run", "--full-refresh")
        return warehouse

    return made


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The columns that identify a row of each mart."""
    home = tmp_path_factory.mktemp("keys")
    return row_keys(Paths(home=home, inbox=home))
