"""Opening the warehouse and copying its marts: busy, damaged, replaced under a reader."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.services.warehouse.database import (
    WarehouseBusyError,
    build_digest,
    copy_marts,
    markdown_table,
    marts_digest,
    note_build,
    open_marts,
    open_warehouse,
    preview,
)

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def build(path: Path, value: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(f"create or replace table marts.dim_action as select {value} as action_code")


def test_a_file_open_in_another_program_is_said_with_the_fix(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "open"
        told: list[str] = []
        with (
            pytest.raises(WarehouseBusyError, match=r"Close it there .*jalon\.duckdb"),
            open_warehouse(path, log=told.append, attempts=2, pause=0.01),
        ):
            pytest.fail("opened twice")
        assert told[0].startswith("waiting: warehouse.duckdb is open in python")
        assert told[0].endswith(f"(process {other.pid})")
    finally:
        other.communicate("")


@pytest.mark.parametrize("content", [b"not a database", b"\0" * 20_000, b""])
def test_a_damaged_file_is_put_aside_and_a_new_one_opened(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(content)
    told: list[str] = []
    with open_warehouse(path, log=told.append) as connection:
        assert build_digest(connection) is None
    if content:
        assert (tmp_path / "warehouse.duckdb.damaged").read_bytes() == content
        assert "built again" in told[0]


def test_a_torn_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    build(path, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    told: list[str] = []
    with open_warehouse(path, log=told.append) as connection:
        connection.execute("create table t as select 1")
    assert "put aside" in told[0]


def test_a_reader_keeps_its_copy_while_a_new_one_takes_the_name(tmp_path: Path) -> None:
    warehouse, marts = tmp_path / "warehouse.duckdb", tmp_path / "jalon.duckdb"
    build(warehouse, 1)
    with duckdb.connect(str(warehouse)) as connection:
        assert copy_marts(connection, marts, "first") == ["dim_action"]
    with open_marts(marts) as reader:
        build(warehouse, 2)
        with duckdb.connect(str(warehouse)) as connection:
            copy_marts(connection, marts, "second")
        assert reader.execute("select action_code from marts.dim_action").fetchall() == [(1,)]
    assert marts_digest(marts) == "second"
    with open_marts(marts) as reader:
        assert reader.execute("select action_code from marts.dim_action").fetchall() == [(2,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jalon.duckdb", "warehouse.duckdb"]


def test_a_build_that_began_is_not_taken_for_complete(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb", log=print) as connection:
        note_build(connection, "complete")
        assert build_digest(connection) == "complete"
        note_build(connection, None)
        assert build_digest(connection) is None


def test_previews_are_tables_whatever_the_cells_hold(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb", log=print) as connection:
        connection.execute("create table t as select 'a|b' as x, null as y union all select repeat('z', 99), '1\n2'")
        found = preview(connection, "t")
    assert found.rows == 2
    assert found.markdown.splitlines()[:3] == ["| x | y |", "| --- | --- |", "| a\\|b |  |"]
    assert markdown_table(["a"], []) == "| a |\n| --- |"
