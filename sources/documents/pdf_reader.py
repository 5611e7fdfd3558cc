"""PDF pages as lines, read by pdfplumber and compared with pypdfium2's reading.

Ruled tables are read cell by cell, the rest in reading order (`columns`). A block starts where the gap above a line is
wider than the text's own, or its size changes. A page that holds no text is listed among the warnings, and so is one
whose figures the two readers do not read alike.
"""

import io
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sources.documents.columns import ReadingOrder, Row, Word, rows_of
from sources.documents.grid import Cell, add_table
from sources.documents.layout import action_mark, priority_mark
from sources.documents.roles import roles_of_header
from sources.documents.text import Line, SourceText, clean, goes_on

_EDGE = 0.08
_GUTTER = 9.0


Grid = list[list[Cell]]


def read_pdf(content: bytes) -> SourceText:
    """The lines of a PDF. Raises what pdfplumber raises on a damaged or locked file."""
    import pdfplumber

    source = SourceText([])
    with pdfplumber.open(io.BytesIO(content)) as document:
        pages = [_PageReader(page, number) for number, page in enumerate(document.pages, 1)]
        parts = [page.parts() for page in pages]
    for part in _joined_over_pages(parts):
        if isinstance(part, Line):
            source.lines.append(part)
        else:
            add_table(source, part)
    other = second_reading(content)
    for page in pages:
        if not page.text.strip():
            source.warnings.append(f"Page {page.number} sans texte (image numérisée) : son contenu n’a pas été lu.")
        elif _figures(page.text) != _figures(other[page.number - 1]):
            source.warnings.append(
                f"Page {page.number} : deux lecteurs n’y lisent pas les mêmes chiffres ; à vérifier."
            )
    return source


def _joined_over_pages(pages: Sequence[list[Line | Grid]]) -> list[Line | Grid]:
    """The parts of all pages, a row cut by the foot of a page whole again."""
    joined: list[Line | Grid] = []
    for page in pages:
        parts = page
        last = next((rank for rank in range(len(joined) - 1, -1, -1) if not _is_edge(joined[rank])), None)
        first = next((rank for rank, part in enumerate(parts) if not _is_edge(part)), None)
        if last is not None and first is not None:
            above, below = joined[last], parts[first]
            if not isinstance(above, Line) and not isinstance(below, Line) and _goes_on(above, below):
                above[-1] = [_whole(high, low) for high, low in zip(above[-1], below[0], strict=True)]
                parts = [*page[:first], *([below[1:]] if below[1:] else []), *page[first + 1 :]]
        joined += parts
    return joined


def _is_edge(part: Line | Grid) -> bool:
    return isinstance(part, Line) and part.page_edge


def _goes_on(above: Grid, below: Grid) -> bool:
    """Whether a table's first row is the rest of a row above: same columns, in a table whose rows open actions, and
    this one opens none."""
    if not above or not below or len(above[-1]) != len(below[0]):
        return False
    opens = any(cell.lines and _opens(cell.text) for row in [*above, *below] for cell in row)
    first = next((cell for cell in below[0] if cell.lines), None)
    return (
        opens and first is not None and not _opens(first.text) and not roles_of_header([cell.text for cell in below[0]])
    )


def _opens(text: str) -> bool:
    return _opens_action(text) or priority_mark(text) is not None


def _whole(high: Cell, low: Cell) -> Cell:
    """Two halves of a cell; the lower one starts a block only when the upper one ended a sentence."""
    lines = list(low.lines)
    if lines and high.lines:
        lines[0] = replace(lines[0], starts_block=not goes_on(high.lines[-1].text, lines[0].text))
    return Cell(high.column, (*high.lines, *lines))


def second_reading(content: bytes) -> list[str]:
    """The text of each page as pypdfium2 reads it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def _figures(text: str) -> Counter[str]:
    """The digits of a page, however they are spaced: what two readings must have in common."""
    return Counter(re.findall(r"\d", clean(text)))


class _PageReader:
    """One page: its words, its ruled tables, its lines."""

    def __init__(self, page: Any, number: int) -> None:
        self.page, self.number = page, number
        self.text = page.extract_text() or ""
        self.count = 0

    def parts(self) -> list[Line | Grid]:
        """The page's lines and tables, in reading order."""
        found: list[Line | Grid] = []
        words = self._words()
        for table in sorted(self._tables(), key=lambda item: float(item.bbox[1])):
            inside = [word for word in words if _inside(word, table.bbox)]
            above = [word for word in words if word.bottom <= table.bbox[1] + 1]
            words = [word for word in words if word not in inside and word not in above]
            found += self._lines(above)
            found.append(self._grid(table, inside))
        return [*found, *self._lines(words)]

    def _tables(self) -> list[Any]:
        """The ruled tables of two columns or more; a frame around a text is none."""
        return [
            table
            for table in self.page.find_tables()
            if max((len([c for c in row.cells if c]) for row in table.rows), default=0) > 1
        ]

    def _words(self) -> list[Word]:
        found = self.page.extract_words(
            use_text_flow=False, keep_blank_chars=False, x_tolerance_ratio=0.15, y_tolerance=2
        )
        return [Word(item["text"], item["x0"], item["x1"], item["top"], item["bottom"]) for item in found]

    def _lines(self, words: Sequence[Word]) -> list[Line]:
        if not words:
            return []
        rows = rows_of(words, _height(words) * 0.45)
        lines: list[Line] = []
        for stretch in ReadingOrder(_GUTTER, _opens_action).stretches(rows):
            found = self._stretch(stretch)
            if found and lines and goes_on(lines[-1].text, found[0].text):
                found[0] = replace(found[0], starts_block=False)
            lines += found
        return lines

    def _stretch(self, rows: Sequence[Row]) -> list[Line]:
        """Rows of one column as lines, blocks told by their spacing and size."""
        usual = _usual_gap(rows)
        lines: list[Line] = []
        for rank, row in enumerate(rows):
            text = clean(row.text)
            if not text:
                continue
            above = rows[rank - 1] if rank else None
            starts = above is None or row.top - above.bottom > usual or _sizes_differ(row, above)
            self.count += 1
            lines.append(Line(text, self.number, self.count, None, 0, starts, self._at_edge(row)))
        return lines

    def _at_edge(self, row: Row) -> bool:
        top, bottom = self.page.bbox[1], self.page.bbox[3]
        margin = (bottom - top) * _EDGE
        return bool(row.bottom < top + margin or row.top > bottom - margin)

    def _grid(self, table: Any, words: Sequence[Word]) -> Grid:
        """The cells of a ruled table; a cell merged over several columns stands in the first."""
        return [
            [
                Cell(column, tuple(self._cell_lines([word for word in words if _inside(word, box)])))
                for column, box in enumerate(row.cells)
                if box is not None
            ]
            for row in table.rows
        ]

    def _cell_lines(self, words: Sequence[Word]) -> list[Line]:
        return self._stretch(rows_of(words, _height(words) * 0.45)) if words else []


def _opens_action(text: str) -> bool:
    found = action_mark(text)
    return found is not None and found.is_plain


def _inside(word: Word, bbox: tuple[float, float, float, float]) -> bool:
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return bbox[0] <= across <= bbox[2] and bbox[1] <= down <= bbox[3]


def _height(words: Sequence[Word]) -> float:
    return statistics.median(word.bottom - word.top for word in words)


def _usual_gap(rows: Sequence[Row]) -> float:
    """The widest gap that still is one between lines of one block."""
    gaps = [low.top - high.bottom for high, low in itertools.pairwise(rows) if low.top > high.top]
    if not gaps:
        return 0.0
    height = statistics.median(row.bottom - row.top for row in rows)
    return min(max(statistics.quantiles(gaps, n=4)[0] if len(gaps) > 1 else gaps[0], 0.0) + height * 0.3, height)


def _sizes_differ(row: Row, above: Row) -> bool:
    """Whether two lines are set in plainly different sizes."""
    one, other = _height(row.words), _height(above.words)
    return abs(one - other) > 0.15 * max(one, other)
