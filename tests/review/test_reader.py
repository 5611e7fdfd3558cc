"""Decisions and readings come back complete, or are refused with their cell and their fix."""

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from sources.landing.tables import COLUMNS
from sources.review import Candidates, Decision, ReviewError, export_review, read_review

if TYPE_CHECKING:
    from tests.review.conftest import Filling

UNLINKED = "00ff00ff00ff00ff"
FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
CONFLICT = "IND-7-2-1|2024-12-17"
LINK, MISSING, MEASURE = "12-1.1|IND-12-1-1", "13-2.2|IND-13-2-2", "IND-8-4-2|FR|2024-12-31"
V2 = Path(__file__).parent / "issued" / "revue-v2.xlsx"
V1 = Path(__file__).parent / "issued" / "revue-v1.xlsx"


def said(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["subject_kind"], row["subject_key"], row["decision"], row["value"])


def test_every_kind_of_decision_becomes_a_row_of_the_landing(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "corrigé", Valeur_corrigée="12,5")
    filling.decide("Conflits", CONFLICT, "autre valeur", Valeur_retenue="environ 2 344")
    filling.decide("Décisions", LINK, "Équivalente").decide("Décisions", f"{MISSING}|dénominateur", "donné", Valeur=100)
    filling.decide("Décisions", "8-4", "En retard").decide("Décisions", "8-4.1", "À risque")
    filling.decide("Décisions", MEASURE, "corrigé", Valeur=34000)
    reading = read_review(filling.save())
    assert reading.refused == []
    assert [said(row) for row in reading.decisions] == [
        ("fact", FIRST, "validated", None),
        ("fact", SECOND, "corrected", 12.5),
        ("conflict", CONFLICT, "other_value", 2344.0),
        ("comparability", LINK, "same", None),
        ("denominator", MISSING, "corrected", 100.0),
        ("action", "8-4", "late", None),
        ("commitment", "8-4.1", "at_risk", None),
        ("measure", MEASURE, "corrected", 34000.0),
    ]
    row = reading.decisions[0]
    assert (row["author_role"], row["decided_on"], row["reason"]) == ("DNS", date(2024, 12, 20), "Vérifié à la source")
    assert {item["session_code"] for item in reading.decisions} == {"CNS-12"}
    assert all(set(item) | {"received_at"} == set(COLUMNS["decision"]) for item in reading.decisions)


@pytest.mark.parametrize(
    ("choice", "kept"),
    [("retenir A", (2350.0, "approx")), ("retenir B", (2344.0, "exact")), ("pas un conflit", (None, None))],
)
def test_a_conflict_keeps_the_value_and_the_words_of_the_side_retained(
    filling: "Filling", choice: str, kept: tuple[Any, Any]
) -> None:
    """« près de 2350 » retained as exactly 2350 would contradict the next source that gives 2344."""
    (row,) = read_review(filling.decide("Conflits", CONFLICT, choice).save()).decisions
    assert (row["value"], row["qualifier"]) == kept


def test_a_decision_says_what_it_overrules_and_what_it_was_taken_upon(filling: "Filling") -> None:
    filling.decide("Décisions", "8-4", "Atteint").decide("Conflits", CONFLICT, "retenir B")
    conflict, action = read_review(filling.save()).decisions
    assert (action["overruled"], action["decided_upon"]) == ("En retard", "late|")
    assert conflict["overruled"] == ("environ 2\u202f350 (CNS-12_DNS.xlsx)\u00a0; 2\u202f344 (article.md)")


def test_a_period_is_corrected_with_or_without_its_value(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "corrigé", Période_corrigée="S1 2024")
    filling.decide("Décisions", MEASURE, "corrigé", Période="octobre 2024", Valeur=34000)
    reading = read_review(filling.save())
    assert reading.refused == []
    assert [
        (row["value"], row["new_period_start"], row["new_period_end"], row["new_period_precision"])
        for row in reading.decisions
    ] == [
        (None, date(2024, 1, 1), date(2024, 6, 30), "semester"),
        (34000.0, date(2024, 10, 1), date(2024, 10, 31), "month"),
    ]


@pytest.mark.parametrize("written", ["IND-8-4-4", " ind-8-4-4 ", "IND-8-4-4 – Pharmacies"])
def test_a_figure_without_an_indicator_is_given_one_by_its_code(filling: "Filling", written: str) -> None:
    """A figure that no matcher claims could only be rejected: the one who knows what it counts had no way to say it."""
    filling.decide("Faits", UNLINKED, "corrigé", Indicateur_corrigé=written)
    filling.decide("Faits", FIRST, "corrigé", Indicateur_corrigé="IND-8-4-4", Valeur_corrigée=12)
    reading = read_review(filling.save())
    assert reading.refused == []
    assert [(row["subject_key"], row["new_kpi_id"], row["value"]) for row in reading.decisions] == [
        (FIRST, "IND-8-4-4", 12.0),
        (UNLINKED, "IND-8-4-4", None),
    ]


@pytest.mark.parametrize(
    ("key", "decision", "cells", "told"),
    [
        ("UNLINKED", "validé", {}, ("aucun n’a été reconnu", "Indicateur corrigé")),
        ("UNLINKED", "corrigé", {"Valeur_corrigée": 12}, ("aucun n’a été reconnu", "Indicateur corrigé")),
        ("UNLINKED", "corrigé", {"Indicateur_corrigé": "IND-8-4-22"}, ("le code d’un indicateur", "IND-8-4-2")),
        ("UNLINKED", "corrigé", {"Indicateur_corrigé": "médecins"}, ("le code d’un indicateur", "tableau de bord")),
        ("UNLINKED", "corrigé", {"Indicateur_corrigé": "IND-8-4-1"}, ("IND-8-4-1 se compte en\u00a0%", "un autre")),
        ("FIRST", "validé", {"Indicateur_corrigé": "IND-8-4-4"}, ("corrigé", "videz")),
        ("FIRST", "rejeté", {"Indicateur_corrigé": "IND-8-4-4"}, ("corrigé", "videz")),
        ("FIRST", "", {"Indicateur_corrigé": "IND-8-4-4"}, ("une réponse de la liste", "Choisissez")),
    ],
)
def test_an_indicator_that_cannot_be_given_is_refused(
    filling: "Filling", key: str, decision: str, cells: dict[str, Any], told: tuple[str, str]
) -> None:
    """A share taken for a count, a code that is none, a code beside a decision that takes none."""
    filling.decide("Faits", {"UNLINKED": UNLINKED, "FIRST": FIRST}[key], decision, **cells)
    reading = read_review(filling.save())
    assert reading.decisions == []
    (refused,) = reading.refused
    assert told[0] in refused.expected
    assert told[1] in refused.fix


def test_a_workbook_of_version_2_is_read_for_ever() -> None:
    """The column of a later version asked of a workbook that was issued without it."""
    reading = read_review(V2)
    assert reading.refused == []
    assert reading.decisions
    assert {row["new_kpi_id"] for row in reading.decisions} == {None}


@pytest.mark.parametrize(
    ("key", "decision", "cells", "received"),
    [
        (LINK, "En retard", {}, "En retard"),  # a status decides no comparability
        ("8-4", "Équivalente", {}, "Équivalente"),
        ("8-4", "En cours, non évaluable", {}, "En cours, non évaluable"),
        ("8-4", "En retard", {"Valeur": 12}, "12"),
        (LINK, "Équivalente", {"Période": "S1 2024"}, "S1 2024"),
        (f"{MISSING}|dénominateur", "donné", {}, ""),
        (f"{MISSING}|dénominateur", "donné", {"Valeur": 0}, "0"),
        (MEASURE, "corrigé", {"Période": "un jour"}, "un jour"),
    ],
)
def test_a_decision_that_does_not_fit_its_subject_is_refused(
    filling: "Filling", key: str, decision: str, cells: dict[str, Any], received: str
) -> None:
    reading = read_review(filling.decide("Décisions", key, decision, **cells).save())
    assert reading.decisions == []
    (refused,) = reading.refused
    assert (refused.sheet, refused.received) == ("Décisions", received)
    assert refused.expected
    assert refused.fix


def test_a_reading_becomes_a_row_of_the_landing(filling: "Filling") -> None:
    filling.read("8-4.1", "Atteint", Date_lue="automne 2024").read("8-3.2", "En retard", Date_lue="fin 2025")
    reading = read_review(filling.save())
    assert (reading.decisions, reading.refused) == ([], [])
    first, second = reading.readings
    assert set(first) | {"received_at"} == set(COLUMNS["reading"])
    assert (first["commitment_id"], first["status"], first["session_code"]) == ("8-4.1", "achieved", "CNS-12")
    assert first["status_date"] == date(2024, 12, 17), "no success after the session that reads of it"
    assert (first["document"], first["place"], first["note"]) == ("Rapport", "l. 12", "C’est fait")
    assert (first["author_role"], first["read_on"]) == ("Analyste", date(2024, 12, 18))
    assert (second["status"], second["status_date"], second["status_date_precision"]) == (
        "late", date(2025, 12, 31), "year",
    )  # fmt: skip


def test_a_reading_is_taken_back(filling: "Filling") -> None:
    (row,) = read_review(filling.read("8-3.2", "retirer").save()).readings
    assert (row["commitment_id"], row["status"]) == ("8-3.2", "withdrawn")


@pytest.mark.parametrize(
    ("changed", "column", "received"),
    [
        ({"Texte_lu": None}, "Texte lu", ""),
        ({"Endroit": " - "}, "Endroit", "-"),
        ({"Ce_que_j’y_lis": None}, "Ce que j’y lis", ""),
        ({"Lecteur_(rôle)": None}, "Lecteur (rôle)", ""),
        ({"Lu_le": "décembre 2024"}, "Lu le", "décembre 2024"),
        ({"Lecture": "Non évalué"}, "Lecture", "Non évalué"),  # what nobody can say is not read
        ({"Lecture": None}, "Lecture", ""),
        ({"Date_lue": "mai 2025"}, "Date lue", "mai 2025"),  # done, later than the session that reads of it
        ({"Lecture": "À risque", "Date_lue": "octobre 2024"}, "Date lue", "octobre 2024"),  # earlier than the deadline
        ({"Lecture": "En bonne voie", "Date_lue": "2025"}, "Date lue", "2025"),
        ({"Date_lue": "bientôt"}, "Date lue", "bientôt"),
    ],
)
def test_an_incomplete_reading_is_refused_where_it_is_wrong(
    filling: "Filling", changed: dict[str, Any], column: str, received: str
) -> None:
    place = filling.column("Lectures", column)
    reading = read_review(filling.read("8-4.1", "Atteint", **changed).save())
    assert reading.readings == []
    (refused,) = reading.refused
    assert (refused.sheet, refused.cell, refused.received) == ("Lectures", f"{chr(64 + place)}5", received)
    assert refused.expected
    assert refused.fix


def test_a_workbook_of_the_first_version_is_read_for_ever() -> None:
    reading = read_review(V1)
    assert reading.refused == []
    assert (reading.session_code, len(reading.decisions), reading.readings) == ("CNS-13", 11, [])
    assert {row["subject_kind"] for row in reading.decisions} == {"fact"}
    assert all(set(row) | {"received_at"} == set(COLUMNS["decision"]) for row in reading.decisions)


def test_decisions_of_the_first_version_keep_their_codes(tmp_path: Path) -> None:
    """Its sheets said validé, corrigé and a status: staging gives them their names of today."""
    book = load_workbook(V1)
    book["_jalon"].append(["row", "Conflits", CONFLICT])
    book["_jalon"].append(["row", "Statuts", "8-4"])
    said = ("corrigé", 2344, "DNS", "18/12/2024", "Vérifié")
    for place, value in enumerate((CONFLICT, *[None] * 9, *said), 1):
        book["Conflits"].cell(5, place).value = value
    for place, value in enumerate(("8-4", *[None] * 6, "En retard", *said[2:]), 1):
        book["Statuts"].cell(5, place).value = value
    book.save(tmp_path / "v1.xlsx")
    reading = read_review(tmp_path / "v1.xlsx")
    assert reading.refused == []
    kinds = {row["subject_kind"]: (row["decision"], row["value"]) for row in reading.decisions[-2:]}
    assert kinds == {"conflict": ("corrected", 2344.0), "status": ("late", None)}


def test_a_row_nobody_decides_is_no_decision(filling: "Filling") -> None:
    filling.write("Faits", FIRST, **{"Décideur_(rôle)": "DNS", "Date": "20/12/2024"})  # dragged down the whole column
    reading = read_review(filling.save())
    assert (reading.decisions, reading.refused) == ([], [])


@pytest.mark.parametrize(
    ("changed", "cell", "received", "fix"),
    [
        ({"Décideur_(rôle)": None}, "R5", "", "Écrivez une fonction."),
        ({"Décideur_(rôle)": " - "}, "R5", "-", "Écrivez une fonction."),
        ({"Date": None}, "S5", "", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "décembre 2024"}, "S5", "décembre 2024", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "20/12"}, "S5", "20/12", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "31/02/2024"}, "S5", "31/02/2024", "Écrivez la date, par exemple 17/12/2024."),
        ({"Motif": None}, "T5", "", "Écrivez pourquoi, en une phrase."),
        ({"Décision": "peut-être"}, "N5", "peut-être", "Choisissez dans la liste."),
        ({"Décision": None}, "N5", "", "Choisissez une réponse, ou videz la ligne."),
        (
            {"Décision": "corrigé"},
            "O5",
            "",
            "Écrivez le nombre, la période ou l’indicateur qui remplace celui de la ligne.",
        ),
        ({"Valeur_corrigée": 12}, "O5", "12", "Choisissez «\u00a0corrigé\u00a0», ou videz la cellule."),
    ],
)
def test_an_incomplete_decision_is_refused_with_its_fix(
    filling: "Filling", changed: dict[str, Any], cell: str, received: str, fix: str
) -> None:
    filling.decide("Faits", FIRST, "validé", **changed).decide("Faits", SECOND, "rejeté")
    reading = read_review(filling.save())
    assert [said(row) for row in reading.decisions] == [("fact", SECOND, "rejected", None)]  # the good row goes on
    (refused,) = reading.refused
    assert (refused.sheet, refused.cell, refused.received, refused.fix) == ("Faits", cell, received, fix)
    assert refused.expected


def test_a_corrected_value_in_words_is_refused_with_the_grammar_s_advice(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "corrigé", Valeur_corrigée="douze")
    (refused,) = read_review(filling.save()).refused
    assert (refused.cell, refused.received) == ("O5", "douze")
    assert "12" in refused.fix


def test_a_row_that_was_not_exported_is_refused(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").book["Faits"].cell(5, 1, "0000000000000000")
    (refused,) = read_review(filling.save()).refused
    assert (refused.cell, refused.received) == ("A5", "0000000000000000")


def test_two_decisions_on_one_fact_are_refused_and_the_same_twice_is_one(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "rejeté")
    filling.book["Faits"].cell(6, 1, FIRST)
    reading = read_review(filling.save())
    assert len(reading.decisions) == 1
    assert reading.refused[0].expected == "une seule réponse, la ligne 5 en porte une autre"
    filling.book["Faits"].cell(6, filling.column("Faits", "Décision"), "validé")
    reading = read_review(filling.save())
    assert (len(reading.decisions), reading.refused) == (1, [])


def test_dates_numbers_case_and_accents_are_read_as_typed(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "CORRIGE", Valeur_corrigée="34\u202f000", Date=datetime.fromisoformat("2024-12-21"))
    (row,) = read_review(filling.save()).decisions
    assert (row["decision"], row["value"], row["decided_on"]) == ("corrected", 34000.0, date(2024, 12, 21))


def test_rows_sorted_and_columns_moved_are_read_all_the_same(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "rejeté")
    page = filling.book["Faits"]
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=4, max_row=6)]
    order = [lines[0], lines[2], lines[1]]
    for number, line in enumerate(order, 4):
        for place, value in enumerate(reversed(line), 1):
            page.cell(number, place).value = value
    assert {said(row) for row in read_review(filling.save()).decisions} == {
        ("fact", FIRST, "validated", None),
        ("fact", SECOND, "rejected", None),
    }


def test_reading_twice_gives_the_same_identifiers(filling: "Filling") -> None:
    path = filling.decide("Faits", FIRST, "validé").decide("Décisions", "8-4", "Atteint").save()
    first, second = (read_review(path).decisions for _ in range(2))
    assert first == second
    assert len({row["decision_id"] for row in first}) == 2


def test_another_workbook_is_not_taken_for_a_review(tmp_path: Path, project_root: Path) -> None:
    partner = next((project_root / "sources" / "inbox" / "partners").glob("*/*.xlsx"))
    with pytest.raises(ReviewError, match="ce n’est pas un classeur de revue"):
        read_review(partner)
    broken = tmp_path / "abime.xlsx"
    broken.write_bytes(partner.read_bytes()[:2000])
    with pytest.raises(ReviewError, match="abîmé ou incomplet"):
        read_review(broken)


def test_a_sheet_or_a_column_taken_away_is_said(filling: "Filling") -> None:
    del filling.book["Conflits"]
    with pytest.raises(ReviewError, match=r"la feuille «.Conflits.» manque"):
        read_review(filling.save())
    filling.book["Faits"].delete_cols(filling.column("Faits", "Motif"))
    with pytest.raises(ReviewError, match="colonne Motif introuvable"):
        read_review(filling.save())


def test_a_filled_export_is_read_back_whole(candidates: Candidates, tmp_path: Path) -> None:
    decided = {
        FIRST: Decision("validated", "DNS", date(2024, 12, 17), "Vu"),
        SECOND: Decision("corrected", "DNS", date(2024, 12, 17), "Relu", 1234.5),
        "8-4": Decision("late", "DNS", date(2024, 12, 17), "Échéance passée"),
    }
    reading = read_review(export_review(candidates, tmp_path / "r.xlsx", decided=decided))
    assert reading.refused == []
    assert {row["subject_key"]: (row["decision"], row["value"], row["reason"]) for row in reading.decisions} == {
        key: (item.decision, item.value, item.reason) for key, item in decided.items()
    }


def test_a_workbook_saved_by_libreoffice_is_read_the_same(filling: "Filling", tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not on this machine")
    filling.decide("Faits", FIRST, "corrigé", Valeur_corrigée=12.5, Date=datetime.fromisoformat("2024-12-21"))
    path = filling.decide("Conflits", CONFLICT, "retenir B").decide("Décisions", "7-2", "En retard").save()
    saved = tmp_path / "saved"
    command = [
        soffice,
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run([*command, "--outdir", str(saved), str(path)], check=True, capture_output=True, timeout=120)
    before, after = read_review(path), read_review(saved / path.name)
    assert after.refused == before.refused == []
    kept = [{key: value for key, value in row.items() if key != "decision_id"} for row in after.decisions]
    assert kept == [{key: value for key, value in row.items() if key != "decision_id"} for row in before.decisions]
    assert len(kept) == 3
