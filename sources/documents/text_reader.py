"""Plain text and Markdown files as lines: bytes decoded, marks of emphasis and tables understood, pages counted.

Pages are those that form feeds part; without any, the whole file is page 1 and a line's number is the file's.
"""

import html
import re

from sources.documents.columns import ReadingOrder, Word, rows_of
from sources.documents.grid import Cell, add_table
from sources.documents.layout import opens_part
from sources.documents.raised import is_note_call
from sources.documents.text import Line, SourceText, clean, goes_on, shown


def _raised(found: re.Match[str]) -> str:
    """Raised characters, save a number: it calls a note."""
    said = found[1] or found[2] or ""
    return "" if is_note_call(said) else said


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
LINE_END = re.compile(r"\r\n|\r|\n|\u2028|\u2029|\x85")
_EMPHASIS = (
    (re.compile(r"\*{2,}|_{2,}(?=\S)|(?<=\S)_{2,}"), ""),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]*?\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_]*?\S)_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`]*)`"), r"\1"),
    (re.compile(r"~~(?=\S).*?~~|<(s|del|strike)>.*?</\1>", re.IGNORECASE), ""),
    (re.compile(r"<sup>([^<]*)</sup>|(?<=[\w)])\^([^^\s]{1,5})\^", re.IGNORECASE), _raised),
    (re.compile(r"\[\^[^\]]+\]:?"), ""),
    (re.compile(r"</?(?:b|i|u|em|strong|span|sup|sub|p|div|font)\b[^>]*>", re.IGNORECASE), ""),
    (re.compile(r"\[([^\]]+)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])"), r"\1"),
)
_LONE_STAR = re.compile(r"(?:(?<=\s)|^)\*(?=\w)|(?<=\w)\*(?=\s|$)")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_QUOTE_MARK = re.compile(r"^\s{0,3}>\s(?=\S)")  # only under another: a first `>` may be an objective's arrow
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_WIDE_GAP = re.compile(r"\S\s{3,}\S")
_LEAST_ROWS = 4
_WRAPPED = 150  # longer lines are paragraphs of their own
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_text(content: bytes) -> SourceText:
    """Lines of a text or Markdown file; UTF-8, UTF-16 with its mark, or Windows-1252, whichever reads it."""
    source = SourceText([])
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n\r\f]", "", found[0]), decode(content))
    for number, page in enumerate(text.split("\f"), 1):
        _read_page(LINE_END.split(page), number, source)
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
    """The lines of one page, tables read cell by cell and columns column by column."""
    if sum(1 for row in rows if _WIDE_GAP.search(row)) >= _LEAST_ROWS:
        columns = _columns(rows, page)
        if columns:
            source.lines += columns
            return
    blank, index = True, 0
    while index < len(rows):
        end = _table_end(rows, index)
        if end > index:
            _read_table(rows[index:end], page, index + 1, source)
            blank, index = True, end
            continue
        row = rows[index]
        if index and _QUOTE_MARK.match(row) and _QUOTE_MARK.match(rows[index - 1]):
            row = _QUOTE_MARK.sub("", row)
        for text, heading in _plain_lines(row):
            if text:
                starts = blank or heading > 0 or _ends_paragraph(rows, index)
                source.lines.append(Line(text, page, index + 1, None, heading, starts))
            blank = not text or heading > 0
        index += 1


def _columns(rows: list[str], page: int) -> list[Line]:
    """The lines of a page laid out in columns with spaces; none when it is not."""
    placed = [
        Word(found[0], found.start(), found.end(), number, number + 1)
        for number, row in enumerate(rows, 1)
        for found in re.finditer(r"\S+", row.expandtabs(8))
    ]
    stretches = ReadingOrder(2.0, opens_part).stretches(rows_of(placed, 0.5))
    if len(stretches) < 2:
        return []
    lines: list[Line] = []
    for stretch in stretches:
        above: float | None = None
        for row in stretch.rows:
            text = strip_marks(row.text)
            if text:
                new = above is None and not (lines and goes_on(lines[-1].text, text))
                starts = new or (above is not None and row.top - above > 1)
                lines.append(Line(text, page, int(row.top), stretch.role, 0, starts))
            above = row.top
    return lines


def _ends_paragraph(rows: list[str], index: int) -> bool:
    """Whether a paragraph ended on the line above: in a text that is not wrapped, each line is a whole one."""
    above, here = rows[index - 1].rstrip(), rows[index].lstrip()
    unwrapped = len(above) > _WRAPPED and above.endswith((".", "!", "?", ":", ";", "»", ")"))
    titled = len(above) < 0.6 * len(here) and not above.endswith((",", "-"))
    heads = len(here) > _WRAPPED and here[:1].isupper() and titled
    return index > 0 and (unwrapped or heads)


def _table_end(rows: list[str], index: int) -> int:
    """Where the table that starts on a row ends; the row itself when none starts there."""
    end = index
    if _starts_pipes(rows, index):
        while end < len(rows) and _PIPE.search(rows[end]):
            end += 1
    elif rows[index].count("\t") >= 2:
        while end < len(rows) and rows[end].strip() and "\t" in rows[end].strip("\n"):
            end += 1
        end = end if end - index >= 2 else index
    return end


def _starts_pipes(rows: list[str], index: int) -> bool:
    row = rows[index]
    if not _PIPE.search(row):
        return False
    following = rows[index + 1] if index + 1 < len(rows) else ""
    return row.lstrip().startswith("|") or bool(_TABLE_RULE.match(following) and _PIPE.search(following))


def _read_table(rows: list[str], page: int, first: int, source: SourceText) -> None:
    """A table whose cells pipes or tabs part; `<br>` parts the lines of a cell."""
    grid: list[list[Cell]] = []
    for offset, row in enumerate(rows):
        if _TABLE_RULE.match(row):
            continue
        piped = _PIPE.search(row) is not None and "\t" not in row
        cells = _PIPE.split(re.sub(r"^\s*\||(?<!\\)\|\s*$", "", row)) if piped else row.split("\t")
        grid.append([Cell(column, _cell_lines(cell, page, first + offset)) for column, cell in enumerate(cells)])
    add_table(source, grid)


def _cell_lines(cell: str, page: int, number: int) -> tuple[Line, ...]:
    texts = [strip_marks(piece.replace("\\|", "|")) for piece in _BREAK.split(cell)]
    return tuple(Line(text, page, number) for text in texts if text)


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
