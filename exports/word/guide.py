"""The partner's guide as a Word file, from its page in Markdown: what goes with an invitation.

In the report's look, without its cover, headers and marks: a guide sent back is nobody's draft. The same page gives the
same bytes.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from exports.packing import repack
from exports.word.styles import CHARACTER_STYLES, PARAGRAPH_STYLES, TABLE_STYLE, TEMPLATE

FILE_NAME = "guide-partenaire.docx"
PICTURE_CM = 16.0
_CREATED = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADER_ROW = "w:tblHeader"


def write_guide(page: Path) -> bytes:
    """The guide. OSError when the page, or a picture it names, is not there."""
    from docx import Document
    from docx.oxml import OxmlElement
    from markdown_it import MarkdownIt

    text = _COMMENT.sub("", page.read_text(encoding="utf-8"))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    document = Document(str(TEMPLATE))
    _empty(document)
    writer = _Writer(document, page.parent, OxmlElement)
    writer.write(tokens)
    properties = document.core_properties
    properties.title, properties.author, properties.language = writer.title, "Délégation au numérique en santé", "fr-FR"
    properties.created = properties.modified = _CREATED
    written = BytesIO()
    document.save(written)
    return repack(written.getvalue())


def _empty(document: Any) -> None:
    """Take everything out of the report's template but its styles and its page."""
    body = document.element.body
    for element in list(body)[:-1]:
        body.remove(element)
    for section in document.sections:
        section.different_first_page_header_footer = False
        for part in (section.header, section.footer):
            for element in list(part._element):
                part._element.remove(element)
            part.add_paragraph()


class _Writer:
    """Writes the tokens of a page, one after the other."""

    def __init__(self, document: Any, folder: Path, new_element: Any) -> None:
        self._document = document
        self._folder = folder
        self._new_element = new_element
        self.title = ""

    def write(self, tokens: Sequence[Any]) -> None:
        """Every block of the page."""
        style, place = PARAGRAPH_STYLES["body"], 0
        while place < len(tokens):
            token = tokens[place]
            if token.type == "table_open":
                place = self._table(tokens, place)
            elif token.type == "heading_open":
                style = PARAGRAPH_STYLES[f"heading {token.tag[1]}"]
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                style = PARAGRAPH_STYLES["bullet"]
            elif token.type in ("heading_close", "bullet_list_close", "ordered_list_close"):
                style = PARAGRAPH_STYLES["body"]
            elif token.type == "inline":
                self._paragraph(token, style)
            place += 1

    def _paragraph(self, token: Any, style: str) -> None:
        paragraph = self._document.add_paragraph(style=style)
        self.title = self.title or token.content
        for child, is_strong in _pieces(token):
            if child.type == "image":
                self._picture(paragraph, child)
            else:
                self._run(paragraph, child, is_strong=is_strong)

    def _run(self, paragraph: Any, child: Any, *, is_strong: bool) -> None:
        run = paragraph.add_run(child.content or " ")
        if is_strong:
            run.style = self._document.styles[CHARACTER_STYLES["strong"]]

    def _picture(self, paragraph: Any, child: Any) -> None:
        from docx.shared import Cm

        shape = paragraph.add_run().add_picture(str(self._folder / child.attrs["src"]), width=Cm(PICTURE_CM))
        for drawing in shape._inline.iter("{*}docPr"):
            drawing.set("descr", child.content)

    def _table(self, tokens: Sequence[Any], place: int) -> int:
        """A table, its header row marked and repeated; where it ends."""
        rows: list[list[Any]] = []
        while tokens[place].type != "table_close":
            if tokens[place].type == "tr_open":
                rows.append([])
            elif tokens[place].type == "inline":
                rows[-1].append(tokens[place])
            place += 1
        table = self._document.add_table(rows=len(rows), cols=len(rows[0]), style=TABLE_STYLE)
        for number, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
            style = PARAGRAPH_STYLES["cell" if number else "header_cell"]
            for cell, token in zip(row.cells, cells, strict=True):
                cell.paragraphs[0].style = self._document.styles[style]
                for child, is_strong in _pieces(token):
                    self._run(cell.paragraphs[0], child, is_strong=is_strong)
        table.rows[0]._tr.get_or_add_trPr().append(self._new_element(_HEADER_ROW))
        return place


def _pieces(token: Any) -> Iterator[tuple[Any, bool]]:
    """Words, code and pictures, each with whether it is strong."""
    is_strong = False
    for child in token.children or ():
        if child.type in ("strong_open", "strong_close"):
            is_strong = child.type == "strong_open"
        elif child.type not in {"em_open", "em_close"}:
            yield child, is_strong
