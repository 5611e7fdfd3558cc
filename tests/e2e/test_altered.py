"""What was altered outside of Jalon is found, built again, and never published."""

from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Line

TENFOLD = "update marts.fct_kpi_observation set value = value * 10 where kpi_id = 'IND-8-4-2'"


def altered(path: "Path", sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def test_a_figure_altered_in_the_readers_copy_is_named_never_published_and_built_again(copied: "Line") -> None:
    before, files = copied.marts(), copied.deliverables()
    altered(copied.paths.marts, TENFOLD)
    assert copied.marts() != before

    seen = copied.jalon("doctor")
    assert seen.returncode == 1
    assert "BAD  marts" in seen.stdout
    assert "marts.fct_kpi_observation" in seen.stdout

    compared = copied.jalon("rebuild", "--compare")
    assert compared.returncode == 1
    assert "marts.fct_kpi_observation" in compared.stdout
    assert "observation_id" in compared.stdout

    refused = copied.jalon("publish", "--session", "CNS-12")
    assert refused.returncode == 1
    assert "la table fct_kpi_observation n’est pas ce que donnent les fichiers reçus" in refused.stderr
    assert not list(copied.paths.snapshots.glob("*/v*"))

    copied.report()
    assert copied.marts() == before
    assert copied.deliverables() == files


@pytest.mark.parametrize(
    "sql",
    [
        TENFOLD,
        "update raw.measurement set value = value * 10 where value > 0",
        "delete from intermediate.int_observation_selected where kpi_id = 'IND-8-4-2'",
        "update reference.ref_commitment set target_value = 1",
        "drop table marts.mart_source_conflict",
    ],
    ids=["mart", "raw", "intermediate", "reference", "dropped"],
)
def test_a_table_altered_in_the_warehouse_is_built_again_from_the_landing(copied: "Line", sql: str) -> None:
    before, files = copied.marts(), copied.deliverables()
    altered(copied.paths.warehouse, sql)
    # what decides that nothing is new does not look into the warehouse: it is looked at as soon as a run builds
    (copied.paths.home / "memo" / "report-CNS-12.json").unlink(missing_ok=True)
    done = copied.report()
    assert "altered outside of Jalon" in done.stderr
    assert copied.marts() == before
    assert copied.deliverables() == files


def test_a_rebuild_says_what_it_changed(copied: "Line") -> None:
    assert "every row of its" in copied.jalon("rebuild").stdout
    altered(copied.paths.marts, TENFOLD)
    done = copied.jalon("rebuild")
    assert done.returncode == 0
    assert "changed in marts.fct_kpi_observation" in done.stdout


def test_a_state_is_built_again_as_it_was_known_on_a_day(copied: "Line", tmp_path: "Path") -> None:
    then = tmp_path / "then.duckdb"
    done = copied.jalon("rebuild", "--known-on", "2024-12-20", "--to", str(then))
    assert done.returncode == 0, done.stderr
    assert "received by 2024-12-20" in done.stdout
    sources = "select count(*) from marts.dim_source where sha256 is not null"
    with duckdb.connect(str(then), read_only=True) as connection:
        known = connection.execute(sources).fetchall()
    assert known < copied.query(sources), "the doctrine of 9 January 2025 was not there yet"
    assert copied.jalon("rebuild", "--known-on", "2024-12-20").returncode == 2
