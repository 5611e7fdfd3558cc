"""Read a partner's workbook: sheets and columns found by name, every value with its cell, nothing judged.

Columns may stand in any order and headers may have lost accents, case or spaces: that is told, not refused. What a
value means is `answers`; whether it is right is `quality.rows`.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

from sources.file_names import noted_name
from sources.grammar.periods import find_periods
from sources.workbook.answers import Answer, read_answer
from sources.workbook.folding import fold
from sources.workbook.grid import Book, Grid, GridCell, Scalar
from sources.workbook.guard import check_place
from sources.workbook.identity import CONTROL_KIND, checksum
from sources.workbook.loading import BookLoader
from sources.workbook.markup import Cell, cell_name
from sources.workbook.reading import Issue, ReadRow, RowCells, WorkbookReading
from sources.workbook.refused import FileRefusedError
from sources.workbook.schema import Column, Sheet, WorkbookSchema, load_schema

READER_VERSION = "1"
_HEADER_SEARCH = 30  # rows looked at for the headers


def read_workbook(
    path: Path,
    *,
    cut_offs: Mapping[str, date] | None = None,
    partners: Mapping[str, str] | None = None,
    folder: Path | None = None,
    loader: BookLoader | None = None,
    sha256: str | None = None,
) -> WorkbookReading:
    """Read the workbook at `path`. `cut_offs` gives each session's cut-off, the only « now » of its figures;
    `partners` gives partner codes by the slug used in file names; `folder` is the drop folder it must lie in.

    A file that cannot be read comes back with `refused` set, never as an exception. Give a `loader` to read several
    files with one process, and the content's `sha256` where it is known.
    """
    schema = load_schema()
    reading = WorkbookReading(noted_name(path), sha256 or _sha256(path))
    try:
        check_place(path, folder)
        book = _load(path, schema, loader)
    except FileRefusedError as error:
        _identify_by_name(reading, partners or {})
        reading.refused = issue(schema, error.rule, received=error.received)
        return reading
    _read_book(schema, book, reading, cut_offs or {}, partners or {})
    return reading


def _load(path: Path, schema: WorkbookSchema, loader: BookLoader | None) -> Book:
    sheets = {fold(sheet.name) for sheet in schema.sheets} | {fold(schema.control_sheet)}
    headers = {
        fold(name) for column in schema.sheet("measurement").columns for name in (column.header, *column.aliases)
    }
    if loader is not None:
        return loader.load(path, sheets, headers)
    with BookLoader() as own:
        return own.load(path, sheets, headers)


def _sha256(path: Path) -> str:
    """The hash of a regular file's content, blank when it is none or cannot be opened."""
    try:
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""


def issue(
    schema: WorkbookSchema, rule: str, *, sheet: str = "", cell: str = "", received: str = "", **words: object
) -> Issue:
    """One issue as `jalon check --json` shows it."""
    spoken = {"sheet": sheet, "cell": cell, "received": received, **words}
    message, fix = schema.rules[rule].say(**spoken)
    return {
        "rule": rule,
        "severity": schema.rules[rule].severity,
        "sheet": sheet or None,
        "cell": cell or None,
        "received": received or None,
        "message": message,
        "fix": fix,
    }


def _read_book(
    schema: WorkbookSchema,
    book: Book,
    reading: WorkbookReading,
    cut_offs: Mapping[str, date],
    partners: Mapping[str, str],
) -> None:
    row_ids = _identify(schema, book, reading, partners)
    tables = {sheet.key: _grid_of(sheet, book) for sheet in schema.sheets}
    if not any(tables.values()):
        reading.refused = issue(schema, "FILE_WRONG_TEMPLATE", received="aucune feuille du modèle")
        return
    if reading.template_version not in {None, schema.template_version}:
        reading.refused = issue(schema, "FILE_WRONG_TEMPLATE", received=f"version {reading.template_version}")
        return
    as_of = cut_offs.get(reading.session_code or "", date.max)
    for name in book.other_sheets:
        if fold(name) not in {fold(schema.guide_sheet), fold(schema.receipt_sheet)}:
            reading.issues.append(issue(schema, "SHEET_NOT_READ", received=name))
    for sheet in schema.sheets:
        table = tables[sheet.key]
        if table is None:
            if book.is_one_table:
                continue
            reading.issues.append(issue(schema, "SHEET_MISSING", received=sheet.name))
        else:
            _SheetReader(schema, sheet, table, reading, as_of=as_of, row_ids=row_ids).read()
    reading.sheets_read = tuple(sheet.key for sheet in schema.sheets if tables[sheet.key])
    if book.external_links:
        reading.issues.append(issue(schema, "EXTERNAL_LINK", received=", ".join(book.external_links)))
    if book.disagreements:
        reading.blocked = True
        reading.issues.append(issue(schema, "READERS_DISAGREE", received=" ; ".join(book.disagreements)))


def _identify(
    schema: WorkbookSchema, book: Book, reading: WorkbookReading, partners: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Who the workbook is: the hidden sheet, else the file's name. Returns the identities of the pre-filled rows."""
    grid = next((grid for name, grid in book.grids.items() if fold(name) == fold(schema.control_sheet)), None)
    lines = {row: {at: grid.text(row, at).strip() for at in line} for row, line in grid.lines.items()} if grid else {}
    said = {line.get(0, ""): line.get(1, "") for line in lines.values() if 2 not in line}
    if said.get("kind") == CONTROL_KIND:
        reading.template_version, reading.session_code = said.get("template"), said.get("session")
        reading.partner_code, reading.identity_from = said.get("partner"), "sheet"
        rows = [line for _, line in sorted(lines.items()) if 2 in line]
        ids = [line.get(0, "") for line in rows]
        expected = checksum(said.get("template", ""), said.get("session", ""), said.get("partner", ""), ids)
        if said.get("checksum") != expected:
            reading.issues.append(issue(schema, "TEMPLATE_ALTERED"))
        return {(line.get(1, ""), line.get(2, "")): line.get(0, "") for line in rows}
    if _identify_by_name(reading, partners) and not book.is_one_table:
        reading.issues.append(issue(schema, "TEMPLATE_ID_MISSING"))
    return {}


def _identify_by_name(reading: WorkbookReading, partners: Mapping[str, str]) -> bool:
    """Take session and partner from a name like « Copie de CNS-13_ANS (2).xlsx »; False when it says nothing.

    A known partner may stand anywhere in the name; two of them leave the name as it is, for the judge to refuse.
    """
    words = f" {_plain_name(Path(reading.file_name).stem)} "
    session = re.search(r" cns ?(\d+) ", words)
    if session is None:
        return False
    rest = words[: session.start()] + " " + words[session.end() :]
    known = {_plain_name(name): code for slug, code in partners.items() for name in (slug, code)}
    named = [name for name in known if f" {name} " in rest]
    found = {known[name] for name in named if not any(name != other and name in other for other in named)}
    said = rest.strip()
    if not said:
        return False
    reading.session_code, reading.identity_from = f"CNS-{session[1]}", "name"
    reading.partner_code = found.pop() if len(found) == 1 else said.upper()
    return True


def _plain_name(text: str) -> str:
    return fold(text.replace("_", " "))


def _grid_of(sheet: Sheet, book: Book) -> Grid | None:
    """The grid of a sheet: by its name, accents and case forgiven."""
    return next((grid for name, grid in book.grids.items() if fold(name) == fold(sheet.name)), None)


@lru_cache(16)
def _header_names(sheet: Sheet) -> Mapping[str, Column]:
    """The columns of a sheet by every folded name they may have."""
    return {fold(name): column for column in sheet.columns for name in (column.header, *column.aliases)}


def _may_be_one_of(text: str, firsts: Collection[str], lasts: Collection[str]) -> bool:
    """False for a text that surely folds to none of the names with these first and last letters.

    Folding is most of the work on a sheet full of texts, and nearly none of them is a header.
    """
    if not text:
        return False
    first, last = text[0], text[-1]
    if first.isascii() and first.isalnum() and first.lower() not in firsts:
        return False
    return not (last.isascii() and last.isalnum() and last.lower() not in lasts)


@dataclass
class _Headers:
    """Where the headers stand and which column each one is."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    adjusted: list[tuple[str, int, str]] = field(default_factory=list)
    unknown: list[tuple[str, int]] = field(default_factory=list)
    twice: list[tuple[str, int]] = field(default_factory=list)


class _SheetReader:
    """Reads one sheet into rows of `reading`."""

    def __init__(
        self,
        schema: WorkbookSchema,
        sheet: Sheet,
        grid: Grid,
        reading: WorkbookReading,
        *,
        as_of: date,
        row_ids: Mapping[tuple[str, str], str],
    ) -> None:
        self.schema, self.sheet, self.grid, self.as_of = schema, sheet, grid, as_of
        self.row_ids, self.reading = row_ids, reading
        self.inputs = frozenset(column.key for column in sheet.inputs)

    def read(self) -> None:
        if self.grid.state != "visible":
            self._tell("SHEET_HIDDEN", received=self.grid.name)
        headers = self._headers()
        if not self._usable(headers):
            return
        columns = [
            (column, headers.columns[column.key]) for column in self.sheet.columns if column.key in headers.columns
        ]
        for row, line in self.grid.lines.items():
            if row > headers.row:
                self._row(row, line, columns, headers.columns)

    def _usable(self, headers: _Headers) -> bool:
        """Say what is odd about the headers; False when the rows below them cannot be read."""
        for text, at, header in headers.adjusted:
            self._tell("HEADER_ADJUSTED", cell=cell_name(headers.row, at), received=text, header=header)
        for text, at in headers.unknown:
            self._tell("COLUMN_NOT_READ", cell=cell_name(headers.row, at), received=text)
        for header, at in headers.twice:
            self._tell("COLUMN_TWICE", cell=cell_name(headers.row, at), received=header, header=header)
        absent = [column for column in self.sheet.columns if column.key not in headers.columns]
        for column in absent:
            if column.key in self.sheet.needs:
                self._tell("COLUMN_MISSING", header=column.header)
            elif column.is_input and not column.is_place:
                self._tell("COLUMN_ABSENT", header=column.header)
        return not headers.twice and not any(column.key in self.sheet.needs for column in absent)

    def _headers(self) -> _Headers:
        """The row that names most of the sheet's columns, among the first ones."""
        names = _header_names(self.sheet)
        firsts, lasts = {name[:1] for name in names}, {name[-1:] for name in names}
        lines = {
            row: [(at, self.grid.text(row, at).strip()) for at in line]
            for row, line in self.grid.lines.items()
            if row < _HEADER_SEARCH
        }

        def named(row: int) -> tuple[int, int]:
            texts = (text for _, text in lines[row] if _may_be_one_of(text, firsts, lasts))
            return len({folded for text in texts if (folded := fold(text)) in names}), -row

        best = max(lines, key=named, default=0)
        found = _Headers(best)
        for at, text in lines.get(best, []):
            column = names.get(fold(text)) or names.get(fold(text.partition("(")[0]))
            if column is None:
                found.unknown.append((text, at))
            elif column.key in found.columns:
                found.twice.append((column.header, at))
            else:
                found.columns[column.key] = at
                if unicodedata.normalize("NFC", text) != column.header:
                    found.adjusted.append((text, at, column.header))
        return found

    def _row(
        self, row: int, line: Mapping[int, Scalar], found: Sequence[tuple[Column, int]], columns: Mapping[str, int]
    ) -> None:
        values: dict[str, Answer] = {}
        raw: dict[str, str] = {}
        told: list[Issue] = []
        for column, at in found:
            if at not in line:
                continue
            if column.type == "label":
                raw[column.key] = self.grid.text(row, at)
            elif (cell := self.grid.cell(row, at)) is not None:
                raw[column.key] = cell.text
                self._answer(column, cell, (row, at), values, told)
        has_inputs = not self.inputs.isdisjoint(values)
        if not has_inputs and self.sheet.key_column not in values:
            return  # nothing but given texts, or a title below the table
        code = values.get(self.sheet.key_column)
        identity = self.row_ids.get((self.sheet.name, code)) if isinstance(code, str) else None
        if has_inputs:
            self.reading.issues.extend(told)
            if row in self.grid.hidden_rows:
                self._tell("ROW_HIDDEN", cell=cell_name(row, 0))
        self.reading.rows.append(
            ReadRow(
                self.sheet.key,
                self.grid.name,
                row + 1,
                identity,
                values,
                raw,
                RowCells(row, columns),
                self._announced(values.get("next_steps")),
            )
        )

    def _answer(
        self, column: Column, cell: GridCell, place: Cell, values: dict[str, Answer], told: list[Issue]
    ) -> None:
        answer, remarks = read_answer(self.schema, column, cell, self.as_of)
        if answer is not None:
            values[column.key] = answer
        for remark in remarks:
            where, received = cell_name(*place), cell.text
            told.append(
                issue(self.schema, remark.rule, sheet=self.grid.name, cell=where, received=received, read=remark.read)
            )

    def _announced(self, text: Answer | None) -> date | None:
        """The latest date the next steps speak of; months without a year are too vague to hold against anyone."""
        if not isinstance(text, str):
            return None
        found = [f.period for f in find_periods(text, as_of=self.as_of) if f.role != "since"]
        return max((p.end for p in found if "year_assumed" not in p.readings), default=None)

    def _tell(self, rule: str, *, cell: str = "", received: str = "", **words: object) -> None:
        self.reading.issues.append(
            issue(self.schema, rule, sheet=self.grid.name, cell=cell, received=received, **words)
        )
