"""What partners write for a territory, and what is meant."""

from pathlib import Path

import pytest

from quality.territories import territory_of
from sources.reference.roadmap import Reference, load_reference


@pytest.fixture(scope="module")
def reference(project_root: Path) -> Reference:
    return load_reference(project_root / "dbt_project" / "seeds")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (None, "FR"),
        ("  ", "FR"),
        ("France entière", "FR"),
        ("fr", "FR"),
        ("R84", "R84"),
        (" d69 ", "D69"),
        ("Bretagne", "R53"),
        ("RHONE", "D69"),
        ("Région Île-de-France", "R11"),
        ("2A0000014", "2A0000014"),
        ("690 000 880", "690000880"),
        ("10000024", "010000024"),  # a number in Excel lost its first zero
        ("75", None),  # Paris, or Nouvelle-Aquitaine
        ("Guadeloupe", None),  # a region and a department
        ("département Guadeloupe", "D971"),
        ("R99", None),
        ("Atlantide", None),
        ("6900008801", None),
    ],
)
def test_a_territory_is_one_or_none(written: str | None, code: str | None, reference: Reference) -> None:
    assert territory_of(written, reference) == code
