"""What a roadmap and a doctrine declare: axes, priorities under other numbers, glossary, rules by sector."""

import csv
from pathlib import Path

from sources.documents import extract
from sources.french.folding import fold
from sources.reference.roadmap import Reference


def seed(project_root: Path, name: str) -> list[dict[str, str]]:
    with (project_root / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_roadmap_in_consultation(seeds_dir: Path, project_root: Path, reference: Reference) -> None:
    """An axis or priority cut at a line's end; a crosswalk that no longer says what the consultation said."""
    extraction = extract(next(seeds_dir.glob("003_*.txt")), reference)
    assert extraction.kind == "other"
    assert [(row["number"], fold(row["label"])) for row in extraction.declared["axes"]] == [
        (axis.axis_number, fold(axis.axis_label)) for axis in reference.axes.values()
    ]
    crosswalk = {
        int(row["consultation_number"]): fold(row["consultation_title"])
        for row in seed(project_root, "ref_priority_crosswalk")
    }
    assert {row["number"]: fold(row["title"]) for row in extraction.declared["priorities"]} == crosswalk
    assert [row["axis"] for row in extraction.declared["priorities"]] == [1] * 5 + [2] * 4 + [3] * 4 + [4] * 5


def test_glossaries(seeds_dir: Path, project_root: Path, reference: Reference) -> None:
    """An acronym of the published glossaries missing from the reference, or an entry merged with the next."""
    known = {row["acronym"] for row in seed(project_root, "ref_glossary")}
    for name, count in (("003_*.txt", 55), ("004_*.txt", 16)):
        entries = extract(next(seeds_dir.glob(name)), reference).declared["glossary"]
        assert len(entries) == count
        assert {fold(row["acronym"]) for row in entries} <= {fold(acronym) for acronym in known}


def test_rules_by_sector(seeds_dir: Path, project_root: Path, reference: Reference) -> None:
    """A mark that slips under another rule when a merged cell is lost."""
    read = extract(next(seeds_dir.glob("002_*.txt")), reference).declared["rules"]
    reviewed = seed(project_root, "ref_doctrine_rule")
    assert [row["value"] for row in read] == [row["value"] for row in reviewed]
    assert [rank_of(read, row, "rule") for row in read] == [rank_of(reviewed, row, "rule") for row in reviewed]


def rank_of(rows: list[dict[str, str]], row: dict[str, str], column: str) -> int:
    """The place of a row's value among the values of its column, in the order they first appear."""
    return list(dict.fromkeys(item[column] for item in rows)).index(row[column])


def test_an_article_declares_the_next_session_and_nothing_else(seeds_dir: Path, reference: Reference) -> None:
    """A list in an article taken for a roadmap, or the day of the 13th session left in its text."""
    declared = extract(next(seeds_dir.glob("001_*.txt")), reference).declared
    assert {name: [row["held_on"] for row in rows] for name, rows in declared.items()} == {"sessions": ["2025-06-24"]}
