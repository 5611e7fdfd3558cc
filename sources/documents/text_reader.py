"""Plain text and Markdown files as lines: bytes decoded, marks of emphasis and tables understood, pages counted.

Pages are those that form feeds part; without any, the whole file is page 1 and a line's number is the file's.
"""

import html
import re
from pathlib import Path

from sources.documents.roles import roles_of_header
from sources.documents.text import Line, Locator, SourceText, Table, clean, shown

_EMPHASIS = (
    (re.compile(r"\*{2,}|_{2,}(?=\S)|(?<=\S)_{2,}"), ""),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]*?\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_]*?\S)_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`]*)`"), r"\1"),
    (re.compile(r"</?(?:b|i|u|em|strong|span|sup|sub|p|div|font)\b[^>]*>", re.IGNORECASE), ""),
    (re.compile(r"\[([^\]]+)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])"), r"\1"),
)
_LONE_STAR = re.compile(r"(?:(?<=\s)|^)\*(?=\w)|(?<=\w)\*(?=\s|$)")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_QUOTE_MARK = re.compile(r"^\s{0,3}>\s(?=\S)")  # only under another: a first `>` may be an objective's arrow
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_text(path: Path) -> SourceText:
    """Lines of a text or Markdown file; UTF-8, UTF-16 with its mark, or Windows-1252, whichever reads it."""
    source = SourceText([])
    for page, content in enumerate(decode(path.read_bytes()).split("\f"), 1):
        _read_page(re.split(r"\r\n|\r|\n|\u2028|\u2029|\x85", content), page, source)
    return source


def decode(content: bytes) -> str:
    """The bytes as text; the last resort, Windows-1252, reads anything."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _read_page(rows: list[str], page: int, source: SourceText) -> None:
    """The lines of one page, tables read cell by cell."""
    blank, index = True, 0
    while index < len(rows):
        if _starts_table(rows, index):
            end = index
            while end < len(rows) and _PIPE.search(rows[end]):
                end += 1
            _read_table(rows[index:end], page, index + 1, source)
            blank, index = True, end
            continue
        row = rows[index]
        if index and _QUOTE_MARK.match(row) and _QUOTE_MARK.match(rows[index - 1]):
            row = _QUOTE_MARK.sub("", row)
        for text, heading in _plain_lines(row):
            if text:
                source.lines.append(Line(text, page, index + 1, None, heading, blank or heading > 0))
            blank = not text or heading > 0
        index += 1


def _starts_table(rows: list[str], index: int) -> bool:
    row = rows[index]
    if not _PIPE.search(row):
        return False
    following = rows[index + 1] if index + 1 < len(rows) else ""
    return row.lstrip().startswith("|") or bool(_TABLE_RULE.match(following) and _PIPE.search(following))


def _read_table(rows: list[str], page: int, first: int, source: SourceText) -> None:
    """A pipe table: each cell a block of lines, with the role its column's header gives it."""
    roles: list[str | None] = []
    kept: list[tuple[str, ...]] = []
    places: list[Locator] = []
    for offset, row in enumerate(rows):
        if _TABLE_RULE.match(row):
            continue
        cells = [cell.strip() for cell in _PIPE.split(row.strip().strip("|"))]
        plain = tuple(strip_marks(_BREAK.sub(" ", cell)) for cell in cells)
        kept.append(plain)
        places.append(Locator(page, first + offset, first + offset))
        found = roles_of_header(plain)
        if found:
            roles = found
            continue
        for column, cell in enumerate(cells):
            role = roles[column] if column < len(roles) else None
            for rank, piece in enumerate(_BREAK.split(cell)):
                text = strip_marks(piece)
                if text:
                    source.lines.append(Line(text, page, first + offset, role, 0, rank == 0))
    source.tables.append(Table(tuple(kept), tuple(places)))


def _plain_lines(row: str) -> list[tuple[str, int]]:
    """A physical line without Markdown marks; `<br>` parts it. A blank or a drawn rule gives an empty text."""
    if _RULE.match(row):
        return [("", 0)]
    heading = _HEADING.match(row)
    level = len(heading[1]) if heading else 0
    body = heading[2] if heading else row
    return [(strip_marks(piece), level) for piece in _BREAK.split(body)]


def strip_marks(text: str) -> str:
    """One line without emphasis, links' targets, escapes and entities; what is left is cleaned."""
    plain = html.unescape(text) if "&" in text else text
    for pattern, replacement in _EMPHASIS:
        plain = pattern.sub(replacement, plain)
    return clean(_LONE_STAR.sub("", plain) if shown(plain).strip() not in {"*"} else plain)
