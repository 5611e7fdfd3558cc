"""The table of contents: a paragraph an entry, its page a PAGEREF field already filled with the number reckoned.

No TOC field is around them: inside one LibreOffice prints the numbers as they were written, and outside it reckons
them again; Word does so after Ctrl+A, F9.
"""

from exports.model import Heading, Section, walk
from exports.word.body import BodyWriter, bookmark_name
from exports.word.layout import Extent, Layout
from exports.word.markup import NOTHING, Markup, el, val, words
from exports.word.styles import PARAGRAPH_STYLES

#: room left under the entries of a page: two of them, for those that wrap otherwise elsewhere
SPARE = 30.0
#: what an entry that was cut ends with, and the room its page takes
CUT, NUMBER = " […]", " 9999"


def entries(sections: tuple[Section, ...]) -> list[Heading]:
    """The headings the contents list, in order; of the first page, its title alone."""
    return [
        block
        for section in sections
        for block in walk(section.blocks)
        if isinstance(block, Heading) and (block.level == 1 or not section.opening)
    ]


def listed(layout: Layout, sections: tuple[Section, ...], title_height: float) -> list[Heading]:
    """The entries; those under a chapter and not of a priority are left out where that saves a page."""
    every = entries(sections)
    fewer = [
        heading
        for rank, heading in enumerate(every)
        if heading.level != 2 or any(item.level == 3 for item in every[rank + 1 : rank + 2])
    ]
    pages = len(page_starts(layout, every, title_height))
    return fewer if len(page_starts(layout, fewer, title_height)) < pages else every


def page_starts(layout: Layout, headings: list[Heading], title_height: float) -> list[int]:
    """Ranks of the entries that begin a page of the contents; always 0 first."""
    starts = [0]
    on_page = Extent(0.0, title_height, 0.0)
    for rank, heading in enumerate(headings):
        entry = layout.paragraph(shown(layout, heading) + NUMBER, f"toc {heading.level}")
        together = on_page.then(entry)
        if together.total > layout.capacity - SPARE:
            starts.append(rank)
            together = entry
        on_page = together
    return starts


def shown(layout: Layout, heading: Heading) -> str:
    """A heading on one line: cut between words where it is longer than the line."""
    style = f"toc {heading.level}"
    if layout.lines(heading.text + NUMBER, style) == 1:
        return heading.text
    words_of = heading.text.split(" ")
    while len(words_of) > 1 and layout.lines(" ".join(words_of) + CUT + NUMBER, style) > 1:
        words_of.pop()
    return " ".join(words_of).rstrip(",;:") + CUT


def write(writer: BodyWriter, headings: list[Heading], page_of: dict[str, int], starts: list[int]) -> Markup:
    """The control Word knows as a table of contents, without its field."""
    paragraphs = [
        _entry(writer, heading, page_of[heading.anchor], breaks=rank in starts[1:])
        for rank, heading in enumerate(headings)
    ]
    part = el("w:docPartObj", None, val("w:docPartGallery", "Table of Contents"), el("w:docPartUnique"))
    return el("w:sdt", None, el("w:sdtPr", None, val("w:id", "999"), part), el("w:sdtContent", None, *paragraphs))


def _entry(writer: BodyWriter, heading: Heading, page: int, *, breaks: bool) -> Markup:
    """A heading and its page."""
    style = writer.template.style(PARAGRAPH_STYLES[f"toc {heading.level}"])
    properties = el("w:pPr", None, val("w:pStyle", style), el("w:pageBreakBefore") if breaks else NOTHING)
    target = bookmark_name(heading.anchor)
    link = el(
        "w:hyperlink",
        {"w:anchor": target, "w:history": "1"},
        writer.run(shown(writer.layout, heading)),
        el("w:r", None, el("w:tab")),
        _mark("begin"),
        _instruction(f" PAGEREF {target} \\h "),
        _mark("separate"),
        writer.run(str(page)),
        _mark("end"),
    )
    return el("w:p", None, properties, link)


def _mark(kind: str) -> Markup:
    return el("w:r", None, el("w:fldChar", {"w:fldCharType": kind}))


def _instruction(instruction: str) -> Markup:
    return el("w:r", None, el("w:instrText", {"xml:space": "preserve"}, words(instruction)))
