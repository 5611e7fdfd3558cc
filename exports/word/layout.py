"""How high a block will be, so that page breaks are ours and the contents' page numbers are right.

Nothing is rendered: character widths are Arial's (`exports.text_metrics`), sizes and spacing
come from the template's styles. A report's page breaks are placed where this reckoning says a page is full, so the
same numbers hold in Word, in LibreOffice and without either; PAGEREF fields in the contents let Word correct them
after the DNS has edited the text.
"""

from collections.abc import Iterable
from functools import reduce

from msgspec import Struct

from exports.model import (
    Block,
    Bullets,
    Chart,
    Editable,
    Group,
    Heading,
    Inlines,
    Paragraph,
    Picture,
    Status,
    Table,
    Text,
    text_of,
)
from exports.text_metrics import LINE, line_count
from exports.word.styles import PARAGRAPH_STYLES

POINTS_PER_CM = 28.3465
CELL_PADDING = 4.25
BORDER = 0.5
_SPACE = "\u00a0"
#: least space between a table and the paragraph under it
AFTER_TABLE = 6.0
#: share of the page the reckoning may fill; the rest absorbs the differences between renderers
FILL = 0.96


class StyleMetrics(Struct, frozen=True):
    """What a paragraph style says of sizes, in points; `line` multiplies single spacing."""

    size: float
    before: float
    after: float
    line: float
    indent: float
    bold: bool


class PageMetrics(Struct, frozen=True):
    """The body's width and height, in points."""

    width: float
    height: float


class Extent(Struct, frozen=True):
    """What a block takes: the space it wants before and after itself, its own height."""

    before: float
    height: float
    after: float

    def then(self, following: "Extent") -> "Extent":
        """Both, one under the other: between paragraphs Word leaves the larger of the two spaces, not their sum."""
        gap = max(self.after, following.before)
        height = self.height + gap + following.height
        return Extent(self.before, height, following.after)

    @property
    def total(self) -> float:
        """Everything, as it is at the top of a page; the space after the last block may fall off."""
        return self.before + self.height


def _shown(inlines: Inlines) -> str:
    """The words of inlines as wide as they are written: a status has a space on each side, and is bold."""
    if not any(isinstance(item, Status) for item in inlines):
        return text_of(inlines)
    return "".join(f"{_SPACE}{item.text}{_SPACE * 3}" if isinstance(item, Status) else item.text for item in inlines)


class Layout:
    """Extents of blocks under one template."""

    def __init__(self, styles: dict[str, StyleMetrics], page: PageMetrics) -> None:
        self.styles = styles
        self.page = page

    @property
    def capacity(self) -> float:
        """What a page may hold."""
        return self.page.height * FILL

    def stacked(self, blocks: Iterable[Block]) -> Extent:
        """Blocks one under the other."""
        return reduce(Extent.then, (self.extent(block) for block in blocks))

    def extent(self, block: Block) -> Extent:  # noqa: PLR0911 — one a kind
        """One block."""
        match block:
            case Heading(level=level, text=text):
                return self.paragraph(text, f"heading {level}")
            case Paragraph(inlines=inlines, role=role):
                return self.paragraph(_shown(inlines), role)
            case Bullets(items=items):
                return reduce(Extent.then, (self.paragraph(_shown(item), "bullet") for item in items))
            case Editable():
                return self._editable(block)
            case Table():
                return self._table(block)
            case Chart(height_cm=centimetres):
                style = self.styles[PARAGRAPH_STYLES["chart"]]
                return Extent(style.before, centimetres * POINTS_PER_CM + 4, style.after)
            case Picture(height_cm=centimetres):
                style = self.styles[PARAGRAPH_STYLES["chart"]]
                return Extent(style.before, centimetres * POINTS_PER_CM + 4, style.after)
            case Group(blocks=blocks):
                return self.stacked(blocks)

    def paragraph(self, text: str, role: str, width: float | None = None) -> Extent:
        """A text in a paragraph style."""
        style = self.styles[PARAGRAPH_STYLES[role]]
        room = (width if width is not None else self.page.width) - style.indent
        lines = line_count(text, room, style.size, bold=style.bold)
        return Extent(style.before, lines * style.size * LINE * style.line, style.after)

    def lines(self, text: str, role: str) -> int:
        """How many lines a text takes across the page in a paragraph style."""
        style = self.styles[PARAGRAPH_STYLES[role]]
        return line_count(text, self.page.width - style.indent, style.size, bold=style.bold)

    def row(self, cells: tuple[Inlines, ...], widths: list[float], role: str = "cell") -> float:
        """The height of a table row."""
        extents = [
            self.paragraph(_shown(cell), role, width - 2 * CELL_PADDING)
            for cell, width in zip(cells, widths, strict=True)
        ]
        return max(extent.before + extent.height + extent.after for extent in extents) + BORDER

    def column_widths(self, table: Table) -> list[float]:
        """The columns' widths: their shares of the page."""
        total = sum(column.width for column in table.columns)
        return [self.page.width * column.width / total for column in table.columns]

    def header(self, table: Table) -> float:
        """The height of a table's header row."""
        titles: tuple[Inlines, ...] = tuple((Text(column.title),) for column in table.columns)
        return self.row(titles, self.column_widths(table), "header_cell")

    def _editable(self, block: Editable) -> Extent:
        lines = [line for line in block.text.splitlines() if line.strip()] or [""]
        body = reduce(Extent.then, (self.paragraph(line, block.role) for line in lines))
        if block.label:
            return self.paragraph(block.label + text_of(block.source), "label").then(body)
        return body.then(self.paragraph(text_of(block.source), "small")) if block.source else body

    def _table(self, table: Table) -> Extent:
        widths = self.column_widths(table)
        rows = sum(self.row(cells, widths) for cells in table.rows)
        grid = Extent(0.0, self.header(table) + rows, AFTER_TABLE)
        return self.paragraph(table.caption, "caption").then(grid) if table.show_caption else grid
