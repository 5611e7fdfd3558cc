"""The processes that a run starts die with it when it is killed, whatever they are doing.

Each is stopped first: one that only looks at the end of its input would stay for ever.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.services.runtime.paths import PROJECT

PATIENCE = 60.0

JUDGE = """
import time
from pathlib import Path
from multiprocessing import active_children
from orchestration.services.reception import judging
judging.start()
(child,) = [process.pid for process in active_children()]
maps = Path(f"/proc/{child}/maps")
while "pandas" not in maps.read_text():  # not before it began to load the library
    time.sleep(0.05)
"""
READER = """
import time
from multiprocessing import active_children
from orchestration.services.reception.reading_pool import make_pool
pool = make_pool(1, time.sleep, 0)
pool.schedule(time.time).result()  # not before it asked to die with its parent
(child,) = [process.pid for process in active_children()]
"""
PARSER = """
from pathlib import Path
from sources.workbook.loading import BookLoader
from sources.workbook.refused import FileRefusedError
loader = BookLoader()
try:
    loader.load(Path(folder, "none.xlsx"), [], {})
except FileRefusedError:
    pass
child = loader.process.started().pid
"""
END = """
import sys, time
print(child, flush=True)
time.sleep(3600)
"""


def state_of(pid: int) -> str:
    """The letter that the system gives for what a process does; empty when there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def wait_until(pid: int, states: str) -> None:
    until = time.monotonic() + PATIENCE
    while (state := state_of(pid)) not in states:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            pytest.fail(f"still in state {state}, not one of {states.split()}")
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked, and only Linux can be")
@pytest.mark.parametrize("starting", [JUDGE, READER, PARSER], ids=["judge", "reader", "parser"])
def test_a_child_dies_with_its_killed_parent_even_when_it_does_not_look_at_its_input(
    starting: str, tmp_path: Path
) -> None:
    script = f"folder = {str(tmp_path)!r}\n{starting}\n{END}"
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, signal.SIGSTOP)
    wait_until(child, "T")
    parent.kill()
    parent.communicate()
    wait_until(child, "ZX")  # dead, or gone


def test_a_child_whose_parent_died_before_it_could_ask_ends_at_once() -> None:
    script = "from sources.files.parent import die_with; die_with('1'); print('alive')"
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
