"""Reads a review workbook back: decisions that are complete, and rows refused, each with its cell and its mend.

Nothing is guessed: a decision without its author's role, its date or its reason is no decision. Columns may stand in
any order; headers and decisions may have lost accents or case.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sources.french.folding import fold
from sources.french.numbers import parse_number
from sources.french.periods import parse_period
from sources.french.refusal import Refusal
from sources.french.typography import figure, short_date, spaced
from sources.review.layout import CONTROL_SHEET, REVIEW_KIND, REVIEW_VERSION, SHEETS, ReviewSheet, choices_of
from sources.workbook.guard import inspect
from sources.workbook.refused import FileRefusedError
from sources.workbook.schema import load_schema

_HEADER_SEARCH = 30
_NO_NOW = date.max  # a decision's date is written whole: no year is ever assumed
_YEARS = range(2000, 2100)
_ID_LENGTH = 16

Cell = Any  # what python-calamine gives: text, number, bool, date, datetime, or an empty text


class ReviewError(Exception):
    """The file is no review workbook that can be read; the French message says why and the mend."""


@dataclass(frozen=True)
class RefusedRow:
    """A row that decides nothing: which cell is wrong, what it holds, what was expected, how to mend it."""

    sheet: str
    row_number: int
    cell: str
    received: str
    expected: str
    mend: str


@dataclass
class ReviewReading:
    """What one workbook decides: rows of the landing table `decision`, and the rows refused."""

    session_code: str
    decisions: list[dict[str, Any]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


class _RowRefusedError(Exception):
    def __init__(self, column: str, received: str, expected: str, mend: str) -> None:
        super().__init__(column)
        self.column, self.received = column, received
        self.expected, self.mend = spaced(expected), spaced(mend)


@dataclass(frozen=True)
class _Control:
    """What the hidden sheet says of the workbook."""

    session_code: str
    statuses: Mapping[str, str]
    keys: Mapping[str, frozenset[str]]


def read_review(path: Path) -> ReviewReading:
    """The decisions of a review workbook and the rows refused. ReviewError when it is not one.

    A decision's identifier is made of the file's content and the row, so that reading a file twice gives the same
    ones; `received_at` is for the caller to say.
    """
    sheets = _sheets_of(path)
    control = _control_of(sheets.get(CONTROL_SHEET, []), path.name)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    reading = ReviewReading(control.session_code)
    for sheet in SHEETS:
        grid = next((cells for name, cells in sheets.items() if fold(name) == fold(sheet.name)), None)
        if grid is None:
            raise ReviewError(
                f"{path.name} : la feuille « {sheet.name} » manque. Repartez du classeur exporté, sans ôter de feuille."
            )
        _SheetReader(sheet, grid, control, _Source(path.name, sha256, reading)).read()
    return reading


def _sheets_of(path: Path) -> dict[str, list[list[Cell]]]:
    from python_calamine import CalamineWorkbook

    try:
        inspect(path)
    except FileRefusedError as error:
        message, mend = load_schema().rules[error.rule].say(received=error.received, sheet="", cell="")
        raise ReviewError(f"{path.name} : {message} {mend}") from error
    try:
        book = CalamineWorkbook.from_path(str(path))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except Exception as error:  # a parser may raise anything on a broken file
        raise ReviewError(
            f"{path.name} : classeur illisible ({type(error).__name__}). Ouvrez-le, enregistrez-le au format Excel "
            "(.xlsx) sans mot de passe, puis redonnez-le."
        ) from error


def _control_of(rows: list[list[Cell]], name: str) -> _Control:
    lines = [[_text(cell) for cell in [*row, "", "", ""][:3]] for row in rows]
    said = {line[0]: line[1] for line in lines}
    if said.get("kind") != REVIEW_KIND:
        raise ReviewError(f"{name} : ce n’est pas un classeur de revue. Donnez celui que « jalon review » a écrit.")
    if said.get("version") != REVIEW_VERSION:
        raise ReviewError(
            f"{name} : modèle {said.get('version') or 'inconnu'}, attendu {REVIEW_VERSION}. Exportez la revue de "
            "nouveau et reportez-y les décisions."
        )
    keys: dict[str, set[str]] = {}
    for kind, sheet, key in lines:
        if kind == "row":
            keys.setdefault(sheet, set()).add(key)
    return _Control(
        said.get("session", ""),
        {code: label for kind, code, label in lines if kind == "status"},
        {sheet: frozenset(found) for sheet, found in keys.items()},
    )


@dataclass(frozen=True)
class _Source:
    """The file being read, and what was read of it so far."""

    file_name: str
    sha256: str
    reading: ReviewReading


class _SheetReader:
    """Reads the rows of one sheet into `reading`."""

    def __init__(self, sheet: ReviewSheet, grid: list[list[Cell]], control: _Control, source: _Source) -> None:
        self.sheet, self.grid, self.control, self.source = sheet, grid, control, source
        self.reading = source.reading
        self.choices = choices_of(sheet, dict(control.statuses))
        self.by_label = {fold(label): code for code, label in self.choices.items()}
        self.seen: dict[str, tuple[int, dict[str, Any]]] = {}
        self.columns: dict[str, int] = {}

    def read(self) -> None:
        """Every row below the headers."""
        header = self._find_headers()
        for at, line in enumerate(self.grid[header + 1 :], header + 1):
            cells = {key: line[number] if number < len(line) else "" for key, number in self.columns.items()}
            try:
                decision = self._decision(at, cells)
            except _RowRefusedError as refused:
                self._refuse(at, refused)
                continue
            if decision is not None:
                self.reading.decisions.append(decision)

    def _find_headers(self) -> int:
        """The row of the headers; fills `columns`. ReviewError when a column that decides is not there."""
        names = {fold(column.header): column.key for column in self.sheet.columns}
        rows = [[fold(_text(cell)) for cell in line] for line in self.grid[:_HEADER_SEARCH]]
        header = max(range(len(rows)), key=lambda at: (len(set(rows[at]) & set(names)), -at), default=0)
        for number, name in enumerate(rows[header] if rows else []):
            if name in names:
                self.columns.setdefault(names[name], number)
        needed = [column for column in self.sheet.columns if column.is_input or column.key == self.sheet.key]
        absent = [column.header for column in needed if column.key not in self.columns]
        if absent:
            raise ReviewError(
                f"{self.source.file_name}, feuille « {self.sheet.name} » : colonne {', '.join(absent)} introuvable. "
                "Repartez du classeur exporté, sans ôter ni renommer de colonne."
            )
        return header

    def _decision(self, at: int, cells: Mapping[str, Cell]) -> dict[str, Any] | None:
        """The landing row of one line; None when nothing is decided on it."""
        said = _text(cells["decision"])
        if not said:
            self._check_nothing_said(cells)
            return None
        code = self.by_label.get(fold(said))
        if code is None:
            listed = ", ".join(self.choices.values())
            raise _RowRefusedError(
                "decision", said, f"une décision de la liste : {listed}", "Choisissez dans la liste."
            )
        key = self._key(cells)
        row = {
            "subject_kind": self.sheet.subject_kind,
            "subject_key": key,
            "session_code": self.reading.session_code,
            "decision": code,
            "value": self._value(code, cells),
            "new_period_start": None,
            "new_period_end": None,
            "new_period_precision": None,
            "overruled": None,
            "decided_upon": None,
            "author_role": self._said(cells, "author_role", "le rôle de qui décide", "Écrivez une fonction."),
            "decided_on": self._day(cells["decided_on"]),
            "reason": self._said(cells, "reason", "le motif de la décision", "Écrivez pourquoi, en une phrase."),
        }
        return self._once(at, key, row)

    def _check_nothing_said(self, cells: Mapping[str, Cell]) -> None:
        """A value or a reason without a decision is a decision somebody forgot to choose."""
        for column in ("new_value", "reason"):
            said = _text(cells.get(column, ""))
            if said:
                listed = ", ".join(self.choices.values())
                raise _RowRefusedError(
                    "decision",
                    "",
                    f"une décision de la liste : {listed}",
                    "Choisissez une décision, ou videz la ligne.",
                )

    def _key(self, cells: Mapping[str, Cell]) -> str:
        key = _text(cells[self.sheet.key])
        if key not in self.control.keys.get(self.sheet.name, frozenset()):
            raise _RowRefusedError(
                self.sheet.key, key, "le repère d’une ligne exportée", "Exportez la revue de nouveau et décidez-y."
            )
        return key

    def _value(self, code: str, cells: Mapping[str, Cell]) -> float | None:
        if "new_value" not in self.columns:
            return None
        header = self.sheet.column("new_value").header.lower()
        cell = cells["new_value"]
        said = _text(cell)
        corrected = self.choices["corrected"]
        if code != "corrected":
            if said:
                raise _RowRefusedError(
                    "new_value", said, f"rien, la décision n’est pas « {corrected} »",
                    f"Choisissez « {corrected} », ou videz la cellule.",
                )  # fmt: skip
            return None
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell)
        read = parse_number(said) if said else None
        if read is None or isinstance(read, Refusal):
            advice = read.advice if isinstance(read, Refusal) else "Écrivez le nombre qui remplace celui de la ligne."
            raise _RowRefusedError("new_value", said, f"la {header}, un nombre", advice)
        return read.value

    def _said(self, cells: Mapping[str, Cell], column: str, expected: str, mend: str) -> str:
        said = " ".join(_text(cells[column]).split())
        if not re.search(r"\w", said):
            raise _RowRefusedError(column, said, expected, mend)
        return said

    def _day(self, cell: Cell) -> date:
        day: date | None = None
        if isinstance(cell, datetime):
            day = cell.date()
        elif isinstance(cell, date):
            day = cell
        elif said := _text(cell):
            read = parse_period(said, as_of=_NO_NOW)
            if not isinstance(read, Refusal) and read.precision == "day" and "year_assumed" not in read.readings:
                day = read.end
        if day is None or day.year not in _YEARS:
            raise _RowRefusedError(
                "decided_on",
                _text(cell),
                "le jour de la décision, jj/mm/aaaa",
                "Écrivez la date, par exemple 17/12/2024.",
            )
        return day

    def _once(self, at: int, key: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """The row with its identifier; None when the same was said above, refused when something else was."""
        if key in self.seen:
            first, known = self.seen[key]
            if known == row:
                return None
            raise _RowRefusedError(
                "decision",
                self.choices[row["decision"]],
                f"une seule décision, la ligne {first + 1} en porte une autre",
                "Gardez une des deux lignes.",
            )
        self.seen[key] = (at, row)
        identity = hashlib.sha256(f"{self.source.sha256}|{self.sheet.name}|{key}".encode()).hexdigest()[:_ID_LENGTH]
        return {"decision_id": identity, **row}

    def _refuse(self, at: int, refused: _RowRefusedError) -> None:
        cell = f"{_letters(self.columns[refused.column])}{at + 1}"
        self.reading.refused.append(
            RefusedRow(self.sheet.name, at + 1, cell, refused.received, refused.expected, refused.mend)
        )


def _text(cell: Cell) -> str:
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
