"""Model and template to the bytes of a `.docx`: fills the fields, writes body and contents, adds what they need."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import cast

from lxml import etree
from msgspec import Struct

from exports.model import Document, Properties
from exports.packing import CONTENT_TYPES, write_package
from exports.word import charts, contents, draft, identity, template
from exports.word.body import BodyWriter, chart_relation, picture_relation
from exports.word.layout import Layout
from exports.word.markup import Markup, parsed, within
from exports.word.pages import Pages, fitted, paginate
from exports.word.styles import RAISED_STYLE, TEMPLATE
from exports.word.template import Template, TemplateError
from exports.word.xml import NAMESPACES, Element, name, safe, serialise

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_DOCUMENT_RELATIONS = "word/_rels/document.xml.rels"


class Written(Struct, frozen=True):
    """A written report: its bytes, the page each anchor is on, the blocks higher than a page, its last page."""

    content: bytes
    page_of: dict[str, int]
    too_high: tuple[str, ...]
    last_page: int


def write(document: Document, template_path: Path | None = None) -> Written:
    """The report as Word reads it. TemplateError when the template lacks a style or a field."""
    opened = template.open_template(template_path or TEMPLATE)
    layout = Layout(opened.metrics, opened.page)
    sections = tuple(fitted(layout, section) for section in document.sections)
    title_height = _contents_title_height(opened)
    headings = contents.listed(layout, sections, title_height)
    opening = _pages_before_contents(opened)
    starts = contents.page_starts(layout, headings, title_height)
    place = _start_of_contents(opened)
    first = tuple(section for section in sections if section.opening and place is not None)
    before = paginate(layout, first, first_page=opening + 1)
    others = tuple(section for section in sections if section not in first)
    pages = paginate(layout, others, first_page=opening + len(first) + len(starts) + 1)
    writer = BodyWriter(opened, layout)
    if place is not None and first:
        for element in parsed(writer.write(before.placed)):
            place.addprevious(element)
    body = writer.write(pages.placed)
    pages.page_of.update(before.page_of)
    pages.too_high += before.too_high
    _replace(opened.placeholder("contents"), contents.write(writer, headings, pages.page_of, starts))
    return _written(document, opened, pages, writer, body)


def write_short(
    document: Document,
    template_path: Path | None = None,
    *,
    most_pages: int | None = None,
    shorter: Iterable[Document] = (),
) -> Written:
    """A few pages in the report's look: no cover, no contents, header and footer from the first page on.

    A document that takes more than `most_pages` gives way to the first of its `shorter` forms that does not, or to the
    last. TemplateError when the template lacks a style or a field.
    """
    opened = template.open_template(template_path or TEMPLATE)
    layout = Layout(opened.metrics, opened.page)
    _remove_front(opened)
    for form in chain((document,), shorter):
        pages = paginate(layout, tuple(fitted(layout, section) for section in form.sections), first_page=1)
        if most_pages is None or pages.last <= most_pages:
            break
    writer = BodyWriter(opened, layout)
    return _written(form, opened, pages, writer, writer.write(pages.placed))


def _remove_front(opened: Template) -> None:
    """Take away all that is before the body, and the first page's own header."""
    placeholder = opened.placeholder("body")
    for element in [*placeholder.itersiblings(preceding=True), *opened.document.iter(name("w:titlePg"))]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


def _written(document: Document, opened: Template, pages: Pages, writer: BodyWriter, body: Markup) -> Written:
    """The package, once the template holds everything but the body."""
    template.fill(opened.document, document.fields, opened.style(RAISED_STYLE))
    parts = {**opened.parts, **template.filled_parts(opened, document.fields)}
    parts[template.DOCUMENT] = _with_body(opened, body)
    parts["docProps/core.xml"] = _core(document.properties)
    _add_pictures(parts, writer)
    identity.sign(parts, document.fields, draft.properties(parts))
    _add_charts(parts, writer, document.properties)
    return Written(write_package(parts), pages.page_of, tuple(pages.too_high), pages.last)


def _pages_before_contents(opened: Template) -> int:
    """Pages of fixed text before the contents: one, and one more for each page break the template holds there."""
    breaking = _breaking_styles(opened)
    breaks = 0
    for element in opened.placeholder("contents").itersiblings(preceding=True):
        breaks += len(element.findall(".//w:br[@w:type='page']", NAMESPACES))
        breaks += len(element.findall("w:pPr/w:sectPr", NAMESPACES))
        breaks += int(_begins_page(element, breaking))
    return max(breaks, 1)


def _start_of_contents(opened: Template) -> Element | None:
    """The paragraph that begins the page of the contents; None where the template breaks that page another way."""
    breaking = _breaking_styles(opened)
    before = opened.placeholder("contents").itersiblings(preceding=True)
    return next((element for element in before if _begins_page(element, breaking)), None)


def _begins_page(element: Element, breaking: set[str | None]) -> bool:
    styled = element.find("w:pPr/w:pStyle", NAMESPACES)
    style = styled.get(name("w:val")) if styled is not None else None
    return style in breaking or element.find(".//w:pageBreakBefore", NAMESPACES) is not None


def _breaking_styles(opened: Template) -> set[str | None]:
    styles = etree.fromstring(opened.parts["word/styles.xml"])
    return {
        style.get(name("w:styleId"))
        for style in styles.iterfind("w:style", NAMESPACES)
        if style.find("w:pPr/w:pageBreakBefore", NAMESPACES) is not None
    }


def _contents_title_height(opened: Template) -> float:
    """Room the contents' title takes on its first page."""
    return 45.0


def _replace(placeholder: Element, markup: Markup) -> None:
    parent, position = _place(placeholder)
    parent[position : position + 1] = parsed(markup)


def _with_body(opened: Template, body: Markup) -> bytes:
    """The document with its body, put in as text: as elements it would be made, moved and written to the same bytes."""
    placeholder = opened.placeholder("body")
    parent, position = _place(placeholder)
    there = within(body, parent.nsmap)
    if there is None:
        _replace(placeholder, body)
        return serialise(opened.document)
    mark = etree.ProcessingInstruction("jalon", "body")
    parent[position : position + 1] = [mark]
    before, _, after = serialise(opened.document).partition(etree.tostring(mark, with_tail=False))
    return b"".join((before, there.encode(), after))


def _place(placeholder: Element) -> tuple[Element, int]:
    parent = placeholder.getparent()
    if parent is None:
        raise TemplateError("Le sommaire et le corps du rapport doivent être deux champs distincts du modèle.")
    return parent, parent.index(placeholder)


def _core(properties: Properties) -> bytes:
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    dublin, terms = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    root = etree.Element(
        f"{{{core}}}coreProperties", nsmap={"cp": core, "dc": dublin, "dcterms": terms, "xsi": instance}
    )

    def add(space: str, local: str, words: str) -> Element:
        element = etree.SubElement(root, f"{{{space}}}{local}")
        element.text = safe(words)
        return element

    day = f"{properties.created.isoformat()}T00:00:00Z"
    add(dublin, "title", properties.title)
    add(dublin, "subject", properties.subject)
    add(dublin, "creator", properties.author)
    add(core, "keywords", properties.keywords)
    add(dublin, "language", properties.language)
    add(core, "lastModifiedBy", properties.author)
    for local in ("created", "modified"):
        add(terms, local, day).set(f"{{{instance}}}type", "dcterms:W3CDTF")
    return serialise(root)


def _add_charts(parts: dict[str, bytes], writer: BodyWriter, properties: Properties) -> None:
    if not writer.charts:
        return
    relations = etree.fromstring(parts[_DOCUMENT_RELATIONS])
    types = etree.fromstring(parts[CONTENT_TYPES])
    if not any(item.get("Extension") == "xlsx" for item in types):
        types.insert(0, _plain(_TYPES, "Default", Extension="xlsx", ContentType=charts.WORKBOOK_TYPE))
    for rank, chart in enumerate(writer.charts, start=1):
        book = f"Jalon_Graphique{rank}.xlsx"
        parts[f"word/charts/chart{rank}.xml"] = charts.chart_xml(chart, writer.template.font)
        parts[f"word/embeddings/{book}"] = charts.chart_workbook(chart, properties.created)
        link = el_relations([("rId1", "package", f"../embeddings/{book}")])
        parts[f"word/charts/_rels/chart{rank}.xml.rels"] = serialise(link)
        relations.append(_relation(chart_relation(rank), "chart", f"charts/chart{rank}.xml"))
        types.append(
            _plain(_TYPES, "Override", PartName=f"/word/charts/chart{rank}.xml", ContentType=charts.CHART_TYPE)
        )
    parts[_DOCUMENT_RELATIONS] = serialise(relations)
    parts[CONTENT_TYPES] = serialise(types)


def _add_pictures(parts: dict[str, bytes], writer: BodyWriter) -> None:
    if not writer.pictures:
        return
    relations = etree.fromstring(parts[_DOCUMENT_RELATIONS])
    types = etree.fromstring(parts[CONTENT_TYPES])
    for rank, picture in enumerate(writer.pictures, start=1):
        file = f"media/jalon{rank}.{picture.extension}"
        parts[f"word/{file}"] = picture.content
        relations.append(_relation(picture_relation(rank), "image", file))
        if not any(item.get("Extension") == picture.extension for item in types):
            told = {"Extension": picture.extension, "ContentType": f"image/{picture.extension}"}
            types.insert(0, _plain(_TYPES, "Default", **told))
    parts[_DOCUMENT_RELATIONS] = serialise(relations)
    parts[CONTENT_TYPES] = serialise(types)


def el_relations(relations: list[tuple[str, str, str]]) -> Element:
    """A relationships part: identifier, kind, target."""
    root = _plain(_RELATIONS, "Relationships")
    root.extend(_relation(*relation) for relation in relations)
    return root


def _relation(identifier: str, kind: str, target: str) -> Element:
    return _plain(_RELATIONS, "Relationship", Id=identifier, Type=f"{_OFFICE_RELATIONS}/{kind}", Target=target)


def _plain(space: str, local: str, **attributes: str) -> Element:
    element = etree.Element(f"{{{space}}}{local}", nsmap=cast("dict[str, str]", {None: space}))  # the stubs forget None
    for key, value in attributes.items():
        element.set(key, value)
    return element
