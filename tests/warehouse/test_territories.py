"""Figures of territories: built one month at a time, the same as built at once, and only the months that changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import territories
from sources.landing.load import load_raw

MODELS = ["+int_territory_aggregated", "+dim_territory", "--exclude", "resource_type:seed"]
Dbt = Callable[..., Any]


def load(home: Path, months: int) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        load_raw(connection, territories.read(home, months))


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home if home.is_file() else home / "warehouse.duckdb")) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return found


def test_a_month_more_changes_its_months_alone_and_gives_what_plain_sql_gives(
    dbt: Dbt, seeded: Path, tmp_path: Path
) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(seeded.read_bytes())
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("drop schema raw cascade")
    territories.write(tmp_path, 8_000, months=4)

    load(tmp_path, 3)
    dbt(tmp_path, "run", "--select", *MODELS)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "update intermediate.int_territory_observation set value = -1 where period_end = date '2022-01-31'"
        )
    load(tmp_path, 4)
    dbt(tmp_path, "run", "--select", *MODELS)

    untouched = "select distinct value from intermediate.int_territory_observation where period_end = date '2022-01-31'"
    assert rows(tmp_path, untouched) == [(-1.0,)], "a month that nothing new speaks of was built again"
    territories.plain_build(tmp_path, tmp_path / "plain.duckdb", 4)
    compared = (
        "select kpi_id, territory_code, period_end, value, version_count from {} "
        "where period_end > date '2022-01-31' order by all"
    )
    with duckdb.connect(str(tmp_path / "plain.duckdb")) as plain:
        expected = plain.execute(compared.format("current_value")).fetchall()
    assert rows(tmp_path, compared.format("intermediate.int_territory_observation")) == expected
    assert max(row[4] for row in expected) == 2, "no figure was corrected: nothing is proved"

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update reference.ref_kpi_aggregation set aggregation_rule = 'mean'")
    dbt(tmp_path, "run", "--select", *MODELS)
    rules = "select distinct aggregation_rule from intermediate.int_territory_aggregated"
    assert rows(tmp_path, rules) == [("mean",)], "a rule that changed left the months as they were"

    load(tmp_path, 2)
    dbt(tmp_path, "run", "--select", *MODELS)
    months = "select distinct cast(period_end as varchar) from intermediate.int_territory_aggregated order by all"
    assert rows(tmp_path, months) == [("2022-01-31",), ("2022-02-28",)], "a month taken back stands still"


def test_every_kpi_has_its_rule_of_aggregation(seeded: Path) -> None:
    missing = "select kpi_id from reference.ref_kpi anti join reference.ref_kpi_aggregation using (kpi_id)"
    assert rows(seeded, missing) == []


def test_every_department_is_part_of_a_region(seeded: Path) -> None:
    levels = "select territory_level, count(*) from reference.ref_territory group by all order by all"
    assert rows(seeded, levels) == [("country", 1), ("department", 101), ("region", 18)]
    orphans = """
        select departments.territory_code from reference.ref_territory as departments
        left join reference.ref_territory as regions
            on departments.parent_code = regions.territory_code and regions.territory_level = 'region'
        where departments.territory_level = 'department' and regions.territory_code is null
    """
    assert rows(seeded, orphans) == []
