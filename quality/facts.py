"""The facts a row is judged on: what the partner wrote, what the reference allows, what the last session knew.

Rules and Great Expectations suites are both written on these names, so that neither computes anything on its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from quality.folding import fold_text
from quality.protocols import Commitment, Kpi, Previous, Reading, Reference
from quality.territories import COUNTRY, territory_of

Facts = dict[str, Any]
_SLIPS = (10, 100, 1000)
_SLIP_BAND = 1.25  # how far from a factor a ratio may be and still look like a slip
_JUMP = 3.0  # a step this many times the largest one known is a jump
_AMOUNTS = frozenset(
    {"euro", "euros", "millier", "milliers", "million", "millions", "milliard", "milliards", "environ"}
)
_NOISE = 0.005  # a move back smaller than this part of the last value is rounding


@lru_cache(64)
def code_sets(reference: Reference, partner_code: str) -> dict[str, frozenset[str]]:
    """The sets of codes that `among` and `not_among` name: what exists, and what this partner may speak of."""
    actions = frozenset(a for a, partners in reference.action_partners.items() if partner_code in dict(partners))
    led = frozenset(a for a in actions if reference.action_partners[a][0][0] == partner_code)
    milestones = frozenset(c.commitment_id for c in reference.commitments.values() if c.kind == "milestone")
    return {
        "actions": frozenset(reference.actions),
        "partner_actions": actions,
        "commitments": frozenset(reference.commitments),
        "milestones": milestones,
        "targets": frozenset(reference.commitments) - milestones,
        "partner_milestones": frozenset(m for m in milestones if reference.commitments[m].action_code in led),
        "kpis": frozenset(reference.kpis),
        "partner_kpis": frozenset(
            k.kpi_id for k in reference.kpis.values() if k.owner_partner == partner_code or k.action_code in actions
        ),
    }


@dataclass(frozen=True)
class Setting:
    """What a submission is judged against: the reference, who sent it, the session's cut-off, the last session."""

    reference: Reference
    partner_code: str
    cut_off: date
    previous: Previous | None = None


def facts_of(reading: Reading, setting: Setting) -> list[Facts]:
    """The facts of every row of a reading, in its order."""
    plain = [(row.sheet, dict(row.facts)) for row in reading.rows]
    return enrich(plain, setting)


def enrich(rows: Sequence[tuple[str, Facts]], setting: Setting) -> list[Facts]:
    """What partners wrote, given as sheet key and facts, with what the reference and the last session add."""
    national = (facts for _, facts in rows if _territory(facts, setting.reference) == COUNTRY)
    kpis = known_values(national, setting.previous)
    return [_row_facts(sheet, facts, setting, kpis) for sheet, facts in rows]


def known_values(rows: Iterable[Facts], previous: Previous | None) -> dict[str, float]:
    """The latest national value of each KPI: the rows' own, else the last session's."""
    values = {kpi: float(known[-1]["value"]) for kpi, known in (previous.kpis if previous else {}).items() if known}
    latest: dict[str, date] = {}
    for facts in rows:
        kpi, value, end = facts.get("kpi_id"), facts.get("value"), facts.get("period_end")
        if kpi and value is not None and end and end >= latest.get(kpi, date.min):
            values[kpi], latest[kpi] = value, end
    return values


def _row_facts(sheet: str, written: Facts, setting: Setting, kpis: Mapping[str, float]) -> Facts:
    facts: Facts = {**written, "cut_off": setting.cut_off, **_label_facts(sheet, written, setting.reference)}
    if sheet == "contribution":
        facts |= _action_facts(facts, setting, kpis)
    elif sheet == "milestone":
        commitment = setting.reference.commitments.get(facts.get("commitment_id") or "")
        facts["deadline_on"] = commitment.deadline if commitment else None
    elif sheet == "measurement":
        facts |= _measure_facts(facts, setting)
    return facts


def _label_facts(sheet: str, written: Facts, reference: Reference) -> Facts:
    """Whether the text beside the code is the code's own: columns that were sorted apart are caught here."""
    named: dict[str, tuple[str, str, Mapping[str, Any]]] = {
        "contribution": ("action_code", "action_title", reference.actions),
        "milestone": ("commitment_id", "commitment_label", reference.commitments),
        "measurement": ("kpi_id", "kpi_label", reference.kpis),
    }
    key, given, things = named[sheet]
    text, code = fold_text(written.get(f"{given}_given")), written.get(key) or ""
    if text is None or code not in things or text == fold_text(getattr(things[code], given)):
        return {"label_of_another": None, "label_changed": False}
    others = [other for other, thing in things.items() if fold_text(getattr(thing, given)) == text]
    return {"label_of_another": others[0] if others else None, "label_changed": not others}


def _action_facts(facts: Facts, setting: Setting, kpis: Mapping[str, float]) -> Facts:
    action = facts.get("action_code") or ""
    before = (setting.previous.actions if setting.previous else {}).get(action, {})
    role = dict(setting.reference.action_partners.get(action, ())).get(setting.partner_code)
    own = (before.get("texts") or {}).get(setting.partner_code)
    commitments = _commitments_by_action(setting.reference).get(action, ())
    judged = [(c, meets(c, setting.reference.kpis[c.kpi_id], kpis)) for c in commitments if c.kpi_id]
    unmet = [c.commitment_id for c, met in judged if met is False]
    return {
        "role": role,
        "progress_text_folded": fold_text(facts.get("progress_text")),
        "previous_text_folded": fold_text(own or (before.get("progress_text") if role == "lead" else None)),
        "targets_unmet": len(unmet),
        "unmet": ", ".join(unmet),
        "all_met": bool(commitments) and len(judged) == len(commitments) and all(met for _, met in judged),
    }


@lru_cache(8)
def _commitments_by_action(reference: Reference) -> Mapping[str, Sequence[Commitment]]:
    found: dict[str, list[Commitment]] = {}
    for commitment in reference.commitments.values():
        found.setdefault(commitment.action_code, []).append(commitment)
    return found


def meets(commitment: Commitment, kpi: Kpi, values: Mapping[str, float]) -> bool | None:
    """Whether the latest known value reaches a target, None when there is none to compare."""
    value = values.get(kpi.kpi_id)
    if value is None or commitment.target_value is None:
        return None
    return value >= commitment.target_value if kpi.direction == "up" else value <= commitment.target_value


def _measure_facts(facts: Facts, setting: Setting) -> Facts:
    kpi = setting.reference.kpis.get(facts.get("kpi_id") or "")
    value = facts.get("value")
    territory = _territory(facts, setting.reference)
    made: Facts = {
        "territory_code": territory,
        "confirmed": "confirm" in (fold_text(facts.get("comment")) or ""),
        "value_said": value is not None or facts.get("value_refusal") is not None,
        "period_said": facts.get("period_end") is not None or facts.get("period_refusal") is not None,
    }
    if kpi is None:
        return made
    # what is known of the country says nothing of the size of one of its parts
    known = setting.previous.kpis if setting.previous and territory == COUNTRY else {}
    history = known.get(kpi.kpi_id, ())
    before = [item for item in history if item["period_end"] != facts.get("period_end")]
    made |= {"kpi_unit": kpi.unit, "unit_conflict": _unit_conflict(facts.get("value_unit"), kpi.unit)}
    made["noun_of_another"] = _noun_of_another(facts.get("value_unit"), kpi)
    unit = facts.get("unit_given")
    made["unit_changed"] = unit is not None and fold_text(unit) != fold_text(kpi.unit)
    if value is None:
        return made
    made["bounds_excess"] = _excess(value, kpi)
    made["share_below_one"] = kpi.unit == "%" and 0 < value < 1 and facts.get("value_unit") is None
    if history and not made["unit_conflict"]:
        made |= _against_history(value, kpi, history, before)
    return made


def _territory(facts: Facts, reference: Reference) -> str | None:
    """The code of the row's territory, as the landing has it already or as the partner wrote it."""
    return facts.get("territory_code") or territory_of(facts.get("territory"), reference)


def _unit_conflict(written: str | None, unit: str) -> str | None:
    """The unit written after the figure, when it cannot be the KPI's."""
    if written is None or written == unit:
        return None
    if written in {"%", "€"} or unit in {"%", "€"}:
        return written if not (unit == "€" and fold_text(written) in {"eur", "euro", "euros"}) else None
    return None


def _noun_of_another(written: str | None, kpi: Kpi) -> str | None:
    """The noun written after the figure, when nothing the KPI is described by has it: « 400 ambulances » of visits."""
    said = _stems(written) if written else frozenset()
    return written if said and not said & _stems(f"{kpi.unit} {kpi.kpi_label} {kpi.population}") else None


@lru_cache(1024)
def _stems(text: str) -> frozenset[str]:
    """The words that tell what is counted, each without the ending of its plural."""
    words = (fold_text(text) or "").split()
    return frozenset(word.rstrip("sx") for word in words if len(word) > 3 and word.isalpha() and word not in _AMOUNTS)


def _excess(value: float, kpi: Kpi) -> float:
    """How far outside its bounds a value is, 0 inside."""
    above = value - kpi.value_max if kpi.value_max is not None else 0.0
    below = kpi.value_min - value if kpi.value_min is not None else 0.0
    return max(above, below, 0.0)


def _against_history(
    value: float, kpi: Kpi, history: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]
) -> Facts:
    made: Facts = {"last_value": float(history[-1]["value"])}
    made["slip_factor"] = slip_factor(value, made["last_value"])
    if not before or made["slip_factor"]:
        return made
    values = [float(known["value"]) for known in before]
    last = values[-1]
    back = last - value if kpi.direction == "up" else value - last
    made["step_back"] = back if back > abs(last) * _NOISE else 0.0
    made["jump"] = jump(value, values)
    return made


def slip_factor(value: float, last: float) -> float | None:
    """10, 100, 1000 or their inverses when the ratio to the last value looks like one, else None."""
    if not last or not value or (value < 0) != (last < 0):
        return None
    ratio = value / last
    for factor in _SLIPS:
        for candidate in (float(factor), 1 / factor):
            if candidate / _SLIP_BAND <= ratio <= candidate * _SLIP_BAND:
                return candidate
    return None


def jump(value: float, history: Sequence[float]) -> float | None:
    """How many times the largest step known the new one is, when beyond three; None otherwise.

    With one value known, a step is held against that value itself.
    """
    steps = [abs(b - a) for a, b in pairwise(history)]
    usual = max(steps, default=0.0) or abs(history[-1])
    size = abs(value - history[-1]) / usual if usual else 0.0
    return round(size, 2) if size > _JUMP else None
