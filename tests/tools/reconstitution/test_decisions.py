"""The shipped decisions: complete, about facts the shipped documents say, and true to the published sources."""

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sources.documents import extract
from sources.reference.roadmap import Reference
from sources.review import ReviewReading, read_review
from tools.reconstitution.decisions import write_decisions
from tools.reconstitution.published import FOLDER, PublishedError

ROLE = "Équipe Jalon, reprise de l’historique"
REJECTED = {("2024-12-17_article_12e-CNS.md", "IND-1-1-2")}  # no month said; the report says October, before a fall
REDATED = {("2024-12-17_article_12e-CNS.md", kpi_id) for kpi_id in ("IND-15-3-2", "IND-15-3-3")}
UNDECIDED = {
    ("2025-01-09_doctrine_concertation.md", "IND-8-4-3")
}  # deployed, or past the pre-series: for the DNS to say
SOURCES = {"2022-12_": "003_*", "2022_bil": "004_*", "2024-12-": "001_*", "2025-01-": "002_*"}


@pytest.fixture(scope="module")
def readings(inbox: Path) -> dict[str, ReviewReading]:
    return {
        path.name[:10]: read_review(path) for path in sorted((inbox / "decisions").glob("*_reprise-historique.xlsx"))
    }


@pytest.fixture(scope="module")
def decided() -> list[dict[str, str]]:
    with (FOLDER / "decisions.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_decision_is_read_and_none_refused(readings: dict[str, ReviewReading]) -> None:
    assert {day: (item.session_code, len(item.decisions), item.refused) for day, item in readings.items()} == {
        "2024-12-17": ("CNS-12", 32, []),
        "2025-01-09": ("CNS-13", 11, []),
    }


def test_every_decision_says_who_when_and_why(readings: dict[str, ReviewReading]) -> None:
    rows = [(day, row) for day, item in readings.items() for row in item.decisions]
    assert {row["author_role"] for _, row in rows} == {ROLE}
    assert all(row["decided_on"] == date.fromisoformat(day) for day, row in rows)
    assert Counter(row["decision"] for _, row in rows) == {"validated": 40, "rejected": 1, "corrected": 2}


def test_every_linked_figure_is_decided_save_the_one_left_to_the_dns(
    readings: dict[str, ReviewReading], reports: Path, reference: Reference
) -> None:
    decisions = {row["subject_key"]: row["decision"] for item in readings.values() for row in item.decisions}
    said: dict[str | None, set[Any]] = {"validated": set(), "corrected": set(), "rejected": set(), None: set()}
    for path in reports.glob("*.md"):
        extraction = extract(path, reference)
        for row in extraction.tables()["document_quantity"]:
            if extraction.kind == "other" and row["kpi_id"]:
                said[decisions.get(row["fact_key"])].add((path.name, row["kpi_id"]))
    assert (said["rejected"], said["corrected"], said[None]) == (REJECTED, REDATED, UNDECIDED)


def test_a_figure_said_twice_has_one_period(readings: dict[str, ReviewReading]) -> None:
    """The article gives no date where the report says « jusqu’à fin 2024 »: left so, a fact would stand twice."""
    moved = [row for item in readings.values() for row in item.decisions if row["decision"] == "corrected"]
    assert {(row["value"], row["new_period_end"].isoformat(), row["new_period_precision"]) for row in moved} == {
        (None, "2024-12-31", "year")
    }


def test_no_decision_comes_before_its_document(decided: list[dict[str, str]]) -> None:
    dated = re.compile(r"^\d{4}-\d{2}-\d{2}")
    early = [row for row in decided if (day := dated.match(row["document"])) and row["decided_on"] < day[0]]
    assert early == []


def test_every_figure_decided_stands_in_the_published_source(decided: list[dict[str, str]], seeds_dir: Path) -> None:
    lacking = []
    for row in decided:
        (source,) = seeds_dir.glob(SOURCES[row["document"][:8]])
        squeezed = re.sub(r"(?<=\d)[\s.](?=\d{3})", "", source.read_text(encoding="utf-8"))
        value = int(float(row["value"]))
        words = {value, f"{value // 10**6} millions", f"{value // 10**6} M€", f"{value // 10**6} million"}
        said = any(re.search(rf"(?<!\d){re.escape(str(word))}(?!\d)", squeezed) for word in words)
        if not (said or (value == 10**6 and "d'un million" in squeezed)):
            lacking.append((row["document"], row["kpi_id"], row["value"]))
    assert lacking == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("IND-7-2-1,2344,", "IND-7-2-1,2345,"), "no document has IND-7-2-1 = 2345"),
        (("document,kpi_id", "document,kpi"), "the header must be document, kpi_id"),
        (("IND-8-3-2,130,2022-12-31", "IND-8-3-2,50,2021-06-30"), "decided above already"),
    ],
)
def test_a_decision_on_nothing_or_twice_is_refused(
    tmp_path: Path, reference: Reference, reports: Path, change: tuple[str, str], message: str
) -> None:
    old, new = change
    text = (FOLDER / "decisions.csv").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "decisions.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PublishedError, match=message):
        write_decisions(reference, tmp_path / "inbox", reports, folder=tmp_path)
    assert not (tmp_path / "inbox").exists()
