"""The four other notes carry their documents' figures, each found with its KPI and its period."""

import csv
import re
from pathlib import Path

import pytest

from sources.documents import extract
from sources.reference.roadmap import Reference

# note → (KPI, value, qualifier, last day and precision of the period), as the source documents print them
FIGURES = {
    "2022-12_feuille-de-route_concertation.md": {
        ("IND-1-1-3", 98, "exact", "2022-12-31", "year"),
        ("IND-4-1-5", 13_000_000, "exact", "2022-12-31", "year"),
        ("IND-11-3-1", 6_000_000, "at_least", "2022-12-31", "year"),
    },
    "2022_bilan_ma-sante-2022.md": {
        ("IND-1-1-4", 150, "exact", "2022-12-31", "year"),
        ("IND-8-1-2", 500_000, "exact", "2022-12-31", "year"),
        ("IND-8-3-2", 130, "exact", "2022-12-31", "year"),
        ("IND-8-3-2", 50, "at_most", "2021-06-30", "semester"),
        ("IND-8-3-3", 1_000_000, "at_least", "2022-12-31", "year"),
        ("IND-8-4-11", 400_000, "approx", "2021-12-31", "year"),
        ("IND-8-4-11", 200_000, "exact", "2020-12-31", "year"),
        ("IND-9-2-1", 279, "exact", "2022-12-31", "year"),
        ("IND-9-2-2", 45_000, "approx", "2021-12-31", "year"),
    },
    "2024-12-17_article_12e-CNS.md": {
        ("IND-1-1-2", 30_000_000, "at_least", "2024-12-17", "month"),
        ("IND-1-2-1", 8_500, "exact", "2024-12-17", "month"),
        ("IND-2-2-1", 390_000, "at_least", "2024-12-17", "month"),
        ("IND-3-1-2", 36, "exact", "2024-12-17", "month"),
        ("IND-6-1-2", 30_000, "at_least", "2024-11-30", "month"),
        ("IND-7-2-1", 2_344, "approx", "2024-12-17", "month"),
        ("IND-7-2-2", 85, "exact", "2024-12-17", "month"),
        ("IND-7-2-3", 132, "exact", "2024-12-17", "month"),
        ("IND-8-4-2", 30_000, "approx", "2024-12-17", "month"),
        ("IND-8-4-3", 15, "exact", "2024-12-17", "month"),
        ("IND-8-4-4", 10_000, "approx", "2024-12-17", "month"),
        ("IND-10-1-2", 70_000, "exact", "2025-08-31", "year"),
        ("IND-10-1-3", 50, "exact", "2025-08-31", "year"),
        ("IND-10-1-4", 70, "exact", "2024-12-17", "month"),
        ("IND-10-1-5", 30, "at_least", "2024-12-17", "month"),
        ("IND-10-1-6", 15_000, "exact", "2024-12-17", "month"),
        ("IND-15-1-1", 65_000_000, "exact", "2024-03-31", "month"),
        ("IND-15-1-2", 45_000_000, "exact", "2024-12-17", "month"),
        ("IND-15-3-2", 2_200, "at_least", "2024-12-17", "month"),
        ("IND-15-3-3", 79, "exact", "2024-12-17", "month"),
    },
    "2025-01-09_doctrine_concertation.md": {
        ("IND-8-4-2", 34_263, "exact", "2024-12-31", "day"),
        ("IND-8-4-3", 15, "exact", "2024-12-31", "day"),
        ("IND-8-4-4", 11_156, "exact", "2024-12-31", "day"),
        ("IND-8-4-5", 44_169_257, "exact", "2024-12-31", "day"),
        ("IND-8-4-6", 30_016, "exact", "2024-12-31", "day"),
        ("IND-8-4-7", 1_743, "exact", "2024-12-31", "day"),
        ("IND-8-4-8", 838_995, "exact", "2024-12-31", "day"),
        ("IND-8-4-9", 624_801, "exact", "2024-12-31", "day"),
        ("IND-8-4-10", 7, "exact", "2024-12-31", "day"),
        ("IND-8-4-12", 4_352, "exact", "2024-12-31", "month"),
        ("IND-8-4-13", 1_936, "exact", "2024-12-31", "month"),
        ("IND-14-1-2", 23, "exact", "2025-01-09", "day"),
    },
}
AS_OF = {
    "2022-12_feuille-de-route_concertation.md": "2022-12-31",
    "2022_bilan_ma-sante-2022.md": "2022-12-31",
    "2024-12-17_article_12e-CNS.md": "2024-12-17",
    "2025-01-09_doctrine_concertation.md": "2025-01-09",
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_found_with_its_kpi_and_period(reports: Path, reference: Reference, name: str) -> None:
    read = extract(reports / name, reference)
    linked = {
        (item.kpi_id, item.value, item.qualifier, item.period_end.isoformat(), item.period_precision)
        for item in read.quantities
        if item.kpi_id
    }
    assert linked == FIGURES[name]
    assert (read.kind, read.as_of.isoformat()) == ("other", AS_OF[name])
    assert "Jalon" not in read.title  # the title a deliverable prints is the document's


def test_the_consultation_note_has_the_eighteen_priorities_of_the_crosswalk(reports: Path, project_root: Path) -> None:
    text = (reports / "2022-12_feuille-de-route_concertation.md").read_text(encoding="utf-8")
    with (project_root / "dbt_project/seeds/ref_priority_crosswalk.csv").open(encoding="utf-8", newline="") as stream:
        crosswalk = {(row["consultation_number"], row["consultation_title"]) for row in csv.DictReader(stream)}
    assert set(re.findall(r"^- Priorité (\d+) de la concertation\s: (.+)$", text, re.MULTILINE)) == crosswalk


def test_the_consultation_note_has_the_glossary(reports: Path, project_root: Path) -> None:
    text = (reports / "2022-12_feuille-de-route_concertation.md").read_text(encoding="utf-8")
    with (project_root / "dbt_project/seeds/ref_glossary.csv").open(encoding="utf-8", newline="") as stream:
        acronyms = {row["acronym"] for row in csv.DictReader(stream) if row["source_file"].startswith("003")}
    assert acronyms
    assert [name for name in sorted(acronyms) if f"({name})" not in text and f"({name} également)" not in text] == []


def test_the_doctrine_note_has_the_rules_of_the_reference(reports: Path, project_root: Path) -> None:
    text = (reports / "2025-01-09_doctrine_concertation.md").read_text(encoding="utf-8")
    with (project_root / "dbt_project/seeds/ref_doctrine_rule.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    tables = [line for line in text.splitlines() if line.startswith("| ")]
    assert sum(line.count("oui") for line in tables) == sum(row["value"] in {"oui", "✓"} for row in rows)
