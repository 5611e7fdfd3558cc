"""What was altered outside of Jalon is found, built again, and never published."""

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.commands import rebuild as command
from orchestration.commands.run import Outcome
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.content import altered_tables

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


ALTERATIONS = {
    "marts.fct_kpi_observation": TENFOLD,
    "raw.measurement": "update raw.measurement set value = value * 10 where value > 0",
    "intermediate.int_observation_selected": "delete from intermediate.int_observation_selected "
    "where kpi_id = 'IND-8-4-2'",
    "reference.ref_commitment": "update reference.ref_commitment set target_value = 1",
    "marts.mart_source_conflict": "drop table marts.mart_source_conflict",
}


@pytest.mark.parametrize("table", ALTERATIONS)
def test_a_table_altered_in_the_warehouse_is_named(shipped: "Line", tmp_path: "Path", table: str) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(shipped.paths.warehouse, warehouse)
    altered(warehouse, ALTERATIONS[table])
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert altered_tables(connection) == [table]


def test_an_altered_warehouse_is_built_again_from_the_landing(copied: "Line") -> None:
    before, files = copied.marts(), copied.deliverables()
    for sql in ALTERATIONS.values():
        altered(copied.paths.warehouse, sql)
    # what decides that nothing is new does not look into the warehouse: a run does as soon as it builds
    (copied.paths.home / "memo" / "report-CNS-12.json").unlink(missing_ok=True)
    done = copied.report()
    assert "altered outside of Jalon" in done.stderr
    assert copied.marts() == before
    assert copied.deliverables() == files


def test_a_rebuild_names_the_tables_it_changed(
    shipped: "Line", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The build itself is shown by `test_runs.py`; here it finds each time what the case gives."""
    paths = Paths(home=tmp_path / "home", inbox=shipped.paths.inbox)
    paths.home.mkdir()
    shutil.copy(shipped.paths.marts, paths.marts)
    for found, words in (("select 1", "every row of its"), (TENFOLD, "changed in marts.fct_kpi_observation\n")):

        def build(*_: object, sql: str = found, **__: object) -> Outcome:
            altered(paths.marts, sql)
            return Outcome("", is_success=True)

        monkeypatch.setattr(command, "run_job", build)
        assert command.rebuild(paths) == 0
        assert words in capsys.readouterr().out
