"""Each rule of the Excel checks, proven on a workbook deliberately broken."""

from collections.abc import Callable

import pytest

from exports.content import workbook
from exports.content.release import Release
from exports.excel import checks, writer
from exports.marts import SessionMarts
from exports.packing import read_package, write_package

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


@pytest.fixture(scope="module")
def content(marts: SessionMarts) -> bytes:
    return writer.write(workbook.build(marts, Release()))


def test_the_workbook_has_no_defect(content: bytes) -> None:
    assert [str(defect) for defect in checks.defects(content)] == []


BREAKS: dict[str, tuple[str, Callable[[str], str]]] = {
    "TITLE_MISSING": ("docProps/core.xml", lambda xml: xml.replace("Tableau de bord – CNS-12", "")),
    "MERGED_CELL": (
        SHEET,
        lambda xml: xml.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>'),
    ),
    "FORMULA": (
        SHEET,
        lambda xml: xml.replace("</sheetData>", '<row r="999"><c r="A999"><f>1+1</f></c></row></sheetData>'),
    ),
    "TABLE_MISSING": (SHEET, lambda xml: xml.replace("tableParts", "nothing")),
    "SHEET_TITLE": (SHEET, lambda xml: xml.replace('r="A1"', 'r="B1"')),
    "PROTECTION": (
        SHEET,
        lambda xml: xml.replace("</sheetData>", '</sheetData><sheetProtection selectLockedCells="1"/>'),
    ),
    "REPEATED_HEADER": (BOOK, lambda xml: xml.replace("_xlnm.Print_Titles", "_xlnm.Nothing", 1)),
    "TABLE_DESCRIPTION": ("xl/tables/table1.xml", lambda xml: xml.replace("altTextSummary", "nothing")),
    "TABLE_HEADER": ("xl/tables/table1.xml", lambda xml: xml.replace("<table ", '<table headerRowCount="0" ')),
    "LANGUAGE": ("docProps/core.xml", lambda xml: xml.replace("fr-FR", "en-US")),
    "DRAWING_ID": ("xl/drawings/drawing1.xml", lambda xml: xml.replace('<xdr:cNvPr id="3"', '<xdr:cNvPr id="2"')),
    "ALT_TEXT": ("xl/drawings/drawing1.xml", lambda xml: xml.replace("descr=", "data=")),
    "CONTRAST": ("xl/styles.xml", lambda xml: xml.replace("FF55585F", "FFBBBBBB")),
    "OUTSIDE": (
        "xl/worksheets/_rels/sheet1.xml.rels",
        lambda xml: xml.replace("</Relationships>", '<Relationship Id="x" TargetMode="External"/></Relationships>'),
    ),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_finds_its_defect(content: bytes, rule: str) -> None:
    part, spoil = BREAKS[rule]
    parts = read_package(content)
    before = parts[part].decode()
    after = spoil(before)
    assert after != before, "the breaking did not take: the test proves nothing"
    parts[part] = after.encode()
    assert rule in {defect.rule for defect in checks.defects(write_package(parts))}
