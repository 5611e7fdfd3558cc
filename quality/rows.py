"""Judge what a partner sent, row by row: form, existence, right, sense. One pass finds every fault.

A row with an error is set aside with its reasons and the others go on; a row without any answer is ignored, since a
blank never erases. Rules are those of the workbook's schema; no library is needed here, so that a partner's answer
takes milliseconds. The Great Expectations suites (`quality.suites`) check the same on frames, and a test proves it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Literal

from quality.conditions import Condition, Conditions
from quality.facts import ConfirmedBefore, Facts, FactTable, Setting, code_sets, facts_of
from quality.readings import Previous, Reading, Row, SheetRows
from quality.shifts import LOW, shift_of
from sources.french.typography import figure, short_date
from sources.reference.roadmap import Reference
from sources.workbook.schema import Rule, Sheet, WorkbookSchema

Issue = dict[str, Any]
Verdict = Literal["accepted", "accepted_with_warnings", "partly_rejected", "rejected"]


@dataclass(frozen=True)
class JudgedRow:
    """A row, the facts it was judged on, and its issues."""

    row: Row
    facts: Facts
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class JudgedSheet:
    """What becomes of the rows of one sheet, by place; the issues of those that have some."""

    rows: SheetRows
    facts: FactTable
    accepted: Sequence[int]
    rejected: Sequence[int]
    ignored: Sequence[int]
    issues: Mapping[int, tuple[Issue, ...]]
    whole: Issue | None = None  # why all of the filled rows were set aside at once: one issue

    def judged(self, places: Sequence[int]) -> Iterator[JudgedRow]:
        """Some of the rows, one by one."""
        for place in places:
            issues = self.issues.get(place, ()) if self.whole is None else (self.whole,)
            yield JudgedRow(self.rows.row(place), self.facts.row(place), issues)

    def issues_of(self, places: Sequence[int]) -> Iterator[Issue]:
        """The issues of some of the rows."""
        if self.whole is not None and places:
            yield self.whole
        elif self.issues:
            yield from chain.from_iterable(self.issues.get(place, ()) for place in places)


@dataclass
class Judgement:
    """What becomes of a submission. `read = accepted + rejected + ignored`; `issues` in the order of the workbook."""

    verdict: Verdict
    partner_code: str | None
    session_code: str | None
    sheets: list[JudgedSheet] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @property
    def accepted(self) -> list[JudgedRow]:
        """The rows that go on."""
        return [row for sheet in self.sheets for row in sheet.judged(sheet.accepted)]

    @property
    def rejected(self) -> list[JudgedRow]:
        """The rows set aside, with their reasons."""
        return [row for sheet in self.sheets for row in sheet.judged(sheet.rejected)]

    @property
    def ignored(self) -> list[JudgedRow]:
        """The rows without any answer."""
        return [row for sheet in self.sheets for row in sheet.judged(sheet.ignored)]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were read, accepted, rejected and ignored."""
        counted = {
            "accepted": sum(len(sheet.accepted) for sheet in self.sheets),
            "rejected": sum(len(sheet.rejected) for sheet in self.sheets),
            "ignored": sum(len(sheet.ignored) for sheet in self.sheets),
        }
        return {"read": sum(counted.values()), **counted}

    def as_json(self, file_name: str, sha256: str) -> dict[str, Any]:
        """The object `jalon check --json` prints for the file."""
        return {
            "file": file_name,
            "sha256": sha256,
            "verdict": self.verdict,
            "partner": self.partner_code,
            "session": self.session_code,
            "rows": self.counts,
            "issues": self.issues,
        }


@dataclass(frozen=True)
class Expected:
    """Where the file was found: the partner whose folder it lies in and the session awaited, None for any.

    `unordered_with` are the files that came with it, where nothing shows which was sent last. `received_on` is the day
    it came, from which a period is over or not: the session's cut-off when it is not known. `confirmed_before` gives
    what the partner's earlier files of the session confirmed. `closed` are the published sessions: they
    take no answer once a later one does.
    """

    partner_code: str | None = None
    session_code: str | None = None
    unordered_with: Sequence[str] = ()
    received_on: date | None = None
    confirmed_before: ConfirmedBefore = lambda session, partner: {}
    closed: Collection[str] = ()


def judge(
    reading: Reading,
    schema: WorkbookSchema,
    reference: Reference,
    *,
    previous: Previous | None = None,
    expected: Expected | None = None,
) -> Judgement:
    """The judgement of one reading against the reference and, when known, the last session's values and texts."""
    expected = expected or Expected()
    refusal = reading.refused or _misplaced(reading, schema, reference, expected)
    if refusal:
        sender = expected.partner_code or reading.partner_code
        return Judgement("rejected", sender, reading.session_code, issues=[*reading.issues, refusal])
    partner, session = reading.partner_code or "", reading.session_code or ""
    cut_off = reference.sessions[session].cut_off
    confirmed = partial(expected.confirmed_before, session, partner)
    setting = Setting(reference, partner, cut_off, previous, expected.received_on, confirmed)
    judgement = Judgement("accepted", partner, session)
    for rows, facts in zip(reading.sheets, facts_of(reading, setting), strict=True):
        judgement.sheets.append(_judged(schema, setting, rows, facts, blocked=reading.blocked))
    judgement.issues = _in_order(schema, reading, judgement)
    if expected.unordered_with:
        judgement.issues.insert(0, _plain_issue(schema, "SENT_TOGETHER", " », « ".join(expected.unordered_with)))
    counts = judgement.counts
    if counts["read"] == counts["ignored"] and "NOTHING_FILLED" in schema.rules:
        judgement.issues.append(_plain_issue(schema, "NOTHING_FILLED"))
    judgement.verdict = _verdict(judgement, blocked=reading.blocked)
    return judgement


def _judged(
    schema: WorkbookSchema, setting: Setting, rows: SheetRows, facts: FactTable, *, blocked: bool
) -> JudgedSheet:
    filled = filled_rows(schema, facts)
    if shift := shift_of(facts, filled, setting):
        ignored = sorted(set(range(facts.size)).difference(filled))
        return JudgedSheet(rows, facts, [], filled, ignored, {}, _shifted(schema, rows, filled, shift))
    faults: dict[int, list[tuple[Rule, str]]] = {}
    for rule, column, broken in find_faults(schema, facts, filled, code_sets(setting.reference, setting.partner_code)):
        for place in broken:
            faults.setdefault(place, []).append((rule, column))
    issues = {
        place: tuple(_issues(schema, setting, rows.row(place), facts.row(place), broken))
        for place, broken in faults.items()
    }
    others = _other_answers(schema, facts)
    wrong = {
        place
        for place, broken in faults.items()
        if any(rule.severity == "error" and not (rule.spares_row and others(place, column)) for rule, column in broken)
    }
    bad = set(filled) if blocked else wrong
    return JudgedSheet(
        rows,
        facts,
        accepted=[place for place in filled if place not in bad],
        rejected=[place for place in filled if place in bad],
        ignored=sorted(set(range(facts.size)).difference(filled)),
        issues=issues,
    )


def _other_answers(schema: WorkbookSchema, facts: FactTable) -> Callable[[int, str], bool]:
    """Whether a row has an answer that was read, apart from those of one column."""
    keys = [column.key for column in schema.sheet(facts.sheet).inputs if not column.is_place]
    return lambda place, column: any(
        facts.columns[name][place] is not None
        for key in keys
        if key != column
        for name in (key, f"{key}_absence")
        if name in facts.columns
    )


def _shifted(schema: WorkbookSchema, rows: SheetRows, filled: Sequence[int], shift: int) -> Issue:
    """The one remark on a sheet whose answers are beside their rows."""
    where, other = ("bas", "dessus") if shift == LOW else ("haut", "dessous")
    message, fix = schema.rules["COLUMN_SHIFTED"].say(received=where, read=other)
    cell = rows.cells(rows.layout.said_first)[filled[0]]
    return {**_plain_issue(schema, "COLUMN_SHIFTED"), "sheet": rows.sheet_name, "cell": cell,
            "message": message, "fix": fix}  # fmt: skip


def filled_rows(schema: WorkbookSchema, facts: FactTable) -> list[int]:
    """The rows the partner answered anything on, well or badly."""
    answers = [facts.columns[name] for name in _answer_facts(schema)[facts.sheet] if name in facts.columns]
    blank = len(answers)
    return [place for place, column in enumerate(zip(*answers, strict=True)) if column.count(None) < blank]


@lru_cache(8)
def _answer_facts(schema: WorkbookSchema) -> Mapping[str, Sequence[str]]:
    """By sheet, the facts of which one is there when the row is filled."""
    return {
        sheet.key: [
            f"{column.key}{part}"
            for column in sheet.inputs
            if not column.is_place
            for part in ("", "_refusal", "_absence")
        ]
        + ["row_doubt"]
        for sheet in schema.sheets
    }


def find_faults(
    schema: WorkbookSchema, facts: FactTable, filled: Sequence[int], sets: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Rule, str, Sequence[int]]]:
    """Every rule of a sheet that filled rows break, in their order: rule, column it is reported at, rows."""
    there = {name for name, values in facts.columns.items() if values.count(None) < len(values)}
    for rule, column, conditions in _ready_rules(schema, facts.sheet):
        if conditions.needed <= there:  # most rules speak of facts that a good workbook does not have
            broken = conditions.broken_rows(facts.columns, filled, sets)
            if broken:
                yield rule, column, broken


@lru_cache(32)
def _ready_rules(schema: WorkbookSchema, sheet_key: str) -> Sequence[tuple[Rule, str, Conditions]]:
    """The rules of a sheet in their order, each with the columns it speaks of and its conditions, made ready once."""
    sheet = schema.sheet(sheet_key)
    return [
        (rule, column, Conditions(conditions))
        for rule in schema.row_rules(sheet_key)
        for column, conditions in spread(rule, sheet)
    ]


def spread(rule: Rule, sheet: Sheet) -> Iterator[tuple[str, list[Condition]]]:
    """The columns a rule speaks of on a sheet, each with the rule's conditions written for it."""
    if rule.each == "input":
        for column in sheet.inputs:
            yield column.key, [{**c, "fact": f"{column.key}_refusal"} for c in rule.broken_when]
    elif rule.each == "sheet":
        yield (
            sheet.key_column,
            [{**c, "fact": sheet.key_column if c["fact"] == "key" else c["fact"]} for c in rule.broken_when],
        )
    else:
        yield rule.at or sheet.key_column, list(rule.broken_when)


def _misplaced(reading: Reading, schema: WorkbookSchema, reference: Reference, expected: Expected) -> Issue | None:
    """A file that is nobody's, another partner's or another session's."""
    partner, session = reading.partner_code, reading.session_code
    if partner is None or session is None:
        return _plain_issue(schema, "FILE_WRONG_TEMPLATE", "ni partenaire ni session")
    if session not in reference.sessions or session != (expected.session_code or session):
        return _plain_issue(schema, "FILE_WRONG_SESSION", session)
    if where := _after_closing(reference, expected, session):
        return _plain_issue(schema, "FILE_CLOSED_SESSION", session, where)
    if partner not in reference.partners or partner != (expected.partner_code or partner):
        return _plain_issue(schema, "FILE_WRONG_PARTNER", partner, **_whose(partner in reference.partners))
    return None


def _whose(is_known: bool) -> dict[str, str]:
    """The words on a workbook that is not its sender's."""
    if is_known:
        return {
            "read": "est celui d’un autre partenaire",
            "advice": "Déposez-le dans le dossier de ce partenaire, ou utilisez le classeur préparé pour vous.",
        }
    return {
        "read": "ne dit pas de quel partenaire il est",
        "advice": "Redonnez-lui le nom du classeur que vous avez reçu, comme « CNS-13_ANS.xlsx ».",
    }


def _after_closing(reference: Reference, expected: Expected, session: str) -> str | None:
    """Where the workbook of the next session is, None while none takes answers in place of this one."""
    after, sessions = reference.sessions[session].cut_off, reference.sessions.values()
    later = [item for item in sessions if item.cut_off > after and item.session_code not in expected.closed]
    if session not in expected.closed or not later:
        return None
    code = min(later, key=lambda item: item.cut_off).session_code
    partner = reference.partners.get(expected.partner_code or "")
    name = f"{code}_{partner.partner_slug}.xlsx" if partner else f"{code}.xlsx"
    return (
        f"Remplissez le classeur de la session {code}, « {name} » : il est joint à votre invitation, et la DNS vous le "
        "renvoie si vous ne l’avez plus."
    )


def _plain_issue(schema: WorkbookSchema, rule: str, received: str = "", advice: str = "", read: str = "") -> Issue:
    message, fix = schema.rules[rule].say(received=received, read=read, advice=advice)
    return {
        "rule": rule,
        "severity": schema.rules[rule].severity,
        "sheet": None,
        "cell": None,
        "received": received or None,
        "message": message,
        "fix": fix,
    }


def _issues(
    schema: WorkbookSchema, setting: Setting, row: Row, facts: Facts, broken: Sequence[tuple[Rule, str]]
) -> Iterator[Issue]:
    """What is stated about one row: an issue for each rule it breaks, at a column."""
    raw = row.raw
    for rule, column in broken:
        received = raw.get(column, "")
        words = _words(schema, setting, column, row, facts)
        message, fix = rule.say(**{**words, "received": _short(received)})
        yield {
            "rule": rule.code,
            "severity": rule.severity,
            "sheet": row.sheet_name,
            "cell": row.cells.get(column) or f"A{row.row_number}",
            "received": received or None,
            "message": message,
            "fix": fix,
        }


def _words(schema: WorkbookSchema, setting: Setting, at: str, row: Row, facts: Facts) -> dict[str, object]:
    """Every word a message may have a blank for; `at` is the column it is reported at."""
    column = next((c for c in schema.sheet(row.sheet).inputs if c.key == at), None)
    kpi = setting.reference.kpis.get(facts.get("kpi_id") or "")
    commitment = setting.reference.commitments.get(facts.get("commitment_id") or "")
    unit = kpi.unit if kpi else ""
    return {
        "sheet": row.sheet_name,
        "header": column.header if column else "",
        "partner": setting.partner_code,
        "advice": facts.get(f"{at}_advice") or "",
        "cut_off": short_date(facts["cut_off"]),
        "received_on": short_date(facts["received_on"]),
        "announced": short_date(facts["next_steps_until"]) if facts.get("next_steps_until") else "",
        "unmet": facts.get("unmet", ""),
        "other": facts.get("label_of_another") or "",
        "doubt": facts.get("row_doubt") or "",
        "confirm": _how_to_confirm(facts.get("confirmed_other")),
        "deadline_text": short_date(commitment.deadline) if commitment and commitment.deadline else "",
        "kpi_unit": unit,
        "kpi_population": kpi.population if kpi else "",
        "bounds": _bounds(kpi.value_min, kpi.value_max) if kpi else "",
        "last": figure(facts["last_value"]) if facts.get("last_value") is not None else "",
        "highest": figure(facts["fallen_from"]) if facts.get("fallen_from") is not None else "",
        "slip": _slip(facts.get("slip_factor")),
        "said": schema.lists["qualifier"].get(facts.get("value_qualifier") or "", ""),
    }


def _how_to_confirm(other: float | None) -> str:
    if other is None:
        return "écrivez « confirmé » dans la colonne Commentaire"
    return f"le commentaire confirmait {figure(other)} : remplacez-le par « confirmé le », suivi de la date"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}…"


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"de {figure(low)} à {figure(high)}"
    return figure(high or 0.0, qualifier="at_most") if low is None else figure(low, qualifier="at_least")


def _slip(factor: float | None) -> str:
    if factor is None:
        return ""
    return f"{factor:.0f} fois" if factor > 1 else f"le {_ordinal(round(1 / factor))} de"


_ORDINALS = {
    10: "dixième", 100: "centième", 1000: "millième",
    10_000: "dix-millième", 100_000: "cent-millième", 1_000_000: "millionième",
}  # fmt: skip


def _ordinal(divisor: int) -> str:
    return _ORDINALS[divisor]


def _in_order(schema: WorkbookSchema, reading: Reading, judgement: Judgement) -> list[Issue]:
    """Issues of the whole file first, then sheet by sheet, row by row, column by column."""
    sheets = {sheet.name: rank for rank, sheet in enumerate(schema.sheets)}
    issues = list(reading.issues)
    for sheet in judgement.sheets:
        issues.extend(sheet.issues_of(sheet.accepted))
    for sheet in judgement.sheets:
        issues.extend(sheet.issues_of(sheet.rejected))
    return sorted(issues, key=lambda issue: (sheets.get(issue["sheet"] or "", -1), *_place(issue["cell"])))


def _place(cell: str | None) -> tuple[int, int, str]:
    letters = (cell or "").rstrip("0123456789")
    digits = (cell or "")[len(letters) :]
    return (int(digits) if digits else 0, len(letters), letters)


def _verdict(judgement: Judgement, *, blocked: bool) -> Verdict:
    errors = any(issue["severity"] == "error" for issue in judgement.issues)
    if blocked or (errors and not judgement.counts["accepted"]):
        return "rejected"
    if errors:
        return "partly_rejected"
    return "accepted_with_warnings" if judgement.issues else "accepted"
