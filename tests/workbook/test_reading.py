"""What partners do to a workbook before it comes back, and what is still read in it."""

import random
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from orchestration.services.reception.check import Submission
from quality.rows import Expected
from sources.french.numbers import Quantity
from sources.french.periods import Period
from sources.landing.store import Reception
from sources.reference.roadmap import Reference
from sources.workbook.prefill import Filled
from sources.workbook.reader import read_workbook
from sources.workbook.reading import ReadRow, WorkbookReading
from sources.workbook.schema import WorkbookSchema
from sources.workbook.template import write_template

Check = Callable[..., Submission]


def rules(submission: Submission) -> list[str]:
    return [issue["rule"] for issue in submission.judgement.issues]


def row_of(reading: WorkbookReading, code: str) -> ReadRow:
    return next(row for row in reading.rows if code in row.values.values())


def test_every_value_knows_its_sheet_and_cell(workbook: Any) -> None:
    number = workbook.put("measurement", "IND-2-2-1", value="plus de 390 000", period="mai 2025")
    row = row_of(read_workbook(workbook.save()), "IND-2-2-1")
    assert row.row_number == number
    assert row.cells["value"] == f"I{number}"
    assert row.raw["value"] == "plus de 390 000"
    assert row.values["value"] == Quantity(390_000.0, "at_least")
    assert row.row_id == "measurement:IND-2-2-1"


def test_columns_in_any_order_with_battered_headers(
    workbook: Any, schema: WorkbookSchema, check: Check, tmp_path: Path
) -> None:
    """Columns shuffled, accents and case lost: told, and read all the same."""
    workbook.put("contribution", "1-1", status="En bonne voie", progress_text="Tout va bien.")
    page = workbook.page("contribution")
    columns = [[page.cell(row, column).value for row in range(1, page.max_row + 1)] for column in range(1, 12)]
    random.Random(3).shuffle(columns)  # noqa: S311
    battered = {"Prochaines étapes": "PROCHAINES  ETAPES", "Date d’atteinte": "date d'atteinte", "Statut": "statut"}
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "AVANCEMENT"
    for at, column in enumerate(columns, 1):
        for row, value in enumerate(column, 1):
            sheet.cell(row, at).value = battered.get(value, value)
    book.save(tmp_path / "CNS-13_DNS.xlsx")
    submission = check(tmp_path / "CNS-13_DNS.xlsx")
    assert rules(submission).count("HEADER_ADJUSTED") == 3
    assert "TEMPLATE_ID_MISSING" in rules(submission)
    [accepted] = submission.judgement.accepted
    assert accepted.facts["status"] == "on_track"
    assert accepted.facts["progress_text"] == "Tout va bien."


def test_an_unknown_column_and_an_unknown_sheet_are_told(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "1-1", progress_text="Du texte.")
    workbook.page("contribution").cell(4, 12).value = "Avis du chef"
    workbook.book.create_sheet("Notes")["A1"] = "À part"
    told = {issue["rule"]: issue["received"] for issue in check(workbook.save()).judgement.issues}
    assert told["COLUMN_NOT_READ"] == "Avis du chef"
    assert told["SHEET_NOT_READ"] == "Notes"


def test_a_sheet_without_its_key_column_is_not_read_and_says_so(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "1-1", progress_text="Du texte.")
    workbook.put("measurement", "IND-2-2-1", value=400_000, period="mai 2025")
    workbook.page("contribution").cell(4, 1).value = "Numéro"
    submission = check(workbook.save())
    assert "COLUMN_MISSING" in rules(submission)
    assert {row.row.sheet for row in submission.judgement.accepted} == {"measurement"}
    assert submission.judgement.verdict == "partly_rejected"


def test_two_columns_of_one_name_are_not_guessed_between(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "1-1", progress_text="Du texte.")
    workbook.page("contribution").cell(4, 12).value = "Avancement"
    assert "COLUMN_TWICE" in rules(check(workbook.save()))


def test_a_missing_optional_column_changes_nothing(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-2-2-1", value=400_000, period="mai 2025")
    workbook.page("measurement").delete_cols(13)
    submission = check(workbook.save())
    assert "COLUMN_ABSENT" in rules(submission)
    assert len(submission.judgement.accepted) == 1


def test_hidden_rows_and_sheets_are_read_and_said(workbook: Any, check: Check) -> None:
    row = workbook.put("contribution", "1-1", progress_text="Du texte.")
    workbook.page("contribution").row_dimensions[row].hidden = True
    workbook.put("measurement", "IND-2-2-1", value=400_000, period="mai 2025")
    workbook.page("measurement").sheet_state = "hidden"
    submission = check(workbook.save())
    assert {"ROW_HIDDEN", "SHEET_HIDDEN"} <= set(rules(submission))
    assert len(submission.judgement.accepted) == 2


def test_a_hidden_row_without_an_answer_is_not_worth_a_word(workbook: Any, check: Check) -> None:
    workbook.page("contribution").row_dimensions[7].hidden = True
    assert "ROW_HIDDEN" not in rules(check(workbook.save()))


def with_values(path: Path, formulas: dict[str, str]) -> Path:
    """Give formulas the value Excel would have stored, by cell, in the sheet Indicateurs."""
    changed = path.with_name(f"{path.stem}-calcule.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            for formula, value in formulas.items():
                old, new = f"<f>{formula}</f><v/>", f"<f>{formula}</f><v>{value}</v>"
                content = content.replace(old.encode(), new.encode()).replace(
                    old.replace("<v/>", "<v></v>").encode(), new.encode()
                )
            target.writestr(name, content)
    return changed


def test_a_formula_with_a_value_is_taken_and_flagged(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-2-2-1", value="=200000*2", period="mai 2025")
    path = with_values(workbook.save("CNS-13_DNS.xlsx"), {"200000*2": "400000"})
    submission = check(path)
    assert "FORMULA_VALUE" in rules(submission)
    assert [row.facts["value"] for row in submission.judgement.accepted] == [400_000.0]


def test_a_percentage_cell_is_read_as_people_see_it(workbook: Any, check: Check) -> None:
    """Excel keeps 0.12 in a cell that shows 12 %: taken as it is, the figure would be a hundred times too small."""
    workbook.put("measurement", "IND-6-1-1", value=0.12, period="T1 2025")
    workbook.cell("measurement", "IND-6-1-1", "value").number_format = "0%"
    submission = check(workbook.save())
    assert "PERCENT_CELL" in rules(submission)
    assert [row.facts["value"] for row in submission.judgement.accepted] == [12.0]


def test_a_share_written_as_a_fraction_is_questioned(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-6-1-1", value=0.12, period="T1 2025")
    assert "KPI_SHARE_BELOW_ONE" in rules(check(workbook.save()))


@pytest.mark.parametrize("epoch", [1900, 1904])
@pytest.mark.parametrize(
    ("day", "number_format", "period"),
    [
        (date(2024, 12, 31), "dd/mm/yyyy", Period(date(2024, 12, 31), date(2024, 12, 31), "day")),
        (date(2025, 3, 1), "mmm-yy", Period(date(2025, 3, 1), date(2025, 3, 31), "month")),
    ],
)
def test_real_dates_of_both_epochs(workbook: Any, epoch: int, day: date, number_format: str, period: Period) -> None:
    if epoch == 1904:
        workbook.book.epoch = CALENDAR_MAC_1904
    workbook.put("measurement", "IND-2-2-1", value=400_000, period=day)
    workbook.cell("measurement", "IND-2-2-1", "period").number_format = number_format
    row = row_of(read_workbook(workbook.save()), "IND-2-2-1")
    assert row.values["period"] == period


@pytest.mark.parametrize(
    ("typed", "absence"), [("NC", "NC"), ("nc", "NC"), ("N.C.", "NC"), ("n/a", "NA"), ("SUPPR", "SUPPR")]
)
def test_absence_is_said_with_a_code(workbook: Any, check: Check, typed: str, absence: str) -> None:
    workbook.put("measurement", "IND-2-2-1", value=typed)
    workbook.put("contribution", "1-1", status=typed)
    submission = check(workbook.save())
    assert {
        row.facts.get("value_absence") or row.facts.get("status_absence") for row in submission.judgement.accepted
    } == {absence}
    assert submission.judgement.rejected == []


def test_absence_is_said_in_texts_too(workbook: Any, check: Check, dropped_by_hand: Reception) -> None:
    """« SUPPR » withdraws the text sent before; « n.c. » is no evidence that a milestone is done."""
    workbook.put("contribution", "1-1", progress_text="suppr", risks="n.c.")
    workbook.put("milestone", "2-4.1", status="Atteint", evidence="NC")
    submission = check(workbook.save())
    assert rules(submission) == ["DONE_WITHOUT_PROOF"]
    landed = submission.landing_rows(dropped_by_hand)
    assert [(row["progress_text"], row["risks"]) for row in landed["contribution"]] == [("SUPPR", "NC")]


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ("Compte rendu de réunion", ["DONE_WITHOUT_PROOF"]),
        ("https://exemple.gouv.fr/preuve", []),
        ("Décret n° 2024-66 du 30 janvier 2024", []),
    ],
)
def test_a_proof_is_one_that_a_reader_can_open_as_in_the_marts(
    workbook: Any, check: Check, evidence: str, found: list[str]
) -> None:
    workbook.put("milestone", "2-4.1", status="Atteint", evidence=evidence)
    assert rules(check(workbook.save())) == found


def test_a_blank_cell_says_nothing_at_all(workbook: Any, check: Check) -> None:
    """Spaces typed over a value are no answer: they must not be read as an empty one."""
    workbook.put("contribution", "1-1", progress_text="   ", status="\u00a0")
    submission = check(workbook.save())
    assert submission.judgement.accepted == []
    assert rules(submission) == ["NOTHING_FILLED"]


def test_label_words_are_forgiven_and_told(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "1-1", status="en  BONNE voie")
    submission = check(workbook.save())
    assert "CHOICE_ADJUSTED" in rules(submission)
    assert submission.judgement.accepted[0].facts["status"] == "on_track"


def test_invisible_characters_are_removed_and_told(workbook: Any, check: Check) -> None:
    workbook.put("contribution", "1-1", progress_text="Texte\u200b collé\u202e d’ailleurs")
    submission = check(workbook.save())
    assert "TEXT_CLEANED" in rules(submission)
    assert submission.judgement.accepted[0].facts["progress_text"] == "Texte collé d’ailleurs"


def test_a_text_that_looks_like_a_formula_stays_a_text(reference: Reference, tmp_path: Path, check: Check) -> None:
    """What a partner writes is kept letter for letter; that it never runs is the writers' business."""
    said = '=HYPERLINK("http://x") & <b>gras</b> ]]> @ici +1 -2'
    path = write_template(
        tmp_path / "CNS-13_DNS.xlsx",
        reference,
        "CNS-13",
        "DNS",
        filled=Filled(contributions={"1-1": {"progress_text": said}}),
    )
    [row] = check(path).judgement.accepted
    assert row.facts["progress_text"] == said


def test_unusual_writings_are_told_with_what_was_read(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-2-2-1", value="400.000", period="fin mars")
    told = {issue["rule"]: issue["message"] for issue in check(workbook.save()).judgement.issues}
    assert "400\u202f000" in told["NUMBER_WRITING"]
    assert "mars\u00a02025" in told["YEAR_ASSUMED"]


def test_a_second_value_takes_a_free_row(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-2-2-1", value=400_000, period="T1 2025")
    workbook.add("measurement", kpi_id="IND-2-2-1", value=410_000, period="mai 2025")
    submission = check(workbook.save())
    assert sorted(row.facts["value"] for row in submission.judgement.accepted) == [400_000.0, 410_000.0]


def test_a_row_that_was_deleted_is_simply_not_read(workbook: Any, check: Check) -> None:
    before = check(workbook.save()).as_json()["rows"]["read"]
    workbook.page("contribution").delete_rows(10, 2)
    submission = check(workbook.save())
    assert submission.as_json()["rows"]["read"] == before - 2
    assert "TEMPLATE_ALTERED" not in rules(submission)


def test_the_hidden_sheet_names_the_workbook_whatever_the_file_is_called(workbook: Any) -> None:
    reading = read_workbook(workbook.save("Copie de mon classeur (3).xlsx"))
    assert (reading.session_code, reading.partner_code, reading.identity_from) == ("CNS-13", "DNS", "sheet")


@pytest.mark.parametrize(
    "name",
    [
        *("CNS-13_DNS.xlsx", "CNS-13_DNS (1).xlsx", "cns-13_dns.xlsx", "CNS-13_DNS_v2.xlsx", "CNS-13_DNS - copie.xlsx"),
        *("Copie de CNS-13_DNS.xlsx", "CNS 13 DNS.xlsx", "cns13-dns vf.xlsx", "DNS – réponse CNS-13.xlsx"),
    ],
)
def test_without_its_hidden_sheet_the_name_says_who_it_is(
    workbook: Any, name: str, reference: Reference, check: Check
) -> None:
    del workbook.book["_jalon"]
    workbook.put("contribution", "1-1", progress_text="Du texte.")
    submission = check(workbook.save(name))
    assert (submission.judgement.session_code, submission.judgement.partner_code) == ("CNS-13", "DNS")
    assert "TEMPLATE_ID_MISSING" in rules(submission)


@pytest.mark.parametrize("name", ["CNS-13_DNS_et_CNAM.xlsx", "CNS-13_Inconnu.xlsx"])
def test_a_name_that_does_not_name_one_partner_is_no_partners(workbook: Any, check: Check, name: str) -> None:
    """« GIE SESAM-Vitale » must not be found in the name of another, nor one of two be picked."""
    del workbook.book["_jalon"]
    assert rules(check(workbook.save(name)))[-1] == "FILE_WRONG_PARTNER"


def test_a_header_with_a_remark_in_brackets_is_found(workbook: Any, check: Check) -> None:
    workbook.put("measurement", "IND-4-2-1", value=4100, period="T1 2025")
    page = workbook.page("measurement")
    page.cell(4, workbook.column("measurement", "value")).value = "Valeur\n(en unités)"
    submission = check(workbook.save())
    assert rules(submission) == ["HEADER_ADJUSTED"]
    assert len(submission.judgement.accepted) == 1


@pytest.mark.parametrize(
    "header", ["Valeur (en milliers)", "Valeur\n(M€)", "Valeur (2024)", "Valeur (cible)", "Valeur (%)"]
)
def test_a_remark_that_may_change_the_figures_makes_another_column(workbook: Any, check: Check, header: str) -> None:
    workbook.put("measurement", "IND-4-2-1", value=4100, period="T1 2025")
    page = workbook.page("measurement")
    page.cell(4, workbook.column("measurement", "value")).value = header
    submission = check(workbook.save())
    assert {"COLUMN_MISSING", "COLUMN_NOT_READ"} <= set(rules(submission))
    assert submission.judgement.accepted == []


@pytest.mark.parametrize("title", ["Valeurs en milliers", "Indicateurs DNS (montants en M€)"])
def test_a_scale_above_the_table_stops_the_sheet(workbook: Any, check: Check, title: str) -> None:
    workbook.put("measurement", "IND-4-2-1", value=4100, period="T1 2025")
    workbook.page("measurement").cell(3, 9).value = title
    submission = check(workbook.save())
    assert "SCALE_ABOVE" in rules(submission)
    assert submission.judgement.accepted == []


@pytest.mark.parametrize("typed", ["-", "—", "?", "néant", "N.D.", "à venir", "sans objet"])
def test_whoever_has_no_value_is_told_of_nc(workbook: Any, check: Check, typed: str) -> None:
    workbook.put("measurement", "IND-4-2-1", value=typed, period="T1 2025")
    (issue,) = check(workbook.save()).judgement.issues
    assert issue["rule"] == "KPI_VALUE_NOT_A_NUMBER"
    assert "«\u00a0NC\u00a0»" in issue["fix"]


@pytest.mark.parametrize(
    ("typed", "is_told"),
    [
        ("400 visites", False),
        ("400 visite", False),
        ("4 M de visites", False),
        ("400 visites mensuelles en tout", False),
        ("400", False),
        ("400 ambulances", True),
        ("400 visites prévues", True),
        ("400 à confirmer", True),
        ("400 par jour", True),
        ("400 hors outre-mer", True),
        ("400 p", True),
        ("4OO", True),
        ("400 Mo", True),
        ("2 centaines", True),
    ],
)
def test_words_beside_a_figure_set_it_aside_save_the_indicators_own(
    workbook: Any, check: Check, typed: str, is_told: bool
) -> None:
    workbook.put("measurement", "IND-11-1-2", value=typed, period="T1 2025", comment="confirmé")
    submission = check(workbook.save())
    assert ("KPI_NOUN_DIFFERS" in rules(submission)) == is_told
    assert bool(submission.judgement.accepted) != is_told


@pytest.mark.parametrize(
    ("typed", "is_told"),
    [("12 % des établissements", False), ("12 % prévu", True), ("88 % non équipés", True), ("12 % à vérifier", True)],
)
def test_words_beside_a_share_set_it_aside_too(workbook: Any, check: Check, typed: str, is_told: bool) -> None:
    workbook.put("measurement", "IND-14-2-1", value=typed, period="T1 2025")
    assert ("KPI_NOUN_DIFFERS" in rules(check(workbook.save()))) == is_told


def test_a_workbook_saved_as_strict_open_xml_is_read(workbook: Any, check: Check, tmp_path: Path) -> None:
    """« Classeur Strict Open XML », one of Excel's own formats, names everything otherwise."""
    workbook.put("measurement", "IND-4-2-1", value="4 100,5", period="T1 2025")
    office = b"http://schemas.openxmlformats.org/"
    strict = b"http://purl.oclc.org/ooxml/"
    (tmp_path / "strict").mkdir()
    with (
        zipfile.ZipFile(workbook.save()) as source,
        zipfile.ZipFile(tmp_path / "strict" / "CNS-13_DNS.xlsx", "w") as to,
    ):
        for name in source.namelist():
            content = source.read(name).replace(office + b"spreadsheetml/2006/main", strict + b"spreadsheetml/main")
            old, new = b"officeDocument/2006/relationships", b"officeDocument/relationships"
            to.writestr(name, content.replace(office + old, strict + new))
    submission = check(tmp_path / "strict" / "CNS-13_DNS.xlsx")
    assert [row.facts["value"] for row in submission.judgement.accepted] == [4100.5]


def test_a_slug_in_the_name_is_the_partner(workbook: Any, reference: Reference) -> None:
    del workbook.book["_jalon"]
    slugs = {partner.partner_slug: code for code, partner in reference.partners.items()}
    reading = read_workbook(workbook.save("CNS-13_GIE-SESAM-Vitale.xlsx"), partners=slugs)
    assert reading.partner_code == "GIE SESAM-Vitale"


def test_a_tampered_hidden_sheet_is_told(workbook: Any, check: Check) -> None:
    workbook.book["_jalon"]["B4"] = "ANS"
    assert "TEMPLATE_ALTERED" in rules(check(workbook.save()))


def test_another_partners_folder_and_another_session_are_refused(workbook: Any, check: Check) -> None:
    path = workbook.save()
    assert rules(check(path, Expected(partner_code="ANS"))) == ["FILE_WRONG_PARTNER"]
    assert rules(check(path, Expected(session_code="CNS-12"))) == ["FILE_WRONG_SESSION"]
    assert "FILE_WRONG_PARTNER" not in rules(check(path, Expected("DNS", "CNS-13")))


CSV = (
    ("Code", "Valeur", "Période", "Précision", "Source", "Commentaire"),
    ("IND-2-2-1", "400 000", "mai 2025", "", "Suivi, mai", "Éprouvé ; à l’été"),
    ("IND-4-2-1", "4 200", "fin mars 2025", "Exacte", "", ""),
)


def as_csv(separator: str) -> str:
    def quoted(cell: str) -> str:
        return f'"{cell}"' if separator in cell or ";" in cell or "," in cell else cell

    return "\r\n".join(separator.join(quoted(cell) for cell in line) for line in CSV)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_indicators_come_as_csv_of_any_usual_kind(tmp_path: Path, check: Check, separator: str, encoding: str) -> None:
    path = tmp_path / "CNS-13_DNS.csv"
    path.write_bytes(as_csv(separator).encode(encoding))
    submission = check(path)
    assert [row.facts["value"] for row in submission.judgement.accepted] == [400_000.0, 4200.0], rules(submission)
    assert submission.judgement.accepted[0].facts["comment"] == "Éprouvé ; à l’été"
    assert submission.judgement.verdict == "accepted", rules(submission)


@pytest.mark.parametrize(
    "content",
    [
        as_csv(";").encode("utf-8")[:60] + b"\xe9\xe8" + as_csv(";").encode("utf-8")[60:],  # two encodings in one
        b"a;b\r\n1;2\r\n",
        b"du texte sans rien",
        b"\xff\xfe" + as_csv(";").encode("utf-16-le")[:-1],
        as_csv(";").encode("mac_roman"),
        as_csv(";").replace("’", "'").encode("cp850"),
        as_csv(";").encode("utf-8").decode("cp1252").encode("utf-8"),  # mojibake already there
        as_csv(";").encode("utf-8") + b'IND-1-1-1;"12;T1 2025\r\nIND-1-1-2;3;T1 2025\r\n',  # swallows the rest
    ],
    ids=["mixed", "no-headers", "prose", "cut-utf16", "macintosh", "dos", "twice", "open-quote"],
)
def test_a_csv_in_doubt_is_asked_about(tmp_path: Path, check: Check, content: bytes) -> None:
    path = tmp_path / "CNS-13_DNS.csv"
    path.write_bytes(content)
    submission = check(path)
    assert rules(submission) == ["FILE_UNSUPPORTED"]
    assert submission.judgement.verdict == "rejected"


REPEATED_VALUE = (
    '<table:table-row table:number-rows-repeated="900000"><table:table-cell table:number-columns-repeated="900" '
    'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
)
FAR_VALUE = (
    '<table:table-row table:number-rows-repeated="999999999"><table:table-cell/></table:table-row><table:table-row>'
    '<table:table-cell office:value-type="string"><text:p>loin</text:p></table:table-cell></table:table-row>'
)


@pytest.mark.parametrize("cells", [REPEATED_VALUE, FAR_VALUE], ids=["repeated", "far"])
def test_an_opendocument_bomb_is_refused(tmp_path: Path, check: Check, cells: str) -> None:
    path = tmp_path / "CNS-13_DNS.ods"
    spaces = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="Avancement">'
        f"{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    assert rules(check(path)) == ["FILE_BOMB"]
