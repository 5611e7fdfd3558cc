"""Decisions come back complete, or are refused with their cell and their mend."""

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sources.landing.tables import COLUMNS
from sources.review import Candidates, Decision, ReviewError, export_review, read_review

if TYPE_CHECKING:
    from tests.review.conftest import Filling

FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
CONFLICT = "IND-7-2-1|2024-12-17"


def said(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["subject_kind"], row["subject_key"], row["decision"], row["value"])


def test_every_kind_of_decision_becomes_a_row_of_the_landing(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "corrigé", Valeur_corrigée="12,5")
    filling.decide("Conflits", CONFLICT, "corrigé", Valeur_retenue=2344).decide("Statuts", "8-4", "En retard")
    reading = read_review(filling.save())
    assert reading.refused == []
    assert [said(row) for row in reading.decisions] == [
        ("fact", FIRST, "validated", None),
        ("fact", SECOND, "corrected", 12.5),
        ("conflict", CONFLICT, "corrected", 2344.0),
        ("status", "8-4", "late", None),
    ]
    row = reading.decisions[0]
    assert (row["author_role"], row["decided_on"], row["reason"]) == ("DNS", date(2024, 12, 20), "Vérifié à la source")
    assert {item["session_code"] for item in reading.decisions} == {"CNS-12"}
    assert set(row) | {"received_at"} == set(COLUMNS["decision"])


def test_a_row_nobody_decides_is_no_decision(filling: "Filling") -> None:
    filling.write("Faits", FIRST, **{"Décideur_(rôle)": "DNS", "Date": "20/12/2024"})  # dragged down the whole column
    reading = read_review(filling.save())
    assert (reading.decisions, reading.refused) == ([], [])


@pytest.mark.parametrize(
    ("changed", "cell", "received", "mend"),
    [
        ({"Décideur_(rôle)": None}, "N5", "", "Écrivez une fonction."),
        ({"Décideur_(rôle)": " - "}, "N5", "-", "Écrivez une fonction."),
        ({"Date": None}, "O5", "", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "décembre 2024"}, "O5", "décembre 2024", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "20/12"}, "O5", "20/12", "Écrivez la date, par exemple 17/12/2024."),
        ({"Date": "31/02/2024"}, "O5", "31/02/2024", "Écrivez la date, par exemple 17/12/2024."),
        ({"Motif": None}, "P5", "", "Écrivez pourquoi, en une phrase."),
        ({"Décision": "peut-être"}, "L5", "peut-être", "Choisissez dans la liste."),
        ({"Décision": None}, "L5", "", "Choisissez une décision, ou videz la ligne."),
        ({"Décision": "corrigé"}, "M5", "", "Écrivez le nombre qui remplace celui de la ligne."),
        ({"Valeur_corrigée": 12}, "M5", "12", "Choisissez «\u00a0corrigé\u00a0», ou videz la cellule."),
    ],
)
def test_an_incomplete_decision_is_refused_with_its_mend(
    filling: "Filling", changed: dict[str, Any], cell: str, received: str, mend: str
) -> None:
    filling.decide("Faits", FIRST, "validé", **changed).decide("Faits", SECOND, "rejeté")
    reading = read_review(filling.save())
    assert [said(row) for row in reading.decisions] == [("fact", SECOND, "rejected", None)]  # the good row goes on
    (refused,) = reading.refused
    assert (refused.sheet, refused.cell, refused.received, refused.mend) == ("Faits", cell, received, mend)
    assert refused.expected


def test_a_corrected_value_in_words_is_refused_with_the_grammar_s_advice(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "corrigé", Valeur_corrigée="douze")
    (refused,) = read_review(filling.save()).refused
    assert (refused.cell, refused.received) == ("M5", "douze")
    assert "12" in refused.mend


def test_a_row_that_was_not_exported_is_refused(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").book["Faits"].cell(5, 1, "0000000000000000")
    (refused,) = read_review(filling.save()).refused
    assert (refused.cell, refused.received) == ("A5", "0000000000000000")


def test_two_decisions_on_one_fact_are_refused_and_the_same_twice_is_one(filling: "Filling") -> None:
    filling.decide("Faits", FIRST, "validé").decide("Faits", SECOND, "rejeté")
    filling.book["Faits"].cell(6, 1, FIRST)
    reading = read_review(filling.save())
    assert len(reading.decisions) == 1
    assert reading.refused[0].expected == "une seule décision, la ligne 5 en porte une autre"
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
    path = filling.decide("Faits", FIRST, "validé").decide("Statuts", "8-4", "Atteint").save()
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
    with pytest.raises(ReviewError, match="la feuille « Conflits » manque"):
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
    path = filling.decide("Conflits", CONFLICT, "validé").decide("Statuts", "7-2", "En retard").save()
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
