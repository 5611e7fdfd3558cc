"""What stands on the pages of a PDF: rows of words and ruled tables, from top to bottom.

All pages share one vertical scale, page after page, so that a column or a table's row cut by the foot of a page can be
read on. Running headers, footers and page numbers are left out as far as their place and their coming back tell.
"""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sources.documents.columns import Row, Word, rows_of
from sources.documents.layout import is_page_number, may_run, running_text

_EDGE = 0.08
_PAGE_SCALE = 100_000.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class RuledTable:
    """A ruled table: for each row, the words of each of its cells, None where a merged cell goes on."""

    rows: tuple[tuple[tuple[Word, ...] | None, ...], ...]


@dataclass(frozen=True)
class PdfPage:
    """One page: its text as pdfplumber gives it, and its parts in order, runs of rows and tables."""

    number: int
    text: str
    parts: tuple[tuple[Row, ...] | RuledTable, ...]


def page_of(top: float) -> int:
    """The page a point of the shared scale is on."""
    return int(top // _PAGE_SCALE)


def read_pages(document: Any) -> list[PdfPage]:
    """The pages of an open pdfplumber document."""
    read = [_PageReader(page, number) for number, page in enumerate(document.pages, 1)]
    said = Counter(text for page in read for text in page.running_candidates())
    running = {text for text, count in said.items() if count > 1}
    return [PdfPage(page.number, page.text, tuple(page.parts(running))) for page in read]


class _PageReader:
    """One page while it is read."""

    def __init__(self, page: Any, number: int) -> None:
        self.page, self.number = page, number
        self.text = page.extract_text() or ""
        self.words = self._words()
        self.tables = self._tables()
        self.loose = [word for word in self.words if not any(_inside(word, self._box(found)) for found in self.tables)]

    def running_candidates(self) -> set[str]:
        """Texts of the rows at the page's edges that may come back on others."""
        rows = rows_of(self.loose, height_of(self.loose) * 0.45) if self.loose else []
        return {running_text(row.text) for row in rows if self._at_edge(row) and _may_be_dropped(row.text)}

    def parts(self, running: set[str]) -> list[tuple[Row, ...] | RuledTable]:
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

    def _rows(self, words: Sequence[Word], running: set[str]) -> tuple[Row, ...]:
        rows = rows_of(words, height_of(words) * 0.45) if words else []
        return tuple(row for row in rows if not self._runs(row, running))

    def _runs(self, row: Row, running: set[str]) -> bool:
        if not self._at_edge(row):
            return False
        return is_page_number(row.text) or (running_text(row.text) in running and _may_be_dropped(row.text))

    def _words(self) -> list[Word]:
        found = self.page.extract_words(
            use_text_flow=False, keep_blank_chars=False, x_tolerance_ratio=0.15, y_tolerance=2
        )
        scale = self.number * _PAGE_SCALE
        return [
            Word(item["text"], item["x0"], item["x1"], scale + item["top"], scale + item["bottom"]) for item in found
        ]

    def _tables(self) -> list[Any]:
        """The ruled tables of two columns or more, top to bottom; a frame around a text is none."""
        found = [
            table
            for table in self.page.find_tables()
            if max((sum(cell is not None for cell in row.cells) for row in table.rows), default=0) > 1
        ]
        return sorted(found, key=lambda table: float(table.bbox[1]))

    def _box(self, table: Any) -> Box:
        return self._scaled(table.bbox)

    def _scaled(self, box: Box) -> Box:
        scale = self.number * _PAGE_SCALE
        return box[0], scale + box[1], box[2], scale + box[3]

    def _at_edge(self, row: Row) -> bool:
        scale = self.number * _PAGE_SCALE
        top, bottom = scale + self.page.bbox[1], scale + self.page.bbox[3]
        margin = (bottom - top) * _EDGE
        return bool(row.bottom < top + margin or row.top > bottom - margin)

    def _ruled(self, table: Any) -> RuledTable:
        return RuledTable(
            tuple(
                tuple(
                    None if box is None else tuple(word for word in self.words if _inside(word, self._scaled(box)))
                    for box in row.cells
                )
                for row in table.rows
            )
        )


def _may_be_dropped(text: str) -> bool:
    """Whether a text at a page's edge may be a running line: not capitals alone, which banners and partners are."""
    return may_run(text) and re.search(r"[a-zà-ÿ]{3}", text) is not None


def _inside(word: Word, box: Box) -> bool:
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def height_of(words: Sequence[Word]) -> float:
    """The usual height of some words."""
    return statistics.median(word.bottom - word.top for word in words)
