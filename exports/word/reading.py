"""Reads a written document as any reader would: its styles by identifier, the words of an element."""

from exports.word.xml import NAMESPACES, Element, name


def style_names(styles: Element) -> dict[str, str]:
    """The names of the styles of a styles part, by identifier."""
    names: dict[str, str] = {}
    for style in styles.iterfind("w:style", NAMESPACES):
        named = style.find("w:name", NAMESPACES)
        if named is not None:
            names[style.get(name("w:styleId")) or ""] = named.get(name("w:val")) or ""
    return names


def text_of(element: Element) -> str:
    """The words of an element, in order."""
    return "".join(node.text or "" for node in element.iter(name("w:t")))
