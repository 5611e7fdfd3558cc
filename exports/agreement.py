"""Proves that the written files say what the marts say, both ways, by reading them again as any reader would.

`disagreements(marts, docx, xlsx)` compares every action, status, partner, target, value, deadline and rate: a fact of
the marts that a file lacks, a fact a file adds, and a fact stated differently are each one defect. Nothing of the
writers is used to read: numbers and dates are understood from their printed form.
"""

import datetime as dt
import io
import re
import warnings
from calendar import monthrange
from collections.abc import Iterator
from typing import Any

from lxml import etree
from msgspec import Struct

from exports.content.facts import REVISED, SHARE, commitment_status
from exports.defects import Defect
from exports.marts import SessionMarts
from exports.packing import read_package
from exports.word.reading import style_names, text_of
from exports.word.xml import NAMESPACES, Element, name
from sources.french.typography import MONTHS

#: kind of fact and what it is about, to what is stated
Facts = dict[tuple[str, str], object]

_COMMITMENT_CELLS = 6
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def disagreements(marts: SessionMarts, docx: bytes, xlsx: bytes) -> list[Defect]:
    """Everything the files and the marts do not say alike; empty when they agree."""
    expected = facts_of_marts(marts)
    return [
        *compared(expected, facts_of_docx(docx), "Word"),
        *compared(expected, facts_of_xlsx(xlsx), "Excel"),
    ]


def compared(expected: Facts, found: Facts, where: str) -> Iterator[Defect]:
    """What one file and the marts do not say alike; `where` names the file."""
    for key in sorted(expected.keys() | found.keys()):
        said, written = expected.get(key), found.get(key)
        if said != written:
            yield Defect("DISAGREEMENT", where, f"{key[0]} {key[1]}: marts {said!r}, file {written!r}")


def facts_of_marts(marts: SessionMarts) -> Facts:
    """What both files have to say."""
    facts: Facts = {}
    for action in marts.actions:
        code = action.action_code
        facts["title", code] = _plain(action.action_title)
        facts["status", code] = marts.label("status", marts.status_by_action[code].final_status)
        facts["lead", code] = action.lead_partner
        facts["partners", code] = tuple(row.partner_code for row in marts.action_partners if row.action_code == code)
    for row in marts.commitments:
        facts["commitment", row.commitment_id] = _plain(row.commitment_label)
        facts["commitment status", row.commitment_id] = commitment_status(marts, row.status).label
        if row.target_value is not None and row.kind == "target":
            facts["target", row.commitment_id] = round(row.target_value, 2)
        if row.actual_value is not None and row.kind == "target":
            facts["actual", row.commitment_id] = round(row.actual_value, 2)
        if row.deadline is not None:
            facts["deadline", row.commitment_id] = (row.deadline, row.deadline_precision or "day")
        if row.progress_rate is not None:
            facts["rate", row.commitment_id] = round(row.progress_rate, 1)
        elif row.share_of_target is not None:
            facts["share", row.commitment_id] = round(row.share_of_target, 1)
        if row.revised_deadline is not None and row.status != "achieved":
            facts["revised", row.commitment_id] = (row.revised_deadline, row.revised_precision or "day")
    return facts


def facts_of_docx(content: bytes) -> Facts:
    """What a written report says, block by block."""
    parts = read_package(content)
    styles = style_names(etree.fromstring(parts["word/styles.xml"]))
    body = etree.fromstring(parts["word/document.xml"]).find("w:body", NAMESPACES)
    facts: Facts = {}
    spoken_of = _NO_ACTION
    for element in body if body is not None else ():
        if element.tag == name("w:p"):
            spoken_of = _paragraph_facts(element, styles, spoken_of, facts)
        elif element.tag == name("w:tbl") and spoken_of.action:
            _table_facts(element, facts)
    return facts


class _SpokenOf(Struct, frozen=True):
    """The action a passage speaks of, and the level of the heading that named it: only a heading as high ends it."""

    action: str
    level: int


_NO_ACTION = _SpokenOf("", 0)
#: what stands before an action's lead, on the line of its situation or on one of its own
PILOT = "Pilote : "
_ACTION_HEADING = re.compile(r"(\d+-\d+) (.+)")


def _paragraph_facts(paragraph: Element, styles: dict[str, str], spoken_of: _SpokenOf, facts: Facts) -> _SpokenOf:
    """Add what a paragraph says of the action spoken of; the action spoken of from there on."""
    named = paragraph.find("w:pPr/w:pStyle", NAMESPACES)
    style = styles.get((named.get(name("w:val")) if named is not None else None) or "", "")
    text = _plain(text_of(paragraph))
    action = spoken_of.action
    if style.startswith("heading "):
        level = int(style.removeprefix("heading "))
        if found := _ACTION_HEADING.fullmatch(text):
            _once(facts, ("title", found[1]), found[2])
            return _SpokenOf(found[1], level)
        return _NO_ACTION if level <= spoken_of.level else spoken_of
    if style == "Jalon situation" and action:
        facts["status", action] = _status_word(paragraph)
    if style in {"Jalon situation", "Jalon partenaires"} and action and PILOT in text:
        lead, _, others = text.partition(PILOT)[2].partition(" · Contributeur")
        facts["lead", action] = lead.strip()
        named_others = [other for other in others.partition(" : ")[2].split(", ") if other]
        facts["partners", action] = (lead.strip(), *named_others)
    return spoken_of


def _table_facts(table: Element, facts: Facts) -> None:
    for row in table.iterfind("w:tr", NAMESPACES):
        cells = row.findall("w:tc", NAMESPACES)
        if len(cells) != _COMMITMENT_CELLS or row.find("w:trPr/w:tblHeader", NAMESPACES) is not None:
            continue
        texts = [_plain(text_of(cell)) for cell in cells]
        identifier, _, label = texts[0].partition(" ")
        _once(facts, ("commitment", identifier), label)
        facts["commitment status", identifier] = _status_word(cells[5])
        for kind, text in (("target", texts[1]), ("actual", texts[2])):
            if (value := read_number(text)) is not None:
                facts[kind, identifier] = value
        add_due(facts, identifier, texts[3])
        add_rate(facts, identifier, texts[4])


def add_due(facts: Facts, identifier: str, text: str) -> None:
    """Add what a deadline’s words say: the deadline, and the later date that was given."""
    written, _, revised = _plain(text).partition(_plain(REVISED))
    due = written.strip().removesuffix(" (passée)")
    for kind, part in (("deadline", due), ("revised", revised.partition(" (")[0])):
        if (day := read_date(part)) is not None:
            facts[kind, identifier] = day


def add_rate(facts: Facts, identifier: str, text: str) -> None:
    """Add what a rate’s words say: a rate, or the share of the target where there is none."""
    said = _plain(text)
    kind = "share" if said.startswith(_plain(SHARE)) else "rate"
    if (value := read_number(said.removeprefix(_plain(SHARE)).strip())) is not None:
        facts[kind, identifier] = value


def _once(facts: Facts, key: tuple[str, str], value: object) -> None:
    """A thing given twice is no fact: it comes out as a disagreement."""
    facts[key] = f"said twice: {facts[key]!r} and {value!r}" if key in facts else value


def _plain(text: str) -> str:
    """Words without the differences typography makes."""
    return text.translate(_SPACES).strip()


def _status_word(element: Element) -> str:
    """The label of the first status in an element: its symbol taken off."""
    for run in element.iter(name("w:r")):
        words = _plain(text_of(run))
        if words:
            return words.partition(" ")[2] if not words[0].isalpha() else words
    return ""


_NUMBER = re.compile(
    r"^(?:environ |au moins |plus de |au plus |moins de )?(-?\d{1,3}(?: \d{3})*(?:,\d+)?)( millions?)?(?: |$|\*)"
)


def read_number(text: str) -> float | None:
    """The number a French text begins with, qualifier aside: « au moins 2,5 millions de visites » is 2500000."""
    found = _NUMBER.match(_plain(text))
    if found is None:
        return None
    value = float(found[1].replace(" ", "").replace(",", "."))
    return round(value * 1_000_000, 2) if found[2] else value


def read_date(text: str) -> tuple[dt.date, str] | None:
    """A printed date: the last day it covers, and its precision."""
    text = _plain(text)
    if (found := re.fullmatch(r"(?:(\d+)(?:er|ᵉʳ)? )?([^\W\d_]+) (\d{4})", text)) and found[2] in MONTHS:
        year, month = int(found[3]), MONTHS.index(found[2]) + 1
        return (dt.date(year, month, int(found[1])), "day") if found[1] else (_month_end(year, month), "month")
    if found := re.fullmatch(r"T([1-4]) (\d{4})", text):
        return _month_end(int(found[2]), 3 * int(found[1])), "quarter"
    if found := re.fullmatch(r"S([12]) (\d{4})", text):
        return _month_end(int(found[2]), 6 * int(found[1])), "semester"
    if found := re.fullmatch(r"(\d{4})", text):
        return dt.date(int(found[1]), 12, 31), "year"
    return None


def _month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, monthrange(year, month)[1])


def facts_of_xlsx(content: bytes) -> Facts:
    """What a written workbook says, in its sheets of actions and commitments."""
    import openpyxl

    with warnings.catch_warnings():
        # openpyxl says that it would lose sparklines on writing; nothing is written here
        warnings.filterwarnings("ignore", message=".*extension is not supported", category=UserWarning)
        book = openpyxl.load_workbook(io.BytesIO(content))
    facts: Facts = {}
    for row in _rows(book["Actions"]):
        code = str(row["Action"].value)
        _once(facts, ("title", code), _plain(str(row["Intitulé"].value)))
        facts["status", code] = _plain(str(row["Situation"].value)).partition(" ")[2]
        facts["lead", code] = row["Pilote"].value
        facts["partners", code] = tuple(str(row["Partenaires"].value).split(", "))
    for row in _rows(book["Engagements"]):
        identifier = str(row["Engagement"].value)
        _once(facts, ("commitment", identifier), _plain(str(row["Libellé"].value)))
        facts["commitment status", identifier] = _plain(str(row["Situation"].value)).partition(" ")[2]
        for kind, title, decimals in (("target", "Cible", 2), ("actual", "Réalisé", 2), ("rate", "Taux", 1)):
            if row[title].value is not None:
                facts[kind, identifier] = round(float(row[title].value), decimals)
        if row["Taux"].value is None and row["Part de la cible"].value is not None:
            facts["share", identifier] = round(float(row["Part de la cible"].value), 1)
        for kind, title in (("deadline", "Échéance"), ("revised", "Date reportée")):
            if row[title].value is not None:
                facts[kind, identifier] = (row[title].value.date(), _precision(row[title].number_format))
    return facts


def _rows(sheet: Any) -> Iterator[dict[str, Any]]:
    """The rows of a sheet's first table, cells by header."""
    table = next(iter(sheet.tables.values()))
    header, *rows = sheet[table.ref]
    titles = [str(cell.value) for cell in header]
    for row in rows:
        yield dict(zip(titles, row, strict=True))


def _precision(number_format: str) -> str:
    plain = number_format.replace("\\", "")
    for precision, pattern in (
        ("year", r"yyyy"),
        ("semester", r'"S[12] "yyyy'),
        ("quarter", r'"T[1-4] "yyyy'),
        ("month", r"\[\$-40C\]mmmm yyyy"),
        ("day", r"dd/mm/yyyy"),
    ):
        if re.fullmatch(pattern, plain):
            return precision
    return f"unknown form {number_format}"
