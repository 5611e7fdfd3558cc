"""One invented report in many layouts: Markdown, text, Word and PDF must all say the same thing."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sources.documents import Extraction, extract
from sources.documents.facts import plain_number
from sources.reference.roadmap import Reference

TEXTS = (
    "markdown in the published layout",
    "markdown in bold with dotted codes",
    "markdown with labels",
    "markdown table",
    "text with pages",
    "text in two columns",
    "text with words cut",
    "word with headings",
    "word with a two-column table",
    "word with named columns",
    "word with automatic numbers",
    "word with labelled tables",
    "word with a priority column",
    "slides, an action each",
    "cards, two a page",
)
PAPERS = (
    "PDF of headings",
    "PDF of a two-column table",
    "PDF of named columns",
    "PDF of newspaper columns",
    "PDF of two columns without rules",
    "PDF of named columns without rules",
    "PDF of labelled tables",
)


@pytest.mark.parametrize("layout", TEXTS)
def test_text_and_word_layouts(
    layout: str, renderings: ModuleType, invented: dict[str, Any], reference: Reference, tmp_path: Path
) -> None:
    """A typography that loses an action, cuts a text, or takes one column for another."""
    suffix, write = renderings.TEXTS[layout]
    path = tmp_path / f"rapport{suffix}"
    write(invented, path)
    assert_says(extract(path, reference), invented, renderings)


@pytest.fixture(scope="module")
def printed(
    renderings: ModuleType, invented: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The report printed in every layout."""
    if not renderings.has_libreoffice():
        pytest.skip("LibreOffice (soffice) is not on this machine: no PDF can be made")
    folder = tmp_path_factory.mktemp("printed")
    paths = [folder / f"rapport-{rank}.docx" for rank, _ in enumerate(PAPERS)]
    for layout, path in zip(PAPERS, paths, strict=True):
        renderings.PAPERS[layout](invented, path)
    return dict(zip(PAPERS, renderings.as_pdf(*paths), strict=True))


@pytest.mark.parametrize("layout", PAPERS)
def test_pdf_layouts(
    layout: str, printed: dict[str, Path], renderings: ModuleType, invented: dict[str, Any], reference: Reference
) -> None:
    """Columns, ruled cells, rows cut by a page, running headers of a printed report."""
    extraction = extract(printed[layout], reference)
    assert_says(extraction, invented, renderings)
    assert not [warning for warning in extraction.warnings if "Page" in warning]


def test_every_layout_is_tried(renderings: ModuleType) -> None:
    """A rendering added and never read back."""
    assert set(TEXTS) == set(renderings.TEXTS)
    assert set(PAPERS) == set(renderings.PAPERS)


def assert_says(extraction: Extraction, model: dict[str, Any], renderings: ModuleType) -> None:
    """The extraction holds exactly what the model says."""
    assert extraction.kind == "other"  # fourteen actions of sixty-five
    assert str(extraction.as_of) == str(model["as_of"])
    assert extraction.session_code == model["session"]
    assert [(item.number, item.title, item.axis) for item in extraction.priorities] == [
        (item["number"], item["title"], item["axis"]) for item in model["priorities"]
    ]
    wanted = {action["code"]: action for action in renderings.actions_of(model)}
    assert [action.code for action in extraction.actions] == list(wanted)
    for action in extraction.actions:
        expected = wanted[action.code]
        assert action.title == expected["title"]
        assert action.objective == expected["objective"]
        assert list(action.partners) == expected["partners"]
        assert action.narrative == " ".join(expected["narrative"])
        assert action.declared_status == expected.get("declared_status")
        targets = [item for item in extraction.targets if item.action == action.code]
        assert [
            [plain_number(item.value), item.unit, item.qualifier, item.deadline, item.deadline_precision]
            for item in targets
        ] == expected["targets"]
        quantities = [item for item in extraction.quantities if item.action == action.code]
        assert [
            [plain_number(item.value), item.unit, item.qualifier, item.period_end, item.period_precision]
            for item in quantities
        ] == expected["quantities"]
