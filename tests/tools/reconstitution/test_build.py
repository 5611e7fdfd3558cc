"""The shipped workbooks are what the builder writes, dated by the sidecar, and say what the report says."""

import csv
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from quality.rows import judge
from sources.french.refusal import Refusal
from sources.landing.drops import former_receptions
from sources.reference.roadmap import Reference
from sources.workbook.reader import read_workbook
from sources.workbook.schema import load_schema
from tools.reconstitution.build import BANNER, PUBLISHED_ON, build
from tools.reconstitution.published import Published

DECIDED_ON = ["2024-12-17", "2025-01-09"]
LEADS = ["ANS", "ATIH", "CNAM", "DGE", "DGOS", "DNS", "GIE-SESAM-Vitale", "HAS", "PDS"]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, reference: Reference, reports: Path) -> Path:
    inbox = tmp_path_factory.mktemp("inbox")
    build(reference, inbox, reports)
    return inbox


def workbooks(inbox: Path) -> dict[str, Path]:
    return {path.parent.name: path for path in sorted((inbox / "partners").glob("*/CNS-12_*.xlsx"))}


def reviews(inbox: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted((inbox / "decisions").glob("*.xlsx"))}


def parts(path: Path) -> dict[str, bytes]:
    """What a workbook holds, whatever the compression library that packed it."""
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_workbook_a_lead_partner(inbox: Path) -> None:
    assert list(workbooks(inbox)) == LEADS


def test_what_is_committed_is_what_the_builder_writes(inbox: Path, rebuilt: Path) -> None:
    # Run `make inbox` when this fails: the rows, the notes, the reference or the template have changed.
    for shipped in (workbooks, reviews):
        written, committed = shipped(rebuilt), shipped(inbox)
        assert list(written) == list(committed)
        assert [name for name, path in written.items() if parts(path) != parts(committed[name])] == []


def test_two_builds_give_the_same_bytes(tmp_path: Path, reference: Reference, reports: Path, rebuilt: Path) -> None:
    build(reference, tmp_path, reports)
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert again == {path.relative_to(rebuilt): path.read_bytes() for path in rebuilt.rglob("*") if path.is_file()}


def test_every_shipped_file_is_dated_by_its_publication(inbox: Path) -> None:
    known = former_receptions(inbox)
    shipped = [*workbooks(inbox).values(), *reviews(inbox).values(), *(inbox / "reports").glob("*.md")]
    dated = {path.name: known[sha256(path.read_bytes()).hexdigest()].received_at.date().isoformat() for path in shipped}
    decided = {f"{day}_{what}.xlsx": day for day in DECIDED_ON for what in ("reprise-historique", "lectures")}
    assert dated == PUBLISHED_ON | decided | {path.name: "2024-12-17" for path in workbooks(inbox).values()}


def test_the_sidecar_names_nothing_else(inbox: Path) -> None:
    with (inbox / "receptions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(LEADS) + len(PUBLISHED_ON) + 2 * len(DECIDED_ON)
    assert {row["origin"] for row in rows} == {"reconstituted"}


def test_a_note_nobody_dated_is_refused(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "nouvelle.md").write_text("# Nouvelle\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"nouvelle\.md: add to PUBLISHED_ON"):
        build(reference, tmp_path, tmp_path / "reports")


@pytest.fixture(scope="module")
def cnam(inbox: Path):
    from openpyxl import load_workbook

    return load_workbook(workbooks(inbox)["CNAM"])


def cells(sheet) -> dict[str, dict[str, str]]:
    """The rows of a sheet by code, each by header."""
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    headers = rows[0]
    return {row[0]: dict(zip(headers, row, strict=True)) for row in rows[1:] if row[0]}


def test_says_that_it_is_reconstituted(cnam) -> None:
    assert BANNER in {cell.value for row in cnam["Lisez-moi"].iter_rows(max_row=4) for cell in row}


def test_writes_statuses_as_a_partner_reads_them(cnam) -> None:
    rows = cells(cnam["Avancement"])
    assert (rows["8-4"]["Statut"], rows["8-1"]["Statut"], rows["1-2"]["Statut"]) == ("En retard", "Sans avancée", "NC")


def test_writes_values_and_periods_as_text(cnam) -> None:
    row = cells(cnam["Indicateurs"])["IND-8-4-2"]
    assert (row["Valeur"], row["Période"], row["Précision"]) == ("30\u202f000", "décembre 2024 à ce jour", "Environ")


def test_leaves_blank_what_the_report_does_not_say(cnam) -> None:
    row = cells(cnam["Indicateurs"])["IND-8-4-1"]
    assert (row["Valeur"], row["Période"], row["Source"]) == (None, None, None)


def test_contributors_rows_stay_blank(cnam, reference: Reference) -> None:
    contributed = {code for code in reference.actions_of("CNAM") if reference.lead_of(code) != "CNAM"}
    filled = {code for code, row in cells(cnam["Avancement"]).items() if row["Avancement"] or row["Statut"]}
    assert filled & contributed == set()


def test_the_reader_takes_every_cell_without_a_remark(inbox: Path, published: Published) -> None:
    readings = [read_workbook(path) for path in workbooks(inbox).values()]
    assert [issue for reading in readings for issue in reading.issues] == []
    rows = [row for reading in readings for row in reading.rows]
    assert [
        (row.row_id, key) for row in rows for key, answer in row.values.items() if isinstance(answer, Refusal)
    ] == []
    measured = [row for row in rows if row.sheet == "measurement" and "value" in row.values]
    assert len(measured) == len(published.measurements)


def test_every_row_is_accepted_without_a_remark(inbox: Path, reference: Reference, published: Published) -> None:
    judgements = [judge(read_workbook(path), load_schema(), reference) for path in workbooks(inbox).values()]
    assert [issue for judgement in judgements for issue in judgement.issues] == []
    assert {judgement.verdict for judgement in judgements} == {"accepted"}
    answered = len(published.contributions) + len(published.milestones) + len(published.measurements)
    assert sum(len(judgement.accepted) for judgement in judgements) == answered
