"""The second reader of a workbook: what its XML says and a table of values does not.

It counts filled cells on its own, so that a disagreement with the first reader (python-calamine) shows, and finds
what that reader turns into blanks or plain numbers: formulas never computed, error values, number formats, merged
cells, hidden rows. Sheets are streamed (expat), only the cells that say something are kept, and document types are
refused, so that no entity is ever expanded. What cells look like is read by `appearance`.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from sources.french.typography import figure
from sources.workbook.number_formats import BUILT_IN, telling
from sources.workbook.refused import FileRefusedError

MAX_SHEETS = 100
MAX_CELLS = 1_500_000  # a hundred thousand rows of the widest sheet
MAX_AREA = 5_000_000  # rows × columns of the smallest rectangle around a sheet's cells
MAX_MERGED = 5000
MOST_COLUMNS = 1000  # looked at for being hidden
MAX_MERGED_CELLS = 100_000

Cell = tuple[int, int]
Range = tuple[int, int, int, int]
Parts = Mapping[str, bytes]  # an archive's parts by name, inflated


@dataclass
class SheetMarkup:
    """What one sheet's XML says. Rows and columns are counted from 0."""

    name: str
    state: str = "visible"  # visible | hidden | veryHidden
    filled: set[Cell] = field(default_factory=set)
    counted: int = 0  # filled cells of which only the number is known
    formulas: set[Cell] = field(default_factory=set)
    uncomputed: set[Cell] = field(default_factory=set)
    errors: dict[Cell, str] = field(default_factory=dict)
    formats: dict[Cell, str] = field(default_factory=dict)  # number formats that say more than the number
    troubles: dict[Cell, str] = field(default_factory=dict)  # `struck`, `raised`: what the eye sees is not the value
    texts: dict[Cell, str] = field(default_factory=dict)  # texts with their raised digits as such: « 8¹ % »
    notes: dict[Cell, str] = field(default_factory=dict)
    coloured: set[Cell] = field(default_factory=set)  # where a text of the book says what colours mean
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    has_drawing: bool = False  # a picture, a text box, a chart
    doubts: dict[int, str] = field(default_factory=dict)  # rows of a text file that may not be what they seem, and why
    last_row: int = -1
    last_column: int = -1

    @property
    def filled_cells(self) -> int:
        """How many cells hold more than spaces; those that show an error are not among them."""
        return len(self.filled) + self.counted

    def occupy(self, row: int, column: int) -> None:
        """Note that a cell holds something. FileRefusedError when the first reader would drown in the gaps."""
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        if (self.last_row + 1) * (self.last_column + 1) > MAX_AREA:
            raise FileRefusedError("FILE_BOMB", f"feuille {self.name} : cellule {cell_name(row, column)} remplie")
        if len(self.filled) > MAX_CELLS:
            raise FileRefusedError("FILE_BOMB", f"feuille {self.name} : plus de {figure(MAX_CELLS)} cellules remplies")

    def hide_columns(self, first: int, end: int) -> None:
        """Note that columns are hidden, the last one not included."""
        self.hidden_columns.update(range(first, min(end, MOST_COLUMNS)))

    def merge(self, area: Range) -> None:
        """Note a merged range. FileRefusedError when there are more than a person would make."""
        self.merged.append(area)
        if len(self.merged) > MAX_MERGED:
            most = figure(MAX_MERGED)
            raise FileRefusedError("FILE_BOMB", f"feuille {self.name} : plus de {most} fusions de cellules")


@dataclass
class BookMarkup:
    """What the file says of its sheets, in order, and of what it links to."""

    sheets: dict[str, SheetMarkup]
    external_links: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)  # of the wanted sheets, by name
    has_formulas: bool = True  # False where the format does not tell which cells are formulas
    is_seen: bool = True  # False where what cells look like could not be read, and matters


_DDE = re.compile(r"""^[=+@\-\s]*(?:'[^']*'|[\w.]+)\|.*!|\bDDE\s*\(|\b(?:CALL|REGISTER\.ID|EXEC)\s*\(""", re.IGNORECASE)
_REFERENCE = re.compile(r"^\$?([A-Z]{1,3})\$?([0-9]{1,7})$")


def read_xlsx_markup(parts: Parts, wanted: Callable[[str], bool]) -> BookMarkup:
    """Scan the wanted sheets of an Office Open XML workbook, given as its inflated parts; the others are only named.

    KeyError or expat errors on a broken one; FileRefusedError on entities, active formulas and absurd sizes.
    """
    root = "xl/workbook.xml" if "xl/workbook.xml" in parts else _main_part(parts)
    folder = str(PurePosixPath(root).parent)
    targets = _relations(parts, root)
    sheets, links = _workbook(parts[root])
    if len(sheets) > MAX_SHEETS:
        raise FileRefusedError("FILE_BOMB", f"{len(sheets)} feuilles, pour {MAX_SHEETS} au plus")
    styles, strings = _part_of("styles", parts, targets, folder), _part_of("sharedStrings", parts, targets, folder)
    formats = _formats(parts[styles]) if styles else []
    blank = _blank_strings(parts[strings]) if strings else set()
    found: dict[str, SheetMarkup] = {}
    read: dict[str, str] = {}
    for name, state, relation in sheets:
        part = _resolve(folder, targets.get(relation, ("", ""))[1])
        found[name] = SheetMarkup(name, state)
        if part in parts and wanted(name):
            read[name] = part
            _SheetScan(found[name], formats, blank).run(BytesIO(parts[part]))
            if found[name].has_drawing:  # an empty one is in each sheet that Google saves
                drawn = related(parts, part, "/drawing")
                found[name].has_drawing = any(b"Anchor" in parts[target] for target in drawn)
    linked = tuple(
        _link_name(parts, part)
        for part in sorted(parts)
        if re.fullmatch(r"xl/externalLinks/externalLink\d+\.xml", part)
    )
    return BookMarkup(found, linked if links or linked else (), read)


def related(parts: Parts, part: str, kind: str) -> list[str]:
    """The parts that a part is related to, of a kind: « /comments »."""
    folder = str(PurePosixPath(part).parent)
    targets = [normalised(folder, target) for type_, target in _relations(parts, part).values() if type_.endswith(kind)]
    return [target for target in targets if target in parts]


def normalised(folder: str, target: str) -> str:
    """The name of a part that another one in a folder names: « ../comments1.xml »."""
    return posixpath.normpath(_resolve(folder, target))


def _merge(sheet: SheetMarkup, reference: str) -> None:
    first, _, last = reference.partition(":")
    start, end = parse_reference(first), parse_reference(last or first)
    if start and end:
        sheet.merge((*start, *end))


@lru_cache(4096)
def cell_name(row: int, column: int) -> str:
    """« H12 », from a row and a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def parse_reference(reference: str) -> Cell | None:
    """The row and column of « H12 », counted from 0; None when it is no cell's name."""
    found = _REFERENCE.match(reference)
    if not found:
        return None
    return int(found[2]) - 1, _column_number(found[1]) - 1


@lru_cache(1024)
def _column_number(letters: str) -> int:
    """1 for « A »."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def scan_xml(
    stream: IO[bytes],
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream an XML part through handlers that see local names; refused at the first document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise FileRefusedError("FILE_BOMB", "entités XML déclarées")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if end:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text:
        parser.CharacterDataHandler = text
    parser.ParseFile(stream)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _main_part(parts: Parts) -> str:
    """The workbook part, when it is not at its usual place."""
    for kind, target in _relations(parts, "").values():
        if kind.endswith("/officeDocument"):
            return target.lstrip("/")
    raise KeyError("no workbook part")


def _relations(parts: Parts, part: str) -> Mapping[str, tuple[str, str]]:
    """The relations of a part: id → (type, target)."""
    name = _relations_part(part)
    return _relations_in(parts[name]) if name in parts else {}


@lru_cache(256)
def _relations_part(part: str) -> str:
    where = PurePosixPath(part)
    return str(where.parent / "_rels" / f"{where.name}.rels").removeprefix("./") if part else "_rels/.rels"


# Workbooks made from one template have these parts in common, byte for byte.
@lru_cache(16)
def _relations_in(content: bytes) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship":
            found[attributes.get("Id", "")] = (attributes.get("Type", ""), attributes.get("Target", ""))

    scan_xml(BytesIO(content), start)
    return found


@lru_cache(256)
def _resolve(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath(folder, target))


@lru_cache(16)
def _workbook(content: bytes) -> tuple[list[tuple[str, str, str]], bool]:
    sheets: list[tuple[str, str, str]] = []
    linked = False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal linked
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if _local(key) == "id" and ":" in key), "")
            sheets.append((attributes.get("name", ""), attributes.get("state", "visible"), relation))
        linked = linked or tag == "externalReference"

    scan_xml(BytesIO(content), start)
    return sheets, linked


def _part_of(kind: str, parts: Parts, targets: Mapping[str, tuple[str, str]], folder: str) -> str | None:
    for type_, target in targets.values():
        if type_.endswith(f"/{kind}") and _resolve(folder, target) in parts:
            return _resolve(folder, target)
    return None


@lru_cache(16)
def _formats(content: bytes) -> list[str]:
    """The number format of every cell style; blank where it says no more than the number."""
    custom: dict[int, str] = {}
    styles: list[int] = []
    inside = False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            custom[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            styles.append(int(attributes.get("numFmtId", "0")))

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "cellXfs":
            inside = False

    scan_xml(BytesIO(content), start, end)
    return [telling(custom.get(style, BUILT_IN.get(style, ""))) for style in styles]


def _blank_strings(content: bytes) -> set[int]:
    """The ranks of the shared strings that hold nothing but spaces."""
    blank: set[int] = set()
    rank, seen, inside, phonetic = -1, False, False, False

    def start(tag: str, _: Mapping[str, str]) -> None:
        nonlocal rank, seen, inside, phonetic
        if tag == "si":
            rank, seen = rank + 1, False
        inside = tag == "t"
        phonetic = phonetic or tag == "rPh"

    def text(data: str) -> None:
        nonlocal seen
        seen = seen or (inside and not phonetic and bool(data.strip()))

    def end(tag: str) -> None:
        nonlocal inside, phonetic
        inside = False
        if tag == "rPh":
            phonetic = False
        elif tag == "si" and not seen:
            blank.add(rank)

    scan_xml(BytesIO(content), start, end, text)
    return blank


def _link_name(parts: Parts, part: str) -> str:
    """The file an external link points to."""
    targets = [target for _, target in _relations(parts, part).values()]
    return PurePosixPath(targets[0].replace("\\", "/")).name if targets else "fichier inconnu"


class _SheetScan:
    """Handlers of one worksheet part."""

    def __init__(self, sheet: SheetMarkup, formats: list[str], blank: set[int]) -> None:
        self.sheet, self.formats, self.blank = sheet, formats, blank
        self.row, self.column = -1, -1
        self.kind, self.style, self.tag = "n", "", ""
        self.value: list[str] = []
        self.formula: list[str] = []
        self.has_formula = False

    def run(self, stream: IO[bytes]) -> None:
        scan_xml(stream, self._start, self._end, self._text)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.tag = tag
        if tag == "c":
            place = parse_reference(attributes.get("r", ""))
            self.row, self.column = place if place else (self.row, self.column + 1)
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.value, self.formula, self.has_formula = [], [], False
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", str(self.row + 2))) - 1, -1
            if attributes.get("hidden") in {"1", "true"}:
                self.sheet.hidden_rows.add(self.row)
        elif tag == "f":
            self.has_formula = True
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            self.sheet.hide_columns(int(attributes.get("min", "1")) - 1, int(attributes.get("max", "1")))
        elif tag == "drawing":
            self.sheet.has_drawing = True
        elif tag == "mergeCell":
            _merge(self.sheet, attributes.get("ref", ""))

    def _text(self, data: str) -> None:
        if self.tag in {"v", "t"}:
            self.value.append(data)
        elif self.tag == "f":
            self.formula.append(data)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._cell("".join(self.value))
        self.tag = "" if tag in {"v", "t", "f"} else self.tag

    def _format(self) -> str:
        """What the cell's style makes of its value; a style that is no number is the first one, as Excel has it."""
        style = int(self.style) if self.style.isdecimal() else 0
        number_format = self.formats[style] if style < len(self.formats) else ""
        return number_format if self.kind == "n" or "@" in number_format else ""

    def _cell(self, value: str) -> None:
        place = (self.row, self.column)
        if value or self.has_formula:
            self.sheet.occupy(*place)
        check_formula("".join(self.formula))
        if self.kind == "e" and value:
            self.sheet.errors[place] = value
        elif value.strip() and not (self.kind == "s" and int(value) in self.blank):
            self.sheet.filled.add(place)
            if shown := self._format():
                self.sheet.formats[place] = shown
        if self.has_formula:
            self.sheet.formulas.add(place)
            if not value.strip():
                self.sheet.uncomputed.add(place)


def cells_of(ranges: Iterable[Range]) -> Iterator[tuple[Cell, Range]]:
    """Every cell of merged ranges, with its range, up to a sensible number of cells in all."""
    budget = MAX_MERGED_CELLS
    for area in ranges:
        first_row, first_column, last_row, last_column = area
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                budget -= 1
                if budget < 0:
                    return
                yield (row, column), area


def check_formula(formula: str) -> None:
    """FileRefusedError when a formula asks another program for something (`=cmd|'/c …'!A0`)."""
    if formula and _DDE.search(formula):
        raise FileRefusedError("FILE_ACTIVE_CONTENT", "formule DDE")
