"""A partner at work: takes the pre-filled workbook, types and pastes what a test asks for, and drops it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from orchestration.services.reception.check import Submission, check_file
from orchestration.services.reception.ingest import read_all
from orchestration.services.reception.receipts import Desk, desk_of, give_receipts
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import Paths
from quality.rows import Expected
from sources.landing.store import Landing, Reception
from sources.reference.roadmap import Reference, load_reference
from sources.workbook.prefill import Previous
from sources.workbook.schema import WorkbookSchema, load_schema
from sources.workbook.template import template_name, write_template

SESSION, PARTNER = "CNS-13", "DNS"


class PartnerWorkbook:
    """A workbook being filled in. Rows are named by their code, columns by the schema's keys."""

    def __init__(self, source: Path, schema: WorkbookSchema, target: Path) -> None:
        self.schema, self.target = schema, target
        self.book = openpyxl.load_workbook(source)
        self.added = dict.fromkeys((sheet.key for sheet in schema.sheets), 0)

    def page(self, sheet: str) -> Any:
        return self.book[self.schema.sheet(sheet).name]

    def column(self, sheet: str, key: str) -> int:
        """The column of a key; one that the template does not print is added at the right, as a partner would."""
        of_sheet = self.schema.sheet(sheet)
        printed = [column.key for column in of_sheet.printed]
        if key in printed:
            return printed.index(key) + 1
        added = len(printed) + 1
        self.page(sheet).cell(self.schema.header_row, added).value = of_sheet.column(key).header
        return added

    def row(self, sheet: str, code: str) -> int:
        for row in range(self.schema.header_row + 1, self.page(sheet).max_row + 1):
            if self.page(sheet).cell(row, 1).value == code:
                return row
        raise LookupError(f"{sheet} has no row {code}")

    def cell(self, sheet: str, code: str, key: str) -> Any:
        return self.page(sheet).cell(self.row(sheet, code), self.column(sheet, key))

    def put(self, sheet: str, code: str, /, **answers: Any) -> int:
        """Type answers into the row of a code; returns its number."""
        for key, value in answers.items():
            self.cell(sheet, code, key).value = value
        return self.row(sheet, code)

    def add(self, sheet: str, **answers: Any) -> int:
        """A row of one's own below the pre-filled ones; returns its number."""
        codes = [self.page(sheet).cell(row, 1).value for row in range(1, self.page(sheet).max_row + 1)]
        self.added[sheet] += 1
        row = max(number for number, code in enumerate(codes, 1) if code) + (1 if self.added[sheet] == 1 else 0)
        while any(self.page(sheet).cell(row, column).value for column in range(1, 12)):
            row += 1
        for key, value in answers.items():
            self.page(sheet).cell(row, self.column(sheet, key)).value = value
        return row

    def save(self, name: str | None = None) -> Path:
        path = self.target / (name or f"{SESSION}_{PARTNER}.xlsx")
        self.book.save(path)
        return path


@pytest.fixture(scope="session")
def reference(project_root: Path) -> Reference:
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.fixture(scope="session")
def schema() -> WorkbookSchema:
    return load_schema()


@pytest.fixture(scope="session")
def previous() -> Previous:
    """What CNS-12 left: enough history for every rule of sense."""

    def known(value: float, year: int, month: int) -> dict[str, Any]:
        return {
            "value": value,
            "qualifier": "exact",
            "period_end": date(year, month, 28),
            "period_precision": "month",
        }

    return Previous(
        actions={"1-1": {"status": "on_track", "progress_text": "Le rythme des dépôts continue de monter."}},
        milestones={"2-3.1": {"status": "on_track"}},
        kpis={
            "IND-1-1-1": [known(340e6, 2024, 4), known(360e6, 2024, 10)],
            "IND-2-2-1": [known(350_000, 2024, 6), known(390_000, 2024, 11)],
            "IND-4-2-1": [known(4000, 2024, 11)],
            "IND-18-4-1": [known(310, 2024, 11)],
            "IND-11-1-1": [known(20e6, 2024, 11)],
        },
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, reference: Reference, previous: Previous) -> Path:
    """The pre-filled workbook, written once."""
    folder = tmp_path_factory.mktemp("templates")
    return write_template(
        folder / template_name(reference, SESSION, PARTNER), reference, SESSION, PARTNER, previous=previous
    )


@pytest.fixture
def workbook(template: Path, schema: WorkbookSchema, tmp_path: Path) -> PartnerWorkbook:
    return PartnerWorkbook(template, schema, tmp_path)


@pytest.fixture(scope="session")
def check(reference: Reference, previous: Previous) -> Callable[..., Submission]:
    """Drop a file and get its judgement."""

    def run(path: Path, expected: Expected | None = None, known: Previous | None = None) -> Submission:
        return check_file(path, reference, previous=known or previous, expected=expected)

    return run


@dataclass(frozen=True)
class OpenDesk(Desk):
    """A desk that has what was dropped read first, as a run does."""

    def give(self) -> list[Path]:
        """The receipts that are owed."""
        read_all(self.landing, self.reader, lambda _: None)
        return give_receipts(self, lambda _: None)


@pytest.fixture
def desk(tmp_path: Path, project_root: Path, reference: Reference, previous: Previous) -> OpenDesk:
    """Where receipts are made; nothing is built, so that nobody knows what is still expected."""
    paths = Paths(home=tmp_path / "home", inbox=tmp_path / "inbox", project=project_root)
    reader = SubmissionsReader(paths, reference, previous=lambda _: previous)
    desk = desk_of(paths, Landing(paths.home).open(), reference, lambda _: None)
    known = {"reader": reader, "previous": lambda _: previous}
    return OpenDesk(**{**{field.name: getattr(desk, field.name) for field in fields(Desk)}, **known})


@pytest.fixture(scope="session")
def dropped_by_hand() -> Reception:
    """How a workbook came, for tests of the rows it leaves."""
    noon = datetime(2025, 6, 1, 12, tzinfo=UTC)
    return Reception("0" * 64, f"{SESSION}_{PARTNER}.xlsx", "submissions", noon, noon, "partner", PARTNER, 1)


@dataclass(frozen=True)
class AllFaults:
    """One workbook with a fault for every rule: where each was made, and what became of the file."""

    rows: Mapping[str, int]
    submission: Submission


@pytest.fixture(scope="session")
def all_faults(
    template: Path, schema: WorkbookSchema, check: Callable[..., Submission], tmp_path_factory: pytest.TempPathFactory
) -> AllFaults:
    book = PartnerWorkbook(template, schema, tmp_path_factory.mktemp("faults"))
    rows = {rule: make(book) for rule, make in SEEDED.items()}
    book.put("measurement", "IND-7-2-1", value="plus de 1 200", period="mai 2025")
    return AllFaults(rows, check(book.save()))


@pytest.fixture(scope="session")
def all_warnings(
    template: Path, schema: WorkbookSchema, check: Callable[..., Submission], tmp_path_factory: pytest.TempPathFactory
) -> AllFaults:
    """The same with the faults alone that set no row aside."""
    book = PartnerWorkbook(template, schema, tmp_path_factory.mktemp("warnings"))
    rows = {rule: make(book) for rule, make in SEEDED.items() if schema.rules[rule].severity != "error"}
    return AllFaults(rows, check(book.save()))


@pytest.fixture(scope="session")
def seeded() -> Mapping[str, Callable[[PartnerWorkbook], int]]:
    """One fault a rule: how a partner makes it. Each returns the number of the row that must be told."""
    return SEEDED


def _twice(book: PartnerWorkbook, sheet: str, code: str, **answers: Any) -> int:
    row = book.put(sheet, code, **answers)
    book.add(sheet, **{book.schema.sheet(sheet).key_column: code}, **answers)
    return row


def _merged(book: PartnerWorkbook) -> int:
    row = book.put("contribution", "16-1", progress_text="Un texte pour deux lignes.")
    column = book.cell("contribution", "16-1", "progress_text").column_letter
    book.page("contribution").merge_cells(f"{column}{row}:{column}{row + 1}")
    return row


def _dressed(book: PartnerWorkbook, kpi: str, key: str, **looks: Any) -> int:
    """A value, and what one of the row's cells looks like."""
    row = book.put("measurement", kpi, value=12, period="T1 2025")
    for name, look in looks.items():
        setattr(book.cell("measurement", kpi, key), name, look)
    return row


def _coloured(book: PartnerWorkbook) -> int:
    book.page("measurement").cell(3, 3).value = "Les lignes en rouge sont à ignorer."
    return _dressed(book, "IND-18-1-3", "kpi_label", fill=PatternFill("solid", fgColor="FFFF0000"))


MISSING = "un code"
SEEDED: dict[str, Callable[[PartnerWorkbook], int]] = {
    "CELL_ERROR": lambda b: b.put("contribution", "4-2", progress_text="#REF!"),
    "FORMULA_NOT_COMPUTED": lambda b: b.put("measurement", "IND-4-1-2", value="=SUM(A1:A3)", period="T1 2025"),
    "CELLS_MERGED": _merged,
    "CELL_STRUCK": lambda b: _dressed(b, "IND-13-2-1", "value", font=Font(strike=True)),
    "CELL_RAISED": lambda b: b.put("measurement", "IND-13-2-2", value="8¹", period="T1 2025"),
    "CELL_SHOWN_OTHERWISE": lambda b: _dressed(b, "IND-13-2-3", "value", number_format='0" M"'),
    "CELL_NOTE": lambda b: _dressed(b, "IND-13-2-4", "value", comment=Comment("Plutôt 14", "Paul")),
    "ROW_STRUCK": lambda b: _dressed(b, "IND-13-2-5", "kpi_label", font=Font(strike=True)),
    "ROW_COLOURED": _coloured,
    "TEXT_TOO_LONG": lambda b: b.put("contribution", "4-3", progress_text="long " * 1200),
    "ROW_WITHOUT_CODE": lambda b: b.add("measurement", value=12, period="T1 2025"),
    "ACTION_UNKNOWN": lambda b: b.add("contribution", action_code="99-9", progress_text="Une action de trop."),
    "MILESTONE_UNKNOWN": lambda b: b.add("milestone", commitment_id="99-9.1", status="Atteint"),
    "MILESTONE_IS_A_TARGET": lambda b: b.add("milestone", commitment_id="2-2.1", status="Atteint"),
    "KPI_UNKNOWN": lambda b: b.add("measurement", kpi_id="IND-99-9-9", value=3, period="T1 2025"),
    "TERRITORY_UNKNOWN": lambda b: b.add("measurement", kpi_id="IND-7-2-3", value=3, period="T1 2025", territory="75"),
    "ACTION_LABEL_OF_ANOTHER": lambda b: b.put(
        "contribution", "14-2", action_title=b.cell("contribution", "15-1", "action_title").value, status="En retard"
    ),
    "MILESTONE_LABEL_OF_ANOTHER": lambda b: b.put(
        "milestone", "7-1.1", commitment_label=b.cell("milestone", "7-2.1", "commitment_label").value, status="Atteint"
    ),
    "KPI_LABEL_OF_ANOTHER": lambda b: b.put(
        "measurement", "IND-9-2-1", kpi_label=b.cell("measurement", "IND-9-2-2", "kpi_label").value, value=3
    ),
    "LOCKED_TEXT_CHANGED": lambda b: b.put(
        "contribution", "15-5", action_title="Autrement dit", progress_text="Une journée a été tenue."
    ),
    "KPI_UNIT_CHANGED": lambda b: b.put("measurement", "IND-9-2-2", unit="millier", value=20, period="T1 2025"),
    "ACTION_NOT_YOURS": lambda b: b.add("contribution", action_code="6-3", progress_text="Ce n’est pas la nôtre."),
    "MILESTONE_NOT_YOURS": lambda b: b.add("milestone", commitment_id="1-2.1", status="En bonne voie"),
    "KPI_NOT_YOURS": lambda b: b.add("measurement", kpi_id="IND-7-3-1", value=3, period="T1 2025"),
    "ACTION_TWICE": lambda b: _twice(b, "contribution", "5-1", progress_text="Deux fois."),
    "STATUS_UNKNOWN": lambda b: b.put("contribution", "5-2", status="Presque fini"),
    "ACHIEVED_ON_NOT_A_DATE": lambda b: b.put("contribution", "5-3", status="Atteint", achieved_on="bientôt"),
    "ACHIEVED_ON_IN_FUTURE": lambda b: b.put("contribution", "5-5", status="Atteint", achieved_on="T4 2026"),
    "ACHIEVED_WITHOUT_DATE": lambda b: b.put("contribution", "7-1", status="Atteint"),
    "STATUS_FROM_CONTRIBUTOR": lambda b: b.put("contribution", "1-2", status="En bonne voie"),
    "TEXT_UNCHANGED": lambda b: b.put("contribution", "1-1", progress_text="le rythme  des dépôts continue de monter."),
    "NEXT_STEPS_IN_PAST": lambda b: b.put("contribution", "7-2", next_steps="Une charte sera proposée au S1 2024."),
    "STATUS_AGAINST_FIGURES": lambda b: b.put(
        "contribution", "11-1", status="Atteint", achieved_on="T1 2025", progress_text="Tout est prêt."
    ),
    "STATUS_BEHIND_FIGURES": lambda b: b.put("contribution", "18-4", status="En retard"),
    "MILESTONE_TWICE": lambda b: _twice(b, "milestone", "2-3.1", status="En bonne voie"),
    "MILESTONE_STATUS_UNKNOWN": lambda b: b.put("milestone", "2-4.1", status="Fini !"),
    "FORECAST_NOT_A_DATE": lambda b: b.put("milestone", "4-3.1", status="En retard", forecast_on="quand ce sera prêt"),
    "ACTUAL_NOT_A_DATE": lambda b: b.put("milestone", "4-3.2", status="Atteint", actual_on="31/02/2025"),
    "ACTUAL_IN_FUTURE": lambda b: b.put("milestone", "5-1.3", status="Atteint", actual_on="01/09/2026"),
    "DONE_WITHOUT_PROOF": lambda b: b.put("milestone", "5-2.1", status="Atteint"),
    "DATE_WITHOUT_DONE": lambda b: b.put("milestone", "5-2.2", status="En bonne voie", actual_on="mars 2025"),
    "FORECAST_IN_PAST": lambda b: b.put("milestone", "5-3.1", forecast_on="mars 2024"),
    "FORECAST_AFTER_DEADLINE": lambda b: b.put("milestone", "6-2.1", status="En bonne voie", forecast_on="2027"),
    "KPI_TWICE": lambda b: _twice(b, "measurement", "IND-4-1-3", value=3100, period="T1 2025"),
    "KPI_VALUE_NOT_A_NUMBER": lambda b: b.put("measurement", "IND-4-1-4", value="beaucoup", period="T1 2025"),
    "KPI_VALUE_IS_AN_EVOLUTION": lambda b: b.put("measurement", "IND-14-2-1", value="+12 %", period="T1 2025"),
    "KPI_VALUE_IS_A_RANGE": lambda b: b.put("measurement", "IND-5-1-1", value="37 à 40", period="T1 2025"),
    "KPI_VALUE_AMBIGUOUS": lambda b: b.put("measurement", "IND-5-1-2", value="1,234", period="T1 2025"),
    "KPI_PERIOD_LONG_AGO": lambda b: b.put("measurement", "IND-11-1-3", value=3, period="mars 2015"),
    "ROW_SAID_TO_IGNORE": lambda b: _dressed(b, "IND-15-3-2", "kpi_label", comment=Comment("À ignorer", "Paul")),
    "KPI_VALUE_MISSING": lambda b: b.put("measurement", "IND-5-3-1", period="T1 2025"),
    "KPI_PERIOD_MISSING": lambda b: b.put("measurement", "IND-5-3-2", value=31),
    "KPI_PERIOD_NOT_READ": lambda b: b.put("measurement", "IND-5-6-1", value=3, period="bientôt"),
    "KPI_QUALIFIER_UNKNOWN": lambda b: b.put(
        "measurement", "IND-5-6-2", value=3, period="T1 2025", qualifier="À la louche"
    ),
    "KPI_QUALIFIER_TWICE": lambda b: b.put(
        "measurement", "IND-5-6-3", value="environ 12", period="T1 2025", qualifier="Exacte"
    ),
    "KPI_UNIT_MISMATCH": lambda b: b.put("measurement", "IND-6-1-2", value="12 %", period="T1 2025"),
    "KPI_NOUN_DIFFERS": lambda b: b.put("measurement", "IND-11-1-2", value="400 ambulances", period="T1 2025"),
    "KPI_SHARE_BELOW_ONE": lambda b: b.put("measurement", "IND-7-2-2", value=0.12, period="T1 2025"),
    "KPI_OUT_OF_BOUNDS": lambda b: b.put("measurement", "IND-6-1-1", value=140, period="T1 2025"),
    "KPI_PERIOD_IN_FUTURE": lambda b: b.put("measurement", "IND-6-1-3", value=12, period="T4 2026", nature="Réalisé"),
    "KPI_NATURE_UNKNOWN": lambda b: b.put("measurement", "IND-1-1-2", value=12, period="T1 2025", nature="Espéré"),
    "KPI_NATURE_ASSUMED": lambda b: b.put("measurement", "IND-18-1-1", value=12, period="T4 2026"),
    "KPI_FORECAST_OF_THE_PAST": lambda b: b.put(
        "measurement", "IND-18-1-2", value=12, period="T1 2025", nature="Prévision"
    ),
    "KPI_UNIT_SLIP": lambda b: b.put("measurement", "IND-1-1-1", value=36_500_000, period="T1 2025"),
    "KPI_JUMP": lambda b: b.put("measurement", "IND-2-2-1", value=990_000, period="T1 2025"),
    "KPI_AGAINST_DIRECTION": lambda b: b.put("measurement", "IND-11-1-1", value=15_000_000, period="T1 2025"),
    "KPI_CUMULATIVE_FELL": lambda b: b.put("measurement", "IND-4-2-1", value=3500, period="T1 2025"),
    "KPI_SAID_TO_IGNORE": lambda b: b.put("measurement", "IND-10-2-2", value=12, period="T1 2025", comment="À ignorer"),
    "KPI_SCALE_IN_COMMENT": lambda b: b.put(
        "measurement", "IND-10-1-2", value=12, period="T1 2025", comment="Effectif en milliers"
    ),
    "KPI_COMMENT_SAYS_WRONG": lambda b: b.put(
        "measurement", "IND-10-1-5", value=12, period="T1 2025", comment="Chiffre faux, à corriger"
    ),
    "KPI_COMMENT_SAYS_AIM": lambda b: b.put(
        "measurement", "IND-10-1-6", value=12, period="T1 2025", comment="Objectif 2025"
    ),
    "KPI_COMMENT_DOUBTS": lambda b: b.put(
        "measurement", "IND-1-1-4", value=12, period="T1 2025", comment="À confirmer par la CNAM"
    ),
}
