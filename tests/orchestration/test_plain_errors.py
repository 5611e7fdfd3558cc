"""What the machine does to a run (no space, no right, a blinking drive) is one line, and only what may pass is
tried again."""

import contextlib
import errno
import io
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from dagster import Definitions, define_asset_job, in_process_executor, materialize
from dagster._core.definitions.assets.definition.assets_definition import AssetsDefinition

from orchestration import resources as given
from orchestration.assets.landing import inbox
from orchestration.cli import main
from orchestration.resources import Installation, failing_plainly
from orchestration.services.runtime.errors import explained
from orchestration.services.runtime.failures import failure_reason
from orchestration.services.runtime.locks import BusyError
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.database import WarehouseBusyError, copy_marts
from sources.landing.store import Landing, LandingError

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def small_disk(disk_of: Callable[[str], Path]) -> Path:
    """A file system of four megabytes."""
    return disk_of("4m")


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    filler = folder / "filler"
    handle = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        with contextlib.suppress(OSError):
            while True:
                os.write(handle, os.urandom(4096))
    finally:
        os.close(handle)
    return filler


def test_a_full_disk_stops_the_landing_with_one_line_and_goes_on_once_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    dropped = tmp_path / "CNS-13_ANS.xlsx"
    dropped.write_bytes(b"workbook" * 1000)
    landing = Landing(small_disk / "home").open()
    filler = fill(small_disk)
    with pytest.raises(LandingError, match=r"cannot be archived.*No space left.*free space, then run again"):
        landing.receive(dropped, channel="submissions", received_at=NOON)
    assert list(landing.files.iterdir()) == []
    assert landing.receptions() == []
    filler.unlink()
    reception, is_new = landing.receive(dropped, channel="submissions", received_at=NOON)
    assert is_new
    assert landing.original(reception).read_bytes() == dropped.read_bytes()
    assert landing.damages() == []


def test_a_full_disk_leaves_readers_their_copy_of_the_marts(small_disk: Path, tmp_path: Path) -> None:
    marts = small_disk / "jalon.duckdb"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.dim_action as select 1 as action_code")
        copy_marts(connection, marts, "first")
        before = marts.read_bytes()
        filler = fill(small_disk)
        with pytest.raises(duckdb.Error) as caught:
            copy_marts(connection, marts, "second")
        why = explained(caught.value)
        assert why is not None
        assert "no space left. Free some space" in why.message
        assert not why.is_transient
        assert marts.read_bytes() == before
        assert sorted(path.name for path in small_disk.iterdir()) == ["filler", "jalon.duckdb"]
        filler.unlink()
        copy_marts(connection, marts, "second")
    assert sorted(path.name for path in small_disk.iterdir()) == ["jalon.duckdb"]


def test_the_command_says_a_full_and_a_read_only_disk_in_one_line(small_disk: Path) -> None:
    home = small_disk / "home"
    filler = fill(small_disk)
    for how, said in (("size=4m", "no space left"), ("ro", "read-only")):
        remount(small_disk, how)
        result = CliRunner().invoke(main, ["rebuild", "--home", str(home)])
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 1
        (line,) = [line for line in result.output.splitlines() if line.startswith("error:")]
        assert said in line
        assert "run again" in line
        assert str(home) in line
    remount(small_disk, "rw")
    filler.unlink()


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that another user than ours can see, and not write in."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-closed-", dir="/tmp"))  # pytest's own are closed to others
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_without_rights_is_said_with_its_name(closed: Path) -> None:
    """To root nothing is forbidden: the landing is opened by a process of another user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os.chdir(closed)
            Landing(closed / "home").open()
        except Exception as error:
            why = explained(error)
            os.write(writing, (why.message if why else repr(error)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    assert "Permission denied" in said
    assert "Give this user the right" in said
    assert str(closed / "home") in said


@pytest.mark.parametrize(
    ("error", "said", "is_transient"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "/x: no space left", False),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "/x: the file system is read-only", False),
        (OSError(errno.ESTALE, "Stale file handle", "/x"), "/x: Stale file handle", True),
        (OSError(errno.EIO, "Input/output error", "/x"), "/x: Input/output error", True),
        (sqlite3.OperationalError("database or disk is full"), "no space left", False),
        (sqlite3.OperationalError("database is locked"), "open in another program", True),
        (WarehouseBusyError("warehouse.duckdb: open in python (process 7)."), "process 7", True),
        (BusyError("writer.lock: held by jalon (process 7) for more than 30 min."), "process 7", False),
        (LandingError("landing: bad"), "landing: bad", False),
    ],
)
def test_only_what_may_pass_by_itself_is_transient(error: Exception, said: str, is_transient: bool) -> None:
    why = explained(error)
    assert why is not None
    assert said in why.message
    assert why.is_transient is is_transient
    assert len(why.message.splitlines()) == 1


def test_a_defect_keeps_its_traceback() -> None:
    assert explained(ZeroDivisionError("surprise")) is None
    assert explained(sqlite3.OperationalError("no such table: t")) is None
    assert explained(duckdb.CatalogException("Table with name t does not exist")) is None


# --- retries, by real runs -------------------------------------------------------------------------------------------


def failing(errors: list[Exception]) -> AssetsDefinition:
    from dagster import asset

    @asset
    def step() -> None:
        with failing_plainly():
            if errors:
                raise errors.pop(0)

    return step


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "SECONDS_BETWEEN", 0)


@pytest.mark.usefixtures("_at_once")
def test_what_may_pass_is_tried_again_until_it_passes() -> None:
    errors: list[Exception] = [WarehouseBusyError("open in python (process 7)"), OSError(errno.ESTALE, "Stale", "/x")]
    result = materialize([failing(errors)])
    assert result.success
    assert len([event for event in result.all_events if event.is_step_up_for_retry]) == 2


@pytest.mark.usefixtures("_at_once")
def test_what_does_not_pass_is_said_after_the_last_try() -> None:
    errors: list[Exception] = [WarehouseBusyError(f"open in python (process {n})") for n in range(9)]
    result = materialize([failing(errors)], raise_on_error=False)
    assert not result.success
    assert len(errors) == 9 - 1 - given.RETRIES
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure_reason(failure) == f"open in python (process {given.RETRIES})"


@pytest.mark.parametrize(
    "error", [LandingError("altered: restore it"), OSError(errno.ENOSPC, "No space left on device", "/x")]
)
def test_a_permanent_failure_stops_at_once(error: Exception) -> None:
    errors = [error, error]
    result = materialize([failing(errors)], raise_on_error=False)
    assert not result.success
    assert len(errors) == 1
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert len(failure_reason(failure).splitlines()) == 1


def test_a_vanished_drop_folder_stops_at_once_says_so_and_takes_all_when_it_is_back(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", inbox=tmp_path / "mount" / "inbox")
    resources = {"installation": Installation(paths, lambda: NOON)}
    result = materialize([inbox], resources=resources, raise_on_error=False)
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert "there is no such drop folder. Mount or make it" in failure_reason(failure)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    (paths.inbox / "partners" / "ANS").mkdir(parents=True)
    (paths.inbox / "partners" / "ANS" / "CNS-13_ANS.xlsx").write_bytes(b"workbook")
    assert materialize([inbox], resources=resources).success
    assert len(Landing(paths.home).receptions()) == 1


def test_a_command_whose_first_step_fails_says_one_line_and_nothing_of_the_steps_behind(tmp_path: Path) -> None:
    from dagster import asset

    from orchestration.commands.run import narrating
    from orchestration.services.runtime.narrator import Narrator

    @asset
    def first() -> None:
        with failing_plainly():
            raise LandingError("landing: bad")

    @asset(deps=[first])
    def second() -> None:
        pytest.fail("ran after a failure")

    told = io.StringIO()
    definitions = Definitions(
        assets=[first, second],
        jobs=[define_asset_job("both")],
        loggers={"console": narrating(Narrator(told))},
        executor=in_process_executor,
    )
    result = definitions.resolve_job_def("both").execute_in_process(
        run_config={"loggers": {"console": {"config": {}}}}, raise_on_error=False
    )
    assert not result.success
    assert told.getvalue() == ""
