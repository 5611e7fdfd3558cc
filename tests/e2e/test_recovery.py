"""Runs that meet each other, an engineer's session or a damaged file: nothing is lost, and what is wrong is said."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest

from orchestration.paths import Paths
from orchestration.warehouse.database import open_marts
from sources.landing.store import Landing

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

HOLD = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); sys.stdin.read()"
)


def drop(line: "Line", partner: str, text: str) -> Path:
    """A correction of a partner's shipped workbook; the text is invented."""
    folder = line.paths.inbox / "partners" / partner
    path = folder / f"CNS-12_{partner}_{len(list(folder.iterdir()))}.xlsx"
    book = openpyxl.load_workbook(folder / f"CNS-12_{partner}.xlsx")
    page = book["Avancement"]
    header = next(cell for row in page.iter_rows() for cell in row if cell.value == "Avancement")
    page.cell(header.row + 1, header.column).value = text
    book.save(path)
    return path


def start(line: "Line", *arguments: str) -> "subprocess.Popen[str]":
    """`jalon` in a process of its own, what it says to be read as it says it."""
    environment = {**os.environ, "JALON_HOME": str(line.paths.home), "JALON_INBOX": str(line.paths.inbox)}
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What a process says up to a line with these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    pytest.fail(f"it never said {words!r}: {said}")


@pytest.mark.slow
def test_two_reports_at_once_and_a_drop_meanwhile_lose_nothing_and_take_nothing_twice(copied: "Line") -> None:
    before = len(Landing(copied.paths.home).receptions())
    drop(copied, "ANS", "Invention de test, premier dépôt.")
    first = start(copied, "report")
    said_until(first, "inbox: 1 new")
    second = start(copied, "report")
    waited = said_until(second, "waiting")
    assert f"(process {first.pid}, since" in waited
    drop(copied, "HAS", "Invention de test, dépôt pendant le rapport.")
    assert first.communicate()[1]
    _, rest = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0), rest
    assert "inbox: 1 new" in rest

    landing = Landing(copied.paths.home)
    assert len(landing.receptions()) == before + 2
    assert landing.damages() == []
    with duckdb.connect(str(copied.paths.warehouse), read_only=True) as warehouse:
        taken = Counter(warehouse.execute("select sha256 from raw.submission").fetchall())
    assert set(taken.values()) == {1}
    assert len(taken) == len(landing.receptions("submissions"))
    assert "nothing new since run" in copied.report().stderr


@pytest.mark.slow
def test_an_engineer_with_the_warehouse_open_is_named_and_waited_for_and_readers_are_not(copied: "Line") -> None:
    drop(copied, "ANS", "Invention de test, dépôt sous les yeux d’un ingénieur.")
    engineer = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(copied.paths.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engineer.stdout is not None
    assert engineer.stdout.readline().strip() == "open"
    with open_marts(copied.paths.marts) as reader:
        held = reader.execute("select count(*) from marts.fct_contribution").fetchall()
        process = start(copied, "report")
        waited = said_until(process, "waiting: warehouse.duckdb is open")
        assert f"(process {engineer.pid})" in waited
        engineer.communicate("")
        _, rest = process.communicate()
        assert process.returncode == 0, rest
        assert reader.execute("select count(*) from marts.fct_contribution").fetchall() == held
    assert not copied.paths.warehouse.with_suffix(".duckdb.damaged").exists()


@pytest.mark.slow
def test_a_damaged_warehouse_is_put_aside_and_made_again_from_the_landing(copied: "Line", tmp_path: Path) -> None:
    drop(copied, "ANS", "Invention de test, dépôt avant la panne.")
    sound = type(copied)(Paths(home=tmp_path / "sound" / "home", inbox=tmp_path / "sound" / "inbox"))
    shutil.copytree(copied.paths.home, sound.paths.home)
    shutil.copytree(copied.paths.inbox, sound.paths.inbox)
    sound.report()

    content = bytearray(copied.paths.warehouse.read_bytes())
    # past the head, which alone would keep it from opening: found while it is used
    for start_at in range(16 * 4096, len(content), 16 * 4096):
        content[start_at : start_at + 512] = bytes(512)
    copied.paths.warehouse.write_bytes(content)
    done = copied.jalon("report")
    if done.returncode != 0:
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
        assert "It was put aside; run again" in line
        assert "Traceback" not in done.stderr
        done = copied.jalon("report")
    assert done.returncode == 0, done.stderr
    assert "put aside as warehouse.duckdb.damaged" in done.stderr or "loaded" in done.stderr
    assert copied.marts().keys() == sound.marts().keys()
    timeless = "fct_kpi_observation", "fct_contribution", "fct_action_status", "mart_source_conflict"
    for name in timeless:
        assert len(copied.marts()[name]) == len(sound.marts()[name]), name
    assert copied.marts()["fct_action_status"] == sound.marts()["fct_action_status"]
