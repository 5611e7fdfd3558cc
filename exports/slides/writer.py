"""Writes the slides with python-pptx: real titles and lists, tables with a header row, native charts, the same bytes.

Charts are the parts the Word report has, made by the same code: one look, one workbook behind each. What does not fit
on a slide is continued on the next, under the same title; sizes are reckoned, not left to the program that opens it.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from exports import palette
from exports.model import (
    Block,
    Bullets,
    Chart,
    Deck,
    Editable,
    Heading,
    Inlines,
    Paragraph,
    Slide,
    Status,
    Table,
    Text,
    text_of,
    walk,
)
from exports.packing import read_package, write_package
from exports.text_metrics import LINE, line_count, text_width
from exports.word.charts import chart_workbook, chart_xml
from exports.word.xml import safe
from sources.french import typography as typo

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Slides

FONT = "Arial"
#: the slide and what it holds, in points
WIDTH, HEIGHT = 960.0, 540.0
LEFT, TOP, INNER, BOTTOM = 42.0, 100.0, 876.0, 500.0
GAP, CELL_PADDING = 10.0, 8.0
#: where a chart is beside text or a table
BESIDE, LEAST_CHART = INNER * 0.6 - GAP, {False: 130.0, True: 240.0}
TITLE_SIZES, TEXT_SIZES = (28, 24, 20, 18), (22, 20, 18, 16, 14, 12, 11, 10, 9)
TABLE_SIZES = (18, 16, 14, 13, 12, 11, 10, 9, 8)
#: those that are read without effort from the back of a room
READ_SIZES = TABLE_SIZES[:5]
#: sizes of a table that goes on, on the next slide: the largest that takes no more slides than the least
CONTINUED_SIZES = (12, 11, 10)
#: a chart of the page is read from further away on a screen
CHART_SCALE = 1.5
_COVER, _BODY, _TITLE_ONLY = 0, 1, 5


class _Fitted(Struct, frozen=True):
    """What one slide shows, with the sizes that hold."""

    title: str
    texts: tuple[tuple[Inlines, bool], ...]
    text_size: int
    text_height: float
    table: Table | None
    table_size: int
    chart: Chart | None
    is_beside: bool = False


def write(deck: Deck) -> bytes:
    """The slides as PowerPoint reads them; the same bytes for the same deck."""
    from pptx import Presentation
    from pptx.util import Pt

    slides = Presentation()
    slides.slide_width, slides.slide_height = Pt(WIDTH), Pt(HEIGHT)
    _describe(slides, deck)
    _set_layouts(slides)
    _cover(slides, deck)
    charts: list[Chart] = []
    for slide in deck.slides:
        for fitted in _fitted(slide):
            _write(slides, deck, fitted)
            charts += [fitted.chart] if fitted.chart else []
    buffer = io.BytesIO()
    slides.save(buffer)
    return _settled(read_package(buffer.getvalue()), charts, deck.properties.created)


def _describe(slides: "Slides", deck: Deck) -> None:
    said, properties = deck.properties, slides.core_properties
    moment = dt.datetime(said.created.year, said.created.month, said.created.day)  # noqa: DTZ001 — the part has no zone
    properties.title, properties.subject, properties.author = said.title, said.subject, said.author
    properties.keywords, properties.language, properties.last_modified_by = said.keywords, said.language, said.author
    properties.created = properties.modified = moment
    properties.revision = 1


def _set_layouts(slides: "Slides") -> None:
    """The three layouts that are used, over the whole width; the others go."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    kept = [slides.slide_layouts[rank] for rank in (_COVER, _BODY, _TITLE_ONLY)]
    for layout in list(slides.slide_layouts):
        if layout not in kept:
            slides.slide_layouts.remove(layout)
    for holder in (slides.slide_master, *kept):
        for place in list(holder.placeholders):
            rank = place.placeholder_format.idx
            top, height = {0: (24.0, 64.0), 1: (TOP, BOTTOM - TOP)}.get(rank, (510.0, 20.0))
            if holder is kept[0]:
                top, height = {0: (150.0, 110.0), 1: (270.0, 170.0)}.get(rank, (top, height))
            place.left, place.top, place.width, place.height = Pt(LEFT), Pt(top), Pt(INNER), Pt(height)
            if rank in {0, 1}:
                place.text_frame.vertical_anchor = (
                    MSO_ANCHOR.BOTTOM if holder is kept[0] and not rank else MSO_ANCHOR.TOP
                )
                for paragraph in place.text_frame.paragraphs:
                    paragraph.alignment = PP_ALIGN.LEFT


def _cover(slides: "Slides", deck: Deck) -> None:
    slide = slides.slides.add_slide(slides.slide_layouts[0])
    _fill(slide.shapes.title.text_frame, [((Text(deck.fields["document"], "strong"),), False)], 36, palette.BLUE)
    _fill(slide.placeholders[1].text_frame, [(line, False) for line in deck.cover], 18)
    _footer(slide, deck, 1)


def _write(slides: "Slides", deck: Deck, fitted: _Fitted) -> None:
    from pptx.util import Pt

    slide = slides.slides.add_slide(slides.slide_layouts[1 if fitted.texts else 2])
    title_size = next(
        (size for size in TITLE_SIZES if _lines(fitted.title, INNER - 16, size, bold=True) <= 2), TITLE_SIZES[-1]
    )
    _fill(slide.shapes.title.text_frame, [((Text(fitted.title, "strong"),), False)], title_size, palette.BLUE)
    is_beside = fitted.is_beside
    width = BESIDE if is_beside else INNER
    if fitted.texts:
        body = slide.placeholders[1]
        body.left, body.top, body.width, body.height = Pt(LEFT), Pt(TOP), Pt(width), Pt(fitted.text_height)
        _fill(body.text_frame, fitted.texts, fitted.text_size)
    top = TOP + (fitted.text_height + GAP if fitted.texts else 0.0)
    if fitted.table is not None:
        _table(slide, fitted.table, fitted.table_size, top, width)
        top += sum(_heights(fitted.table, width, fitted.table_size)) + GAP
    if fitted.chart is not None:
        left, top, wide = (LEFT + width + GAP, TOP, INNER - width - GAP) if is_beside else (LEFT, top, width)
        wanted = fitted.chart.height_cm * 28.35 * CHART_SCALE
        _chart(slide, fitted.chart, (left, top, wide, min(BOTTOM - top, max(wanted, LEAST_CHART[is_beside]))))
    _footer(slide, deck, len(slides.slides))


def _fitted(slide: Slide) -> Iterable[_Fitted]:
    """One slide or more: a table that is too long goes on, on the next, under the same title."""
    blocks = tuple(walk(slide.blocks))
    texts = tuple(line for block in blocks for line in _text_lines(block))
    tables = [block for block in blocks if isinstance(block, Table) and block.rows]
    charts = [block for block in blocks if isinstance(block, Chart)]
    table, chart = (tables[0] if tables else None), (charts[0] if charts else None)
    room = BOTTOM - TOP
    if table is None:
        room -= min(room / 2, chart.height_cm * 28.35 * CHART_SCALE + GAP) if chart else 0.0
        size, height = _text_fit(texts, INNER, room)
        yield _Fitted(slide.title, texts, size, height, None, 0, chart)
        return
    if chart and (under := _held(slide.title, texts, table, (INNER, room - LEAST_CHART[False] - GAP), READ_SIZES)):
        yield replace(under, chart=chart)
        return
    width = BESIDE if chart else INNER
    sizes = TABLE_SIZES if slide.whole else tuple(size for size in TABLE_SIZES if size > CONTINUED_SIZES[0])
    if held := _held(slide.title, texts, table, (width, room), sizes):
        yield replace(held, chart=chart, is_beside=chart is not None)
    elif slide.whole:
        text_size, height = _text_fit(texts, width, room / 2)
        last = TABLE_SIZES[-1]
        yield _Fitted(slide.title, texts, text_size, height, table, last, chart, chart is not None)
    else:
        yield from _continued(slide.title, texts, table, chart)


def _held(
    title: str,
    texts: tuple[tuple[Inlines, bool], ...],
    table: Table,
    place: tuple[float, float],
    sizes: Sequence[int],
) -> _Fitted | None:
    """Text and table at the largest of the sizes at which they hold in the place (width, height), no word cut."""
    width, room = place
    for size in sizes:
        text_size = min(max(size, TEXT_SIZES[-1]), 18)
        height = _text_height(texts, width, text_size)
        left = room - (height + GAP if texts else 0.0)
        if sum(_heights(table, width, size)) <= left and not _breaks(table, width, size):
            return _Fitted(title, texts, text_size, height, table, size, None)
    return None


def _continued(
    title: str, texts: tuple[tuple[Inlines, bool], ...], table: Table, chart: Chart | None
) -> Iterable[_Fitted]:
    """A table over several slides, its header on each."""
    text_size, height = _text_fit(texts, INNER, (BOTTOM - TOP) / 3)
    taken = height + GAP if texts else 0.0
    shared = {size: _shared(table, size, taken) for size in CONTINUED_SIZES}
    size = next(size for size, parts in shared.items() if len(parts) == len(shared[CONTINUED_SIZES[-1]]))
    parts = shared[size]
    for number, ranks in enumerate(parts, start=1):
        said = title if len(parts) == 1 else f"{title} ({number}/{len(parts)})"
        part = replace(table, rows=tuple(table.rows[rank] for rank in ranks))
        shown = texts if number == 1 else ()
        yield _Fitted(said, shown, text_size, height if shown else 0.0, part, size, chart if number == 1 else None)


def _shared(table: Table, size: int, taken: float) -> list[list[int]]:
    """The rows of each slide, `taken` being what the first one's text takes."""
    header, *heights = _heights(table, INNER, size)
    parts: list[list[int]] = [[]]
    left = BOTTOM - TOP - header - taken
    for rank, needed in enumerate(heights):
        if needed > left and parts[-1]:
            parts.append([])
            left = BOTTOM - TOP - header
        parts[-1].append(rank)
        left -= needed
    return parts


def _text_lines(block: Block) -> Iterable[tuple[Inlines, bool]]:
    """The lines of a text block, each with whether it is an item of a list."""
    match block:
        case Paragraph(inlines=inlines):
            yield inlines, False
        case Bullets(items=items):
            yield from ((item, True) for item in items)
        case Heading(text=text):
            yield (Text(text, "strong"),), False
        case Editable(text=text) if text.strip():
            yield (Text(text),), False


def _text_fit(texts: Sequence[tuple[Inlines, bool]], width: float, room: float) -> tuple[int, float]:
    for size in TEXT_SIZES:
        height = _text_height(texts, width, size)
        if height <= room:
            return size, height
    return TEXT_SIZES[-1], room


def _text_height(texts: Sequence[tuple[Inlines, bool]], width: float, size: int) -> float:
    lines = (_lines(text_of(inlines), width - 16 - (18 if is_item else 0), size) for inlines, is_item in texts)
    return sum(count * size * LINE + size * 0.4 for count in lines) + 8.0 if texts else 0.0


def _lines(text: str, width: float, size: float, *, bold: bool = False) -> int:
    return line_count(text, width, size, bold=bold)


def _heights(table: Table, width: float, size: int) -> list[float]:
    """The height of the header row, then of each row."""
    shares = _widths(table, width)
    rows = [tuple((Text(column.title),) for column in table.columns), *table.rows]
    found = []
    for rank, cells in enumerate(rows):
        lines = (
            _lines(text_of(cell), share - 2 * CELL_PADDING, size, bold=not rank)
            for cell, share in zip(cells, shares, strict=True)
        )
        found.append(max(lines) * size * LINE + CELL_PADDING)
    return found


def _breaks(table: Table, width: float, size: int) -> bool:
    """Whether a word is wider than its column: it would be cut."""
    lines = [tuple((Text(column.title),) for column in table.columns), *table.rows]
    return any(
        text_width(word, size, bold=True) > share - 2 * CELL_PADDING
        for cells in lines
        for cell, share in zip(cells, _widths(table, width), strict=True)
        for word in text_of(cell).replace("-", "- ").split(" ")
    )


def _widths(table: Table, width: float) -> list[float]:
    total = sum(column.width for column in table.columns)
    return [width * column.width / total for column in table.columns]


def _fill(frame: Any, lines: Sequence[tuple[Inlines, bool]], size: float, ink: str = palette.INK) -> None:
    """Write paragraphs into a text frame; a line that is no item of a list has no bullet."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    for rank, (inlines, is_item) in enumerate(lines):
        paragraph = frame.paragraphs[0] if not rank else frame.add_paragraph()
        paragraph.space_before, paragraph.space_after = Pt(0), Pt(size * 0.4)
        paragraph.alignment = PP_ALIGN.LEFT
        properties = paragraph._p.get_or_add_pPr()
        if not is_item:
            properties.set("marL", "0")
            properties.set("indent", "0")
            properties.insert(0, properties.makeelement(_qualified("a:buNone"), {}))
            # spacing comes before the bullet in the schema
            properties.append(properties[0])
        _runs(paragraph, inlines, size, ink)


def _qualified(name: str) -> str:
    from pptx.oxml.ns import qn

    return str(qn(name))


def _runs(paragraph: Any, inlines: Inlines, size: float, ink: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.lang import MSO_LANGUAGE_ID
    from pptx.util import Pt

    for item in inlines:
        if not item.text:
            continue
        run = paragraph.add_run()
        run.text = safe(item.text)
        run.font.size, run.font.name = Pt(size), FONT
        run.font.language_id = MSO_LANGUAGE_ID.FRENCH
        tone = getattr(item, "tone", "plain")
        run.font.bold = tone == "strong" or isinstance(item, Status)
        look = palette.tone(item.code).ink if isinstance(item, Status) else palette.MUTED if tone == "muted" else ink
        run.font.color.rgb = RGBColor.from_string(look)


def _table(slide: Any, table: Table, size: int, top: float, width: float) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    heights = _heights(table, width, size)
    rows, columns = len(table.rows) + 1, len(table.columns)
    frame = slide.shapes.add_table(rows, columns, Pt(LEFT), Pt(top), Pt(width), Pt(sum(heights)))
    _say(frame, table.caption, typo.spaced(table.description))
    grid = frame.table
    for rank, share in enumerate(_widths(table, width)):
        grid.columns[rank].width = Pt(share)
    lines = [tuple((Text(column.title, "strong"),) for column in table.columns), *table.rows]
    for rank, cells in enumerate(lines):
        grid.rows[rank].height = Pt(heights[rank])
        for column, cell in enumerate(cells):
            written = grid.cell(rank, column)
            written.margin_left = written.margin_right = Pt(CELL_PADDING)
            written.margin_top = written.margin_bottom = Pt(CELL_PADDING / 2)
            only = cell[0] if len(cell) == 1 else None
            ground = palette.tone(only.code).ground if isinstance(only, Status) else palette.WHITE
            written.fill.solid()
            written.fill.fore_color.rgb = RGBColor.from_string(ground if rank else palette.BLUE)
            paragraph = written.text_frame.paragraphs[0]
            if table.columns[column].align == "right":
                paragraph.alignment = PP_ALIGN.RIGHT
            _runs(paragraph, cell, size, palette.INK if rank else palette.WHITE)


def _chart(slide: Any, chart: Chart, place: tuple[float, float, float, float]) -> None:
    """A native chart; its part and its workbook are put in place of python-pptx's once the file is written."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    data = CategoryChartData()
    data.categories = ["x"]
    data.add_series("y", (1,))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *(Pt(part) for part in place), data)
    _say(frame, chart.title, typo.spaced(chart.alt))


def _say(frame: Any, name: str, words: str) -> None:
    """The name and the alternative text of a shape."""
    frame.name = safe(name)
    for properties in frame.element.xpath(".//p:cNvPr"):
        properties.set("descr", safe(words))


def _footer(slide: Any, deck: Deck, number: int) -> None:
    """Session, state and number, read last."""
    from pptx.util import Pt

    box = slide.shapes.add_textbox(Pt(LEFT), Pt(508.0), Pt(INNER), Pt(22.0))
    box.name = "Pied de page"
    said = f"{deck.fields['session_code']} – {deck.fields['state']} – version {deck.fields['version']} – {number}"
    banner = deck.fields["banner"]
    line: Inlines = (Text(f"{banner} – ", "strong"), Text(said, "muted")) if banner else (Text(said, "muted"),)
    _fill(box.text_frame, [(line, False)], 10, palette.ALARM if banner else palette.MUTED)


def _settled(parts: dict[str, bytes], charts: Sequence[Chart], created: dt.date) -> bytes:
    """The parts in their one form: our charts with their workbooks, our font, no picture of another presentation."""
    numbers = sorted(int(found[1]) for name in parts if (found := re.fullmatch(r"ppt/charts/chart(\d+)\.xml", name)))
    for number, chart in zip(numbers, charts, strict=True):
        part = f"ppt/charts/chart{number}.xml"
        relations = parts[f"ppt/charts/_rels/chart{number}.xml.rels"].decode()
        (book,) = re.findall(r'Target="\.\./embeddings/([^"]+)"', relations)
        (relation,) = re.findall(r'Id="([^"]+)"', relations)
        xml = chart_xml(chart).decode().replace('r:id="rId1"', f'r:id="{relation}"')
        parts[part] = re.sub(r'sz="(\d+)"', lambda found: f'sz="{round(int(found[1]) * CHART_SCALE)}"', xml).encode()
        parts[f"ppt/embeddings/{book}"] = chart_workbook(chart, created)
    for name, content in parts.items():
        if name.startswith("ppt/theme/"):
            parts[name] = content.replace(b'typeface="Calibri"', f'typeface="{FONT}"'.encode())
    parts.pop("docProps/thumbnail.jpeg", None)
    parts["_rels/.rels"] = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", parts["_rels/.rels"])
    return write_package(parts)
