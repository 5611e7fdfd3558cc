"""Read a partner's workbook: sheets and columns found by name, every value with its cell, nothing judged.

Columns may be in any order and headers may have lost accents, case or spaces: that is told, not refused. What a
value means is `answers`; whether it is right is `quality.rows`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import file_digest
from itertools import chain, compress
from pathlib import Path
from typing import Any

from sources.files.names import noted_name
from sources.french.folding import fold_words
from sources.french.numbers import says_scale
from sources.french.periods import find_periods
from sources.workbook.answers import Remark
from sources.workbook.appearance import STRUCK, says_to_ignore
from sources.workbook.columns import ColumnRead, column_facts, read_column
from sources.workbook.grid import PLAIN, Book, Grid, Oddity
from sources.workbook.guard import check_place
from sources.workbook.headers import Headers, find_headers
from sources.workbook.identity import CONTROL_KIND, checksum
from sources.workbook.loading import BookLoader
from sources.workbook.markup import Cell, cell_name
from sources.workbook.reading import GIVEN_TEXTS, Issue, SheetRows, WorkbookReading
from sources.workbook.refused import FileRefusedError
from sources.workbook.schema import Column, Sheet, WorkbookSchema, load_schema

READER_VERSION = "1"
NOTED = "noted"
ROW_DOUBT = "row_doubt"
OF_THE_ROW = frozenset({STRUCK, NOTED})
_LONGEST_NOTE = 120
_DOUBT = re.compile(
    r"[0-9]|\b(?:confirm|verif|provisoire|estim|faux|fausse|erreur|erron|corrig|correct|rectif|remplac|plutot|en fait"
    r"|attention|incertain|doute|douteu|attente|revoir|obsolete|ancien|annule|pas |non |ou )"
)


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
    """The sheets of the model; all of them where one of it is missing and may be under another name."""
    if loader is None:
        with BookLoader() as own:
            return _load(path, schema, own)
    sheets, headers = _wanted(schema)
    book = loader.load(path, sheets, headers)
    others = frozenset(map(fold_words, book.other_sheets)) - _ours(schema)
    if not others or book.is_one_table or all(_named(sheet, book) for sheet in schema.sheets):
        return book
    try:
        return loader.load(path, sheets | others, headers)
    except FileRefusedError:  # for a sheet that may be none of ours
        return book


def _ours(schema: WorkbookSchema) -> frozenset[str]:
    """The folded names of our sheets that hold no answers."""
    return frozenset(map(fold_words, (schema.guide_sheet, schema.receipt_sheet, schema.control_sheet)))


@lru_cache(8)
def _wanted(schema: WorkbookSchema) -> tuple[frozenset[str], Mapping[str, str]]:
    """The folded names of the sheets that are read, and of the headers a CSV may have, with their types."""
    sheets = {fold_words(sheet.name) for sheet in schema.sheets} | {fold_words(schema.control_sheet)}
    columns = schema.sheet("measurement").columns
    return frozenset(sheets), {
        fold_words(name): column.type for column in columns for name in (column.header, *column.aliases)
    }


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
    tables, unsure = _tables(schema, book)
    for sheet_key, grids in unsure.items():
        names = " », « ".join(grid.name for grid in grids)
        reading.issues.append(issue(schema, "SHEET_TWICE", sheet=schema.sheet(sheet_key).name, received=names))
    if not any(tables.values()) and not unsure:
        reading.refused = issue(schema, "FILE_WRONG_TEMPLATE", received="aucune feuille du modèle")
        return
    if reading.template_version not in {None, *schema.versions_issued}:
        reading.refused = issue(schema, "FILE_WRONG_TEMPLATE", received=f"version {reading.template_version}")
        return
    as_of = cut_offs.get(reading.session_code or "", date.max)
    read = {grid.name for grid in chain(filter(None, tables.values()), *unsure.values())}
    for name in (*book.grids, *book.other_sheets):
        if name not in read and fold_words(name) not in _ours(schema):
            reading.issues.append(issue(schema, "SHEET_NOT_READ", received=name))
    for sheet in schema.sheets:
        table = tables[sheet.key]
        if table is None:
            if book.is_one_table or sheet.key in unsure:
                continue
            reading.issues.append(issue(schema, "SHEET_MISSING", received=sheet.name))
        else:
            if fold_words(table.name) != fold_words(sheet.name):
                reading.issues.append(issue(schema, "SHEET_RENAMED", received=table.name, read=sheet.name))
            _SheetReader(schema, sheet, table, reading, as_of=as_of, row_ids=row_ids).read()
    _tell_of_book(schema, book, reading, read)


def _tell_of_book(schema: WorkbookSchema, book: Book, reading: WorkbookReading, read: Collection[str]) -> None:
    """What is to be stated about the whole file; one that cannot be trusted in the sheets that were read is blocked."""
    disagreements = [said for said in book.disagreements if said.rpartition(" : ")[0] in read]
    if book.external_links:
        reading.issues.append(issue(schema, "EXTERNAL_LINK", received=", ".join(book.external_links)))
    if not book.has_formulas:
        reading.issues.append(issue(schema, "FORMULAS_UNKNOWN"))
    if not book.is_seen:
        reading.blocked = True
        reading.issues.append(issue(schema, "APPEARANCE_NOT_READ"))
    if disagreements:
        reading.blocked = True
        reading.issues.append(issue(schema, "READERS_DISAGREE", received=" ; ".join(disagreements)))


def _identify(
    schema: WorkbookSchema, book: Book, reading: WorkbookReading, partners: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Who the workbook is: the hidden sheet, else the file's name. Returns the identities of the pre-filled rows."""
    grid = next(
        (grid for name, grid in book.grids.items() if fold_words(name) == fold_words(schema.control_sheet)), None
    )
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

    A known partner may be anywhere in the name; two of them leave the name as it is, for the judge to refuse.
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
    return fold_words(text.replace("_", " "))


def _named(sheet: Sheet, book: Book) -> list[Grid]:
    """The grids that bear a sheet's name, accents and case forgiven; those with something in them, if any has."""
    named = [grid for name, grid in book.grids.items() if fold_words(name) == fold_words(sheet.name)]
    return [grid for grid in named if grid.lines] or named[:1]


def _tables(schema: WorkbookSchema, book: Book) -> tuple[dict[str, Grid | None], dict[str, list[Grid]]]:
    """The grid of each sheet, by its name, else by its columns; and those of which several may be one sheet."""
    named = {sheet.key: _named(sheet, book) for sheet in schema.sheets}
    taken = {grid.name for grids in named.values() for grid in grids}
    alike: dict[str, list[Grid]] = {}
    for name, grid in book.grids.items():
        if name not in taken and (sheet := _alike(schema, grid)):
            alike.setdefault(sheet.key, []).append(grid)
    found = {key: grids or alike.get(key, []) for key, grids in named.items()}
    tables = {key: grids[0] if len(grids) == 1 else None for key, grids in found.items()}
    return tables, {key: grids for key, grids in found.items() if len(grids) > 1}


def _alike(schema: WorkbookSchema, grid: Grid) -> Sheet | None:
    """The one sheet whose columns a grid has: those it needs, its answer's, and most of the others."""
    shares = {}
    for sheet in schema.sheets:
        columns = find_headers(sheet, grid).columns
        if {*sheet.needs, sheet.said_first} <= columns.keys():
            shares[sheet.key] = len(columns) / len(sheet.printed)
    best = max(shares, key=lambda key: shares[key], default=None)
    is_one = best is not None and shares[best] > 0.5 and list(shares.values()).count(shares[best]) == 1
    return schema.sheet(best) if best is not None and is_one else None


@lru_cache(1024)  # a workbook is read again for its receipt, and sent again with a row corrected
def _announced(text: str, as_of: date) -> date | None:
    """The latest date the next steps speak of; months without a year are too vague to hold against anyone."""
    found = [f.period for f in find_periods(text, as_of=as_of) if f.role != "since"]
    return max((p.end for p in found if "year_assumed" not in p.readings), default=None)


def may_change(note: str) -> bool:
    """Whether a note may change what its cell says: it holds a figure, or a word of doubt or withdrawal."""
    return bool(_DOUBT.search(fold_words(note))) or says_to_ignore(note)


def _shortened(note: str) -> str:
    flat = " ".join(note.split())
    return flat if len(flat) <= _LONGEST_NOTE else f"{flat[: _LONGEST_NOTE - 1]}…"


class _SheetReader:
    """Reads one sheet into the rows of `reading`, column by column."""

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

    def read(self) -> None:
        if self.grid.state != "visible":
            self._tell("SHEET_HIDDEN", received=self.grid.name)
        if self.grid.has_drawing:
            self._tell("DRAWING_NOT_READ", received=self.grid.name)
        headers = find_headers(self.sheet, self.grid)
        self._tell_of_notes(headers)
        if self._usable(headers):
            self._rows(headers)

    def _tell_of_notes(self, headers: Headers) -> None:
        """Every note of a person, save those that make an answer unsure: the judge tells of them."""
        ours = {at: self.sheet.column(key).note for key, at in headers.columns.items()}
        for (row, at), note in sorted(self.grid.notes.items()):
            is_ours = row <= headers.row and fold_words(note).startswith(fold_words(ours.get(at, "\0"))[:40])
            is_told = self._is_doubt((row, at), headers) or (row > headers.row and says_to_ignore(note))
            if not is_ours and not is_told:
                self._tell("NOTE_NOT_READ", cell=cell_name(row, at), received=_shortened(note))

    def _is_doubt(self, place: Cell, headers: Headers) -> bool:
        """Whether a note is on an answer and may change it: a figure, a word of doubt."""
        row, at = place
        inputs = {headers.columns[column.key] for column in self.sheet.inputs if column.key in headers.columns}
        return (
            row > headers.row
            and at in inputs
            and at in self.grid.lines.get(row, ())
            and may_change(self.grid.notes[place])
        )

    def _usable(self, headers: Headers) -> bool:
        """Say what is odd about the headers; False when the rows below them cannot be read."""
        for text, at, header in headers.adjusted:
            self._tell("HEADER_ADJUSTED", cell=cell_name(headers.row, at), received=text, header=header)
        for text, at in headers.unknown:
            self._tell("COLUMN_NOT_READ", cell=cell_name(headers.row, at), received=text)
        for header, at in headers.twice:
            self._tell("COLUMN_TWICE", cell=cell_name(headers.row, at), received=header, header=header)
        absent = [column for column in self.sheet.columns if column.key not in headers.columns]
        is_template = self.reading.identity_from == "sheet"  # a file of the partner's own has the columns it needs
        for column in absent:
            if column.key in self.sheet.needs:
                self._tell("COLUMN_MISSING", header=column.header)
            elif is_template and column.is_input and not column.is_place and self._had(column):
                self._tell("COLUMN_ABSENT", header=column.header)
        scaled = self._said_of_scale(headers)
        for place, text in scaled:
            self._tell("SCALE_ABOVE", cell=cell_name(*place), received=text)
        return not scaled and not headers.twice and not any(column.key in self.sheet.needs for column in absent)

    def _said_of_scale(self, headers: Headers) -> list[tuple[Cell, str]]:
        """What is written above the headers of figures that gives them another unit."""
        if not any(column.type == "number" for column in self.sheet.inputs):
            return []
        above = [(row, at) for row, line in self.grid.lines.items() if row < headers.row for at in line]
        return [(place, text) for place in above if says_scale(text := self.grid.text(*place))]

    def _had(self, column: Column) -> bool:
        """Whether the template that the file was made from had a column already."""
        issued = self.schema.versions_issued
        return issued.index(column.since) <= issued.index(self.reading.template_version or issued[-1])

    def _rows(self, headers: Headers) -> None:
        """Every row below the headers that has an answer or a code: the others are given texts, or a title."""
        lines = [row for row in self.grid.lines if row > headers.row]
        columns = {c.key: headers.columns[c.key] for c in self.sheet.columns if c.key in headers.columns}
        read = self._columns_read(lines, columns)
        inputs = [read[column.key].answers for column in self.sheet.inputs if column.key in read]
        answered = [some.count(None) < len(inputs) for some in zip(*inputs, strict=True)] or [False] * len(lines)
        self._tell_of_cells(lines, columns, read, answered)
        self._tell_of_hidden_columns(headers, read)
        codes = read[self.sheet.key_column].answers
        told = zip(lines, answered, codes, strict=True)
        kept = [has_answer or code is not None or line in self.grid.doubts for line, has_answer, code in told]
        if not all(kept):
            lines = list(compress(lines, kept))
            read = {key: ColumnRead(list(compress(column.answers, kept))) for key, column in read.items()}
        if lines:
            facts = self._facts(lines, columns, read)
            self.reading.sheets.append(
                SheetRows(self.schema, self.sheet, self.grid, lines, columns, facts, self.as_of, self.row_ids)
            )

    def _columns_read(self, lines: Sequence[int], columns: Mapping[str, int]) -> dict[str, ColumnRead]:
        """The answers of every column but the labels, line by line."""
        cells = [self.grid.lines[line] for line in lines]
        places = {line: place for place, line in enumerate(lines)} if self.grid.odd or self.grid.notes else {}
        odd: dict[int, dict[int, Oddity]] = {at: {} for at in columns.values()}
        for (row, at), oddity in self.grid.odd.items():
            if at in odd and row in places:
                odd[at][places[row]] = oddity
        for (row, at), note in self.grid.notes.items():
            if at in odd and row in places and may_change(note):
                odd[at].setdefault(places[row], PLAIN)
                odd[at][places[row]] = odd[at][places[row]]._replace(trouble=NOTED, note=_shortened(note))
        key_cells = odd.get(columns.get(self.sheet.key_column, -1), {})
        for place, oddity in key_cells.items():
            if oddity.trouble in OF_THE_ROW:  # reported at the row
                key_cells[place] = oddity._replace(trouble=None)
        read = {}
        for column in self.sheet.columns:
            if column.type != "label" and column.key in columns:
                at = columns[column.key]
                values = [line.get(at) for line in cells]
                read[column.key] = read_column(self.schema, column, values, odd[at], self.as_of)
        return read

    def _tell_of_cells(
        self,
        lines: Sequence[int],
        columns: Mapping[str, int],
        read: Mapping[str, ColumnRead],
        answered: Sequence[bool],
    ) -> None:
        """What was done to cells, and which rows were hidden, row by row; only of rows with an answer."""
        last = len(read)
        told = [
            (place, rank, key, remark)
            for rank, (key, column) in enumerate(read.items())
            for place, remark in column.remarks
            if answered[place]
        ]
        if self.grid.hidden_rows:
            hidden = [place for place, line in enumerate(lines) if line in self.grid.hidden_rows and answered[place]]
            told.extend((place, last, "", Remark("ROW_HIDDEN")) for place in hidden)
        for place, rank, key, remark in sorted(told, key=lambda said: said[:2]):
            line = lines[place]
            if rank == last:
                self._tell(remark.rule, cell=cell_name(line, 0))
            else:
                at = columns[key]
                received = self.grid.text(line, at)
                self._tell(remark.rule, cell=cell_name(line, at), received=received, read=remark.read)

    def _tell_of_hidden_columns(self, headers: Headers, read: Mapping[str, ColumnRead]) -> None:
        for column in self.sheet.inputs:
            at = headers.columns.get(column.key, -1)
            if at in self.grid.hidden_columns and any(said is not None for said in read[column.key].answers):
                self._tell("COLUMN_HIDDEN", cell=cell_name(headers.row, at), received=column.header)

    def _facts(
        self, lines: Sequence[int], columns: Mapping[str, int], read: Mapping[str, ColumnRead]
    ) -> dict[str, list[Any]]:
        """The facts of the rows that were kept, by name: their answers, what the next steps announce, given texts."""
        facts: dict[str, list[Any]] = {}
        for key, column in read.items():
            facts.update(column_facts(key, column.answers))
        if "next_steps" in facts:
            facts["next_steps_until"] = [
                None if text is None else _announced(text, self.as_of) for text in facts["next_steps"]
            ]
        facts |= self._row_marks(lines, columns)
        for key in GIVEN_TEXTS & columns.keys():
            at = columns[key]
            texts = [self.grid.text(line, at) for line in lines]
            facts[f"{key}_given"] = [text if text.strip() else None for text in texts]
        return facts

    def _row_marks(self, lines: Sequence[int], columns: Mapping[str, int]) -> dict[str, list[Any]]:
        """The rows whose code or label is struck out or has a note that says so, those of a colour with a meaning."""
        given = {at for key, at in columns.items() if not self.sheet.column(key).is_input}
        struck = {row for (row, at), oddity in self.grid.odd.items() if oddity.trouble == STRUCK and at in given}
        coloured = {row for at in columns.values() for row in self._coloured_in(at, lines)}
        ignored = {row for (row, at), note in self.grid.notes.items() if at in given and says_to_ignore(note)}
        marks = {"row_struck": struck, "row_coloured": coloured, "row_said_to_ignore": ignored}
        made: dict[str, list[Any]] = {
            name: [True if line in rows else None for line in lines] for name, rows in marks.items() if rows
        }
        return made | ({ROW_DOUBT: [self.grid.doubts.get(line) for line in lines]} if self.grid.doubts else {})

    def _coloured_in(self, at: int, lines: Sequence[int]) -> list[int]:
        """The rows where a column has a colour of its own; a colour that all of them have marks none."""
        filled = [row for row in lines if at in self.grid.lines[row]]
        coloured = [row for row in filled if (row, at) in self.grid.coloured]
        return coloured if len(coloured) < max(len(filled), 2) else []

    def _tell(self, rule: str, *, cell: str = "", received: str = "", **words: object) -> None:
        self.reading.issues.append(
            issue(self.schema, rule, sheet=self.grid.name, cell=cell, received=received, **words)
        )
