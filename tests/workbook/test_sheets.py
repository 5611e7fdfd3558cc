"""Which sheet is which: by its name, by its columns, and never one of two at random."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.services.reception.check import Submission, check_file
from quality.rows import Expected
from sources.reference.roadmap import Reference

Check = Callable[..., Submission]


def told(submission: Submission) -> list[tuple[str, str | None]]:
    return [(issue["rule"], issue["received"]) for issue in submission.judgement.issues]


def taken(submission: Submission) -> list[float]:
    return [row.facts["value"] for row in submission.judgement.accepted if "value" in row.facts]


@pytest.fixture
def filled(workbook: Any) -> Any:
    workbook.put("measurement", "IND-4-1-3", value=3100, period="T1 2025")
    workbook.put("contribution", "4-2", progress_text="Deux régions ont rejoint le programme.")
    return workbook


@pytest.mark.parametrize("name", ["indicateurs ", "INDICATEURS", "Indicatéurs"])
def test_a_second_sheet_of_the_name_makes_both_unsure(filled: Any, check: Check, name: str) -> None:
    copy = filled.book.copy_worksheet(filled.page("measurement"))
    copy.title = "Copie"
    copy.cell(filled.row("measurement", "IND-4-1-3"), filled.column("measurement", "value")).value = 9999
    path = filled.save()
    book = openpyxl.load_workbook(path)
    book["Copie"].title = name if name.casefold() != "indicateurs" else f"{name} "
    book.save(path)
    submission = check(path)
    assert [rule for rule, _ in told(submission) if rule.startswith("SHEET")] == ["SHEET_TWICE"]
    assert taken(submission) == []
    assert submission.judgement.verdict == "partly_rejected", "the other sheets are read"
    assert submission.judgement.counts["accepted"] == 1


def test_an_empty_second_sheet_is_none(filled: Any, check: Check) -> None:
    filled.book.create_sheet("INDICATEURS ")
    submission = check(filled.save())
    assert taken(submission) == [3100]


@pytest.mark.parametrize("name", ["Feuil3", "KPI", "Mes chiffres"])
def test_a_renamed_sheet_is_known_by_its_columns(filled: Any, check: Check, name: str) -> None:
    filled.page("measurement").title = name
    submission = check(filled.save())
    assert told(submission) == [("SHEET_RENAMED", name)]
    assert taken(submission) == [3100]
    assert [issue["sheet"] for issue in submission.judgement.issues] == [None]


def test_all_sheets_renamed_are_known(filled: Any, check: Check) -> None:
    for rank, sheet in enumerate(filled.schema.sheets):
        filled.page(sheet.key).title = f"Feuil{rank}"
    submission = check(filled.save())
    assert {rule for rule, _ in told(submission)} == {"SHEET_RENAMED"}
    assert submission.judgement.counts["accepted"] == 2


def test_two_sheets_that_may_be_the_renamed_one(filled: Any, check: Check) -> None:
    filled.book.copy_worksheet(filled.page("measurement")).title = "Feuil4"
    filled.page("measurement").title = "Feuil3"
    submission = check(filled.save())
    assert [rule for rule, _ in told(submission) if rule == "SHEET_TWICE"] == ["SHEET_TWICE"]
    assert taken(submission) == []


def test_a_sheet_that_is_like_none_is_told(filled: Any, check: Check) -> None:
    del filled.book["Jalons"]
    filled.book.create_sheet("Notes").append(["Code", "Remarque"])
    submission = check(filled.save())
    assert sorted(told(submission)) == [("SHEET_MISSING", "Jalons"), ("SHEET_NOT_READ", "Notes")]


def test_the_workbook_of_a_closed_session_says_where_the_new_one_is(
    filled: Any, reference: Reference, tmp_path: Path
) -> None:
    from sources.workbook.template import write_template

    path = write_template(tmp_path / "CNS-12_DNS.xlsx", reference, "CNS-12", "DNS")
    refused = check_file(path, reference, expected=Expected("DNS", closed=("CNS-12",)))
    assert told(refused) == [("FILE_CLOSED_SESSION", "CNS-12")]
    assert "CNS-13_DNS.xlsx" in refused.judgement.issues[0]["fix"]
    assert refused.judgement.verdict == "rejected"
    now = filled.save()
    assert told(check_file(now, reference, expected=Expected("DNS", closed=("CNS-12",)))) == []
    last = Expected("DNS", closed=("CNS-12", "CNS-13"))
    assert told(check_file(now, reference, expected=last)) == [], "an erratum of the last session can still be sent"
