"""What the objectives promise: milestones and targets, later dates that texts give, ids that are used no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sources.reference.seed_rows import SeedRow

KINDS = frozenset({"milestone", "target"})
PRECISIONS = frozenset({"day", "month", "quarter", "semester", "year"})
TARGET_QUALIFIERS = frozenset({"exact", "at_least", "more_than", "at_most", "less_than"})
_OF_A_TARGET = ("kpi_id", "target_value", "target_qualifier")
_OF_A_DEADLINE = ("deadline_precision", "deadline_other_reading")


@dataclass(frozen=True, slots=True)
class Commitment:
    """One thing an action promises: a milestone, or a target set on a KPI. No deadline when none was published.

    `official_wording` is the DNS's to fill. `deadline_other_reading` is the second reading of an ambiguous phrase.
    """

    commitment_id: str
    action_code: str
    commitment_rank: int
    kind: str
    commitment_label: str
    official_wording: str
    kpi_id: str | None
    target_value: float | None
    target_qualifier: str | None
    deadline: date | None
    deadline_precision: str | None
    deadline_other_reading: date | None


@dataclass(frozen=True, slots=True)
class RetiredCommitment:
    """An id that names no promise any more, and the one that took its promise over."""

    commitment_id: str
    action_code: str
    replaced_by: str
    retired_label: str
    retired_reason: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A later date that the text of a session gives to a commitment; it never moves the deadline."""

    commitment_id: str
    revised_deadline: date
    revised_precision: str
    said_in_session: str
    revised_source: str


def commitment(row: SeedRow, actions: Collection[str], kpi_actions: Mapping[str, str]) -> Commitment:
    """One row of `ref_commitment`; `kpi_actions` gives the action of each KPI."""
    action_code = row.code_of("action_code", actions, "ref_action")
    rank = row.integer("commitment_rank")
    named = f"{action_code}.{rank}"
    row.check(
        row.text("commitment_id") == named,
        "commitment_id",
        f"its action and rank make it {named}",
        "action_code",
        "commitment_rank",
    )
    kind, deadline = row.choice("kind", KINDS), row.day_or_none("deadline")
    is_target = kind == "target"
    other = row.day_or_none("deadline_other_reading")
    _leave_blank(row, is_target=is_target, has_deadline=deadline is not None)
    if deadline is not None and other is not None:
        earlier = "the other reading of a deadline is a day before it"
        row.check(other < deadline, "deadline_other_reading", earlier, "deadline")
    kpi_id = row.code_of("kpi_id", kpi_actions, "ref_kpi") if is_target else None
    if kpi_id is not None and kpi_id in kpi_actions:
        of_action = f"a target of action {action_code} is set on one of its KPIs"
        row.check(kpi_actions[kpi_id] == action_code, "kpi_id", of_action, "action_code")
    return Commitment(
        commitment_id=row.text("commitment_id"),
        action_code=action_code,
        commitment_rank=rank,
        kind=kind,
        commitment_label=row.text("commitment_label"),
        official_wording=row.text_or_none("official_wording") or "",
        kpi_id=kpi_id,
        target_value=row.number("target_value") if is_target else None,
        target_qualifier=row.choice("target_qualifier", TARGET_QUALIFIERS) if is_target else None,
        deadline=deadline,
        deadline_precision=row.choice("deadline_precision", PRECISIONS) if deadline else None,
        deadline_other_reading=other,
    )


def retired_commitment(row: SeedRow, actions: Collection[str], commitments: Collection[str]) -> RetiredCommitment:
    """One row of `ref_commitment_retired`."""
    code = row.text("commitment_id")
    action_code = row.code_of("action_code", actions, "ref_action")
    again = "an id that was retired is never used again: give the commitment of ref_commitment.csv the next free rank"
    row.check(code not in commitments, "commitment_id", again)
    row.check(code.startswith(f"{action_code}."), "commitment_id", f"it starts with its action, {action_code}")
    return RetiredCommitment(
        code,
        action_code,
        row.code_of("replaced_by", commitments, "ref_commitment"),
        row.text("retired_label"),
        row.text("retired_reason"),
    )


def revision(row: SeedRow, commitments: Mapping[str, Commitment], sessions: Collection[str]) -> Revision:
    """One row of `ref_commitment_revision`."""
    commitment_id = row.code_of("commitment_id", commitments, "ref_commitment")
    revised = row.day("revised_deadline")
    deadline = commitments[commitment_id].deadline if commitment_id in commitments else None
    if deadline is not None:
        later = f"give a day after the deadline, {deadline}: a revision is a later date"
        row.check(revised > deadline, "revised_deadline", later)
    return Revision(
        commitment_id,
        revised,
        row.choice("revised_precision", PRECISIONS),
        row.code_of("said_in_session", sessions, "ref_cns_session"),
        row.text("revised_source"),
    )


def _leave_blank(row: SeedRow, *, is_target: bool, has_deadline: bool) -> None:
    """Refuse the details of what the row does not have: a milestone's target, an unsaid deadline's precision."""
    surplus = (*(() if is_target else _OF_A_TARGET), *(() if has_deadline else _OF_A_DEADLINE))
    for column in surplus:
        blank = "leave it blank here: a milestone has no target, and what is unsaid has no detail"
        row.check(row.is_blank(column), column, blank, "kind", "deadline")
