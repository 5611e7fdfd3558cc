"""The reference as the project ships it, and the published report it is proved against.

The report's parser is on purpose not the product's: a mistake shared by both would prove nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sources.reference.roadmap import Reference, load_reference

BANNERS = {"PRÉVENTION", "PRISE EN CHARGE", "ACCÈS À LA SANTÉ", "CADRE PROPICE", "CADRE PROPIECE"}

PARTNER_WRITINGS = {
    r"GIE\s*-?\s*SESAM-Vitale": "GIE SESAM-Vitale",
    r"ARS/GRADeS": "ARS/GRADeS",
    r"GIP PIX": "GIP PIX",
    r"Bpifrance": "Bpifrance",
    r"[A-Z]{2,6}": "",  # an acronym is its own code
}
ANY_PARTNER = re.compile("|".join(PARTNER_WRITINGS), re.IGNORECASE)


@pytest.fixture(scope="session")
def reference_seeds(project_root: Path) -> Path:
    return project_root / "dbt_project" / "seeds"


@pytest.fixture(scope="session")
def reference(reference_seeds: Path) -> Reference:
    return load_reference(reference_seeds)


@dataclass
class PublishedAction:
    code: str
    title: str
    objective: str
    partners: list[str]
    narrative: list[str]


@pytest.fixture(scope="session")
def report(seeds_dir: Path) -> str:
    return next(seeds_dir.glob("000_*.txt")).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def published(report: str) -> dict[str, PublishedAction]:
    return {action.code: action for action in _actions(report)}


def _actions(report: str) -> Iterator[PublishedAction]:
    for block in re.split(r"\n(?=\d+-\d+\. )", report)[1:]:
        heading, objective, partners, *rest = [part for part in re.split(r"\n\s*\n", block) if part.strip()]
        code, _, title = heading.strip().partition(". ")
        narrative = []
        for part in rest:
            if part.strip().startswith("PRIORITÉ"):
                break
            if part.strip() not in BANNERS:
                narrative.append(_one_line(part))
        yield PublishedAction(code, _one_line(title), _one_line(objective), _partners(partners), narrative)


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("'", "’")


def _partners(paragraph: str) -> list[str]:
    left = ANY_PARTNER.sub("", paragraph).strip(" \n-–")
    assert not left, f"the test's parser does not know this partner: {left!r}"
    return [_partner_code(found[0]) for found in ANY_PARTNER.finditer(paragraph)]


def _partner_code(writing: str) -> str:
    for pattern, code in PARTNER_WRITINGS.items():
        if re.fullmatch(pattern, writing, re.IGNORECASE):
            return code or writing
    raise AssertionError(writing)
