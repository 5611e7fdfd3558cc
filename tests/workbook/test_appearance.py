"""What the eye sees in a cell and a table of values does not: told, and set aside unless what is meant is certain.

Values are invented. `test_round_trip` has LibreOffice save the same as .ods and .xls.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from orchestration.services.reception.check import Submission
from sources.workbook.appearance import is_legend, is_worth_a_look, said_in_note
from sources.workbook.guard import inspect

Check = Callable[..., Submission]
SUPER, STRUCK = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
RED = PatternFill("solid", fgColor="FFFF0000")


def told(submission: Submission) -> set[tuple[str, str]]:
    return {(issue["rule"], issue["cell"]) for issue in submission.judgement.issues}


def values(submission: Submission) -> dict[str, Any]:
    return {
        row.facts["kpi_id"]: row.facts.get("value") for row in submission.judgement.accepted if "kpi_id" in row.facts
    }


def dress(workbook: Any) -> dict[str, str]:
    """A workbook with every kind of it; the rule that each cell must be told by, None where it is taken."""
    expected: dict[str, str] = {}

    def put(kpi: str, value: Any, rule: str = "", number_format: str = "", **where: Any) -> Any:
        row = workbook.put("measurement", kpi, value=value, period=where.get("period", "T1 2025"))
        cell = workbook.cell("measurement", kpi, "value")
        cell.number_format = number_format or cell.number_format
        if rule:
            expected[f"{where.get('at', 'I')}{row}"] = rule
        return cell

    put("IND-1-1-1", CellRichText("8", TextBlock(SUPER, "1"), " %"), "CELL_RAISED")
    put("IND-1-1-2", "8¹ %", "CELL_RAISED")
    put("IND-1-1-3", 52.3, "CELL_SHOWN_OTHERWISE", '0.0" M"')
    put("IND-2-2-1", 35, "CELL_SHOWN_OTHERWISE", '0" milliers"')
    put("IND-4-1-2", CellRichText(TextBlock(STRUCK, "12"), " 14"), "CELL_STRUCK")
    put("IND-4-1-3", 3100, "CELL_STRUCK").font = Font(strike=True)
    put("IND-4-1-4", 242, "CELL_NOTE").comment = Comment("Plutôt 250 ?", "Paul")
    put("IND-4-2-1", 4000, "NOTE_NOT_READ").comment = Comment("Voir le tableau joint", "Paul")
    put("IND-5-1-2", 86, "ROW_STRUCK", at="A")
    workbook.cell("measurement", "IND-5-1-2", "kpi_label").font = Font(strike=True)
    put("IND-5-3-1", 31, "CELL_RAISED", period=CellRichText("T1 2025", TextBlock(SUPER, "2")), at="J")
    put("IND-5-3-2", 10, "CELL_SHOWN_OTHERWISE", ";;;")
    put("IND-5-6-2", 3, "KPI_VALUE_IS_AN_EVOLUTION", "+0;-0")
    put("IND-6-1-2", 32, "CELL_SHOWN_OTHERWISE", "0,")
    put("IND-6-1-3", 18, "ROW_COLOURED", at="A").fill = RED
    put("IND-7-2-1", 2350, number_format='# ##0" établissements"')
    put("IND-5-6-1", 12, number_format='"env. "0')
    put("IND-18-4-1", 320, number_format="0.00E+00")
    empty = workbook.cell("measurement", "IND-4-1-5", "value")
    empty.comment = Comment("12 %", "Paul")
    expected[empty.coordinate] = "NOTE_NOT_READ"
    workbook.page("measurement").cell(3, 1).value = "Les lignes en rouge sont à ignorer."
    row = workbook.put("contribution", "1-1", progress_text=CellRichText("Les ", TextBlock(STRUCK, "trois"), " quatre"))
    expected[f"G{row}"] = "CELL_STRUCK"
    workbook.put(
        "contribution", "2-2", progress_text=CellRichText("17 000 médecins", TextBlock(SUPER, "1"), " équipés")
    )
    return expected


def test_what_the_eye_sees_is_told_and_set_aside(workbook: Any, check: Check) -> None:
    expected = dress(workbook)
    submission = check(workbook.save())
    assert told(submission) == {(rule, cell) for cell, rule in expected.items()}
    assert values(submission) == {"IND-4-2-1": 4000.0, "IND-7-2-1": 2350.0, "IND-5-6-1": 12.0, "IND-18-4-1": 320.0}
    texts = [row.facts.get("progress_text") for row in submission.judgement.accepted]
    assert "17 000 médecins¹ équipés" in texts, "a call of a note must not become a digit of the figure before it"


def test_a_scale_that_agrees_with_the_value_is_taken(workbook: Any, check: Check) -> None:
    """« 52,3 M » shown of 52 300 000 is certain."""
    workbook.put("measurement", "IND-1-1-1", value=364_000_000, period="T1 2025")
    workbook.cell("measurement", "IND-1-1-1", "value").number_format = '0.0,," M"'
    submission = check(workbook.save())
    assert (values(submission), [rule for rule, _ in told(submission)]) == ({"IND-1-1-1": 364e6}, ["NUMBER_WRITING"])


@pytest.mark.parametrize("where", ["same sheet", "another sheet", "note"])
def test_a_colour_counts_only_where_a_text_gives_it_a_meaning(where: str, workbook: Any, check: Check) -> None:
    row = workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025")
    workbook.cell("measurement", "IND-18-4-1", "kpi_label").fill = RED
    assert told(check(workbook.save())) == set()
    said = "Lignes surlignées : ne pas prendre en compte"
    if where == "same sheet":
        workbook.page("measurement").cell(3, 2).value = said
    elif where == "another sheet":
        workbook.book.create_sheet("Notes")["A1"] = said
    else:
        workbook.page("measurement").cell(3, 2).comment = Comment(said, "Paul")
    assert ("ROW_COLOURED", f"A{row}") in told(check(workbook.save()))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Les lignes en rouge sont à ignorer", True),
        ("En gris : ne pas prendre en compte", True),
        ("Jaune = abandonné", True),
        ("Les lignes grisées ne sont pas à prendre en compte", True),
        ("Ne tenez pas compte des lignes jaunes", True),
        ("En gris clair : lignes non validées", True),
        ("Rouge : données erronées", True),
        ("Surligné en jaune : à vérifier", True),
        ("Cellules orange : anciennes valeurs", True),
        ("En vert : validé", False),
        ("Remplissez les colonnes bleues ; une cellule laissée vide ne modifie rien.", False),
        ("Action à ignorer", False),
        ("Le livret vert est publié", False),
    ],
)
def test_a_legend_speaks_of_a_colour_and_of_what_does_not_count(text: str, is_one: bool) -> None:
    assert is_legend(text) is is_one


def test_our_own_notes_are_no_ones_answer(workbook: Any, check: Check) -> None:
    """The template's headers have notes, and a receipt's cells; some programs forget who wrote them."""
    for row in workbook.page("measurement").iter_rows(max_row=4):
        for cell in row:
            if cell.comment is not None:
                cell.comment = Comment(cell.comment.text, "")
    cell = workbook.cell("measurement", "IND-18-4-1", "value")
    workbook.put("measurement", "IND-18-4-1", period="T1 2025")
    for end in ("\n", " "):
        cell.value, cell.comment = 320, Comment(f"Ceci n’est pas un nombre.{end}→ Écrivez 320.", "")
        assert told(check(workbook.save())) == set()
    cell.comment = Comment("320 → 330", "")
    assert {rule for rule, _ in told(check(workbook.save()))} == {"CELL_NOTE"}, "an arrow of a person's is no mark"


def with_conversation(path: Path, cell: str, *words: str) -> Path:
    """Add a threaded comment to the first data sheet, as Excel keeps it beside the notes."""
    said = "".join(
        f'<threadedComment ref="{cell}" id="{n}"><text>{text}</text></threadedComment>' for n, text in enumerate(words)
    )
    part = f'<ThreadedComments xmlns="x">{said}</ThreadedComments>'
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = next(
        name for name, content in parts.items() if name.startswith("xl/worksheets/sheet") and b"IND-1-1-1" in content
    )
    rels = f"xl/worksheets/_rels/{Path(sheet).name}.rels"
    relation = (
        b'<Relationship Id="tc1" Type="http://x/threadedComment" Target="../threadedComments/threadedComment1.xml"/>'
    )
    parts[rels] = parts[rels].replace(b"</Relationships>", relation + b"</Relationships>")
    parts["xl/threadedComments/threadedComment1.xml"] = part.encode()
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def test_a_conversation_is_told_too(workbook: Any, check: Check, tmp_path: Path) -> None:
    row = workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025")
    path = with_inline_codes(workbook)
    submission = check(with_conversation(path, f"I{row}", "C’est plutôt 330", "D’accord"))
    assert told(submission) == {("CELL_NOTE", f"I{row}")}
    (issue,) = submission.judgement.issues
    assert "C’est plutôt 330 D’accord" in issue["message"]


def with_inline_codes(workbook: Any) -> Path:
    """openpyxl keeps texts apart from sheets: mark the sheet of figures by a formula that names it."""
    workbook.page("measurement")["Z1"] = '="IND-1-1-1"'
    path: Path = workbook.save()
    return path


def test_what_excel_writes_before_a_conversation_is_no_word_of_it() -> None:
    text = (
        "[Commentaire à thread]\n\nVotre version d’Excel vous permet de lire ce commentaire.\n\nCommentaire :\n    12 %"
    )
    assert said_in_note(text) == "12 %"
    assert said_in_note("Paul :\nCommentaire :\n 12") == "Paul : Commentaire : 12"


def test_a_plain_workbook_is_not_looked_at(template: Path) -> None:
    """It would take ten times as long."""
    assert not is_worth_a_look(inspect(template).parts)


def test_a_look_that_fails_lets_nothing_in(workbook: Any, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be struck out must not count because a library cannot read it."""
    workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025")
    workbook.cell("measurement", "IND-18-4-1", "value").font = Font(strike=True)
    path = workbook.save()
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/theme/theme1.xml"] = b"<broken"
    parts["docProps/core.xml"] = b"<broken"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    submission = check(path)
    assert ("APPEARANCE_NOT_READ", None) in told(submission)
    assert submission.judgement.accepted == []


def test_a_note_on_a_code_speaks_of_the_row(workbook: Any, check: Check) -> None:
    row = workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025")
    code = workbook.cell("measurement", "IND-18-4-1", "kpi_id")
    code.comment = Comment("Extrait de la même base", "Paul")
    assert told(check(workbook.save())) == {("NOTE_NOT_READ", f"A{row}")}
    code.comment = Comment("Ligne à ne pas prendre en compte", "Paul")
    submission = check(workbook.save())
    assert (told(submission), values(submission)) == ({("ROW_SAID_TO_IGNORE", f"A{row}")}, {})


def test_a_hidden_column_with_answers_is_told(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025", comment="Hors outre-mer")
    page = workbook.page("measurement")
    page.column_dimensions[workbook.cell("measurement", "IND-18-4-1", "source").column_letter].hidden = True
    assert told(check(workbook.save())) == set(), "an empty column may be hidden"
    letter = workbook.cell("measurement", "IND-18-4-1", "comment").column_letter
    page.column_dimensions[letter].hidden = True
    assert told(check(workbook.save())) == {("COLUMN_HIDDEN", f"{letter}4")}


def test_a_picture_is_told(workbook: Any, check: Check) -> None:
    """A table pasted as a picture, a text box, a chart: nobody reads them."""
    workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025")
    workbook.page("measurement").add_chart(BarChart(), "D30")
    path = workbook.save()
    assert {rule for rule, _ in told(check(path))} == {"DRAWING_NOT_READ"}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    empty = b'<wsDr xmlns="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"/>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, empty if name.startswith("xl/drawings/drawing") else part)
    assert told(check(path)) == set(), "Google Sheets puts an empty drawing in each sheet"


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("en milliers", "KPI_SCALE_IN_COMMENT"),
        ("Montant en M€", "KPI_SCALE_IN_COMMENT"),
        ("valeur erronée", "KPI_COMMENT_SAYS_WRONG"),
        ("prévision", "KPI_COMMENT_SAYS_AIM"),
        ("Cible 2025", "KPI_COMMENT_SAYS_AIM"),
        ("Prévision actualisée en mai", "KPI_COMMENT_SAYS_AIM"),
        ("Prévision dépassée", None),
        ("non consolidé", "KPI_COMMENT_DOUBTS"),
        ("Donnée à vérifier", "KPI_COMMENT_DOUBTS"),
        ("Objectif de 2025 atteint en mars", None),
        ("Conforme aux prévisions", None),
        ("En moyenne sur le trimestre", None),
        ("Hors outre-mer", None),
        ("Effectif en milliers. Confirmé", None),
    ],
)
def test_a_comment_that_changes_its_value_is_heard(comment: str, rule: str | None, workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-18-4-1", value=320, period="T1 2025", comment=comment)
    assert {said for said, _ in told(check(workbook.save()))} == ({rule} if rule else set())
