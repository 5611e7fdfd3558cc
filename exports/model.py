"""The document model: what a deliverable says, before any file format.

Content modules (`exports.content`) build these values from the marts; writers (`exports.word`, `exports.excel`) turn
them into files and know nothing of the marts. Every printed figure is a `Figure` carrying its key in the marts, so
that a test, or a reader, can go from the page back to the row. All values are immutable.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field

Tone: TypeAlias = Literal["plain", "strong", "muted"]


class Key(Struct, frozen=True):
    """Where a figure is in the marts: table, row (its grain's values joined by « / »), column."""

    table: str
    row: str
    column: str


class Text(Struct, frozen=True):
    """Plain words."""

    text: str
    tone: Tone = "plain"


class Figure(Struct, frozen=True):
    """A figure or date as printed, its typed value, its form for spreadsheets and its key.

    `form` is a number form (`integer`, `number`, `percent`, `unit`) or a date precision (`day`, `month`, `quarter`,
    `semester`, `year`).
    """

    text: str
    value: float | dt.date
    key: Key
    form: str = "number"
    tone: Tone = "plain"


class Status(Struct, frozen=True):
    """A status: code for the look, label and symbol for the reader."""

    code: str
    label: str
    symbol: str

    @property
    def text(self) -> str:
        """Symbol and word, never the one without the other."""
        return f"{self.symbol}\u00a0{self.label}"


class Link(Struct, frozen=True):
    """Words that lead to an anchor of the document (`#…`) or to an address; `status` gives them a status's look."""

    text: str
    target: str
    tone: Tone = "plain"
    status: Status | None = None


class Anchor(Struct, frozen=True):
    """Words that links lead to by the anchor's name."""

    text: str
    name: str


Inline: TypeAlias = Text | Figure | Status | Link | Anchor
Inlines: TypeAlias = tuple[Inline, ...]


class Heading(Struct, frozen=True):
    """A heading, levels 1 to 3, that links and the contents lead to by its anchor."""

    level: int
    text: str
    anchor: str


Role: TypeAlias = Literal["body", "lead", "meta", "small", "caption", "status", "label"]


class Paragraph(Struct, frozen=True):
    """A paragraph in one of the template's roles."""

    inlines: Inlines
    role: Role = "body"


class Bullets(Struct, frozen=True):
    """A real list."""

    items: tuple[Inlines, ...]


class Editable(Struct, frozen=True):
    """A text the DNS may rewrite in a draft: key and mark name it and its origin from one render to the next."""

    key: str
    label: str
    text: str
    source: Inlines = ()
    based_on: str = ""
    role: Literal["body", "note"] = "body"


Align: TypeAlias = Literal["left", "right", "center"]


class Column(Struct, frozen=True):
    """A column: header, share of the width (Word) or width in characters (Excel), alignment.

    `is_bar` draws a percentage as a bar behind its figure, where the form can.
    """

    title: str
    width: float
    align: Align = "left"
    is_bar: bool = False


Cell: TypeAlias = Inlines


class Table(Struct, frozen=True):
    """A table with one header row, no merged cells, a caption and a description for who cannot see it."""

    name: str
    caption: str
    description: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    splittable: bool = False
    show_caption: bool = False


class Series(Struct, frozen=True):
    """One series: values beside the chart's categories, None where there is none; `status` gives a status's look."""

    name: str
    values: tuple[float | None, ...]
    role: Literal["actual", "target", "bar"] = "bar"
    status: str = ""


class Chart(Struct, frozen=True):
    """A chart: `bar` over words, one `stack` of all its series, or `trajectory` over dates; `alt` says it in words.

    `least_end` is a value that the axis of bars reaches at least: 100 where bars are shares of a whole.
    """

    kind: Literal["bar", "stack", "trajectory"]
    title: str
    alt: str
    categories: tuple[str, ...] | tuple[dt.date, ...]
    series: tuple[Series, ...]
    unit: str = ""
    height_cm: float = 4.6
    least_end: float = 0.0


class Picture(Struct, frozen=True):
    """A picture that somebody inserted: its bytes, what it shows, its size."""

    content: bytes
    extension: str
    alt: str
    width_cm: float
    height_cm: float


class Group(Struct, frozen=True):
    """Blocks that stay on one page."""

    blocks: tuple["Block", ...]


Block: TypeAlias = Heading | Paragraph | Bullets | Editable | Table | Chart | Picture | Group


class Section(Struct, frozen=True):
    """Blocks that begin on a new page. `flowing` sections, last in the document, break where the page ends.

    `shorter` are other forms of a section that has to hold on one page, the fullest first: a writer that knows pages
    takes the first that does. An `opening` section comes before the contents.
    """

    blocks: tuple[Block, ...]
    flowing: bool = False
    opening: bool = False
    shorter: tuple[tuple[Block, ...], ...] = ()


class Properties(Struct, frozen=True):
    """What a file says of itself; `created` is the session's date, never the clock's."""

    title: str
    subject: str
    author: str
    keywords: str
    created: dt.date
    language: str = "fr-FR"


class Document(Struct, frozen=True):
    """A Word document: the template's fields by name, then sections."""

    properties: Properties
    fields: dict[str, str]
    sections: tuple[Section, ...]


class Sparkline(Struct, frozen=True):
    """Small lines in a column of the sheet's first table, each over rows of another sheet's first table.

    `spans` has, per row, the first and last row (from 0) of `sheet` to draw, or None where there is nothing to draw.
    """

    column: int
    sheet: str
    source_column: int
    spans: tuple[tuple[int, int] | None, ...]


class SheetChart(Struct, frozen=True):
    """A chart over the first table's columns: categories, then values, for its first `rows` rows."""

    chart: Chart
    category_column: int
    value_columns: tuple[int, ...]
    rows: int


class Sheet(Struct, frozen=True):
    """A worksheet: title, words of introduction, then tables one under the other, and charts beside the first.

    `anchors` gives the row of the first table (from 0) by which links of other sheets reach it; `printed_columns`
    says how many columns go to paper, the others being for the screen.
    """

    name: str
    title: str
    intro: tuple[Inlines, ...]
    tables: tuple[Table, ...]
    charts: tuple[SheetChart, ...] = ()
    sparklines: tuple[Sparkline, ...] = ()
    anchors: dict[str, int] = field(default_factory=dict)
    printed_columns: int = 0
    frozen_columns: int = 1


class Workbook(Struct, frozen=True):
    """A workbook: sheets in order; the banner, where there is one, is printed on every page of every sheet."""

    properties: Properties
    sheets: tuple[Sheet, ...]
    banner: str = ""


class Slide(Struct, frozen=True):
    """A slide: its title, then text, one table and one chart at most; `whole` is never continued on another."""

    title: str
    blocks: tuple[Block, ...]
    whole: bool = False


class Deck(Struct, frozen=True):
    """Slides in order, after a cover made of the fields and a few lines."""

    properties: Properties
    fields: dict[str, str]
    cover: tuple[Inlines, ...]
    slides: tuple[Slide, ...]


def text_of(inlines: Inlines) -> str:
    """The words of a run of inlines."""
    if len(inlines) == 1:  # most cells of most tables
        return inlines[0].text
    return "".join([item.text for item in inlines])


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block in reading order, groups opened."""
    for block in blocks:
        if isinstance(block, Group):
            yield from walk(block.blocks)
        else:
            yield block


def inlines_of(block: Block) -> Iterator[Inline]:
    """Every inline of a block in reading order."""
    match block:
        case Paragraph(inlines=inlines):
            yield from inlines
        case Bullets(items=items):
            for item in items:
                yield from item
        case Table(rows=rows):
            for row in rows:
                for cell in row:
                    yield from cell
        case Editable(source=source):
            yield from source
        case _:
            return


def figures_of(document: Document) -> Iterator[Figure]:
    """Every figure the document prints."""
    for section in document.sections:
        for block in walk(section.blocks):
            for item in inlines_of(block):
                if isinstance(item, Figure):
                    yield item
