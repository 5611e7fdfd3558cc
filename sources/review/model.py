"""What a review is about: facts waiting, conflicts open, statuses to arbitrate, and a decision on one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Fact:
    """A figure read in a document and linked to a KPI, that nobody has settled. `fact_key` names it for good."""

    fact_key: str
    action_code: str
    kpi_id: str
    kpi_label: str
    value: float
    unit: str
    qualifier: str
    period_end: date
    period_precision: str
    prefix: str
    quote: str
    suffix: str
    document: str
    locator: str
    confidence: float


@dataclass(frozen=True)
class Conflict:
    """Two sources that say different things of one KPI and period; the first one is the one in force."""

    action_code: str
    kpi_id: str
    kpi_label: str
    unit: str
    period_end: date
    source_a: str
    value_a: float
    qualifier_a: str
    source_b: str
    value_b: float
    qualifier_b: str
    verdict: str  # compatible | contradictory

    @property
    def key(self) -> str:
        """The subject of a decision on it."""
        return f"{self.kpi_id}|{self.period_end}"


@dataclass(frozen=True)
class ActionCase:
    """Where one action stands in the session: status codes, None where there is none."""

    action_code: str
    title: str
    lead: str
    computed: str | None
    declared: str | None
    arbitrated: str | None
    has_disagreement: bool


@dataclass(frozen=True)
class Candidates:
    """Everything a session's review shows. `statuses` gives the French label of each status, best first."""

    session_code: str
    held_on: date
    statuses: Mapping[str, str]
    facts: tuple[Fact, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    actions: tuple[ActionCase, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One decision as a person gives it; `decision` is a code of the landing table."""

    decision: str
    author_role: str
    decided_on: date
    reason: str
    value: float | None = None
