"""Checks a written `.xlsx` against the accessibility and soundness rules of the deliverables.

`defects(content)` lists everything wrong, empty when nothing is; each rule is proven on a broken file in the tests.
"""

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from exports.defects import LEAST_CONTRAST, Defect
from exports.packing import read_package
from exports.palette import contrast

LANGUAGE = "fr-FR"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"


def defects(content: bytes) -> list[Defect]:
    """Everything wrong with a written workbook."""
    parts = read_package(content)
    return [
        *_properties(parts),
        *_sheets(parts),
        *_tables(parts),
        *_drawings(parts),
        *_contrast(parts),
        *_outside(parts),
    ]


def _named(parts: dict[str, bytes], pattern: str) -> Iterator[tuple[str, "etree._Element"]]:
    for part in sorted(parts):
        if re.fullmatch(pattern, part):
            yield part, etree.fromstring(parts[part])


def _properties(parts: dict[str, bytes]) -> Iterator[Defect]:
    core = etree.fromstring(parts["docProps/core.xml"])
    if LANGUAGE not in (core.findtext(f"{_DUBLIN}language") or core.findtext(f"{_DUBLIN}description") or ""):
        yield Defect("LANGUAGE", "docProps/core.xml", "the language is not said to be French")
    if not (core.findtext(f"{_DUBLIN}title") or "").strip():
        yield Defect("TITLE_MISSING", "docProps/core.xml", "no title")


def _sheets(parts: dict[str, bytes]) -> Iterator[Defect]:
    for part, sheet in _named(parts, r"xl/worksheets/sheet\d+\.xml"):
        if sheet.find(f"{_MAIN}mergeCells") is not None:
            yield Defect("MERGED_CELL", part, "merged cells")
        for cell in sheet.iter(f"{_MAIN}f"):
            yield Defect("FORMULA", part, cell.text or "")
        if sheet.find(f"{_MAIN}tableParts") is None:
            yield Defect("TABLE_MISSING", part, "no real table")
        first = sheet.find(f"{_MAIN}sheetData/{_MAIN}row/{_MAIN}c")
        if first is None or first.get("r") != "A1":
            yield Defect("SHEET_TITLE", part, "A1 is empty")
        protection = sheet.find(f"{_MAIN}sheetProtection")
        if protection is not None and protection.get("selectLockedCells") == "1":
            yield Defect("PROTECTION", part, "locked cells cannot be reached by a screen reader")
    book = etree.fromstring(parts["xl/workbook.xml"])
    names = {item.get("name") for item in book.iter(f"{_MAIN}definedName")}
    count = len(list(book.iter(f"{_MAIN}sheet")))
    titles = [item for item in book.iter(f"{_MAIN}definedName") if item.get("name") == "_xlnm.Print_Titles"]
    if "_xlnm.Print_Titles" not in names or len(titles) < count:
        yield Defect("REPEATED_HEADER", "xl/workbook.xml", f"{len(titles)} of {count} sheets repeat their header rows")


def _tables(parts: dict[str, bytes]) -> Iterator[Defect]:
    for part, table in _named(parts, r"xl/tables/table\d+\.xml"):
        described = [item for item in table.iter() if item.get("altTextSummary")]
        if not described:
            yield Defect("TABLE_DESCRIPTION", part, table.get("displayName") or "")
        if table.get("headerRowCount") == "0":
            yield Defect("TABLE_HEADER", part, table.get("displayName") or "")


def _drawings(parts: dict[str, bytes]) -> Iterator[Defect]:
    for part, drawing in _named(parts, r"xl/drawings/drawing\d+\.xml"):
        identifiers = Counter(frame.get("id") for frame in drawing.iter(f"{_DRAWING}cNvPr"))
        for identifier, count in identifiers.items():
            if count > 1:
                yield Defect("DRAWING_ID", part, f"identifier {identifier} on {count} drawings")
        for frame in drawing.iter(f"{_DRAWING}cNvPr"):
            if not (frame.get("descr") or "").strip():
                yield Defect("ALT_TEXT", part, frame.get("name") or "drawing")


def _contrast(parts: dict[str, bytes]) -> Iterator[Defect]:
    styles = etree.fromstring(parts["xl/styles.xml"])
    inks = [_colour(font.find(f"{_MAIN}color"), "000000") for font in styles.iterfind(f"{_MAIN}fonts/{_MAIN}font")]
    grounds = [
        _colour(fill.find(f"{_MAIN}patternFill/{_MAIN}fgColor"), "FFFFFF")
        for fill in styles.iterfind(f"{_MAIN}fills/{_MAIN}fill")
    ]
    for form in styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"):
        ink = inks[int(form.get("fontId") or 0)]
        ground = grounds[int(form.get("fillId") or 0)]
        if contrast(ink, ground) < LEAST_CONTRAST:
            yield Defect("CONTRAST", "xl/styles.xml", f"{ink} on {ground}")


def _colour(element: "etree._Element | None", fallback: str) -> str:
    value = element.get("rgb") if element is not None else None
    return value[-6:] if value else fallback


def _outside(parts: dict[str, bytes]) -> Iterator[Defect]:
    for part in sorted(parts):
        if part.startswith("xl/externalLinks/") or part.endswith("vbaProject.bin"):
            yield Defect("OUTSIDE", part, "the workbook reaches outside itself")
        elif part.endswith(".rels") and b'TargetMode="External"' in parts[part]:
            yield Defect("OUTSIDE", part, "an external link")
