"""Short tables are Parquet to every reader, the same as the usual writer's."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.landing.short_parquet import SHORT_TABLE, short_parquet
from sources.landing.store import _by_pyarrow, _columns
from sources.landing.tables import COLUMNS, KEPT

PARIS = timezone(timedelta(hours=1))
VALUES = {
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False) | st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes(timezones=st.just(PARIS)),
}
FLAT = {name: columns for name, columns in {**COLUMNS, **KEPT}.items() if set(columns.values()) <= VALUES.keys()}


def tables() -> st.SearchStrategy[tuple[str, list[dict[str, Any]]]]:
    """A landing table with some rows; a value in three is missing, some columns have none or all."""

    def rows(table: str) -> st.SearchStrategy[tuple[str, list[dict[str, Any]]]]:
        row = st.fixed_dictionaries({}, optional={name: st.none() | VALUES[kind] for name, kind in FLAT[table].items()})
        return st.tuples(st.just(table), st.lists(row, min_size=1, max_size=20))

    return st.sampled_from(sorted(FLAT)).flatmap(rows)


@settings(max_examples=60, deadline=None)
@given(tables())
def test_a_short_table_is_read_as_the_one_of_the_usual_writer(made: tuple[str, list[dict[str, Any]]]) -> None:
    table, rows = made
    content = short_parquet(table, len(rows), _columns(rows))
    assert content is not None
    usual, ours = (
        pq.read_table(pa.BufferReader(written)) for written in (_by_pyarrow(table, len(rows), _columns(rows)), content)
    )
    assert ours.schema.equals(usual.schema)
    assert ours.equals(usual)


def full(rows: int) -> list[dict[str, Any]]:
    return [
        {
            "sha256": "é" * (row % 7),
            "value": row / 7,
            "kpi_id": None if row % 3 else "IND-1-1-1",
            "period_end": date(2024, 12, 31) - timedelta(days=row),
            "row_number": row,
        }
        for row in range(rows)
    ]


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 100, SHORT_TABLE])
def test_duckdb_reads_it_as_it_reads_the_usual_one(rows: int, tmp_path: Path) -> None:
    """`raw` is loaded by DuckDB: its reader has to agree, whatever the number of rows and of bits."""
    content = short_parquet("measurement", rows, _columns(full(rows)))
    assert content is not None
    (tmp_path / "ours.parquet").write_bytes(content)
    (tmp_path / "usual.parquet").write_bytes(_by_pyarrow("measurement", rows, _columns(full(rows))))
    with duckdb.connect() as connection:
        ours, usual = (
            connection.execute(f"select * from read_parquet('{tmp_path / name}.parquet')").fetchall()
            for name in ("ours", "usual")
        )
        types = [
            connection.execute(f"describe from '{tmp_path / name}.parquet'").fetchall() for name in ("ours", "usual")
        ]
    assert ours == usual
    assert types[0] == types[1]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("measurement", {"value": "12"}),
        ("measurement", {"row_number": 2**63}),
        ("measurement", {"row_number": True}),
        ("measurement", {"period_end": datetime(2024, 12, 31, tzinfo=UTC)}),
        ("submission", {"received_at": datetime(2024, 12, 31)}),  # noqa: DTZ001
        ("document_action", {"partners": ["DNS"]}),
    ],
)
def test_what_is_no_plain_value_of_its_column_is_left_to_the_usual_writer(table: str, row: dict[str, Any]) -> None:
    assert short_parquet(table, 1, _columns([row])) is None


def test_a_long_table_is_left_to_the_usual_writer() -> None:
    assert short_parquet("measurement", SHORT_TABLE + 1, _columns(full(SHORT_TABLE + 1))) is None
