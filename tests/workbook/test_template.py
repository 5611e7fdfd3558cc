"""The pre-filled workbook: it knows its partner, guides without stopping, and is the same bytes each time."""

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from openxml_audit import FileFormat, OpenXmlValidator

from orchestration.services.reception.check import check_file
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Filled, Previous
from sources.workbook.schema import SchemaError, WorkbookSchema, load_schema, parse_schema
from sources.workbook.template import template_name, write_template


@pytest.fixture(scope="module")
def book(template: Path) -> Any:
    return openpyxl.load_workbook(template)


def rows_of(book: Any, schema: WorkbookSchema, sheet: str) -> list[dict[str, str]]:
    """The pre-filled rows of a sheet, by column key."""
    keys = [column.key for column in schema.sheet(sheet).printed]
    page = book[schema.sheet(sheet).name]
    lines = page.iter_rows(min_row=schema.header_row + 1, max_col=len(keys), values_only=True)
    return [{k: v or "" for k, v in zip(keys, line, strict=True)} for line in lines if line[0]]


def test_same_inputs_same_bytes(template: Path, reference: Reference, previous: Previous, tmp_path: Path) -> None:
    again = write_template(tmp_path / "again.xlsx", reference, "CNS-13", "DNS", previous=previous)
    assert again.read_bytes() == template.read_bytes()


def test_it_is_valid_office_open_xml(template: Path) -> None:
    """What a strict reader refuses, Excel « repairs » before a partner's eyes."""
    result = OpenXmlValidator(FileFormat.OFFICE_2019).validate(str(template))
    assert [f"{error.part_uri} {error.description}" for error in result.errors] == []


def test_nothing_inside_says_today(template: Path, reference: Reference) -> None:
    held_on = reference.sessions["CNS-13"].held_on
    with zipfile.ZipFile(template) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-\d\d-\d\d)T", core)) == {held_on.isoformat()}


def test_the_file_is_named_after_session_and_partner(reference: Reference) -> None:
    assert template_name(reference, "CNS-13", "GIE SESAM-Vitale") == "CNS-13_GIE-SESAM-Vitale.xlsx"
    assert template_name(reference, "CNS-12", "ARS/GRADeS") == "CNS-12_ARS-GRADeS.xlsx"


def test_every_sheet_and_column_is_the_schemas(book: Any, schema: WorkbookSchema) -> None:
    assert book.sheetnames == [schema.guide_sheet, *(sheet.name for sheet in schema.sheets), schema.control_sheet]
    for sheet in schema.sheets:
        headers = [cell.value for cell in book[sheet.name][schema.header_row]]
        assert headers == [column.header for column in sheet.printed]


def test_the_workbook_knows_its_partner(book: Any, schema: WorkbookSchema, reference: Reference) -> None:
    actions = rows_of(book, schema, "contribution")
    assert [row["action_code"] for row in actions] == list(reference.actions_of("DNS"))
    by_code = {row["action_code"]: row for row in actions}
    assert by_code["1-1"]["role"] == "Pilote"
    assert by_code["1-2"]["role"] == "Contributeur"
    assert by_code["1-1"]["previous_status"] == "En bonne voie"
    assert by_code["1-1"]["previous_text"].startswith("Le rythme des dépôts")
    milestones = {row["commitment_id"]: row for row in rows_of(book, schema, "milestone")}
    assert milestones["2-4.1"]["deadline"] == "2024", "no more precise than it was said"
    assert "1-2.1" not in milestones, "a contributor does not declare the lead's milestones"
    kpis = {row["kpi_id"]: row for row in rows_of(book, schema, "measurement")}
    assert list(kpis) == [kpi.kpi_id for kpi in reference.kpis_of("DNS")]
    assert kpis["IND-1-1-1"]["target"] == "400\u202f000\u202f000", "the target still to come, not the one passed"
    assert kpis["IND-1-1-1"]["deadline"] == "2026"
    assert (kpis["IND-1-1-1"]["last_value"], kpis["IND-1-1-1"]["last_value_on"]) == (
        "360\u202f000\u202f000",
        "octobre\u00a02024",
    )


def test_a_text_of_one_partner_is_not_given_to_another(
    reference: Reference, schema: WorkbookSchema, tmp_path: Path
) -> None:
    known = Previous(actions={"1-2": {"status": "late", "progress_text": "Du pilote.", "texts": {"ANS": "De l’ANS."}}})
    path = write_template(tmp_path / "x.xlsx", reference, "CNS-13", "DNS", previous=known)
    row = next(r for r in rows_of(openpyxl.load_workbook(path), schema, "contribution") if r["action_code"] == "1-2")
    assert row["previous_text"] == ""
    assert row["previous_status"] == "En retard"


def test_codes_are_locked_inputs_are_not(book: Any, schema: WorkbookSchema) -> None:
    for sheet in schema.sheets:
        page = book[sheet.name]
        assert page.protection.sheet
        for number, column in enumerate(sheet.printed, start=1):
            assert page.cell(schema.header_row + 1, number).protection.locked is column.locked, column.header


def test_filtering_sorting_and_widening_stay_allowed(book: Any, schema: WorkbookSchema, template: Path) -> None:
    for sheet in schema.sheets:
        protection = book[sheet.name].protection
        assert not protection.autoFilter
        assert not protection.sort
        assert not protection.formatColumns
        assert not protection.formatRows
        assert book[sheet.name].auto_filter.ref.startswith(f"A{schema.header_row}:")
    with zipfile.ZipFile(template) as archive:
        pages = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    opened = [page for page in pages if "<protectedRange " in page]
    assert len(opened) == len(schema.sheets), "Excel sorts a protected table only inside a range open to editing"


def test_drop_downs_offer_the_schemas_words(book: Any, schema: WorkbookSchema) -> None:
    for sheet in schema.sheets:
        validations: list[DataValidation] = book[sheet.name].data_validations.dataValidation
        for number, column in enumerate(sheet.printed, start=1):
            if column.type != "choice":
                continue
            place = book[sheet.name].cell(schema.header_row + 1, number).coordinate
            rule = next(v for v in validations if place in v.sqref)
            assert rule.formula1 == f'"{",".join(schema.labels(column))}"'
            assert rule.error


def test_every_header_has_its_note(book: Any, schema: WorkbookSchema) -> None:
    for sheet in schema.sheets:
        for number, column in enumerate(sheet.printed, start=1):
            comment = book[sheet.name].cell(schema.header_row, number).comment
            assert comment is not None, column.header
            assert column.note in comment.text


def test_it_prints_on_a4_landscape_with_its_headers(book: Any, schema: WorkbookSchema) -> None:
    for sheet in schema.sheets:
        page = book[sheet.name]
        assert (page.page_setup.orientation, int(page.page_setup.paperSize)) == ("landscape", 9)
        assert page.print_title_rows == f"${schema.header_row}:${schema.header_row}"
        assert page.freeze_panes == f"C{schema.header_row + 1}"


def test_what_is_typed_stays_what_it_was(book: Any, schema: WorkbookSchema) -> None:
    """A value, a period or a date cell is text: Excel would turn « mars 2025 » into a day and « 12 % » into 0.12."""
    for sheet in schema.sheets:
        for number, column in enumerate(sheet.printed, start=1):
            if column.type in {"number", "period", "date"}:
                assert book[sheet.name].cell(schema.header_row + 1, number).number_format == "@"


def test_the_guide_says_every_input_and_every_word(book: Any, schema: WorkbookSchema, reference: Reference) -> None:
    text = "\n".join(str(cell) for row in book[schema.guide_sheet].iter_rows(values_only=True) for cell in row if cell)
    for sheet in schema.sheets:
        for column in (column for column in sheet.printed if column.is_input):
            assert f"{sheet.name} · {column.header}" in text
            assert column.note in text
    for word in (*schema.lists["declared_status"].values(), *schema.absences):
        assert word in text
    assert "10\u00a0juin\u00a02025" in text
    assert reference.partners["DNS"].partner_name in text


def test_the_control_sheet_is_out_of_the_way(book: Any, schema: WorkbookSchema) -> None:
    page = book[schema.control_sheet]
    assert page.sheet_state == "veryHidden"
    assert [page.cell(row, 2).value for row in (2, 3, 4)] == [schema.template_version, "CNS-13", "DNS"]


def test_every_partner_gets_a_workbook_that_reads_clean(reference: Reference, tmp_path: Path) -> None:
    """A template dropped back untouched is no fault: nothing filled in, nothing lost."""
    for code in reference.partners:
        if not reference.actions_of(code):
            continue
        path = write_template(tmp_path / template_name(reference, "CNS-13", code), reference, "CNS-13", code)
        submission = check_file(path, reference)
        assert [issue["rule"] for issue in submission.judgement.issues] == ["NOTHING_FILLED"], code
        assert submission.judgement.partner_code == code


def test_a_banner_is_shown_on_every_sheet(reference: Reference, schema: WorkbookSchema, tmp_path: Path) -> None:
    banner = "Reconstitué d’après l’état d’avancement publié"
    path = write_template(tmp_path / "x.xlsx", reference, "CNS-12", "HAS", banner=banner)
    book = openpyxl.load_workbook(path)
    for sheet in (schema.guide_sheet, *(sheet.name for sheet in schema.sheets)):
        assert banner in [cell.value for row in book[sheet].iter_rows(max_row=4) for cell in row]


def test_an_answer_without_a_place_is_refused(reference: Reference, tmp_path: Path) -> None:
    for filled in (
        Filled(contributions={"99-9": {"status": "late"}}),
        Filled(contributions={"1-1": {"action_title": "Autre titre"}}),
        Filled(measurements=[{"kpi_id": "IND-2-2-1", "value": str(n)} for n in range(40)]),
    ):
        with pytest.raises(ValueError, match=r"Avancement|Indicateurs"):
            write_template(tmp_path / "x.xlsx", reference, "CNS-13", "DNS", filled=filled)


def test_list_words_are_those_of_the_reference(schema: WorkbookSchema, reference: Reference) -> None:
    """One vocabulary, written twice: a label changed in only one of the two places fails here."""
    for code, label in schema.lists["declared_status"].items():
        assert reference.labels["status", code].label == label
    assert set(schema.lists["qualifier"]) == {code for domain, code in reference.labels if domain == "qualifier"}
    assert set(schema.absences) == {code for domain, code in reference.labels if domain == "absence"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw["rules"].append(raw["rules"][0]), "written twice"),
        (lambda raw: raw["rules"][-1].update(at="nowhere"), "no column nowhere"),
        (lambda raw: raw["rules"][-1].update(severity="fatal"), "unknown severity"),
        (lambda raw: raw["sheets"][0]["columns"][0].update(type="date of birth"), "unknown type"),
        (lambda raw: raw["sheets"][0]["columns"][1].update(header="Action"), "is there twice"),
        (lambda raw: raw["sheets"][0].update(key_column="nothing"), "no column nothing"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(change: Any, said: str) -> None:
    import yaml

    raw = yaml.safe_load((Path(load_schema.__wrapped__.__code__.co_filename).parent / "schema.yml").read_text("utf-8"))
    change(raw)
    with pytest.raises(SchemaError, match=said):
        parse_schema(raw)
