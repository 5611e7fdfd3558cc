"""A key changes with everything a result is made of, and with nothing else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sources.files import facts as facts_module
from sources.files.memo import PROJECT, Memo, digest

WORKBOOKS = "orchestration.services.reception.check"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's packages, to be changed."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("sources", "quality", "orchestration", "exports"):
        shutil.copytree(PROJECT / package, root / package, ignore=shutil.ignore_patterns("inbox", "__pycache__"))
    return root


@pytest.fixture
def changed(tree: Path, tmp_path: Path) -> Callable[[str, str], bool]:
    """Whether the key of some code changes when a file of the copied tree gets a line more."""

    def is_changed(module: str, path: str) -> bool:
        before = Memo(tmp_path / "memo", tree).key(module)
        file = tree / path
        content = file.read_bytes()
        file.write_bytes(content + b"\n#")
        try:
            after = Memo(tmp_path / "memo", tree).key(module)
        finally:
            file.write_bytes(content)
        assert Memo(tmp_path / "memo", tree).key(module) == before
        return after != before

    return is_changed


@pytest.mark.parametrize(
    ("module", "path"),
    [
        (WORKBOOKS, "sources/french/folding.py"),  # imported by what it imports
        (WORKBOOKS, "sources/reference/roadmap.py"),
        (WORKBOOKS, "sources/workbook/schema.yml"),  # a data file beside a module
        (WORKBOOKS, "sources/workbook/__init__.py"),
        (WORKBOOKS, "sources/workbook/loading_process.py"),  # started with -m
        ("sources.documents.extraction", "sources/documents/words.yml"),
        ("sources.documents.extraction", "sources/documents/pdf_reader.py"),  # imported inside a function
        ("sources.review.reader", "sources/french/folding.py"),
        ("exports.rendering", "exports/word/template.docx"),
        ("exports.rendering", "exports/dashboard/templates/page.html.j2"),  # a folder of data
        ("orchestration.services.reception.rules", "quality/suites.py"),
    ],
)
def test_a_key_changes_with_a_deep_import_and_with_a_data_file(
    changed: Callable[[str, str], bool], module: str, path: str
) -> None:
    """Keys listed by hand forgot `fold`: a reader that was fixed never read again what was archived."""
    assert changed(module, path)


@pytest.mark.parametrize(
    ("module", "path"),
    [
        (WORKBOOKS, "sources/documents/pdf_reader.py"),
        (WORKBOOKS, "exports/word/writer.py"),
        ("sources.documents.extraction", "quality/rows.py"),
        ("exports.rendering", "exports/mail/message.py"),
        ("exports.rendering", "sources/documents/words.yml"),
    ],
)
def test_a_key_does_not_change_with_code_that_it_does_not_import(
    changed: Callable[[str, str], bool], module: str, path: str
) -> None:
    """A key of the whole project would read every archived file again after any change."""
    assert not changed(module, path)


def test_a_module_that_appears_beside_is_taken_in(tmp_path: Path) -> None:
    """`from a import b` means the module `a/b.py` from the day that it is there."""
    root = tmp_path / "tree"
    (root / "a").mkdir(parents=True)
    (root / "a" / "__init__.py").write_text("")
    (root / "main.py").write_text("from a import b\n")
    before = Memo(tmp_path / "memo", root).key("main")
    (root / "a" / "b.py").write_text("")
    assert Memo(tmp_path / "memo", root).key("main") != before


def test_what_was_learnt_of_a_file_is_remembered_until_the_file_changes(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report with nothing new looks at times and sizes alone; a file of the same size and another time is read."""
    monkeypatch.setattr(facts_module, "TICK_NANOSECONDS", -(10**9))  # the copy was made a moment ago
    first = Memo(tmp_path / "memo", tree).key(WORKBOOKS)
    read: list[Path] = []
    plain = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or plain(path))
    assert Memo(tmp_path / "memo", tree).key(WORKBOOKS) == first
    assert [path for path in read if path.is_relative_to(tree) and path.name != "facts.json"] == []
    file = tree / "sources" / "french" / "folding.py"
    content, state = plain(file), file.stat()
    try:
        file.write_bytes(content.replace(b"a", b"b", 1))
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        assert Memo(tmp_path / "memo", tree).key(WORKBOOKS) != first
    finally:
        file.write_bytes(content)


def test_a_file_changed_within_the_clocks_tick_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writes within one tick of the file system's clock leave the same time and may leave the same size."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "main.py").write_text("a = 1\n")

    def remembered() -> list[str]:
        Memo(tmp_path / "memo", root).key("main")
        return list(json.loads((tmp_path / "memo" / "facts.json").read_bytes())["files"])

    assert remembered() == []
    monkeypatch.setattr(facts_module, "TICK_NANOSECONDS", -(10**9))
    assert remembered() == [str(root / "main.py")]


def test_where_the_project_cannot_be_written_the_home_remembers(tree: Path, tmp_path: Path) -> None:
    """A service may not write the code it runs."""
    beside = tree / "sources" / "files" / "__pycache__"
    shutil.rmtree(beside, ignore_errors=True)
    beside.write_text("in the way")
    try:
        key = Memo(tmp_path / "memo", tree).key("sources.errors")
        assert (tmp_path / "memo" / "facts.json").is_file()
        assert Memo(tmp_path / "memo", tree).key("sources.errors") == key
    finally:
        beside.unlink()


def test_a_process_keeps_to_the_code_it_began_with(tmp_path: Path) -> None:
    """What a process works out is the work of the modules it loaded, whatever is on the disk since."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "main.py").write_text("")
    memo = Memo(tmp_path / "memo", root)
    before = memo.key("main")
    (root / "main.py").write_text("new = 1\n")
    assert memo.key("main") == before
    assert Memo(tmp_path / "memo", root).key("main") != before


def test_the_installed_packages_belong_to_the_key(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgraded parser reads the archived files again."""
    import importlib.metadata

    before = Memo(tmp_path / "one", tree).key("sources.workbook.reader")
    plain = importlib.metadata.version
    upgraded = {"python-calamine": "99.0"}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: upgraded.get(name) or plain(name))
    monkeypatch.setattr(facts_module, "_installed", lambda: [["site-packages", 1]])  # an upgrade changes the folder
    upgraded_too = Memo(tmp_path / "two", tree)
    assert upgraded_too.key("sources.workbook.reader") != before
    assert upgraded_too.code("sources.workbook.reader") == Memo(tmp_path / "one", tree).code("sources.workbook.reader")


@dataclass(frozen=True)
class Row:
    """A row of a reference."""

    code: str
    on: date


def test_data_counts_by_content_and_not_by_form(tmp_path: Path) -> None:
    """Sets have no order, mappings have; a folder counts with every file but what tools leave in it."""
    memo = Memo(tmp_path / "memo", PROJECT)
    folder = tmp_path / "models"
    (folder / "target").mkdir(parents=True)
    (folder / "a.sql").write_text("select 1")

    def key(*data: Any) -> str:
        return memo.key("sources.errors", data=data)

    assert key({"b", "a"}) == key({"a", "b"})
    assert key({"a": 1, "b": 2}) != key({"b": 2, "a": 1})
    assert key(Row("8-4", date(2026, 1, 1))) != key(Row("8-4", date(2026, 1, 2)))
    assert key("ab", "c") != key("a", "bc")
    before = key(folder)
    (folder / "target" / "run.json").write_text("{}")
    assert key(folder) == before
    (folder / "b.sql").write_text("select 2")
    assert key(folder) != before
    assert key(tmp_path / "absent") != key(folder)
    with pytest.raises(TypeError, match="object: no plain form"):
        key(object())


def test_the_order_of_a_set_does_not_change_from_one_process_to_the_next() -> None:
    """Python hashes strings anew in each process."""
    told = "from sources.files.memo import Memo; from pathlib import Path; import sys"
    asked = f"{told}; print(Memo(Path(sys.argv[1])).key('sources.errors', data=[set('abcdefgh')]))"
    keys = {
        subprocess.run(
            [sys.executable, "-c", asked, "/nonexistent/memo"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(keys) == 1


def test_what_is_remembered_is_found_by_its_key_alone(tmp_path: Path) -> None:
    """Another key, a torn file and a file of another form are all nothing."""
    memo = Memo(tmp_path / "memo", PROJECT)
    memo.remember("rules", digest("a"), [1, "é", None])
    assert memo.recall("rules", digest("a")) == [1, "é", None]
    assert memo.recall("rules", digest("b")) is None
    assert memo.recall("quotes", digest("a")) is None
    for torn in ('{"key": ', "[]", "null"):
        (tmp_path / "memo" / "rules.json").write_text(torn)
        assert memo.recall("rules", digest("a")) is None


def test_an_unknown_module_is_an_error(tmp_path: Path) -> None:
    """A module that moved must not leave a key made of nothing."""
    with pytest.raises(ModuleNotFoundError, match=r"sources\.grammar"):
        Memo(tmp_path / "memo", PROJECT).key("sources.grammar")
