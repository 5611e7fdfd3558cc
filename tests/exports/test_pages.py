"""The report as pages: LibreOffice lays it out, and each page is where the contents say, whole and not blank."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import etree
from msgspec.structs import replace

from exports.content import report
from exports.content.release import Release
from exports.marts import Commitment, Contribution, SessionMarts, read_marts
from exports.model import Heading, walk
from exports.packing import read_package
from exports.word import writer
from exports.word.xml import name

#: points from the foot of a page under which its footer stands
FOOTER = 60.0
#: words long enough not to be glued to a note's number or parted by the layout
WORD = re.compile(r"[^\W\d_]{4,}")


def pdf_pages(path: Path) -> list[str]:
    """The text of each page of a document, laid out by LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    document = pypdfium2.PdfDocument(path.with_suffix(".pdf"))
    return [page.get_textpage().get_text_range() for page in document]


def blank_shares(pdf: Path, beyond: float) -> dict[int, float]:
    """Pages of which more than a share is empty under the last words, the cover left out: page to share."""
    found: dict[int, float] = {}
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
        text, height = page.get_textpage(), page.get_height()
        bottoms = [text.get_rect(rank)[1] for rank in range(text.count_rects())]
        share = min((bottom for bottom in bottoms if bottom > FOOTER), default=height) / height
        if number > 1 and share > beyond:
            found[number] = round(share, 2)
    return found


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.replace("\ufffe", "")).strip().lower()


def assert_laid_out(marts: SessionMarts, folder: Path) -> None:
    document = report.build(marts, Release())
    written = writer.write(document)
    path = folder / "report.docx"
    path.write_bytes(written.content)
    pages = [plain(page) for page in pdf_pages(path)]
    headings = [block for section in document.sections for block in walk(section.blocks) if isinstance(block, Heading)]
    wrong = [
        f"{heading.text}: said page {written.page_of[heading.anchor]}"
        for heading in headings
        if plain(heading.text) not in pages[written.page_of[heading.anchor] - 1]
    ]
    assert wrong == []
    assert written.too_high == ()
    assert all(len(page) > 100 for page in pages), "a blank page"
    assert cut_words(written.content, pages) == {}, "words of the report that no page shows"


def cut_words(content: bytes, pages: list[str]) -> dict[str, int]:
    """Words of the body written more often than shown: what a fixed height or a table's edge would have cut."""
    body = etree.fromstring(read_package(content)["word/document.xml"])
    paragraphs = body.iter(name("w:p"))
    written = " ".join("".join(node.text or "" for node in item.iter(name("w:t"))) for item in paragraphs)
    shown = Counter(WORD.findall(" ".join(pages)))
    missing = Counter(WORD.findall(plain(written))) - shown
    return {word: count for word, count in missing.items() if word[::-1] not in shown}  # a right-to-left mark turns it


def test_a_word_that_no_page_shows_is_found(marts: SessionMarts) -> None:
    content = writer.write(report.build(marts, Release())).content
    body = etree.fromstring(read_package(content)["word/document.xml"])
    shown = [plain(node.text or "") for node in body.iter(name("w:t"))]
    assert cut_words(content, shown) == {}
    place = next(rank for rank, text in enumerate(shown) if WORD.search(text))
    assert cut_words(content, [*shown[:place], *shown[place + 1 :]]) != {}


def test_every_heading_is_on_the_page_the_contents_say(marts: SessionMarts, tmp_path: Path) -> None:
    assert_laid_out(marts, tmp_path)


def test_pages_stay_right_when_blocks_are_full(
    tables: dict[type, list[Any]], write: Callable[..., Path], tmp_path: Path
) -> None:
    words = "Une phrase fictive de longueur moyenne, avec des mots ordinaires et quelques chiffres (12 345). "
    tables[Contribution] = [
        replace(row, progress_text=words * (3 + 2 * rank), next_steps=words * rank, risks=words)
        for rank, row in enumerate(tables[Contribution])
    ]
    tables[Commitment] = [
        replace(row, commitment_id=f"{row.action_code}.{rank}", commitment_rank=rank, commitment_label=words)
        for row in tables[Commitment]
        for rank in range(1, 4)
    ]
    assert_laid_out(read_marts(write(tables), "CNS-12"), tmp_path)
