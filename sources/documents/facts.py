"""What is read in a published document: its facts, their published JSON, and the rows they leave in the landing."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.documents.text import Locator
from sources.french.folding import fold_in_place

HEADING_MARK = "\n"  # between the headings a quantity is under, the nearest last
_KEY_LENGTH = 16

Span = tuple[int, int]


@dataclass(frozen=True)
class PriorityFact:
    """A priority as the document prints it; the axis is null when neither the document nor the reference says it."""

    number: int
    title: str
    axis: int | None
    locator: Locator

    def as_json(self) -> dict[str, Any]:
        """The published form."""
        return {"number": self.number, "title": self.title, "axis": self.axis}


@dataclass(frozen=True)
class ActionFact:
    """One action of a progress report; partners are canonical codes in the order printed."""

    code: str
    priority: int
    title: str
    objective: str
    partners: tuple[str, ...]
    narrative: str
    declared_status: str | None
    locator: Locator

    def as_json(self) -> dict[str, Any]:
        """The published form."""
        return {
            "code": self.code,
            "priority": self.priority,
            "title": self.title,
            "objective": self.objective,
            "partners": list(self.partners),
            "narrative": self.narrative,
            "declared_status": self.declared_status,
            "locator": self.locator.as_json(),
        }


@dataclass(frozen=True)
class Target:
    """A value an objective promises; the deadline keeps the precision it was stated with.

    `role` is `level` for a value to reach, `change` for one to gain or lose (a loss is negative), `part` for some.
    """

    action: str
    value: float
    unit: str
    qualifier: str
    deadline: date | None
    deadline_precision: str | None
    quote: str
    locator: Locator
    role: str = "level"

    def as_json(self) -> dict[str, Any]:
        """The published form."""
        return {
            "action": self.action,
            "role": self.role,
            "value": plain_number(self.value),
            "unit": self.unit,
            "qualifier": self.qualifier,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "deadline_precision": self.deadline_precision,
            "quote": self.quote,
            "locator": self.locator.as_json(),
        }


@dataclass(frozen=True)
class Milestone:
    """A moment an objective sets without a figure: what re-baselining of milestones is seen from."""

    action: str
    deadline: date
    deadline_precision: str
    quote: str
    locator: Locator

    def as_json(self) -> dict[str, Any]:
        """The published form."""
        return {
            "action": self.action,
            "deadline": self.deadline.isoformat(),
            "deadline_precision": self.deadline_precision,
            "quote": self.quote,
            "locator": self.locator.as_json(),
        }


@dataclass(frozen=True)
class Quantity:
    """A figure said in a text, in base units, with the words it is in."""

    action: str | None
    value: float
    unit: str
    qualifier: str
    period_start: date | None
    period_end: date | None
    period_precision: str | None
    quote: str
    prefix: str
    suffix: str
    locator: Locator
    kpi_id: str | None = None
    link_confidence: float | None = None
    role: str = "value"  # what part it plays (`meaning.Role`): only a value is a level
    nature: str = "actual"  # actual | provisional | estimated | forecast | planned
    heading: str = ""
    cues: tuple[Any, ...] = ()  # the words that made it more than a measured level, placed in its sentence
    clause: Span = (0, 0)  # its own stretch of prefix + quote + suffix
    reach: int = 0  # where the stretch begins whose subject its own goes on from
    opening: Span = (0, 0)  # the sentence's opening, where another figure comes before
    said: Span = (0, 0)  # the words of its period
    dates: tuple[Span, ...] = ()  # the words of every period of its sentence
    dates_past: tuple[Span, ...] = ()  # those that had begun on the document's day
    announced: str = ""  # the sentence or heading that announces it
    announced_dates: tuple[Span, ...] = ()  # the words of the periods in that one
    following: str = ""  # the sentence behind its own
    matched: Span = (0, 0)  # the words its matcher found
    context: str = ""  # what its text says before its sentence
    doubts: tuple[str, ...] = ()  # why it may not count without a person; nothing when the text leaves no doubt

    @property
    def sentence(self) -> str:
        """The sentence it is stated in, or as much of it as is kept."""
        return self.prefix + self.quote + self.suffix

    @property
    def identity(self) -> str:
        """What the fact says and in which words, whatever the document, its layout and its place in it.

        A decision holds as long as this does: another value, period, KPI or sentence is another fact.
        """
        sentence = " ".join(fold_in_place(self.prefix + self.quote + self.suffix).split()).lstrip("-–—•* ")
        said = (self.kpi_id, self.action, plain_number(self.value), self.unit, self.qualifier, self.period_end)
        return "|".join("" if part is None else str(part) for part in (*said, sentence))

    def as_json(self) -> dict[str, Any]:
        """The published form; a link that is not certain is a candidate and shows its confidence."""
        return {
            "action": self.action,
            "value": plain_number(self.value),
            "unit": self.unit,
            "qualifier": self.qualifier,
            "period_start": self.period_start.isoformat() if self.period_start else None,
            "period_end": self.period_end.isoformat() if self.period_end else None,
            "period_precision": self.period_precision,
            "kpi_id": self.kpi_id,
            "link_confidence": self.link_confidence,
            "role": self.role,
            "nature": self.nature,
            "doubts": list(self.doubts),
            "quote": self.quote,
            "prefix": self.prefix,
            "suffix": self.suffix,
            "locator": self.locator.as_json(),
        }


@dataclass(frozen=True)
class Extraction:
    """Everything read in one document."""

    sha256: str
    file_name: str
    kind: str
    title: str
    as_of: date | None
    session_code: str | None
    extractor_version: str
    priorities: tuple[PriorityFact, ...] = ()
    actions: tuple[ActionFact, ...] = ()
    targets: tuple[Target, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    warnings: tuple[str, ...] = ()
    declared: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # axes, priorities, glossary, rules

    def as_json(self) -> dict[str, Any]:
        """What `jalon extract --json` prints."""
        return {
            "document": {
                "sha256": self.sha256,
                "kind": self.kind,
                "title": self.title,
                "as_of": self.as_of.isoformat() if self.as_of else None,
                "session": self.session_code,
                "extractor_version": self.extractor_version,
            },
            "priorities": [item.as_json() for item in self.priorities],
            "actions": [item.as_json() for item in self.actions],
            "targets": [item.as_json() for item in self.targets],
            "milestones": [item.as_json() for item in self.milestones],
            "quantities": [item.as_json() for item in self.quantities],
            **({"declared": self.declared} if self.declared else {}),
            "warnings": list(self.warnings),
        }

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the landing tables of a document; `origin` and `received_at` are for the caller to say."""
        return {
            "document": [
                {
                    "sha256": self.sha256,
                    "file_name": self.file_name,
                    "kind": self.kind,
                    "title": self.title,
                    "as_of": self.as_of,
                    "session_code": self.session_code,
                    "origin": None,
                    "received_at": None,
                    "extractor_version": self.extractor_version,
                }
            ],
            "document_priority": [
                {"sha256": self.sha256, "priority_number": item.number, "title": item.title, "axis_number": item.axis}
                for item in self.priorities
            ],
            "document_action": [self._action_row(item) for item in self.actions],
            "document_target": [self._target_row(rank, item) for rank, item in enumerate(self.targets, 1)],
            "document_quantity": [
                self._quantity_row(rank, key, item)
                for rank, (key, item) in enumerate(zip(fact_keys(self.quantities), self.quantities, strict=True), 1)
            ],
        }

    def _action_row(self, item: ActionFact) -> dict[str, Any]:
        return {
            "sha256": self.sha256,
            "action_code": item.code,
            "priority_number": item.priority,
            "title": item.title,
            "objective": item.objective,
            "partners": list(item.partners),
            "narrative": item.narrative,
            "declared_status": item.declared_status,
            "locator": item.locator.as_text(),
        }

    def _target_row(self, rank: int, item: Target) -> dict[str, Any]:
        return {
            "sha256": self.sha256,
            "target_rank": rank,
            "action_code": item.action,
            "value": item.value,
            "unit": item.unit,
            "deadline": item.deadline,
            "deadline_precision": item.deadline_precision,
            "quote": item.quote,
            "locator": item.locator.as_text(),
        }

    def _quantity_row(self, rank: int, key: str, item: Quantity) -> dict[str, Any]:
        return {
            "sha256": self.sha256,
            "quantity_rank": rank,
            "fact_key": key,
            "action_code": item.action,
            "kpi_id": item.kpi_id,
            "link_confidence": item.link_confidence,
            "role": item.role,
            "nature": item.nature,
            "doubts": "|".join(item.doubts) or None,
            "value": item.value,
            "unit": item.unit,
            "qualifier": item.qualifier,
            "period_start": item.period_start,
            "period_end": item.period_end,
            "period_precision": item.period_precision,
            "quote": item.quote,
            "quote_prefix": item.prefix,
            "quote_suffix": item.suffix,
            "locator": item.locator.as_text(),
        }


def fact_keys(quantities: Sequence[Quantity]) -> list[str]:
    """A key for each quantity of one document, made of what it says: the same in the next version of the document.

    The second time a document says the very same thing has a key of its own, so that keys are unique in a document.
    """
    said: Counter[str] = Counter()
    keys = []
    for quantity in quantities:
        said[quantity.identity] += 1
        content = f"{quantity.identity}|{said[quantity.identity]}"
        keys.append(hashlib.sha256(content.encode()).hexdigest()[:_KEY_LENGTH])
    return keys


def plain_number(value: float) -> float | int:
    """A whole value as an integer: 30000000, not 30000000.0."""
    return int(value) if value == int(value) else value
