"""The note: two pages, the same facts as the marts, and a decision only where one is wanted."""

import io
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from msgspec.structs import replace

from exports.content import note
from exports.content.release import Release
from exports.marts import SessionMarts
from exports.model import Figure, figures_of
from exports.rendering import note_name, render_bytes
from exports.word import checks, writer


def words_of(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    return "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")


def written(marts: SessionMarts, told: int = note.DETAILS[0]) -> writer.Written:
    return writer.write_short(note.build(marts, Release(), told))


@pytest.fixture(scope="module")
def words(marts: SessionMarts) -> str:
    return words_of(written(marts).content)


def crowded(marts: SessionMarts) -> SessionMarts:
    """Everything is late or unanswered, under long names, for many partners."""
    title = (
        "Un intitulé d’action si long qu’il court sur plus d’une ligne de la note et en prend deux à lui seul, voire "
        "trois quand les mots s’y ajoutent aux mots sans que personne n’y mette de point"
    )
    title = f"{title}, {title}"
    actions = []
    commitments = []
    statuses = []
    for number in range(1, 19):
        for rank in range(1, 6):
            code = f"{number}-{rank}"
            actions.append(replace(marts.actions[0], action_code=code, action_title=title, lead_partner=f"P{number}"))
            statuses.append(
                replace(
                    marts.statuses[0], action_code=code, final_status="late", has_disagreement=True,
                    computed_status="late", declared_status="achieved",
                )
            )  # fmt: skip
            for place, status in enumerate(("unconfirmed", "not_reported", "late"), start=1):
                commitments.append(
                    replace(
                        marts.commitments[0], commitment_id=f"{code}.{place}", action_code=code, status=status,
                        commitment_label=title, reason=None if place > 1 else "not_comparable", is_overdue=True,
                    )
                )  # fmt: skip
    return replace(marts, actions=tuple(actions), commitments=tuple(commitments), statuses=tuple(statuses))


def test_every_figure_is_the_marts_value_at_its_key(marts: SessionMarts) -> None:
    figures = list(figures_of(note.build(marts, Release())))
    assert len(figures) > 30
    for figure in figures:
        assert figure.value == mart_value(marts, figure), figure.key


def mart_value(marts: SessionMarts, figure: Figure) -> object:
    parts = figure.key.row.split(" / ")
    if figure.key.table == "dim_action":
        return len(marts.actions)
    if figure.key.table == "fct_commitment_progress":
        row = next(row for row in marts.commitments if row.commitment_id == parts[1])
        return getattr(row, figure.key.column)
    assert figure.key.table == "mart_session_overview"
    axis = None if parts[1] == "all" else int(parts[1])
    codes = parts[2].split(" + ")
    of_axis = [row for row in marts.overview if row.axis_number == axis]
    return sum(row.action_count for row in of_axis if codes == ["*"] or row.status in codes)


def test_the_written_table_says_the_marts_counts_both_ways(marts: SessionMarts) -> None:
    table = docx.Document(io.BytesIO(written(marts).content)).tables[0]
    rows = [[cell.text.replace("\u00a0", " ").strip() for cell in row.cells] for row in table.rows][1:]
    said = {cells[0].partition(" ")[2]: int(cells[-1]) for cells in rows if cells[0] != "Total"}
    counts = {row.status: row.action_count for row in marts.overview if row.axis_number is None}
    assert said == {label.label: counts.get(label.code, 0) for label in marts.labels_of("status")}
    assert int(rows[-1][-1]) == len(marts.actions)


def test_what_is_late_unanswered_missing_or_not_comparable_is_named(marts: SessionMarts, words: str) -> None:
    for row in marts.statuses:
        if row.final_status == "late":
            assert re.search(rf"^{row.action_code} .* : \S", words, re.MULTILINE), f"{row.action_code} without a reason"
    for row in marts.commitments:
        if row.status in {"unconfirmed", "not_reported"} or row.reason == "not_comparable":
            assert row.commitment_id in words
    assert "1 contribution attendue manque : ALPHA." in words


def test_the_decisions_are_those_the_facts_call_for(marts: SessionMarts, words: str) -> None:
    for decision in (
        "Trancher 1 contradiction entre sources : IND-1-2-1 (31 octobre 2024).",
        "Arbitrer la situation où déclaré et calculé s’opposent : 2-1 (calculé « en retard », déclaré « à risque »).",
        "Attendre ou lever les contributions manquantes avant la version finale : ALPHA.",
        "Faire corriger 1 ligne rejetée à la réception.",
        "Cadrer ou reporter les actions qui restent à cadrer : 3-1.",
    ):
        assert decision in words
    calm = replace(
        marts,
        conflicts=(),
        rejected_rows=(),
        completeness=tuple(replace(row, missing=0) for row in marts.completeness),
        contributions=tuple(replace(row, is_stale_text=False, support_needed=None) for row in marts.contributions),
        commitments=tuple(replace(row, status="achieved", reason=None) for row in marts.commitments),
        statuses=tuple(replace(row, final_status="achieved", has_disagreement=False) for row in marts.statuses),
    )
    said = words_of(written(calm).content)
    assert "Rien n’attend de décision." in said
    assert "Aucune action n’est en retard." in said
    assert "Toutes les contributions attendues sont arrivées." in said


def test_the_note_is_accessible_and_leads_nowhere_out_of_itself(marts: SessionMarts) -> None:
    content = written(marts).content
    assert [str(defect) for defect in checks.defects(content)] == []
    document = docx.Document(io.BytesIO(content))
    assert document.element.xpath(".//w:hyperlink") == []
    assert [p.style.name for p in document.paragraphs if p.style and p.style.name.startswith("Heading")][:2] == [
        "Heading 1",
        "Heading 2",
    ]


def test_the_note_has_no_cover_and_its_state_is_on_every_page(marts: SessionMarts) -> None:
    document = docx.Document(io.BytesIO(written(marts).content))
    assert document.paragraphs[0].text.startswith("Note de synthèse")
    assert not document.sections[0].different_first_page_header_footer
    assert "BROUILLON" in "".join(p.text for p in document.paragraphs[:3])


def test_a_crowded_session_still_holds_in_two_pages(marts: SessionMarts) -> None:
    full = crowded(marts)
    pages = [written(full, told).last_page for told in note.DETAILS]
    assert pages[0] > note.PAGES, "the session is not crowded enough to prove anything"
    assert pages[-1] <= note.PAGES


@pytest.mark.parametrize("is_crowded", [False, True])
def test_libreoffice_lays_out_two_pages_at_most(marts: SessionMarts, tmp_path: Path, *, is_crowded: bool) -> None:
    import pypdfium2

    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    name = note_name("CNS-12")
    path = tmp_path / name
    source = crowded(marts) if is_crowded else marts
    forms = [written(source, told) for told in note.DETAILS]
    path.write_bytes(next(form for form in forms if form.last_page <= note.PAGES).content)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    document = pypdfium2.PdfDocument(path.with_suffix(".pdf"))
    assert len(document) <= note.PAGES
    assert all(len(page.get_textpage().get_text_range()) > 100 for page in document)


def test_the_note_and_the_page_are_rendered_with_the_other_files(marts: SessionMarts) -> None:
    contents = render_bytes(marts, Release()).contents
    assert contents["CNS-12_note-de-synthese.docx"] == written(marts).content
    assert contents["CNS-12_tableau-de-bord.html"].startswith(b"<!DOCTYPE html>")
