"""What must hold in the shipped seeds whatever document they come from."""

import csv
import re
from pathlib import Path

import pytest

from sources.french.folding import fold, fold_words
from sources.reference.commitments import KINDS, PRECISIONS
from sources.reference.indicators import DIRECTIONS, PERIODICITIES
from sources.reference.lists import SESSION_STATES
from sources.reference.plan import ROLES
from sources.reference.roadmap import Reference

MOST_WORDS = 10
STATUSES = {
    "achieved",
    "on_track",
    "at_risk",
    "late",
    "unconfirmed",
    "stalled",
    "not_started",
    "in_progress",
    "not_reported",
}
VOCABULARIES = {
    "status": STATUSES,
    "kind": KINDS,
    "precision": PRECISIONS,
    "periodicity": PERIODICITIES,
    "direction": DIRECTIONS,
    "role": ROLES,
    "session_state": SESSION_STATES,
    "qualifier": {"exact", "approx", "at_least", "more_than", "at_most", "less_than"},
    "absence": {"NC", "NA", "SUPPR"},
    "reason": {
        "approximate",
        "at_best",
        "degenerate_target",
        "no_baseline",
        "no_observation",
        "no_target",
        "not_comparable",
        "nothing_new",
        "too_early",
        "too_old",
        "unproven",
        "waits_for_decision",
    },
    "source_type": {"arbitration", "lead_submission", "partner_submission", "progress_report", "document"},
    "verdict": {"accepted", "accepted_with_warnings", "partly_rejected", "rejected"},
    "conflict_verdict": {"compatible", "contradictory", "corrected", "settled"},
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
    """A straight apostrophe or a plain space before « : » would be printed as it is."""
    wrong = []
    for path in sorted(reference_seeds.glob("ref_*.csv")):
        for line, row in enumerate(_rows(path), start=2):
            for column, text in row.items():
                if column not in FRENCH_COLUMNS and not column.endswith(FRENCH_SUFFIXES):
                    continue
                if re.search(r"'| [:;!?»%]|« |\d \d{3}|  |\"", text):
                    wrong.append(f"{path.name}:{line} {column}: {text}")
    assert not wrong


def test_targets_are_set_on_kpis_of_their_action_and_kpis_are_numbered(reference: Reference) -> None:
    for item in reference.commitments.values():
        assert item.kpi_id is None or reference.kpis[item.kpi_id].action_code == item.action_code
    for code in reference.actions:
        ids = [kpi.kpi_id for kpi in reference.kpis.values() if kpi.action_code == code]
        numbered = {f"IND-{code}-{rank}" for rank in range(1, len(ids) + 1)}
        missing = ", ".join(sorted(numbered - set(ids)))
        assert set(ids) == numbered, f"action {code}: number its KPIs without a gap; {missing} comes first"


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
    nothing_known = {"4-2.1", "5-4.1", "8-3.4", "8-5.1", "9-2.1", "9-2.2", "9-2.3", "10-2.1", "10-2.2", "14-1.3"}
    nothing_known |= {"14-2.1", "15-4.1", "15-4.2", "16-5.3"}
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


def test_five_links_wait_for_the_dns_and_no_other(reference: Reference) -> None:
    """Held to be the same by nobody, each would grade its target by another quantity."""
    waiting = {item.commitment_id for item in reference.comparability.values() if item.decided_by is None}
    assert waiting == {"2-2.1", "12-1.1", "12-2.1", "12-3.2", "18-2.1"}
    decided = [item for item in reference.comparability.values() if item.decided_by == "dns"]
    assert decided == [], "what is shipped holds no decision of the DNS"


def test_relations_decide_what_the_published_words_allow(reference: Reference) -> None:
    said = {
        (item.commitment_id, item.context_kpi_id): item.relation
        for item in reference.comparability.values()
        if item.decided_by == "text" and item.relation != "different"
    }
    assert said == {
        ("1-1.1", "IND-1-1-2"): "annualised",
        ("1-1.2", "IND-1-1-2"): "annualised",
        ("3-1.1", "IND-3-1-2"): "upper_bound",
        ("5-6.1", "IND-5-6-2"): "lower_bound",
        ("11-1.1", "IND-11-1-2"): "upper_bound",
        ("13-1.1", "IND-13-1-2"): "ratio",
        ("13-2.2", "IND-13-2-2"): "ratio",
        ("15-3.1", "IND-15-3-3"): "upper_bound",
    }


def test_the_only_denominator_is_counted_in_the_reference(reference: Reference) -> None:
    given = [item for item in reference.comparability.values() if item.denominator_value is not None]
    departments = sum(item.territory_level == "department" for item in reference.territories.values())
    assert [(item.commitment_id, item.denominator_value) for item in given] == [("13-1.1", departments)]
    assert reference.commitments["14-1.2"].target_value == departments


def test_every_start_is_sourced_and_no_other_is_known(reference: Reference) -> None:
    starts = {item.kpi_id: (item.baseline_value, item.baseline_on.isoformat()) for item in reference.baselines.values()}
    france_2030 = (0, "2021-10-12")
    assert starts == {
        "IND-2-2-2": (0, "2024-01-01"),
        "IND-8-4-2": (0, "2022-12-01"),
        "IND-5-1-1": france_2030,
        "IND-5-1-2": france_2030,
        "IND-5-3-1": france_2030,
        "IND-18-4-1": france_2030,
    }


def test_ages_follow_the_periodicity(reference: Reference) -> None:
    """By periodicity 6, 9, 12, 18 months; stock and cumulative without one 12."""
    months = {"monthly": 6, "quarterly": 9, "semestrial": 12, "yearly": 18, "point": 12, "cumulative": 12}
    assert {kpi.kpi_id: kpi.max_age_months for kpi in reference.kpis.values()} == {
        kpi.kpi_id: months[kpi.periodicity] for kpi in reference.kpis.values()
    }


def test_a_measure_kind_fits_its_periodicity(reference: Reference) -> None:
    allowed = {"point": {"stock"}, "cumulative": {"cumulative"}}
    periods = {"flow", "rolling_12_months"}
    wrong = [
        kpi.kpi_id for kpi in reference.kpis.values() if kpi.measure_kind not in allowed.get(kpi.periodicity, periods)
    ]
    assert wrong == [], "a stock is measured at a `point`, a cumulative count is `cumulative`, others have a rhythm"


def test_a_retired_id_is_not_used_again_and_names_what_replaced_it(reference: Reference) -> None:
    assert set(reference.retired_commitments) == {"18-3.2"}
    for code, item in reference.retired_commitments.items():
        assert code not in reference.commitments
        assert item.replaced_by in reference.commitments


# What stood merged and is two or three promises: the first keeps the id, the others take the next free ranks.
SPLIT = {
    "1-3.1": ["1-3.3"],
    "1-3.2": ["1-3.4"],
    "5-2.1": ["5-2.3"],
    "8-3.1": ["8-3.5", "8-3.6"],
    "11-3.1": ["11-3.3"],
    "15-2.1": ["15-2.2"],
    "16-5.1": ["16-5.4"],
}


def test_a_split_promise_has_its_parts_with_the_same_deadline(reference: Reference) -> None:
    for first, others in SPLIT.items():
        parts = [reference.commitments[code] for code in [first, *others]]
        assert len({(part.deadline, part.deadline_precision, part.deadline_other_reading) for part in parts}) == 1
        assert len({part.commitment_label for part in parts}) == len(parts)


def test_promises_that_say_all_are_targets(reference: Reference) -> None:
    """As milestones they would be done at the first solution, programme or département."""
    said_in_words = ["8-5.1", "9-2.1", "9-2.2", "9-2.3", "10-1.1", "10-2.1", "14-1.2"]
    assert {code: reference.commitments[code].kind for code in said_in_words} == dict.fromkeys(said_in_words, "target")


def test_the_official_wording_is_for_the_dns_to_fill(reference: Reference) -> None:
    assert [item.commitment_id for item in reference.commitments.values() if item.official_wording] == []


def test_a_matchers_phrases_are_short_and_in_order(reference: Reference) -> None:
    """Words beside a figure are collocations, listed by the alphabet; a sentence of a document is never copied."""
    for matcher in reference.matchers.values():
        phrases = matcher.context.split(" / ")
        assert phrases == sorted(phrases, key=fold), matcher.matcher_id
        assert all(len(phrase.split()) <= MOST_WORDS for phrase in phrases), matcher.matcher_id
