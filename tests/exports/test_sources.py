"""From a figure to where it was read: footnotes lead to the list of sources, the annex gives the words read there."""

import pytest
from lxml import etree
from msgspec.structs import replace

from exports.content import annex, report
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Note, inlines_of, text_of, walk
from exports.packing import read_package, write_package
from exports.word import checks, writer
from exports.word.xml import NAMESPACES, name


@pytest.fixture(scope="module")
def content(marts: SessionMarts) -> bytes:
    return writer.write(report.build(marts, Release())).content


def test_every_footnote_leads_to_the_entry_of_its_source(content: bytes) -> None:
    parts = read_package(content)
    notes = etree.fromstring(parts["word/footnotes.xml"]).findall("w:footnote", NAMESPACES)
    written = [note for note in notes if note.get(name("w:type")) is None]
    table = etree.fromstring(parts["word/document.xml"])
    entries = {
        mark.get(name("w:name")): "".join(mark.getparent().itertext())  # type: ignore[union-attr]
        for mark in table.iter(name("w:bookmarkStart"))
    }
    assert len(written) > 5
    for note in written:
        links = list(note.iter(name("w:hyperlink")))
        assert links, "".join(note.itertext())
        assert "".join(links[0].itertext()) == entries[links[0].get(name("w:anchor"))]


def test_a_footnote_that_leads_nowhere_is_found(content: bytes) -> None:
    parts = read_package(content)
    notes = parts["word/footnotes.xml"].decode()
    parts["word/footnotes.xml"] = notes.replace('w:anchor="source', 'w:anchor="ailleurs', 1).encode()
    assert "LINK_TARGET" in {defect.rule for defect in checks.defects(write_package(parts))}


def test_a_source_later_than_the_cut_off_is_named_without_a_link(marts: SessionMarts) -> None:
    cut_off = marts.session.cut_off
    late = tuple(replace(row, as_of=cut_off.replace(year=cut_off.year + 1)) for row in marts.sources)
    document = report.build(replace(marts, sources=late), Release())
    assert checks.defects(writer.write(document).content) == []
    notes = [
        item
        for section in document.sections
        for block in walk(section.blocks)
        for item in inlines_of(block)
        if isinstance(item, Note)
    ]
    assert any("CNS-12_ALPHA.xlsx" in text_of(note.inlines) for note in notes)


def test_every_figure_of_the_annex_stands_with_its_place_and_the_words_read_there(marts: SessionMarts) -> None:
    rows = tuple(replace(row, quote=f"{row.value:g} fois") for row in marts.observations)
    printed = [text_of(cells[-1]) for cells in annex.data_table(replace(marts, observations=rows)).rows]
    assert len(printed) == len(rows)
    for row in rows:
        assert any(f"«\u00a0{row.quote}\u00a0»" in text and row.source_ref in text for text in printed), row.quote
    assert any("feuille Indicateurs, cellule\u00a0I5" in text for text in printed)
