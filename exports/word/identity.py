"""How a report that comes back is known again: hidden properties say which it is, controls say which text is which.

Word keeps the tags of content controls; LibreOffice keeps the titles of those around paragraphs and drops every tag.
The key of a text therefore is in both, and the session in a document property, which both keep.
"""

import re
from collections.abc import Mapping

from lxml import etree
from msgspec import Struct

from exports.packing import CONTENT_TYPES
from exports.word.markup import Markup, el, val
from exports.word.styles import EDITABLE_PREFIX
from exports.word.xml import NAMESPACES, Element, name, serialise

PART = "docProps/custom.xml"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_RELATIONS_PART = "_rels/.rels"

#: property → field of the template it repeats
_FIELDS = {"Jalon session": "session_code", "Jalon état": "state", "Jalon version": "version"}
#: how the names of all our properties begin
_OURS = "Jalon "
_TITLE_LENGTH = 64
_MARKS = r"(?P<based_on>[0-9a-f]{12})(~(?P<printed>[0-9a-f]{6}))?"
_TAG = re.compile(rf"{re.escape(EDITABLE_PREFIX)}(?P<key>.+)#{_MARKS}$")
_TITLE = re.compile(rf"\[(?P<key>[^\[\]#]+)#{_MARKS}\]$")
_PRINTED_LENGTH = 6


class Identity(Struct, frozen=True):
    """Which report a file is: session, state as printed, version."""

    session_code: str
    state: str
    version: str


class Printed(Struct, frozen=True):
    """An editable text as it was printed: its key, the mark of the contribution, the start of the mark of its words."""

    key: str
    based_on: str
    printed: str

    def is_as_printed(self, words: str) -> bool:
        """Whether the words of that mark are those that were printed: nobody said anything by them."""
        return words.startswith(self.printed)


def control_properties(key: str, label: str, based_on: str, printed: str, number: int) -> Markup:
    """The properties of the control around an editable text; its title is what a person sees of it.

    `based_on` is the mark of the contribution, `printed` that of the words in the control: another one where the DNS
    had rewritten them before.
    """
    marks = based_on if printed == based_on else f"{based_on}~{printed[:_PRINTED_LENGTH]}"
    place = f"[{key}#{marks}]"
    title = f"{label[: max(_TITLE_LENGTH - len(place) - 1, 0)]} {place}".strip()
    tag = f"{EDITABLE_PREFIX}{key}#{marks}"
    return el("w:sdtPr", None, val("w:alias", title), val("w:tag", tag), val("w:id", str(number)))


def editable_of(control: Element) -> Printed | None:
    """Which text a control holds, as it was printed; None for a control of another kind."""
    found = _TAG.match(_value(control, "w:tag")) or _TITLE.search(_value(control, "w:alias"))
    return Printed(found["key"], found["based_on"], found["printed"] or found["based_on"]) if found else None


def _value(control: Element, property_name: str) -> str:
    element = control.find(f"w:sdtPr/{property_name}", NAMESPACES)
    return (element.get(name("w:val")) if element is not None else None) or ""


def sign(parts: dict[str, bytes], fields: Mapping[str, str], printed: Mapping[str, str] | None = None) -> None:
    """Write the identity, and what was `printed`, beside the properties a package's template has of its own."""
    root = etree.fromstring(parts[PART]) if PART in parts else _plain(_PROPERTIES, "Properties")
    for element in list(root):
        if (element.get("name") or "").startswith(_OURS):
            root.remove(element)
    told = {**{title: fields[field] for title, field in _FIELDS.items()}, **(printed or {})}
    for rank, (title, value) in enumerate(told.items(), start=len(root) + 2):
        element = etree.SubElement(root, f"{{{_PROPERTIES}}}property")
        element.set("fmtid", _FORMAT)
        element.set("pid", str(rank))
        element.set("name", title)
        etree.SubElement(element, f"{{{_VALUES}}}lpwstr").text = value
    for rank, element in enumerate(root, start=2):
        element.set("pid", str(rank))
    if PART not in parts:
        _declare(parts)
    parts[PART] = serialise(root)


def _declare(parts: dict[str, bytes]) -> None:
    types = etree.fromstring(parts[CONTENT_TYPES])
    override = etree.SubElement(types, f"{{{etree.QName(types).namespace}}}Override")
    override.set("PartName", f"/{PART}")
    override.set("ContentType", _TYPE)
    parts[CONTENT_TYPES] = serialise(types)
    relations = etree.fromstring(parts[_RELATIONS_PART])
    link = etree.SubElement(relations, f"{{{etree.QName(relations).namespace}}}Relationship")
    for key, value in (("Id", "rIdJalon"), ("Type", _RELATION), ("Target", PART)):
        link.set(key, value)
    parts[_RELATIONS_PART] = serialise(relations)


def identity_of(parts: Mapping[str, bytes]) -> Identity | None:
    """Which report a package is; None when Jalon did not make it. etree.XMLSyntaxError when it cannot be read."""
    if PART not in parts:
        return None
    told = properties_of(parts)
    known = {field: told.get(title, "") for title, field in _FIELDS.items()}
    return Identity(**known) if known["session_code"] else None


def properties_of(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The custom properties of a package by name."""
    if PART not in parts:
        return {}
    return {
        item.get("name") or "": "".join(map(str, item.itertext())).strip() for item in etree.fromstring(parts[PART])
    }


def _plain(space: str, local: str) -> Element:
    return etree.Element(f"{{{space}}}{local}", nsmap={None: space, "vt": _VALUES})  # type: ignore[dict-item]
