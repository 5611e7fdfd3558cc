"""OpenDocument texts as lines: headings, paragraphs, lists, tables and text boxes in the order of the body.

Hidden characters, tracked deletions, comments and notes are left out, and so are the numbers that call the notes.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from sources.documents.grid import Cell, add_table
from sources.documents.raised import is_note_call
from sources.documents.text import Line, SourceText, clean

_LEFT_OUT = frozenset(
    {
        "text:note", "office:annotation", "office:annotation-end", "text:tracked-changes", "text:hidden-text",
        "text:hidden-paragraph", "text:table-of-content", "office:forms", "text:sequence-decls",
        "text:bibliography-mark",
    }
)  # fmt: skip
_THROUGH = frozenset(
    {
        "text:section", "text:list", "text:list-item", "text:list-header", "draw:frame", "draw:text-box", "draw:g",
        "office:text", "text:numbered-paragraph", "draw:custom-shape",
    }
)  # fmt: skip
_BREAK, _PAGE = "\n", "\f"
_MOST_REPEATED = 50


def read_odt(content: bytes) -> SourceText:
    """The lines of an OpenDocument text. Raises what odfdo raises on a damaged or locked file."""
    from odfdo import Document

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise ValueError("encrypted with a password")
    document = Document(io.BytesIO(content))
    reader = _OdtReader(_Styles(document))
    reader.read(document.body)
    return reader.source


class _Styles:
    """What a document's styles say of characters: raised, or hidden or struck out; looked up once each."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.known: dict[tuple[str, str], tuple[bool, bool]] = {}

    def of(self, family: str, name: str | None) -> tuple[bool, bool]:
        """(raised, hidden) of a style, its parents asked too."""
        if not name:
            return False, False
        if (family, name) not in self.known:
            self.known[family, name] = (False, False)  # a style that is its own parent ends here
            style = self.document.get_style(family, name)
            self.known[family, name] = self._read(family, style) if style is not None else (False, False)
        return self.known[family, name]

    def _read(self, family: str, style: Any) -> tuple[bool, bool]:
        said = style.get_properties(area="text") or {}
        raised, hidden = self.of(family, style.get_attribute("style:parent-style-name"))
        position = str(said.get("style:text-position", ""))
        if position:
            first = position.split(maxsplit=1)[0]
            raised = first == "super" or (first.rstrip("%").isdigit() and int(first.rstrip("%")) > 0)
        struck = said.get("style:text-line-through-style") not in {None, "none"}
        return raised, said.get("text:display") == "none" or struck or hidden


class _OdtReader:
    """One reading of one document, or of one cell of it."""

    def __init__(self, styles: _Styles, page: int = 1, number: int = 0) -> None:
        self.styles, self.source = styles, SourceText([])
        self.page, self.number = page, number

    def read(self, container: Any) -> None:
        """Everything a body, a section, a list or a text box holds."""
        for element in container.children:
            if element.tag in {"text:p", "text:h"}:
                self._paragraph(element)
            elif element.tag == "table:table":
                add_table(self.source, [self._cells(row) for row in _rows(element)])
            elif element.tag in _THROUGH and element.get_attribute("text:display") != "none":
                self.read(element)

    def _paragraph(self, element: Any) -> None:
        if self.styles.of("paragraph", element.get_attribute("text:style-name"))[1]:
            return
        level = int(element.get_attribute("text:outline-level") or 1) if element.tag == "text:h" else 0
        starts = True
        for piece in self._split("".join(self._text(element))):
            text = clean(piece)
            if text:
                self.number += 1
                self.source.lines.append(Line(text, self.page, self.number, None, level, starts))
                starts = False
        for box in _boxes(element):
            self.read(box)

    def _split(self, raw: str) -> Iterator[str]:
        """The pieces of a paragraph, lines and pages counted on the way."""
        for rank, page in enumerate(raw.split(_PAGE)):
            if rank:
                self.page, self.number = self.page + 1, 0
            yield from page.split(_BREAK)

    def _text(self, element: Any) -> Iterator[str]:
        """The characters of a paragraph in order."""
        yield element.text or ""
        for child in element.children:
            yield from self._child(child)
            yield child.tail or ""

    def _child(self, child: Any) -> Iterator[str]:
        tag = child.tag
        if tag == "text:s":
            yield " " * int(child.get_attribute("text:c") or 1)
        elif tag == "text:tab":
            yield " "
        elif tag == "text:line-break":
            yield _BREAK
        elif tag == "text:soft-page-break":
            yield _PAGE
        elif tag == "text:span":
            raised, hidden = self.styles.of("text", child.get_attribute("text:style-name"))
            said = "".join(self._text(child))
            if not hidden and not (raised and is_note_call(said)):
                yield said
        elif tag not in _LEFT_OUT and not tag.startswith("draw:"):
            yield from self._text(child)

    def _cells(self, row: Any) -> list[Cell]:
        cells: list[Cell] = []
        column = 0
        for element in row.children:
            if element.tag not in {"table:table-cell", "table:covered-table-cell"}:
                continue
            repeated = min(int(element.get_attribute("table:number-columns-repeated") or 1), _MOST_REPEATED)
            if element.tag == "table:table-cell":
                inner = _OdtReader(self.styles, self.page, self.number)
                inner.read(element)
                self.page, self.number = inner.page, inner.number
                cells.append(Cell(column, tuple(inner.source.lines)))
            column += repeated
        return cells


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, its groups seen through."""
    for child in table.children:
        if child.tag == "table:table-row":
            yield child
        elif child.tag in {"table:table-header-rows", "table:table-row-group", "table:table-rows"}:
            yield from _rows(child)


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes anchored in a paragraph."""
    for child in element.children:
        if child.tag == "draw:text-box":
            yield child
        elif child.tag.startswith("draw:") or child.tag == "text:span":
            yield from _boxes(child)
