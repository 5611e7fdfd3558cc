"""A received workbook as grids of cells, whatever its format: what the reader of rows works on.

Values come from python-calamine, what they hide from the second reader (`markup`, `ods_markup`). A cell keeps the
value, the text as a person sees it, and what is odd about it.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from sources.workbook.markup import BookMarkup, Cell, SheetMarkup, cells_of, read_xlsx_markup
from sources.workbook.refused import FileRefusedError

Scalar = str | float | int | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class GridCell:
    """One filled cell. `trouble` is `error_value`, `formula_not_computed`, `merged` or None."""

    value: Scalar
    number_format: str = ""
    has_formula: bool = False
    trouble: str | None = None

    @property
    def text(self) -> str:
        """The value as a French reader would see it, untouched when it is a text."""
        return shown(self.value, self.number_format)


@dataclass
class Grid:
    """One sheet: its filled cells by row and column, counted from 0."""

    name: str
    state: str = "visible"
    cells: dict[Cell, GridCell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)


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


def load_book(path: Path, file_format: str, wanted: Callable[[str], bool], headers: Collection[str]) -> Book:
    """Read a file into grids. `wanted` picks sheets by name; `headers` are folded names a CSV's header may hold.

    FileRefusedError for what must not be read; what cannot be read raises its parser's own error.
    """
    if file_format == "csv":
        return _from_csv(path, headers)
    if file_format == "xls":
        from sources.workbook.xls_markup import read_xls_markup

        return _from_calamine(path, read_xls_markup(path, wanted), wanted)
    if file_format == "ods":
        from sources.workbook.ods_markup import read_ods_markup

        return _from_calamine(path, read_ods_markup(path, wanted), wanted)
    return _from_calamine(path, read_xlsx_markup(path, wanted), wanted)


def _from_calamine(path: Path, markup: BookMarkup, wanted: Callable[[str], bool]) -> Book:
    """Values of the wanted sheets, counted against the second reader's."""
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise FileRefusedError("FILE_ENCRYPTED") from error
    grids: dict[str, Grid] = {}
    disagreements = []
    for meta in book.sheets_metadata:
        if not wanted(meta.name):
            continue
        sheet = book.get_sheet_by_name(meta.name)
        values = _values(sheet.iter_rows(), sheet.start) if sheet.start is not None else {}
        said = markup.sheets.get(meta.name, SheetMarkup(meta.name))
        counted = {place for place in values if place not in said.errors}
        if len(counted) != len(said.filled):
            disagreements.append(f"{meta.name} : {len(counted)} et {len(said.filled)}")
        grids[meta.name] = Grid(meta.name, said.state, _cells(values, said), said.hidden_rows)
    others = tuple(name for name in book.sheet_names if name not in grids)
    return Book(grids, others, markup.external_links, tuple(disagreements))


def _values(rows: Iterable[list[Scalar]], start: tuple[int, int]) -> dict[Cell, Scalar]:
    first_row, first_column = start[0], start[1]
    return {
        (row, column): value
        for row, line in enumerate(rows)
        if row >= first_row
        for column, value in enumerate(line, start=first_column)
        if value is not None and str(value).strip()
    }


def _from_csv(path: Path, headers: Collection[str]) -> Book:
    from sources.workbook.delimited import read_delimited

    lines = read_delimited(path, headers)
    cells = {
        (row, column): GridCell(text)
        for row, line in enumerate(lines)
        for column, text in enumerate(line)
        if text.strip()
    }
    return Book({"Indicateurs": Grid("Indicateurs", cells=cells)}, is_one_table=True)


def _cells(values: dict[Cell, Scalar], said: SheetMarkup) -> dict[Cell, GridCell]:
    """Values and oddities together. A merged range says its value once; each of its other cells is in trouble too."""
    cells = {
        place: GridCell(value, said.formats.get(place, ""), place in said.formulas) for place, value in values.items()
    }
    for place, error in said.errors.items():
        cells[place] = GridCell(error, has_formula=place in said.formulas, trouble="error_value")
    for place in said.uncomputed:
        cells.setdefault(place, GridCell("", has_formula=True, trouble="formula_not_computed"))
    for place, (row, column, _, _) in cells_of(said.merged):
        origin = cells.get((row, column))
        if origin:
            cells[place] = GridCell(origin.value, origin.number_format, origin.has_formula, "merged")
    return cells


def shown(value: Scalar, number_format: str = "") -> str:
    """A cell's value as text: « 12 », « 0,5 », « 12 % », « 31/12/2024 »."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, int | float):
        percent = "%" in number_format
        number = f"{Decimal(f'{value * 100 if percent else value:.12g}'):f}".replace(".", ",")
        return f"{number} %" if percent else number
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)
