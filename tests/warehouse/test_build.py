"""The project as a whole: empty inputs, the same marts twice, unit tests, and what a model may not do."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from sources.landing.load import SQL_TYPES
from sources.landing.tables import COLUMNS


def test_empty_raw_tables_build_every_session_with_nothing_but_what_the_reference_says(empty_warehouse: Any) -> None:
    """No figure, no word, no reading: a commitment is late where a published text gives a later date, no other is."""
    assert empty_warehouse.rows(
        "select distinct commitment_id, status from marts.fct_commitment_progress"
        " where status not in ('not_reported', 'in_progress', 'unconfirmed') and session_code = 'CNS-12' order by 1"
    ) == [
        (commitment, status)
        for commitment, status in empty_warehouse.rows(
            "select commitment_id, case when deadline < date '2024-12-17' then 'late' else 'at_risk' end"
            " from reference.ref_commitment_revision inner join reference.ref_commitment using (commitment_id)"
            " where said_in_session = 'CNS-12' and revised_deadline > deadline order by 1"
        )
    ]
    assert (
        empty_warehouse.rows(
            "select distinct final_status from marts.fct_action_status where final_status in ('achieved', 'on_track')"
        )
        == []
    )
    assert empty_warehouse.row("select count(*) from marts.fct_action_status where session_code = 'CNS-12'") == (65,)
    assert empty_warehouse.row("select count(*) from marts.fct_kpi_observation") == (0,)
    assert empty_warehouse.row("select count(*) from marts.mart_session_overview where session_code = 'CNS-12'") == (
        45,
    )


def test_unit_tests_of_the_models_pass(dbt: Callable[..., Any], empty_warehouse: Any) -> None:
    results = dbt(empty_warehouse.path.parent, "test", "--select", "test_type:unit")
    assert len(results.results) > 50


def test_the_channels_of_observations_have_the_same_columns(empty_warehouse: Any) -> None:
    """Their union goes by position: a column moved in one of them would put a place in a quote."""
    columns = (
        "select column_name, data_type from information_schema.columns where table_name = ? order by ordinal_position"
    )
    sent = empty_warehouse.rows(columns, "int_measurement_sent")
    assert sent
    assert sent == empty_warehouse.rows(columns, "int_quantity_accepted")


def test_a_schema_carries_the_name_of_the_architecture(empty_warehouse: Any) -> None:
    schemas = empty_warehouse.rows("select distinct table_schema from information_schema.tables order by 1")
    assert schemas == [("intermediate",), ("marts",), ("raw",), ("reference",), ("staging",)]


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
