"""A CSV of the indicators as one grid: encoding and separator are proven, or the file is asked about.

Encodings tried: what a byte order mark says, UTF-16 without one, UTF-8, then Windows-1252. Separators: `;`, tab, `,`.
Nothing is guessed between two readings that both make a table: mojibake is worse than a question.
"""

import csv
import re
from collections.abc import Collection
from io import StringIO
from pathlib import Path

from sources.french.folding import fold_words
from sources.workbook.refused import FileRefusedError

_SEPARATORS = {";": "point-virgule", "\t": "tabulation", ",": "virgule"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What a text of another encoding (Macintosh, DOS, ISO 8859-15) shows when it is read as Windows-1252; then what UTF-8
# shows that was read as Windows-1252 and written as UTF-8 again.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f¤¦¬¶ÞþðýŠšŽž‡†‚ƒ„ˆ˜‹]|\w[¼½¾]\w")
_TWICE = re.compile(r"Ã[\u0080-\u00bf¢©¨ª«´®¯»‡€‰ ]|Â[\u00a0«»°]|â€[™œ“”]|\ufffd")
_MAX_LINES, _MAX_COLUMNS = 50_000, 200


def read_delimited(path: Path, headers: Collection[str]) -> list[list[str]]:
    """The lines of a CSV file as lists of texts. `headers` are the folded names a header line may hold.

    FileRefusedError (`FILE_UNSUPPORTED`) when encoding or separator stay in doubt, or no line is one of headers.
    """
    text = _decode(path.read_bytes())
    tables = {}
    unclosed = False
    for separator in _SEPARATORS:
        lines = _split(text, separator)
        unclosed = unclosed or lines is None
        if lines is None:
            continue
        known = max((len({fold_words(cell) for cell in line} & set(headers)) for line in lines[:30]), default=0)
        if known >= 2:
            tables[separator] = (known, lines)
    if not tables:
        doubt = "texte sans les en-têtes du modèle, ou séparateur inconnu"
        raise FileRefusedError("FILE_UNSUPPORTED", "guillemets ouverts et jamais fermés" if unclosed else doubt)
    best = max(known for known, _ in tables.values())
    chosen = [separator for separator, (known, _) in tables.items() if known == best]
    if len(chosen) > 1:
        names = " ou ".join(_SEPARATORS[separator] for separator in chosen)
        raise FileRefusedError("FILE_UNSUPPORTED", f"séparateur en doute : {names}")
    separator, lines = chosen[0], tables[chosen[0]][1]
    width = max(len(line) for line in lines[:30])
    other = next((mark for line in lines if (mark := _split_otherwise(line, width, separator))), None)
    if other:
        names = f"{_SEPARATORS[separator]} ou {_SEPARATORS[other]}"
        raise FileRefusedError("FILE_UNSUPPORTED", f"séparateur en doute : {names}")
    return lines


def _split_otherwise(line: list[str], width: int, separator: str) -> str | None:
    """The separator a line of the file has instead of the others': all of its cells stand in one."""
    filled = [cell for cell in line if cell.strip()]
    marks = (mark for mark in _SEPARATORS if mark != separator and len(filled) == 1)
    return next((mark for mark in marks if width > 1 and filled[0].count(mark) == width - 1), None)


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


def _split(text: str, separator: str) -> list[list[str]] | None:
    """The lines of a text, none when they cannot be split so; None where a quotation is opened and never closed."""
    csv.field_size_limit(1024 * 1024)
    lines: list[list[str]] = []
    try:
        for line in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True):
            lines.append(line)
            if len(lines) > _MAX_LINES or len(line) > _MAX_COLUMNS:
                raise FileRefusedError("FILE_BOMB", f"plus de {_MAX_LINES} lignes ou de {_MAX_COLUMNS} colonnes")
    except csv.Error as error:
        return None if "unexpected end" in str(error) else []
    return lines
