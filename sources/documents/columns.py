"""Words placed on a page as lines in reading order, whatever the columns.

Works on any unit of length: points of a PDF, characters of a text laid out with spaces. A text is cut into bands by
the lines that run across it; inside a band, an empty strip that most lines respect parts columns. Columns are read one
after the other, unless only one opens actions: then they lie side by side, and are read action by action.
"""

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sources.documents.roles import roles_of_header

_MOSTLY = 5  # times as many openings in one column as in the others together: theirs are codes in a text


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
    total = 0.0  # of the middles of the last row's words
    for word in sorted(words, key=lambda item: ((item.top + item.bottom) / 2, item.left)):
        middle = (word.top + word.bottom) / 2
        if rows and abs(middle - total / len(rows[-1])) <= tolerance:
            rows[-1].append(word)
            total += middle
        else:
            rows.append([word])
            total = middle
    return [Row(tuple(sorted(row, key=lambda item: item.left))) for row in rows]


@dataclass(frozen=True)
class Stretch:
    """Lines to be read in turn; `role` is what a header above their column says they are."""

    rows: tuple[Row, ...]
    role: str | None = None


@dataclass(frozen=True)
class ReadingOrder:
    """How columns are recognised: the least width of the empty strip between them, the least number of lines that must
    respect it, what says that a line opens an action, and the page a height is on."""

    gap: float
    opens_action: Callable[[str], bool]
    least: int = 4
    page_of: Callable[[float], int] = lambda _: 1

    def gutters(self, rows: Sequence[Row]) -> list[float]:
        """Where the empty strips between columns begin, left to right; none when the lines run across."""
        best = self._widest_respected(rows)
        if best is None:
            return []
        inside = [row for row in rows if not _crosses(row, (best, best + self.gap))]
        left = [row for row in (_part(row, None, best) for row in inside) if row]
        right = [row for row in (_part(row, best, None) for row in inside) if row]
        return [*self.gutters(left), best, *self.gutters(right)]

    def stretches(self, rows: Sequence[Row], gutters: Sequence[float] | None = None) -> list[Stretch]:
        """The rows as stretches to be read in turn; rows of one column are one stretch.

        `gutters` are those of the whole document, so that a page with few lines is read like the others.
        """
        edges = self.gutters(rows) if gutters is None else list(gutters)
        if not edges:
            return [Stretch(tuple(rows))] if rows else []
        bands = _bands(rows, [(edge, edge + self.gap) for edge in edges])
        layout, opening = self._layout([band for band, is_whole in bands if not is_whole], edges)
        roles = self._roles(bands, edges) if layout == "beside" else {}
        found: list[Stretch] = []
        for band, is_whole in bands:
            found += [Stretch(tuple(band))] if is_whole or layout == "form" else self._band(band, edges, opening, roles)
        return [stretch for stretch in found if stretch.rows]

    def _widest_respected(self, rows: Sequence[Row]) -> float | None:
        """The strip that the most lines have words on both sides of, and few lines cross; None when there is none.

        Strips are tried at every whole unit of length, all lines at once, by what each line adds where.
        """
        width = int(max((row.right for row in rows), default=0)) + 2
        both, crossed = [0] * (width + 1), [0] * (width + 1)
        for row in rows:
            _add(both, row.left, row.right - self.gap, 1)
            for low, high in _covered(row, self.gap):
                _add(crossed, low, high, 1)
                _add(both, max(low, row.left), min(high, row.right - self.gap), -1)
        best: tuple[int, int] | None = None
        straddling = crossing = 0
        for left in range(width):
            straddling, crossing = straddling + both[left], crossing + crossed[left]
            surplus = straddling - 2 * crossing
            if straddling >= self.least and surplus > 0 and (best is None or surplus > best[0]):
                best = (surplus, left)
        return float(best[1]) if best else None

    def _layout(self, bands: Sequence[Sequence[Row]], edges: Sequence[float]) -> tuple[str, int | None]:
        """`beside` when one column opens the actions, a code at the head of a wrapped line aside; `newspaper` when
        several do, or none in columns of running text; `form` when the lines are short entries to be read across.
        Beside it, the column that opens them when they lie side by side."""
        columns: list[list[Row]] = [[] for _ in range(len(edges) + 1)]
        for band in bands:
            columns = [held + part for held, part in zip(columns, _columns(band, edges), strict=True)]
        opening = [sum(self.opens_action(row.text) for row in column) for column in columns]
        if sum(opening) and max(opening) >= _MOSTLY * (sum(opening) - max(opening)):
            return "beside", opening.index(max(opening))
        if sum(opening):
            return "newspaper", None
        lengths = [statistics.median(len(row.words) for row in column) if column else 0 for column in columns]
        is_text = min(lengths) >= 4 and all(len(column) >= 2 * self.least for column in columns)
        return "newspaper" if is_text else "form", None

    def _roles(self, bands: Sequence[tuple[list[Row], bool]], edges: Sequence[float]) -> dict[int, str]:
        """What a header over the columns says each is: the one, three lines at most, that names the most of them
        before the first action."""
        best: dict[int, str] = {}
        for band, is_whole in bands:
            if is_whole:
                continue
            opening = next((rank for rank, row in enumerate(band) if self._opens_in(row, edges)), len(band))
            for start in range(opening):
                for stop in range(start + 1, min(start + 3, opening) + 1):
                    heads = [" ".join(row.text for row in column) for column in _columns(band[start:stop], edges)]
                    named = {rank: role for rank, role in enumerate(roles_of_header(heads)) if role}
                    best = max(best, named, key=len)
            if opening < len(band):
                break
        return best

    def _opens_in(self, row: Row, edges: Sequence[float]) -> bool:
        return any(self.opens_action(part.text) for column in _columns([row], edges) for part in column)

    def _band(
        self, band: Sequence[Row], edges: Sequence[float], opening: int | None, roles: Mapping[int, str]
    ) -> list[Stretch]:
        """One band, column after column; columns that lie side by side, action after action of the one that opens."""
        columns = _columns(band, edges)
        if opening is None:
            return [
                Stretch(tuple(row for row in column if self.page_of(row.top) == page))
                for page in sorted({self.page_of(row.top) for row in band})
                for column in columns
            ]
        tops = [row.top for row in columns[opening] if self.opens_action(row.text)]
        height = max(row.bottom - row.top for row in band)
        bounds = [float("-inf"), *(top - height / 2 for top in tops), float("inf")]
        return [
            Stretch(tuple(row for row in column if low <= row.top < high), roles.get(rank))
            for low, high in itertools.pairwise(bounds)
            for rank, column in enumerate(columns)
        ]


def _bands(rows: Sequence[Row], strips: Sequence[tuple[float, float]]) -> list[tuple[list[Row], bool]]:
    """Runs of rows that respect the strips, and between them those that run across, each run with whether it does."""
    bands: list[tuple[list[Row], bool]] = []
    for row in rows:
        is_whole = any(_crosses(row, strip) for strip in strips)
        if not bands or bands[-1][1] != is_whole:
            bands.append(([], is_whole))
        bands[-1][0].append(row)
    return bands


def _columns(band: Sequence[Row], edges: Sequence[float]) -> list[list[Row]]:
    """The rows of a band parted at the gutters."""
    bounds = [None, *edges, None]
    return [
        [part for part in (_part(row, low, high) for row in band) if part] for low, high in itertools.pairwise(bounds)
    ]


def _part(row: Row, low: float | None, high: float | None) -> Row | None:
    """The words of a row between two gutters, if any."""
    words = tuple(
        word for word in row.words if (low is None or word.left >= low) and (high is None or word.left < high)
    )
    return Row(words) if words else None


def _covered(row: Row, gap: float) -> list[tuple[float, float]]:
    """Where a strip of that width may not begin without touching a word of the row, overlaps merged."""
    found: list[tuple[float, float]] = []
    for word in row.words:
        low, high = word.left - gap, word.right
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _add(counts: list[int], low: float, high: float, step: int) -> None:
    """Add a step over the whole units strictly between two points, as a difference."""
    first, last = max(math.floor(low) + 1, 0), min(math.ceil(high) - 1, len(counts) - 2)
    if first <= last:
        counts[first] += step
        counts[last + 1] -= step


def _crosses(row: Row, strip: tuple[float, float]) -> bool:
    return any(word.left < strip[1] and word.right > strip[0] for word in row.words)
