"""The reference against the published report: same codes, titles, partners; every promise carried."""

import re
from datetime import date
from typing import Any

from sources.reference.roadmap import Reference

Published = dict[str, Any]

# What the reference writes otherwise than the report: a missing accent.
CORRECTED_TITLES = {"Systematiser": "Systématiser"}

# Figures of an objective that are names, not promises.
OBJECTIVE_NAMES = (r"15-1[58]", r"vague 2")
# Promises an objective says in words.
SAID_IN_WORDS = {
    "8-5": {100.0},  # « les professionnels des établissements »
    "9-2": {100.0, 50.0},  # « toutes les solutions », « un usage majoritaire »
    "10-1": {100.0},  # « l’ensemble des formations initiales »
    "10-2": {100.0},  # « tous les opérateurs de compétences »
    "14-1": {101.0},  # « la France entière », in départements
    "15-3": {100.0},  # « tous les établissements »
}
# « majoritaire » is more than half; the others are stated exactly.
MAJORITY = {"9-2.3"}
# None is published for the electronic care sheets; « après 2024 » sets no end.
WITHOUT_DEADLINE = {"8-3.2", "11-3.2"}
AMBIGUOUS = re.compile(r"d’ici (?P<year>\d{4})", re.IGNORECASE)  # before that year, or before its end

YEAR, HALF, QUARTER, MONTH = "year", "semester", "quarter", "month"
# How the deadline of a phrase is read, most precise writing first; the rule stands in the seed's description.
DATE_PHRASES: tuple[tuple[str, str, str], ...] = (
    (r"premier trimestre (\d{4})|T1 (\d{4})", "{}-03-31", QUARTER),
    (r"deuxième trimestre (\d{4})", "{}-06-30", QUARTER),
    (r"mai (\d{4})", "{}-05-31", MONTH),
    (r"juin (\d{4})", "{}-06-30", MONTH),
    (r"(?:mi-|S1 )(\d{4})", "{}-06-30", HALF),
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
            day = form.replace("{-1}", str(year - 1)).replace("{}", str(year))
            found.add((date.fromisoformat(day), precision))
        objective = re.sub(pattern, " ", objective, flags=re.IGNORECASE)
    return found, re.sub(r"après \d{4}", " ", objective)


def test_counts_are_the_reports(reference: Reference, published: Published) -> None:
    named = {partner for action in published.values() for partner in action.partners}
    assert len(published) == len(reference.actions) == 65
    assert named <= set(reference.partners)
    assert (len(reference.axes), len(reference.priorities)) == (4, 18)


def test_priorities_are_the_reports(reference: Reference, report: str) -> None:
    printed = {}
    for number, words in re.findall(r"PRIORITÉ (\d+)\s+(.+)", report):
        title = " ".join(words.replace("**", " ").replace("'", "’").split())
        printed[int(number)] = (
            CORRECTED_TITLES.get(title.partition(" ")[0], title.partition(" ")[0]) + title[title.index(" ") :]
        )
    assert {number: item.priority_title for number, item in reference.priorities.items()} == printed


def test_codes_and_titles_are_the_reports(reference: Reference, published: Published) -> None:
    assert {code: action.action_title for code, action in reference.actions.items()} == {
        code: action.title for code, action in published.items()
    }


def test_partners_are_the_reports_in_its_order(reference: Reference, published: Published) -> None:
    ours = {code: [partner for partner, _ in named] for code, named in reference.action_partners.items()}
    assert set(ours) == set(published)
    # a partner that joined an action since comes after those of the report
    assert all(ours[code][: len(action.partners)] == action.partners for code, action in published.items())


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


def test_a_target_is_qualified_as_the_objective_says_it(reference: Reference, published: Published) -> None:
    """« plus de 50 » is not reached by 50, « au moins 90 » is reached by 90."""
    wrong = []
    for item in reference.commitments.values():
        if item.target_value is None or item.target_value in SAID_IN_WORDS.get(item.action_code, set()):
            continue
        objective, said = published[item.action_code].objective, "exact"
        for words, qualifier in (("plus de", "more_than"), ("au moins", "at_least")):
            figures = _values(" ".join(re.findall(rf"{words} (\d[\d ]*(?:millions?)?)", objective, re.IGNORECASE)))
            said = qualifier if item.target_value in figures else said
        if item.target_qualifier != said:
            wrong.append((item.commitment_id, item.target_qualifier, said))
    assert not wrong
    in_words = {
        item.commitment_id: item.target_qualifier
        for item in reference.commitments.values()
        if item.target_value in SAID_IN_WORDS.get(item.action_code, set())
    }
    assert in_words == {code: "more_than" if code in MAJORITY else "exact" for code in in_words}


def test_an_ambiguous_deadline_has_both_readings(reference: Reference, published: Published) -> None:
    """« d’ici 2027 » may end with 2026: printed with one reading only, a delay could be a year out."""
    flagged = {
        (item.action_code, item.deadline, item.deadline_other_reading)
        for item in reference.commitments.values()
        if item.deadline_other_reading is not None
    }
    said = {
        (code, date(int(found["year"]), 12, 31), date(int(found["year"]) - 1, 12, 31))
        for code, action in published.items()
        for found in AMBIGUOUS.finditer(action.objective)
    }
    assert flagged == said


# Where the text says a later date than the objective's, and how: the words it is read from.
REVISED = {
    "8-4.1": ("à fin 2025", date(2025, 12, 31), YEAR),
    "8-4.2": ("à fin 2025", date(2025, 12, 31), YEAR),
    "16-1.1": ("prévue en juin 2025", date(2025, 6, 30), MONTH),
    "16-4.1": ("lancés au S1 2025", date(2025, 6, 30), HALF),
    "18-1.1": ("publiée en T1 2025", date(2025, 3, 31), QUARTER),
}


def test_every_revised_date_stands_at_its_line(reference: Reference, report: str) -> None:
    lines = report.splitlines()
    assert {code for code, _ in reference.revisions} == set(REVISED)
    for (code, session), item in reference.revisions.items():
        words, day, precision = REVISED[code]
        line = int(item.revised_source.rpartition("\u00a0")[2])
        assert words in lines[line - 1], (code, line)
        assert (session, item.revised_deadline, item.revised_precision) == ("CNS-12", day, precision)


# What the text at the line of each dependency has to name: the action leant on, or what it delivers.
LEANT_ON = {
    ("6-1", "16-4"): "Ségur vague 2",
    ("6-2", "16-4"): "vague 2 du Ségur",
    ("8-5", "15-1"): "CaRE",
    ("9-2", "8-3"): "action 8.3",
    ("14-2", "7-2"): "Hop'en 2",
    ("14-2", "14-1"): "véhiculer l'INS",
    ("15-4", "15-1"): "CaRE",
    ("16-1", "16-3"): "décret sanctions",
    ("16-3", "16-1"): "décret relatif aux procédures de sanction",
}


def test_every_dependency_stands_at_its_line(reference: Reference, report: str) -> None:
    lines = report.splitlines()
    assert set(reference.dependencies) == set(LEANT_ON)
    for pair, words in LEANT_ON.items():
        line = int(reference.dependencies[pair].source_ref.rpartition("\u00a0")[2])
        assert words in lines[line - 1], (pair, line, lines[line - 1])
