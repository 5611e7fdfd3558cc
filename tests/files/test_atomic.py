"""Under its name a file is whole, whoever dies and whoever else writes."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sources.files import atomic
from sources.files.memo import PROJECT


def test_one_file_is_replaced(tmp_path: Path) -> None:
    """Bytes as they are, text as UTF-8, nothing left beside."""
    path = tmp_path / "a.txt"
    assert atomic.write(path, "é") == path
    atomic.write(path, b"\xff", durable=True)
    assert path.read_bytes() == b"\xff"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "a\udcff.txt"])
def test_any_name_that_the_file_system_takes_is_written(tmp_path: Path, name: str) -> None:
    """The hidden name beside a long one must not be too long."""
    atomic.write(tmp_path / name, "x")
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_names_are_given_in_order_once_every_content_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest that comes last names files that are there."""
    given: list[str] = []
    plain = Path.replace

    def note(path: Path, target: Path) -> Path:
        assert all(atomic.aside_of(tmp_path / name).exists() for name in ("c", "b", "a") if name not in given)
        given.append(Path(target).name)
        return plain(path, target)

    monkeypatch.setattr(Path, "replace", note)
    atomic.write_all({tmp_path / name: name for name in ("c", "a", "b")})
    assert given == ["c", "a", "b"]


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk met at the second file must not leave the first one new."""
    (tmp_path / "a").write_text("old")

    def full(descriptor: int) -> None:
        if len(flushed) == 1:
            raise OSError(28, "No space left on device")
        flushed.append(descriptor)

    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_all({tmp_path / "a": "new", tmp_path / "b": "new"}, durable=True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_durable_content_reaches_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the rename must not leave an empty file under the name."""
    steps: list[str] = []
    plain_sync, plain_replace = os.fsync, Path.replace
    monkeypatch.setattr(
        os,
        "fsync",
        lambda fd: (steps.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file"), plain_sync(fd)),
    )
    monkeypatch.setattr(Path, "replace", lambda path, target: (steps.append("name"), plain_replace(path, target))[1])
    atomic.write(tmp_path / "a", "x", durable=True)
    assert steps == ["file", "name", "folder"]
    steps.clear()
    atomic.write(tmp_path / "a", "y")
    assert steps == ["name"]


def test_the_mode_holds_from_the_first_byte(tmp_path: Path) -> None:
    """A record with an address is never open to others, not even while it is written."""
    stray = atomic.aside_of(tmp_path / "a")
    stray.write_text("left by a killed writer")
    stray.chmod(0o644)
    atomic.write(tmp_path / "a", "x", mode=0o600)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert not stray.exists()


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_a_library_writes_takes_its_name_at_the_end(tmp_path: Path, *, is_folder: bool) -> None:
    """A file or a folder, whole or not at all; what a killed writer left is no part of it."""
    target = tmp_path / "made"
    (atomic.aside_of(target) if is_folder else tmp_path / "other").mkdir()

    def fill(aside: Path) -> None:
        if is_folder:
            aside.mkdir()
            (aside / "inside").write_text("x")
        else:
            aside.write_text("x")

    def fail() -> None:
        with atomic.written(target) as aside:
            fill(aside)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.glob("*made*")) == []
    with atomic.written(target, durable=True) as aside:
        fill(aside)
    assert target.is_dir() == is_folder
    assert not aside.exists()


WRITER = """
import sys
from pathlib import Path
from sources.files import atomic
path, letter = Path(sys.argv[1]), sys.argv[2]
while True:
    atomic.write(path, letter * 200_000)
"""


def test_a_file_that_several_processes_write_is_always_whole(tmp_path: Path) -> None:
    """Processes that share a name beside the file would put half of one's content under the name. Killed, they leave
    nothing that stops the next one.
    """
    path = tmp_path / "shared.json"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter], cwd=PROJECT) for letter in "abc"]
    try:
        until, seen = time.monotonic() + 60, set()
        while time.monotonic() < until and (len(seen) < 3 or until - time.monotonic() > 57):
            if path.exists():
                content = path.read_text()
                assert len(content) == 200_000
                assert len(set(content)) == 1
                seen.add(content[0])
            if len(seen) == 3 and writers[0].poll() is None:
                writers[0].send_signal(signal.SIGKILL)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert seen == set("abc")
    atomic.write(path, "last")
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"shared.json": "last"}


# Nothing is replaced there: a line is added to a trail, a backup is unpacked into an empty home, a file or a folder is
# placed where none is.
ONLY_NEW = {
    "orchestration/services/audit/audit.py",
    "orchestration/services/backup/archive.py",
    "orchestration/services/backup/backup.py",
    "orchestration/services/warehouse/dbt_build.py",
    "sources/landing/arrivals.py",
}


def test_product_code_replaces_files_by_the_atomic_write_alone() -> None:
    """Seventeen hand-written ones differed in mode, in what reached the disk, and in what a kill left."""
    by_hand = re.compile(
        r"os\.fsync\(|os\.replace\("
        r"|\b(aside|part|ready|temporary)\.(replace|rename)\((path|target|placed|folder|final)"
    )
    found = {
        path.relative_to(PROJECT).as_posix()
        for package in ("orchestration", "sources", "quality", "exports")
        for path in (PROJECT / package).rglob("*.py")
        if by_hand.search(path.read_text(encoding="utf-8"))
    }
    assert found - {"sources/files/atomic.py"} <= ONLY_NEW
