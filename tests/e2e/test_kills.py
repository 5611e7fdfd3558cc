"""The kill harness, in short: SIGKILL at random instants, then a run to the end, then the same state to the byte.

The long form is `python -m benchmarks.kills`, with more cases (docs/operations/recovery.md): `ingest` and `take` are
the first steps of `report`, and test_state_machine.py kills them too.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from orchestration.services.runtime.paths import PROJECT

# all cases run in the first test's set-up
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

CASES = ("report", "publish", "send", "backup", "restore")
KILLS = 1


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What became of the kills of each case, all in one process: its imports and its first report cost the most."""
    work = tmp_path_factory.mktemp("kills") / "work"
    short = ["--kills", str(KILLS), "--in-a-row", "2", "--judge-here", "--work", str(work)]
    command = [sys.executable, "-m", "benchmarks.kills", *CASES, *short]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {score["case"]: score for score in found}


@pytest.mark.parametrize("case", CASES)
def test_killed_and_run_again_it_ends_as_if_undisturbed(case: str, scores: dict[str, dict[str, Any]]) -> None:
    assert scores[case]["defects"] == []
    assert scores[case]["kills"] >= KILLS
