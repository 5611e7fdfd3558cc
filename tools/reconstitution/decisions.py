"""The decisions on the figures of other documents: one review workbook a day of decision, from `decisions.csv`.

Each row of the file is a figure read again by a person in the published document it comes from. The workbook is the
one `jalon review --export` would have written that day, filled in; a fact that has no row stays to be decided.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.documents import Extraction, extract
from sources.documents.facts import Quantity, fact_keys
from sources.reference.roadmap import Reference, Session
from sources.review import Candidates, Decision, Fact, Vocabulary, export_review
from tools.reconstitution.published import FOLDER, PublishedError

DECISIONS_FOLDER = "decisions"
FILE_NAME = "{day}_reprise-historique.xlsx"
COLUMNS = ("document", "kpi_id", "value", "period_end", "decision", "new_period", "author_role", "decided_on", "reason")


@dataclass(frozen=True)
class _Ruling:
    """One row of the file: the fact it speaks of, and the decision on it."""

    subject: tuple[str, str, float, date]  # document, KPI, value, last day of the period
    decision: Decision
    line: int


def write_decisions(reference: Reference, inbox: Path, reports: Path, folder: Path = FOLDER) -> list[Path]:
    """Write one review workbook a day of decision under `inbox/decisions`, and return what was written.

    PublishedError for a row that names no fact of the documents, or one already named.
    """
    facts = _facts(reference, reports)
    days: defaultdict[date, dict[str, Decision]] = defaultdict(dict)
    for ruling in _rulings(folder / "decisions.csv"):
        fact = facts.get(ruling.subject)
        if fact is None:
            raise PublishedError(
                f"decisions.csv, line {ruling.line}: no document has {ruling.subject[1]} = {ruling.subject[2]:g} for "
                f"{ruling.subject[3]} in {ruling.subject[0]}; correct the row, or leave it out"
            )
        decided = days[ruling.decision.decided_on]
        if fact.fact_key in decided:
            raise PublishedError(f"decisions.csv, line {ruling.line}: decided above already")
        decided[fact.fact_key] = ruling.decision
    return [_workbook(reference, inbox, facts.values(), day, decided) for day, decided in sorted(days.items())]


def _workbook(
    reference: Reference, inbox: Path, facts: Iterable[Fact], day: date, decided: dict[str, Decision]
) -> Path:
    """The workbook of one day: the facts decided that day, in the order of their documents."""
    session = _session_of(reference, day)
    candidates = Candidates(
        session.session_code,
        session.held_on,
        Vocabulary({label.code: label.label for label in reference.labels.values() if label.domain == "status"}, {}),
        tuple(fact for fact in facts if fact.fact_key in decided),
    )
    path = inbox / DECISIONS_FOLDER / FILE_NAME.format(day=day)
    return export_review(candidates, path, decided=decided)


def _session_of(reference: Reference, day: date) -> Session:
    """The session a day works towards: the first one whose cut-off it does not pass."""
    return min(
        (session for session in reference.sessions.values() if day <= session.cut_off), key=lambda item: item.cut_off
    )


def _facts(reference: Reference, reports: Path) -> dict[tuple[str, str, float, date | None], Fact]:
    """The figures of the documents that are no progress report, linked to a KPI, as the review shows them."""
    found: dict[tuple[str, str, float, date | None], Fact] = {}
    for path in sorted(reports.glob("*.md")):
        extraction = extract(path, reference)
        if extraction.kind == "progress_report":
            continue
        for fact in _linked(extraction, reference):
            found[(fact.document, fact.kpi_id, fact.value, fact.period_end)] = fact
    return found


def _linked(extraction: Extraction, reference: Reference) -> Iterator[Fact]:
    for key, item in zip(fact_keys(extraction.quantities), extraction.quantities, strict=True):
        if item.kpi_id is not None:
            yield _fact(key, item, extraction, reference)


def _fact(key: str, item: Quantity, extraction: Extraction, reference: Reference) -> Fact:
    kpi = reference.kpis[item.kpi_id or ""]
    period_end = item.period_end or extraction.as_of
    if period_end is None:
        raise PublishedError(f"{extraction.file_name}: {item.quote!r} has no date; date the note")
    return Fact(
        fact_key=key,
        action_code=item.action or kpi.action_code,
        kpi_id=kpi.kpi_id,
        kpi_label=kpi.kpi_label,
        value=item.value,
        unit=item.unit,
        qualifier=item.qualifier,
        period_end=period_end,
        period_precision=item.period_precision or "day",
        prefix=item.prefix,
        quote=item.quote,
        suffix=item.suffix,
        document=extraction.file_name,
        locator=item.locator.as_text(),
        confidence=item.link_confidence or 0.0,
    )


def _rulings(path: Path) -> Iterator[_Ruling]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise PublishedError(f"{path.name}: the header must be {', '.join(COLUMNS)}")
        for row in reader:
            subject = (row["document"], row["kpi_id"], float(row["value"]), date.fromisoformat(row["period_end"]))
            decision = Decision(
                row["decision"],
                row["author_role"],
                date.fromisoformat(row["decided_on"]),
                row["reason"],
                period=row["new_period"],
            )
            yield _Ruling(subject, decision, reader.line_num)
