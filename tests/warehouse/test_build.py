"""The project as a whole: empty inputs, the same marts twice, unit tests, and what a model may not do."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import yaml

from sources.landing.load import SQL_TYPES
from sources.landing.tables import COLUMNS


def test_empty_raw_tables_build_every_session_with_nothing_reported(
    build: Callable[[Any], Any], raw_tables: type[Any]
) -> None:
    warehouse = build(raw_tables())
    assert (
        warehouse.rows(
            "select final_status, count(*) from marts.fct_action_status where session_code = 'CNS-12'"
            " and final_status not in ('not_reported', 'unconfirmed') group by 1"
        )
        == []
    )
    assert warehouse.row("select count(*) from marts.fct_kpi_observation") == (0,)
    assert warehouse.row("select count(*) from marts.mart_session_overview where session_code = 'CNS-12'") == (40,)


def test_unit_tests_of_the_models_pass(dbt: Callable[..., Any], raw_tables: type[Any], tmp_path: Path) -> None:
    raw_tables().write(tmp_path / "warehouse.duckdb")
    dbt(tmp_path, "seed")
    dbt(tmp_path, "run", "--empty")
    results = dbt(tmp_path, "test", "--select", "test_type:unit")
    assert len(results.results) > 30


def test_building_twice_from_the_same_input_gives_the_same_marts(
    build: Callable[[Any], Any], dbt: Callable[..., Any], raw_tables: type[Any]
) -> None:
    from datetime import date

    raw = raw_tables()
    raw.submission("DNS").action("5-1", "on_track").value("IND-5-1-1", 37, date(2024, 12, 31))
    raw.submission("CNAM").action("8-4", "late")
    first = build(raw)
    for rows in raw.rows.values():
        rows.reverse()  # the order files come in is no information
    second = build(raw)
    assert first.marts() == second.marts()
    dbt(first.path.parent, "build", "--exclude-resource-type", "unit_test")
    assert first.marts() == second.marts()


def test_sources_are_the_tables_of_the_landing(project_root: Path) -> None:
    """A column added to the landing and not here would never be read."""
    declared = yaml.safe_load((project_root / "dbt_project/models/sources.yml").read_text())["sources"]
    assert {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for source in declared
        for table in source["tables"]
    } == {table: {name: SQL_TYPES[kind] for name, kind in columns.items()} for table, columns in COLUMNS.items()}


def test_no_model_reads_the_clock(project_root: Path) -> None:
    """The session's cut-off is the only « now »: a session rendered again next year must say the same."""
    clock = re.compile(
        r"\bnow\s*\(|\bcurrent_(date|time|timestamp)\b|\bgetdate\b|\btoday\s*\(|run_started_at|modules\.datetime",
        re.IGNORECASE,
    )
    files = [
        path
        for folder in ("models", "macros", "tests")
        for path in (project_root / "dbt_project" / folder).rglob("*.sql")
    ]
    assert files
    assert [str(path) for path in files if clock.search(path.read_text())] == []


def test_a_schema_carries_the_name_of_the_architecture(build: Callable[[Any], Any], raw_tables: type[Any]) -> None:
    warehouse = build(raw_tables())
    connection = duckdb.connect(str(warehouse.path), read_only=True)
    schemas = {
        name for (name,) in connection.execute("select distinct table_schema from information_schema.tables").fetchall()
    }
    connection.close()
    assert schemas == {"raw", "reference", "staging", "intermediate", "marts"}
