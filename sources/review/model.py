"""What a review is about, facts, conflicts, commitments and subjects of a decision, and what comes back from it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.review.layout import Vocabulary


@dataclass(frozen=True)
class Fact:
    """A figure read in a document, that nobody has settled. `fact_key` names it for good.

    `state` is waiting, accepted (it counts already) or unlinked (no KPI was recognised); `waits_for` gives why a person
    is asked, codes parted by a bar.
    """

    fact_key: str
    action_code: str
    kpi_id: str
    kpi_label: str
    value: float
    unit: str
    qualifier: str
    period_end: date | None
    period_precision: str | None
    prefix: str
    quote: str
    suffix: str
    document: str
    locator: str
    confidence: float
    state: str = "waiting"
    waits_for: str = ""


@dataclass(frozen=True)
class Conflict:
    """Two sources with different values of one KPI and period; the first one is the one in force."""

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
    verdict: str  # compatible | contradictory | corrected
    quote_a: str = ""
    place_a: str = ""
    quote_b: str = ""
    place_b: str = ""
    rank: int = 1  # among the conflicts of one KPI and period

    @property
    def subject_key(self) -> str:
        """The subject of a decision on it."""
        return f"{self.kpi_id}|{self.period_end}"

    @property
    def key(self) -> str:
        """Names the row: a third value of one figure is a conflict of its own."""
        return self.subject_key if self.rank == 1 else f"{self.subject_key}|{self.rank}"


@dataclass(frozen=True)
class CommitmentCase:
    """Where one commitment is, and what was read of it already: labels in French, None where there is none."""

    commitment_id: str
    label: str
    deadline: date | None
    deadline_precision: str | None
    current: str
    basis: str
    read: str


@dataclass(frozen=True)
class Subject:
    """One thing the DNS may decide on, in French; `mark` names what a decision would be taken upon."""

    subject_kind: str
    subject_key: str
    action_code: str
    label: str
    current: str
    remark: str = ""
    decided: str = ""
    mark: str | None = None

    @property
    def key(self) -> str:
        """Names the row: a comparability and its denominator have one subject key."""
        return f"{self.subject_key}|dénominateur" if self.subject_kind == "denominator" else self.subject_key


@dataclass(frozen=True)
class Candidates:
    """Everything a session's review shows."""

    session_code: str
    held_on: date
    vocabulary: Vocabulary
    facts: tuple[Fact, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    commitments: tuple[CommitmentCase, ...] = ()
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One decision as a person gives it; `decision` is a code of the landing table, `period` as it is typed."""

    decision: str
    author_role: str
    decided_on: date
    reason: str
    value: float | None = None
    period: str = ""
    kpi: str = ""


@dataclass(frozen=True)
class Reading:
    """One reading as a person gives it; `status_date` is written as in the text."""

    status: str
    author_role: str
    read_on: date
    document: str
    place: str
    note: str
    status_date: str = ""


@dataclass(frozen=True)
class RefusedRow:
    """A row that decides nothing: which cell is wrong, what it holds, what was expected, how to correct it."""

    sheet: str
    row_number: int
    cell: str
    received: str
    expected: str
    fix: str


@dataclass
class ReviewReading:
    """The content of one workbook: rows of the landing tables `decision` and `reading`, and the rows refused."""

    session_code: str
    decisions: list[dict[str, Any]] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was decided nor read."""
        return not (self.decisions or self.readings)
