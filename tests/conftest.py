"""Fixtures every test may ask for."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]

#: What takes longest is given out first, so that the workers end together. The first two lines begin at once: one
#: worker renders the shipped installation that `tests/e2e` needs, the other builds a warehouse meanwhile.
SLOW_FIRST = (
    "tests/e2e/test_states.py",
    "tests/warehouse/test_facts.py",
    "tests/e2e/",
    "tests/warehouse/",
    "tests/documents/test_quality.py",
    "tests/deploy/",
    "tests/workbook/",
    "tests/mail/",
    "tests/documents/",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files by `SLOW_FIRST`; the others follow as they were found."""
    gone = [slow for slow in SLOW_FIRST if not (ROOT / slow).exists()]
    assert not gone, f"tests/conftest.py: SLOW_FIRST names what is not there: {gone}"

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(ROOT).as_posix()
        return next((rank for rank, slow in enumerate(SLOW_FIRST) if name.startswith(slow)), len(SLOW_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def seeds_dir() -> Path:
    """The real source documents; they live beside the checkout on the project's own machines only."""
    folder = ROOT.parent / "shared" / "seeds"
    if not folder.is_dir():
        pytest.skip(f"the source documents are not on this machine ({folder})")
    return folder


@pytest.fixture(scope="session")
def built_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], None]], Path]:
    """Build a folder once for all workers of a run: the first worker that asks builds it, the others wait.

    Tests only read such a folder; a test that changes something copies it first.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def built(name: str, make: Callable[[Path], None]) -> Path:
        folder, complete = shared / name, shared / f"{name}.complete"
        with FileLock(shared / f"{name}.lock"):
            if not complete.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                complete.touch()
        return folder

    return built


@pytest.fixture
def disk_of(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system of its own, of a size in mount's words; the test is skipped where none can be mounted."""
    folder = tmp_path / "disk"

    def mounted(size: str) -> Path:
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
        return folder

    yield mounted
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
