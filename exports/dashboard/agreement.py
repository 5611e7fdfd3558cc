"""Proves that the dashboard says what the marts say, both ways, by reading its HTML again as any reader would.

`disagreements(marts, html)` compares every action, status, partner, commitment, target, value, deadline and rate, as
the proof of Word and Excel does, from the words on the page; the machine-readable values beside them are compared
with those words.
"""

from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree
from lxml import html as lxml_html

from exports.agreement import Facts, add_due, add_rate, compared, facts_of_marts, read_number
from exports.defects import Defect
from exports.marts import SessionMarts

Element: TypeAlias = etree._Element

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def disagreements(marts: SessionMarts, content: bytes) -> list[Defect]:
    """Everything the dashboard and the marts do not say alike; empty when they agree."""
    root = lxml_html.document_fromstring(content.decode("utf-8"))
    return [*compared(facts_of_marts(marts), facts_of_html(root), "HTML"), *_values(root)]


def facts_of_html(root: Element) -> Facts:
    """What a written dashboard says, card by card."""
    facts: Facts = {}
    for card in _all(root, "article"):
        code, title = _titled(card)
        _once(facts, ("title", code), title)
        facts["status", code] = _status(card)
        lead = _words(card, "lead")
        others = [other for other in _words(card, "others").split(", ") if other]
        facts["lead", code] = lead
        facts["partners", code] = (lead, *others)
        for item in _all(card, "li"):
            if item.get("data-engagement"):
                _pledge_facts(item, facts)
    return facts


def _pledge_facts(item: Element, facts: Facts) -> None:
    identifier, label = _titled(item)
    _once(facts, ("commitment", identifier), label)
    facts["commitment status", identifier] = _status(item)
    for kind, place in (("target", "target"), ("actual", "actual")):
        if (value := read_number(_words(item, place))) is not None:
            facts[kind, identifier] = value
    add_rate(facts, identifier, _words(item, "rate-value"))
    add_due(facts, identifier, _words(item, "deadline"))


def _values(root: Element) -> Iterator[Defect]:
    """Where the value a program reads is not the one people read."""
    for item in _all(root, "data"):
        words, value = _plain(item), item.get("value") or ""
        decimals = 1 if "%" in words else 2
        read = read_number(words)
        if read is not None and round(float(value), decimals) != round(read, decimals):
            yield Defect("VALUE", "HTML", f"{item.get('data-key')}: {words!r} for people, {value!r} for programs")


def _titled(element: Element) -> tuple[str, str]:
    return _words(element, "code"), _words(element, "title")


def _status(element: Element) -> str:
    return _words(element, "badge").partition(" ")[2]


def _words(element: Element, class_name: str) -> str:
    """The words of the first element of a class within another; none where there is no such element."""
    found = element.xpath(f".//*[contains(concat(' ', @class, ' '), ' {class_name} ')]")
    return _plain(found[0]) if isinstance(found, list) and found and isinstance(found[0], etree._Element) else ""


def _plain(element: Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).translate(_SPACES).split())


def _all(element: Element, tag: str) -> Iterator[Element]:
    yield from element.iter(tag)


def _once(facts: Facts, key: tuple[str, str], value: object) -> None:
    """A thing given twice is no fact: it comes out as a disagreement."""
    facts[key] = f"said twice: {facts[key]!r} and {value!r}" if key in facts else value
