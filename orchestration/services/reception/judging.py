"""Great Expectations in a process of its own, started as soon as a run knows that there will be rows to judge.

Importing the library takes longer than everything it is asked here: a second process does it while this one reads
files and parses models. Asked without having been started, the question is answered in this process.
"""

import atexit
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from orchestration.services.reception.rules_process import FrameResult, frame_results
from orchestration.services.runtime.paths import PROJECT, Paths
from sources.files.parent import parent_argument
from sources.landing.drops import PARTNERS_FOLDER
from sources.landing.store import Reading

# what the suites' last results are remembered under
RULES = "rules"
LIBRARY = "great_expectations"
_started: "list[subprocess.Popen[str]]" = []


def start() -> None:
    """Start the process, unless it is, or the library is here already. It ends after one answer, or with this one."""
    if _started or LIBRARY in sys.modules:
        return
    command = [sys.executable, "-m", "orchestration.services.reception.rules_process", parent_argument()]
    _started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT))
    atexit.register(stop)


def start_if_needed(paths: Paths) -> None:
    """Start it when a partner's file came since the rules were last looked at, as far as file times say."""
    last = paths.memo.remembered_at(RULES)
    if any(path.stat().st_ctime > last for path in (paths.inbox / PARTNERS_FOLDER).rglob("*") if path.is_file()):
        start()


def judge(readings: Sequence[Reading], seeds: Path) -> list[FrameResult]:
    """The suites' results on the accepted rows of the given readings."""
    if not _started:
        return frame_results(readings, seeds)
    process = _started.pop()
    request = {"seeds": str(seeds), "readings": [asdict(reading) for reading in readings]}
    answer, _ = process.communicate(json.dumps(request, default=str))
    if process.returncode:  # killed, most likely for want of memory: what is wrong is said by doing it here
        return frame_results(readings, seeds)
    return [FrameResult.read(result) for result in json.loads(answer)]


def stop() -> None:
    """End the process if nobody asked it anything."""
    while _started:
        process = _started.pop()
        process.kill()
        process.communicate()
