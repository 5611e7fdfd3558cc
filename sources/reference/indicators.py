"""What is measured: KPIs, where each starts from, what a measure is to a target, how a figure is recognised."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sources.french.folding import fold_pattern
from sources.reference.commitments import PRECISIONS, Commitment
from sources.reference.seed_rows import SeedRow

PERIODICITIES = frozenset({"point", "monthly", "quarterly", "semestrial", "yearly", "cumulative"})
MEASURE_KINDS = frozenset({"stock", "flow", "cumulative", "rolling_12_months"})
DIRECTIONS = frozenset({"up", "down"})
RELATIONS = frozenset({"same", "ratio", "lower_bound", "upper_bound", "annualised", "different"})
DECIDED_BY = frozenset({"text", "dns"})
_OF_ONE_DIMENSION = RELATIONS - {"ratio", "different"}


@dataclass(frozen=True, slots=True)
class Kpi:
    """A measured quantity; `value_min` and `value_max` bound what a partner may send, None where nothing bounds it."""

    kpi_id: str
    action_code: str
    kpi_label: str
    unit: str
    population: str
    periodicity: str
    measure_kind: str
    max_age_months: int
    direction: str
    owner_partner: str
    definition: str
    source: str
    limits: str
    value_min: float | None
    value_max: float | None


@dataclass(frozen=True, slots=True)
class Comparability:
    """What a measured KPI is to a commitment's target; nobody decided yet where `decided_by` is None."""

    commitment_id: str
    context_kpi_id: str
    relation: str
    denominator_value: float | None
    denominator_source: str | None
    decided_by: str | None
    decided_on: date | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a KPI starts from, and where that was read."""

    kpi_id: str
    baseline_value: float
    baseline_on: date
    baseline_precision: str
    baseline_source: str


@dataclass(frozen=True)
class Matcher:
    """How a figure read in a document is recognised as a KPI's: the words around it, its unit, its action."""

    matcher_id: str
    kpi_id: str
    action_code: str | None
    unit: str
    pattern: str
    confidence: float
    context: str  # words that may be around the figure and narrow nothing

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled; it is searched in a folded text, and may itself carry accents."""
        return re.compile(fold_pattern(self.pattern))


def kpi(row: SeedRow, actions: Collection[str], partners: Collection[str]) -> Kpi:
    """One row of `ref_kpi`."""
    kpi_id = row.matching("kpi_id", r"IND-\d{1,2}-\d{1,2}-\d{1,2}", "IND-action-rank, such as IND-8-4-2")
    action_code = row.code_of("action_code", actions, "ref_action")
    prefix = f"IND-{action_code}-"
    row.check(kpi_id.startswith(prefix), "kpi_id", f"a KPI of action {action_code} starts with {prefix}", "action_code")
    low, high = row.number_or_none("value_min"), row.number_or_none("value_max")
    ordered = low is None or high is None or low < high
    row.check(ordered, "value_max", "make it greater than value_min, or leave it blank", "value_min")
    age = row.integer("max_age_months")
    row.check(age > 0, "max_age_months", "give a number of months, at least 1")
    return Kpi(
        kpi_id=kpi_id,
        action_code=action_code,
        kpi_label=row.text("kpi_label"),
        unit=row.text("unit"),
        population=row.text("population"),
        periodicity=row.choice("periodicity", PERIODICITIES),
        measure_kind=row.choice("measure_kind", MEASURE_KINDS),
        max_age_months=age,
        direction=row.choice("direction", DIRECTIONS),
        owner_partner=row.code_of("owner_partner", partners, "ref_partner"),
        definition=row.text("definition"),
        source=row.text("source"),
        limits=row.text_or_none("limits") or "",
        value_min=low,
        value_max=high,
    )


def comparability(row: SeedRow, commitments: Mapping[str, Commitment], kpis: Mapping[str, Kpi]) -> Comparability:
    """One row of `ref_kpi_comparability`."""
    commitment_id = row.code_of("commitment_id", commitments, "ref_commitment")
    context_kpi_id = row.code_of("context_kpi_id", kpis, "ref_kpi")
    relation = row.choice("relation", RELATIONS)
    of_target = commitments[commitment_id].kpi_id if commitment_id in commitments else None
    if commitment_id in commitments:
        row.check(of_target is not None, "commitment_id", "a milestone has no target a measure could be compared with")
    own = "this is the KPI the commitment is set on; context is another KPI"
    row.check(of_target != context_kpi_id, "context_kpi_id", own)
    _same_dimension(row, relation, kpis.get(context_kpi_id), kpis.get(of_target or ""))
    denominator = row.number_or_none("denominator_value")
    source = row.text_or_none("denominator_source")
    row.check(denominator is None or relation == "ratio", "denominator_value", "only a ratio has one; leave it blank")
    row.check(denominator is None or denominator > 0, "denominator_value", "divide by a number above 0")
    row.check(
        (denominator is None) == (source is None), "denominator_source", "a denominator and its source go together"
    )
    decided_by, decided_on = row.choice_or_none("decided_by", DECIDED_BY), row.day_or_none("decided_on")
    dated = "give the day of the DNS's decision, and no day without one"
    row.check((decided_on is not None) == (decided_by == "dns"), "decided_on", dated, "decided_by")
    return Comparability(
        commitment_id=commitment_id,
        context_kpi_id=context_kpi_id,
        relation=relation,
        denominator_value=denominator,
        denominator_source=source,
        decided_by=decided_by,
        decided_on=decided_on,
        explanation=row.text("explanation"),
    )


def baseline(row: SeedRow, kpis: Collection[str]) -> Baseline:
    """One row of `ref_kpi_baseline`."""
    return Baseline(
        row.code_of("kpi_id", kpis, "ref_kpi"),
        row.number("baseline_value"),
        row.day("baseline_on"),
        row.choice("baseline_precision", PRECISIONS),
        row.text("baseline_source"),
    )


def matcher(row: SeedRow, actions: Collection[str], kpis: Collection[str]) -> Matcher:
    """One row of `ref_kpi_matcher`."""
    confidence = row.number("confidence")
    row.check(0 < confidence <= 1, "confidence", "give a number above 0 and up to 1 (1.0 is certain)")
    pattern = row.text("pattern")
    try:
        re.compile(fold_pattern(pattern))
    except re.error as error:
        row.refuse("pattern", f"write a regular expression that compiles ({error})")
    any_action = row.is_blank("action_code")
    return Matcher(
        matcher_id=row.text("matcher_id"),
        kpi_id=row.code_of("kpi_id", kpis, "ref_kpi"),
        action_code=None if any_action else row.code_of("action_code", actions, "ref_action"),
        unit=row.text("unit"),
        pattern=pattern,
        confidence=confidence,
        context="" if row.is_blank("context") else row.text("context"),
    )


def _same_dimension(row: SeedRow, relation: str, measured: Kpi | None, target: Kpi | None) -> None:
    """A count never bounds nor equals a share; only a ratio, with its denominator, makes one of the other."""
    if measured is not None and target is not None and relation in _OF_ONE_DIMENSION:
        alike = (measured.unit == "%") == (target.unit == "%")
        shares = f"the target is in {target.unit}, this KPI in {measured.unit}: write ratio, or different"
        row.check(alike, "relation", shares)
