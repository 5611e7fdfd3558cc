"""`jalon calendar`: what each session asks for and when, with what was done by which run; it runs nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from orchestration.cli import main
from orchestration.instance.instance import open_instance
from orchestration.schedules.calendar_schedules import EVENT_TAG, KEY_TAG
from orchestration.services.runtime.paths import Paths


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # put back, whatever the command exports
        monkeypatch.setenv(name, str(tmp_path))
    return Paths(home=tmp_path, inbox=tmp_path)


@pytest.fixture
def instance(paths: Paths) -> Iterator[DagsterInstance]:
    with open_instance(paths) as opened:
        yield opened


def shown(paths: Paths, *arguments: str) -> dict[str, str]:
    """The event's line by its name."""
    done = CliRunner().invoke(main, ["calendar", "--home", str(paths.home), *arguments])
    assert done.exit_code == 0, done.output
    return {line.split()[3]: line for line in done.output.splitlines() if line.startswith("  ")}


def test_each_event_is_shown_with_its_day_its_job_and_where_it_stands(paths: Paths) -> None:
    lines = shown(paths, "--session", "CNS-13", "--on", "2025-06-11")
    assert {name: (line.split()[1], line.split()[4]) for name, line in lines.items()} == {
        "invitation": ("2025-04-11", "invite"),
        "reminder-30": ("2025-05-11", "remind"),
        "reminder-7": ("2025-06-03", "remind"),
        "reminder-1": ("2025-06-09", "remind"),
        "draft": ("2025-06-10", "report"),
        "late-list": ("2025-06-11", "remind"),
        "draft-again": ("2025-06-17", "report"),
        "final": ("2025-06-21", "report"),
        "publication": ("2025-06-25", "publish"),
        "archive": ("2025-06-26", "archive"),
    }
    assert "too late" in lines["invitation"]
    assert "due until" in lines["draft"]
    assert "to come" in lines["final"]


def test_what_was_done_is_shown_with_its_run_and_is_not_due(paths: Paths, instance: DagsterInstance) -> None:
    key = "CNS-13:draft:2025-06-10"
    run = create_run_for_test(
        instance,
        job_name="report",
        status=DagsterRunStatus.SUCCESS,
        tags={EVENT_TAG: "CNS-13:draft", KEY_TAG: key},
    )
    before = len(instance.get_runs())
    line = shown(paths, "--session", "CNS-13", "--on", "2025-06-11")["draft"]
    assert f"done, run {run.run_id[:8]} success" in line
    assert len(instance.get_runs()) == before


def test_an_unknown_session_is_wrong_usage(paths: Paths) -> None:
    done = CliRunner().invoke(main, ["calendar", "--home", str(paths.home), "--session", "CNS-99"])
    assert done.exit_code == 2
    assert "no session 'CNS-99'" in done.output
