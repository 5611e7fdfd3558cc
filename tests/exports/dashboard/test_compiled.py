"""Templates kept compiled are never those of another text, of other code, or the reason why a page is not written."""

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from exports.dashboard.compiled import CompiledTemplates


def rendered(folder: Path, made_by: Path) -> str:
    environment = Environment(
        loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(folder / "kept", made_by), autoescape=True
    )
    return environment.get_template("page.j2").render(value=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "page.j2").write_text("first {{ value }}")
    (tmp_path / "code.py").write_text("1")
    return tmp_path


def test_a_template_is_kept_and_its_next_text_is_compiled_anew(folder: Path) -> None:
    assert rendered(folder, folder / "code.py") == "first 1"
    (kept,) = (folder / "kept").glob("*.jinja")
    before = kept.stat().st_mtime_ns
    assert rendered(folder, folder / "code.py") == "first 1"
    assert kept.stat().st_mtime_ns == before
    (folder / "page.j2").write_text("second {{ value }}")
    assert rendered(folder, folder / "code.py") == "second 1"


def test_other_code_around_the_template_has_it_compiled_anew(folder: Path) -> None:
    rendered(folder, folder / "code.py")
    (kept,) = (folder / "kept").glob("*.jinja")
    before = kept.read_bytes()
    (folder / "code.py").write_text("2")
    rendered(folder, folder / "code.py")
    assert kept.read_bytes() != before


def test_a_folder_that_cannot_be_written_keeps_nothing_and_renders(folder: Path) -> None:
    (folder / "kept").write_text("a file, where the folder would be")
    assert rendered(folder, folder / "code.py") == "first 1"


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(folder, folder / "code.py") == "first 1"
    assert not (folder / "kept").exists()
