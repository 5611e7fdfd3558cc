"""A received workbook as grids of cells, whatever its format: what the reader of rows works on.

Values come from python-calamine, what they hide from the second reader (`markup`, `ods_markup`, `appearance`); of an
.xls both come from xlrd. Nearly every cell is
plain: a grid keeps values by row, and apart from them what is odd about some. Reading is cut in two, so that the
guarded process only reads (`read_raw`) and its parent makes the book of it (`BookBuilder`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from sources.workbook.appearance import is_worth_a_look, look
from sources.workbook.guard import Inspected
from sources.workbook.markup import BookMarkup, Cell, SheetMarkup, cells_of, read_xlsx_markup
from sources.workbook.number_formats import is_date, is_percent, shown_number, shown_text
from sources.workbook.values import BookValues, both_at_once, is_worth_two, read_values

ROWS_AT_ONCE = 4096

Scalar = str | float | int | bool | date | datetime | time | timedelta


class Oddity(NamedTuple):
    """What is to be known of a cell besides its value; as for `GridCell`."""

    number_format: str = ""
    has_formula: bool = False
    trouble: str | None = None
    note: str = ""


class GridCell(NamedTuple):
    """One filled cell. `text` is the value as a French reader would see it, untouched when it is a text.

    `number_format` is one that says more than the value: a percentage, a date, words. `trouble` is `error_value`,
    `formula_not_computed`, `merged`, `struck`, `raised` or None.
    """

    value: Scalar
    text: str
    number_format: str = ""
    has_formula: bool = False
    trouble: str | None = None
    note: str = ""  # a note that may change what the cell says


PLAIN = Oddity()


@dataclass
class Grid:
    """One sheet: its filled cells, row → column → value, counted from 0 and in order, and the odd ones among them."""

    name: str
    state: str = "visible"
    lines: dict[int, dict[int, Scalar]] = field(default_factory=dict)
    odd: dict[Cell, Oddity] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    has_drawing: bool = False
    notes: dict[Cell, str] = field(default_factory=dict)
    coloured: set[Cell] = field(default_factory=set)  # in a book that says what colours mean
    doubts: dict[int, str] = field(default_factory=dict)  # why some rows of a text file are in doubt

    def text(self, row: int, column: int) -> str:
        """The text of that place, blank when nothing is there."""
        value = self.lines[row].get(column, "") if row in self.lines else ""
        if type(value) is str and (row, column) not in self.odd:
            return value
        oddity = self.odd.get((row, column), PLAIN)
        return shown(value, oddity.number_format)

    def cell(self, row: int, column: int) -> GridCell | None:
        """The cell of that place, None when nothing is there."""
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
    for one sheet only; `has_formulas` is False where it does not tell which cells are formulas, `is_seen` where what
    the cells look like could not be read.
    """

    grids: dict[str, Grid]
    other_sheets: tuple[str, ...] = ()
    external_links: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    is_one_table: bool = False
    has_formulas: bool = True
    is_seen: bool = True


@dataclass
class RawSheet:
    """One wanted sheet as both readers give it: all its rows from the first on, and what its markup says."""

    first_column: int
    rows: Iterable[Sequence[Scalar | None]]
    said: SheetMarkup


@dataclass
class RawBook:
    """A file that both readers read, before one is held against the other. Its last fields are as for `Book`."""

    sheets: Iterable[RawSheet]
    other_sheets: tuple[str, ...] = ()
    external_links: tuple[str, ...] = ()
    is_one_table: bool = False
    has_formulas: bool = True
    is_seen: bool = True


class Stretch(NamedTuple):
    """Some rows of a sheet by column, None where nothing is; a column of nothing but that may be left out."""

    first_row: int
    columns: Mapping[int, Sequence[Scalar | None]]


def read_raw(file: Inspected, wanted: Callable[[str], bool], headers: Mapping[str, str]) -> RawBook:
    """Have a file read by both readers. `wanted` picks sheets by name; `headers` are what a CSV's header may hold,
    folded, with the types of the columns.

    FileRefusedError for what must not be read; what cannot be read raises its parser's own error, at the latest while
    the sheets are gone through.
    """
    if file.format == "csv":
        from sources.workbook.delimited import read_delimited

        lines, doubts = read_delimited(file.path, headers)
        only = RawSheet(0, lines, SheetMarkup("Indicateurs", doubts=doubts))
        return RawBook([only], is_one_table=True)
    if file.format == "xls":
        from sources.workbook.xls_reading import read_xls

        book = read_xls(file.path, wanted)
        return _raw(book.markup, BookValues(book.sheets, book.other_sheets))
    if file.format == "ods":
        from sources.workbook.ods_markup import read_ods_markup

        return _raw(read_ods_markup(file.path, wanted), read_values(file.path, wanted))
    if is_worth_two(file.parts):
        markup, values = both_at_once(lambda: read_xlsx_markup(file.parts, wanted), file.path, wanted)
    else:
        markup, values = read_xlsx_markup(file.parts, wanted), read_values(file.path, wanted)
    if is_worth_a_look(file.parts):
        look(file.path, file.parts, markup, wanted)
    return _raw(markup, values)


def _raw(markup: BookMarkup, values: BookValues) -> RawBook:
    sheets = (
        RawSheet(sheet.start[1], sheet.iter_rows(), said) if sheet.start else RawSheet(0, (), said)
        for name, sheet in values.sheets
        for said in [markup.sheets.get(name, SheetMarkup(name))]
    )
    return RawBook(
        sheets,
        values.other_sheets,
        markup.external_links,
        has_formulas=markup.has_formulas,
        is_seen=markup.is_seen,
    )


def stretches(sheet: RawSheet) -> Iterator[Stretch]:
    """All rows of a sheet, some thousands at a time. Blanks still are in them."""
    rows, first_row = iter(sheet.rows), 0
    while some := list(islice(rows, ROWS_AT_ONCE)):
        columns = enumerate(zip_longest(*some), start=sheet.first_column)
        yield Stretch(first_row, dict(columns))
        first_row += len(some)


def is_blank(value: Scalar | None) -> bool:
    """True for what is no more than spaces."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def add_rows(lines: dict[int, dict[int, Scalar]], stretch: Stretch) -> None:
    """Add the filled cells of some rows, which come after those that are there."""
    columns = tuple(stretch.columns)
    for row, values in enumerate(zip(*stretch.columns.values(), strict=True), start=stretch.first_row):
        filled = {column: value for column, value in zip(columns, values, strict=True) if value is not None}
        if filled:
            lines[row] = filled


class BookBuilder:
    """Makes a book of what both readers say, sheet by sheet."""

    def __init__(self) -> None:
        self._grids: dict[str, Grid] = {}
        self._disagreements: list[str] = []

    def add(self, said: SheetMarkup, lines: dict[int, dict[int, Scalar]], *, is_counted: bool) -> None:
        """Add a sheet: its filled cells, counted against the second reader's when `is_counted`."""
        counted = sum(map(len, lines.values())) - sum(column in lines.get(row, ()) for row, column in said.errors)
        if is_counted and counted != said.filled_cells:
            self._disagreements.append(f"{said.name} : {counted} et {said.filled_cells}")
        for (row, column), text in said.texts.items():
            if column in lines.get(row, ()):
                lines[row][column] = text
        odd = _oddities(lines, said)
        self._grids[said.name] = Grid(
            said.name,
            said.state,
            lines,
            odd,
            hidden_rows=said.hidden_rows,
            hidden_columns=said.hidden_columns,
            has_drawing=said.has_drawing,
            notes=said.notes,
            coloured=said.coloured,
            doubts=said.doubts,
        )

    def book(
        self,
        other_sheets: Iterable[str],
        external_links: Iterable[str],
        *,
        is_one_table: bool,
        has_formulas: bool,
        is_seen: bool,
    ) -> Book:
        """The book of all that was added."""
        others, links = tuple(other_sheets), tuple(external_links)
        return Book(self._grids, others, links, tuple(self._disagreements), is_one_table, has_formulas, is_seen=is_seen)


def load_book(file: Inspected, wanted: Callable[[str], bool], headers: Mapping[str, str]) -> Book:
    """Read a file into grids, here and now; `read_raw` says what is asked and what is raised."""
    raw, builder = read_raw(file, wanted, headers), BookBuilder()
    for sheet in raw.sheets:
        lines: dict[int, dict[int, Scalar]] = {}
        for first_row, columns in stretches(sheet):
            kept = {at: [None if is_blank(value) else value for value in column] for at, column in columns.items()}
            add_rows(lines, Stretch(first_row, kept))
        builder.add(sheet.said, lines, is_counted=not raw.is_one_table)
    return builder.book(
        raw.other_sheets,
        raw.external_links,
        is_one_table=raw.is_one_table,
        has_formulas=raw.has_formulas,
        is_seen=raw.is_seen,
    )


def _oddities(lines: dict[int, dict[int, Scalar]], said: SheetMarkup) -> dict[Cell, Oddity]:
    """What is odd about the cells, by place; adds to `lines` what the first reader does not see.

    A merged range says its value once; each of its other cells is in trouble too.
    """
    formats = {"", *said.formats.values()}
    known = {(shown, computed): Oddity(shown, computed) for shown in formats for computed in (True, False)}
    odd = {
        place: known[said.formats.get(place, ""), place in said.formulas]
        for place in chain(said.formats, said.formulas)
        if place[1] in lines.get(place[0], ())
    }
    for place, trouble in said.troubles.items():
        if place[1] in lines.get(place[0], ()):
            odd[place] = odd.get(place, PLAIN)._replace(trouble=trouble)
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
    """A cell's value as it is seen: « 12 », « 0,5 », « 12 % », « 52,3 M », « 31/12/2024 »."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, int | float):
        return _shown_number(value, number_format)
    if isinstance(value, str):
        return shown_text(value, number_format) if "@" in number_format else value
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _shown_number(value: float, number_format: str) -> str:
    if not number_format or is_date(number_format):
        return written(value)
    return f"{written(value * 100)} %" if is_percent(number_format) else shown_number(value, number_format, written)


def written(value: float) -> str:
    """A number in digits, as it is typed: « 0,5 »."""
    short = f"{value:.12g}"
    return (f"{Decimal(short):f}" if short.strip("-.0123456789") else short).replace(".", ",")
