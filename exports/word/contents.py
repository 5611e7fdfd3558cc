"""The table of contents: a field Word can update, already filled, with the page numbers the layout reckoned."""

from exports.model import Heading, Section, walk
from exports.word.body import BodyWriter, bookmark_name
from exports.word.layout import Extent, Layout
from exports.word.styles import PARAGRAPH_STYLES
from exports.word.xml import Element, el, val

INSTRUCTION = ' TOC \\o "1-3" \\h \\z \\u '


def entries(sections: tuple[Section, ...]) -> list[Heading]:
    """The headings the contents list, in order."""
    return [block for section in sections for block in walk(section.blocks) if isinstance(block, Heading)]


def page_starts(layout: Layout, headings: list[Heading], title_height: float) -> list[int]:
    """Ranks of the entries that begin a page of the contents; always 0 first."""
    starts = [0]
    on_page = Extent(0.0, title_height, 0.0)
    for rank, heading in enumerate(headings):
        entry = layout.paragraph(heading.text + " 999", f"toc {heading.level}")
        together = on_page.then(entry)
        if together.total > layout.capacity:
            starts.append(rank)
            together = entry
        on_page = together
    return starts


def write(writer: BodyWriter, headings: list[Heading], page_of: dict[str, int], starts: list[int]) -> Element:
    """The content control Word knows as a table of contents."""
    paragraphs = [
        _entry(writer, heading, page_of[heading.anchor], breaks=rank in starts[1:])
        for rank, heading in enumerate(headings)
    ]
    opening = [_mark("begin"), _instruction(INSTRUCTION), _mark("separate")]
    for position, run in enumerate(opening, start=1):
        paragraphs[0].insert(position, run)
    paragraphs[-1].append(_mark("end"))
    part = el("w:docPartObj", None, val("w:docPartGallery", "Table of Contents"), el("w:docPartUnique"))
    return el("w:sdt", None, el("w:sdtPr", None, val("w:id", "999"), part), el("w:sdtContent", None, *paragraphs))


def _entry(writer: BodyWriter, heading: Heading, page: int, *, breaks: bool) -> Element:
    style = writer.template.style(PARAGRAPH_STYLES[f"toc {heading.level}"])
    properties = el("w:pPr", None, val("w:pStyle", style))
    if breaks:
        properties.append(el("w:pageBreakBefore"))
    target = bookmark_name(heading.anchor)
    link = el("w:hyperlink", {"w:anchor": target, "w:history": "1"})
    link.append(writer.run(heading.text))
    link.append(el("w:r", None, el("w:tab")))
    link.extend(
        [
            _mark("begin"),
            _instruction(f" PAGEREF {target} \\h "),
            _mark("separate"),
            writer.run(str(page)),
            _mark("end"),
        ]
    )
    return el("w:p", None, properties, link)


def _mark(kind: str) -> Element:
    return el("w:r", None, el("w:fldChar", {"w:fldCharType": kind}))


def _instruction(words: str) -> Element:
    instruction = el("w:instrText", {"xml:space": "preserve"})
    instruction.text = words
    return el("w:r", None, instruction)
