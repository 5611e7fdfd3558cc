"""WordprocessingML elements, built without fuss: names by prefix, text made safe and kept whole."""

from functools import cache

from lxml import etree

from exports.text_marks import safe

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

Element = etree._Element


@cache
def name(prefixed: str) -> str:
    """`w:p` as lxml wants it."""
    prefix, _, local = prefixed.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def el(tag: str, attributes: dict[str, str] | None = None, *children: Element) -> Element:
    """An element with attributes (prefixed names) and children."""
    element = etree.Element(name(tag), nsmap=_space_of(tag))
    for key, value in (attributes or {}).items():
        element.set(name(key) if ":" in key else key, value)
    element.extend(children)
    return element


@cache
def _space_of(tag: str) -> dict[str, str]:
    prefix = tag.partition(":")[0]
    return {prefix: NAMESPACES[prefix]}


def val(tag: str, value: str) -> Element:
    """`<w:tag w:val="…"/>`."""
    return el(tag, {"w:val": value})


def serialise(root: Element) -> bytes:
    """The part's bytes, in one form."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


__all__ = ["NAMESPACES", "Element", "el", "name", "safe", "serialise", "val"]
