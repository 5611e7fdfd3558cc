"""Runs that meet each other, an engineer's session or a damaged file: nothing is lost, and what is wrong is stated."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest

from benchmarks.kills.state import State, halves, state_of
from orchestration.services.warehouse.database import open_marts
from sources.landing.store import Landing, hash_file

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

pytestmark = pytest.mark.long

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
    assert "rien de nouveau depuis l’exécution" in copied.report().stderr


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


# --- what befalls a report: afterwards everything is as if it had not been -------------------------------------------

# The time of reception is the only thing in which two reports of the same drops differ.
AT_NOON = """
import sys
from datetime import UTC, datetime
import orchestration.services.runtime.paths
orchestration.services.runtime.paths.now = lambda: datetime(2099, 1, 10, 12, tzinfo=UTC)
"""
RUN = """
from orchestration.cli import main
main(sys.argv[1:])
"""
DYING = """
import os, signal

def dying(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("deliverables/CNS-12/CNS-12_tableau-de-bord.xlsx"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(dying)
"""


def report(home: Path, more: str = "") -> subprocess.CompletedProcess[str]:
    places = ["--home", str(home), "--inbox", str(home.parent / "inbox")]
    command = [sys.executable, "-c", AT_NOON + more + RUN, "report", "--session", "CNS-12", *places]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# of DuckDB's files, in bytes
FILE_HEAD, BLOCK = 3 * 4096, 256 * 1024


@dataclass(frozen=True)
class Sound:
    """An installation with a new drop, and what an undisturbed report makes of it."""

    folder: Path
    before: State
    after: State

    def copy(self, folder: Path) -> Path:
        """The home of a copy in which that drop still waits."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return folder / "home"


@pytest.fixture(scope="module")
def sound(shipped: "Line", tmp_path_factory: pytest.TempPathFactory) -> Sound:
    folder = tmp_path_factory.mktemp("sound") / "waiting"
    line = shipped.copied_to(folder)
    drop(line, "ANS", "Invention de test, dépôt avant la panne.")
    undisturbed = folder.parent / "undisturbed"
    shutil.copytree(folder, undisturbed)
    done = report(undisturbed / "home")
    assert done.returncode == 0, done.stderr
    return Sound(folder, state_of(line.paths.home), state_of(undisturbed / "home"))


def test_a_disk_that_fills_up_during_a_report_is_said_and_nothing_is_half_written(
    sound: Sound, disk_of: Callable[[str], Path]
) -> None:
    disk = disk_of("1g")
    home = sound.copy(disk)
    for free in (16 << 10, 1200 << 10):  # none for the history of the run, none for what it builds
        used = shutil.disk_usage(disk).used
        subprocess.run(["mount", "-o", f"remount,size={used + free}", str(disk)], check=True)
        done = report(home)
        assert done.returncode == 1, done.stderr
        assert "no space left. Free some space" in done.stderr
        assert "Traceback" not in done.stderr
        assert halves(home, sound.before, sound.after) == []
    subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
    done = report(home)
    assert done.returncode == 0, done.stderr
    assert state_of(home).differences(sound.after) == []


def damage(warehouse: Path, table: str) -> None:
    """Zeroes in the blocks of one table, which are met when it is read."""
    blocks = "select distinct block_id from pragma_storage_info(?) where persistent and block_id >= 0"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = [number for (number,) in connection.execute(blocks, [table]).fetchall()]
    assert found
    with warehouse.open("r+b") as stream:
        for number in found:
            stream.seek(FILE_HEAD + number * BLOCK)
            stream.write(bytes(512))


def test_a_warehouse_found_damaged_in_mid_build_is_put_aside_and_made_again_from_the_landing(
    sound: Sound, tmp_path: Path
) -> None:
    home = sound.copy(tmp_path)
    damage(home / "warehouse.duckdb", "reference.ref_commitment")
    found = report(home)
    # what reads the file first puts it aside; the same run then makes it anew, or the next one does
    assert found.returncode in {0, 1}, found.stderr
    assert "It was put aside; run again" in found.stderr
    assert "Traceback" not in found.stderr
    done = report(home)
    assert done.returncode == 0, done.stderr
    found = state_of(home).differences(sound.after)
    assert [line for line in found if not line.startswith("receipts/")] == [
        "name warehouse.duckdb.damaged: in one of them only"
    ]
    # where what is still expected could not be read, the receipt says nothing of it; its verdict is the same
    pairs = [
        [json.loads(path.read_text(encoding="utf-8")) for path in sorted(place.rglob("receipts/**/*_accuse_*.json"))]
        for place in (home, sound.folder.parent / "undisturbed")
    ]
    unlike = {"waiting", "workbook_sha256", "digest"}
    given, wanted = ([{key: row[key] for key in row.keys() - unlike} for row in rows] for rows in pairs)
    assert given == wanted


def test_what_a_killed_report_had_written_is_not_taken_for_an_edit_of_the_dns(sound: Sound, tmp_path: Path) -> None:
    home = sound.copy(tmp_path)
    assert report(home, DYING).returncode == -signal.SIGKILL
    word = "deliverables/CNS-12/CNS-12_etat-avancement.docx"
    assert hash_file(home / word) == sound.after.files[word] != sound.before.files[word]
    assert halves(home, sound.before, sound.after) == []
    done = report(home)
    assert done.returncode == 0, done.stderr
    assert Landing(home).receptions("drafts") == []
    assert state_of(home).differences(sound.after) == []
