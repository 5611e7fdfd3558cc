"""What was read from one received workbook, before anyone judges it. Every value knows its sheet and cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.workbook.answers import Answer, read_answer
from sources.workbook.grid import Grid
from sources.workbook.markup import cell_name
from sources.workbook.schema import Sheet, WorkbookSchema

Issue = dict[str, Any]
# Given texts that say which thing a row is about; as facts, `x_given`.
GIVEN_TEXTS = frozenset({"action_title", "commitment_label", "kpi_label", "unit"})


class RowCells(Mapping[str, str]):
    """The cells of one row by column key: « H12 », made when asked for."""

    __slots__ = ("_columns", "_row")

    def __init__(self, row: int, columns: Mapping[str, int]) -> None:
        """`row` and the `columns` are counted from 0."""
        self._row, self._columns = row, columns

    def __getitem__(self, key: str) -> str:
        return cell_name(self._row, self._columns[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True)
class SheetRows:
    """The rows of a data sheet with a code or an answer, column by column.

    `lines` are the grid's rows, counted from 0; `columns` says where each column is, given and locked ones
    included; `facts` are the answers as plain scalars, one list a name and one entry a line: what rules and
    expectations are written on. A fact that no line has is not there (`sources.workbook.columns` names them).
    """

    schema: WorkbookSchema
    layout: Sheet
    grid: Grid
    lines: Sequence[int]
    columns: Mapping[str, int]
    facts: Mapping[str, Sequence[Any]]
    as_of: date
    row_ids: Mapping[tuple[str, str], str]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def sheet(self) -> str:
        """The landing's word for its rows."""
        return self.layout.key

    @property
    def sheet_name(self) -> str:
        """The sheet's name, as received."""
        return self.grid.name

    @property
    def row_numbers(self) -> list[int]:
        """The rows as a person counts them."""
        return [line + 1 for line in self.lines]

    def texts(self, column: str) -> list[str | None]:
        """The texts of a column as received, None where nothing is."""
        at = self.columns.get(column)
        if at is None:
            return [None] * len(self)
        text, lines = self.grid.text, self.grid.lines
        return [text(line, at) if at in lines[line] else None for line in self.lines]

    def cells(self, column: str) -> list[str]:
        """The cells of a column, « H12 »; those of the first one when the sheet has it not."""
        letters = cell_name(0, self.columns.get(column, 0))[:-1]
        return [f"{letters}{line + 1}" for line in self.lines]

    def row(self, place: int) -> "ReadRow":
        """One of the rows."""
        return ReadRow(self, place)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of `rows`, everything about it made when asked for."""

    rows: SheetRows
    place: int

    @property
    def sheet(self) -> str:
        """The landing's word for it."""
        return self.rows.sheet

    @property
    def sheet_name(self) -> str:
        """The name of its sheet, as received."""
        return self.rows.sheet_name

    @property
    def row_number(self) -> int:
        """The row as a person counts it."""
        return self.rows.lines[self.place] + 1

    @property
    def row_id(self) -> str | None:
        """The pre-filled row's identity, None for another row."""
        code = self.facts.get(self.rows.layout.key_column)
        return self.rows.row_ids.get((self.rows.layout.name, code)) if code is not None else None

    @property
    def values(self) -> Mapping[str, Answer]:
        """The answers by column key; blank cells are absent."""
        rows, line = self.rows, self.rows.lines[self.place]
        values: dict[str, Answer] = {}
        for column in rows.layout.columns:
            if column.type == "label" or column.key not in rows.columns:
                continue
            cell = rows.grid.cell(line, rows.columns[column.key])
            answer = read_answer(rows.schema, column, cell, rows.as_of)[0] if cell else None
            if answer is not None:
                values[column.key] = answer
        return values

    @property
    def raw(self) -> Mapping[str, str]:
        """The texts as received, by column key."""
        rows, line = self.rows, self.rows.lines[self.place]
        return {key: rows.grid.text(line, at) for key, at in rows.columns.items() if at in rows.grid.lines[line]}

    @property
    def cells(self) -> Mapping[str, str]:
        """Where they are."""
        return RowCells(self.rows.lines[self.place], self.rows.columns)

    @property
    def announced(self) -> date | None:
        """The latest date the next steps announce."""
        found: date | None = self.facts.get("next_steps_until")
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts, those it has not left out."""
        return {name: value for name, values in self.rows.facts.items() if (value := values[self.place]) is not None}


@dataclass
class WorkbookReading:
    """One received file: who it says it is from, its rows, and what the reader has to say.

    `refused` is the one issue of a file that could not be read, None otherwise; `blocked` is set when it was read but
    must not be trusted. Identity comes from the hidden sheet, else from the file's name (`identity_from`).
    """

    file_name: str
    sha256: str
    template_version: str | None = None
    session_code: str | None = None
    partner_code: str | None = None
    identity_from: str | None = None  # sheet | name
    sheets: list[SheetRows] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    refused: Issue | None = None
    blocked: bool = False

    @property
    def rows(self) -> list[ReadRow]:
        """Every row, sheet by sheet."""
        return [sheet.row(place) for sheet in self.sheets for place in range(len(sheet))]
