"""Words placed on a page as lines in reading order, whatever the columns.

Works on any unit of length: points of a PDF, characters of a text laid out with spaces. A page is cut into bands by
the lines that run across it; inside a band, an empty strip that most lines respect parts columns. Columns are read one
after the other, unless only the first opens actions: then they lie side by side, and are read action by action.
"""

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word and the box it fills; `top` grows downwards."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Row:
    """Words of one line of one column, left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, single spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def top(self) -> float:
        """The highest point of its words."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """The lowest point of its words."""
        return max(word.bottom for word in self.words)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.words[-1].right


def rows_of(words: Sequence[Word], tolerance: float) -> list[Row]:
    """Words as visual lines, top to bottom: two words are on one line when their middles are that near."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda item: ((item.top + item.bottom) / 2, item.left)):
        middle = (word.top + word.bottom) / 2
        if rows and abs(middle - _middle(rows[-1])) <= tolerance:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [Row(tuple(sorted(row, key=lambda item: item.left))) for row in rows]


def _middle(row: Sequence[Word]) -> float:
    return statistics.fmean((word.top + word.bottom) / 2 for word in row)


@dataclass(frozen=True)
class ReadingOrder:
    """How columns are told: the least width of the empty strip between them, the least number of lines that must
    respect it, and what says that a line opens an action."""

    gap: float
    opens_action: Callable[[str], bool]
    least: int = 4

    def stretches(self, rows: Sequence[Row]) -> list[list[Row]]:
        """The rows of a page as stretches to be read in turn; a page of one column is one stretch."""
        gutter = self._gutter(rows)
        if gutter is None:
            return [list(rows)]
        found: list[list[Row]] = []
        band: list[Row] = []
        for row in rows:
            if _crosses(row, gutter):
                found += [*self._band(band, gutter), [row]]
                band = []
            else:
                band.append(row)
        return [stretch for stretch in [*found, *self._band(band, gutter)] if stretch]

    def _gutter(self, rows: Sequence[Row]) -> tuple[float, float] | None:
        """The empty strip that the most lines have words on both sides of, and few lines cross."""
        best: tuple[int, float] | None = None
        for left in sorted({word.right for row in rows for word in row.words}):
            strip = (left, left + self.gap)
            both = sum(1 for row in rows if _straddles(row, strip))
            crossed = sum(1 for row in rows if _crosses(row, strip))
            if both >= self.least and both > 2 * crossed and (best is None or both - 2 * crossed > best[0]):
                best = (both - 2 * crossed, left)
        return (best[1], best[1] + self.gap) if best else None

    def _band(self, band: Sequence[Row], gutter: tuple[float, float]) -> list[list[Row]]:
        """One band's two columns; each may hold columns of its own."""
        first = [Row(words) for row in band if (words := tuple(word for word in row.words if word.right <= gutter[0]))]
        second = [Row(words) for row in band if (words := tuple(word for word in row.words if word.left >= gutter[1]))]
        if not first or not second:
            return [first or second]
        openings = [row.top for row in first if self.opens_action(row.text)]
        beside = any(self.opens_action(row.text) for row in second)
        if openings and not beside:
            return self._side_by_side(first, second, openings)
        if not openings and not beside:
            return [list(band)]
        return [*self.stretches(first), *self.stretches(second)]

    def _side_by_side(self, first: Sequence[Row], second: Sequence[Row], openings: Sequence[float]) -> list[list[Row]]:
        """What the first column says of an action, then what the others say beside it."""
        height = max(row.bottom - row.top for row in first)
        bounds = [float("-inf"), *(top - height / 2 for top in openings), float("inf")]
        found: list[list[Row]] = []
        for low, high in itertools.pairwise(bounds):
            found.append([row for row in first if low <= row.top < high])
            found += self.stretches([row for row in second if low <= row.top < high])
        return found


def _straddles(row: Row, strip: tuple[float, float]) -> bool:
    """Words on both sides and none in the strip."""
    return not _crosses(row, strip) and row.left < strip[0] and row.right > strip[1]


def _crosses(row: Row, strip: tuple[float, float]) -> bool:
    return any(word.left < strip[1] and word.right > strip[0] for word in row.words)
