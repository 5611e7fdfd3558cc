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
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sources.documents.columns import ReadingOrder, Row, Stretch
from sources.documents.grid import Cell, add_table
from sources.documents.layout import opens_part
from sources.documents.pdf_pages import PdfPage, RuledCell, RuledTable, height_of, page_of, read_pages
from sources.documents.roles import role_of, roles_of_header
from sources.documents.text import SOFT_HYPHEN, Line, SourceText, clean, goes_on
from sources.documents.units import is_small_word

_GUTTER = 9.0
_NARROWEST = 6  # letters: a shorter word is not cut, whatever the column
_REST = 5  # letters: what is cut off a word is seldom more
_ENDINGS = frozenset({"on", "es", "e", "se", "ne", "te"})  # words of their own too, but far more often a word's end
_LETTERS = re.compile(r"[^\W\d_]+")

Grid = list[list[Cell]]


def read_pdf(content: bytes) -> SourceText:
    """The lines of a PDF. Raises what pdfplumber raises on a damaged or locked file."""
    import pdfplumber

    source = SourceText([])
    with pdfplumber.open(io.BytesIO(content)) as document:
        pages = read_pages(document)
    _Assembler(source, pages).assemble()
    source.warnings += _doubts(pages, second_reading(content))
    return source


def second_reading(content: bytes) -> list[str]:
    """The text of each page as pypdfium2 reads it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def _doubts(pages: Sequence[PdfPage], other: Sequence[str]) -> Iterator[str]:
    """French warnings on the pages that hold no text, or that two readers read differently."""
    for page in pages:
        if not page.text.strip():
            yield f"Page {page.number} sans texte (image numérisée) : son contenu n’a pas été lu."
        elif _figures(page.text) != _figures(other[page.number - 1]):
            yield f"Page {page.number} : deux lecteurs n’y lisent pas les mêmes chiffres ; à vérifier."


def _figures(text: str) -> Counter[str]:
    """The digits of a page, however they are spaced: what two readings must have in common."""
    return Counter(re.findall(r"\d", clean(text)))


class _Assembler:
    """Turns the parts of all pages into the lines of one document."""

    def __init__(self, source: SourceText, pages: Sequence[PdfPage]) -> None:
        self.source = source
        self.order = ReadingOrder(_GUTTER, opens_part, page_of=page_of)
        self.parts = list(self._runs_joined(pages))
        self.gutters = self.order.gutters([row for part in self.parts if isinstance(part, tuple) for row in part])
        self.counts: Counter[int] = Counter()
        self.cut = _CutWords(pages)

    def assemble(self) -> None:
        """Every line and table, in order; a table's row cut by the foot of a page is whole again."""
        held: Grid | None = None
        for part in self.parts:
            if isinstance(part, RuledTable):
                grid = self._grid(part)
                if held is not None and _carries_on(held, grid):
                    held[-1] = [_whole(high, low) for high, low in zip(held[-1], grid[0], strict=True)]
                    held += grid[1:]
                else:
                    self._add(held)
                    held = grid
                continue
            self._add(held)
            held = None
            self.source.lines += self._lines(part)
        self._add(held)

    def _add(self, grid: Grid | None) -> None:
        if grid:
            add_table(self.source, grid)

    def _runs_joined(self, pages: Sequence[PdfPage]) -> Iterator[tuple[Row, ...] | RuledTable]:
        """The parts of all pages, runs of rows that follow each other joined."""
        run: tuple[Row, ...] = ()
        for page in pages:
            for part in page.parts:
                if isinstance(part, RuledTable):
                    if run:
                        yield run
                    run = ()
                    yield part
                else:
                    run += part
        if run:
            yield run

    def _lines(self, run: Sequence[Row]) -> list[Line]:
        """A run of rows in reading order: by the document's columns, else by those of each page."""
        if self.gutters:
            stretches = self.order.stretches(run, self.gutters)
        else:
            by_page = itertools.groupby(run, key=lambda row: page_of(row.top))
            stretches = [stretch for _, rows in by_page for stretch in self.order.stretches(list(rows))]
        lines: list[Line] = []
        for stretch in stretches:
            found = self._stretch(stretch)
            if found and lines and goes_on(lines[-1].text, found[0].text):
                found[0] = replace(found[0], starts_block=False)
            lines += found
        return lines

    def _stretch(self, stretch: Stretch, limit: float | None = None) -> list[Line]:
        """Rows of one column as lines, blocks by their spacing and size; `limit` is where its text must wrap."""
        usual = _usual_gap(stretch.rows)
        lines: list[Line] = []
        above: Row | None = None
        for row in stretch.rows:
            text = clean(row.text)
            if not text:
                continue
            page = page_of(row.top)
            if above is not None and page_of(above.top) != page:
                starts = not goes_on(lines[-1].text, text)
            else:
                starts = above is None or row.top - above.bottom > usual or _sizes_differ(row, above)
            if above is not None and limit is not None and self.cut.cuts(limit, above, row):
                lines[-1] = replace(lines[-1], text=lines[-1].text + SOFT_HYPHEN)
                starts = False
            self.counts[page] += 1
            lines.append(Line(text, page, self.counts[page], stretch.role, 0, starts, is_settled=True))
            above = row
        return lines

    def _grid(self, table: RuledTable) -> Grid:
        """The cells of a ruled table; one merged over several columns is in the first."""
        return [
            [Cell(column, tuple(self._cell(cell))) for column, cell in enumerate(row) if cell is not None]
            for row in table.rows
        ]

    def _cell(self, cell: RuledCell) -> list[Line]:
        return self._stretch(Stretch(cell.rows), cell.limit) if cell.rows else []


def _carries_on(above: Grid, below: Grid) -> bool:
    """Whether a table's first row is the rest of a row above: same columns, on the next page, its first cell blank
    or in a table whose rows open actions while this one opens none."""
    if not above or not below or len(above[-1]) != len(below[0]):
        return False
    first = next((cell for cell in below[0] if cell.lines), None)
    last = next((cell for cell in above[-1] if cell.lines), None)
    if first is None or last is None or first.lines[0].page == last.lines[0].page:
        return False
    is_label = len(first.lines) == 1 and role_of(first.text) is not None
    if opens_part(first.text) or is_label or roles_of_header([cell.text for cell in below[0]]):
        return False
    if above[-1][0].lines and not below[0][0].lines:
        return True
    return any(cell.lines and opens_part(cell.text) for row in [*above, *below] for cell in row)


def _whole(high: Cell, low: Cell) -> Cell:
    """Two halves of a cell; the lower one starts a block only when the upper one ended a sentence."""
    lines = list(low.lines)
    if lines and high.lines:
        lines[0] = replace(lines[0], starts_block=not goes_on(high.lines[-1].text, lines[0].text))
    return Cell(high.column, (*high.lines, *lines))


class _CutWords:
    """Words a column too narrow for them cut without a hyphen: alone on their line up to its limit, and going on."""

    def __init__(self, pages: Sequence[PdfPage]) -> None:
        """`words` are those of the document, `inner` those that are somewhere else than at a line's head."""
        self.words: set[str] = set()
        self.inner: set[str] = set()
        for row in (row for page in pages for row in _rows_of(page)):
            said = _LETTERS.findall(row.text)
            self.words.update(word.casefold() for word in said)
            self.inner.update(said[1:])

    def cuts(self, limit: float, above: Row, row: Row) -> bool:
        """Whether the word that ends a line goes on with the next: it left no room for more, and either both make a
        word of the document or the rest is none."""
        word, rest = above.words[-1], _LETTERS.match(row.words[0].text)
        head = _LETTERS.findall(word.text)
        if len(above.words) > 1 or len(word.text) < _NARROWEST or not rest or not word.text[-1].isalpha():
            return False
        room = (limit - word.right) / ((word.right - word.left) / len(word.text))
        whole = (head[-1] + rest[0]).casefold()
        if room > 1.5 or not (rest[0][0].islower() or word.text[-1].isupper()):
            return False
        return whole in self.words or (len(rest[0]) <= _REST and not self._is_word(rest[0]))

    def _is_word(self, text: str) -> bool:
        return text in self.inner or (is_small_word(text) and text not in _ENDINGS)


def _rows_of(page: PdfPage) -> Iterator[Row]:
    """Every row of a page, those of its tables' cells too."""
    for part in page.parts:
        if isinstance(part, RuledTable):
            yield from (row for cells in part.rows for cell in cells if cell is not None for row in cell.rows)
        else:
            yield from part


def _usual_gap(rows: Sequence[Row]) -> float:
    """The widest gap that still is one between lines of one block."""
    pairs = [(high, low) for high, low in itertools.pairwise(rows) if page_of(high.top) == page_of(low.top)]
    gaps = [low.top - high.bottom for high, low in pairs if low.top > high.top]
    if not gaps:
        return 0.0
    height = statistics.median(row.bottom - row.top for row in rows)
    return min(max(statistics.quantiles(gaps, n=4)[0] if len(gaps) > 1 else gaps[0], 0.0) + height * 0.3, height)


def _sizes_differ(row: Row, above: Row) -> bool:
    """Whether two lines are set in plainly different sizes."""
    one, other = height_of(row.words), height_of(above.words)
    return abs(one - other) > 0.15 * max(one, other)
