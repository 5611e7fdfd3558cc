"""A CSV of the indicators as one grid: encoding and separator are proven, or the file is asked about.

Encodings tried: what a byte order mark says, UTF-16 without one, UTF-8, then Windows-1252. Separators: `;`, tab, `,`.
Nothing is guessed between two readings that both make a table: mojibake is worse than a question. A line that does not
fit the headers is not dropped nor fixed: it is given with the reason why it is in doubt.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from pathlib import Path

from sources.french.folding import fold_words
from sources.french.typography import counted, figure
from sources.workbook.refused import FileRefusedError

_SEPARATORS = {";": "point-virgule", "\t": "tabulation", ",": "virgule"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What a text of another encoding (Macintosh, DOS, ISO 8859-15) shows when it is read as Windows-1252; then what UTF-8
# shows that was read as Windows-1252 and written as UTF-8 again.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f¤¦¬¶ÞþðýŠšŽž‡†‚ƒ„ˆ˜‹]|\w[¼½¾]\w")
_TWICE = re.compile(r"Ã[\u0080-\u00bf¢©¨ª«´®¯»‡€‰ ]|Â[\u00a0«»°]|â€[™œ“”]|\ufffd")
_CODE = re.compile(r'\s*"?[A-Z]{2,4}[-‐‑– ]?\d', re.IGNORECASE)
_WHOLE, _PART = re.compile(r"\s*[-+]?\d[\d \u00a0\u202f]*"), re.compile(r"\d{1,3}(?:\s*[%€kKM])?\s*")
_MAX_LINES, _MAX_COLUMNS = 50_000, 200


def read_delimited(path: Path, headers: Mapping[str, str]) -> tuple[list[list[str]], dict[int, str]]:
    """The lines of a CSV file as lists of texts, and why some of them are in doubt, by their place in the list.

    `headers` are the folded names a header line may hold, with the types of their columns. FileRefusedError
    (`FILE_UNSUPPORTED`) when encoding or separator stay in doubt, or no line is one of headers.
    """
    text = _decode(path.read_bytes())
    tables: dict[str, tuple[int, _Table]] = {}
    unclosed = ""
    for separator in _SEPARATORS:
        try:
            table = _table(text, separator)
        except _UnclosedError as error:
            unclosed = f"guillemets ouverts ligne {error} et jamais fermés"
            continue
        known = max((len({fold_words(cell) for cell in line} & set(headers)) for line in table.lines[:30]), default=0)
        if known >= 2:
            tables[separator] = (known, table)
    if not tables:
        raise FileRefusedError(
            "FILE_UNSUPPORTED", unclosed or "texte sans les en-têtes du modèle, ou séparateur inconnu"
        )
    best = max(known for known, _ in tables.values())
    chosen = [separator for separator, (known, _) in tables.items() if known == best]
    if len(chosen) > 1:
        names = " ou ".join(_SEPARATORS[separator] for separator in chosen)
        raise FileRefusedError("FILE_UNSUPPORTED", f"séparateur en doute : {names}")
    table = tables[chosen[0]][1]
    _doubt_widths(table, headers, has_commas=chosen[0] == ",")
    return table.lines, table.doubts


class _UnclosedError(Exception):
    """A quotation is opened on a line and never closed."""


@dataclass
class _Table:
    """Records one by one, the line of the file where each begins, and why some are in doubt."""

    lines: list[list[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    doubts: dict[int, str] = field(default_factory=dict)

    def add(self, cells: list[str], start: int, doubt: str = "") -> None:
        if doubt:
            self.doubts[len(self.lines)] = doubt
        self.lines.append(cells)
        self.starts.append(start)
        if len(self.lines) > _MAX_LINES or len(cells) > _MAX_COLUMNS:
            raise FileRefusedError("FILE_BOMB", f"plus de {figure(_MAX_LINES)} lignes ou de {_MAX_COLUMNS} colonnes")


def _table(text: str, separator: str) -> _Table:
    """The records of a text. Where quotes do not pair, or hold what looks like rows, each line is one, in doubt."""
    csv.field_size_limit(1024 * 1024)
    written, table, at = list(StringIO(text, newline="")), _Table(), 0
    while at < len(written):
        reader = csv.reader(islice(written, at, None), delimiter=separator, strict=True)
        first, start = at, at
        try:
            for cells in reader:
                at = first + reader.line_num
                if any(_looks_like_row(line, cells, separator) for line in written[start + 1 : at]):
                    _add_apart(table, written, start, at, separator)
                else:
                    table.add(cells, start + 1)
                start = at
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise _UnclosedError(start + 1) from error
            at = first + reader.line_num
            _add_apart(table, written, start, at, separator)
    return table


def _looks_like_row(line: str, cells: list[str], separator: str) -> bool:
    """Whether a line inside a quoted cell is a row of its own: it has the separators, or begins with a code."""
    marks = line.count(separator)
    return marks >= max(len(cells) - 1, 1) or (marks > 0 and _CODE.match(line) is not None)


def _add_apart(table: _Table, written: list[str], start: int, end: int, separator: str) -> None:
    where = f"ligne {end}" if end == start + 1 else f"lignes {start + 1} à {end}"
    for number in range(start, end):
        cells = [cell.strip('"') for cell in written[number].rstrip("\r\n").split(separator)]
        table.add(
            cells, number + 1, f"{where} du fichier : des guillemets sont mal placés ou couvrent plusieurs lignes"
        )


def _doubt_widths(table: _Table, headers: Mapping[str, str], *, has_commas: bool) -> None:
    """Doubt the rows whose cells are not as many as the headers, or where a decimal comma may have parted a figure."""
    named = [len({fold_words(cell) for cell in line} & headers.keys()) for line in table.lines[:30]]
    top = named.index(max(named))
    types = [headers.get(fold_words(cell), "label") for cell in table.lines[top]]
    width = max(at for at, cell in enumerate(table.lines[top], start=1) if cell.strip())
    figures = [at for at, kind in enumerate(types[:-1]) if kind == "number" and types[at + 1] != "label"]
    for place, line in enumerate(table.lines[top + 1 :], start=top + 1):
        if place in table.doubts or not any(cell.strip() for cell in line):
            continue
        where = f"ligne {table.starts[place]} du fichier"
        if len(line) < width or any(cell.strip() for cell in line[width:]):
            table.doubts[place] = f"{where} : {counted(len(line), 'cellule')} pour {counted(width, 'en-tête')}"
        elif has_commas and any(_WHOLE.fullmatch(line[at]) and _PART.fullmatch(line[at + 1]) for at in figures):
            table.doubts[place] = f"{where} : une virgule décimale y passe pour un séparateur"


def _decode(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\0" in content[:4096]:
        zeros_even, zeros_odd = content[:4096:2].count(0), content[1:4096:2].count(0)
        return _decoded(content, "utf-16-be" if zeros_even > zeros_odd else "utf-16-le")
    try:
        text = content.decode("utf-8")
        is_odd = _TWICE.search(text) is not None
    except UnicodeDecodeError:
        text = _decoded(content, "cp1252")
        is_odd = _ODD.search(text) is not None or _looks_utf8(content)
    if is_odd:
        raise FileRefusedError("FILE_UNSUPPORTED", "encodage du texte en doute")
    return text


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefusedError("FILE_UNSUPPORTED", "encodage du texte en doute") from error


def _looks_utf8(content: bytes) -> bool:
    """Whether a text that is no valid UTF-8 has sequences that Windows-1252 would turn into « Ã© »."""
    return any(mark in content for mark in (b"\xc3\xa9", b"\xc3\xa8", b"\xc3\xa0", b"\xc2\xa0", b"\xe2\x80\x99"))
