"""Template → filled in LibreOffice → dropped → receipt → corrected in LibreOffice → accepted, as .xlsx and as .ods.

LibreOffice is driven by its own scripting interface, so that every file in between is one that a person's tool saved.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from orchestration.services.reception.check import Submission

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8", ".xls": "MS Excel 97"}
TYPIST = """
import json, sys, time, uno
from com.sun.star.beans import PropertyValue

def said(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())

work = json.load(open(sys.argv[1], encoding="utf-8"))
resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
for _ in range(120):
    try:
        context = resolver.resolve(f"uno:pipe,name={work['pipe']};urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(0.5)
desktop = context.ServiceManager.createInstance("com.sun.star.frame.Desktop")
document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(work["source"]), "_blank", 0, said(Hidden=True))
for sheet, cell, text in work["typed"]:
    document.Sheets.getByName(sheet).getCellRangeByName(cell).setFormula(text)
document.storeToURL(uno.systemPathToFileUrl(work["target"]), said(FilterName=work["filter"]))
document.close(True)
try:
    desktop.terminate()
except Exception:
    pass
"""


def python_of_libreoffice() -> str | None:
    """A Python that speaks LibreOffice's language, None when there is none."""
    for candidate in ("/usr/bin/python3", "/usr/lib/libreoffice/program/python", "/opt/libreoffice/program/python"):
        if (
            Path(candidate).exists()
            and not subprocess.run([candidate, "-c", "import uno"], capture_output=True, check=False).returncode
        ):
            return candidate
    return None


PYTHON = python_of_libreoffice() if shutil.which("soffice") else None
pytestmark = [
    pytest.mark.skipif(PYTHON is None, reason="LibreOffice (soffice, python3-uno) is not on this machine"),
]


class LibreOffice:
    """A LibreOffice with a profile of its own: open, type, save as."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = folder / "profile"

    def type_into(self, source: Path, target: Path, typed: Sequence[tuple[str, str, str]] = ()) -> Path:
        """Open `source`, type texts into (sheet, cell), save as `target` in the format of its name."""
        target.parent.mkdir(exist_ok=True)
        pipe = f"jalon{os.getpid()}"
        order = {
            "pipe": pipe,
            "source": str(source),
            "target": str(target),
            "typed": list(typed),
            "filter": FILTERS[target.suffix],
        }
        work, script = self.folder / "work.json", self.folder / "typist.py"
        work.write_text(json.dumps(order), encoding="utf-8")
        script.write_text(TYPIST, encoding="utf-8")
        office = subprocess.Popen(
            ["soffice", f"-env:UserInstallation=file://{self.profile}", "--headless", "--norestore", "--nologo",
             f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            done = subprocess.run([PYTHON or "", str(script), str(work)], capture_output=True, timeout=240, check=False)
            office.wait(timeout=60)
        finally:
            office.kill()
            office.wait()
        assert target.is_file(), done.stderr.decode(errors="replace")
        return target


@pytest.fixture
def libreoffice(tmp_path: Path) -> LibreOffice:
    return LibreOffice(tmp_path)


def cell_of(path: Path, sheet: str, code: str, column: str) -> str:
    """Where the answer of a row goes in an .xlsx."""
    page = openpyxl.load_workbook(path)[sheet]
    return next(f"{column}{row[0].row}" for row in page.iter_rows(max_col=1) if row[0].value == code)


@pytest.mark.parametrize("extension", [".xlsx", ".ods"])
def test_a_partner_with_libreoffice_gets_there(
    extension: str, template: Path, libreoffice: LibreOffice, desk: Any, check: Callable[..., Submission]
) -> None:
    value = cell_of(template, "Indicateurs", "IND-2-2-1", "I")
    typed = [
        ("Avancement", cell_of(template, "Avancement", "1-1", "E"), "En bonne voie"),
        ("Avancement", cell_of(template, "Avancement", "1-1", "G"), "Les dépôts dépassent 32 millions par mois."),
        ("Jalons", cell_of(template, "Jalons", "2-4.1", "F"), "Atteint"),
        ("Jalons", cell_of(template, "Jalons", "2-4.1", "H"), "mars 2025"),
        ("Indicateurs", value, "quatre cent mille"),
        ("Indicateurs", value.replace("I", "J"), "fin mai 2025"),
    ]
    filled = libreoffice.type_into(template, libreoffice.folder / f"CNS-13_DNS{extension}", typed)
    desk.landing.receive(filled, channel="submissions", received_at=datetime(2025, 6, 2, tzinfo=UTC), folder="DNS")
    [receipt] = desk.give()
    first = check(filled)
    assert [issue["rule"] for issue in first.judgement.issues] == ["KPI_VALUE_NOT_A_NUMBER"]
    assert len(first.judgement.accepted) == 2
    corrected = cell_of(receipt, "Indicateurs", "IND-2-2-1", "I")
    again = libreoffice.type_into(
        receipt,
        libreoffice.folder / "again" / f"CNS-13_DNS{extension}",
        [("Indicateurs", corrected, "environ 400 000")],
    )
    second = check(again)
    assert second.judgement.issues == []
    assert second.judgement.verdict == "accepted"
    facts: list[dict[str, Any]] = [row.facts for row in second.judgement.accepted]
    assert [f.get("value") for f in facts if "kpi_id" in f] == [400_000.0]
    assert [f["status"] for f in facts if "action_code" in f] == ["on_track"]
    assert [f["actual_on_precision"] for f in facts if "commitment_id" in f] == ["month"]


@pytest.mark.parametrize("extension", [".xlsx", ".ods", ".xls"])
def test_libreoffice_loses_nothing_of_a_full_workbook(
    extension: str, libreoffice: LibreOffice, workbook: Any, seeded: Any, check: Callable[..., Submission]
) -> None:
    """Every seeded fault is found again after LibreOffice saved the file: nothing was lost on the way."""
    computed = {"CELL_ERROR", "FORMULA_NOT_COMPUTED"}  # LibreOffice would make something of them
    for rule, make in seeded.items():
        if rule not in computed:
            make(workbook)
    ours = workbook.save()
    saved = libreoffice.type_into(ours, libreoffice.folder / "out" / f"CNS-13_DNS{extension}")
    before, after = check(ours), check(saved)
    told = [(i["rule"], i["sheet"], i["cell"]) for i in after.judgement.issues]
    # an .xls does not tell which cells are formulas, and says so
    assert told == [
        *([("FORMULAS_UNKNOWN", None, None)] if extension == ".xls" else []),
        *((i["rule"], i["sheet"], i["cell"]) for i in before.judgement.issues),
    ]
    assert after.as_json()["rows"] == before.as_json()["rows"]


@pytest.mark.parametrize("extension", [".xlsx", ".ods", ".xls"])
def test_what_a_value_hides_is_seen_in_every_format(
    extension: str, libreoffice: LibreOffice, workbook: Any, check: Callable[..., Submission]
) -> None:
    """Percentages, months, formulas, errors, hidden rows and merged cells, as LibreOffice writes them."""
    percent = workbook.put("measurement", "IND-6-1-1", value=0.12, period=date(2025, 3, 1))
    workbook.cell("measurement", "IND-6-1-1", "value").number_format = "0%"
    workbook.cell("measurement", "IND-6-1-1", "period").number_format = "mmm-yy"
    formula = workbook.put("measurement", "IND-2-2-1", value="=200000*2", period="mai 2025")
    error = workbook.put("measurement", "IND-7-2-1", value="=1/0", period="mai 2025")
    hidden = workbook.put("contribution", "16-1", progress_text="Une étape est franchie.")
    workbook.page("contribution").row_dimensions[hidden].hidden = True
    merged = workbook.put("contribution", "4-2", progress_text="Sur deux lignes.")
    workbook.page("contribution").merge_cells(f"G{merged}:G{merged + 1}")
    saved = libreoffice.type_into(workbook.save(), libreoffice.folder / "out" / f"CNS-13_DNS{extension}")
    submission = check(saved)
    told = {(issue["rule"], issue["cell"]) for issue in submission.judgement.issues}
    # No longer checked of an .xls: that the value of a formula is told as one, cell by cell. xlrd does not know.
    is_xls = extension == ".xls"
    assert told == {
        ("PERCENT_CELL", f"I{percent}"),
        ("FORMULAS_UNKNOWN", None) if is_xls else ("FORMULA_VALUE", f"I{formula}"),
        ("CELL_ERROR", f"I{error}"),
        ("ROW_HIDDEN", f"A{hidden}"),
        ("CELLS_MERGED", f"G{merged}"),
        ("CELLS_MERGED", f"G{merged + 1}"),
    }
    facts = {row.facts["kpi_id"]: row.facts for row in submission.judgement.accepted if "kpi_id" in row.facts}
    assert facts["IND-6-1-1"]["value"] == 12.0
    assert (facts["IND-6-1-1"]["period_start"], facts["IND-6-1-1"]["period_precision"]) == (date(2025, 3, 1), "month")
    assert facts["IND-2-2-1"]["value"] == 400_000.0


@pytest.mark.parametrize("extension", [".xlsx", ".ods", ".xls"])
def test_what_the_eye_sees_is_told_in_every_format(
    extension: str, libreoffice: LibreOffice, workbook: Any, check: Callable[..., Submission]
) -> None:
    """Raised and struck out text, formats with words, notes, coloured rows, as LibreOffice writes them."""
    kpis = ("IND-1-1-1", "IND-4-1-3", "IND-1-1-3", "IND-4-2-1", "IND-5-1-2", "IND-6-1-3")
    values = (CellRichText("8", TextBlock(InlineFont(vertAlign="superscript"), "1"), " %"), 3100, 52.3, 4000, 86, 18)
    rows = {
        kpi: workbook.put("measurement", kpi, value=v, period="T1 2025") for kpi, v in zip(kpis, values, strict=True)
    }
    workbook.cell("measurement", "IND-4-1-3", "value").font = Font(strike=True)
    workbook.cell("measurement", "IND-1-1-3", "value").number_format = '0.0" M"'
    workbook.cell("measurement", "IND-4-2-1", "value").comment = Comment("Plutôt 4 200", "Paul")
    workbook.cell("measurement", "IND-5-1-2", "kpi_label").font = Font(strike=True)
    workbook.cell("measurement", "IND-6-1-3", "value").fill = PatternFill("solid", fgColor="FFFF0000")
    workbook.page("measurement").cell(3, 1).value = "Les lignes en rouge sont à ignorer."
    saved = libreoffice.type_into(workbook.save(), libreoffice.folder / "out" / f"CNS-13_DNS{extension}")
    submission = check(saved)
    told = {(issue["rule"], issue["cell"]) for issue in submission.judgement.issues}
    assert told - {("FORMULAS_UNKNOWN", None)} == {
        ("CELL_RAISED", f"I{rows['IND-1-1-1']}"),
        ("CELL_STRUCK", f"I{rows['IND-4-1-3']}"),
        ("CELL_SHOWN_OTHERWISE", f"I{rows['IND-1-1-3']}"),
        ("CELL_NOTE", f"I{rows['IND-4-2-1']}"),
        ("ROW_STRUCK", f"A{rows['IND-5-1-2']}"),
        ("ROW_COLOURED", f"A{rows['IND-6-1-3']}"),
    }
    assert submission.judgement.accepted == []
