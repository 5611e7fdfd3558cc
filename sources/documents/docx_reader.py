"""Word documents as lines: headings, paragraphs, tables and text boxes in the order of the document's body.

Works on the XML, because a paragraph's text lies in runs, links, insertions, content controls and drawings that
python-docx's own `text` gives only in part. Deleted, hidden and struck-out text is left out, and so are raised numbers,
which call notes; headers and footers are never read.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sources.documents.grid import Cell, add_table
from sources.documents.layout import action_mark, priority_mark
from sources.documents.raised import is_note_call
from sources.documents.text import SOFT_HYPHEN, Line, SourceText, clean

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", _FALLBACK, f"{_W}pPr", f"{_W}rPr"}
_BREAK, _PAGE = "\n", "\f"
_CHARACTERS = {
    f"{_W}lastRenderedPageBreak": _PAGE,
    f"{_W}tab": " ",
    f"{_W}ptab": " ",
    f"{_W}noBreakHyphen": "-",
    f"{_W}softHyphen": SOFT_HYPHEN,
}
_SMALLEST = 6  # half-points: smaller letters are there not to be read


def read_docx(content: bytes) -> SourceText:
    """The lines of a Word document. Raises what python-docx raises on a damaged file."""
    import docx

    document = docx.Document(io.BytesIO(content))
    reader = _DocxReader(document)
    reader.read_body(document.element.body)
    if not reader.source.lines and _has_pictures(document.element.body):
        reader.source.warnings.append("Document sans texte : ses pages sont des images, rien n’a pu être lu.")
    return reader.source


def _has_pictures(body: Any) -> bool:
    return any(True for _ in body.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"))


@dataclass
class _Place:
    """Where the reading is: the page, as far as breaks tell it, and the line on it."""

    page: int = 1
    line: int = 0

    def next_line(self) -> tuple[int, int]:
        self.line += 1
        return self.page, self.line

    def next_page(self) -> None:
        self.page, self.line = self.page + 1, 0


class _DocxReader:
    """One reading of one document."""

    def __init__(self, document: Any) -> None:
        self.source = SourceText([])
        self.place = _Place()
        self.headings = _heading_levels(document)
        self.numbering = _Numbering.of(document)
        self.looks = _Looks(document)
        self.in_cell = False

    def read_body(self, container: Any) -> None:
        """Everything a body, a content control or a text box holds."""
        for element in _blocks_of(container):
            if element.tag == f"{_W}p":
                self.source.lines += self._paragraph(element)
                for box in _text_boxes(element):
                    self.read_body(box)
            else:
                add_table(self.source, self._rows(element))

    def _paragraph(self, element: Any) -> list[Line]:
        """A paragraph's lines: one, or more where it has breaks."""
        style, level = _style_of(element), 0
        level = _outline(element) or self.headings.get(style, 0)
        raw = "".join(self._text_of(element, style))
        label = self.numbering.label(element, style)
        found: list[Line] = []
        for piece in re.split(f"([{_BREAK}{_PAGE}])", raw):
            if piece == _PAGE:
                self.place.next_page()
            text = clean(piece)
            if not text:
                continue
            if label and not found:
                text = _with_label(label, text)
            page, number = self.place.next_line()
            found.append(Line(text, page, number, None, level, not found))
        return found

    def _text_of(self, element: Any, style: str) -> Iterator[str]:
        """The characters of a paragraph; text boxes, deletions, what is hidden and note calls aside."""
        for child in element:
            tag = child.tag
            if tag in _LEFT_OUT or tag == f"{_W}txbxContent":
                continue
            if tag == f"{_W}r":
                look = self.looks.of_run(child, style)
                said = "".join(self._text_of(child, style))
                hidden = look.hidden or (look.unseen and not self.in_cell)
                kept = "" if hidden or (look.raised and is_note_call(said)) else said
                yield kept or "".join(character for character in said if character in {_BREAK, _PAGE})
            elif tag in _CHARACTERS:
                yield _CHARACTERS[tag]
            elif tag == f"{_W}t":
                yield child.text or ""
            elif tag in {f"{_W}br", f"{_W}cr"}:
                yield _PAGE if child.get(f"{_W}type") == "page" else _BREAK
            elif isinstance(tag, str):
                yield from self._text_of(child, style)

    def _rows(self, table: Any) -> list[list[Cell]]:
        return [self._cells(row) for row in _children(table, f"{_W}tr")]

    def _cells(self, row: Any) -> list[Cell]:
        cells: list[Cell] = []
        column = 0
        for element in _children(row, f"{_W}tc"):
            inner = _DocxReader.__new__(_DocxReader)
            inner.source, inner.place = SourceText([]), self.place
            inner.headings, inner.numbering = self.headings, self.numbering
            inner.looks, inner.in_cell = self.looks, True
            inner.read_body(element)
            cells.append(Cell(column, tuple(inner.source.lines)))
            self.source.tables += inner.source.tables
            column += _span(element)
        return cells


@dataclass(frozen=True)
class _Look:
    """How characters show: raised; hidden or struck out; white, or too small to be read."""

    raised: bool = False
    hidden: bool = False
    unseen: bool = False


class _Looks:
    """What a document's styles and runs say of how characters show."""

    def __init__(self, document: Any) -> None:
        self.styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.findall(f"{_W}style")}
        self.known: dict[str, _Look] = {"": _Look()}

    def of_run(self, run: Any, style: str) -> _Look:
        """The look of a run: its own, else its character style's, else its paragraph's."""
        own = run.find(f"{_W}rPr")
        named = own.find(f"{_W}rStyle") if own is not None else None
        base = self._of_style(style)
        if named is not None:
            said = self._of_style(named.get(f"{_W}val"))
            base = _Look(said.raised or base.raised, said.hidden or base.hidden, said.unseen or base.unseen)
        return base if own is None else _look_of(own, base)

    def _of_style(self, name: str) -> _Look:
        if name not in self.known:
            self.known[name] = _Look()  # a style that is its own parent ends here
            style = self.styles.get(name)
            if style is not None:
                parent, own = style.find(f"{_W}basedOn"), style.find(f"{_W}rPr")
                base = self._of_style(parent.get(f"{_W}val")) if parent is not None else _Look()
                self.known[name] = base if own is None else _look_of(own, base)
        return self.known[name]


def _look_of(said: Any, base: _Look) -> _Look:
    """What a set of run properties says, over what holds without them."""
    raised, hidden, unseen = base.raised, base.hidden, base.unseen
    place, lifted = said.find(f"{_W}vertAlign"), said.find(f"{_W}position")
    if place is not None or lifted is not None:
        by = lifted.get(f"{_W}val", "0") if lifted is not None else "0"
        raised = (place is not None and place.get(f"{_W}val") == "superscript") or not by.startswith(("-", "0"))
    switches = [found for name in ("vanish", "strike", "dstrike") if (found := said.find(f"{_W}{name}")) is not None]
    if switches:
        hidden = any(found.get(f"{_W}val", "1") not in {"0", "false", "off", "none"} for found in switches)
    color, size = said.find(f"{_W}color"), said.find(f"{_W}sz")
    if color is not None or size is not None:
        shaded = said.find(f"{_W}shd") is not None or said.find(f"{_W}highlight") is not None
        white = color is not None and color.get(f"{_W}val", "").upper() == "FFFFFF" and not shaded
        points = size.get(f"{_W}val", "") if size is not None else ""
        unseen = white or (points.isdigit() and int(points) < _SMALLEST)
    return _Look(raised, hidden, unseen)


def _children(element: Any, tag: str) -> Iterator[Any]:
    """Children of that tag, content controls and insertions seen through."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"}:
            yield from _children(child, tag)


def _blocks_of(container: Any) -> Iterator[Any]:
    """Paragraphs and tables of a container, in order."""
    for child in container:
        if child.tag in {f"{_W}p", f"{_W}tbl"}:
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"}:
            yield from _blocks_of(child)


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    """The text boxes anchored in a paragraph, each once: the older drawing kept beside it is its fallback."""
    for child in paragraph:
        if child.tag == _FALLBACK or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_W}txbxContent":
            yield child
        else:
            yield from _text_boxes(child)


def _span(cell: Any) -> int:
    found = cell.find(f"{_W}tcPr/{_W}gridSpan")
    return int(found.get(f"{_W}val")) if found is not None else 1


def _style_of(paragraph: Any) -> str:
    found = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return found.get(f"{_W}val") if found is not None else ""


def _outline(element: Any) -> int:
    found = element.find(f"{_W}pPr/{_W}outlineLvl")
    level = int(found.get(f"{_W}val")) if found is not None else 9
    return level + 1 if level < 9 else 0


def _heading_levels(document: Any) -> dict[str, int]:
    """The heading level of each style that has one, by its outline or its name."""
    levels: dict[str, int] = {}
    for style in document.styles.element.findall(f"{_W}style"):
        name = style.find(f"{_W}name")
        said = re.match(r"(?:heading|titre) (\d)", (name.get(f"{_W}val") if name is not None else "").lower())
        level = _outline(style) or (int(said[1]) if said else 0)
        if level:
            levels[style.get(f"{_W}styleId")] = level
    return levels


def _with_label(label: str, text: str) -> str:
    """The text behind its automatic number, where that number is a priority's or an action's and not typed."""
    said = f"{label} {text}"
    opens = action_mark(label) or action_mark(said) or priority_mark(said)
    return said if opens and not (action_mark(text) or priority_mark(text)) else text


@dataclass
class _Numbering:
    """Automatic numbers of a document: levels by list, and how far each list has counted."""

    levels: dict[str, dict[int, tuple[str, str, int]]] = field(
        default_factory=dict
    )  # numId → level → format, text, start
    abstract: dict[str, str] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any) -> "_Numbering":
        """The numbering a document declares; nothing when it has none."""
        numbering = cls()
        part = next(
            (rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/numbering")), None
        )
        if part is not None:
            numbering._read(part.element)
        for style in document.styles.element.findall(f"{_W}style"):
            found = _num_of(style)
            if found:
                numbering.styles[style.get(f"{_W}styleId")] = found
        return numbering

    def _read(self, root: Any) -> None:
        lists = {item.get(f"{_W}abstractNumId"): item for item in root.findall(f"{_W}abstractNum")}
        for num in root.findall(f"{_W}num"):
            identifier, target = num.get(f"{_W}numId"), num.find(f"{_W}abstractNumId")
            if target is None or target.get(f"{_W}val") not in lists:
                continue
            self.abstract[identifier] = target.get(f"{_W}val")
            self.levels[identifier] = {
                int(level.get(f"{_W}ilvl")): (
                    _value(level, "numFmt", "decimal"),
                    _value(level, "lvlText", ""),
                    int(_value(level, "start", "1")),
                )
                for level in lists[target.get(f"{_W}val")].findall(f"{_W}lvl")
            }

    def label(self, paragraph: Any, style: str) -> str:
        """The number Word shows before a paragraph; blank for bullets and plain paragraphs."""
        found = _num_of(paragraph) or self.styles.get(style)
        if found is None or found[0] not in self.levels:
            return ""
        identifier, level = found
        levels = self.levels[identifier]
        if level not in levels:
            return ""
        counts = self.counters.setdefault(self.abstract[identifier], [])
        while len(counts) <= level:
            counts.append(levels[len(counts)][2] - 1 if len(counts) in levels else 0)
        counts[level] += 1
        del counts[level + 1 :]
        shape, text, _ = levels[level]
        if shape == "bullet":
            return ""
        starts = [max(count, levels[rank][2] if rank in levels else 1) for rank, count in enumerate(counts)]
        return re.sub(r"%(\d)", lambda mark: str(starts[int(mark[1]) - 1]) if int(mark[1]) <= len(starts) else "", text)


def _num_of(element: Any) -> tuple[str, int] | None:
    found = element.find(f"{_W}pPr/{_W}numPr")
    if found is None:
        return None
    identifier, level = found.find(f"{_W}numId"), found.find(f"{_W}ilvl")
    if identifier is None or identifier.get(f"{_W}val") == "0":
        return None
    return identifier.get(f"{_W}val"), int(level.get(f"{_W}val")) if level is not None else 0


def _value(element: Any, name: str, default: str) -> str:
    found = element.find(f"{_W}{name}")
    return found.get(f"{_W}val") or default if found is not None else default
