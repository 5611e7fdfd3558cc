"""What is on the pages of a PDF: rows of words and ruled tables, from top to bottom.

All pages share one vertical scale, page after page, so that a column or a table's row cut by the foot of a page can be
read on. Running headers, footers and page numbers are left out as far as their place and their coming back tell.
"""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sources.documents.columns import Row, Word, rows_of
from sources.documents.layout import is_page_number, may_run, running_text

_EDGE = 0.08
_PAGE_SCALE = 100_000.0

_NEAR_EDGE = 0.14

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """What a row near a page's edge says, digits aside, and its height on the page, to the nearest five units."""

    said: str
    height: int
    at_edge: bool
    shown: str = field(compare=False, default="")


@dataclass(frozen=True)
class RuledCell:
    """The lines of a cell, and how far to the right its text may run: as far from its rule as from the left one."""

    rows: tuple[Row, ...]
    limit: float


@dataclass(frozen=True)
class RuledTable:
    """A ruled table: each row's cells, None where a merged cell goes on."""

    rows: tuple[tuple[RuledCell | None, ...], ...]


@dataclass(frozen=True)
class PdfPage:
    """One page: its characters in no order, and its parts in order, runs of rows and tables."""

    number: int
    text: str
    parts: tuple[tuple[Row, ...] | RuledTable, ...]


def page_of(top: float) -> int:
    """The page a point of the shared scale is on."""
    return int(top // _PAGE_SCALE)


def read_pages(document: Any) -> list[PdfPage]:
    """The pages of an open pdfplumber document."""
    read = [_PageReader(page, number) for number, page in enumerate(document.pages, 1)]
    said = Counter(place for page in read for place in page.running_candidates())
    running = {place for place, count in said.items() if count >= _often(place, len(read))}
    return [PdfPage(page.number, page.text, tuple(page.parts(running))) for page in read]


def _often(place: Place, pages: int) -> float:
    """On how many pages a text must be at one height to be a running line.

    Two are enough at the very edge; further in, and for capitals alone, which banners and partners are too, it must be
    on most pages.
    """
    is_plain = may_run(place.shown) and re.search(r"[a-zà-ÿ]{3}", place.shown) is not None
    if place.at_edge and is_plain:
        return 2
    return max(3, 0.6 * pages)


class _PageReader:
    """One page while it is read."""

    def __init__(self, page: Any, number: int) -> None:
        self.number, self.bounds = number, page.bbox
        page.process_object = _Objects(page)
        self.text = "".join(char["text"] for char in page.chars)
        self.words = self._words(page)
        self.tables = _tables(page)
        self.loose = [word for word in self.words if not any(_inside(word, self._box(found)) for found in self.tables)]
        page.close()  # its characters are done with, and a long document has millions

    @cached_property
    def rows(self) -> list[Row]:
        """The words that are in no table, as lines."""
        return _rows(self.loose)

    def running_candidates(self) -> set[Place]:
        """The rows near the page's edges that may come back on others."""
        return {place for row in self.rows if (place := self._place(row)) is not None}

    def _place(self, row: Row) -> Place | None:
        """Where a row near an edge is, as what may come back; None for one in the middle or without a word."""
        scale, height = self.number * _PAGE_SCALE + self.bounds[1], self.bounds[3] - self.bounds[1]
        share = min(row.bottom - scale, scale + height - row.top) / height
        said = running_text(row.text) if share < _NEAR_EDGE else ""
        if not re.search(r"[^\W\d_]{2}", said):
            return None
        return Place(said, round((row.top - scale) / 5), share < _EDGE, row.text)

    def parts(self, running: set[Place]) -> list[tuple[Row, ...] | RuledTable]:
        """Runs of rows and tables, top to bottom."""
        found: list[tuple[Row, ...] | RuledTable] = []
        words = self.loose
        for table in self.tables:
            top = self._box(table)[1]
            found.append(self._rows([word for word in words if word.bottom <= top + 1], running))
            words = [word for word in words if word.bottom > top + 1]
            found.append(self._ruled(table))
        found.append(self._rows(words, running))
        return [part for part in found if isinstance(part, RuledTable) or part]

    def _rows(self, words: Sequence[Word], running: set[Place]) -> tuple[Row, ...]:
        rows = self.rows if len(words) == len(self.loose) else _rows(words)
        return tuple(row for row in rows if not self._runs(row, running))

    def _runs(self, row: Row, running: set[Place]) -> bool:
        if is_page_number(row.text):
            return self._at_edge(row)
        return self._place(row) in running

    def _words(self, page: Any) -> list[Word]:
        found = page.extract_words(use_text_flow=False, keep_blank_chars=False, x_tolerance_ratio=0.15, y_tolerance=2)
        scale = self.number * _PAGE_SCALE
        return [
            Word(item["text"], item["x0"], item["x1"], scale + item["top"], scale + item["bottom"]) for item in found
        ]

    def _box(self, table: Any) -> Box:
        return self._scaled(table.bbox)

    def _scaled(self, box: Box) -> Box:
        scale = self.number * _PAGE_SCALE
        return box[0], scale + box[1], box[2], scale + box[3]

    def _at_edge(self, row: Row) -> bool:
        scale = self.number * _PAGE_SCALE
        top, bottom = scale + self.bounds[1], scale + self.bounds[3]
        margin = (bottom - top) * _EDGE
        return bool(row.bottom < top + margin or row.top > bottom - margin)

    def _ruled(self, table: Any) -> RuledTable:
        return RuledTable(
            tuple(
                tuple(None if box is None else self._cell(self._scaled(box)) for box in row.cells) for row in table.rows
            )
        )

    def _cell(self, box: Box) -> RuledCell:
        words = tuple(word for word in self.words if _inside(word, box))
        padding = min((word.left for word in words), default=box[0]) - box[0]
        return RuledCell(tuple(_rows(words)), box[2] - padding)


def _tables(page: Any) -> list[Any]:
    """The ruled tables of two columns or more, top to bottom; a frame around a text is none."""
    found = [
        table
        for table in page.find_tables()
        if max((sum(cell is not None for cell in row.cells) for row in table.rows), default=0) > 1
    ]
    return sorted(found, key=lambda table: float(table.bbox[1]))


class _Objects:
    """What pdfplumber makes of a page's objects: its own, but for characters, of which only what is read here.

    It works out colours, fonts and matrices of each character, which takes longer than reading the page.
    """

    def __init__(self, page: Any) -> None:
        from pdfminer.layout import LTChar

        self._kind, self._usual = LTChar, page.process_object
        self._left, self._top = page.mediabox[:2]
        self._height, self._above = page.height, page.initial_doctop

    def __call__(self, item: Any) -> dict[str, Any]:
        """The object as pdfplumber's methods want it."""
        if not isinstance(item, self._kind):
            usual: dict[str, Any] = self._usual(item)
            return usual
        top = (self._height - item.y1) + self._top
        return {
            "object_type": "char",
            "text": item.get_text(),
            "upright": item.upright,
            "size": item.size,
            "x0": item.x0 + self._left,
            "x1": item.x1 + self._left,
            "top": top,
            "bottom": (self._height - item.y0) + self._top,
            "doctop": self._above + top,
            "height": item.height,
            "width": item.width,
        }


def _rows(words: Sequence[Word]) -> list[Row]:
    """Words of any part of a page as its lines."""
    return rows_of(words, height_of(words) * 0.45) if words else []


def _inside(word: Word, box: Box) -> bool:
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def height_of(words: Sequence[Word]) -> float:
    """The usual height of some words."""
    return statistics.median(word.bottom - word.top for word in words)
