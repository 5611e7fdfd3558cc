"""Dagster's history lasts as long as the one table says, and what is still needed stays."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter, job, op

from orchestration.instance.instance import open_instance
from orchestration.instance.retention import DAYS, remove_old_runs
from orchestration.schedules.calendar_schedules import EVENT_TAG
from orchestration.services.runtime.paths import PROJECT, Paths, now


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # put back, whatever is exported
        monkeypatch.setenv(name, str(tmp_path))
    return Paths(home=tmp_path, inbox=tmp_path)


@op
def nothing() -> None:
    """Ends at once."""


@job
def short() -> None:
    nothing()


def ids(instance: DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def test_old_runs_are_removed_with_their_events_and_files_but_those_of_the_calendar_and_those_not_ended(
    paths: Paths,
) -> None:
    with open_instance(paths) as instance:
        plain = short.execute_in_process(instance=instance).run_id
        event = short.execute_in_process(instance=instance, tags={EVENT_TAG: "CNS-13:draft"}).run_id
        waiting = instance.create_run_for_job(short).run_id
        files = paths.dagster_home / "history" / "runs"
        assert (files / f"{plain}.db").is_file()
        assert remove_old_runs(instance, paths, now() + timedelta(days=DAYS["runs"] - 1)) == []
        assert remove_old_runs(instance, paths, now() + timedelta(days=DAYS["runs"] + 1)) == [plain]
        assert ids(instance) == {event, waiting}
        assert list(files.glob(f"{plain}*")) == []
        assert instance.all_logs(event) != []
        (left,) = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.NOT_STARTED]))
        assert left.run_id == waiting


def test_the_instance_s_ticks_last_as_long_as_the_table_says_and_the_runbook_says_the_same(paths: Paths) -> None:
    with open_instance(paths):  # which refuses settings that Dagster does not know
        settings = yaml.safe_load((paths.dagster_home / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["retention"]["schedule"] == {"purge_after_days": DAYS["ticks"]}
    expected = {"skipped": DAYS["skipped ticks"], "failure": DAYS["ticks"], "success": DAYS["ticks"]}
    assert settings["retention"]["sensor"]["purge_after_days"] == expected
    runbook = (PROJECT / "docs" / "operations" / "runbook.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^  \| ([a-z ]+?) \| (\d+) days", runbook, re.M))
    assert said == {name: str(days) for name, days in DAYS.items()}


def test_the_nightly_command_removes_nothing_young_and_says_how_many(paths: Paths) -> None:
    with open_instance(paths) as instance:
        short.execute_in_process(instance=instance)
    command = [sys.executable, "-m", "orchestration.commands.retention"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "0 old runs removed\n"), done.stderr
    unit = (PROJECT / "deploy" / "systemd" / "jalon-nightly.service").read_text(encoding="utf-8")
    assert re.findall(r"^ExecStart=\S+/python (.+)$", unit, re.M) == [" ".join(command[1:])]
    with open_instance(paths) as instance:
        assert len(ids(instance)) == 1
