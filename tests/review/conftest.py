"""A small review: two facts, a conflict, two commitments, subjects to decide on. What it says is fictional."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from sources.review import Candidates, CommitmentCase, Conflict, Fact, Subject, Vocabulary, export_review

STATUSES = {
    "achieved": "Atteint",
    "on_track": "En bonne voie",
    "at_risk": "À risque",
    "late": "En retard",
    "in_progress": "En cours, non évaluable",
}
RELATIONS = {"same": "Équivalente", "different": "Non comparable"}
UNITS = {"IND-8-4-1": "%", "IND-8-4-2": "médecin", "IND-8-4-4": "pharmacie", "IND-3-1-1": "application"}
FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
UNLINKED = "00ff00ff00ff00ff"
CONFLICT = "IND-7-2-1|2024-12-17"
MEASURE = "IND-8-4-2|FR|2024-12-31"


def fact(key: str, **changes: Any) -> Fact:
    said: dict[str, Any] = {
        "fact_key": key,
        "action_code": "8-4",
        "kpi_id": "IND-8-4-2",
        "kpi_label": "Médecins & <ordonnances>",
        "value": 34263.0,
        "unit": "médecin",
        "qualifier": "exact",
        "period_end": date(2024, 12, 31),
        "period_precision": "day",
        "prefix": "- Au 31 décembre 2024, ",
        "quote": "34 263 médecins",
        "suffix": " ont créé une ordonnance.",
        "document": "doctrine.md",
        "locator": "p. 1, l. 19",
        "confidence": 1.0,
    }
    return Fact(**{**said, **changes})


@pytest.fixture(scope="session")
def candidates() -> Candidates:
    conflict = Conflict(
        action_code="7-2",
        kpi_id="IND-7-2-1",
        kpi_label="Établissements retenus",
        unit="établissement",
        period_end=date(2024, 12, 17),
        source_a="CNS-12_DNS.xlsx",
        value_a=2350.0,
        qualifier_a="approx",
        source_b="article.md",
        value_b=2344.0,
        qualifier_b="exact",
        verdict="compatible",
    )
    commitments = (
        CommitmentCase("8-4.1", "Logiciels", date(2024, 12, 31), "year", "Non évalué", "", ""),
        CommitmentCase("8-3.2", "Feuilles de soins", None, None, "Non évalué", "", "En retard : rapport, l. 12"),
    )
    subjects = (
        Subject(
            "comparability", "12-1.1|IND-12-1-1", "12-1", "Médecins", "en attente", "Des médecins de ville.", "", "same"
        ),
        Subject("denominator", "13-2.2|IND-13-2-2", "13-2", "SAMU", "sans dénominateur", "Sans le total.", "", ""),
        Subject("action", "7-2", "7-2", "Hôpital", "En bonne voie", "", "", "on_track|"),
        Subject("action", "8-4", "8-4", "Ordonnance", "En retard", "Déclaré et calculé s’écartent", "", "late|"),
        Subject("commitment", "8-4.1", "8-4", "Logiciels", "Non évalué"),
        Subject("measure", MEASURE, "8-4", "Médecins", "34 263"),
    )
    facts = (
        fact(FIRST),
        fact(SECOND, quote="=34 263", prefix="", confidence=0.7, value=0.5, qualifier="approx"),
        fact(UNLINKED, kpi_id="", kpi_label="", state="unlinked", waits_for="no_kpi", confidence=0.0),
    )
    vocabulary = Vocabulary(STATUSES, RELATIONS, UNITS)
    return Candidates("CNS-12", date(2024, 12, 17), vocabulary, facts, (conflict,), commitments, subjects)


class Filling:
    """The exported workbook in a reviewer's hands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = load_workbook(path)

    def row(self, sheet: str, key: str) -> int:
        """The row of a key, counted from 1."""
        return next(line[0].row for line in self.book[sheet].iter_rows(min_row=5) if line[0].value == key)

    def column(self, sheet: str, header: str) -> int:
        return next(cell.column for cell in self.book[sheet][4] if cell.value == header)

    def write(self, sheet: str, key: str, **cells: Any) -> "Filling":
        """Fill cells of a row, by header with `_` for a space."""
        for header, value in cells.items():
            place = self.column(sheet, header.replace("_", " "))
            self.book[sheet].cell(self.row(sheet, key), place).value = value
        return self

    def decide(self, sheet: str, key: str, decision: str, **cells: Any) -> "Filling":
        """A complete decision, save what `cells` changes."""
        said = {"Décision": decision, "Décideur_(rôle)": "DNS", "Date": "20/12/2024", "Motif": "Vérifié à la source"}
        return self.write(sheet, key, **{**said, **cells})

    def read(self, key: str, status: str, **cells: Any) -> "Filling":
        """A complete reading, save what `cells` changes."""
        said = {
            "Lecture": status,
            "Texte_lu": "Rapport",
            "Endroit": "l. 12",
            "Ce_que_j’y_lis": "C’est fait",
            "Lecteur_(rôle)": "Analyste",
            "Lu_le": "18/12/2024",
        }
        return self.write("Lectures", key, **{**said, **cells})

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture
def filling(candidates: Candidates, tmp_path: Path) -> Filling:
    return Filling(export_review(candidates, tmp_path / "revue.xlsx"))
