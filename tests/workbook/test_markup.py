"""What the second reader finds in a sheet's XML, however a program writes it."""

import pytest

from sources.workbook import markup
from sources.workbook.refused import FileRefusedError

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PARTS = {
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="F" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="a" Type="t/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="b" Type="t/styles" Target="styles.xml"/>'
        '<Relationship Id="c" Type="t/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
    "xl/styles.xml": "<styles><cellXfs><xf numFmtId='0'/><xf numFmtId='9'/><xf numFmtId='14'/></cellXfs></styles>",
    "xl/sharedStrings.xml": (
        f'{HEAD}<sst xmlns="{SPACE}"><si><t>Action</t></si><si><t xml:space="preserve">  </t></si><si><t></t></si>'
        '<si><t>«\u00a0é\u00a0»</t></si><si><t>\u00a0</t></si><si><r><t xml:space="preserve"> a</t></r></si></sst>'
    ),
}
ROWS = (
    '<row r="1" spans="1:3" ht="26.25"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" s="2"/>'
    "</row>"
    '<row r="2"><c r="A2" s="1"><v>0.12</v></c><c r="B2" s="2" t="n"><v>45657</v></c><c r="C2" t="b"><v>1</v></c></row>'
    '<row r="4" hidden="1"><c r="A4"><v>12</v></c><c r="AB4" t="str"><v>x</v></c><c r="AC4" t="s"><v>4</v></c></row>'
    '<row r="5" ht="1"/>'
)
MERGED = '<mergeCells count="2"><mergeCell ref="A1:B1"/><mergeCell ref="A8"/></mergeCells>'
ALIKE = {
    "hidden otherwise": ROWS.replace('hidden="1"', 'ht="2" hidden="true" customHeight="1"'),
    "text in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><t>é &amp; x</t></is>'),
    "rich text in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><r><t>x</t></r></is>'),
    "comment": ROWS.replace("<v>12</v>", "<!-- <v>12</v> --><v>12</v>"),
    "escaped": ROWS.replace("<v>12</v>", "<v>&#49;</v>"),
    "prefixed": ROWS.replace('<c r="A4"><v>12</v></c>', '<x:c xmlns:x="x" r="A4"><x:v>12</x:v></x:c>'),
    "unnumbered row": ROWS.replace('<row r="2"', "<row"),
    "a cell twice": ROWS.replace('<c r="A4"><v>12</v></c>', '<c r="A4"><v>12</v></c><c r="A4"><v>13</v></c>'),
    "no style": ROWS.replace('<c r="A4">', '<c r="A4" s="">'),
}


def sheet_of(rows: str, after: str = MERGED) -> markup.SheetMarkup:
    sheet = f'{HEAD}<worksheet xmlns="{SPACE}"><dimension ref="A1"/><sheetData>{rows}</sheetData>{after}</worksheet>'
    parts = {name: text.encode() for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items()}
    (found,) = markup.read_xlsx_markup(parts, lambda _: True).sheets.values()
    return found


def test_a_sheet_is_said_whole() -> None:
    """A cell of spaces is not filled, a style of a text shows no number."""
    sheet = sheet_of(ROWS)
    assert sheet.filled == {(0, 0), (1, 0), (1, 1), (1, 2), (3, 0), (3, 27)}
    assert sheet.formats == {(1, 0): "0%", (1, 1): "dd/mm/yyyy"}
    assert (sheet.hidden_rows, sheet.merged) == ({3}, [(0, 0, 0, 1), (7, 0, 7, 0)])
    assert (sheet.formulas, sheet.errors, sheet.uncomputed) == (set(), {}, set())


@pytest.mark.parametrize("form", ALIKE)
def test_the_same_cells_are_found_however_they_are_written(form: str) -> None:
    """A cell counted otherwise than by the first reader would refuse a good file."""
    assert sheet_of(ALIKE[form]) == sheet_of(ROWS)


@pytest.mark.parametrize("space", ["\u00a0 ", "&#160;", " "])
def test_a_text_of_spaces_in_its_cell_is_blank(space: str) -> None:
    rows = ROWS.replace('t="str"><v>x</v>', f't="inlineStr"><is><t xml:space="preserve">{space}</t></is>')
    assert sheet_of(rows).filled_cells == sheet_of(ROWS).filled_cells - 1


def test_formulas_and_errors_are_told_from_values() -> None:
    rows = ROWS.replace("<v>12</v>", "<f>6*2</f><v>12</v>").replace('t="b"><v>1', 't="e"><v>#REF!')
    sheet = sheet_of(rows + '<row r="6"><c r="A6"><f>A1+1</f></c></row>')
    assert (sheet.formulas, sheet.uncomputed) == ({(3, 0), (5, 0)}, {(5, 0)})
    assert sheet.errors == {(1, 2): "#REF!"}


def test_a_document_type_is_never_read() -> None:
    parts = {**PARTS, "xl/worksheets/sheet1.xml": "<!DOCTYPE a><worksheet/>"}
    with pytest.raises(FileRefusedError):
        markup.read_xlsx_markup({name: text.encode() for name, text in parts.items()}, lambda _: True)
