"""A full session, all partners, invented: no forbidden turn, pages as the contents say, the banner on each of them."""

import importlib.util
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exports import agreement
from exports.content import report
from exports.content.release import FICTIONAL_BANNER, Release, banner_of
from exports.marts import SessionMarts, read_marts
from exports.rendering import render_bytes
from exports.word import writer
from sources.reference.roadmap import load_reference

pytestmark = pytest.mark.long
#: pages of a whole session with every answer given
MOST_PAGES = 60
#: what may stay empty under the last line of a page
MOST_BLANK = 0.5
FORMS = {".docx", ".xlsx", ".html", ".pptx"}


def module(path: Path) -> ModuleType:
    """A module of the tests, by its file."""
    spec = importlib.util.spec_from_file_location(f"fictional_session_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def generator(project_root: Path) -> ModuleType:
    return module(project_root / "tests/warehouse/fictional_session.py")


@pytest.fixture(scope="module")
def full(build: Callable[[Any], Any], raw_tables: type[Any], generator: ModuleType, project_root: Path) -> SessionMarts:
    """CNS-13 as the whole line of models makes it of the invented answers."""
    reference = load_reference(project_root / "dbt_project/seeds")
    built = build(generator.fill(raw_tables(), reference))
    return read_marts(built.path, "CNS-13")


def test_the_same_seed_gives_the_same_answers(generator: ModuleType, raw_tables: type[Any], project_root: Path) -> None:
    reference = load_reference(project_root / "dbt_project/seeds")
    one, other = (generator.fill(raw_tables(), reference).rows for _ in range(2))
    assert one == other
    texts = [row["progress_text"] for row in one["contribution"]]
    assert len(texts) > 300
    assert all(re.search("fictif|invent|imaginaire|n’existent pas", text) for text in texts)


def test_every_partner_answered_and_every_situation_is_met(full: SessionMarts) -> None:
    assert {row.partner_code for row in full.completeness if row.expected and not row.received} == set()
    met = Counter(row.final_status for row in full.statuses)
    assert set(met) >= {"achieved", "on_track", "at_risk", "late"}
    assert {row.change_kind for row in full.changes} >= {"value_updated", "status_worsened", "status_improved"}
    assert banner_of(full) == FICTIONAL_BANNER


def test_no_text_holds_a_forbidden_turn_and_each_form_says_that_it_is_fictional(
    full: SessionMarts, project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = module(project_root / "tests/exports/test_forbidden_turns.py")
    monkeypatch.setattr(turns, "Release", lambda: Release(banner=banner_of(full)))
    texts = set(turns.rendered(full))
    assert len(texts) > 3000
    assert {Path(where).suffix for where, text in texts if FICTIONAL_BANNER in text} >= FORMS
    assert sorted({hit for where, text in texts for hit in turns.found(text, where)}) == []


def test_each_page_is_whole_as_the_contents_say_and_bears_the_banner(
    full: SessionMarts, project_root: Path, tmp_path: Path
) -> None:
    pages_of = module(project_root / "tests/exports/test_pages.py")
    pages_of.assert_laid_out(full, tmp_path)
    stage = Release(banner=banner_of(full))
    path = tmp_path / "fictional.docx"
    path.write_bytes(writer.write(report.build(full, stage)).content)
    pages = pages_of.pdf_pages(path)
    assert len(pages) <= MOST_PAGES
    assert [rank for rank, page in enumerate(pages, start=1) if FICTIONAL_BANNER not in page] == []
    assert pages_of.blank_shares(path.with_suffix(".pdf"), beyond=MOST_BLANK) == {}


def test_the_files_agree_with_the_marts(full: SessionMarts) -> None:
    files = render_bytes(full, Release()).contents
    (docx,) = (content for name, content in files.items() if "etat-avancement" in name)
    (xlsx,) = (content for name, content in files.items() if name.endswith(".xlsx"))
    assert agreement.disagreements(full, docx, xlsx) == []
