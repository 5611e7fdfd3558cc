"""Figures of territories in a partner's file (invented): read with their territory, judged as parts of the country."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.services.reception.check import Submission
from sources.landing.store import Reception
from sources.workbook.schema import WorkbookSchema

Check = Callable[..., Submission]
HEADER = "Code;Territoire;Période;Valeur\n"


def dropped(folder: Path, lines: str) -> Path:
    path = folder / "CNS-13_DNS_territoires.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    return path


def test_each_figure_is_landed_with_its_territory(check: Check, tmp_path: Path, dropped_by_hand: Reception) -> None:
    """Taken for the country's, the figure of a region would be the KPI's value of the session."""
    lines = "IND-1-1-1;R84;T1 2025;1200\nIND-1-1-1;département Paris;T1 2025;300\nIND-1-1-1;2A0000014;T1 2025;4\n"
    submission = check(dropped(tmp_path, lines + "IND-1-1-1;;T1 2025;361000000\n"))
    assert submission.judgement.verdict == "accepted", submission.judgement.issues
    landed = submission.landing_rows(dropped_by_hand)["measurement"]
    assert [(row["territory_code"], row["value"]) for row in landed] == [
        ("R84", 1200.0),
        ("D75", 300.0),
        ("2A0000014", 4.0),
        ("FR", 361_000_000.0),
    ]


def test_the_country_is_no_measure_of_its_parts(check: Check, tmp_path: Path) -> None:
    """A region's figure beside the last national one would look like a slip of zeros, or a step back."""
    parts = check(dropped(tmp_path, "IND-1-1-1;R84;T1 2025;36000000\nIND-4-2-1;D69;T1 2025;12\n")).judgement
    assert parts.issues == []
    whole = check(dropped(tmp_path, "IND-1-1-1;;T1 2025;36000000\n")).judgement
    assert [issue["rule"] for issue in whole.issues] == ["KPI_UNIT_SLIP"]


def test_a_status_is_held_against_the_national_figure_alone(workbook: Any, check: Check) -> None:
    """A target of the country is not met by the figure of one department."""
    workbook.put("contribution", "18-4", status="En retard")
    workbook.put("measurement", "IND-18-4-1", value=1, period="T1 2025", territory="D69")
    told = {issue["rule"] for issue in check(workbook.save()).judgement.issues}
    assert "STATUS_BEHIND_FIGURES" in told


def test_one_value_a_territory_and_period(check: Check, tmp_path: Path) -> None:
    lines = "IND-1-1-1;R84;T1 2025;1200\nIND-1-1-1;R53;T1 2025;900\nIND-1-1-1;Bretagne;T1 2025;901\n"
    judgement = check(dropped(tmp_path, lines)).judgement
    assert [(issue["rule"], issue["cell"]) for issue in judgement.issues] == [("KPI_TWICE", "A3"), ("KPI_TWICE", "A4")]
    assert [judged.facts["territory_code"] for judged in judgement.accepted] == ["R84"]


def test_what_is_no_territory_is_told_once(check: Check, tmp_path: Path) -> None:
    """Two rows of places nobody knows are not two values of one place."""
    lines = "IND-1-1-1;75;T1 2025;1200\nIND-1-1-1;Guadeloupe;T1 2025;900\n"
    judgement = check(dropped(tmp_path, lines)).judgement
    assert [(issue["rule"], issue["cell"]) for issue in judgement.issues] == [
        ("TERRITORY_UNKNOWN", "B2"),
        ("TERRITORY_UNKNOWN", "B3"),
    ]


def test_a_territory_alone_is_no_answer(check: Check, tmp_path: Path) -> None:
    """An extract names all departments, also those it has no figure of."""
    judgement = check(dropped(tmp_path, "IND-1-1-1;D01;T1 2025;12\nIND-1-1-1;D02;;\n")).judgement
    assert (len(judgement.accepted), len(judgement.ignored), judgement.issues) == (1, 1, [])


def test_the_template_asks_for_no_territory(workbook: Any, schema: WorkbookSchema, check: Check) -> None:
    headers = [cell.value for cell in workbook.page("measurement")[schema.header_row]]
    assert "Territoire" not in headers
    workbook.put("measurement", "IND-2-2-1", value=391_000, period="T1 2025")
    assert check(workbook.save()).judgement.issues == []
