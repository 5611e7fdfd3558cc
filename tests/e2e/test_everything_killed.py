"""Every process of `jalon dev` killed in the middle of a run: started again, the next drop has its receipt.

Nobody is left then to notice that the run is dead: it stays « started », and its place in the queue is taken.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dagster import DagsterRunStatus, RunsFilter

from benchmarks.drop import PARTNER, answers, corrections, running
from orchestration.instance.instance import open_instance
from orchestration.services.runtime.locks import writing

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

pytestmark = pytest.mark.long
PATIENCE = 240.0


def processes_of(home: Path) -> Iterator[int]:
    """Every process that was given this home, whoever started it; not this one, which was not."""
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = environ.read_bytes()
        except OSError:
            continue
        if f"JALON_HOME={home}".encode() in content.split(b"\0") and int(environ.parts[2]) != os.getpid():
            yield int(environ.parts[2])


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.2)


def test_the_next_drop_has_its_receipt_and_the_run_that_died_is_started_again(
    shipped: "Line", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    shutil.copytree(shipped.paths.home, home, symlinks=True)
    shutil.copytree(shipped.paths.inbox, inbox)
    paths = type(shipped.paths)(home=home, inbox=inbox)
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME"):  # given back afterwards: `open_instance` sets them
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "")
    first, second = corrections(tmp_path / "waiting", 2)

    with running(home, inbox), writing(paths.writer_lock):  # the run executes, and waits for the lock
        shutil.copy(first, inbox / "partners" / PARTNER / first.name)
        wait_until(lambda: any(paths.living.glob("*.lock")), "a run that executes")
        time.sleep(2)
        for process in processes_of(home):
            os.kill(process, signal.SIGKILL)
        wait_until(lambda: not list(processes_of(home)), "the end of every process")
    with open_instance(paths) as instance:
        (killed,) = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED]))

    before = answers(home)
    with running(home, inbox):
        shutil.copy(second, inbox / "partners" / PARTNER / second.name)
        wait_until(lambda: answers(home) == before + 2, "the receipts of both drops")
        with open_instance(paths) as instance:
            dead = instance.get_run_by_id(killed.run_id)
            assert dead is not None
            assert dead.status is DagsterRunStatus.FAILURE
            again = instance.get_runs(RunsFilter(tags={"dagster/parent_run_id": killed.run_id}))
            assert len(again) == 1
