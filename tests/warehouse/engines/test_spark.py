"""The real Spark, as it is installed by `make spark`: the shipped session, row for row."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sources.files.memo import PROJECT
from tests.e2e.conftest import _render

# Spark set for little data, as docs/operations/engines.md says
SMALL = {"JALON_SPARK_PARTITIONS": "1", "SPARK_CONF_DIR": str(Path(__file__).with_name("small"))}
JALON = PROJECT / ".venv-spark" / "bin" / "jalon"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (PROJECT / ".venv-spark" / ".ready").exists(), reason="no .venv-spark: `make spark` makes it"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java: Spark needs openjdk-17-jre-headless"),
]


def test_spark_gives_the_marts_that_duckdb_gave(
    built_once: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path
) -> None:
    """Seeds, models and data tests of the shipped session, from an empty metastore; every row compared."""
    shutil.copytree(built_once("shipped", _render) / "home", tmp_path / "home")
    (tmp_path / "inbox").mkdir()
    done = subprocess.run(
        [JALON, "rebuild", "--engine", "spark", "--compare"],
        env={
            **os.environ,
            **SMALL,
            "JALON_HOME": str(tmp_path / "home"),
            "JALON_INBOX": str(tmp_path / "inbox"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "every row is what the landing and the reference give" in done.stdout
