"""A session for which every partner answers everything, made by one seeded generator: all of it is fictional.

The roadmap is the real one; each answer says that it is fictional, each file is declared so (`origin`), and every page
of what is rendered bears the banner of an invented session. `fill` writes two sessions in a row, so that the second
has values beside those of the first, slips, delays that end and texts of every length.
"""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sources.reference.roadmap import Reference

SEED = 13
SESSIONS = {"CNS-12": date(2024, 10, 31), "CNS-13": date(2025, 4, 30)}
RECEIVED = {"CNS-12": datetime(2024, 12, 9, 9, tzinfo=UTC), "CNS-13": datetime(2025, 6, 5, 9, tzinfo=UTC)}
#: statuses of a lead and of a milestone, from the likeliest
STATUSES = ("on_track", "on_track", "achieved", "at_risk", "late", "stalled", "not_started", None)
STATES = ("on_track", "on_track", "achieved", "at_risk", "late")
SENTENCES = (
    "Avancement fictif : les travaux prévus ont été menés avec les équipes concernées.",
    "Les premiers retours, inventés pour cet essai, sont bons dans 12 départements.",
    "Un comité imaginaire s’est réuni 3 fois depuis la session précédente.",
    "Le déploiement se poursuit auprès d’établissements qui n’existent pas.",
    "Un marché fictif a été notifié, puis prolongé de 6 mois.",
)
RISKS = (
    "Frein fictif : le recrutement d’une équipe imaginaire prend plus de temps que prévu.",
    "Frein fictif : un texte inventé n’est pas encore publié.",
)
#: a share of which figures of departments are sent too
BY_DEPARTMENT = "IND-13-1-3"
DEPARTMENTS = ("D01", "D13", "D29", "D2A", "D31", "D59", "D69", "D75", "D974")


def fill(raw: Any, reference: Reference) -> Any:
    """Write the answers of all the partners, session after session, into raw tables; the same each time."""
    chance = random.Random(SEED)  # noqa: S311 — nothing is kept secret by it
    for session in SESSIONS:
        for partner in reference.partners:
            roles = {code: dict(rows).get(partner) for code, rows in reference.action_partners.items()}
            if any(roles.values()):
                held = {code: role for code, role in roles.items() if role}
                _answer(raw, reference, chance, partner=partner, session=session, roles=held)
    return raw


def _answer(
    raw: Any, reference: Reference, chance: random.Random, *, partner: str, session: str, roles: dict[str, str]
) -> None:
    """One partner's workbook: words on each of its actions, the state of its milestones, its measures."""
    file = raw.submission(partner, session, at=RECEIVED[session], origin="fictional")
    for action, role in roles.items():
        is_lead = role == "lead"
        status = chance.choice(STATUSES) if is_lead else None
        done = {"achieved_on": SESSIONS[session], "achieved_on_precision": "month"} if status == "achieved" else {}
        file.action(
            action,
            status,
            progress_text=_words(chance, SENTENCES, most=4 if is_lead else 1),
            next_steps="Suite fictive : étendre l’essai au semestre suivant." if chance.random() < 0.7 else None,
            risks=chance.choice(RISKS) if status in {"at_risk", "late"} else None,
            support_needed="Un appui fictif de la DNS." if status == "late" else None,
            **done,
        )
    for row in reference.commitments.values():
        if roles.get(row.action_code) == "lead" and row.kind == "milestone":
            _milestone(file, chance, row, session)
    for kpi in reference.kpis.values():
        if roles.get(kpi.action_code) == "lead":
            _measure(file, reference, chance, kpi, session)


def _milestone(file: Any, chance: random.Random, row: Any, session: str) -> None:
    state = chance.choice(STATES)
    if state == "achieved":
        day = {
            "actual_on": SESSIONS[session],
            "actual_on_precision": "month",
            "evidence": "https://exemple.invalid/preuve",
        }
    elif state in {"at_risk", "late"} and row.deadline:
        later = max(row.deadline, SESSIONS[session]) + timedelta(days=chance.choice((90, 180, 365)))
        day = {"forecast_on": later, "forecast_on_precision": "month"}
    else:
        day = {}
    file.milestone(row.commitment_id, state, **day)


def _measure(file: Any, reference: Reference, chance: random.Random, kpi: Any, session: str) -> None:
    """A value somewhere on the way to the target; later sessions are further on, a few fall back."""
    target = next((row.target_value for row in reference.commitments.values() if row.kpi_id == kpi.kpi_id), None)
    if target is None and chance.random() < 0.5:
        return
    most = kpi.value_max or 2 * (target or 1000.0)
    share = chance.uniform(0.2, 0.8) + (0.2 if session == "CNS-13" else 0.0)
    value = min(most, round((target or 1000.0) * share, 1 if kpi.unit == "%" else 0))
    file.value(
        kpi.kpi_id, value, SESSIONS[session], nature="actual", qualifier=chance.choice(("exact", "exact", "approx"))
    )
    if kpi.kpi_id == BY_DEPARTMENT:
        for place in DEPARTMENTS:
            part = round(min(most, value * chance.uniform(0.5, 1.3)), 1)
            file.value(kpi.kpi_id, part, SESSIONS[session], territory_code=place, nature="actual")


def _words(chance: random.Random, sentences: tuple[str, ...], *, most: int) -> str:
    return " ".join(chance.sample(sentences, chance.randint(1, most)))
