"""Runs a command of the product in a child forked from a process that has imported it, and kills it when told.

Imports are most of a short run and nothing can be spoilt during them: forking after them makes every kill fall where
something happens. The child leads a process group of its own; what it runs, and how it dies, is the real thing.

Whatever the child had started falls to this process when it dies, and is reaped by it: in a container the first process
may take seconds to do so, or never do, and a dead process would look like one that outlived its parent.
"""

import contextlib
import ctypes
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[], int]
GRACE_SECONDS = 10.0
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Death:
    """When a child is to die: after so many seconds, or at its n-th flush or rename; the group or its leader alone.

    `child` in place of both: after `seconds` one of the processes it had started, the one at that share of their list.
    """

    seconds: float | None = None
    point: int | None = None
    is_whole_group: bool = True
    child: float | None = None


@dataclass(frozen=True)
class End:
    """How a child ended. `code` is negative for the signal that killed it; `points` is 0 for one that died."""

    code: int
    seconds: float
    points: int = 0
    lost_a_child: bool = False

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL found it alive, or one of its processes where that was asked."""
        return self.code == -signal.SIGKILL or self.lost_a_child


def run(work: Work, log: Path, environment: Mapping[str, str], death: Death | None = None) -> End:
    """Run `work` in a child, its output appended to `log`; kill it as `death` says."""
    death = death or Death()
    counted = log.with_suffix(".points")
    counted.unlink(missing_ok=True)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        _live(work, log, environment, death, counted)
    lost_a_child = False
    if death.seconds is not None:
        lost_a_child = _kill_after(child, start + death.seconds, death)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - start
    _wait_for_the_group(child)
    points = int(counted.read_text()) if counted.exists() else 0
    return End(os.waitstatus_to_exitcode(status), seconds, points, lost_a_child)


def modules_of(work: Work, log: Path, environment: Mapping[str, str]) -> list[str]:
    """The modules that a child has imported once `work` is done, for `import_all`. AssertionError when it fails."""
    listed = log.with_suffix(".modules")

    def listing() -> int:
        code = work()
        listed.write_text("\n".join(name for name in sys.modules if not name.startswith("__")))
        return code

    end = run(listing, log, environment)
    assert end.code == 0, log.read_text()[-4000:]
    return listed.read_text().split()


def import_all(modules: list[str]) -> None:
    """Import what a run will need, before any fork; what cannot be imported by its name alone is left to the runs."""
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _live(work: Work, log: Path, environment: Mapping[str, str], death: Death, counted: Path) -> None:
    """The child's whole life; never returns."""
    code = 70
    try:
        os.setsid()
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        for stream in (1, 2):
            os.dup2(handle, stream)
        os.environ.update(environment)
        points = _count_points(death)
        code = work()
        counted.write_text(str(points[0]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _count_points(death: Death) -> list[int]:
    """Count flushes and renames, and die just before the one that `death` names."""
    points = [0]
    flush = os.fsync

    def reach() -> None:
        points[0] += 1
        if points[0] == death.point:
            if death.is_whole_group:
                os.killpg(0, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    def counted_flush(descriptor: int) -> None:
        reach()
        flush(descriptor)

    os.fsync = counted_flush  # type: ignore[assignment]
    sys.addaudithook(lambda event, _: reach() if event == "os.rename" else None)
    return points


def _kill_after(child: int, until: float, death: Death) -> bool:
    """Kill whom `death` names; True when it was a process of the child's and there was one."""
    time.sleep(max(0.0, until - time.perf_counter()))
    with contextlib.suppress(ProcessLookupError):
        if death.child is not None:
            others = sorted(process for process in _members(child) if process != child)
            if others:
                os.kill(others[int(death.child * len(others))], signal.SIGKILL)
            return bool(others)
        if death.is_whole_group:
            os.killpg(child, signal.SIGKILL)
        else:
            os.kill(child, signal.SIGKILL)
    return False


def _wait_for_the_group(leader: int) -> None:
    """AssertionError when a process that the child had started outlives it."""
    until = time.perf_counter() + GRACE_SECONDS
    while time.perf_counter() < until:
        try:
            os.waitpid(-leader, os.WNOHANG)
            os.killpg(leader, 0)
        except (ChildProcessError, ProcessLookupError):
            return
        time.sleep(0.02)
    message = f"outlived its parent by {GRACE_SECONDS:.0f} s: {', '.join(_members(leader).values())}"
    raise AssertionError(message)


def _members(leader: int) -> dict[int, str]:
    """The processes of a group that live, and what each is running, in words."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_dead = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if os.getpgid(int(folder.name)) == leader and not is_dead:
                said = (folder / "cmdline").read_text().replace("\0", " ").strip()
                found[int(folder.name)] = said or f"process {folder.name}"
    return found
