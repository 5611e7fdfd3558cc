"""The receipt: the partner's own workbook given back, every fault said once and in place, ready to be dropped again."""

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.services.reception import check as checking
from orchestration.services.reception.check import Submission, check_file
from orchestration.services.reception.receipts import Drop, give_receipt
from sources.landing.rows import rows_of
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Previous
from sources.workbook.reader import read_workbook
from sources.workbook.receipt import group, rows_text

FIRST = datetime(2025, 6, 2, 12, 5, tzinfo=UTC)
SECOND = datetime(2025, 6, 3, 9, 0, tzinfo=UTC)
AUTHOR = "Jalon – accusé de réception"


def dropped(desk: Any, path: Path, at: datetime = FIRST, folder: str = "DNS") -> Path:
    """Drop a file in a partner's folder and get its receipt."""
    desk.landing.receive(path, channel="submissions", received_at=at, folder=folder)
    return desk.give()[-1]


def said(path: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return result


def first_sheet(path: Path) -> str:
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.title == "À corriger"
    return "\n".join(str(cell) for row in page.iter_rows(values_only=True) for cell in row if cell is not None)


def notes(path: Path, sheet: str) -> dict[str, str]:
    page = openpyxl.load_workbook(path)[sheet]
    return {
        cell.coordinate: cell.comment.text
        for row in page.iter_rows()
        for cell in row
        if cell.comment is not None and cell.comment.author == AUTHOR
    }


def test_the_workbook_comes_back_with_its_faults_in_place(workbook: Any, desk: Any) -> None:
    row = workbook.put("measurement", "IND-4-1-4", value="beaucoup", period="T1 2025")
    workbook.book.create_sheet("Mes notes")["A1"] = "À garder"
    receipt = dropped(desk, workbook.save())
    book = openpyxl.load_workbook(receipt)
    cell = book["Indicateurs"][f"I{row}"]
    assert cell.value == "beaucoup"
    assert cell.fill.fgColor.rgb.endswith("FFD9D4")
    assert "n’est pas un nombre" in cell.comment.text
    assert "→" in cell.comment.text
    assert book["Mes notes"]["A1"].value == "À garder"
    assert book["_jalon"].sheet_state == "veryHidden"


def test_the_first_sheet_says_who_when_what_and_until_when(workbook: Any, desk: Any) -> None:
    workbook.put("measurement", "IND-4-1-4", value="beaucoup", period="T1 2025")
    workbook.put("contribution", "16-4", status="en bonne VOIE", progress_text="Les travaux avancent.")
    receipt = dropped(desk, workbook.save())
    text = first_sheet(receipt)
    assert "1\u00a0erreur à corriger" in text
    assert said(receipt)["sha256"] in text
    assert "02/06/2025 à 14 h 05" in text
    assert "10/06/2025" in text, "the day answers are due"
    assert "« en bonne VOIE » a été lu « En bonne voie »".replace("« ", "«\u00a0").replace(" »", "\u00a0»") in text
    assert "16-4" in text, "what was accepted"


def test_a_drop_after_the_due_day_is_not_told_of_a_deadline_to_come(workbook: Any, desk: Any) -> None:
    workbook.put("contribution", "16-1", status="En bonne voie", progress_text="Une première étape est franchie.")
    on_the_day = datetime(2025, 6, 10, 21, 59, tzinfo=UTC)  # 23:59 in Paris
    text = first_sheet(dropped(desk, workbook.save(), on_the_day))
    assert "Prochaine échéance" in text
    assert "1\u00a0prise en compte, 0\u00a0mise de côté, " in text
    workbook.put("contribution", "16-1", status="Atteint", achieved_on="T2 2025")
    text = first_sheet(dropped(desk, workbook.save(), on_the_day + timedelta(minutes=2)))
    assert "Échéance passée" in text
    assert "les réponses étaient attendues avant le 10/06/2025" in text


def test_faults_of_one_kind_are_one_line_that_leads_to_the_cells(workbook: Any, desk: Any) -> None:
    rows = [workbook.put("contribution", code, status="Presque") for code in ("10-1", "10-2", "11-1", "13-2")]
    receipt = dropped(desk, workbook.save())
    page = openpyxl.load_workbook(receipt).worksheets[0]
    links = [cell for row in page.iter_rows() for cell in row if cell.hyperlink]
    assert [cell.hyperlink.location for cell in links] == [f"'Avancement'!E{rows[0]}"]
    assert links[0].value == f"colonne E, {rows_text(rows)}"
    assert len(notes(receipt, "Avancement")) == 4


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([4], "ligne 4"),
        ([4, 7, 8, 9, 10, 11, 12], "lignes 4, 7 à 12"),
        ([3, 4], "lignes 3, 4"),
        ([12, 10, 11, 2], "lignes 2, 10 à 12"),
    ],
)
def test_rows_are_said_as_people_say_them(rows: list[int], text: str) -> None:
    assert rows_text(rows) == text


def test_values_of_a_group_are_quoted_up_to_three() -> None:
    fault = {"rule": "R", "severity": "error", "sheet": "S", "message": "m.", "fix": "f."}
    issues = [{**fault, "cell": f"H{row}", "received": f"v{row}"} for row in range(5, 10)]
    [only] = group(issues)
    assert only.received == "v5 ; v6 ; v7 ; et 2 autres"


def test_a_clean_drop_is_told_so(workbook: Any, desk: Any) -> None:
    workbook.put("contribution", "16-1", status="En bonne voie", progress_text="Une première étape est franchie.")
    receipt = dropped(desk, workbook.save())
    assert said(receipt)["headline"].startswith("Aucune erreur")
    assert "Aucune erreur" in first_sheet(receipt)
    assert said(receipt)["verdict"] == "accepted"


def test_what_nobody_answered_yet_is_named(workbook: Any, desk: Any) -> None:
    """« Vous n’avez rien à faire » under a workbook that is nearly blank would be the last word a partner reads."""
    asked = {"Avancement": ["16-2", "16-4"], "Jalons": [], "Indicateurs": ["IND-4-2-1"]}
    desk = replace(desk, waiting=lambda session, partner: asked if (session, partner) == ("CNS-13", "DNS") else None)
    workbook.put("contribution", "16-1", status="En bonne voie")
    receipt = dropped(desk, workbook.save())
    assert said(receipt)["waiting"] == asked
    assert "Encore sans réponse" in first_sheet(receipt)
    assert "rien à faire" not in first_sheet(receipt)


@pytest.mark.parametrize(("waiting", "is_done"), [({"Avancement": []}, True), (None, False)])
def test_a_partner_is_told_to_do_nothing_only_where_nothing_is_known_to_wait(
    workbook: Any, desk: Any, waiting: Any, is_done: bool
) -> None:
    workbook.put("contribution", "16-1", status="En bonne voie")
    receipt = dropped(replace(desk, waiting=lambda _session, _partner: waiting), workbook.save())
    assert ("rien à faire" in first_sheet(receipt)) is is_done
    assert "Encore sans réponse" not in first_sheet(receipt)


def test_six_drops_are_read_six_times(workbook: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes against the earlier drops is found in the landing: none of them is parsed again."""
    parsed: list[Path] = []

    def read(path: Path, **more: Any) -> Any:
        parsed.append(path)
        return read_workbook(path, **more)

    monkeypatch.setattr(checking, "read_workbook", read)
    for number in range(6):
        workbook.put("measurement", "IND-7-2-1", value=f"{1200 + number}", period="mai 2025")
        desk.landing.receive(
            workbook.save(f"{number}.xlsx"),
            channel="submissions",
            received_at=FIRST + timedelta(minutes=number),
            folder="DNS",
        )
    receipts = desk.give()
    assert (len(receipts), len(parsed)) == (6, 6)
    assert said(receipts[-1])["changes"] != []


def test_the_receipt_itself_can_be_corrected_and_dropped_again(
    workbook: Any, desk: Any, reference: Reference, previous: Previous
) -> None:
    """The partner corrects the cells in the file they were given back: the faults go, their colours too."""
    row = workbook.put("measurement", "IND-4-1-4", value="beaucoup", period="T1 2025")
    kept = workbook.put("contribution", "5-2", status="Presque")
    receipt = dropped(desk, workbook.save())
    unchanged = check_file(receipt, reference, previous=previous)
    assert [(i["rule"], i["cell"]) for i in unchanged.judgement.issues] == [
        ("STATUS_UNKNOWN", f"E{kept}"),
        ("KPI_VALUE_NOT_A_NUMBER", f"I{row}"),
    ]
    book = openpyxl.load_workbook(receipt)
    book["Indicateurs"][f"I{row}"].value = "310"
    corrected = receipt.with_name("CNS-13_DNS.xlsx")
    book.save(corrected)
    again = dropped(desk, corrected, SECOND)
    assert [issue["rule"] for issue in said(again)["issues"]] == ["STATUS_UNKNOWN"]
    assert notes(again, "Indicateurs") == {}
    cell = openpyxl.load_workbook(again)["Indicateurs"][f"I{row}"]
    assert cell.fill.fgColor.rgb.endswith("F3F8FE")
    assert len(openpyxl.load_workbook(again).sheetnames) == len(book.sheetnames)


def test_what_changes_against_the_last_drop_is_said(workbook: Any, desk: Any) -> None:
    workbook.put("contribution", "16-1", status="En bonne voie", progress_text="Premier texte.")
    workbook.put("measurement", "IND-7-2-1", value="1 200", period="mai 2025")
    assert said(dropped(desk, workbook.save("a.xlsx")))["is_resubmission"] is False
    workbook.put("contribution", "16-1", status="À risque", progress_text=None)
    workbook.put("measurement", "IND-7-2-1", value="1 260")
    receipt = dropped(desk, workbook.save("b.xlsx"), SECOND)
    changes = {(c["code"], c["column"]): (c["before"], c["after"]) for c in said(receipt)["changes"]}
    assert changes == {
        ("16-1", "Statut"): ("En bonne voie", "À risque"),
        ("IND-7-2-1 · mai\u00a02025", "Valeur"): ("1\u202f200", "1\u202f260"),
    }
    assert "Ce qui change" in first_sheet(receipt)


def test_the_same_bytes_get_no_second_receipt(workbook: Any, desk: Any) -> None:
    path = workbook.save()
    dropped(desk, path)
    _, is_new = desk.landing.receive(path, channel="submissions", received_at=SECOND, folder="DNS")
    assert not is_new
    assert desk.give() == []


def test_a_file_that_could_not_be_read_gets_a_receipt_too(tmp_path: Path, desk: Any) -> None:
    path = tmp_path / "CNS-13_DNS.xlsx"
    path.write_bytes(b"PK\x03\x04 rien de bon")
    receipt = dropped(desk, path)
    assert said(receipt)["verdict"] == "rejected"
    assert [issue["rule"] for issue in said(receipt)["issues"]] == ["FILE_TRUNCATED"]
    assert "n’a pas pu être lu" in first_sheet(receipt)
    assert openpyxl.load_workbook(receipt).sheetnames == ["À corriger"]


def test_another_partners_workbook_is_refused_with_a_receipt(workbook: Any, desk: Any) -> None:
    receipt = dropped(desk, workbook.save(), folder="ANS")
    assert [issue["rule"] for issue in said(receipt)["issues"]] == ["FILE_WRONG_PARTNER"]
    assert receipt.parent.name == "ANS"


def test_figures_of_territories_never_come_back_as_the_country_s(tmp_path: Path, desk: Any) -> None:
    """Put into a workbook of ours, which has no room for territories, a region's figure would come back as France's."""
    path = tmp_path / "CNS-13_DNS_territoires.csv"
    path.write_text(
        "Code;Territoire;Période;Valeur\nIND-2-2-1;R84;T1 2025;1200\nIND-4-2-1;75;T1 2025;3\nIND-18-4-1;;T1 2025;311\n",
        encoding="utf-8",
    )
    desk = replace(desk, waiting=lambda _session, _partner: {"Indicateurs": ["IND-2-2-1"]})
    book = openpyxl.load_workbook(dropped(desk, path))
    assert book.sheetnames == ["À corriger"]
    lines = [" ".join(str(cell) for cell in line if cell) for line in book.active.iter_rows(values_only=True)]
    text = "\n".join(lines)
    assert "Corrigez les lignes dans votre fichier" in text
    assert "Complétez les lignes encore sans réponse dans le classeur pré-rempli" in text
    (taken,) = (line for line in lines if "IND-2-2-1 · R84, " in line)
    assert "IND-18-4-1" in taken
    [reading] = (desk.landing.reading(reception, desk.reader.key) for reception in desk.landing.receptions())
    [refused] = rows_of([reading], "rejected_row")
    assert (refused["rule"], refused["item_code"]) == ("TERRITORY_UNKNOWN", None), "it answers nothing of the country's"


def test_a_csv_comes_back_as_a_workbook_with_the_answers_in(tmp_path: Path, desk: Any) -> None:
    path = tmp_path / "CNS-13_DNS.csv"
    path.write_text(
        "Code;Valeur;Période\r\nIND-7-2-1;beaucoup;mai 2025\r\nIND-2-2-1;400 000;mai 2025\r\n", encoding="utf-8"
    )
    receipt = dropped(desk, path)
    told = notes(receipt, "Indicateurs")
    [cell] = told
    page = openpyxl.load_workbook(receipt)["Indicateurs"]
    assert page[cell].value == "beaucoup"
    assert page[f"A{page[cell].row}"].value == "IND-7-2-1"
    page_values = [row[8] for row in page.iter_rows(min_row=5, values_only=True)]
    assert "400 000" in page_values


def test_json_and_workbook_say_the_same(workbook: Any, desk: Any, seeded: Any) -> None:
    for rule in ("STATUS_UNKNOWN", "KPI_UNIT_SLIP", "TEXT_UNCHANGED", "ACTUAL_IN_FUTURE"):
        seeded[rule](workbook)
    receipt = dropped(desk, workbook.save())
    text = first_sheet(receipt)
    for issue in said(receipt)["issues"]:
        assert issue["message"] in text
        assert issue["fix"] in text
        assert issue["cell"] in text


def test_nothing_of_a_receipt_depends_on_when_it_is_written(workbook: Any, desk: Any) -> None:
    path = workbook.save()
    reception, _ = desk.landing.receive(path, channel="submissions", received_at=FIRST, folder="DNS")
    [first] = desk.give()
    content = first.read_bytes()
    assert give_receipt(desk, Drop(reception)) == first
    assert first.read_bytes() == content


def test_the_ranges_open_to_sorting_stay_open(workbook: Any, template: Path, desk: Any) -> None:
    """openpyxl drops them: without them Excel refuses to sort the table given back."""

    def ranges(path: Path) -> list[bytes]:
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sorted(re.findall(rb'<protectedRange [^>]*name="([^"]+)"', b"".join(parts)))

    receipt = dropped(desk, template)
    assert ranges(receipt) == ranges(template) == [b"Tableau_Avancement", b"Tableau_Indicateurs", b"Tableau_Jalons"]


def test_a_text_that_looks_like_a_formula_is_quoted_not_run(
    workbook: Any, desk: Any, check: Callable[..., Submission]
) -> None:
    cell = workbook.cell("contribution", "5-2", "status")
    cell.value, cell.data_type = '=HYPERLINK("http://x","clic")', "s"
    receipt = dropped(desk, workbook.save())
    page = openpyxl.load_workbook(receipt).worksheets[0]
    quoted = [c for row in page.iter_rows() for c in row if isinstance(c.value, str) and "HYPERLINK" in c.value]
    assert quoted
    assert all(c.data_type == "s" for c in quoted)


def test_a_file_that_openpyxl_refuses_is_answered_all_the_same(workbook: Any, desk: Any, tmp_path: Path) -> None:
    """Some tools write styles that the annotating library cannot load: the partner gets a refilled workbook."""
    workbook.put("measurement", "IND-4-1-4", value="beaucoup", period="T1 2025")
    source = workbook.save("source.xlsx")
    odd = tmp_path / "CNS-13_DNS.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(odd, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/styles.xml":
                content = content.replace(b'patternType="solid"', b'patternType="zigzag"')
            new.writestr(name, content)
    with pytest.raises(Exception, match=r"."):
        openpyxl.load_workbook(odd)
    receipt = dropped(desk, odd)
    [cell] = notes(receipt, "Indicateurs")
    assert openpyxl.load_workbook(receipt)["Indicateurs"][cell].value == "beaucoup"


def test_each_cell_has_its_own_advice() -> None:
    """Two slips of one column are not one fault: their last values differ, so do their fixes."""
    fault = {"rule": "R", "severity": "error", "sheet": "S"}
    issues = [
        {**fault, "cell": "H5", "received": "12", "message": "12 est loin de 120.", "fix": "Écrivez « 1 200 »."},
        {**fault, "cell": "H6", "received": "7", "message": "7 est loin de 70.", "fix": "Écrivez « 700 »."},
        {**fault, "cell": "H7", "received": "x", "message": "« x » n’est pas un nombre.", "fix": "Écrivez un nombre."},
        {**fault, "cell": "H9", "received": "y", "message": "« y » n’est pas un nombre.", "fix": "Écrivez un nombre."},
    ]
    assert [(said.where, said.fix) for said in group(issues)] == [
        ("H5", "Écrivez « 1 200 »."),
        ("H6", "Écrivez « 700 »."),
        ("colonne H, lignes 7, 9", "Écrivez un nombre."),
    ]


def test_where_is_never_cut(workbook: Any, desk: Any) -> None:
    """A hundred rows apart: as many lines as it takes to name them all, each in a row tall enough."""
    fault = {"rule": "R", "severity": "error", "sheet": "S", "received": "x", "message": "« x » : non.", "fix": "Oui."}
    rows = range(5, 405, 2)
    told = [said.where for said in group({**fault, "cell": f"H{row}"} for row in rows)]
    assert all(len(where) <= 150 for where in told)
    assert [int(row) for where in told for row in re.findall(r"\d+", where)] == list(rows)
    for code in ("10-1", "10-2", "11-1", "13-2", "14-2", "15-1", "16-1", "16-4", "4-2", "5-1", "5-3", "7-2"):
        workbook.put("contribution", code, status="Presque")
    page = openpyxl.load_workbook(dropped(desk, workbook.save())).worksheets[0]
    for row in page.iter_rows():
        if row[1].hyperlink:
            lines = -(-len(str(row[1].value)) // 20)
            assert page.row_dimensions[row[1].row].height >= 13 * lines


def test_what_was_read_stands_beside_what_was_typed(workbook: Any, desk: Any) -> None:
    workbook.put("measurement", "IND-7-2-1", value="environ 1,2 millier", period="mai 2025")
    workbook.put("measurement", "IND-14-2-1", value="12 pour cent", period="T1 2025", nature="Provisoire")
    receipt = dropped(desk, workbook.save())
    values = {value["code"]: (value["typed"], value["read"]) for value in said(receipt)["values"]}
    assert values["IND-7-2-1"][0] == "environ 1,2 millier"
    assert "1\u202f200" in values["IND-7-2-1"][1]
    assert "mai\u00a02025, réalisé" in values["IND-7-2-1"][1]
    assert values["IND-14-2-1"][0] == "12 pour cent"
    assert values["IND-14-2-1"][1].endswith("T1\u00a02025, provisoire")
    text = first_sheet(receipt)
    assert "Vous avez écrit" in text
    assert all(read in text for _, read in values.values())


def test_the_name_of_a_receipt_does_not_grow_over_rounds(workbook: Any, desk: Any, tmp_path: Path) -> None:
    workbook.put("measurement", "IND-7-2-1", value="1 200", period="mai 2025")
    receipt = dropped(desk, workbook.save())
    for number in range(3):
        book = openpyxl.load_workbook(receipt)
        book["Indicateurs"].cell(workbook.row("measurement", "IND-7-2-1"), 9).value = f"{1201 + number}"
        again = tmp_path / "again" / (receipt.name if number < 2 else f"{receipt.stem} (1).xlsx")
        again.parent.mkdir(exist_ok=True)
        book.save(again)
        receipt = dropped(desk, again, SECOND + timedelta(hours=number))
        assert re.fullmatch(r"CNS-13_DNS_accuse_[0-9a-f]{8}\.xlsx", receipt.name)
