"""One walk of the drop folder: what is wrong with one path is that path's problem, and every other file is taken."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.services.reception.ingest import receive_all
from sources.landing.drops import DEEPEST, list_drops
from sources.landing.store import Landing

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def deep(folder: Path) -> str:
    inside = folder / Path(*["d"] * (DEEPEST + 2))
    inside.mkdir(parents=True)
    (inside / "a.xlsx").write_text("deep")
    return "folders deep"


def loop(folder: Path) -> str:
    (folder / "loop").symlink_to(folder)
    return "a shortcut"


def broken_link(folder: Path) -> str:
    (folder / "gone.xlsx").symlink_to("nowhere")
    return "a shortcut"


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe.xlsx")
    return "neither a file nor a folder"


def too_long(folder: Path) -> str:
    """A path longer than the system takes: made step by step, as copying tools do."""
    here = Path.cwd()
    try:
        os.chdir(folder)
        for _ in range(18):
            Path("x" * 250).mkdir()
            os.chdir("x" * 250)
        Path("a.xlsx").write_text("long")
    finally:
        os.chdir(here)
    return "File name too long"


def stray(folder: Path) -> str:
    (folder.parent.parent / "a.xlsx").write_text("beside")
    return "nothing is read here"


def no_partner(folder: Path) -> str:
    (folder.parent / "a.xlsx").write_text("beside")
    return "in no partner's folder"


def other_kind(folder: Path) -> str:
    (folder.parent.parent / "reports").mkdir()
    (folder.parent.parent / "reports" / "photo.jpg").write_text("beside")
    return "of a kind that is not read here"


@pytest.mark.parametrize("make", [deep, loop, broken_link, pipe, too_long, stray, no_partner, other_kind])
def test_one_path_is_reported_with_what_to_do_and_stops_nobody(make: Callable[[Path], str], tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / "CNS-13_ANS.xlsx").write_text("good")
    reason = make(folder)
    (problem,) = list_drops(tmp_path / "inbox").problems
    assert reason in problem.text
    told: list[str] = []
    taken = receive_all(tmp_path / "inbox", Landing(tmp_path / "home").open(), lambda: NOON, told.append)
    assert [reception.file_name for reception in taken.new] == ["CNS-13_ANS.xlsx"]
    assert taken.left == [problem.text]
    assert problem.text in told
    if make is too_long:
        subprocess.run(["rm", "-rf", folder], check=True)


def test_a_name_that_is_no_utf_8_is_taken_under_one_that_can_be_shown(tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"CNS-13_\xe9t\xe9.xlsx")).write_text("good")
    told: list[str] = []
    taken = receive_all(tmp_path / "inbox", Landing(tmp_path / "home").open(), lambda: NOON, told.append)
    assert [reception.file_name for reception in taken.new] == ["CNS-13_�t�.xlsx"]
    assert [line.encode() for line in told] == []


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="another user is played by root")
@pytest.mark.parametrize("is_folder", [True, False])
def test_what_another_user_may_not_read_is_reported(is_folder: bool, tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / "CNS-13_ANS.xlsx").write_text("good")
    closed = folder / "closed"
    closed.mkdir() if is_folder else closed.write_text("shut")
    closed.chmod(0)
    for parent in folder.parents:
        if parent != Path("/") and parent.owner() == "root":
            parent.chmod(parent.stat().st_mode | 0o055)
    script = (
        "import sys; from pathlib import Path; from sources.landing.drops import list_drops;"
        "found = list_drops(Path(sys.argv[1]));"
        "print(len(found.drops), *[problem.text for problem in found.problems])"
    )
    done = subprocess.run(
        ["setpriv", "--reuid=nobody", "--clear-groups", sys.executable, "-c", script, tmp_path / "inbox"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.startswith("1 ")
    assert "this user may not read it; give it that right" in done.stdout
