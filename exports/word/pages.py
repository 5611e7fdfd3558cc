"""Places blocks on pages: which begin a new page, where tables are cut, on which page each anchor is."""

from dataclasses import dataclass, field
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from exports.model import Block, Bullets, Group, Heading, Paragraph, Section, Table, walk
from exports.word.layout import Extent, Layout

#: a table cut over two pages leaves at least this many rows on each
FEWEST_ROWS = 2
#: but one that takes this share of a page is a paragraph of its own
TALL_ROW = 0.05
CONTINUED = " (suite)"
#: points of a list that is never parted
LONGEST_LIST = 5
#: a section begins on the page of the one before where less of it than this is taken
MOST_SHARED = 0.8
#: paragraphs that stay with what follows them
_OPENING = frozenset({"status", "meta", "label"})


class Placed(Struct, frozen=True):
    """A block, and whether it begins a new page."""

    block: Block
    breaks: bool


@dataclass
class Pages:
    """The report's blocks in order with their breaks, the page of each anchor, and the number of pages reckoned."""

    placed: list[Placed] = field(default_factory=list)
    page_of: dict[str, int] = field(default_factory=dict)
    too_high: list[str] = field(default_factory=list)
    last: int = 0


def fitted(layout: Layout, section: Section) -> Section:
    """A section in the fullest of its forms that holds on one page, or the last of them."""
    for form in (section.blocks, *section.shorter):
        if layout.stacked(form).total <= layout.capacity:
            break
    return replace(section, blocks=form, shorter=()) if section.shorter else section


def paginate(layout: Layout, sections: tuple[Section, ...], first_page: int) -> Pages:
    """Sections from `first_page` on, each on a new page unless that would leave much of one empty.

    A unit is whole on its page; a group that does not fit is parted between its blocks.
    """
    pages = Pages(last=first_page - 1)
    cursor: _Cursor | None = None
    for section in sections:
        if cursor is None or cursor.filled > MOST_SHARED:
            cursor = _Cursor(layout, pages)
        for unit in _units(section.blocks):
            if section.flowing:
                cursor.flow(unit)
            else:
                cursor.put(unit)
    return pages


def _units(blocks: tuple[Block, ...]) -> list[tuple[Block, ...]]:
    """Blocks not to be parted: a heading or the words over a table stay with what follows them."""
    units: list[tuple[Block, ...]] = []
    held: list[Block] = []
    blocks = tuple(part for block in blocks for part in _parted(block))
    for position, block in enumerate(blocks):
        held.append(block)
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        opens = isinstance(block, Heading) or (isinstance(block, Paragraph) and block.role in _OPENING)
        opens = opens or (isinstance(block, Paragraph) and isinstance(following, Table) and following.splittable)
        if not (opens and following is not None):
            units.append(tuple(held))
            held = []
    if held:
        units.append(tuple(held))
    return units


def _parted(block: Block) -> tuple[Block, ...]:
    """A long list in parts that may stand on two pages: two points at its beginning and at its end, others alone."""
    if not isinstance(block, Bullets) or len(block.items) <= LONGEST_LIST:
        return (block,)
    first, *middle, last = block.items[:2], *((item,) for item in block.items[2:-2]), block.items[-2:]
    return tuple(Bullets(items) for items in (first, *middle, last))


class _Cursor:
    """Where the next block goes, within one section."""

    def __init__(self, layout: Layout, pages: Pages) -> None:
        self.layout = layout
        self.pages = pages
        self.on_page: Extent | None = None
        self.pending_break = True
        self.pages.last += 1

    def put(self, unit: tuple[Block, ...]) -> None:
        """Place a unit, whole, on this page or the next; cut its table if it may be cut."""
        tail = unit[-1]
        if isinstance(tail, Table) and tail.splittable:
            self._cut(unit[:-1], tail)
            return
        extent = self.layout.stacked(unit)
        if self.on_page and not self._fits(extent):
            if isinstance(tail, Group) and len(parts := _units((*unit[:-1], *tail.blocks))) > 1:
                for part in parts:
                    self.put(part)
                return
            self._new_page()
        self._emit(unit, extent)
        if extent.total > self.layout.capacity:
            self._run_over(unit, extent)

    def _run_over(self, unit: tuple[Block, ...], extent: Extent) -> None:
        """A unit higher than a page: a fault of a block, what a whole text of the annex is for."""
        if any(isinstance(block, Group) for block in unit):
            self.pages.too_high.append(_named(unit))
        self.pages.last += ceil(extent.total / self.layout.page.height) - 1
        self.on_page = Extent(0.0, self.layout.capacity, 0.0)

    @property
    def filled(self) -> float:
        """How much of the page is taken."""
        return self.on_page.total / self.layout.capacity if self.on_page else 0.0

    def flow(self, unit: tuple[Block, ...]) -> None:
        """Place a unit where the text is: the last section breaks where its pages end."""
        self._emit(unit, self.layout.stacked(unit))

    def _cut(self, opening: tuple[Block, ...], table: Table) -> None:
        start = 0
        if self.on_page and not self._fits(self.layout.stacked((*opening, _part(table, 0, self._fewest(table))))):
            self._new_page()
        while True:
            stop = self._rows_that_fit(opening, table, start)
            part = _part(table, start, stop)
            self._emit((*opening, part), self.layout.stacked((*opening, part)))
            if stop >= len(table.rows):
                return
            start, opening = stop, ()
            self._new_page()

    def _fewest(self, table: Table) -> int:
        """The rows that the first part of a table has at least."""
        first = self.layout.stacked((_part(table, 0, 1),))
        return 1 if first.total > TALL_ROW * self.layout.capacity else FEWEST_ROWS

    def _rows_that_fit(self, opening: tuple[Block, ...], table: Table, start: int) -> int:
        count = len(table.rows)
        stop = min(start + 1, count)
        while stop < count and self._fits(self.layout.stacked((*opening, _part(table, start, stop + 1)))):
            stop += 1
        left = count - stop
        if 0 < left < FEWEST_ROWS and stop - start > FEWEST_ROWS:
            stop -= FEWEST_ROWS - left
        return stop

    def _fits(self, extent: Extent) -> bool:
        together = self.on_page.then(extent) if self.on_page else extent
        return together.total <= self.layout.capacity

    def _new_page(self) -> None:
        self.pages.last += 1
        self.on_page = None
        self.pending_break = True

    def _emit(self, unit: tuple[Block, ...], extent: Extent) -> None:
        for block in unit:
            for inner in walk((block,)):
                if isinstance(inner, Heading):
                    self.pages.page_of[inner.anchor] = self.pages.last
            self.pages.placed.append(Placed(block, self.pending_break))
            self.pending_break = False
        self.on_page = self.on_page.then(extent) if self.on_page else extent


def _part(table: Table, start: int, stop: int) -> Table:
    """Some rows of a table; a part that continues says so."""
    part = replace(table, rows=table.rows[start:stop])
    if start:
        part = replace(part, caption=table.caption + CONTINUED, show_caption=True, name=f"{table.name}_{start}")
    return part


def _named(unit: tuple[Block, ...]) -> str:
    for block in walk(unit):
        if isinstance(block, Heading):
            return block.text
    return "bloc sans titre"
