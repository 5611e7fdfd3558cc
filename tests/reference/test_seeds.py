"""What must hold in the shipped seeds whatever document they come from."""

import csv
import re
from pathlib import Path

import pytest

from sources.french.folding import fold_words
from sources.reference.roadmap import (
    DIFFERENCES,
    DIRECTIONS,
    KINDS,
    PERIODICITIES,
    PRECISIONS,
    ROLES,
    SESSION_STATES,
    Reference,
)

STATUSES = {"achieved", "on_track", "at_risk", "late", "unconfirmed", "stalled", "not_started", "not_reported"}
VOCABULARIES = {
    "status": STATUSES,
    "kind": KINDS,
    "precision": PRECISIONS,
    "periodicity": PERIODICITIES,
    "direction": DIRECTIONS,
    "role": ROLES,
    "differs_on": DIFFERENCES,
    "session_state": SESSION_STATES,
    "qualifier": {"exact", "approx", "at_least", "at_most"},
    "absence": {"NC", "NA", "SUPPR"},
    "reason": {"no_observation", "not_comparable", "degenerate_target", "no_target"},
    "source_type": {"arbitration", "lead_submission", "partner_submission", "progress_report", "document"},
    "verdict": {"accepted", "accepted_with_warnings", "partly_rejected", "rejected"},
    "conflict_verdict": {"compatible", "contradictory"},
}
FRENCH_COLUMNS = {"label", "description", "objective", "definition", "limits", "population", "explanation", "note"}
FRENCH_SUFFIXES = ("_label", "_title", "_name")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("domain", VOCABULARIES)
def test_every_code_of_a_vocabulary_has_its_french_label(reference: Reference, domain: str) -> None:
    labelled = {code for labelled_domain, code in reference.labels if labelled_domain == domain}
    assert labelled == set(VOCABULARIES[domain])


def test_labels_of_a_vocabulary_are_told_apart_when_typed(reference: Reference) -> None:
    said = [(item.domain, fold_words(item.label)) for item in reference.labels.values()]
    assert len(said) == len(set(said))


def test_french_columns_keep_french_typography(reference_seeds: Path) -> None:
    """A straight apostrophe or a plain space before « : » would be printed as it stands."""
    wrong = []
    for path in sorted(reference_seeds.glob("ref_*.csv")):
        for line, row in enumerate(_rows(path), start=2):
            for column, text in row.items():
                if column not in FRENCH_COLUMNS and not column.endswith(FRENCH_SUFFIXES):
                    continue
                if re.search(r"'| [:;!?»%]|« |\d \d{3}|  |\"", text):
                    wrong.append(f"{path.name}:{line} {column}: {text}")
    assert not wrong


def test_targets_are_set_on_kpis_of_their_action_and_come_first(reference: Reference) -> None:
    targeted = {item.kpi_id for item in reference.commitments.values() if item.kpi_id}
    for item in reference.commitments.values():
        assert item.kpi_id is None or reference.kpis[item.kpi_id].action_code == item.action_code
    for code in reference.actions:
        ids = [kpi.kpi_id for kpi in reference.kpis.values() if kpi.action_code == code]
        assert ids == [f"IND-{code}-{rank}" for rank in range(1, len(ids) + 1)]
        first = [kpi_id in targeted for kpi_id in ids]
        assert first == sorted(first, reverse=True)


def test_targets_stand_within_the_bounds_of_their_kpi(reference: Reference) -> None:
    for item in reference.commitments.values():
        if item.kpi_id and item.target_value is not None:
            kpi = reference.kpis[item.kpi_id]
            assert (kpi.value_min or 0) <= item.target_value <= (kpi.value_max or item.target_value), item.commitment_id
    for kpi in reference.kpis.values():
        assert kpi.unit != "%" or (kpi.value_min, kpi.value_max) == (0, 100), kpi.kpi_id


def test_targets_without_a_comparable_value_are_told_from_those_without_any(reference: Reference) -> None:
    """Context on a target nobody measures would print « not comparable » where nothing is known at all."""
    not_comparable = {"3-1.1", "4-1.1", "5-6.1", "6-1.1", "8-4.1", "10-1.2", "11-1.1", "13-1.1", "13-2.2", "15-3.1"}
    nothing_known = {"4-2.1", "5-4.1", "8-3.4", "10-2.2", "14-1.3", "14-2.1", "15-4.1", "15-4.2", "16-5.3"}
    with_context = {commitment_id for commitment_id, _ in reference.comparability}
    assert not_comparable <= with_context
    assert not nothing_known & with_context


def test_every_owner_works_on_the_action_of_its_kpi(reference: Reference) -> None:
    for kpi in reference.kpis.values():
        assert kpi.action_code in reference.actions_of(kpi.owner_partner), kpi.kpi_id


def test_a_falling_kpi_is_known_as_such(reference: Reference) -> None:
    """Fewer people without a doctor is progress: read as a rise, it would be shown as a failure."""
    assert {kpi.kpi_id for kpi in reference.kpis.values() if kpi.direction == "down"} == {"IND-4-1-5", "IND-11-3-1"}


def test_the_crosswalk_covers_both_numberings(reference: Reference, reference_seeds: Path) -> None:
    rows = _rows(reference_seeds / "ref_priority_crosswalk.csv")
    assert {int(row["consultation_number"]) for row in rows} == set(range(1, 19))
    assert {int(row["priority_number"]) for row in rows} == set(reference.priorities)
    assert {row["relation"] for row in rows} <= {code for domain, code in reference.labels if domain == "relation"}


def test_sessions_close_contributions_before_they_are_held(reference: Reference) -> None:
    for session in reference.sessions.values():
        assert session.contributions_due_on <= session.cut_off <= session.held_on
        assert session.session_code == f"CNS-{session.session_number}"
