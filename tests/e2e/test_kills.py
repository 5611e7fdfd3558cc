"""The kill harness, in short: SIGKILL at random instants, then a run to the end, then the same state to the byte.

The long form is `python -m benchmarks.kills`, by the case (docs/operations/recovery.md).
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.paths import PROJECT

KILLS = {"send": 6}


@pytest.mark.slow
@pytest.mark.parametrize("case", KILLS)
def test_killed_and_run_again_it_ends_as_if_undisturbed(case: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.kills", case, "--kills", str(KILLS[case])]
    done = subprocess.run(
        [*command, "--work", str(tmp_path / "work")], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    score = json.loads(done.stdout.splitlines()[-1])
    assert score["defects"] == []
    assert score["kills"] >= KILLS[case]
    assert done.returncode == 0, done.stderr
