"""What a report printed, kept in its hidden properties, and what differs from it in a draft that comes back.

The body is read as units: a paragraph, a row of a table. The marks of the units and of the DNS's texts, in order, go to
custom properties, which Word and LibreOffice both keep; a draft's units are aligned with them. Texts in controls are
no units: `exports.edits` takes them by their keys. Tracked deletions count as done.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Literal

from lxml import etree
from msgspec import Struct

from exports.text_marks import ADDED_TABLE, mark
from exports.word import identity
from exports.word.reading import style_names
from exports.word.xml import NAMESPACES, Element, name

DOCUMENT = "word/document.xml"
_PRINTED, _TEXTS, _ASIDE = "Jalon blocs", "Jalon textes", "Jalon notes"
_MARK = 5
#: Word's own dialogue takes no longer property
_PROPERTY_LENGTH = 240
_ACTION = re.compile(r"(\d+-\d+)\s")
_PRIORITY = re.compile(r"Priorité\s(\d+)\.")
_PAGE_NUMBER = re.compile(r"\s*\d+$")
_SPACING = {name("w:tab"): "\t", name("w:br"): "\n", name("w:p"): "\n", name("w:noBreakHyphen"): "\u2011"}
_GONE = (name("w:del"), name("w:moveFrom"))
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
#: an inserted picture heavier than this is listed, not taken
HEAVIEST = 5_000_000


class Unit(Struct, frozen=True):
    """A paragraph or a row: its words, the heading it is under, its action or priority, the text before it."""

    words: str
    place: str
    subject: str
    after: str
    kind: Literal["paragraph", "heading", "row"]
    table: int = -1

    @property
    def mark(self) -> str:
        """What it is known by."""
        return mark(self.words)[:_MARK]


class Addition(Struct, frozen=True):
    """A table or a picture in the body: what it is known by, where it is, what it holds."""

    mark: str
    place: str
    subject: str
    after: str
    table: int = -1
    rows: tuple[tuple[str, ...], ...] = ()
    content: str = ""
    extension: str = ""
    alt: str = ""
    width_cm: float = 0.0
    height_cm: float = 0.0
    is_known: bool = False


class Body(Struct, frozen=True):
    """The units of a document in order, and the tables and pictures it holds."""

    units: tuple[Unit, ...]
    additions: tuple[Addition, ...]


class Difference(Struct, frozen=True):
    """One passage of a draft that is not as it was printed."""

    kind: Literal["added", "changed", "removed"]
    unit: Unit | None
    place: str


def words_of(element: Element) -> str:
    """The text of an element as a reader sees it: deletions under review left out, breaks and tabs as such."""
    pieces: list[str] = []
    for node in element.iter(name("w:t"), *_SPACING):
        if node.tag != name("w:t"):
            pieces.append(_SPACING[node.tag])
        elif next(node.iterancestors(*_GONE), None) is None:
            pieces.append(node.text or "")
    return "".join(pieces)


def read(parts: Mapping[str, bytes]) -> Body:
    """The body of a document."""
    reader = _Reader(parts)
    body = reader.document.find("w:body", NAMESPACES)
    for child in body if body is not None else ():
        reader.walk(child)
    return Body(tuple(unit for unit in reader.units if unit.words.strip()), tuple(reader.additions))


class _Reader:
    """Walks a body, with the heading, the action and the text it is under."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.document = etree.fromstring(parts[DOCUMENT])
        self._parts = parts
        self._styles = style_names(etree.fromstring(parts["word/styles.xml"]))
        self._targets = _targets(parts)
        self.units: list[Unit] = []
        self.additions: list[Addition] = []
        self._place = self._subject = self._after = ""
        self._tables = 0

    def walk(self, element: Element) -> None:
        if element.tag == name("w:p"):
            self._paragraph(element)
        elif element.tag == name("w:tbl"):
            self._table(element)
        elif element.tag == name("w:sdt"):
            named = identity.editable_of(element)
            if named is None:
                for child in element.iterfind("w:sdtContent/*", NAMESPACES):
                    self.walk(child)
            else:
                self._after = named.key
                for table in element.iter(name("w:tbl")):
                    self._table(table)
                self._pictures(element)
        elif element.tag not in _GONE:
            for child in element:
                if child.tag in {name("w:p"), name("w:tbl"), name("w:sdt"), name("w:ins")}:
                    self.walk(child)

    def _paragraph(self, paragraph: Element) -> None:
        styled = paragraph.find("w:pPr/w:pStyle", NAMESPACES)
        style = self._styles.get(styled.get(name("w:val")) or "", "") if styled is not None else ""
        words = words_of(paragraph).strip()
        is_heading = style.lower().startswith("heading ")
        if is_heading and words:
            self._heading(words)
        if style.lower().startswith("toc "):
            words = _PAGE_NUMBER.sub("", words)
        kind: Literal["heading", "paragraph"] = "heading" if is_heading else "paragraph"
        self.units.append(Unit(words, self._place, self._subject, self._after, kind))
        self._pictures(paragraph)

    def _heading(self, words: str) -> None:
        self._place, self._after = words, ""
        action, priority = _ACTION.match(words), _PRIORITY.match(words)
        self._subject = action[1] if action else f"P{int(priority[1]):02}" if priority else ""

    def _table(self, table: Element) -> None:
        self._tables += 1
        rows = []
        for row in table.iterfind(".//w:tr", NAMESPACES):
            cells = tuple(" ".join(words_of(cell).split()) for cell in row.iterfind(".//w:tc", NAMESPACES))
            rows.append(cells)
            self.units.append(
                Unit(" | ".join(cells), self._place, self._subject, self._after, "row", self._tables)
                if any(cells)
                else Unit("", self._place, self._subject, self._after, "row", self._tables)
            )
        caption = table.find("w:tblPr/w:tblCaption", NAMESPACES)
        is_known = caption is not None and (caption.get(name("w:val")) or "").startswith(ADDED_TABLE)
        self.additions.append(
            Addition(
                table_mark(rows), self._place, self._subject, self._after, self._tables, tuple(rows), is_known=is_known
            )
        )
        self._pictures(table)

    def _pictures(self, element: Element) -> None:
        for drawing in element.iter(name("w:drawing")):
            blip = drawing.find(".//a:blip", NAMESPACES)
            target = self._targets.get(blip.get(name("r:embed")) or "", "") if blip is not None else ""
            content = self._parts.get(f"word/{target}")
            if content is None or next(drawing.iterancestors(*_GONE), None) is not None:
                continue
            size, told = drawing.find(".//wp:extent", NAMESPACES), drawing.find(".//wp:docPr", NAMESPACES)
            width, height = (int((size.get(side) if size is not None else None) or 0) for side in ("cx", "cy"))
            self.additions.append(
                Addition(
                    picture_mark(content), self._place, self._subject, self._after,
                    content=base64.b64encode(content).decode(), extension=target.rsplit(".", 1)[-1].lower(),
                    alt=(told.get("descr") if told is not None else None) or "",
                    width_cm=round(width / 360000, 2), height_cm=round(height / 360000, 2),
                )
            )  # fmt: skip


def table_mark(rows: Iterable[Iterable[str]]) -> str:
    """What an inserted table is known by."""
    return mark("\n".join(" | ".join(" ".join(cell.split()) for cell in row) for row in rows))


def picture_mark(content: bytes) -> str:
    """What an inserted picture is known by."""
    return hashlib.sha256(content).hexdigest()[:12]


def _targets(parts: Mapping[str, bytes]) -> dict[str, str]:
    relations = etree.fromstring(parts["word/_rels/document.xml.rels"])
    found = relations.iterfind(f"{{{_RELATIONS}}}Relationship")
    return {item.get("Id") or "": (item.get("Target") or "").removeprefix("/word/") for item in found}


def properties(parts: Mapping[str, bytes]) -> dict[str, str]:
    """What to keep of a document as it was printed: its units, its texts, its notes, headers and footers."""
    body = read(parts)
    texts = [f"{named.key}#{named.based_on}" for named in _printed_texts(parts)]
    texts += [
        f"{item.subject}/DNS/ajout-{item.mark}#{item.mark}" for item in body.additions if item.is_known or item.content
    ]
    aside = "".join(sorted({mark(words)[:_MARK] for words in _aside(parts)}))
    return {
        **_chunks(_PRINTED, "".join(unit.mark for unit in body.units)),
        **_chunks(_TEXTS, "|".join(texts)),
        **_chunks(_ASIDE, aside),
    }


def _printed_texts(parts: Mapping[str, bytes]) -> Iterator[identity.Printed]:
    for control in etree.fromstring(parts[DOCUMENT]).iter(name("w:sdt")):
        if (named := identity.editable_of(control)) is not None:
            yield named


def _chunks(title: str, text: str) -> dict[str, str]:
    cut = [text[start : start + _PROPERTY_LENGTH] for start in range(0, len(text), _PROPERTY_LENGTH)]
    return {f"{title} {rank:03}": part for rank, part in enumerate(cut, start=1)}


def _kept(parts: Mapping[str, bytes], title: str) -> str:
    told = identity.properties_of(parts)
    return "".join(told[key] for key in sorted(told) if key.startswith(f"{title} "))


def _aside(parts: Mapping[str, bytes]) -> Iterator[str]:
    """The words of every note, header and footer, page numbers aside."""
    for part, content in parts.items():
        if re.match(r"word/(footnotes|endnotes|header\d*|footer\d*)\.xml$", part):
            for paragraph in etree.fromstring(content).iter(name("w:p")):
                if words := re.sub(r"\d+", "", words_of(paragraph)).strip():
                    yield words


def texts_printed(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The keys of the texts that were printed, with the mark of what each was based on."""
    kept = _kept(parts, _TEXTS)
    return dict(item.rsplit("#", 1) for item in kept.split("|")) if kept else {}


def notes_changed(parts: Mapping[str, bytes]) -> list[str]:
    """The words of notes, headers and footers that were not printed so."""
    kept = _kept(parts, _ASIDE)
    known = {kept[start : start + _MARK] for start in range(0, len(kept), _MARK)}
    return [words for words in _aside(parts) if known and mark(words)[:_MARK] not in known]


def differences(parts: Mapping[str, bytes], body: Body) -> list[Difference]:
    """Every passage that is not as it was printed, in order."""
    kept = _kept(parts, _PRINTED)
    if not kept:
        return []
    printed = [kept[start : start + _MARK] for start in range(0, len(kept), _MARK)]
    units = body.units
    found: list[Difference] = []
    matcher = SequenceMatcher(None, printed, [unit.mark for unit in units], autojunk=False)
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind == "equal":
            continue
        replaced = last - first
        place = units[min(start, len(units) - 1)].place if units else ""
        for rank, unit in enumerate(units[start:stop]):
            found.append(Difference("changed" if rank < replaced else "added", unit, unit.place))
        removed = replaced - (stop - start)
        found += [Difference("removed", None, units[start - 1].place if start else place)] * max(removed, 0)
    return found
