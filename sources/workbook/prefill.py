"""What a partner's workbook knows before it is sent: one dict a row, keyed by the schema's column keys.

Pure values in, pure values out: no file, no clock. Rows are in the roadmap's order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.french.typography import figure, short_date
from sources.reference.roadmap import Commitment, Kpi, Reference
from sources.workbook.schema import WorkbookSchema

ROLES = {"lead": "Pilote", "contributor": "Contributeur"}


@dataclass(frozen=True)
class Previous:
    """What the last session knew, as far as it is known; every part may be left out.

    `actions`: action_code → {status, progress_text of the lead, texts by partner}; `milestones`: commitment_id →
    {status}; `kpis`: kpi_id → the observations in time order, each {value, qualifier, period_end, period_precision}.
    Statuses are codes.
    """

    actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    milestones: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kpis: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """Answers to write into the input cells, as a partner would type them; a status may be a code or a label.

    `contributions`: action_code → {column key: text}; `milestones`: commitment_id → {…}; `measurements`: one dict a
    value, each with its `kpi_id`; a second value of a KPI takes a free row.
    """

    contributions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    milestones: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    measurements: Sequence[Mapping[str, str]] = ()


Row = dict[str, str]


def prefill(
    schema: WorkbookSchema, reference: Reference, session_code: str, partner_code: str, previous: Previous
) -> dict[str, list[Row]]:
    """The rows of every sheet of a partner's workbook, by sheet key. KeyError for an unknown session or partner."""
    session, partner = reference.sessions[session_code], reference.partners[partner_code]
    actions = reference.actions_of(partner.partner_code)
    labels = schema.lists["declared_status"]
    led = [code for code in actions if reference.lead_of(code) == partner_code]
    return {
        "contribution": [_contribution(reference, code, partner_code, previous, labels) for code in actions],
        "milestone": [
            _milestone(reference, commitment, previous, labels)
            for code in led
            for commitment in reference.commitments_of(code)
            if commitment.kind == "milestone"
        ],
        "measurement": [
            _measurement(reference, kpi, previous, session.cut_off) for kpi in reference.kpis_of(partner_code)
        ],
    }


def status_label(reference: Reference, code: str | None, labels: Mapping[str, str]) -> str:
    """The French word of a status, the computed-only ones included; blank when there is none."""
    if not code:
        return ""
    known = reference.labels.get(("status", code))
    return labels.get(code) or (known.label if known else code)


def _contribution(
    reference: Reference, code: str, partner_code: str, previous: Previous, labels: Mapping[str, str]
) -> Row:
    before = previous.actions.get(code, {})
    return {
        "action_code": code,
        "action_title": reference.actions[code].action_title,
        "role": ROLES[dict(reference.action_partners[code])[partner_code]],
        "previous_status": status_label(reference, before.get("status"), labels),
        "previous_text": text_of(before, partner_code, is_lead=reference.lead_of(code) == partner_code),
    }


def text_of(before: Mapping[str, Any], partner_code: str, *, is_lead: bool) -> str:
    """The text a partner gave of an action last time: its own, and the lead's for the lead alone."""
    texts: Mapping[str, str] = before.get("texts") or {}
    return texts.get(partner_code) or (before.get("progress_text") if is_lead else None) or ""


def _milestone(reference: Reference, commitment: Commitment, previous: Previous, labels: Mapping[str, str]) -> Row:
    before = previous.milestones.get(commitment.commitment_id, {})
    return {
        "commitment_id": commitment.commitment_id,
        "commitment_label": commitment.commitment_label,
        "action_title": reference.actions[commitment.action_code].action_title,
        "deadline": _deadline(commitment),
        "previous_status": status_label(reference, before.get("status"), labels),
    }


def _measurement(reference: Reference, kpi: Kpi, previous: Previous, cut_off: date) -> Row:
    target = target_of(reference, kpi.kpi_id, cut_off)
    row = {"kpi_id": kpi.kpi_id, "kpi_label": kpi.kpi_label, "unit": kpi.unit, "population": kpi.population}
    if target and target.target_value is not None:
        row["target"] = figure(target.target_value, kpi.unit, target.target_qualifier or "exact")
        row["deadline"] = _deadline(target)
    known = previous.kpis.get(kpi.kpi_id, ())
    if known:
        last = known[-1]
        row["last_value"] = figure(last["value"], kpi.unit, last["qualifier"])
        row["last_value_on"] = short_date(last["period_end"], last["period_precision"])
    return row


def target_of(reference: Reference, kpi_id: str, cut_off: date) -> Commitment | None:
    """The target to aim at now: the first not yet due at the cut-off, else the last one."""
    targets = [c for c in reference.commitments.values() if c.kpi_id == kpi_id and c.kind == "target"]
    targets.sort(key=lambda c: c.deadline or date.max)
    return next((c for c in targets if c.deadline is None or c.deadline >= cut_off), targets[-1] if targets else None)


def _deadline(commitment: Commitment) -> str:
    if commitment.deadline is None:
        return "non précisée"
    return short_date(commitment.deadline, commitment.deadline_precision or "day")
