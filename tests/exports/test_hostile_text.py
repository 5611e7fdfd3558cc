"""What a partner writes comes out whole and does nothing, whatever it tries."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from msgspec.structs import replace

from exports.content import fiche, note, report, texts, workbook
from exports.content.release import Release
from exports.excel import writer as excel
from exports.marts import Action, Commitment, Contribution, SessionMarts, read_marts
from exports.open_data import writer as open_data
from exports.packing import read_package
from exports.word import checks, writer
from exports.word.xml import NAMESPACES, name, safe

LONG = "Un texte sans fin, avec « guillemets » et <balises> & signes. " * 330


def words_of(content: bytes) -> str:
    document = etree.fromstring(read_package(content)["word/document.xml"])
    paragraphs = document.iter(name("w:p"))
    return "\n".join("".join(node.text or "" for node in paragraph.iter(name("w:t"))) for paragraph in paragraphs)


def cells_of(content: bytes) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("attempt", ["formula", "plus", "minus", "at", "markup", "control", "emoji", "rtl", "url"])
def test_each_text_is_whole_in_word(marts: SessionMarts, hostile: dict[str, str], attempt: str) -> None:
    content = writer.write(report.build(marts, Release())).content
    assert safe(hostile[attempt]) in words_of(content)


def test_nothing_a_partner_wrote_becomes_markup_in_word(marts: SessionMarts) -> None:
    content = writer.write(report.build(marts, Release())).content
    document = etree.fromstring(read_package(content)["word/document.xml"])
    faked = [run for run in document.iter(name("w:r")) if "".join(run.itertext()) == "faux"]
    assert faked == []
    assert b"exemple.invalid" not in read_package(content)["word/_rels/document.xml.rels"]
    assert checks.defects(content) == []


def test_texts_stay_texts_in_excel(marts: SessionMarts, hostile: dict[str, str]) -> None:
    content = excel.write(workbook.build(marts, Release()))
    cells = cells_of(content)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, "a formula, an error or a boolean was written"
    values = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert hostile["formula"] in values
    assert "=1+1" in values
    for attempt in ("plus", "minus", "at", "markup", "emoji", "rtl", "url"):
        assert any(hostile[attempt] in value for value in values), attempt
    assert not any(b"exemple.invalid" in part for path, part in read_package(content).items() if path.endswith(".rels"))


def test_a_very_long_text_is_whole_in_both_and_its_block_stays_on_a_page(
    tables: dict[type, list[Any]], write: Callable[..., Path]
) -> None:
    assert len(LONG) > 20_000
    rows = tables[Contribution]
    rows[0] = replace(rows[0], progress_text=LONG)
    marts = read_marts(write(tables), "CNS-12")
    written = writer.write(report.build(marts, Release()))
    assert LONG.strip() in words_of(written.content)
    assert written.too_high == (), "only the annex of whole texts may run over a page"
    assert "Lire la suite en annexe" in words_of(written.content)
    assert LONG in [cell.value for cell in cells_of(excel.write(workbook.build(marts, Release())))]


def test_a_text_longer_than_a_cell_is_cut_with_a_mark_and_whole_in_word() -> None:
    cut = excel.cut("x" * 40_000)
    assert len(cut) == excel.LONGEST_TEXT
    assert cut.endswith(excel.CUT_MARK)


def test_many_long_texts_never_take_a_block_over_its_page(
    tables: dict[type, list[Any]], write: Callable[..., Path]
) -> None:
    tables[Contribution] = [
        replace(tables[Contribution][0], partner_code=f"P{rank}", progress_text="mot " * 400, role="contributor")
        for rank in range(27)
    ]
    marts = read_marts(write(tables), "CNS-12")
    written = writer.write(report.build(marts, Release()))
    assert written.too_high == ()
    assert len(texts.share(marts, "1-1").in_annex) == 27 * 4 - 4
    assert words_of(written.content).count(("mot " * 400).strip()) == 27
    assert checks.defects(written.content) == []


def test_hostile_titles_and_labels_break_nothing(
    tables: dict[type, list[Any]], write: Callable[..., Path], hostile: dict[str, str]
) -> None:
    tables[Action] = [replace(row, action_title=hostile["markup"] + hostile["control"]) for row in tables[Action]]
    marts = read_marts(write(tables), "CNS-12")
    content = writer.write(report.build(marts, Release())).content
    assert checks.defects(content) == []
    assert etree.fromstring(read_package(content)["word/document.xml"]).find("w:body", NAMESPACES) is not None
    excel.write(workbook.build(marts, Release()))


def test_a_fiche_holds_each_hostile_text_whole_and_none_of_it_acts(
    marts: SessionMarts, hostile: dict[str, str]
) -> None:
    content = writer.write_short(fiche.build(marts, Release(), "3-3")).content
    for text in hostile.values():
        assert safe(text) in words_of(content)
    assert checks.defects(content) == []


def test_hostile_titles_are_whole_and_inert_in_the_note_and_the_open_data(
    tables: dict[type, list[Any]], write: Callable[..., Path], hostile: dict[str, str]
) -> None:
    title = " ".join(safe(text) for text in hostile.values())
    tables[Action] = [replace(row, action_title=title) for row in tables[Action]]
    tables[Commitment] = [replace(row, commitment_label=hostile["formula"]) for row in tables[Commitment]]
    marts = read_marts(write(tables), "CNS-12")
    in_note = writer.write_short(note.build(marts, Release())).content
    assert checks.defects(in_note) == []
    assert safe(hostile["markup"]) in words_of(in_note)
    files = {name: part.decode("utf-8-sig") for name, part in read_package(open_data.write(marts, Release())).items()}
    cells = [cell for name, text in files.items() if name.endswith(".csv") for cell in csv.reader(io.StringIO(text))]
    values = {value for row in cells for value in row}
    assert any(hostile["emoji"] in value and hostile["rtl"] in value for value in values)
    assert f"'{hostile['formula']}" in values
    assert not [value for value in values if value[:1] in {"=", "@"}], "a spreadsheet would take it for a formula"
