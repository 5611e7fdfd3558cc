"""The quick way through a sheet says what the XML parser says, and leaves to it what is not plain."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sources.workbook import markup
from sources.workbook.guard import inspect
from sources.workbook.plain_markup import NotPlainError, PlainSheet, plain_blank_strings, read_plain_sheet

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
PLAIN = {
    "plain": ROWS,
    "nothing": "",
    "hidden otherwise": ROWS.replace('hidden="1"', 'ht="2" hidden="true" customHeight="1"'),
    "out of order": ROWS.replace('<row r="1"', '<row r="9"').replace("A1", "A9").replace("B1", "B9"),
    "text in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><t>é &amp; x</t></is>'),
    "spaces in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><t xml:space="preserve">\u00a0 </t></is>'),
    "sign in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><t>« &lt; »</t></is>'),
    "not hidden": ROWS.replace('hidden="1"', 'hidden="0"'),
}
OTHER = {
    "formula": ROWS.replace("<v>12</v>", "<f>6*2</f><v>12</v>"),
    "formula never computed": ROWS.replace("<v>12</v>", "<f>6*2</f>"),
    "error": ROWS.replace('t="b"><v>1', 't="e"><v>#REF!'),
    "rich text in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><r><t>x</t></r></is>'),
    "reference in place": ROWS.replace('t="str"><v>x</v>', 't="inlineStr"><is><t>&#160;</t></is>'),
    "comment": ROWS.replace("<v>12</v>", "<!-- <v>12</v> -->"),
    "escaped": ROWS.replace("<v>12</v>", "<v>&#49;</v>"),
    "unescaped": ROWS.replace("<v>12</v>", "<v><![CDATA[ ]]></v>"),
    "spaces": ROWS.replace("<v>12</v>", "<v> </v>"),
    "empty value": ROWS.replace("<v>12</v>", "<v/>"),
    "prefixed": ROWS.replace('<c r="A4"><v>12</v></c>', '<x:c r="A4"><x:v>12</x:v></x:c>'),
    "unnamed cell": ROWS.replace('<c r="A4">', "<c>"),
    "unnumbered row": ROWS.replace('<row r="4"', "<row"),
    "a cell twice": ROWS.replace('r="AB4"', 'r="A4"'),
    "a row twice": ROWS.replace('<row r="4"', '<row r="2"').replace('"A4"', '"A2"'),
    "single quotes": ROWS.replace('hidden="1"', "hidden='1'"),
    "two hidden": ROWS.replace('<row r="4" hidden="1"', '<row hidden="1" r="4"'),
    "far away": ROWS + '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
}


def parts(rows: str, after: str = MERGED) -> dict[str, bytes]:
    sheet = f'{HEAD}<worksheet xmlns="{SPACE}"><dimension ref="A1"/><sheetData>{rows}</sheetData>{after}</worksheet>'
    return {name: text.encode() for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items()}


def said(given: Mapping[str, bytes]) -> dict[str, object]:
    """All that the second reader says of the sheets, filled cells by their number."""
    (sheet,) = markup.read_xlsx_markup(given, lambda _: True).sheets.values()
    plain = ("filled_cells", "formats", "merged", "hidden_rows", "formulas", "errors", "uncomputed")
    return {name: getattr(sheet, name) for name in plain}


def by_parser_alone(given: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    def other_form(*_: object) -> PlainSheet:
        raise NotPlainError

    with monkeypatch.context() as patch:
        patch.setattr(markup, "read_plain_sheet", other_form)
        patch.setattr(markup, "plain_blank_strings", other_form)
        return said(given)


@pytest.mark.parametrize("form", [*PLAIN, *OTHER])
def test_both_ways_say_the_same(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something counted by one way only would refuse a good file, or let a doubtful one in."""
    given = parts({**PLAIN, **OTHER}[form])
    assert said(given) == by_parser_alone(given, monkeypatch)


@pytest.mark.parametrize("form", PLAIN)
def test_a_plain_sheet_goes_the_quick_way(form: str) -> None:
    read_plain_sheet(parts(PLAIN[form])["xl/worksheets/sheet1.xml"], set(), set())


@pytest.mark.parametrize("form", [form for form in OTHER if form != "far away"])
def test_anything_else_is_left_to_the_parser(form: str) -> None:
    with pytest.raises(NotPlainError):
        read_plain_sheet(parts(OTHER[form])["xl/worksheets/sheet1.xml"], set(), set())


@pytest.mark.parametrize(
    "after",
    [
        '<mergeCells><mergeCell count="1" ref="A1:B1"/></mergeCells>',
        '<x:mergeCells xmlns:x="x"><x:mergeCell ref="A1:B1"/></x:mergeCells>',
        '<extLst><ext><row r="7" hidden="1"><c r="A7"><v>1</v></c></row></ext></extLst>',
        "<!-- </sheetData> -->",
        "</worksheet><sheetData></sheetData>",
    ],
)
def test_what_surprises_around_the_data_is_left_to_the_parser(after: str) -> None:
    with pytest.raises(NotPlainError):
        read_plain_sheet(parts(ROWS, after)["xl/worksheets/sheet1.xml"], set(), set())


def test_the_template_goes_the_quick_way(template: Path) -> None:
    """Its files are the many ones: the quick way is of no use if they do not take it."""
    found = inspect(template).parts
    sheets = [name for name in found if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) >= 5
    for name in sheets:
        assert read_plain_sheet(found[name], set(), set()).filled > 0
    plain_blank_strings(found["xl/sharedStrings.xml"])


def test_blank_strings_are_found_among_the_others() -> None:
    assert plain_blank_strings(PARTS["xl/sharedStrings.xml"].encode()) == {1, 2, 4}
