"""The worker: it holds the code in memory and executes each run in a fork of what it holds.

Dagster starts a new interpreter for each run, and importing Dagster, dbt and Great Expectations takes longer than the
answer a partner waits for. The worker imports once; a run then begins at once. Where no worker is there, or it is
killed, Dagster's own way is taken: nothing depends on it but time.

It is asked through a named pipe, `$JALON_HOME/dagster/worker`, one line a request: `run ID` or `end ID`. A pipe nobody
reads refuses the request at once, a line is written whole or not at all, and every container that mounts the home sees
it. A run the worker was killed with is found dead by its lock (`orchestration.instance.liveness`).
"""

import os
import select
import signal
import stat
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path

from orchestration.services.runtime.paths import PROJECT, Paths

PRELOADED = "orchestration.instance.preloaded"
PACKAGES = ("orchestration", "sources", "quality", "exports")
LINE_BYTES = 4096  # what the system writes to a pipe as one piece
POLL_SECONDS = 1.0
END_SECONDS = 20.0


def ask(pipe: Path, request: str, run_id: str) -> bool:
    """Ask the worker to `run` or to `end` a run. False when there is no worker: nothing was asked then."""
    try:
        writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # never started, or nobody reads any more
        return False
    try:
        return os.write(writer, f"{request} {run_id}\n".encode()) > 0
    except OSError:
        return False
    finally:
        os.close(writer)


def execute(run_id: str) -> None:
    """Execute a run that was launched, as `dagster api execute_run` does, in this process."""
    from dagster._cli.api import execute_run_command
    from dagster._grpc.types import ExecuteRunArgs
    from dagster_shared.serdes import serialize_value

    from orchestration.instance.instance import open_instance

    with open_instance(Paths.from_environment()) as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or run.job_code_origin is None:
            return
        arguments = ExecuteRunArgs(run.job_code_origin, run_id, instance.get_ref())
    execute_run_command.main([serialize_value(arguments)], standalone_mode=False)


class Worker:
    """The runs of one worker, and what it forks them from."""

    def __init__(self, pipe: Path) -> None:
        self._reader = _opened(pipe)
        self._code = code_state()
        self._runs: dict[str, BaseProcess] = {}
        warm = get_context("forkserver")
        warm.set_forkserver_preload([PRELOADED])
        ensure_running()
        self._warm = warm

    def serve(self) -> bool:
        """Answer requests until the process that started this one is gone; True when there is new code to be read."""
        parent = os.getppid()
        while os.getppid() == parent:
            asked, _, _ = select.select([self._reader], [], [], POLL_SECONDS)
            self._reap()
            if asked:
                for line in os.read(self._reader, LINE_BYTES).decode(errors="replace").splitlines():
                    self._answer(line)
            elif not self._runs and self._code != code_state():
                return True
        return False

    def stop(self) -> None:
        """Ask the runs to end, as the UI's button does, and wait for them a while."""
        for process in self._runs.values():
            _interrupt(process)
        for process in self._runs.values():
            process.join(END_SECONDS)

    def _answer(self, line: str) -> None:
        request, _, run_id = line.partition(" ")
        if request == "run" and run_id not in self._runs:
            process = self.context().Process(target=execute, args=(run_id,), name=run_id)
            process.start()
            self._runs[run_id] = process
        elif request == "end" and run_id in self._runs:
            _interrupt(self._runs[run_id])

    def context(self) -> ForkServerContext | SpawnContext:
        """A fork of what is held; a new interpreter when the code has changed since it was read."""
        return self._warm if self._code == code_state() else get_context("spawn")

    def _reap(self) -> None:
        for run_id in [run_id for run_id, process in self._runs.items() if not process.is_alive()]:
            self._runs.pop(run_id).join()


def code_state() -> tuple[tuple[str, int, int], ...]:
    """The modules and tables that are read at import: path, time of change in ns, bytes."""
    found = []
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*"):
            if path.suffix in {".py", ".yml"}:
                state = path.stat()
                found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(sorted(found))


def _opened(pipe: Path) -> int:
    """The pipe, made where it is not, open for both ways: so it never ends when an asker closes it."""
    pipe.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with suppress(FileExistsError):
        os.mkfifo(pipe, 0o600)
    if not stat.S_ISFIFO(pipe.stat().st_mode):
        raise SystemExit(f"{pipe}: not a named pipe. Expected the worker's own; move that file away, then start again.")
    return os.open(pipe, os.O_RDWR | os.O_NONBLOCK)


def _interrupt(process: BaseProcess) -> None:
    if process.pid is not None and process.is_alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
