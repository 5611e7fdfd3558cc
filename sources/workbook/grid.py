"""A received workbook as grids of cells, whatever its format: what the reader of rows works on.

Values come from python-calamine, what they hide from the second reader (`markup`, `ods_markup`). Nearly every cell is
plain: a grid keeps values by row, and apart from them what is odd about some.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from sources.workbook.guard import Inspected
from sources.workbook.markup import BookMarkup, Cell, SheetMarkup, cells_of, read_xlsx_markup
from sources.workbook.refused import FileRefusedError

Scalar = str | float | int | bool | date | datetime | time | timedelta


class Oddity(NamedTuple):
    """What is to be known of a cell besides its value. `trouble` as for `GridCell`."""

    number_format: str = ""
    has_formula: bool = False
    trouble: str | None = None


class GridCell(NamedTuple):
    """One filled cell. `text` is the value as a French reader would see it, untouched when it is a text.

    `number_format` is that of a number shown as a percentage or a date; `trouble` is `error_value`,
    `formula_not_computed`, `merged` or None.
    """

    value: Scalar
    text: str
    number_format: str = ""
    has_formula: bool = False
    trouble: str | None = None


PLAIN = Oddity()


@dataclass
class Grid:
    """One sheet: its filled cells, row → column → value, counted from 0 and in order, and the odd ones among them."""

    name: str
    state: str = "visible"
    lines: dict[int, dict[int, Scalar]] = field(default_factory=dict)
    odd: dict[Cell, Oddity] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)

    def text(self, row: int, column: int) -> str:
        """The text of that place, blank when nothing stands there."""
        value = self.lines[row].get(column, "") if row in self.lines else ""
        if type(value) is str:
            return value
        oddity = self.odd.get((row, column), PLAIN)
        return shown(value, oddity.number_format)

    def cell(self, row: int, column: int) -> GridCell | None:
        """The cell of that place, None when nothing stands there."""
        value = self.lines[row].get(column) if row in self.lines else None
        if value is None:
            return None
        if self.odd and (row, column) in self.odd:
            oddity = self.odd[row, column]
            return GridCell(value, shown(value, oddity.number_format), *oddity)
        return GridCell(value, value if type(value) is str else shown(value))


@dataclass
class Book:
    """A whole file. `grids` holds the wanted sheets, `other_sheets` names the rest.

    `disagreements` says the sheets where the two readers count differently; `is_one_table` that the format has room
    for one sheet only.
    """

    grids: dict[str, Grid]
    other_sheets: tuple[str, ...] = ()
    external_links: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    is_one_table: bool = False


def load_book(file: Inspected, wanted: Callable[[str], bool], headers: Collection[str]) -> Book:
    """Read a file into grids. `wanted` picks sheets by name; `headers` are folded names a CSV's header may hold.

    FileRefusedError for what must not be read; what cannot be read raises its parser's own error.
    """
    if file.format == "csv":
        return _from_csv(file, headers)
    if file.format == "xls":
        from sources.workbook.xls_markup import read_xls_markup

        return _from_calamine(file, read_xls_markup(file.path, wanted), wanted)
    if file.format == "ods":
        from sources.workbook.ods_markup import read_ods_markup

        return _from_calamine(file, read_ods_markup(file.path, wanted), wanted)
    return _from_calamine(file, read_xlsx_markup(file.parts, wanted), wanted)


def _from_calamine(file: Inspected, markup: BookMarkup, wanted: Callable[[str], bool]) -> Book:
    """Values of the wanted sheets, counted against the second reader's."""
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(str(file.path))
    except PasswordError as error:
        raise FileRefusedError("FILE_ENCRYPTED") from error
    grids: dict[str, Grid] = {}
    disagreements = []
    for meta in book.sheets_metadata:
        if not wanted(meta.name):
            continue
        sheet = book.get_sheet_by_name(meta.name)
        lines = _lines(sheet.iter_rows(), sheet.start) if sheet.start is not None else {}
        said = markup.sheets.get(meta.name, SheetMarkup(meta.name))
        counted = sum(map(len, lines.values())) - sum(column in lines.get(row, ()) for row, column in said.errors)
        if counted != said.filled_cells:
            disagreements.append(f"{meta.name} : {counted} et {said.filled_cells}")
        grids[meta.name] = Grid(meta.name, said.state, lines, _oddities(lines, said), said.hidden_rows)
    others = tuple(name for name in book.sheet_names if name not in grids)
    return Book(grids, others, markup.external_links, tuple(disagreements))


def _lines(rows: Iterable[list[Scalar]], start: tuple[int, int]) -> dict[int, dict[int, Scalar]]:
    """The filled cells of a sheet. A text that stands in many of them is kept once."""
    first_row, first_column = start
    texts: dict[Scalar, Scalar] = {}
    lines: dict[int, dict[int, Scalar]] = {}
    for row, line in enumerate(rows):
        if row < first_row:
            continue
        filled = {
            column: texts.setdefault(value, value) if isinstance(value, str) else value
            for column, value in enumerate(line, start=first_column)
            if value != "" and value is not None and (not isinstance(value, str) or not value.isspace())
        }
        if filled:
            lines[row] = filled
    return lines


def _from_csv(file: Inspected, headers: Collection[str]) -> Book:
    from sources.workbook.delimited import read_delimited

    lines: dict[int, dict[int, Scalar]] = {}
    for row, line in enumerate(read_delimited(file.path, headers)):
        if filled := {column: text for column, text in enumerate(line) if text.strip()}:
            lines[row] = dict(filled)
    return Book({"Indicateurs": Grid("Indicateurs", lines=lines)}, is_one_table=True)


def _oddities(lines: dict[int, dict[int, Scalar]], said: SheetMarkup) -> dict[Cell, Oddity]:
    """What is odd about the cells, by place; adds to `lines` what the first reader does not see.

    A merged range says its value once; each of its other cells is in trouble too.
    """
    odd = {
        place: Oddity(said.formats.get(place, ""), place in said.formulas)
        for place in (*said.formats, *said.formulas)
        if place[1] in lines.get(place[0], ())
    }
    more: dict[Cell, Scalar] = {}
    for place, error in said.errors.items():
        odd[place], more[place] = Oddity("", place in said.formulas, "error_value"), error
    for place in said.uncomputed:
        if place not in more and place[1] not in lines.get(place[0], ()):
            odd[place], more[place] = Oddity("", has_formula=True, trouble="formula_not_computed"), ""
    for (row, column), value in more.items():
        lines.setdefault(row, {})[column] = value
    touched = {row for row, _ in more}
    for place, (row, column, _, _) in cells_of(said.merged):
        if column in lines.get(row, ()):
            origin = odd.get((row, column), PLAIN)
            odd[place] = Oddity(origin.number_format, origin.has_formula, "merged")
            lines.setdefault(place[0], {})[place[1]] = lines[row][column]
            touched.add(place[0])
    _sort(lines, touched)
    return odd


def _sort(lines: dict[int, dict[int, Scalar]], touched: Collection[int]) -> None:
    """Put rows and cells that were added in their place."""
    for row in touched:
        lines[row] = dict(sorted(lines[row].items()))
    if touched:
        ordered = sorted(lines.items())
        lines.clear()
        lines.update(ordered)


def shown(value: Scalar, number_format: str = "") -> str:
    """A cell's value as text: « 12 », « 0,5 », « 12 % », « 31/12/2024 »."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, int | float):
        percent = "%" in number_format
        short = f"{value * 100 if percent else value:.12g}"
        number = (f"{Decimal(short):f}" if short.strip("-.0123456789") else short).replace(".", ",")
        return f"{number} %" if percent else number
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)
