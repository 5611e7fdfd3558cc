"""The workbook that goes out: whole, locked where it is given, the same bytes for the same candidates."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from sources.documents import acceptance
from sources.documents.cues import ROLE_ORDER
from sources.review import Candidates, Decision, Reading, export_review, read_review
from sources.review.layout import DOUBTS

ACCEPTANCE = Path(acceptance.__file__).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book(candidates: Candidates, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_workbook(export_review(candidates, tmp_path_factory.mktemp("out") / "revue.xlsx"), rich_text=True)


def rows(sheet: Any) -> list[dict[str, Any]]:
    lines = [[str(cell or "") for cell in line] for line in sheet.iter_rows(min_row=4, values_only=True)]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def test_a_sheet_for_each_thing_to_decide(book: Any) -> None:
    assert book.sheetnames == ["Lisez-moi", "Faits", "Conflits", "Lectures", "Décisions", "_jalon"]
    assert book["_jalon"].sheet_state == "veryHidden"


def test_a_fact_shows_its_figure_in_french_and_its_quote_in_context(book: Any) -> None:
    first, second, _ = rows(book["Faits"])
    assert (first["Valeur"], first["Unité"], first["Période"]) == ("34\u202f263", "médecin", "31/12/2024")
    assert first["Citation"] == "- Au 31 décembre 2024, 34 263 médecins ont créé une ordonnance."
    assert (first["Confiance"], first["Proposition"], first["Document"]) == ("100\u202f%", "validé", "doctrine.md")
    assert (second["Valeur"], second["Proposition"]) == ("environ 0,5", "à vérifier")
    assert first["Indicateur"] == "IND-8-4-2\nMédecins & <ordonnances>"


def test_a_text_that_looks_like_a_formula_stays_a_text(book: Any) -> None:
    cell = book["Faits"].cell(6, [c.value for c in book["Faits"][4]].index("Citation") + 1)
    assert cell.data_type == "s"
    assert str(cell.value).startswith("=34")


def test_a_conflict_shows_both_values_their_gap_and_the_verdict(book: Any) -> None:
    (row,) = rows(book["Conflits"])
    assert (row["Valeur A"], row["Valeur B"], row["Écart"], row["Verdict"]) == (
        "environ 2\u202f350", "2\u202f344", "-6", "Compatible",
    )  # fmt: skip


def test_a_conflict_shows_both_quotes_and_places(candidates: Candidates, tmp_path: Path) -> None:
    """Two values to choose from, without the words that say them; a third one that shares the row of the second."""
    first = replace(
        candidates.conflicts[0],
        quote_a="près de 2350 ES", place_a="p. 1, l. 20", quote_b="2 344 établissements", place_b="p. 1, l. 41",
    )  # fmt: skip
    third = replace(first, source_b="diapositives.md", value_b=2300.0, rank=2)
    path = export_review(replace(candidates, conflicts=(first, third)), tmp_path / "revue.xlsx")
    listed = rows(load_workbook(path)["Conflits"])
    assert [(row["Citation A"], row["Endroit A"], row["Citation B"], row["Endroit B"]) for row in listed] == [
        ("près de 2350 ES", "p. 1, l. 20", "2 344 établissements", "p. 1, l. 41")
    ] * 2
    assert len({row["Repère"] for row in listed}) == 2


def test_what_counts_already_and_what_no_kpi_takes_are_listed(candidates: Candidates, tmp_path: Path) -> None:
    """A figure that counts without a person and that nobody can reject; one that nobody sees; codes in English."""
    fact = candidates.facts[0]
    shown = (
        replace(fact, fact_key="a", waits_for="several|period_of_another|word:selon|word:presse"),
        replace(fact, fact_key="b", state="accepted"),
        replace(fact, fact_key="c", state="unlinked", kpi_id="", kpi_label="", waits_for="no_kpi"),
    )
    path = export_review(replace(candidates, facts=shown), tmp_path / "revue.xlsx")
    listed = rows(load_workbook(path)["Faits"])
    assert [(row["État"], row["Proposition"], row["Endroit"]) for row in listed] == [
        ("attend", "à vérifier", "p. 1, l. 19"),
        ("compte déjà", "", "p. 1, l. 19"),
        ("sans indicateur", "", "p. 1, l. 19"),
    ]
    assert [row["À regarder"] for row in listed] == [
        (
            "plusieurs valeurs pour une même période\u00a0; date peut-être dite d’autre chose\u00a0; "
            "à relire\u00a0: selon, presse"
        ),
        "",
        "aucun indicateur reconnu\u00a0; ceux de l’action\u00a0: IND-8-4-1, IND-8-4-2, IND-8-4-4",
    ]


def test_every_doubt_has_its_words() -> None:
    """A code shown to the DNS as it is."""
    codes = set(re.findall(r'(?:yield |if rivals\[rank\] else |\[)"([a-z_]+)"(?: if|\n)', ACCEPTANCE)) - {"value"}
    assert len(codes) >= 8
    assert codes <= set(DOUBTS)
    assert set(ROLE_ORDER) | {"forecast", "planned"} <= set(DOUBTS)


def test_a_commitment_shows_where_it_stands_and_what_was_read(book: Any) -> None:
    first, second = rows(book["Lectures"])
    assert (first["Engagement"], first["Échéance"], first["Statut actuel"]) == ("8-4.1", "2024", "Non évalué")
    assert (second["Échéance"], second["Déjà lu"]) == ("sans échéance", "En retard : rapport, l. 12")


def test_a_subject_shows_what_holds_today_and_why_to_look(book: Any) -> None:
    listed = rows(book["Décisions"])
    assert [row["Objet"] for row in listed] == [
        "Comparabilité", "Dénominateur", "Action", "Action", "Engagement", "Mesure",
    ]  # fmt: skip
    assert (listed[3]["Repère"], listed[3]["Vaut aujourd’hui"], listed[3]["À regarder"]) == (
        "8-4", "En retard", "Déclaré et calculé s’écartent",
    )  # fmt: skip
    assert listed[1]["Repère"] == "13-2.2|IND-13-2-2|dénominateur"


@pytest.mark.parametrize(
    ("sheet", "first_input", "choices"),
    [
        ("Faits", "Décision", "validé,rejeté,corrigé"),
        ("Conflits", "Décision", "retenir A,retenir B,autre valeur,pas un conflit"),
        ("Lectures", "Lecture", "Atteint,En retard,À risque,En bonne voie,retirer"),
        ("Décisions", "Décision", 'INDIRECT("Choix_"&$B5)'),
    ],
)
def test_given_cells_are_locked_and_answers_come_from_a_list(
    book: Any, sheet: str, first_input: str, choices: str
) -> None:
    page = book[sheet]
    assert page.protection.sheet
    headers = [cell.value for cell in page[4]]
    answer = headers.index(first_input) + 1
    assert [page.cell(5, number).protection.locked for number in range(1, len(headers) + 1)] == [
        number < answer for number in range(1, len(headers) + 1)
    ]
    lists = {item.formula1.strip('"') for item in page.data_validations.dataValidation if item.type == "list"}
    assert lists == {choices} or lists == {choices.rstrip('"')}


def test_each_subject_has_the_list_of_its_kind_wherever_its_row_is_sorted_to(book: Any) -> None:
    """A list tied to a place would offer statuses to a comparability once the sheet is sorted."""
    assert book["Décisions"]["B4"].value == "Objet"
    lists = {}
    for name, defined in book.defined_names.items():
        sheet, cells = next(defined.destinations)
        lists[name] = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    assert lists == {
        "Choix_Comparabilité": ["Équivalente", "Non comparable", "retirer"],
        "Choix_Dénominateur": ["donné", "retirer"],
        "Choix_Action": ["Atteint", "En bonne voie", "À risque", "En retard", "retirer"],
        "Choix_Engagement": ["Atteint", "En bonne voie", "À risque", "En retard", "retirer"],
        "Choix_Mesure": ["validé", "rejeté", "corrigé", "retirer"],
    }


def test_two_exports_give_the_same_bytes(candidates: Candidates, tmp_path: Path) -> None:
    first, second = (export_review(candidates, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def test_nothing_to_decide_is_said(candidates: Candidates, tmp_path: Path) -> None:
    path = export_review(
        replace(candidates, facts=(), conflicts=(), commitments=(), subjects=()), tmp_path / "vide.xlsx"
    )
    assert load_workbook(path)["Faits"].cell(5, 1).value == "Rien à décider dans cette feuille."
    assert read_review(path).is_empty


def test_a_very_long_sentence_is_cut_around_its_quote(candidates: Candidates, tmp_path: Path) -> None:
    long = replace(candidates.facts[0], prefix="mot " * 20000, suffix=" suite" * 20000)
    path = export_review(replace(candidates, facts=(long,)), tmp_path / "long.xlsx")
    said = rows(load_workbook(path)["Faits"])[0]["Citation"]
    assert "34 263 médecins" in said
    assert len(said) < 600


def test_a_decision_without_its_row_is_refused(candidates: Candidates, tmp_path: Path) -> None:
    decision = Decision("validated", "DNS", date(2024, 12, 17), "Vu")
    with pytest.raises(ValueError, match="no row waits for a decision under inconnu"):
        export_review(candidates, tmp_path / "x.xlsx", decided={"inconnu": decision})
    reading = Reading("achieved", "Analyste", date(2024, 12, 17), "Rapport", "l. 1", "Fait")
    with pytest.raises(ValueError, match=r"no row waits for a decision under 9-9\.1"):
        export_review(candidates, tmp_path / "x.xlsx", read={"9-9.1": reading})
