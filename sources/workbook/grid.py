"""A received workbook as grids of cells, whatever its format: what the reader of rows works on.

Values come from python-calamine, what they hide from `markup`. A cell keeps the value, the text as a person sees it,
and what is odd about it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sources.workbook.markup import BookMarkup, Cell, SheetMarkup, cells_of, read_xlsx_markup

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

    @property
    def last_row(self) -> int:
        """The last row with a value, -1 when there is none."""
        return max((row for row, _ in self.cells), default=-1)


@dataclass
class Book:
    """A whole file. `disagreements` names the sheets where the two readers count differently."""

    grids: dict[str, Grid]
    external_links: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()


def load_book(path: Path) -> Book:
    """Read a workbook into grids. What cannot be read raises the reader's own error; the caller names it."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    markup = read_xlsx_markup(path)
    grids: dict[str, Grid] = {}
    disagreements = []
    for meta in book.sheets_metadata:
        values = {
            (row, column): value
            for row, line in enumerate(book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False))
            for column, value in enumerate(line)
            if value is not None and str(value).strip()
        }
        said = markup.sheets.get(meta.name, SheetMarkup(meta.name))
        if len(values) != len(said.filled):
            disagreements.append(f"{meta.name} : {len(values)} et {len(said.filled)}")
        grids[meta.name] = Grid(meta.name, said.state, _cells(values, said), said.hidden_rows)
    return Book(grids, markup.external_links, tuple(disagreements))


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
        number = f"{value * 100 if percent else value:.10g}".replace(".", ",")
        return f"{number} %" if percent else number
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


__all__ = ["Book", "BookMarkup", "Grid", "GridCell", "Scalar", "load_book", "shown"]
