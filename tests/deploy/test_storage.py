"""Dagster's history in PostgreSQL: chosen by the environment, no secret in an address, said plainly when it is down."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from dagster import DagsterInstance, DagsterRunStatus, job, op

from orchestration.cli import main
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.history_address import VARIABLE, StorageError, storage_url
from orchestration.services.runtime.paths import Paths

if TYPE_CHECKING:
    from tests.deploy.conftest import Database


@op
def say(context) -> None:  # type: ignore[no-untyped-def]
    context.log.info("kept in the database")


@job
def spoken() -> None:
    say()


def test_a_run_is_stored_in_the_database_and_read_again_by_another_process_start(
    database: "Database", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, database.create("runs"))
    monkeypatch.setenv("PGPASSWORD", "planted-secret")  # what PostgreSQL's client reads by itself
    paths = Paths(home=tmp_path / "home", inbox=tmp_path / "inbox")
    with open_instance(paths) as instance:
        run_id = spoken.execute_in_process(instance=instance).run_id
    with DagsterInstance.from_config(str(paths.dagster_home)) as again:
        run = again.get_run_by_id(run_id)
        assert run is not None
        assert run.status is DagsterRunStatus.SUCCESS
        assert any("kept in the database" in entry.message for entry in again.all_logs(run_id))
        assert type(again.run_storage).__name__ == "PostgresRunStorage"
    assert not list(paths.dagster_home.rglob("*.db")), "nothing of the history is in SQLite files"
    assert "planted-secret" not in (paths.dagster_home / "dagster.yaml").read_text()
    monkeypatch.delenv(VARIABLE)
    with open_instance(paths) as sqlite:
        assert sqlite.get_run_by_id(run_id) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://jalon:planted-secret@db/dagster", "holds a password"),
        ("postgresql://jalon@db/dagster?password=planted-secret", "holds a password"),
        ("mysql://jalon@db/dagster", "expected postgresql://"),
        ("postgresql://jalon@db", "expected postgresql://"),
    ],
)
def test_an_address_that_holds_a_secret_or_is_none_is_refused_without_repeating_it(url: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as refused:
        storage_url({VARIABLE: url})
    assert "planted-secret" not in str(refused.value)


def test_no_address_is_sqlite() -> None:
    assert storage_url({}) is None
    assert storage_url({VARIABLE: " "}) is None


def test_a_database_that_is_down_is_one_line_with_the_fix_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"postgresql://jalon@/dagster?host={tmp_path}")
    monkeypatch.setenv("PGPASSWORD", "planted-secret")
    done = CliRunner().invoke(main, ["rebuild", "--home", str(tmp_path / "home"), "--inbox", str(tmp_path)])
    assert done.exit_code == 1
    assert "the database does not answer" in done.output
    assert "Traceback" not in done.output
    assert "planted-secret" not in done.output
