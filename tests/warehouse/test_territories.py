"""Figures of territories: built one month at a time, the same as built at once, and only the months that changed."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import plain_territories, territories
from benchmarks.tasks import SCALED
from orchestration.services.reception.ingest import current_readings, read_all, receive_all
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths
from sources.landing.load import load_raw
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference

# model → the table that plain SQL makes of the same files, and its columns that are sums of decimal numbers
SAME = {
    "intermediate.int_territory_observation": ("current_value", ()),
    "intermediate.int_territory_aggregated": ("together", ("value",)),
    "marts.mart_territory_gap": ("gap", ("aggregated_value",)),
    "marts.dim_territory": ("territory", ()),
    "marts.mart_territory_progress": ("progress", ("expected_rate",)),
}
TAMPERED = "2022-01-31"
Dbt = Callable[..., Any]


def without_raw(seeded: Path, home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(seeded.read_bytes())
    rows(home, "drop schema raw cascade")


def load(home: Path, months: int) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        load_raw(connection, territories.read(home, months))


def give_paths(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates that territories share get an invented start and a target of the size of the invented values."""
    seeds = home / "seeds"
    shutil.copytree(plain_territories.SEEDS, seeds)
    monkeypatch.setattr(plain_territories, "SEEDS", seeds)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("update reference.ref_commitment set target_value = 100000 where kpi_id like 'IND-10-%'")
        connection.execute(
            "insert into reference.ref_kpi_baseline select distinct kpi_id, 0, date '2022-01-01', 'day', 'inventé' "
            "from reference.ref_commitment where kpi_id like 'IND-10-%' and kind = 'target'"
        )
        for table in ("ref_commitment", "ref_kpi_baseline"):
            connection.execute(f"copy reference.{table} to '{seeds / table}.csv' (header)")


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home if home.is_file() else home / "warehouse.duckdb")) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return found


def differences(home: Path, but_period: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """Rows of each model that plain SQL has not, and the other way round; one period left out where there is one."""
    found = {}
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(f"attach '{home / 'plain.duckdb'}' as plain (read_only)")
        for model, (table, sums) in SAME.items():
            names = [name for name, *_ in connection.execute(f"describe {model}").fetchall()]
            listed = ", ".join(f"round({name}, 3)" if name in sums else name for name in names)
            which = f"where period_end <> date '{but_period}'" if but_period and "period_end" in names else ""
            ours, theirs = f"select {listed} from {model} {which}", f"select {listed} from plain.{table} {which}"
            found[model] = connection.execute(
                f"(({ours}) except all ({theirs})) union all (({theirs}) except all ({ours}))"
            ).fetchall()
    return found


def test_a_month_more_changes_its_months_alone_and_gives_what_plain_sql_gives(
    dbt: Dbt, seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows and columns of what `make bench` times, from the start and with a month more."""
    monkeypatch.setenv("JALON_ROWS_AT_ONCE", "9000")  # some months a statement, some of them alone
    without_raw(seeded, tmp_path)
    give_paths(tmp_path, monkeypatch)
    territories.write(tmp_path, 90_000, months=36)
    nothing: dict[str, list[tuple[Any, ...]]] = {model: [] for model in SAME}

    load(tmp_path, 35)
    dbt(tmp_path, "run", "--select", *(f"+{model}" for model in SCALED), "--exclude", "resource_type:seed")
    territories.plain_build(tmp_path, tmp_path / "plain.duckdb", 35)
    assert differences(tmp_path) == nothing
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            f"update intermediate.int_territory_observation set value = -1 where period_end = date '{TAMPERED}'"
        )
    load(tmp_path, 36)
    dbt(tmp_path, "run", "--select", *SCALED)
    territories.plain_month(tmp_path, tmp_path / "plain.duckdb", 35)

    untouched = f"select distinct value from intermediate.int_territory_observation where period_end = '{TAMPERED}'"
    assert rows(tmp_path, untouched) == [(-1.0,)], "a month that nothing new speaks of was built again"
    assert differences(tmp_path, but_period=TAMPERED) == nothing
    proof = "select count(distinct version_count) from intermediate.int_territory_observation"
    assert rows(tmp_path, proof) == [(2,)], "no figure was corrected: nothing is proved"
    statuses = "select count(distinct status) from marts.mart_territory_progress"
    assert rows(tmp_path, statuses) >= [(3,)], "the rule of the status was not tried"

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update reference.ref_kpi_aggregation set aggregation_rule = 'mean'")
    dbt(tmp_path, "run", "--select", "int_territory_aggregated")
    rules = "select distinct aggregation_rule from intermediate.int_territory_aggregated"
    assert rows(tmp_path, rules) == [("mean",)], "a rule that changed left the months as they were"

    load(tmp_path, 2)
    dbt(tmp_path, "run", "--select", "int_territory_observation", "int_territory_aggregated")
    months = "select distinct cast(period_end as varchar) from intermediate.int_territory_aggregated order by all"
    assert rows(tmp_path, months) == [("2022-01-31",), ("2022-02-28",)], "a month taken back stands still"


# invented: departments that make the national figure of one KPI, and not that of another
DROPPED = """\
Code;Territoire;Période;Valeur
IND-1-1-1;D01;mars 2025;12
IND-1-1-1;D69;mars 2025;30
IND-1-1-1;département Guadeloupe;mars 2025;8
IND-1-1-1;;mars 2025;50
IND-2-2-1;Ain;mars 2025;12
IND-2-2-1;690000880;mars 2025;5
IND-2-2-1;;mars 2025;60
"""


def test_a_national_value_is_checked_against_the_sum_of_the_parts_that_were_dropped(
    dbt: Dbt, seeded: Path, tmp_path: Path, project_root: Path
) -> None:
    """From a partner's file to the question asked of whoever sent it."""
    folder = tmp_path / "inbox" / "partners" / "DNS"
    folder.mkdir(parents=True)
    (folder / "CNS-13_DNS_territoires.csv").write_text(DROPPED, encoding="utf-8")
    without_raw(seeded, tmp_path)
    reference, landing = load_reference(project_root / "dbt_project" / "seeds"), Landing(tmp_path).open()
    receive_all(tmp_path / "inbox", landing, lambda: datetime(2025, 6, 2, tzinfo=UTC), lambda _: None)
    reader = SubmissionsReader(Paths(tmp_path, tmp_path / "inbox"), reference, lambda _: None)
    assert not read_all(landing, reader, lambda _: None).unreadable
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        load_raw(connection, current_readings(landing, [reader]))
    dbt(tmp_path, "run", "--select", "+mart_territory_gap", "+dim_territory", "--exclude", "resource_type:seed")
    (check,) = dbt(tmp_path, "test", "--select", "assert_national_values_match_their_parts").results

    outcomes = rows(
        tmp_path,
        "select kpi_id, territory_level, territory_count, aggregated_value, national_value, outcome "
        "from marts.mart_territory_gap order by all",
    )
    assert outcomes == [
        ("IND-1-1-1", "department", 3, 50.0, 50.0, "equal"),
        ("IND-2-2-1", "department", 1, 12.0, 60.0, "different"),
        ("IND-2-2-1", "establishment", 1, 5.0, 60.0, "different"),
    ]
    assert (str(check.status), check.failures) == ("warn", 2)
    seen = rows(tmp_path, "select parent_code from marts.dim_territory where territory_code = '690000880'")
    assert seen == [("D69",)], "an establishment is known by the figures sent of it"


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
