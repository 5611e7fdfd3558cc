"""WordprocessingML written as text: a report has tens of thousands of elements, and objects for them cost most of it.

What is written becomes elements once, whole (`parsed`), where it takes its place in the template, or stays text where
the template declares the same prefixes (`within`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import NewType

from lxml import etree

from exports.word.xml import NAMESPACES, Element

#: markup, well formed: text is never joined to it but through `words`
Markup = NewType("Markup", str)

NOTHING = Markup("")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
#: what the root of every template declares: other prefixes are declared where they are used
_DECLARED = ("w", "r")


def el(tag: str, attributes: Mapping[str, str] | None = None, *children: Markup) -> Markup:
    """An element with attributes (prefixed names) and children."""
    said = "".join([f' {key}="{value.translate(_IN_ATTRIBUTE)}"' for key, value in (attributes or {}).items()])
    inner = "".join(children)
    return Markup(f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>")


def val(tag: str, value: str) -> Markup:
    """`<w:tag w:val="…"/>`."""
    return Markup(f'<{tag} w:val="{value.translate(_IN_ATTRIBUTE)}"/>')


def words(text: str) -> Markup:
    """A text as the content of an element."""
    return Markup(text.translate(_IN_TEXT))


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("".join(parts))


def space(prefix: str) -> dict[str, str]:
    """The attribute that declares a namespace, for the outermost element that uses it."""
    return {f"xmlns:{prefix}": NAMESPACES[prefix]}


def parsed(markup: Markup) -> list[Element]:
    """What was written, as elements to be put into a part."""
    declared = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in _DECLARED)
    return list(etree.fromstring(f"<written{declared}>{markup}</written>"))


def within(markup: Markup, declared: Mapping[str | None, str]) -> Markup | None:
    """What was written as it is among elements with these prefixes; None where they mean something else there."""
    if any(declared.get(prefix) != NAMESPACES[prefix] for prefix in _DECLARED):
        return None
    for prefix, uri in NAMESPACES.items():
        if declared.get(prefix) == uri:  # in tags alone: a text may say the same words, but never `<`
            markup = Markup(re.sub(f'(<[\\w:]+) xmlns:{prefix}="{re.escape(uri)}"', r"\1", markup))
    return markup


__all__ = ["NOTHING", "Markup", "el", "joined", "parsed", "space", "val", "within", "words"]
