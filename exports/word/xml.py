"""WordprocessingML elements: names by prefix, text made safe, one form of a part."""

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


def serialise(root: Element) -> bytes:
    """The part's bytes, in one form."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


__all__ = ["NAMESPACES", "Element", "name", "safe", "serialise"]
