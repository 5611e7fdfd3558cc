"""Slides as lines: a slide is a page, its title a heading; text boxes from top to bottom, tables cell by cell.

Hidden slides, notes and comments are never read, nor are the numbers that call a note.
"""

import io
from collections.abc import Iterator
from typing import Any

from sources.documents.grid import Cell, add_table
from sources.documents.raised import is_note_call
from sources.documents.text import Line, SourceText, clean

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_SAME_ROW = 200_000  # EMU, a fifth of an inch: boxes that begin that near are read from left to right


def read_pptx(content: bytes) -> SourceText:
    """The lines of a presentation. Raises what python-pptx raises on a damaged or locked file."""
    from pptx import Presentation

    source = SourceText([])
    for page, slide in enumerate(Presentation(io.BytesIO(content)).slides, 1):
        if slide.element.get("show") not in {"0", "false"}:
            _SlideReader(source, page).read(slide)
    return source


class _SlideReader:
    """One slide."""

    def __init__(self, source: SourceText, page: int) -> None:
        self.source, self.page, self.number = source, page, 0

    def read(self, slide: Any) -> None:
        """The title first, then the other shapes in reading order."""
        title = slide.shapes.title
        if title is not None:
            self.source.lines += self._lines(title.element, heading=1)
        for shape in _in_order(slide.shapes):
            if (title is not None and shape.shape_id == title.shape_id) or _is_aside(shape):
                continue
            if getattr(shape, "has_table", False) and shape.has_table:
                add_table(self.source, [self._cells(row) for row in shape.element.iter(f"{_A}tr")])
            elif getattr(shape, "has_text_frame", False) and shape.has_text_frame:
                self.source.lines += self._lines(shape.element)

    def _cells(self, row: Any) -> list[Cell]:
        return [
            Cell(column, tuple(self._lines(cell)))
            for column, cell in enumerate(row.iter(f"{_A}tc"))
            if not (cell.get("hMerge") or cell.get("vMerge"))
        ]

    def _lines(self, holder: Any, heading: int = 0) -> list[Line]:
        """The paragraphs of a shape's or a cell's element, breaks parted."""
        found: list[Line] = []
        for paragraph in holder.iter(f"{_A}p"):
            for rank, piece in enumerate("".join(_text_of(paragraph)).split("\n")):
                said = clean(piece)
                if said:
                    self.number += 1
                    found.append(Line(said, self.page, self.number, None, heading, not rank))
        return found


def _is_aside(shape: Any) -> bool:
    """Whether a shape is hidden, or is the slide's number, date or footer."""
    named = next(shape.element.iter(f"{_P}cNvPr"), None)
    place = next(shape.element.iter(f"{_P}ph"), None)
    hidden = named is not None and named.get("hidden") in {"1", "true"}
    return hidden or (place is not None and place.get("type") in {"ftr", "sldNum", "dt"})


def _in_order(shapes: Any) -> Iterator[Any]:
    """Shapes from top to bottom, from left to right on one row; those of a group together."""
    placed = sorted(shapes, key=lambda shape: ((shape.top or 0) // _SAME_ROW, shape.left or 0))
    for shape in placed:
        if hasattr(shape, "shapes"):
            yield from _in_order(shape.shapes)
        else:
            yield shape


def _text_of(paragraph: Any) -> Iterator[str]:
    """The characters of a paragraph; what is struck out and the numbers that call notes left out."""
    for child in paragraph:
        if child.tag == f"{_A}br":
            yield "\n"
        elif child.tag == f"{_A}r":
            style, text = child.find(f"{_A}rPr"), child.findtext(f"{_A}t") or ""
            if style is None:
                yield text
            elif style.get("strike", "noStrike") == "noStrike":
                raised = not (style.get("baseline") or "0").startswith(("-", "0"))
                yield "" if raised and is_note_call(text) else text
