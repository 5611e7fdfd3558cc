"""Every kind of edit a person makes in a draft is taken, or listed with its place as not taken; nothing is lost."""

# ruff: noqa: E501 — one kind of edit a line
import base64
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph
from msgspec.structs import replace

from exports import contradictions
from exports import edits as kept
from exports.content import report
from exports.content.release import Release, Waiver
from exports.edits import Edit, Returned
from exports.marts import SessionMarts
from exports.readiness import blockers
from exports.text_marks import mark
from exports.word import checks, writer

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SOFFICE = shutil.which("soffice")
Change = Callable[[Document], None]


@pytest.fixture(scope="module")
def draft(marts: SessionMarts) -> bytes:
    return writer.write(report.build(marts, Release())).content


def paragraphs(document: Document) -> list[Paragraph]:
    """Every paragraph of the body, those in controls too."""
    return [Paragraph(element, document._body) for element in document.element.body.iter(qn("w:p"))]


def the(document: Document, start: str, style: str = "") -> Paragraph:
    for paragraph in paragraphs(document):
        words = "".join(node.text or "" for node in paragraph._p.iter(qn("w:t"))).replace("\u00a0", " ")
        styled = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if words.startswith(start) and (not style or (styled is not None and styled.get(qn("w:val")) == style)):
            return paragraph
    raise AssertionError(start)


def after(paragraph: Paragraph, text: str) -> Paragraph:
    added = Paragraph(parse_xml(f"<w:p {nsdecls('w')}><w:r><w:t>{text}</w:t></w:r></w:p>"), paragraph._parent)
    paragraph._p.addnext(added._p)
    return added


def retype(paragraph: Paragraph, text: str) -> None:
    nodes = list(paragraph._p.iter(qn("w:t")))
    nodes[0].text = text
    for node in nodes[1:]:
        node.text = ""


def removed(document: Document, start: str) -> None:
    element = the(document, start)._p
    control = next(element.iterancestors(qn("w:sdt")), element)
    control.getparent().remove(control)


def tracked(paragraph: Paragraph, text: str) -> None:
    """As Word and LibreOffice track a replacement: the old run struck, the new one inserted."""
    run = next(paragraph._p.iter(qn("w:r")))
    old = "".join(node.text or "" for node in run.iter(qn("w:t")))
    told = f'w:id="900" w:author="DNS" w:date="2024-12-18T09:00:00Z" {nsdecls("w")}'
    run.addprevious(parse_xml(f"<w:del {told}><w:r><w:delText>{old}</w:delText></w:r></w:del>"))
    run.addprevious(parse_xml(f"<w:ins {told}><w:r><w:t>{text}</w:t></w:r></w:ins>"))
    run.getparent().remove(run)


def with_table(document: Document) -> None:
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ("Site", "Nombre", "Lyon", "3"), strict=True
    ):
        cell.text = text
    the(document, "1-2 Action en bonne voie", "Heading3")._p.addnext(table._tbl)


def with_picture(document: Document, start: str = "Texte fictif de l’action 1-2.") -> None:
    run = document.add_paragraph().add_run()
    run.add_picture(io.BytesIO(PICTURE))
    element = the(document, start)._p
    next(element.iterancestors(qn("w:sdt")), element).addnext(run._r.getparent())


def with_comment(document: Document) -> None:
    paragraph = the(document, "1-2 Action en bonne voie", "Heading3")
    document.add_comment(runs=paragraph.runs, text="À vérifier avec le pilote", author="Cheffe de projet")


def moved(document: Document) -> None:
    """A paragraph of ours put elsewhere."""
    element = the(document, "Le pilote d’une action")._p
    the(document, "Par partenaire", "Heading2")._p.addprevious(element)


def row_deleted(document: Document) -> None:
    row = next(
        row for row in document.element.body.iter(qn("w:tr")) if "Engagement fictif 1-2.1" in "".join(row.itertext())
    )
    row.getparent().remove(row)


def cell_changed(document: Document) -> None:
    row = next(row for row in document.element.body.iter(qn("w:tr")) if "1-2.1" in "".join(row.itertext()))
    next(node for node in row.iter(qn("w:t")) if node.text and "2024" in node.text).text = "31 janvier 2030"


def footer_changed(document: Document) -> None:
    document.sections[0].footer.paragraphs[0].add_run(" – diffusion restreinte")


#: edit → what it does, and the key under which it is taken, or what its line in the answer says
KINDS: dict[str, tuple[Change, str]] = {
    "text rewritten": (lambda d: retype(the(d, "Texte fictif de l’action 1-1."), "Récrit."), "1-1/ALPHA/progress_text"),
    "text deleted with its frame": (lambda d: removed(d, "Texte fictif de l’action 1-1."), "1-1/ALPHA/progress_text"),
    "tracked change": (lambda d: tracked(the(d, "Texte fictif de l’action 1-1."), "Suivi."), "1-1/ALPHA/progress_text"),
    "paragraph in the style of notes": (
        lambda d: setattr(after(the(d, "1-2 Action", "Heading3"), "Une note."), "style", d.styles["Jalon note"]),
        "1-2/DNS/note",
    ),
    "paragraph in any style": (lambda d: after(the(d, "1-2 Action", "Heading3"), "Ajout.") and None, "1-2/DNS/note"),
    "objective": (lambda d: retype(the(d, "Objectif fictif de l’action 1-3"), "Objectif officiel."), "1-3/DNS/objective"),
    "typed over « aucun texte reçu »": (lambda d: retype(the(d, "Aucun texte reçu"), "Le pilote a appelé."), "/DNS/note"),
    "table inserted": (with_table, "1-2/DNS/ajout-"),
    "picture inserted": (with_picture, "1-2/DNS/ajout-"),
    "comment": (with_comment, "commentaire de Cheffe de projet sur « 1-2 Action en bonne voie » : « À vérifier"),
    "cell of a table": (cell_changed, "ligne de tableau modifiée sous «"),
    "row deleted": (row_deleted, "passage supprimé sous «"),
    "heading": (lambda d: retype(the(d, "1-2 Action", "Heading3"), "1-2 Autre titre"), "titre modifié sous « 1-2 Autre titre »"),
    "remark of ours": (lambda d: retype(the(d, "Le pilote d’une action"), "Autre."), "paragraphe modifié sous « Par partenaire »"),
    "paragraph outside any action": (lambda d: after(the(d, "Règles", "Heading2"), "Perdu.") and None, "paragraphe ajouté sous « Règles »"),
    "passage moved": (moved, "« Le pilote d’une action"),
    "cover": (lambda d: retype(the(d, "Conseil du numérique"), "Autre conseil"), "paragraphe modifié avant le premier titre"),
    "footer": (footer_changed, "diffusion restreinte"),
    "paragraph of a priority": (
        lambda d: retype(the(d, "Sur 3 actions"), "La priorité avance."), "P01/DNS/paragraph",
    ),
}  # fmt: skip


def returned(tmp_path: Path, content: bytes, change: Change) -> Returned:
    document = docx.Document(io.BytesIO(content))
    change(document)
    path = tmp_path / "brouillon.docx"
    document.save(str(path))
    return kept.read_draft(path)


def test_a_draft_saved_again_has_nothing_taken_nor_listed(tmp_path: Path, draft: bytes) -> None:
    read = returned(tmp_path, draft, lambda _: None)
    assert (read.edits, read.restored, read.warnings) == ((), (), ())


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_taken_or_listed_with_its_place(tmp_path: Path, draft: bytes, kind: str) -> None:
    change, expected = KINDS[kind]
    read = returned(tmp_path, draft, change)
    told = [edit.key for edit in read.edits] + [line.replace("\u00a0", " ") for line in read.warnings]
    assert any(expected in line for line in told), told
    assert len(told) <= 2, "one edit is told once"


def test_a_table_and_a_picture_inserted_survive_in_place_and_can_be_taken_away(
    tmp_path: Path, draft: bytes, marts: SessionMarts
) -> None:
    def both(document: Document) -> None:
        with_table(document)
        with_picture(document)

    first = kept.merged((), returned(tmp_path, draft, both))
    again = writer.write(report.build(kept.applied(marts, first), Release())).content
    assert [str(defect) for defect in checks.defects(again)] == []
    document = docx.Document(io.BytesIO(again))
    assert any(table.cell(1, 0).text == "Lyon" for table in document.tables)
    assert any(part.blob == PICTURE for part in document.part.package.iter_parts())
    still = returned(tmp_path, again, lambda _: None)
    assert (still.edits, still.warnings) == ((), ())

    def without(document: Document) -> None:
        table = next(table for table in document.tables if table.cell(1, 0).text == "Lyon")
        table._tbl.getparent().remove(table._tbl)

    left = kept.merged(first, returned(tmp_path, again, without))
    assert ["rows" in edit.text for edit in left] == [False]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_saves_a_draft_without_a_false_edit_and_keeps_the_real_ones(tmp_path: Path, draft: bytes) -> None:
    def change(document: Document) -> None:
        KINDS["objective"][0](document)
        KINDS["cell of a table"][0](document)
        after(the(document, "2-2 Action", "Heading3"), "Ajout.")
        with_table(document)

    expected = returned(tmp_path, draft, change)
    command = [str(SOFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "docx"]
    path = tmp_path / "brouillon.docx"
    subprocess.run([*command, "--outdir", tmp_path / "lo", path], check=True, capture_output=True, timeout=120)
    again = kept.read_draft(tmp_path / "lo" / path.name)
    assert [edit.key for edit in again.edits] == [edit.key for edit in expected.edits]
    assert again.warnings == expected.warnings


def test_a_number_that_the_table_contradicts_blocks_the_final_state_until_accepted(marts: SessionMarts) -> None:
    def told(text: str) -> SessionMarts:
        return kept.applied(marts, [Edit("1-2/DNS/note", text, mark(""))])

    wrong = told("Près de 1 300 établissements sont équipés en décembre 2024.")
    (number,) = contradictions.contradictions(wrong)
    assert (number.subject, "1 134" in number.known.replace("\u202f", " ")) == ("1-2=1300", True)
    assert "contredit le tableau" in " ".join(kept.warnings(wrong))
    blocking = [row for row in blockers(wrong) if "texte revu" in row.text]
    assert len(blocking) == 1
    assert "--waive 1-2=1300" in blocking[0].fix
    accepted = Waiver("1-2=1300", "chiffre du jour", "DNS", marts.session.held_on)
    assert not [row for row in blockers(wrong, waivers=[accepted]) if "texte revu" in row.text]
    for text in ("1 134 établissements, 3 réunions, en 2025.", "Rien de chiffré."):
        assert contradictions.contradictions(told(text)) == ()


def test_a_number_of_the_partners_own_is_no_contradiction_of_the_dns(marts: SessionMarts) -> None:
    said: list[Any] = list(marts.contributions)
    place = next(rank for rank, row in enumerate(said) if (row.action_code, row.partner_code) == ("1-2", "ALPHA"))
    said[place] = replace(said[place], progress_text="Déjà 1 250 établissements.")
    edit = Edit("1-2/ALPHA/progress_text", "On compte 1 250 établissements.", mark("Déjà 1 250 établissements."))
    assert contradictions.contradictions(kept.applied(replace(marts, contributions=tuple(said)), [edit])) == ()
