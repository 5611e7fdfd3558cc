"""The measure against the gold set and the levels it keeps; the same from Word and PDF files of the real report."""

import csv
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sources.documents import extract
from sources.reference.roadmap import Reference
from tools import extraction_quality as measure_of

GOLD = Path(__file__).parent / "gold"


@pytest.mark.parametrize("folder", measure_of.gold_folders(GOLD), ids=lambda folder: folder.name)
def test_no_kind_of_fact_falls_under_its_level(folder: Path, project_root: Path, reference: Reference) -> None:
    """A change that reads one document better and another worse."""
    scores = measure_of.score_folder(folder, project_root.parent / "shared" / "seeds", reference)
    if scores is None:
        pytest.skip(f"the document {folder.name} annotates is not on this machine")
    levels = measure_of.levels_of(folder)
    assert {score.kind for score in scores} == set(levels)
    assert not measure_of.below(scores, levels)


@pytest.mark.parametrize("folder", measure_of.gold_folders(GOLD), ids=lambda folder: folder.name)
def test_no_figure_is_wrongly_accepted(folder: Path, project_root: Path, reference: Reference) -> None:
    """A figure that counts without a person though nobody annotated it so."""
    document = measure_of.document_of(folder, project_root.parent / "shared" / "seeds")
    if document is None:
        pytest.skip(f"the document {folder.name} annotates is not on this machine")
    assert measure_of.wrongly_accepted(folder, document, reference) == []


def test_the_shipped_report_leaves_a_person_what_is_not_certain(project_root: Path, reference: Reference) -> None:
    """A rule of acceptance that hands the whole shipped report to a person."""
    path = project_root / "sources" / "inbox" / "reports" / "2024-12-17_etat-avancement_CNS-12.md"
    linked = [item for item in extract(path, reference).quantities if item.kpi_id]
    waiting = {item.kpi_id for item in linked if item.doubts or item.link_confidence != 1}
    assert len(linked) == 67
    assert waiting == {"IND-10-1-2", "IND-10-1-3", "IND-13-1-6", "IND-13-2-5"}


def test_a_worse_reading_is_seen() -> None:
    """A measure that always says one."""
    score = measure_of.Score("targets", expected=4, found=5, right=3)
    assert (score.precision, score.recall) == (0.6, 0.75)
    assert measure_of.below([score], {"targets": measure_of.Level(0.7, 0.7)})
    assert not measure_of.below([score], {"targets": measure_of.Level(0.6, 0.75)})


def test_word_file_of_the_real_report(
    real_model: dict[str, Any], renderings: ModuleType, seeds_dir: Path, reference: Reference, tmp_path: Path
) -> None:
    """A reader of Word files that reads less than the reader of text."""
    path = tmp_path / "etat-avancement.docx"
    renderings.word_two_columns(real_model, path)
    _assert_reads_the_real_report(path, seeds_dir, reference)


def test_pdf_files_of_the_real_report(
    real_model: dict[str, Any],
    renderings: ModuleType,
    seeds_dir: Path,
    reference: Reference,
    tmp_path: Path,
) -> None:
    """A reader of PDF files that reads less than the reader of text."""
    if not renderings.has_libreoffice():
        pytest.skip("LibreOffice (soffice) is not on this machine: no PDF can be made")
    layouts = ("PDF of headings", "PDF of newspaper columns", "PDF of two columns without rules")
    paths = [tmp_path / f"{layout.replace(' ', '-')}.docx" for layout in layouts]
    for layout, path in zip(layouts, paths, strict=True):
        renderings.PAPERS[layout](real_model, path)
    for printed in renderings.as_pdf(*paths):
        _assert_reads_the_real_report(printed, seeds_dir, reference)


def test_article_printed_in_two_columns(
    renderings: ModuleType, seeds_dir: Path, reference: Reference, tmp_path: Path
) -> None:
    """Sentences of one column read across into the other."""
    if not renderings.has_libreoffice():
        pytest.skip("LibreOffice (soffice) is not on this machine: no PDF can be made")
    document = next(seeds_dir.glob("001_*.txt"))
    path = tmp_path / "article.docx"
    renderings.word_article(document.read_text(encoding="utf-8").split("\n"), path)
    expected = measure_of.expected_facts(GOLD / "article", document)
    [printed] = renderings.as_pdf(path)
    found = measure_of.facts_of(extract(printed, reference))
    for kind in expected:
        assert kind == "accepted" or found[kind] == expected[kind], kind


def _assert_reads_the_real_report(path: Path, seeds_dir: Path, reference: Reference) -> None:
    document = next(seeds_dir.glob("000_*.txt"))
    expected = measure_of.expected_facts(GOLD / "real_report", document)
    found = measure_of.facts_of(extract(path, reference))
    for kind in expected:
        assert kind == "accepted" or not expected[kind] - found[kind], kind
        assert not found[kind] - expected[kind], kind


@pytest.fixture(scope="session")
def real_model(seeds_dir: Path, reference: Reference) -> dict[str, Any]:
    """The real report as the renderings want it, cut from the published text by the annotated line numbers."""
    lines = next(seeds_dir.glob("000_*.txt")).read_text(encoding="utf-8").split("\n")
    with (GOLD / "real_report" / "actions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    priorities = []
    for priority in reference.priorities.values():
        actions = [row for row in rows if row["action_code"].split("-")[0] == str(priority.priority_number)]
        priorities.append(
            {
                "number": priority.priority_number,
                "title": priority.priority_title,
                "banner": reference.axes[priority.axis_number].axis_short_label.upper(),
                "actions": [_action(row, lines) for row in actions],
            }
        )
    return {
        "title": "Feuille de route du numérique en santé 2023-2027",
        "subtitle": "État d’avancement",
        "date": "Au 17 décembre 2024",
        "priorities": priorities,
    }


def _action(row: dict[str, str], lines: list[str]) -> dict[str, Any]:
    def text(first: str, last: str) -> list[str]:
        return [line.strip() for line in lines[int(row[first]) - 1 : int(row[last])] if line.strip()]

    return {
        "code": row["action_code"],
        "title": text("title_line", "title_line")[0].split(". ", 1)[1],
        "objective": " ".join(text("objective_start", "objective_end")).removeprefix("→ "),
        "partners": row["partners"].split("|"),
        "narrative": text("narrative_start", "narrative_end"),
    }
