"""No text that is rendered holds a turn no cabinet would sign (`forbidden_turns.csv`), in any form, at any session."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import yaml
from lxml import etree, html
from msgspec.structs import replace
from pptx import Presentation

from exports import reminders
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.packing import read_package
from exports.rendering import render_bytes
from exports.word.xml import NAMESPACES, name
from sources.french import typography as typo

with Path(__file__).with_name("forbidden_turns.csv").open(encoding="utf-8") as _file:
    TURNS = list(csv.DictReader(_file))
#: what is no prose: names of files, addresses, digests
NO_PROSE = re.compile(r"\S+\.(?:xlsx|md|docx|csv|zip|pdf|txt)\b|https?://\S+|\b[0-9a-f]{40,}\b|[\w.-]+@[\w.-]+|\bRe:")
RAISED = "//w:r[w:rPr/w:rStyle[@w:val='JalonExposant'] or w:rPr/w:vertAlign]/w:t"


def of_word(content: bytes) -> Iterator[str]:
    """Every paragraph, the ends of ordinals that are raised left out, and what is said of tables and drawings."""
    for part, xml in read_package(content).items():
        if not re.match(r"word/(document|header\d+|footer\d+|charts/chart\d+)\.xml$", part):
            continue
        root = etree.fromstring(xml)
        for text in root.xpath(RAISED, namespaces=NAMESPACES):
            text.text = "ᵉ"
        for paragraph in root.iter(name("w:p")):
            yield "".join(text.text or "" for text in paragraph.iter(name("w:t")))
        for element in root.iter(name("a:t"), name("c:v")):
            yield element.text or ""
        yield from map(str, root.xpath("//@descr | //@title | //w:tblCaption/@w:val | //w:tblDescription/@w:val",
                                       namespaces=NAMESPACES))  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
def of_excel(content: bytes) -> Iterator[str]:
    """Every sheet's name and every cell's words."""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        yield sheet.title
        yield from (cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))


def of_html(content: bytes) -> Iterator[str]:
    """Every text between two tags, and what is said of elements."""
    root = html.fromstring(content)
    etree.strip_elements(root, "script", "style", with_tail=False)
    yield from (" ".join(re.split(r"[ \n]+", str(text))) for text in root.xpath("//text()"))
    yield from map(str, root.xpath("//@title | //@aria-label | //@placeholder | //@alt"))


def of_slides(content: bytes) -> Iterator[str]:
    """Every paragraph and cell, and what is said of shapes."""
    for slide in Presentation(io.BytesIO(content)).slides:
        root = etree.fromstring(etree.tostring(slide.element))
        for paragraph in root.iter(name("a:p")):
            yield "".join(text.text or "" for text in paragraph.iter(name("a:t")))
        yield from map(str, root.xpath("//@descr"))


READERS = {".docx": of_word, ".xlsx": of_excel, ".html": of_html, ".pptx": of_slides}


def rendered(marts: SessionMarts) -> Iterator[tuple[str, str]]:
    """Every text of every deliverable and mail, with the file it is in."""
    for file, content in render_bytes(marts, Release()).contents.items():
        if reader := READERS.get(Path(file).suffix):
            yield from ((file, text) for text in reader(content))
    for kind in ("J-30", "J-7", "J-1", "J+1"):
        for mail in reminders.reminders_of(marts, kind):
            yield from ((kind, line) for line in (mail.subject, *mail.body.splitlines()))


def found(text: str, where: str) -> list[str]:
    """The forbidden turns in a text."""
    plain = NO_PROSE.sub("x", text)
    hits = [(turn, re.search(turn["turn"], plain)) for turn in TURNS]
    return [f"{where}: {text[:160]!r} has {hit.group()!r}; write {turn['instead']}" for turn, hit in hits if hit]


def without_hostile_texts(marts: SessionMarts) -> SessionMarts:
    """The fictional marts without the texts that are meant to do harm, with French words for all that is printed."""
    words = {"milestone": "Jalon", "target": "Cible", "lead": "Pilote"}
    return replace(
        marts,
        labels=tuple(replace(row, label=words.get(row.label, row.label)) for row in marts.labels),
        contributions=tuple(row for row in marts.contributions if row.action_code != "3-3"),
        commitments=tuple(
            replace(row, commitment_label="Engagement fictif 3-3.1") if row.action_code == "3-3" else row
            for row in marts.commitments
        ),
    )


def nothing_received(marts: SessionMarts) -> SessionMarts:
    """The marts of a session for which no partner sent anything."""
    counts = ("received", "accepted", "rejected", "reconstituted", "items_received", "items_to_correct")
    blank = {**dict.fromkeys((*counts, "items_validated"), 0),
             **dict.fromkeys(("first_received_at", "last_received_at", "last_verdict"))}  # fmt: skip
    return replace(
        marts,
        contributions=(),
        rejected_rows=(),
        completeness=tuple(replace(row, **blank) for row in marts.completeness),  # type: ignore[arg-type]
        items=tuple(replace(row, is_received=False, is_to_correct=False, is_validated=False) for row in marts.items),
    )


def test_no_text_of_a_session_holds_a_forbidden_turn(marts: SessionMarts) -> None:
    texts = set(rendered(without_hostile_texts(marts)))
    assert len(texts) > 300
    assert sorted({hit for where, text in texts for hit in found(text, where)}) == []


def test_no_text_of_a_session_with_nothing_received_holds_one_and_each_says_so(later: SessionMarts) -> None:
    texts = set(rendered(without_hostile_texts(nothing_received(later))))
    files = {where for where, _ in texts if Path(where).suffix in READERS}
    assert {where for where, text in texts if "aucune contribution reçue" in text} == files
    aged = {where for where, text in texts if "il y a 8\u00a0mois" in text}
    assert {Path(where).suffix for where in aged} >= {".docx", ".pptx", ".html"}
    assert len(texts) > 300
    assert sorted({hit for where, text in texts for hit in found(text, where)}) == []


def strings(value: object) -> Iterator[str]:
    """Every line of every text in a YAML file."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)
    elif isinstance(value, str):
        yield from (line.strip() for line in value.splitlines())


@pytest.mark.parametrize(
    ("file", "is_typeset_later"),
    [
        ("exports/mail/texts.yml", False),
        ("exports/reminders/texts.yml", False),
        ("orchestration/services/session/notifications.yml", False),
        ("orchestration/services/mailroom/texts.yml", True),
    ],
)
def test_no_text_of_a_mail_holds_a_forbidden_turn(project_root: Path, file: str, is_typeset_later: bool) -> None:
    lines = set(strings(yaml.safe_load((project_root / file).read_text(encoding="utf-8"))))
    assert len(lines) > 10
    typeset = {typo.spaced(line) for line in lines} if is_typeset_later else lines
    assert sorted({hit for line in typeset for hit in found(line, file)}) == []


def test_no_word_of_a_status_or_reason_holds_a_forbidden_turn(project_root: Path) -> None:
    with (project_root / "dbt_project/seeds/ref_label.csv").open(encoding="utf-8") as file:
        words = {row[column] for row in csv.DictReader(file) for column in ("label", "description")}
    assert len(words) > 100
    assert sorted({hit for text in words for hit in found(typo.spaced(text), "ref_label.csv")}) == []


@pytest.mark.parametrize(
    "text",
    [
        "déclaré par CNAM", "le DNS", "la CNS-12", "la 12ème session", "12e session", "3 action(s)",
        "Etat d’avancement", "A venir", "Echéance", "un draft",
        "un  texte", "l'action", 'le "texte"', "Pilote : ALPHA", "Pilote: ALPHA",
        "94,5%", "le 2024-12-17", "Q1 2024", "d’un regard", "3 actions : 3 « Non renseigné »", "à suivre...",
        "le action", "« ALPHA »",
    ],
)  # fmt: skip
def test_each_turn_is_found(text: str) -> None:
    assert found(text, "x.docx")
