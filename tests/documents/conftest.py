"""What the tests of the documents' reading share: the reference, and a way to read a text typed in a test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sources.documents import Extraction, extract
from sources.reference import Reference, load_reference


@pytest.fixture(scope="session")
def reference(project_root: Path) -> Reference:
    """The project's own seeds."""
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.fixture
def read(tmp_path: Path, reference: Reference) -> Callable[..., Extraction]:
    """Extract a text as if it had been published under that name."""

    def _read(text: str, name: str = "rapport.md") -> Extraction:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return extract(path, reference)

    return _read


@pytest.fixture(scope="session")
def real_report(seeds_dir: Path, reference: Reference) -> Extraction:
    """The progress report given to the 12th CNS, read."""
    return extract(next(seeds_dir.glob("000_*.txt")), reference)
