"""A plain `dagster dev` on another instance takes nothing into the real home, and says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.instance.instance import ForeignInstanceError, require_own_instance
from orchestration.services.runtime.paths import PROJECT, Paths


def test_dagster_loads_nothing_on_an_instance_that_is_not_the_homes(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "JALON_HOME": str(tmp_path / "home"), "DAGSTER_HOME": str(scratch)}
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "orchestration.definitions"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"DAGSTER_HOME={tmp_path}/home/dagster" in done.stdout + done.stderr
    assert not (tmp_path / "home").exists()


def test_the_homes_own_instance_is_loaded_however_it_is_written(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path / "inbox")
    require_own_instance(paths, {"DAGSTER_HOME": f"{tmp_path}/./dagster"})
    with pytest.raises(ForeignInstanceError, match="jalon dev"):
        require_own_instance(paths, {})
