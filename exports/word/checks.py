"""Checks a written `.docx` against the accessibility and soundness rules of the deliverables (EN 301 549 clause 10).

`defects(content)` reads the file as any reader would and lists everything wrong, empty when nothing is. Each rule is
proven on a deliberately broken file in the tests.
"""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from exports.defects import LEAST_CONTRAST, Defect
from exports.packing import read_package
from exports.palette import contrast
from exports.word.reading import style_names, text_of
from exports.word.xml import NAMESPACES, Element, name

LANGUAGE = "fr-FR"
_DOCUMENT = "word/document.xml"
_POOR_LINKS = frozenset({"ici", "cliquez ici", "lien", "lire", "en savoir plus", "voir"})
_FAKE_BULLETS = ("- ", "• ", "* ", "– ")
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"


def defects(content: bytes) -> list[Defect]:
    """Everything wrong with a written report."""
    parts = read_package(content)
    document = etree.fromstring(parts[_DOCUMENT])
    styles = etree.fromstring(parts["word/styles.xml"])
    return [
        *_properties(parts),
        *_language(document, styles),
        *_headings(document, styles),
        *_drawings(document),
        *_tables(document),
        *_links(document),
        *_lists(document),
        *_contrast(document, styles),
        *_protection(parts),
    ]


def _properties(parts: dict[str, bytes]) -> Iterator[Defect]:
    core = etree.fromstring(parts["docProps/core.xml"])
    if not (core.findtext(f"{_DUBLIN}title") or "").strip():
        yield Defect("TITLE_MISSING", "docProps/core.xml", "no title")
    if core.findtext(f"{_DUBLIN}language") != LANGUAGE:
        yield Defect("LANGUAGE", "docProps/core.xml", str(core.findtext(f"{_DUBLIN}language")))


def _language(document: Element, styles: Element) -> Iterator[Defect]:
    default = styles.find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NAMESPACES)
    if default is None or default.get(name("w:val")) != LANGUAGE:
        yield Defect("LANGUAGE", "word/styles.xml", "default language is not French")
    for root, where in ((document, _DOCUMENT), (styles, "word/styles.xml")):
        for lang in root.iter(name("w:lang")):
            if lang.get(name("w:val")) not in {None, LANGUAGE}:
                yield Defect("LANGUAGE", where, str(lang.get(name("w:val"))))


def _style_of(paragraph: Element) -> str:
    style = paragraph.find("w:pPr/w:pStyle", NAMESPACES)
    return (style.get(name("w:val")) if style is not None else None) or ""


def _headings(document: Element, styles: Element) -> Iterator[Defect]:
    names = style_names(styles)
    previous = 0
    found = False
    for paragraph in document.iter(name("w:p")):
        style = names.get(_style_of(paragraph), "")
        if not style.startswith("heading "):
            continue
        found = True
        level = int(style.removeprefix("heading "))
        if level > previous + 1:
            yield Defect("HEADING_ORDER", _DOCUMENT, f"level {level} after level {previous}: {text_of(paragraph)}")
        if not text_of(paragraph).strip():
            yield Defect("HEADING_EMPTY", _DOCUMENT, f"an empty heading of level {level}")
        previous = level
    if not found:
        yield Defect("HEADING_ORDER", _DOCUMENT, "no heading at all")


def _drawings(document: Element) -> Iterator[Defect]:
    properties = list(document.iter(name("wp:docPr")))
    for item in properties:
        if not (item.get("descr") or "").strip():
            yield Defect("ALT_TEXT", _DOCUMENT, item.get("name") or "drawing")
    for identifier, count in Counter(item.get("id") for item in properties).items():
        if count > 1:
            yield Defect("DRAWING_ID", _DOCUMENT, f"identifier {identifier} on {count} drawings")


def _tables(document: Element) -> Iterator[Defect]:
    for table in document.iter(name("w:tbl")):
        first = table.find("w:tr", NAMESPACES)
        where = text_of(first)[:60] if first is not None else "empty table"
        if first is None or first.find("w:trPr/w:tblHeader", NAMESPACES) is None:
            yield Defect("TABLE_HEADER", _DOCUMENT, where)
        if table.find("w:tblPr/w:tblDescription", NAMESPACES) is None:
            yield Defect("TABLE_DESCRIPTION", _DOCUMENT, where)
        for tag in ("w:gridSpan", "w:vMerge", "w:hMerge"):
            if table.find(f".//{tag}", NAMESPACES) is not None:
                yield Defect("MERGED_CELL", _DOCUMENT, where)


def _links(document: Element) -> Iterator[Defect]:
    bookmarks = Counter(item.get(name("w:name")) for item in document.iter(name("w:bookmarkStart")))
    for bookmark, count in bookmarks.items():
        if count > 1:
            yield Defect("BOOKMARK_TWICE", _DOCUMENT, str(bookmark))
    for link in document.iter(name("w:hyperlink")):
        words = text_of(link).strip()
        if not words or words.lower() in _POOR_LINKS or words.startswith(("http://", "https://")):
            yield Defect("LINK_WORDS", _DOCUMENT, words or "a link without words")
        anchor = link.get(name("w:anchor"))
        if anchor is not None and anchor not in bookmarks:
            yield Defect("LINK_TARGET", _DOCUMENT, f"{words} leads to {anchor}, which is nowhere")


def _lists(document: Element) -> Iterator[Defect]:
    for paragraph in document.iter(name("w:p")):
        inside = next(paragraph.iterancestors(name("w:sdt"), name("w:tc")), None)
        if inside is None and text_of(paragraph).startswith(_FAKE_BULLETS):
            yield Defect("FAKE_LIST", _DOCUMENT, text_of(paragraph)[:60])


def _contrast(document: Element, styles: Element) -> Iterator[Defect]:
    ground_of_header = "FFFFFF"
    for shade in styles.iterfind("w:style/w:tblStylePr/w:tcPr/w:shd", NAMESPACES):
        ground_of_header = shade.get(name("w:fill")) or ground_of_header
    for root, where in ((styles, "word/styles.xml"), (document, _DOCUMENT)):
        for properties in root.iter(name("w:rPr")):
            colour = properties.find("w:color", NAMESPACES)
            ink = colour.get(name("w:val")) if colour is not None else None
            shade_found = properties.find("w:shd", NAMESPACES)
            ground = shade_found.get(name("w:fill")) if shade_found is not None else ground_of_header
            if ink and ink != "auto" and ground and contrast(ink, ground) < LEAST_CONTRAST:
                yield Defect("CONTRAST", where, f"{ink} on {ground}: {contrast(ink, ground):.1f}")


def _protection(parts: dict[str, bytes]) -> Iterator[Defect]:
    settings = etree.fromstring(parts["word/settings.xml"])
    if settings.find("w:documentProtection", NAMESPACES) is not None:
        yield Defect("PROTECTION", "word/settings.xml", "the document is protected")
