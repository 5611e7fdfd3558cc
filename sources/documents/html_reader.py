"""Web pages as lines: headings, paragraphs, list items and tables in the order of the page.

What is hidden says nothing. A table that holds another, or a single column, only lays out the page:
its cells are read as paragraphs.
"""

import re
from collections.abc import Iterator
from typing import Any

from sources.documents.grid import Cell, add_table
from sources.documents.raised import is_note_call
from sources.documents.text import Line, SourceText, clean

# fmt: off
_NEVER_SHOWN = frozenset({
    "script", "style", "template", "noscript", "head", "title", "meta", "link", "object", "iframe", "svg", "math",
    "input", "select", "button", "textarea", "del", "s", "strike",
})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre",
    "section", "ul", "tr", "td", "th", "caption",
})
# fmt: on
_AROUND = frozenset({"footer", "nav"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|"
    r"font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|$)|mso-hide\s*:\s*all|text-decoration[^;]*line-through|"
    r"(?:left|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s*[\w-]*[.#]([\w-]+)\s*")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def read_html(content: bytes) -> SourceText:
    """The lines of a page. Raises what lxml raises on what is no page at all."""
    import lxml.html

    try:
        text = content.decode("utf-8-sig")
        root = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except UnicodeDecodeError:
        root = lxml.html.document_fromstring(content)  # by the encoding that the page declares
    reader = _HtmlReader(_hidden_classes(root))
    reader.walk(root)
    reader.end_line()
    return reader.source


def _hidden_classes(root: Any) -> frozenset[str]:
    """The classes and identifiers that the page's own style sheets hide, and the usual ones for screen readers."""
    found = {"sr-only", "visually-hidden"}
    for sheet in root.iter("style"):
        for selectors, rules in _RULE.findall(sheet.text or ""):
            if _HIDDEN.search(rules):
                found |= {named[1] for part in selectors.split(",") if (named := _NAMED.fullmatch(part))}
    return frozenset(found)


class _HtmlReader:
    """One reading of one page, or of one cell of it."""

    def __init__(self, hidden: frozenset[str], number: int = 0) -> None:
        self.source, self.hidden = SourceText([]), hidden
        self.number, self.heading = number, 0
        self.buffer: list[str] = []
        self.starts = True

    def walk(self, element: Any) -> None:
        """An element and all it holds; what follows it is its parent's."""
        if not isinstance(element.tag, str) or self._is_hidden(element):
            return
        if element.tag == "br":
            self.end_line(starts=False)
            return
        if element.tag == "table" and _is_data(element):
            self.end_line()
            add_table(self.source, [list(self._cells(row)) for row in _rows(element)])
            self.starts = True
            return
        is_block = element.tag in _BLOCKS
        above = self.heading
        if is_block:
            self.end_line()
            level = re.fullmatch(r"h([1-6])", element.tag)
            self.heading = int(level[1]) if level else self.heading
        if element.tag == "li":
            self.buffer.append("- ")
        if element.tag == "sup" and is_note_call("".join(element.itertext())):
            return
        self.buffer.append(element.text or "")
        for child in element:
            self.walk(child)
            self.buffer.append(child.tail or "")
        if is_block:
            self.end_line()
            self.heading = above

    def end_line(self, *, starts: bool = True) -> None:
        """What was gathered as one line; the next one starts a block unless a break parted them."""
        text = clean(" ".join("".join(self.buffer).split()))
        self.buffer = []
        if text and text != "-":
            self.number += 1
            self.source.lines.append(Line(text, 1, self.number, None, self.heading, self.starts))
            self.starts = starts
        elif starts:
            self.starts = True

    def _is_hidden(self, element: Any) -> bool:
        if element.tag in _NEVER_SHOWN or (element.tag in _AROUND and element.getparent().tag == "body"):
            return True
        if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
            return True
        return bool(self.hidden & {*(element.get("class") or "").split(), element.get("id")})

    def _cells(self, row: Any) -> Iterator[Cell]:
        column = 0
        for element in row:
            if element.tag not in {"td", "th"} or self._is_hidden(element):
                continue
            inner = _HtmlReader(self.hidden, self.number)
            inner.walk(element)
            inner.end_line()
            self.number = max(self.number, inner.number)
            yield Cell(column, tuple(inner.source.lines))
            span = element.get("colspan") or "1"
            column += int(span) if span.isdigit() else 1


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, its groups seen through."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody", "tfoot"}:
            yield from _rows(child)


def _is_data(table: Any) -> bool:
    """Whether a table holds data: two columns or more somewhere, and no table inside."""
    if any(inner is not table for inner in table.iter("table")):
        return False
    return any(sum(cell.tag in {"td", "th"} for cell in row) > 1 for row in _rows(table))
