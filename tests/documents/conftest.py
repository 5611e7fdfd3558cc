"""What the tests of the documents' reading share: the reference, a way to read a text typed in a test, renderings."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from sources.documents import Extraction, extract
from sources.reference.roadmap import Reference, load_reference


@pytest.fixture(scope="session")
def reference(project_root: Path) -> Reference:
    """The project's own seeds."""
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.fixture
def read(tmp_path: Path, reference: Reference) -> Callable[..., Extraction]:
    """Extract a text as if it had been published under that name."""

    def _read(text: str, name: str = "rapport.md", encoding: str = "utf-8") -> Extraction:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return extract(path, reference)

    return _read


@pytest.fixture(scope="session")
def real_report(seeds_dir: Path, reference: Reference) -> Extraction:
    """The progress report given to the 12th CNS, read."""
    return extract(next(seeds_dir.glob("000_*.txt")), reference)


@pytest.fixture(scope="session")
def renderings() -> ModuleType:
    """The module that writes one report in many layouts."""
    return load_renderings()


def load_renderings() -> ModuleType:
    """`renderings.py`, which stands in no package."""
    name = "documents_renderings"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("renderings.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def invented() -> dict[str, Any]:
    """The report nobody published, with what must be read in it."""
    path = Path(__file__).parent / "invented" / "report.yml"
    model: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return model
