"""Model blocks to WordprocessingML: paragraphs, tables, links, bookmarks, charts, editable texts.

One `BodyWriter` writes one document: it hands out the identifiers (bookmarks, drawings, content controls) and
collects the charts and pictures that become parts of their own.
"""

import hashlib
import re
from collections.abc import Iterable

from msgspec.structs import replace

from exports.model import (
    Anchor,
    Block,
    Bullets,
    Chart,
    Editable,
    Figure,
    Group,
    Heading,
    Inline,
    Inlines,
    Link,
    Paragraph,
    Picture,
    Status,
    Table,
    Text,
    text_of,
)
from exports.text_marks import mark
from exports.text_metrics import text_width
from exports.word import identity
from exports.word.layout import AFTER_TABLE, CELL_PADDING, POINTS_PER_CM, Layout
from exports.word.markup import NOTHING, Markup, el, joined, space, val, words
from exports.word.pages import Placed
from exports.word.styles import CHARACTER_STYLES, PARAGRAPH_STYLES, RAISED_STYLE, TABLE_STYLE
from exports.word.template import Template
from exports.word.xml import safe
from sources.french import typography as typo

_EMU_PER_CM = 360000
_EMU_PER_POINT = 12700
_TWIPS = 20
_KEEP_NEXT, _PAGE_BREAK, _BREAK, _TAB = el("w:keepNext"), el("w:pageBreakBefore"), el("w:br"), el("w:tab")
#: lines, tabs, and what XML cannot hold: few texts have any
_SPECIAL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: a no-break space that parts two words, and none before a sign
_BETWEEN_WORDS = re.compile(f"(?<=\\w){typo.NBSP}(?=\\w)")
_DIGIT_E = re.compile(r"\d(?:e|re|ᵉ|ʳᵉ)")
_ROW = el("w:trPr", None, el("w:cantSplit"))
_HEADER_ROW = el("w:trPr", None, el("w:cantSplit"), el("w:tblHeader"))
_PICTURE_URI = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_CHART_URI = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def bookmark_name(anchor: str) -> str:
    """An anchor as Word takes it: a letter first, letters, digits and « _ », 40 characters at most."""
    plain = re.sub(r"\W", "_", anchor, flags=re.ASCII)
    if len(plain) > 36 or not plain[:1].isalpha():
        plain = f"a{hashlib.sha256(anchor.encode()).hexdigest()[:30]}"
    return plain


class BodyWriter:
    """Writes blocks in order; `charts` and `pictures` hold what goes to other parts."""

    def __init__(self, template: Template, layout: Layout) -> None:
        self.template = template
        self.layout = layout
        self.charts: list[Chart] = []
        self.pictures: list[Picture] = []
        self._looks: dict[tuple[str | None, bool], Markup] = {}
        self._shapes: dict[tuple[object, ...], Markup] = {}
        self._bookmarks = 0
        self._controls = 1000
        self._follows_table = False

    def write(self, placed: Iterable[Placed]) -> Markup:
        """Every block, in order."""
        return joined(self.block(item.block, breaks=item.breaks) for item in placed)

    def block(self, block: Block, *, breaks: bool = False, keep: bool = False) -> Markup:  # noqa: PLR0911 — one a kind
        """One block; `breaks` begins a new page, `keep` ties it to the next block."""
        match block:
            case Heading():
                return self._heading(block, breaks=breaks)
            case Paragraph(inlines=inlines, role=role):
                return self.paragraph(inlines, role, breaks=breaks, keep=keep)
            case Bullets(items=items):
                return joined(
                    self.paragraph(item, "bullet", breaks=breaks and not rank, keep=keep)
                    for rank, item in enumerate(items)
                )
            case Editable():
                return self._editable(block, keep=keep)
            case Table():
                return self._table(block, breaks=breaks, keep=keep)
            case Chart():
                return self._chart(block, breaks=breaks)
            case Picture():
                return self._picture(block, breaks=breaks, keep=keep)
            case Group(blocks=blocks):
                return joined(
                    self.block(inner, breaks=breaks and not rank, keep=rank + 1 < len(blocks))
                    for rank, inner in enumerate(blocks)
                )

    def paragraph(self, inlines: Inlines, role: str, *, breaks: bool = False, keep: bool = False) -> Markup:
        """A paragraph in a role's style."""
        return el("w:p", None, self._properties(role, breaks=breaks, keep=keep), self.runs(inlines))

    def _properties(self, role: str, *, breaks: bool = False, keep: bool = False, align: str = "left") -> Markup:
        """A paragraph's properties; few are different, and each kind is written once."""
        follows, self._follows_table = self._follows_table, False
        kind = (role, breaks, keep, align, follows)
        if kind not in self._shapes:
            self._shapes[kind] = self._written_properties(role, align, breaks=breaks, keep=keep, follows_table=follows)
        return self._shapes[kind]

    def _written_properties(self, role: str, align: str, *, breaks: bool, keep: bool, follows_table: bool) -> Markup:
        style = PARAGRAPH_STYLES[role]
        before = self.template.metrics[style].before
        properties = [val("w:pStyle", self.template.style(style))]
        if keep:
            properties.append(_KEEP_NEXT)
        if breaks:
            properties.append(_PAGE_BREAK)
        if breaks and before:
            properties.append(el("w:spacing", {"w:before": "0"}))
        elif follows_table and before < AFTER_TABLE:
            properties.append(el("w:spacing", {"w:before": str(round(AFTER_TABLE * _TWIPS))}))
        if align != "left":
            properties.append(val("w:jc", align))
        return el("w:pPr", None, *properties)

    # inlines

    def runs(self, inlines: Inlines) -> Markup:
        """The runs of a paragraph."""
        return joined(map(self._inline, inlines))

    def _inline(self, item: Inline) -> Markup:
        match item:
            case Text(text=text, tone=tone) | Figure(text=text, tone=tone):
                return self.run(text, CHARACTER_STYLES.get(tone))
            case Status(code=code):
                style = CHARACTER_STYLES.get(f"status {code}", CHARACTER_STYLES["strong"])
                return self.run(f"\u00a0{item.text}\u00a0", style)
            case Link():
                return self._link(item)
            case Anchor(text=text, name=anchor):
                return self._bookmarked(anchor, text)

    def run(self, text: str, style: str | None = None) -> Markup:
        """Runs; line breaks and tabs of the text become Word's, the ends of ordinals are raised."""
        pieces = typo.raised(text) if _DIGIT_E.search(text) else ()
        if len(pieces) > 1:
            return joined(self._run(piece, style, is_raised=is_raised) for piece, is_raised in pieces)
        return self._run(text, style)

    def _run(self, text: str, style: str | None, *, is_raised: bool = False) -> Markup:
        look = self._look(style, is_raised=is_raised) if style or is_raised else NOTHING
        if not _SPECIAL.search(text):
            return Markup(f"<w:r>{look}{_kept(text)}</w:r>") if look or text else el("w:r")
        lines = safe(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        said = _BREAK.join(_TAB.join(_kept(piece) for piece in line.split("\t")) for line in lines)
        return el("w:r", None, look, Markup(said))

    def _look(self, style: str | None, *, is_raised: bool) -> Markup:
        """The properties of a run in a character style; raised text of another style is raised by hand."""
        if (style, is_raised) not in self._looks:
            named = val("w:rStyle", self.template.style(style or RAISED_STYLE))
            by_hand = val("w:vertAlign", "superscript") if style and is_raised else NOTHING
            self._looks[style, is_raised] = el("w:rPr", None, named, by_hand)
        return self._looks[style, is_raised]

    def _link(self, item: Link) -> Markup:
        if not item.target.startswith("#"):
            return self.run(f"{item.text} ({item.target})")
        attributes = {"w:anchor": bookmark_name(item.target[1:]), "w:history": "1"}
        if item.status is None:
            return el("w:hyperlink", attributes, self.run(item.text, CHARACTER_STYLES["link"]))
        look = CHARACTER_STYLES.get(f"status {item.status.code}", CHARACTER_STYLES["strong"])
        shown = self.run(f"\u00a0{item.text}\u00a0", look)
        return el("w:hyperlink", {**attributes, "w:tooltip": item.status.label}, shown)

    # blocks

    def _heading(self, heading: Heading, *, breaks: bool) -> Markup:
        properties = self._properties(f"heading {heading.level}", breaks=breaks)
        return el("w:p", None, properties, self._bookmarked(heading.anchor, heading.text))

    def _bookmarked(self, anchor: str, text: str) -> Markup:
        """Words with the bookmark that links lead to."""
        self._bookmarks += 1
        identifier = str(self._bookmarks)
        start = el("w:bookmarkStart", {"w:id": identifier, "w:name": bookmark_name(anchor)})
        return joined((start, self.run(text), el("w:bookmarkEnd", {"w:id": identifier})))

    def _editable(self, block: Editable, *, keep: bool) -> Markup:
        label, notice = NOTHING, NOTHING
        if block.label:
            label = self.paragraph((Text(block.label), *block.source), "label", keep=True)
        lines = [line for line in block.text.splitlines() if line.strip()] or [""]
        content = joined(
            self.paragraph((Text(line.strip()),), block.role, keep=keep or rank + 1 < len(lines))
            for rank, line in enumerate(lines)
        )
        control = self.control(block, content)
        if block.source and not block.label:
            notice = self.paragraph(block.source, "small")
        return joined((label, control, notice))

    def control(self, block: Editable, content: Markup) -> Markup:
        """The content control around an editable text, by which it is found again."""
        self._controls += 1
        label = block.label or "Texte complet"
        properties = identity.control_properties(block.key, label, block.based_on, mark(block.text), self._controls)
        return el("w:sdt", None, properties, el("w:sdtContent", None, content))

    def _table(self, table: Table, *, breaks: bool, keep: bool) -> Markup:
        caption = NOTHING
        if table.show_caption:
            caption = self.paragraph((Text(table.caption),), "caption", breaks=breaks, keep=True)
        widths = [round(width * _TWIPS) for width in self.layout.column_widths(table)]
        self._follows_table = False
        grid = el("w:tblGrid", None, *(el("w:gridCol", {"w:w": str(width)}) for width in widths))
        titles = tuple((Text(column.title),) for column in table.columns)
        rows = [self._row(table, titles, widths, header=True, keep=True)]
        for rank, cells in enumerate(table.rows):
            kept = keep or (not table.splittable and rank + 1 < len(table.rows))
            rows.append(self._row(table, cells, widths, keep=kept))
        self._follows_table = True
        return joined((caption, el("w:tbl", None, self._table_properties(table, sum(widths)), grid, *rows)))

    def _table_properties(self, table: Table, width: int) -> Markup:
        look = {"w:val": "0020", "w:firstRow": "1", "w:lastRow": "0", "w:firstColumn": "0", "w:lastColumn": "0"}
        return el(
            "w:tblPr",
            None,
            val("w:tblStyle", self.template.style(TABLE_STYLE)),
            el("w:tblW", {"w:w": str(width), "w:type": "dxa"}),
            el("w:tblLayout", {"w:type": "fixed"}),
            el("w:tblLook", {**look, "w:noHBand": "1", "w:noVBand": "1"}),
            val("w:tblCaption", typo.spaced(safe(table.caption))),
            val("w:tblDescription", typo.spaced(safe(table.description))),
        )

    def _row(
        self, table: Table, cells: tuple[Inlines, ...], widths: list[int], *, header: bool = False, keep: bool = False
    ) -> Markup:
        role = "header_cell" if header else "cell"
        written = [_HEADER_ROW if header else _ROW]
        for column, cell, width in zip(table.columns, cells, widths, strict=True):
            properties = self._properties(role, keep=keep, align=column.align)
            shape = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            written.append(
                Markup(f"<w:tc>{shape}<w:p>{properties}{self.runs(self._loosened(cell, width, role))}</w:p></w:tc>")
            )
        return el("w:tr", None, *written)

    def _loosened(self, cell: Inlines, width: int, role: str) -> Inlines:
        """A cell in which words held together by no-break spaces may part, where it is narrower than they are."""
        style = self.layout.styles[PARAGRAPH_STYLES[role]]
        room = width / _TWIPS - 2 * CELL_PADDING

        def wide(text: str) -> float:
            return max(text_width(word, style.size, bold=style.bold) for word in text.split(" "))

        if wide(text_of(cell)) <= room:
            return cell
        return tuple(
            replace(item, text=_BETWEEN_WORDS.sub(" ", item.text))
            if isinstance(item, Text | Figure) and wide(item.text) > room / 2
            else item
            for item in cell
        )

    def _chart(self, chart: Chart, *, breaks: bool) -> Markup:
        self.charts.append(chart)
        size = round(self.layout.page.width * _EMU_PER_POINT), round(chart.height_cm * _EMU_PER_CM)
        drawn = el("c:chart", {**space("c"), "r:id": chart_relation(len(self.charts))})
        said = "Graphique", chart.title, chart.alt
        return self._drawing(drawn, _CHART_URI, size, said, self._properties("chart", breaks=breaks, keep=True))

    def _picture(self, picture: Picture, *, breaks: bool, keep: bool) -> Markup:
        self.pictures.append(picture)
        most = self.layout.page.width / POINTS_PER_CM
        scale = min(1.0, most / picture.width_cm) if picture.width_cm else 1.0
        size = round(picture.width_cm * scale * _EMU_PER_CM), round(picture.height_cm * scale * _EMU_PER_CM)
        sides = {"cx": str(size[0]), "cy": str(size[1])}
        drawn = el(
            "pic:pic",
            {"xmlns:pic": _PICTURE_URI},
            el("pic:nvPicPr", None, el("pic:cNvPr", {"id": "0", "name": "Image"}), el("pic:cNvPicPr")),
            el(
                "pic:blipFill",
                None,
                el("a:blip", {"r:embed": picture_relation(len(self.pictures))}),
                el("a:stretch", None, el("a:fillRect")),
            ),
            el(
                "pic:spPr",
                None,
                el("a:xfrm", None, el("a:off", {"x": "0", "y": "0"}), el("a:ext", sides)),
                el("a:prstGeom", {"prst": "rect"}, el("a:avLst")),
            ),
        )
        said = "Image", "", picture.alt
        return self._drawing(drawn, _PICTURE_URI, size, said, self._properties("chart", breaks=breaks, keep=keep))

    def _drawing(
        self, drawn: Markup, uri: str, size: tuple[int, int], said: tuple[str, str, str], properties: Markup
    ) -> Markup:
        """A chart or a picture in a paragraph of its own."""
        identifier = len(self.charts) + len(self.pictures)
        (width, height), (kind, title, alt) = size, said
        graphic = el("a:graphic", space("a"), el("a:graphicData", {"uri": uri}, drawn))
        inline = el(
            "wp:inline",
            {**space("wp"), "distT": "0", "distB": "0", "distL": "0", "distR": "0"},
            el("wp:extent", {"cx": str(width), "cy": str(height)}),
            el("wp:effectExtent", {"l": "0", "t": "0", "r": "0", "b": "0"}),
            el(
                "wp:docPr",
                {
                    "id": str(identifier),
                    "name": f"{kind} {identifier}",
                    "descr": typo.spaced(safe(alt)),
                    "title": typo.spaced(safe(title)),
                },
            ),
            el("wp:cNvGraphicFramePr"),
            graphic,
        )
        run = el("w:r", None, el("w:drawing", None, inline))
        return el("w:p", None, properties, run)


def _kept(piece: str) -> Markup:
    """A piece of text as it is, its spaces too."""
    return Markup(f'<w:t xml:space="preserve">{words(piece)}</w:t>') if piece else NOTHING


def picture_relation(rank: int) -> str:
    """The relationship identifier of the document's n-th inserted picture."""
    return f"rIdPicture{rank}"


def chart_relation(rank: int) -> str:
    """The relationship identifier of the document's n-th chart."""
    return f"rIdChart{rank}"
