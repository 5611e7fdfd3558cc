"""The reference against the published report: same codes, titles, partners; every promise carried."""

import re
from datetime import date
from typing import Any

from sources.reference.roadmap import Reference

Published = dict[str, Any]

# What the reference writes otherwise than the report: a missing accent.
MENDED_TITLES = {"Systematiser": "Systématiser"}

# Figures of an objective that are names, not promises.
OBJECTIVE_NAMES = (r"15-1[58]", r"vague 2")
# Promises an objective says in words.
SAID_IN_WORDS = {
    "15-3": {100.0},  # « tous les établissements »
    "18-3": {5.0},  # « cinq cas d’usage »
}
# Deadlines that stand on no date phrase of their own: none is published for the electronic care sheets.
WITHOUT_DEADLINE = {"8-3.2"}

YEAR, HALF, QUARTER, MONTH = "year", "semester", "quarter", "month"
# How the deadline of a phrase is read, most precise writing first; the rule stands in the seed's description.
DATE_PHRASES: tuple[tuple[str, str, str], ...] = (
    (r"premier trimestre (\d{4})|T1 (\d{4})", "{}-03-31", QUARTER),
    (r"deuxième trimestre (\d{4})", "{}-06-30", QUARTER),
    (r"mai (\d{4})", "{}-05-31", MONTH),
    (r"juin (\d{4})", "{}-06-30", MONTH),
    (r"(?:mi-|S1 )(\d{4})", "{}-06-30", HALF),
    (r"après (\d{4})", "{+1}-12-31", YEAR),
    (r"avant (\d{4})", "{-1}-12-31", YEAR),
    (r"(?:fin|en|dès|courant|d’ici|partir de) (\d{4})", "{}-12-31", YEAR),
)


def _values(text: str) -> set[float]:
    """The figures of a text, in base units: « 250 millions » is 250000000."""
    found = re.findall(r"(?<![\w-])(\d[\d ]*(?:,\d+)?)\s*(millions?)?(?![\w-])", text)
    return {float(digits.replace(" ", "").replace(",", ".")) * (1e6 if million else 1) for digits, million in found}


def _deadlines(objective: str) -> tuple[set[tuple[date, str]], str]:
    """The deadlines an objective says, and what is left of it once they are taken out."""
    found = set()
    for pattern, form, precision in DATE_PHRASES:
        for phrase in re.finditer(pattern, objective, re.IGNORECASE):
            year = int(next(group for group in phrase.groups() if group))
            day = form.replace("{+1}", str(year + 1)).replace("{-1}", str(year - 1)).replace("{}", str(year))
            found.add((date.fromisoformat(day), precision))
        objective = re.sub(pattern, " ", objective, flags=re.IGNORECASE)
    return found, objective


def test_counts_are_the_reports(reference: Reference, published: Published) -> None:
    named = {partner for action in published.values() for partner in action.partners}
    assert len(published) == len(reference.actions) == 65
    assert named == set(reference.partners)
    assert (len(reference.axes), len(reference.priorities), len(reference.partners)) == (4, 18, 27)


def test_priorities_are_the_reports(reference: Reference, report: str) -> None:
    printed = {}
    for number, words in re.findall(r"PRIORITÉ (\d+)\s+(.+)", report):
        title = " ".join(words.replace("**", " ").replace("'", "’").split())
        printed[int(number)] = (
            MENDED_TITLES.get(title.partition(" ")[0], title.partition(" ")[0]) + title[title.index(" ") :]
        )
    assert {number: item.priority_title for number, item in reference.priorities.items()} == printed


def test_codes_and_titles_are_the_reports(reference: Reference, published: Published) -> None:
    assert {code: action.action_title for code, action in reference.actions.items()} == {
        code: action.title for code, action in published.items()
    }


def test_partners_are_the_reports_in_its_order(reference: Reference, published: Published) -> None:
    ours = {code: [partner for partner, _ in named] for code, named in reference.action_partners.items()}
    assert ours == {code: action.partners for code, action in published.items()}


def test_every_target_of_an_objective_is_a_commitment(reference: Reference, published: Published) -> None:
    wrong = {}
    for code, action in published.items():
        _, words = _deadlines(action.objective)
        for name in OBJECTIVE_NAMES:
            words = re.sub(name, " ", words)
        promised = _values(words) | SAID_IN_WORDS.get(code, set())
        carried = {item.target_value for item in reference.commitments_of(code) if item.target_value is not None}
        if promised != carried:
            wrong[code] = (promised, carried)
    assert not wrong, f"action: (promised by the report, carried by ref_commitment): {wrong}"


def test_every_deadline_of_an_objective_is_a_commitments(reference: Reference, published: Published) -> None:
    wrong = {}
    for code, action in published.items():
        promised, left = _deadlines(action.objective)
        assert not re.search(r"\b20\d\d\b", left), f"{code}: a date the test does not read: {left}"
        carried = {(item.deadline, item.deadline_precision) for item in reference.commitments_of(code) if item.deadline}
        if promised != carried:
            wrong[code] = (promised, carried)
    assert not wrong, f"action: (said by the report, carried by ref_commitment): {wrong}"
    blank = {item.commitment_id for item in reference.commitments.values() if item.deadline is None}
    assert blank == WITHOUT_DEADLINE


def test_targets_said_as_a_minimum_are_at_least(reference: Reference, published: Published) -> None:
    wrong = []
    for item in reference.commitments.values():
        if item.target_value is None or item.target_value in SAID_IN_WORDS.get(item.action_code, set()):
            continue
        objective = published[item.action_code].objective
        minima = _values(
            " ".join(re.findall(r"(?:plus de|au moins) (\d[\d ]*(?:millions?)?)", objective, re.IGNORECASE))
        )
        if (item.target_qualifier == "at_least") != (item.target_value in minima):
            wrong.append((item.commitment_id, item.target_qualifier, objective))
    assert not wrong
