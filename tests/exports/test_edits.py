"""What the DNS rewrites in a draft survives: taken back from the file, printed at the next render, told when stale."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

import exports
from exports import edits as kept
from exports.content import report
from exports.content.release import Release
from exports.edits import Edit, EditsError
from exports.marts import Contribution, SessionMarts, read_marts
from exports.packing import read_package, write_package
from exports.text_marks import mark
from exports.word import checks, identity, writer
from exports.word.markup import Markup, el, joined, parsed, val, words
from exports.word.xml import NAMESPACES, Element, name

KEY = "1-1/ALPHA/progress_text"
DOCUMENT = "word/document.xml"
SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def draft(marts: SessionMarts) -> bytes:
    return writer.write(report.build(marts, Release())).content


def control(document: Element, key: str) -> Element:
    for found in document.iter(name("w:sdt")):
        tag = found.find("w:sdtPr/w:tag", NAMESPACES)
        if tag is not None and (tag.get(name("w:val")) or "").startswith(f"texte:{key}#"):
            return found
    raise AssertionError(f"no control for {key}")


def edited(tmp_path: Path, content: bytes, change: Callable[[Element], None]) -> Path:
    parts = read_package(content)
    document = etree.fromstring(parts[DOCUMENT])
    change(document)
    parts[DOCUMENT] = etree.tostring(document)
    path = tmp_path / "brouillon relu.docx"
    path.write_bytes(write_package(parts))
    return path


def made(markup: Markup) -> Element:
    """An element to put where Word would."""
    (element,) = parsed(markup)
    return element


def note_paragraph(text: str) -> Markup:
    """A paragraph in the style of notes."""
    look = el("w:pPr", None, val("w:pStyle", "JalonNote"))
    return el("w:p", None, look, el("w:r", None, el("w:t", None, words(text))))


def rewrite(key: str, *lines: str) -> Callable[[Element], None]:
    """As Word leaves a rewritten text: runs cut anywhere, with spelling marks between."""

    def change(document: Element) -> None:
        content = control(document, key).find("w:sdtContent", NAMESPACES)
        assert content is not None
        for paragraph in list(content):
            content.remove(paragraph)
        for line in lines:
            pieces = [words(line[start : start + 7]) for start in range(0, len(line), 7)]
            runs = [el("w:r", None, el("w:t", {"xml:space": "preserve"}, piece)) for piece in pieces]
            marked = joined(joined((run, el("w:proofErr", {"w:type": "spellStart"}))) for run in runs)
            content.append(made(el("w:p", None, marked)))

    return change


def note(action: str, text: str) -> Callable[[Element], None]:
    """A paragraph in the style of notes, after an action's heading."""

    def change(document: Element) -> None:
        for paragraph in document.iter(name("w:p")):
            style = paragraph.find("w:pPr/w:pStyle", NAMESPACES)
            said = "".join(node.text or "" for node in paragraph.iter(name("w:t")))
            if style is not None and style.get(name("w:val")) == "Heading3" and said.startswith(action):
                paragraph.addnext(made(note_paragraph(text)))
                return
        raise AssertionError(action)

    return change


def test_an_untouched_draft_has_no_edit(tmp_path: Path, draft: bytes) -> None:
    path = tmp_path / "brouillon.docx"
    path.write_bytes(draft)
    returned = kept.read_draft(path)
    assert returned.edits == ()
    assert KEY in returned.untouched


def test_a_rewritten_text_is_taken_back_whole(tmp_path: Path, draft: bytes) -> None:
    path = edited(tmp_path, draft, rewrite(KEY, "Texte revu par la DNS,", "en deux paragraphes & <sobre>."))
    (edit,) = kept.read_draft(path).edits
    assert edit == Edit(
        KEY, "Texte revu par la DNS,\nen deux paragraphes & <sobre>.", mark("Texte fictif de l’action 1-1.")
    )


def test_words_moved_about_by_word_alone_are_no_edit(tmp_path: Path, draft: bytes) -> None:
    path = edited(tmp_path, draft, rewrite(KEY, "Texte  fictif de l’action 1-1. ", ""))
    assert kept.read_draft(path).edits == ()


def test_deletions_under_review_are_taken_as_done(tmp_path: Path, draft: bytes) -> None:
    def review(document: Element) -> None:
        run = control(document, KEY).find(".//w:r", NAMESPACES)
        assert run is not None
        deleted = el("w:delText", None, words(run.findtext("w:t", "", NAMESPACES)))
        proposed = el("w:t", None, words("Texte proposé."))
        removed = made(el("w:del", {"w:id": "900", "w:author": "DNS"}, el("w:r", None, deleted)))
        added = made(el("w:ins", {"w:id": "901", "w:author": "DNS"}, el("w:r", None, proposed)))
        parent = run.getparent()
        assert parent is not None
        parent.replace(run, removed)
        removed.addnext(added)

    (edit,) = kept.read_draft(edited(tmp_path, draft, review)).edits
    assert edit.text == "Texte proposé."


def test_an_edit_is_printed_in_every_deliverable_and_named_in_the_manifest(
    tmp_path: Path, draft: bytes, marts_path: Path
) -> None:
    def change(document: Element) -> None:
        rewrite(KEY, "Texte revu.")(document)
        note("2-2", "À évoquer.")(document)

    objective = Edit("1-3/DNS/objective", "Objectif récrit.", mark("Objectif fictif de l’action 1-3"))
    found = (*kept.read_draft(edited(tmp_path, draft, change)).edits, objective)
    written = exports.render(marts_path, "CNS-12", tmp_path / "out", code_version="1", inputs={}, edits=found)
    document = read_package(written.docx.read_bytes())
    assert "Texte revu." in document[DOCUMENT].decode()
    assert "Texte fictif de l’action 1-1." not in document[DOCUMENT].decode()
    assert "texte revu par la DNS" in document[DOCUMENT].decode()
    sheets = read_package(written.xlsx.read_bytes())["xl/sharedStrings.xml"].decode()
    page = written.dashboard.read_text(encoding="utf-8")
    for text in ("Texte revu.", "À évoquer.", "Objectif récrit."):
        assert text in sheets
        assert text in page
    manifest = json.loads(written.manifest.read_text(encoding="utf-8"))
    assert [row["key"] for row in manifest["edited_texts"]] == [KEY, objective.key, "2-2/DNS/note"]
    assert manifest["warnings"] == []
    again = kept.read_draft(written.docx)
    assert again.edits == (), "what is left as it was printed says nothing"
    assert {KEY, "2-2/DNS/note"} <= set(again.untouched)


def test_a_contribution_that_changed_since_is_told_and_the_edit_stays(
    tables: dict[type, list[Any]], write: Callable[..., Path]
) -> None:
    tables[Contribution][0] = replace(tables[Contribution][0], progress_text="Le partenaire a récrit son texte.")
    edit = Edit(KEY, "Texte revu.", mark("Texte fictif de l’action 1-1."))
    marts = kept.applied(read_marts(write(tables), "CNS-12"), [edit])
    assert marts.contributions[0].progress_text == "Texte revu."
    assert len(kept.warnings(marts)) == 1
    assert "1-1, ALPHA, Avancement" in kept.warnings(marts)[0]


def test_an_edit_whose_contribution_is_gone_is_still_printed(
    tables: dict[type, list[Any]], write: Callable[..., Path]
) -> None:
    tables[Contribution] = tables[Contribution][1:]
    marts = kept.applied(read_marts(write(tables), "CNS-12"), [Edit(KEY, "Texte revu.", mark("ancien"))])
    assert b"Texte revu." in read_package(writer.write(report.build(marts, Release())).content)[DOCUMENT]
    assert len(kept.warnings(marts)) == 1


def test_the_partners_words_put_back_undo_an_edit(tmp_path: Path, marts: SessionMarts) -> None:
    words = "Texte fictif de l’action 1-1."
    before = (Edit(KEY, "Texte revu.", mark(words)), Edit("9-9/ALPHA/risks", "Autre.", mark("y")))
    printed = writer.write(report.build(kept.applied(marts, before), Release())).content
    returned = kept.read_draft(edited(tmp_path, printed, rewrite(KEY, words)))
    assert returned.restored == (KEY,)
    after = kept.merged(before, returned)
    assert [edit.key for edit in after] == ["9-9/ALPHA/risks"], "what the draft does not speak of is kept"


def test_two_people_edit_two_copies_of_one_draft_and_neither_undoes_the_other(tmp_path: Path, draft: bytes) -> None:
    first = kept.read_draft(edited(tmp_path, draft, rewrite(KEY, "Revu par l’une.")))
    second = kept.read_draft(edited(tmp_path, draft, note("2-2", "Noté par l’autre.")))
    for order in ((first, second), (second, first)):
        edits: tuple[Edit, ...] = ()
        for returned in order:
            edits = kept.merged(edits, returned)
        assert [edit.text for edit in edits] == ["Revu par l’une.", "Noté par l’autre."]


def test_a_note_is_kept_completed_and_dropped(tmp_path: Path, draft: bytes, marts: SessionMarts) -> None:
    def taken(before: tuple[Edit, ...], content: bytes, change: Callable[[Element], None]) -> tuple[Edit, ...]:
        return kept.merged(before, kept.read_draft(edited(tmp_path, content, change)))

    first = taken((), draft, note("2-2", "À évoquer en séance."))
    second = writer.write(report.build(kept.applied(marts, first), Release())).content
    assert "À évoquer en séance." in read_package(second)[DOCUMENT].decode()
    assert checks.defects(second) == []
    both = taken(first, second, note("2-2", "Seconde note."))
    assert [edit.text for edit in both] == ["À évoquer en séance.\nSeconde note."]
    assert taken(both, second, rewrite("2-2/DNS/note", "")) == ()


def test_a_note_outside_any_action_is_told(tmp_path: Path, draft: bytes) -> None:
    def change(document: Element) -> None:
        first = next(document.iter(name("w:p")))
        first.addnext(made(note_paragraph("Note perdue")))

    returned = kept.read_draft(edited(tmp_path, draft, change))
    assert returned.edits == ()
    assert "Note perdue" in returned.warnings[0]


def test_what_is_no_draft_is_refused_with_the_fix(tmp_path: Path, draft: bytes, marts: SessionMarts) -> None:
    path = tmp_path / "autre.docx"
    parts = read_package(draft)
    del parts["docProps/custom.xml"]
    for content, said in (
        (b"rien", "pas un document Word lisible → ouvrez-le"),
        (write_package(parts), "pas un rapport produit par Jalon"),
        (writer.write(report.build(marts, Release("published"))).content, "version publiée de CNS-12"),
    ):
        path.write_bytes(content)
        with pytest.raises(EditsError, match=said):
            kept.read_draft(path)
    assert not kept.is_ours(tmp_path / "absent.docx")


def test_a_draft_of_a_template_with_properties_of_its_own_is_still_known(tmp_path: Path, draft: bytes) -> None:
    parts = read_package(draft)
    theirs = parts["docProps/custom.xml"].replace(b"Jalon session", b"Service").replace(b"CNS-12", b"DNS")
    assert theirs != parts["docProps/custom.xml"]
    again = dict(parts) | {"docProps/custom.xml": theirs}
    identity.sign(again, {"session_code": "CNS-13", "state": "BROUILLON", "version": "1"})
    assert identity.identity_of(again) == identity.Identity("CNS-13", "BROUILLON", "1")
    assert b"Service" in again["docProps/custom.xml"]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_a_draft_saved_by_libreoffice_keeps_the_identity_of_every_text(tmp_path: Path, draft: bytes) -> None:
    def change(document: Element) -> None:
        rewrite(KEY, "Texte revu,", "en deux paragraphes.")(document)
        note("2-2", "À évoquer en séance.")(document)

    path = edited(tmp_path, draft, change)
    expected = kept.read_draft(path)
    command = [str(SOFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "docx"]
    subprocess.run([*command, "--outdir", tmp_path / "lo", path], check=True, capture_output=True, timeout=120)
    assert (tmp_path / "lo" / path.name).read_bytes() != path.read_bytes()
    again = kept.read_draft(tmp_path / "lo" / path.name)
    assert again.edits == expected.edits
    assert set(again.untouched) == set(expected.untouched)


def test_partners_with_a_slash_in_their_code_keep_their_texts(
    tables: dict[type, list[Any]], write: Callable[..., Path]
) -> None:
    tables[Contribution][0] = replace(tables[Contribution][0], partner_code="ARS/GRADeS")
    marts = kept.applied(
        read_marts(write(tables), "CNS-12"), [Edit("1-1/ARS/GRADeS/risks", "Revu.", mark("Aucun risque connu."))]
    )
    assert marts.contributions[0].risks == "Revu."
    assert kept.warnings(marts) == ()
