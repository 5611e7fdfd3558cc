"""WordprocessingML elements, built without fuss: names by prefix, text made safe and kept whole."""

import re

from lxml import etree

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Element = etree._Element


def name(prefixed: str) -> str:
    """`w:p` as lxml wants it."""
    prefix, _, local = prefixed.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def el(tag: str, attributes: dict[str, str] | None = None, *children: Element) -> Element:
    """An element with attributes (prefixed names) and children."""
    element = etree.Element(name(tag), nsmap={tag.partition(":")[0]: NAMESPACES[tag.partition(":")[0]]})
    for key, value in (attributes or {}).items():
        element.set(name(key) if ":" in key else key, value)
    element.extend(children)
    return element


def val(tag: str, value: str) -> Element:
    """`<w:tag w:val="…"/>`."""
    return el(tag, {"w:val": value})


def safe(text: str) -> str:
    """The text with what XML cannot hold made visible: control characters as their pictures, nothing dropped."""
    return _FORBIDDEN.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def serialise(root: Element) -> bytes:
    """The part's bytes, in one form."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
