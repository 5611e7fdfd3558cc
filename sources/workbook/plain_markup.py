"""The second reader's quick way: parts of a workbook in the plain form that nearly every program writes.

One pattern proves that all of a sheet's data has that form: rows with their number, cells with their name, a style, a
type and a value or a text; no formula, no error. A few patterns then count what is asked, instead of a call
of Python for every tag. Anything else, the least surprise included, is left to the XML parser of `markup`, which
reads every form and says the same of a plain one (a test compares them).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from xml.parsers import expat


class NotPlainError(Exception):
    """The part has another form: the XML parser must read it."""


@dataclass
class PlainSheet:
    """What the data of one plain worksheet says. Columns are letters, rows are numbers, as in the part."""

    filled: int = 0
    last_row: int = 0
    columns: set[str] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    blank: int = 0  # cells whose text is nothing but spaces
    formatted: dict[str, int] = field(default_factory=dict)  # cells with a number → style, of the styles asked for


# A part in the only encoding the patterns read; without a declaration XML is UTF-8.
_HEAD = re.compile(
    rb'(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")? ?\?>)?\s*<[A-Za-z]'
)
_TEXT = rb"(?:[^<>&\x00-\x08\x0b\x0c\x0e-\x1f]++|&(?:amp|lt|gt|quot|apos);)*+"
_CELL = (
    rb'<c r="[A-Z]{1,3}+[1-9][0-9]{0,6}+"(?: s="[0-9]{1,6}+")?+(?:/>|></c>| t="(?:s|n|b|str|inlineStr)"/>'
    rb'| t="inlineStr"><is><t(?: xml:space="preserve")?+>' + _TEXT + rb"</t></is></c>"
    rb"| t=\"s\"><v>[0-9]{1,9}+</v></c>|(?: t=\"(?:n|b|str)\")?+><v>[!-%'-;=-~]++</v></c>)"
)
_ATTRIBUTES = rb"(?: (?!r=)[A-Za-z][A-Za-z0-9:_.-]*+=\"[ !#-%'-;=-~]*+\")*+"
_ROW = rb'<row r="[1-9][0-9]{0,6}+"' + _ATTRIBUTES + rb"(?:/>|>(?:" + _CELL + rb")*+</row>)"
_ROWS = re.compile(rb"(?:" + _ROW + rb")*+")
_FILLED = re.compile(rb'<c r="([A-Z]++)([0-9]++)"[^>]*+><(?:v|is)>')
_IN_PLACE = re.compile(rb'<is><t(?: xml:space="preserve")?+>(?![^<&]*?[0-9A-Za-z])([^<]*+)<')
_NUMBERS = re.compile(rb'<c r="([A-Z0-9]++)" s="([0-9]++)"(?: t="n")?+><v>')
_SHARED = re.compile(rb' t="s"><v>([0-9]++)<')
_HIDDEN = re.compile(rb'<row r="([0-9]++)"[^>]*? hidden="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:$]*+)" ?/>')
_ELSEWHERE = re.compile(rb"<(?:[A-Za-z0-9_.-]+:)?(?:c|row|mergeCell)[\s/>]")
_OPENING, _CLOSING = b"<sheetData>", b"</sheetData>"
_SURELY_FILLED = re.compile(rb'<t(?: xml:space="preserve")?>[^<&]*?[0-9A-Za-z]')
_STRING = re.compile(rb'<t(?: xml:space="preserve")?>([^<&]*+)</t></si>')
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF, which no XML may hold
_SLICE = 256 * 1024  # a sheet is looked at by so many bytes, so that a very large one takes no more memory


def read_plain_sheet(part: bytes, blank_strings: set[int], styles: set[int]) -> PlainSheet:
    """What a worksheet part says. `styles` are those whose cells are wanted. NotPlainError when it is not plain."""
    start, end = part.find(_OPENING) + len(_OPENING), part.rfind(_CLOSING)
    if start < len(_OPENING) or end < start or not _HEAD.match(part):
        raise NotPlainError
    before, after = part[:start], part[end:]
    merged = _MERGED.findall(after)
    if b"<?" in before[5:] or b"<?" in after or b"<!" in before or b"<!" in after or part.count(b"<sheetData") > 1:
        raise NotPlainError
    if len(_ELSEWHERE.findall(before)) + len(_ELSEWHERE.findall(after)) != len(merged):
        raise NotPlainError
    if _ROWS.fullmatch(part, start, end) is None:
        raise NotPlainError
    _check_frame(before, after)
    sheet = PlainSheet(merged=[reference.decode() for reference in merged])
    for first, last in _slices(part, start, end):
        _count(sheet, part, first, last)
        sheet.blank += _blank_in_place(part[first:last])
        if blank_strings:
            sheet.blank += sum(int(rank) in blank_strings for rank in _SHARED.findall(part, first, last))
        if styles:
            _note_formatted(sheet, _NUMBERS.findall(part, first, last), styles)
        if part.find(b' hidden="', first, last) >= 0:
            sheet.hidden_rows.update(int(row) for row in _HIDDEN.findall(part, first, last))
    return sheet


# Sheets made from one template have all that stands around their data in common.
@lru_cache(32)
def _check_frame(before: bytes, after: bytes) -> None:
    _check_well_formed(before, after)


def _check_well_formed(*texts: bytes) -> None:
    """What stands around the data is XML too."""
    parser = expat.ParserCreate()
    try:
        for text in texts:
            parser.Parse(text)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NotPlainError from error


def _slices(part: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole rows."""
    while start < end:
        last = part.find(b"<row ", min(start + _SLICE, end), end)
        last = end if last < 0 else last
        yield start, last
        start = last


def _count(sheet: PlainSheet, part: bytes, first: int, last: int) -> None:
    """Count the filled cells of some rows. NotPlainError when one stands twice or the rows are not in order."""
    cells = _FILLED.findall(part, first, last)
    if not cells:
        return
    rows = set(map(int, {row for _, row in cells}))
    if len(set(cells)) != len(cells) or min(rows) <= sheet.last_row:
        raise NotPlainError
    sheet.filled += len(cells)
    sheet.last_row = max(rows)
    sheet.columns.update(letters.decode() for letters in {letters for letters, _ in cells})


def _blank_in_place(rows: bytes) -> int:
    """How many texts written in their cell are nothing but spaces. NotPlainError when they are not even texts."""
    if b"<is>" not in rows:
        return 0
    try:
        rows.decode()
    except UnicodeDecodeError as error:
        raise NotPlainError from error
    if any(mark in rows for mark in _NO_CHARACTERS):
        raise NotPlainError
    return sum(not unescape(text.decode()).strip() for text in _IN_PLACE.findall(rows))


def _note_formatted(sheet: PlainSheet, numbers: list[tuple[bytes, bytes]], styles: set[int]) -> None:
    wanted = {str(style).encode(): style for style in styles}
    sheet.formatted.update((name.decode(), wanted[style]) for name, style in numbers if style in wanted)


def plain_blank_strings(part: bytes) -> set[int]:
    """The ranks of the shared strings that hold nothing but spaces. NotPlainError when the part is not plain."""
    _, *strings = part.split(b"<si>")
    if part.count(b"<si") != len(strings) or b"<rPh" in part or b"<!" in part or not _HEAD.match(part):
        raise NotPlainError
    _check_well_formed(part)
    blank = set()
    for rank, string in enumerate(strings):
        if _SURELY_FILLED.search(string):
            continue
        text = _STRING.match(string)
        if text is None:
            raise NotPlainError
        if not text[1].decode().strip():
            blank.add(rank)
    return blank
