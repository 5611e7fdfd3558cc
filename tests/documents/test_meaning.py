"""What one sentence says: the part each figure plays, its nature, its period, its KPI; targets, deadlines, states.

The sentences are ours, their figures invented; each stands for a kind of trap. The first ones of each kind are those of
the cases handed to the project.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from sources.documents import Extraction, extract
from sources.reference.roadmap import Reference

SENTENCES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "meaning" / "sentences.yml").read_text(encoding="utf-8")
)


def wrapped(case: dict[str, Any], reference: Reference) -> str:
    """The sentence in the smallest report of 24 June 2025, in the published layout."""
    action = reference.actions[case["action"]]
    priority = reference.priorities[action.priority_number]
    is_objective = case.get("place") == "objective"
    return "\n\n".join(
        (
            "Feuille de route du numérique en santé 2023-2027",
            "État d'avancement\nAu 24 juin 2025",
            f"PRIORITÉ {priority.priority_number}",
            priority.priority_title,
            f"{case['action']}. {action.action_title}",
            f"→ {case['text'] if is_objective else 'Poursuivre le déploiement'}",
            "CNAM - DNS",
            "Les travaux continuent." if is_objective else case["text"],
        )
    )


@pytest.fixture
def read(reference: Reference, tmp_path: Path) -> Any:
    def read_case(case: dict[str, Any]) -> Extraction:
        path = tmp_path / "rapport.md"
        path.write_text(wrapped(case, reference) + "\n", encoding="utf-8")
        return extract(path, reference)

    return read_case


def cases_with(key: str) -> Any:
    """The sentences that expect something of that kind."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in SENTENCES if key in case])


@cases_with("found")
def test_figures(read: Any, case: dict[str, Any]) -> None:
    """A part taken for the whole, a comparison for today's figure, a plan for a measure, a period lent to another."""
    quantities = read(case).quantities
    assert [[item.value, item.unit, item.period_end, item.role, item.kpi_id] for item in quantities] == case["found"]
    assert [item.nature for item in quantities] == case.get("nature", ["actual"] * len(quantities))


@cases_with("start")
def test_beginning_of_a_period(read: Any, case: dict[str, Any]) -> None:
    """A figure since 2023 kept as one of the year 2023; a rolling window kept as its last month."""
    assert [item.period_start for item in read(case).quantities][: len(case["start"])] == case["start"]


@cases_with("qualifiers")
def test_ends_of_a_range(read: Any, case: dict[str, Any]) -> None:
    """The low end of a range kept as an exact value, or without the scale that both share."""
    assert [item.qualifier for item in read(case).quantities] == case["qualifiers"]


@cases_with("targets")
def test_targets(read: Any, case: dict[str, Any]) -> None:
    """A baseline taken for a target, a change for a level, a former deadline for the one in force."""
    targets = read(case).targets
    assert [[item.value, item.unit, item.qualifier, item.deadline, item.role] for item in targets] == case["targets"]


@cases_with("unread")
def test_what_is_not_read_is_said(read: Any, case: dict[str, Any]) -> None:
    """A promise that no figure and no date hold, lost without a word."""
    assert any(case["unread"] in warning for warning in read(case).warnings)


@cases_with("status")
def test_states(read: Any, case: dict[str, Any]) -> None:
    """A part, a condition or a share of success read as the state of the whole."""
    assert read(case).actions[0].declared_status == case["status"]


def test_a_figure_without_a_date_has_the_month_of_its_document(read: Any) -> None:
    """An invented day printed as the day of a measure."""
    found = read({"action": "5-1", "text": "41 tiers-lieux sont financés."}).quantities[0]
    assert (found.period_start, found.period_end) == (date(2025, 6, 1), date(2025, 6, 24))
    assert found.period_precision == "month"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Un éditeur indique que 41 tiers-lieux sont financés.", "word:éditeur"),
        ("41 tiers-lieux sont financés, selon la presse spécialisée.", "word:presse"),
        ("D’après une enquête, 41 tiers-lieux sont financés.", "word:enquête"),
        ("On estime que 41 tiers-lieux sont financés.", "word:estime"),
        ("41 tiers-lieux sont financés. Au total, 43 tiers-lieux sont financés.", "several"),
        ("La Bretagne avance. 41 tiers-lieux sont financés.", "place_nearby"),
        ("Fin 2024, 12 expérimentations sont cofinancées ; 41 tiers-lieux sont financés.", "period_of_another"),
        ("41 tiers-lieux sont financés grâce à des dons de 300 personnes.", "word:dons"),
        ("Fin 2023, 12 projets étaient là. À cette date, 41 tiers-lieux sont financés.", "period_of_another"),
    ],
)
def test_a_figure_whose_sentence_says_more_waits(read: Any, text: str, doubt: str) -> None:
    """A level of some, of another place or of another day counted for the country without a person."""
    found = [item for item in read({"action": "5-1", "text": text}).quantities if item.kpi_id]
    assert any(doubt in item.doubts for item in found)


HOSTILE = [
    line
    for line in (Path(__file__).parent / "meaning" / "hostile.txt").read_text(encoding="utf-8").split("\n")
    if line.startswith(("  ", "= "))
]
NEAR_MISSES = [
    line
    for line in (Path(__file__).parent / "meaning" / "near_misses.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
]
KPIS = {
    "8-4": {"N": "médecins", "P": "ont créé une ordonnance numérique", "W": "30 700", "R": "41 200"},
    "5-1": {"N": "tiers-lieux", "P": "sont financés", "W": "17", "R": "41"},
    "4-2": {"N": "médiateurs numériques", "P": "ont été formés", "W": "1 430", "R": "2 150"},
}


@pytest.mark.parametrize("action", KPIS)
def test_nothing_wrong_is_accepted(read: Any, action: str) -> None:
    """An increase, a part, an exit, a plan, a comparison, another day's figure counted without a person."""
    words = KPIS[action]
    level = float(words["R"].replace(" ", ""))
    wrong = []
    for line in HOSTILE:
        text = re.sub(r"\b[NPRW]\b", lambda letter: words[letter[0]], line[2:])
        for item in read({"action": action, "text": text}).quantities:
            if not item.kpi_id or item.doubts or item.link_confidence < 1:
                continue
            is_level = item.value == level and item.period_end >= date(2025, 5, 1)
            if not (is_level or line.startswith("= ")):
                wrong.append((text, item.value, item.period_end))
    assert len(HOSTILE) > 350
    assert wrong == []


def test_nothing_near_a_level_is_accepted(read: Any) -> None:
    """A KPI's own words put together otherwise: for each territory, to be financed, that month's, taken back after."""
    wrong = []
    for line in NEAR_MISSES:
        action, allowed, text = line.split("|", 2)
        for item in read({"action": action, "text": text.replace(r"\n", "\n")}).quantities:
            if item.kpi_id and not item.doubts and item.link_confidence == 1:
                said = f"{item.value:g}@{item.period_end}"
                if said not in allowed.split(","):
                    wrong.append((text, said))
    assert len(NEAR_MISSES) > 200
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "41 tiers-lieux sont financés.",
        "À fin mai 2025, 41 tiers-lieux ont été créés.",
        "Le déploiement se poursuit, avec 41 tiers-lieux cofinancés à ce jour.",
    ],
)
def test_a_plain_level_leaves_no_doubt(read: Any, text: str) -> None:
    """A reader so careful that a person has to look at everything."""
    [found] = read({"action": "5-1", "text": text}).quantities
    assert (found.kpi_id, found.doubts, found.link_confidence) == ("IND-5-1-1", (), 1.0)
