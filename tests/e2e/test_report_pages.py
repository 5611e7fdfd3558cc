"""The report of the 12th session as LibreOffice lays it out: its length, its contents, no page left blank."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exports.marts import read_marts

if TYPE_CHECKING:
    from tests.e2e.conftest import Line

MOST_PAGES, MOST_CONTENTS = 36, 2
MOST_BLANK = 0.5


@pytest.mark.long
def test_the_report_takes_36_pages_at_most_and_none_is_half_empty(
    shipped: "Line", project_root: Path, tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("report_pages", project_root / "tests/exports/test_pages.py")
    assert spec is not None
    assert spec.loader is not None
    laid_out = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(laid_out)
    laid_out.assert_laid_out(read_marts(shipped.paths.marts, "CNS-12"), tmp_path)
    pdf = tmp_path / "report.pdf"
    pages = laid_out.pdf_pages(tmp_path / "report.docx")
    assert len(pages) <= MOST_PAGES
    contents = [rank for rank, page in enumerate(pages) if page.count("....") > 10]
    assert 1 <= len(contents) <= MOST_CONTENTS
    assert laid_out.blank_shares(pdf, beyond=MOST_BLANK) == {}
