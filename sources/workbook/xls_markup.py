"""The second reader for old .xls workbooks: the same answers as `markup`, from the records of the file.

An .xls is a compound file whose stream `Workbook` is a run of records, [MS-XLS]. Only the records that say where cells
are, what they hold and how they are shown are looked at; any other is passed over.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from sources.workbook.markup import MAX_SHEETS, BookMarkup, SheetMarkup, shows_percent_or_date
from sources.workbook.refused import FileRefusedError

_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_BEGIN, _EOF, _CONTINUE = 0x809, 0x0A, 0x3C
_EXCEL_97, _MACROS = 0x600, 1
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_STATES = {0: "visible", 1: "hidden", 2: "veryHidden"}
_BUILT_IN = {9: "0%", 10: "0.00%", 14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "dd/mm/yyyy hh:mm"}


def read_xls_markup(path: Path, wanted: Callable[[str], bool]) -> BookMarkup:
    """Scan the wanted sheets of an .xls; the others are only named. ValueError or struct.error on a broken file."""
    stream = workbook_stream(path.read_bytes())
    _refuse_others(stream)
    scan = _Globals(stream)
    if len(scan.sheets) > MAX_SHEETS:
        raise FileRefusedError("FILE_BOMB", f"{len(scan.sheets)} feuilles, pour {MAX_SHEETS} au plus")
    found: dict[str, SheetMarkup] = {}
    for name, state, start in scan.sheets:
        found[name] = SheetMarkup(name, _STATES.get(state, "visible"))
        if wanted(name):
            _Sheet(found[name], scan).run(stream, start)
    return BookMarkup(found)


def _refuse_others(stream: bytes) -> None:
    """Refuse what looks like an .xls of ours and is none: an older Excel's, or one with sheets of macros."""
    for kind, data in records(stream):
        if kind == _BEGIN and struct.unpack_from("<H", data)[0] < _EXCEL_97:
            raise FileRefusedError("FILE_UNSUPPORTED", "classeur Excel 5.0 ou 95")
        if kind == 0x85 and data[5] == _MACROS:
            raise FileRefusedError("FILE_MACRO", "feuille de macros Excel 4")
        if kind == 0x2F:
            raise FileRefusedError("FILE_ENCRYPTED")


def workbook_stream(content: bytes) -> bytes:
    """The stream `Workbook` of a compound file. ValueError when there is none or a chain of sectors does not end."""
    if len(content) < 512:
        raise ValueError("no header")
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in {512, 4096}:
        raise ValueError("unknown sector size")
    table = _allocation(content, size)
    first_directory = struct.unpack_from("<I", content, 48)[0]
    directory = _chain(content, size, table, first_directory)
    for place in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, place + 64)[0]
        name = directory[place : place + max(length - 2, 0)].decode("utf-16-le", "replace")
        if name in {"Workbook", "Book"}:
            start, stream_size = struct.unpack_from("<II", directory, place + 116)
            if stream_size < 4096:
                raise ValueError("a workbook this short has no sheet")
            return _chain(content, size, table, start)[:stream_size]
    raise ValueError("no workbook stream")


def _allocation(content: bytes, size: int) -> list[int]:
    """The table that says which sector follows which."""
    sectors = [s for s in struct.unpack_from("<109I", content, 76) if s < _END]
    following, count = struct.unpack_from("<II", content, 68)
    for _ in range(min(count, 1000)):
        if following >= _END:
            break
        words = struct.unpack_from(f"<{size // 4}I", content, (following + 1) * size)
        sectors.extend(s for s in words[:-1] if s < _END)
        following = words[-1]
    table: list[int] = []
    for sector in sectors:
        block = content[(sector + 1) * size : (sector + 2) * size]
        table.extend(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))
    return table


def _chain(content: bytes, size: int, table: list[int], start: int) -> bytes:
    parts, sector, seen = [], start, 0
    while sector < _END:
        if sector >= len(table) or seen > len(table):
            raise ValueError("a chain of sectors does not end")
        parts.append(content[(sector + 1) * size : (sector + 2) * size])
        sector, seen = table[sector], seen + 1
    return b"".join(parts)


def records(stream: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record, up to the end of the substream."""
    place = start
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length
        if kind == _EOF:
            return


class _Globals:
    """What the first substream says of the whole workbook: sheets, formats, which shared strings are blank."""

    def __init__(self, stream: bytes) -> None:
        self.sheets: list[tuple[str, int, int]] = []
        self.blank: set[int] = set()
        custom: dict[int, str] = {}
        styles: list[int] = []
        strings: list[bytes] = []
        inside = False
        for kind, data in records(stream):
            inside = (inside and kind == _CONTINUE) or kind == 0xFC
            if inside:
                strings.append(data)
            elif kind == 0x85:
                start, state, what = struct.unpack_from("<IBB", data)
                if what == 0:
                    self.sheets.append((_text(data, 6, 1), state & 3, start))
            elif kind == 0x41E:
                custom[struct.unpack_from("<H", data)[0]] = _text(data, 2, 2)
            elif kind == 0xE0:
                styles.append(struct.unpack_from("<H", data, 2)[0])
        self.formats = [shows_percent_or_date(custom.get(style, _BUILT_IN.get(style, ""))) for style in styles]
        if strings:
            self.blank = _Strings(strings).blank_ranks()


def _text(data: bytes, at: int, count_size: int) -> str:
    """A string with its length first, one or two bytes a character."""
    count = data[at] if count_size == 1 else struct.unpack_from("<H", data, at)[0]
    start = at + count_size + 1
    if data[at + count_size] & 1:
        return data[start : start + 2 * count].decode("utf-16-le", "replace")
    return data[start : start + count].decode("latin-1")


class _Strings:
    """The table of shared strings, which runs over several records; a string may be cut between two."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.part, self.at = parts, 0, 8
        self.total = struct.unpack_from("<I", parts[0], 4)[0]

    def blank_ranks(self) -> set[int]:
        """The ranks of the strings that hold nothing but spaces."""
        return {rank for rank in range(self.total) if not self._next().strip()}

    def _next(self) -> str:
        count, flags = struct.unpack("<HB", self._take(3))
        runs = struct.unpack("<H", self._take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self._take(4))[0] if flags & 4 else 0
        text = self._characters(count, wide=bool(flags & 1))
        self._take(4 * runs + extra)
        return text

    def _take(self, wanted: int) -> bytes:
        taken = b""
        while wanted > 0:
            if self.at >= len(self.parts[self.part]):
                self.part, self.at = self.part + 1, 0
            piece = self.parts[self.part][self.at : self.at + wanted]
            taken, self.at, wanted = taken + piece, self.at + len(piece), wanted - len(piece)
        return taken

    def _characters(self, count: int, *, wide: bool) -> str:
        """`count` characters; each further record starts by saying again how wide its characters are."""
        text = ""
        while count > 0:
            if self.at >= len(self.parts[self.part]):
                self.part, self.at = self.part + 1, 1
                wide = bool(self.parts[self.part][0] & 1)
            width = 2 if wide else 1
            fits = min(count, (len(self.parts[self.part]) - self.at) // width)
            if fits == 0:
                raise ValueError("a shared string is cut inside a character")
            piece = self._take(fits * width)
            text += piece.decode("utf-16-le" if wide else "latin-1", "replace")
            count -= fits
        return text


class _Sheet:
    """Reads the substream of one sheet."""

    def __init__(self, sheet: SheetMarkup, scan: _Globals) -> None:
        self.sheet, self.scan = sheet, scan
        self.awaits_text: tuple[int, int] | None = None

    def run(self, stream: bytes, start: int) -> None:
        handlers = {
            0xFD: self._shared_string,
            0x204: self._label,
            0x203: self._number,
            0x27E: self._number,
            0xBD: self._numbers,
            0x06: self._formula,
            0x207: self._text_of_formula,
            0x205: self._boolean_or_error,
            0xE5: self._merged,
            0x208: self._row,
        }
        for kind, data in records(stream, start):
            handler = handlers.get(kind)
            if handler:
                handler(data)

    def _fill(self, row: int, column: int, style: int | None = None) -> None:
        self.sheet.occupy(row, column)
        self.sheet.filled.add((row, column))
        if style is not None and style < len(self.scan.formats) and self.scan.formats[style]:
            self.sheet.formats[row, column] = self.scan.formats[style]

    def _shared_string(self, data: bytes) -> None:
        row, column, _, rank = struct.unpack_from("<HHHI", data)
        if rank not in self.scan.blank:
            self._fill(row, column)

    def _label(self, data: bytes) -> None:
        row, column = struct.unpack_from("<HH", data)
        if _text(data, 6, 2).strip():
            self._fill(row, column)

    def _number(self, data: bytes) -> None:
        self._fill(*struct.unpack_from("<HHH", data))

    def _numbers(self, data: bytes) -> None:
        row, first = struct.unpack_from("<HH", data)
        for rank in range((len(data) - 6) // 6):
            self._fill(row, first + rank, struct.unpack_from("<H", data, 4 + 6 * rank)[0])

    def _formula(self, data: bytes) -> None:
        row, column, style = struct.unpack_from("<HHH", data)
        place = (row, column)
        self.sheet.occupy(row, column)
        self.sheet.formulas.add(place)
        if data[12:14] != b"\xff\xff":
            self._fill(row, column, style)
        elif data[6] == 0:
            self.awaits_text = place
        elif data[6] == 1:
            self._fill(row, column)
        elif data[6] == 2:
            self.sheet.errors[place] = _ERRORS.get(data[8], "#N/A")
        else:
            self.sheet.uncomputed.add(place)

    def _text_of_formula(self, data: bytes) -> None:
        if self.awaits_text is not None and _text(data, 0, 2).strip():
            self._fill(*self.awaits_text)
        self.awaits_text = None

    def _boolean_or_error(self, data: bytes) -> None:
        row, column, _, value, is_error = struct.unpack_from("<HHHBB", data)
        if is_error:
            self.sheet.occupy(row, column)
            self.sheet.errors[row, column] = _ERRORS.get(value, "#N/A")
        else:
            self._fill(row, column)

    def _merged(self, data: bytes) -> None:
        for rank in range(struct.unpack_from("<H", data)[0]):
            first_row, last_row, first_column, last_column = struct.unpack_from("<HHHH", data, 2 + 8 * rank)
            self.sheet.merge((first_row, first_column, last_row, last_column))

    def _row(self, data: bytes) -> None:
        if struct.unpack_from("<I", data, 12)[0] & 0x20:
            self.sheet.hidden_rows.add(struct.unpack_from("<H", data)[0])
