"""Old .xls workbooks, by xlrd: their values, and what `markup` and `appearance` say of the other formats.

The stream of the workbook is taken out of the file by olefile: what Excel opens is read, where xlrd alone gives up on a
length that the directory says wrong. xlrd does not tell which cells are formulas: every .xls gets one remark that says
so. Sheets of macros and encrypted files are refused.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from sources.workbook.appearance import (
    RAISED,
    STRUCK,
    is_foreign,
    is_legend,
    is_our_note,
    raised,
    said_in_note,
)
from sources.workbook.markup import MAX_SHEETS, BookMarkup, SheetMarkup
from sources.workbook.number_formats import telling
from sources.workbook.refused import FileRefusedError

_EXCEL_97 = 80
_STATES = {0: "visible", 1: "hidden", 2: "veryHidden"}
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_ACTIVE_SHEETS = ("Macro sheet", "VBA module")

Value = str | float | bool | date | datetime | time | None


class XlsSheet(NamedTuple):
    """The values of one sheet, row by row from the first one."""

    rows: Sequence[Sequence[Value]]

    @property
    def start(self) -> tuple[int, int] | None:
        """Where the values begin; None for an empty sheet."""
        return (0, 0) if self.rows else None

    def iter_rows(self) -> Iterator[Sequence[Value]]:
        """All rows."""
        return iter(self.rows)


class XlsBook(NamedTuple):
    """What an .xls holds: what its sheets look like, the values of the wanted ones, the names of the others."""

    markup: BookMarkup
    sheets: Sequence[tuple[str, XlsSheet]]
    other_sheets: tuple[str, ...]


def read_xls(path: Path, wanted: Callable[[str], bool]) -> XlsBook:
    """Read the wanted sheets of an .xls. FileRefusedError for what must not be read, xlrd's errors on a broken one."""
    book, notices = _opened(path)
    if any(kind in notices for kind in _ACTIVE_SHEETS):
        raise FileRefusedError("FILE_MACRO", "feuille de macros Excel 4")
    names = book.sheet_names()
    if len(names) > MAX_SHEETS:
        raise FileRefusedError("FILE_BOMB", f"{len(names)} feuilles, pour {MAX_SHEETS} au plus")
    read = [name for name in names if wanted(name)]
    has_legend = any(map(is_legend, _texts(book)))
    found = {name: SheetMarkup(name) for name in names}
    sheets = [(name, _sheet(book, book.sheet_by_name(name), found[name], colours_matter=has_legend)) for name in read]
    others = tuple(name for name in names if name not in read)
    return XlsBook(BookMarkup(found, has_formulas=False), sheets, others)


def _opened(path: Path) -> tuple[Any, str]:
    """The book, and what xlrd says of what it passes over."""
    import xlrd
    from xlrd.biffh import XLRDError

    notices = StringIO()
    try:
        book = xlrd.open_workbook(
            file_contents=_stream(path), formatting_info=True, ragged_rows=True, logfile=notices, verbosity=1
        )
    except XLRDError as error:
        if "encrypted" in str(error).lower():
            raise FileRefusedError("FILE_ENCRYPTED") from error
        raise
    if book.biff_version < _EXCEL_97:
        raise FileRefusedError("FILE_UNSUPPORTED", "classeur Excel 5.0 ou 95")
    return book, notices.getvalue()


def _stream(path: Path) -> bytes:
    """The records of the workbook. OSError where there is none."""
    import olefile

    with olefile.OleFileIO(str(path)) as compound:
        name = "Workbook" if compound.exists("Workbook") else "Book"
        content: bytes = compound.openstream(name).read()
        return content


def _texts(book: Any) -> Iterator[str]:
    for sheet in book.sheets():
        for row in range(sheet.nrows):
            yield from (value for value in sheet.row_values(row) if isinstance(value, str) and value)
        yield from (note.text for note in sheet.cell_note_map.values())


def _sheet(book: Any, sheet: Any, said: SheetMarkup, *, colours_matter: bool) -> XlsSheet:
    said.state = _STATES.get(sheet.visibility, "visible")
    said.hidden_rows = {row for row, info in sheet.rowinfo_map.items() if info.hidden}
    for column, info in sheet.colinfo_map.items():
        if info.hidden:
            said.hide_columns(column, column + 1)
    for first_row, end_row, first_column, end_column in sheet.merged_cells:
        said.merge((first_row, first_column, end_row - 1, end_column - 1))
    for place, note in sheet.cell_note_map.items():
        if not is_our_note(note.author, note.text):
            said.notes[place] = said_in_note(note.text)
    rows: list[list[Value]] = []
    for row in range(sheet.nrows):
        values: list[Value] = []
        for column in range(sheet.row_len(row)):
            value = _value(book, sheet, said, (row, column))
            values.append(value)
            if value is not None:
                _look_at(book, sheet, said, (row, column), colours_matter=colours_matter)
        rows.append(values)
    return XlsSheet(rows)


def _value(book: Any, sheet: Any, said: SheetMarkup, place: tuple[int, int]) -> Value:
    """The value of a cell, None for a blank one and for an error, which is noted."""
    import xlrd

    kind, value = sheet.cell_type(*place), sheet.cell_value(*place)
    if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK} or (kind == xlrd.XL_CELL_TEXT and not value.strip()):
        return None
    said.occupy(*place)
    if kind == xlrd.XL_CELL_ERROR:
        said.errors[place] = _ERRORS.get(value, "#N/A")
        return None
    said.filled.add(place)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(value, book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return float(value)
    return str(value) if kind == xlrd.XL_CELL_TEXT else float(value)


def _look_at(book: Any, sheet: Any, said: SheetMarkup, place: tuple[int, int], *, colours_matter: bool) -> None:
    style = book.xf_list[sheet.cell_xf_index(*place)]
    font, value = book.font_list[style.font_index], sheet.cell_value(*place)
    number_format = book.format_map.get(style.format_key)
    shown = telling(number_format.format_str) if number_format is not None else ""
    if shown and (isinstance(value, float) or "@" in shown):
        said.formats[place] = shown
    if font.struck_out:
        said.troubles[place] = STRUCK
    elif font.escapement and any(map(str.isdigit, str(value))):
        said.troubles[place] = RAISED
    if colours_matter and (is_foreign(_fill(book, style)) or is_foreign(_colour(book, font.colour_index))):
        said.coloured.add(place)
    if runs := sheet.rich_text_runlist_map.get(place):
        _look_at_runs(book, said, place, value, [(0, style.font_index), *runs])


def _look_at_runs(
    book: Any, said: SheetMarkup, place: tuple[int, int], text: str, runs: Sequence[tuple[int, int]]
) -> None:
    ends = [start for start, _ in runs[1:]] + [len(text)]
    pieces = [(text[start:end], book.font_list[font]) for (start, font), end in zip(runs, ends, strict=True)]
    if any(font.struck_out and piece.strip() for piece, font in pieces):
        said.troubles[place] = STRUCK
    elif any(font.escapement == 1 for _, font in pieces):
        said.texts[place] = "".join(raised(piece) if font.escapement == 1 else piece for piece, font in pieces)


def _fill(book: Any, style: Any) -> str:
    return _colour(book, style.background.pattern_colour_index) if style.background.fill_pattern else ""


def _colour(book: Any, index: int) -> str:
    rgb = book.colour_map.get(index)
    return "".join(f"{part:02X}" for part in rgb) if rgb else ""
