"""One sheet of a review workbook read row by row: headers found by name, cells as a person reads them, rows refused.

What a row means belongs to `decision_rows` and `reading_rows`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sources.french.folding import fold
from sources.french.periods import Period, parse_period
from sources.french.refusal import Refusal
from sources.french.typography import figure, short_date, spaced
from sources.review.layout import ReviewSheet, Vocabulary
from sources.review.model import RefusedRow, ReviewReading

_HEADER_SEARCH = 30
_NO_NOW = date.max  # a decision's date is written whole: no year is ever assumed
_YEARS = range(2000, 2100)
_BLANKS = re.compile(r"[ \t\r\n]+")  # no-break spaces stay: they are how French is set

Cell = Any  # what python-calamine gives: text, number, bool, date, datetime, or an empty text
Cells = Mapping[str, Cell]


class ReviewError(Exception):
    """The file is no review workbook that can be read; the French message gives why and the fix."""

    def __init__(self, message: str) -> None:
        super().__init__(spaced(message))


class RowRefusedError(Exception):
    """A row that is refused: the column that is wrong, what it holds, what was expected and the fix."""

    def __init__(self, column: str, received: str, expected: str, fix: str) -> None:
        super().__init__(column)
        self.column, self.received = column, received
        self.expected, self.fix = spaced(expected), spaced(fix)


@dataclass(frozen=True)
class Control:
    """The hidden sheet's description of the workbook; `rows` gives, by sheet and key, what is known of the row."""

    version: str
    session_code: str
    held_on: date
    vocabulary: Vocabulary
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass
class Source:
    """The file being read, and what was read of it so far."""

    file_name: str
    sha256: str
    control: Control
    reading: ReviewReading
    seen: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)


class SheetReader(ABC):
    """Reads the rows of one sheet."""

    def __init__(self, sheet: ReviewSheet, grid: list[list[Cell]], source: Source) -> None:
        self.sheet, self.grid, self.source = sheet, grid, source
        self.known = source.control.rows.get(sheet.name, {})
        self.seen: dict[str, tuple[int, dict[str, Any]]] = {}
        self.columns: dict[str, int] = {}

    @abstractmethod
    def take(self, at: int, cells: Cells) -> None:
        """Take one line into the reading; RowRefusedError when it cannot be."""

    def read(self) -> None:
        """Every row below the headers."""
        header = self._find_headers()
        for at, line in enumerate(self.grid[header + 1 :], header + 1):
            cells = {key: line[number] if number < len(line) else "" for key, number in self.columns.items()}
            try:
                self.take(at, cells)
            except RowRefusedError as refused:
                self._refuse(at, refused)

    def key_of(self, cells: Cells) -> str:
        """The key of a row the workbook was made with."""
        key = text_of(cells[self.sheet.key])
        if key not in self.known:
            raise RowRefusedError(
                self.sheet.key, key, "le repère d’une ligne exportée", "Exportez la revue de nouveau et remplissez-la."
            )
        return key

    def choice(self, text: str, subject_kind: str) -> str:
        """The code of what was chosen from a list."""
        choices = self.source.control.vocabulary.choices(subject_kind)
        code = {fold(label): code for code, label in choices.items()}.get(fold(text))
        if code is None:
            raise RowRefusedError("decision", text, expected_of(choices), "Choisissez dans la liste.")
        return code

    def words(self, cells: Cells, column: str, expected: str, fix: str) -> str:
        """A text with at least one word."""
        text = _BLANKS.sub(" ", text_of(cells[column]))
        if not re.search(r"\w", text):
            raise RowRefusedError(column, text, expected, fix)
        return text

    def day(self, cell: Cell) -> date:
        """The day of a decision or of a reading, written whole."""
        day: date | None = None
        if isinstance(cell, datetime):
            day = cell.date()
        elif isinstance(cell, date):
            day = cell
        elif text := text_of(cell):
            read = parse_period(text, as_of=_NO_NOW)
            if not isinstance(read, Refusal) and read.precision == "day" and "year_assumed" not in read.readings:
                day = read.end
        if day is None or day.year not in _YEARS:
            raise RowRefusedError(
                "decided_on",
                text_of(cell),
                "un jour entier, jj/mm/aaaa",
                "Écrivez la date, par exemple 17/12/2024.",
            )
        return day

    def period_or_none(self, cells: Cells, column: str) -> Period | None:
        """A period as people write it; None when the cell is blank or the sheet has none."""
        cell = cells.get(column, "")
        if isinstance(cell, datetime | date):
            day = cell.date() if isinstance(cell, datetime) else cell
            return Period(day, day, "day")
        text = text_of(cell)
        if not text:
            return None
        read = parse_period(text, as_of=self.source.control.held_on, ahead=True)
        if isinstance(read, Refusal):
            raise RowRefusedError(column, text, "une date ou une période", read.advice)
        return read

    def once(self, at: int, key: str, row: dict[str, Any]) -> bool:
        """Whether the row is new; refused when something else was stated about the same key above."""
        if key not in self.seen:
            self.seen[key] = (at, row)
            return True
        first, known = self.seen[key]
        if known == row:
            return False
        raise RowRefusedError(
            "decision", text_of(self.grid[at][self.columns["decision"]]),
            f"une seule réponse, la ligne {first + 1} en porte une autre",
            "Gardez une des deux lignes.",
        )  # fmt: skip

    def _find_headers(self) -> int:
        """The row of the headers; fills `columns`. ReviewError when a column that decides is not there."""
        names = {fold(column.header): column.key for column in self.sheet.columns}
        rows = [[fold(text_of(cell)) for cell in line] for line in self.grid[:_HEADER_SEARCH]]
        header = max(range(len(rows)), key=lambda at: (len(set(rows[at]) & set(names)), -at), default=0)
        for number, name in enumerate(rows[header] if rows else []):
            if name in names:
                self.columns.setdefault(names[name], number)
        needed = [column for column in self.sheet.columns if column.is_input or column.key == self.sheet.key]
        absent = [column.header for column in needed if column.key not in self.columns]
        if absent:
            raise ReviewError(
                f"{self.source.file_name}, feuille « {self.sheet.name} » : colonne {', '.join(absent)} "
                "introuvable. Repartez du classeur exporté, sans ôter ni renommer de colonne."
            )
        return header

    def _refuse(self, at: int, refused: RowRefusedError) -> None:
        cell = f"{_letters(self.columns[refused.column])}{at + 1}"
        self.source.reading.refused.append(
            RefusedRow(self.sheet.name, at + 1, cell, refused.received, refused.expected, refused.fix)
        )


def expected_of(choices: Mapping[str, str]) -> str:
    """What a cell of decisions may hold, in French."""
    return f"une réponse de la liste : {', '.join(choices.values())}"


def text_of(cell: Cell) -> str:
    """A cell as a person reads it."""
    if isinstance(cell, datetime | date):
        return short_date(cell)
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, int | float):
        return figure(cell)
    return str(cell or "").strip()


def _letters(column: int) -> str:
    """The letters of a column counted from 0."""
    return "".join(reversed(list(_reversed_letters(column))))


def _reversed_letters(column: int) -> Iterator[str]:
    left = column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        yield chr(ord("A") + rest)
