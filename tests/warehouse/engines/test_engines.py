"""Which engine builds: its name, what it needs, and how Spark is given the landing."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from orchestration.services.reception.waiting import waiting_of
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build, engines
from orchestration.services.warehouse.comparison import ENGINE_DIGITS, compare_marts
from sources.landing.store import Reading
from sources.landing.tables import COLUMNS


def reading(root: Path, letter: str, **columns: object) -> Reading:
    """A reading with one document, of these columns alone."""
    folder = root / "readings" / "documents" / f"{letter * 64}.1"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({name: [value] for name, value in columns.items()}), folder / "document.parquet")
    return Reading("documents", letter * 64, "1", folder, root / "quarantine" / f"{letter * 64}.1")


def test_a_name_of_no_engine_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_ENGINE", "postgres")
    with pytest.raises(dbt_build.EngineError, match="'postgres'; the engines are duckdb and spark"):
        dbt_build.engine()


def test_duckdb_is_the_engine_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JALON_ENGINE", raising=False)
    dbt_build.require_engine()
    assert dbt_build.engine() == "duckdb"


def test_spark_that_is_not_installed_is_said_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_ENGINE", "spark")
    monkeypatch.setattr(dbt_build, "find_spec", lambda _: None)
    with pytest.raises(dbt_build.EngineError, match="no Spark") as raised:
        dbt_build.require_engine()
    assert "make spark" in raised.value.fix


def test_each_table_of_the_landing_is_a_view_with_all_its_columns(tmp_path: Path) -> None:
    """A file that an older version wrote lacks columns; a table nobody sent is there, empty."""
    received_at = datetime(2024, 12, 17, tzinfo=UTC)
    older = reading(tmp_path, "a", sha256="a" * 64, title="titre")
    newer = reading(tmp_path, "b", sha256="b" * 64, title="titre", received_at=received_at)
    views = {}
    for sql in engines.landing_views([older, newer]):
        parsed = sqlglot.parse_one(sql, dialect="spark")
        views[parsed.this.name] = parsed.expression
    assert views.keys() == COLUMNS.keys()
    for table, columns in COLUMNS.items():
        for part in views[table].find_all(sqlglot.exp.Select):
            assert part.named_selects == list(columns)
    assert len(list(views["document"].find_all(sqlglot.exp.Select))) == 3
    assert len(list(views["measurement"].find_all(sqlglot.exp.Select))) == 1


def test_a_home_whose_name_is_a_pattern_is_taken_as_it_is_written(tmp_path: Path) -> None:
    found = reading(tmp_path / "état {1}*", "a", sha256="a" * 64)
    document = next(sql for sql in engines.landing_views([found]) if " raw.document " in sql)
    assert r"/état \{1\}\*/readings/documents/{" in document


@pytest.mark.parametrize(("engine", "is_known"), [("duckdb", True), ("spark", False)])
def test_a_receipt_never_says_what_waited_before_its_drop(
    engine: str, is_known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On DuckDB the mart is a view, right as soon as a drop is loaded; what Spark built is of the last build."""
    monkeypatch.setenv("JALON_ENGINE", engine)
    paths = Paths(home=tmp_path, inbox=tmp_path)
    with duckdb.connect(str(paths.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create view marts.mart_partner_item as select 'CNS-12' as session_code, 'ANS' as partner_code, "
            "'action' as item_kind, '1-1' as item_code, false as is_received"
        )
    found = waiting_of(paths, list, lambda _: None)("CNS-12", "ANS")
    assert (found is not None) == is_known


def test_a_mart_that_duckdb_kept_as_a_view_is_brought_as_a_table(tmp_path: Path) -> None:
    """The first build by Spark of an installation that DuckDB had built, and the builds after it."""
    pq.write_table(pa.table({"code": ["1-1"], "is_late": [True]}), tmp_path / "part-0.parquet")
    columns = {
        name: {"name": name, "data_type": kind, "description": "L’action"}
        for name, kind in (("code", "varchar"), ("is_late", "boolean"))
    }
    node = {"name": "mart_item", "description": "Ce qui reste", "columns": columns}
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create view marts.mart_item as select 'ancien' as code, false as is_late")
        for _ in range(2):
            engines.bring(connection, node, tmp_path)
            assert connection.execute("from marts.mart_item").fetchall() == [("1-1", True)]


@pytest.mark.parametrize(
    ("second", "is_same"), [("-0.0::double", True), ("1e-16::double", False), ("null::double", False)]
)
def test_two_engines_agree_on_zero_whatever_its_sign(second: str, is_same: bool, tmp_path: Path) -> None:
    for name, value in (("first", "0.0::double"), ("second", second)):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(f"create schema marts; create table marts.mart_item as select 1 as id, {value} as gap")
    found = compare_marts(tmp_path / "first.duckdb", tmp_path / "second.duckdb", {}, digits=ENGINE_DIGITS)
    assert (found == []) == is_same
