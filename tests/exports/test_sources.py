"""From a figure to where it was read: short numbers lead to the list of sources, the annex gives the place."""

import re

import pytest
from lxml import etree
from msgspec.structs import replace

from exports.content import annex, report
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import text_of
from exports.packing import read_package, write_package
from exports.word import checks, writer
from exports.word.xml import name


@pytest.fixture(scope="module")
def content(marts: SessionMarts) -> bytes:
    return writer.write(report.build(marts, Release())).content


def test_every_number_leads_to_the_entry_of_its_source(content: bytes) -> None:
    document = etree.fromstring(read_package(content)["word/document.xml"])
    entries = {
        mark.get(name("w:name")): "".join(mark.getparent().itertext())  # type: ignore[union-attr]
        for mark in document.iter(name("w:bookmarkStart"))
    }
    numbers = [(link, "".join(map(str, link.itertext()))) for link in document.iter(name("w:hyperlink"))]
    cited = [(link, said) for link, said in numbers if re.fullmatch(r"\[\d+\]", said)]
    assert len(cited) > 5
    for link, said in cited:
        assert entries[link.get(name("w:anchor"))].startswith(said)


def test_a_number_that_leads_nowhere_is_found(content: bytes) -> None:
    parts = read_package(content)
    document = parts["word/document.xml"].decode()
    parts["word/document.xml"] = document.replace('w:anchor="source', 'w:anchor="ailleurs', 1).encode()
    assert "LINK_TARGET" in {defect.rule for defect in checks.defects(write_package(parts))}


def test_a_source_later_than_the_cut_off_is_cited_by_no_number(marts: SessionMarts) -> None:
    cut_off = marts.session.cut_off
    late = tuple(replace(row, as_of=cut_off.replace(year=cut_off.year + 1)) for row in marts.sources)
    content = writer.write(report.build(replace(marts, sources=late), Release())).content
    assert checks.defects(content) == []
    assert b">[1]<" not in read_package(content)["word/document.xml"]


def test_every_figure_of_the_annex_stands_with_its_source_and_place(marts: SessionMarts) -> None:
    printed = [text_of(cells[-1]) for cells in annex.data_table(marts).rows]
    assert len(printed) == len(marts.observations)
    assert all(re.match(r"\[\d+\]", text) for text in printed)
    assert any("Indicateurs,\u00a0I5" in text for text in printed)
