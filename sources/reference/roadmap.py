"""The reference of the roadmap: axes, priorities, actions, partners, commitments, KPIs, sessions, labels.

The reviewed rows are the dbt seeds (`dbt_project/seeds/ref_*.csv`); this module reads the same files for the code
that runs before the warehouse exists: the templates, the readers, the documents' matchers. What comes out is
immutable, and every field bears the name of its column. A seed that cannot be trusted is refused whole, with the
file, line, column and value that has to be mended. Invariants that need several tables joined and are no concern of
a reader stay with dbt's tests.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from sources.errors import PlainError
from sources.french.folding import fold_pattern

KINDS = frozenset({"milestone", "target"})
PRECISIONS = frozenset({"day", "month", "quarter", "semester", "year"})
TARGET_QUALIFIERS = frozenset({"exact", "at_least", "at_most"})
PERIODICITIES = frozenset({"point", "monthly", "quarterly", "semestrial", "yearly", "cumulative"})
DIRECTIONS = frozenset({"up", "down"})
ROLES = frozenset({"lead", "contributor"})
MEASURE_KINDS = frozenset({"stock", "flow", "cumulative", "rolling_12_months"})
RELATIONS = frozenset({"same", "ratio", "lower_bound", "upper_bound", "annualised", "different"})
DECIDED_BY = frozenset({"text", "dns"})
DIFFERENCES = frozenset({"quantity", "population", "unit", "periodicity"})
TERRITORY_LEVELS = frozenset({"country", "region", "department"})
SESSION_STATES = frozenset({"open", "closed", "draft", "final", "published"})


class ReferenceError(PlainError, ValueError):  # noqa: A001 — the name the project's interfaces give it
    """A seed holds something that cannot be used; the message says where, what, and how to mend it."""

    fix = "Fix the row of `dbt_project/seeds/` that the message names."

    def __init__(self, file: str, line: int, column: str, value: str, mend: str) -> None:
        self.file, self.line, self.column, self.value, self.mend = file, line, column, value, mend
        super().__init__(f"{file}, line {line}, column {column}: received {value!r}; {mend}")


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the four axes; the short label is the banner of the published report."""

    axis_number: int
    axis_label: str
    axis_short_label: str


@dataclass(frozen=True, slots=True)
class Priority:
    """One of the eighteen priorities, with its published title."""

    priority_number: int
    priority_title: str
    axis_number: int


@dataclass(frozen=True, slots=True)
class Action:
    """One of the sixty-five actions: published title, objective in the project's own words."""

    action_code: str
    priority_number: int
    action_rank: int
    action_title: str
    objective: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A public body that leads actions or contributes to them; the slug is safe in folder and file names."""

    partner_code: str
    partner_name: str
    partner_slug: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """One thing an action promises: a milestone, or a target set on a KPI. No deadline when none was published."""

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
    baseline_value: float | None
    baseline_on: date | None
    baseline_source: str | None


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


@dataclass(frozen=True, slots=True)
class Revision:
    """A later date that the text of a session gives to a commitment; it never moves the deadline."""

    commitment_id: str
    revised_deadline: date
    revised_precision: str
    said_in_session: str
    revised_source: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """An action that a published text makes wait for, or lean on, another one."""

    action_code: str
    depends_on_code: str
    dependency_label: str
    source_ref: str


@dataclass(frozen=True)
class Matcher:
    """How a figure read in a document is recognised as a KPI's: the words around it, its unit, its action."""

    matcher_id: str
    kpi_id: str
    action_code: str | None
    unit: str
    pattern: str
    confidence: float

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled; it is searched in a folded text, and may itself carry accents."""
        return re.compile(fold_pattern(self.pattern))


@dataclass(frozen=True, slots=True)
class Session:
    """One CNS session; `cut_off` is the date its figures are stopped at and the only « now » of the method."""

    session_code: str
    session_number: int
    held_on: date
    cut_off: date
    contributions_due_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Territory:
    """The country, a region or a department; establishments are not listed, their FINESS number is their code."""

    territory_code: str
    territory_level: str
    insee_code: str | None
    territory_label: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class Label:
    """The French word for one code of one vocabulary."""

    domain: str
    code: str
    label: str
    description: str
    sort_order: int


@dataclass(frozen=True, eq=False)
class Reference:
    """Everything the seeds say, keyed by code in the order of the files; equal digests mean equal content."""

    axes: Mapping[int, Axis]
    priorities: Mapping[int, Priority]
    actions: Mapping[str, Action]
    partners: Mapping[str, Partner]
    action_partners: Mapping[str, tuple[tuple[str, str], ...]]
    commitments: Mapping[str, Commitment]
    kpis: Mapping[str, Kpi]
    comparability: Mapping[tuple[str, str], Comparability]
    baselines: Mapping[str, Baseline]
    revisions: Mapping[tuple[str, str], Revision]
    dependencies: Mapping[tuple[str, str], Dependency]
    matchers: Mapping[str, Matcher]
    sessions: Mapping[str, Session]
    territories: Mapping[str, Territory]
    labels: Mapping[tuple[str, str], Label]
    digest: str

    def lead_of(self, action_code: str) -> str:
        """The code of the partner that leads an action: the first one the report names. KeyError if unknown."""
        return self.action_partners[action_code][0][0]

    def actions_of(self, partner_code: str) -> tuple[str, ...]:
        """The codes of the actions a partner leads or contributes to, in the roadmap's order."""
        return tuple(
            action for action, named in self.action_partners.items() if any(code == partner_code for code, _ in named)
        )

    def commitments_of(self, action_code: str) -> tuple[Commitment, ...]:
        """The commitments of an action, by rank; none for an action nobody knows."""
        return self._commitments_by_action.get(action_code, ())

    @cached_property
    def _commitments_by_action(self) -> Mapping[str, tuple[Commitment, ...]]:
        found: dict[str, tuple[Commitment, ...]] = {}
        for item in self.commitments.values():
            found[item.action_code] = (*found.get(item.action_code, ()), item)
        return found

    def kpis_of(self, partner_code: str) -> tuple[Kpi, ...]:
        """The KPIs a partner owns, whichever action they belong to."""
        return tuple(kpi for kpi in self.kpis.values() if kpi.owner_partner == partner_code)


def load_reference(seeds_dir: Path) -> Reference:
    """Read the seeds of a folder into one `Reference`.

    Raises `ReferenceError` at the first row that cannot be used: a missing file or column, a blank where a value is
    required, a value of the wrong type or outside its vocabulary, a code said twice, a code nobody defines.
    """
    axes = _load(seeds_dir, "ref_axis", _axis, lambda item: item.axis_number)
    priorities = _load(seeds_dir, "ref_priority", partial(_priority, axes=axes), lambda item: item.priority_number)
    actions = _load(seeds_dir, "ref_action", partial(_action, priorities=priorities), lambda item: item.action_code)
    partners = _load(seeds_dir, "ref_partner", _partner, lambda item: item.partner_code)
    kpis = _load(seeds_dir, "ref_kpi", partial(_kpi, actions=actions, partners=partners), lambda item: item.kpi_id)
    commitments = _load(
        seeds_dir, "ref_commitment", partial(_commitment, actions=actions, kpis=kpis), lambda item: item.commitment_id
    )
    sessions = load_sessions(seeds_dir)
    return Reference(
        axes=axes,
        priorities=priorities,
        actions=actions,
        partners=partners,
        action_partners=_action_partners(seeds_dir, actions, partners),
        commitments=commitments,
        kpis=kpis,
        comparability=_load(
            seeds_dir,
            "ref_kpi_comparability",
            partial(_comparability, commitments=commitments, kpis=kpis),
            lambda item: (item.commitment_id, item.context_kpi_id),
        ),
        baselines=_load(seeds_dir, "ref_kpi_baseline", partial(_baseline, kpis=kpis), lambda item: item.kpi_id),
        revisions=_load(
            seeds_dir,
            "ref_commitment_revision",
            partial(_revision, commitments=commitments, sessions=sessions),
            lambda item: (item.commitment_id, item.said_in_session),
        ),
        dependencies=_load(
            seeds_dir,
            "ref_action_dependency",
            partial(_dependency, actions=actions),
            lambda item: (item.action_code, item.depends_on_code),
        ),
        matchers=_load(
            seeds_dir, "ref_kpi_matcher", partial(_matcher, actions=actions, kpis=kpis), lambda item: item.matcher_id
        ),
        sessions=sessions,
        territories=_load(seeds_dir, "ref_territory", _territory, lambda item: item.territory_code),
        labels=_load(seeds_dir, "ref_label", _label, lambda item: (item.domain, item.code)),
        digest=_digest(seeds_dir),
    )


def load_sessions(seeds_dir: Path) -> dict[str, Session]:
    """The session table alone, for who looks at it every morning; refused like `load_reference` does."""
    return _load(seeds_dir, "ref_cns_session", _session, lambda item: item.session_code)


COLUMNS: dict[str, tuple[str, ...]] = {
    "ref_action_partner": ("action_code", "partner_rank", "partner_code", "role"),
    **{
        seed: tuple(field.name for field in fields(row_type))
        for seed, row_type in {
            "ref_axis": Axis,
            "ref_priority": Priority,
            "ref_action": Action,
            "ref_partner": Partner,
            "ref_commitment": Commitment,
            "ref_kpi": Kpi,
            "ref_kpi_comparability": Comparability,
            "ref_kpi_baseline": Baseline,
            "ref_commitment_revision": Revision,
            "ref_action_dependency": Dependency,
            "ref_kpi_matcher": Matcher,
            "ref_cns_session": Session,
            "ref_territory": Territory,
            "ref_label": Label,
        }.items()
    },
}

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


class _Row:
    """One line of a seed, read cell by cell; every refusal names the file, line, column and value."""

    def __init__(self, file: str, line: int, cells: Mapping[str, str]) -> None:
        self.file, self.line, self._cells = file, line, cells

    @property
    def first_column(self) -> str:
        return next(iter(self._cells))

    def refuse(self, column: str, mend: str) -> ReferenceError:
        return ReferenceError(self.file, self.line, column, self._cells.get(column) or "", mend)

    def text_or_none(self, column: str) -> str | None:
        return self._cells[column].strip() or None

    def text(self, column: str) -> str:
        value = self.text_or_none(column)
        if value is None:
            raise self.refuse(column, "give a value, this column is never blank")
        return value

    def matching(self, column: str, pattern: str, form: str) -> str:
        value = self.text(column)
        if re.fullmatch(pattern, value) is None:
            raise self.refuse(column, f"write it as {form}")
        return value

    def choice(self, column: str, vocabulary: Iterable[str]) -> str:
        value = self.text(column)
        if value not in vocabulary:
            raise self.refuse(column, f"use one of: {', '.join(sorted(vocabulary))}")
        return value

    def code_of(self, column: str, known: Mapping[str, object], seed: str) -> str:
        value = self.text(column)
        if value not in known:
            raise self.refuse(column, f"use a code that {seed}.csv defines, or add it there first")
        return value

    def integer(self, column: str) -> int:
        try:
            return int(self.text(column))
        except ValueError as error:
            raise self.refuse(column, "write a whole number in digits") from error

    def number_or_none(self, column: str) -> float | None:
        value = self.text_or_none(column)
        try:
            return None if value is None else float(value)
        except ValueError as error:
            raise self.refuse(column, "write a number with a decimal point and no spaces, or leave it blank") from error

    def number(self, column: str) -> float:
        value = self.number_or_none(column)
        if value is None:
            raise self.refuse(column, "give a number, this column is never blank")
        return value

    def day_or_none(self, column: str) -> date | None:
        value = self.text_or_none(column)
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError as error:
            raise self.refuse(column, "write a real date as YYYY-MM-DD") from error

    def day(self, column: str) -> date:
        value = self.day_or_none(column)
        if value is None:
            raise self.refuse(column, "give a date as YYYY-MM-DD")
        return value


def _load(seeds_dir: Path, seed: str, build: Callable[[_Row], _T], key: Callable[[_T], _K]) -> dict[_K, _T]:
    """The rows of one seed, keyed; the first column of a seed starts its key, so a repeat is reported there."""
    items: dict[_K, _T] = {}
    for row in _rows(seeds_dir, seed):
        item = build(row)
        if key(item) in items:
            raise row.refuse(row.first_column, "this key is already used by a line above; keep one of the two")
        items[key(item)] = item
    return items


def _rows(seeds_dir: Path, seed: str) -> Iterator[_Row]:
    file = f"{seed}.csv"
    path = seeds_dir / file
    if not path.is_file():
        raise ReferenceError(file, 0, "", str(seeds_dir), "put the seed there, or give the right seeds folder")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        missing = [column for column in COLUMNS[seed] if column not in header]
        if missing:
            raise ReferenceError(file, 1, missing[0], "", f"add the missing columns: {', '.join(missing)}")
        for cells in reader:
            if len(cells) != len(header):
                raise ReferenceError(
                    file,
                    reader.line_num,
                    header[0],
                    ",".join(cells),
                    f"give {len(header)} cells, there are {len(cells)}",
                )
            yield _Row(file, reader.line_num, dict(zip(header, cells, strict=True)))


def _axis(row: _Row) -> Axis:
    return Axis(row.integer("axis_number"), row.text("axis_label"), row.text("axis_short_label"))


def _priority(row: _Row, axes: Mapping[int, Axis]) -> Priority:
    axis_number = row.integer("axis_number")
    if axis_number not in axes:
        raise row.refuse("axis_number", "use an axis that ref_axis.csv defines")
    return Priority(row.integer("priority_number"), row.text("priority_title"), axis_number)


def _action(row: _Row, priorities: Mapping[int, Priority]) -> Action:
    code = row.matching("action_code", r"\d{1,2}-\d{1,2}", "priority-rank, such as 8-4")
    number, rank = row.integer("priority_number"), row.integer("action_rank")
    if number not in priorities:
        raise row.refuse("priority_number", "use a priority that ref_priority.csv defines")
    if code != f"{number}-{rank}":
        raise row.refuse("action_code", f"its priority and rank make it {number}-{rank}; mend the one that is wrong")
    return Action(code, number, rank, row.text("action_title"), row.text("objective"))


def _partner(row: _Row) -> Partner:
    slug = row.matching("partner_slug", r"[A-Za-z0-9-]+", "letters, digits and hyphens only")
    return Partner(row.text("partner_code"), row.text("partner_name"), slug)


def _action_partners(
    seeds_dir: Path, actions: Mapping[str, Action], partners: Mapping[str, Partner]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Partners of each action in the report's order; the first leads, and only the first."""
    named: dict[str, list[tuple[str, str]]] = {code: [] for code in actions}
    for row in _rows(seeds_dir, "ref_action_partner"):
        others = named[row.code_of("action_code", actions, "ref_action")]
        partner = row.code_of("partner_code", partners, "ref_partner")
        if row.integer("partner_rank") != len(others) + 1:
            raise row.refuse("partner_rank", f"number the partners of an action in order: {len(others) + 1} comes here")
        if partner in (code for code, _ in others):
            raise row.refuse("partner_code", "an action names a partner once; remove the repeat")
        role = row.choice("role", ROLES)
        if role != ("contributor" if others else "lead"):
            raise row.refuse("role", "the first partner of an action is its lead, the others are contributors")
        others.append((partner, role))
    orphans = [code for code, others in named.items() if not others]
    if orphans:
        raise ReferenceError("ref_action_partner.csv", 0, "action_code", orphans[0], "name at least its lead")
    return {code: tuple(others) for code, others in named.items()}


def _kpi(row: _Row, actions: Mapping[str, Action], partners: Mapping[str, Partner]) -> Kpi:
    kpi_id = row.matching("kpi_id", r"IND-\d{1,2}-\d{1,2}-\d{1,2}", "IND-action-rank, such as IND-8-4-2")
    action_code = row.code_of("action_code", actions, "ref_action")
    if not kpi_id.startswith(f"IND-{action_code}-"):
        raise row.refuse("kpi_id", f"a KPI of action {action_code} starts with IND-{action_code}-")
    low, high = row.number_or_none("value_min"), row.number_or_none("value_max")
    if low is not None and high is not None and low >= high:
        raise row.refuse("value_max", "make it greater than value_min, or leave it blank")
    return Kpi(
        kpi_id=kpi_id,
        action_code=action_code,
        kpi_label=row.text("kpi_label"),
        unit=row.text("unit"),
        population=row.text("population"),
        periodicity=row.choice("periodicity", PERIODICITIES),
        measure_kind=row.choice("measure_kind", MEASURE_KINDS),
        max_age_months=row.integer("max_age_months"),
        direction=row.choice("direction", DIRECTIONS),
        owner_partner=row.code_of("owner_partner", partners, "ref_partner"),
        definition=row.text("definition"),
        source=row.text("source"),
        limits=row.text_or_none("limits") or "",
        value_min=low,
        value_max=high,
    )


def _commitment(row: _Row, actions: Mapping[str, Action], kpis: Mapping[str, Kpi]) -> Commitment:
    action_code = row.code_of("action_code", actions, "ref_action")
    rank = row.integer("commitment_rank")
    if row.text("commitment_id") != f"{action_code}.{rank}":
        raise row.refuse("commitment_id", f"its action and rank make it {action_code}.{rank}")
    kind = row.choice("kind", KINDS)
    deadline = row.day_or_none("deadline")
    baseline_value = row.number_or_none("baseline_value")
    commitment = Commitment(
        commitment_id=f"{action_code}.{rank}",
        action_code=action_code,
        commitment_rank=rank,
        kind=kind,
        commitment_label=row.text("commitment_label"),
        official_wording=row.text_or_none("official_wording") or "",
        kpi_id=row.code_of("kpi_id", kpis, "ref_kpi") if kind == "target" else None,
        target_value=row.number("target_value") if kind == "target" else None,
        target_qualifier=row.choice("target_qualifier", TARGET_QUALIFIERS) if kind == "target" else None,
        deadline=deadline,
        deadline_precision=row.choice("deadline_precision", PRECISIONS) if deadline else None,
        deadline_other_reading=row.day_or_none("deadline_other_reading"),
        baseline_value=baseline_value,
        baseline_on=row.day("baseline_on") if baseline_value is not None else None,
        baseline_source=row.text("baseline_source") if baseline_value is not None else None,
    )
    for column in (
        "kpi_id",
        "target_value",
        "target_qualifier",
        "deadline_precision",
        "baseline_on",
        "baseline_source",
    ):
        if row.text_or_none(column) is not None and getattr(commitment, column) is None:
            raise row.refuse(column, "leave it blank here: a milestone has no target, and what is unsaid has no detail")
    return commitment


def _comparability(row: _Row, commitments: Mapping[str, Commitment], kpis: Mapping[str, Kpi]) -> Comparability:
    commitment_id = row.code_of("commitment_id", commitments, "ref_commitment")
    context_kpi_id = row.code_of("context_kpi_id", kpis, "ref_kpi")
    if commitments[commitment_id].kpi_id == context_kpi_id:
        raise row.refuse("context_kpi_id", "this is the KPI the commitment is set on; context is another KPI")
    denominator_value = row.number_or_none("denominator_value")
    blank_decider = row.text_or_none("decided_by") is None
    return Comparability(
        commitment_id=commitment_id,
        context_kpi_id=context_kpi_id,
        relation=row.choice("relation", RELATIONS),
        denominator_value=denominator_value,
        denominator_source=row.text("denominator_source") if denominator_value is not None else None,
        decided_by=None if blank_decider else row.choice("decided_by", DECIDED_BY),
        decided_on=row.day_or_none("decided_on"),
        explanation=row.text("explanation"),
    )


def _baseline(row: _Row, kpis: Mapping[str, Kpi]) -> Baseline:
    return Baseline(
        row.code_of("kpi_id", kpis, "ref_kpi"),
        row.number("baseline_value"),
        row.day("baseline_on"),
        row.choice("baseline_precision", PRECISIONS),
        row.text("baseline_source"),
    )


def _revision(row: _Row, commitments: Mapping[str, Commitment], sessions: Mapping[str, Session]) -> Revision:
    commitment_id = row.code_of("commitment_id", commitments, "ref_commitment")
    revised, deadline = row.day("revised_deadline"), commitments[commitment_id].deadline
    if deadline is not None and revised <= deadline:
        raise row.refuse("revised_deadline", f"give a day after the deadline, {deadline}: a revision is a later date")
    return Revision(
        commitment_id,
        revised,
        row.choice("revised_precision", PRECISIONS),
        row.code_of("said_in_session", sessions, "ref_cns_session"),
        row.text("revised_source"),
    )


def _dependency(row: _Row, actions: Mapping[str, Action]) -> Dependency:
    action_code = row.code_of("action_code", actions, "ref_action")
    depends_on_code = row.code_of("depends_on_code", actions, "ref_action")
    if depends_on_code == action_code:
        raise row.refuse("depends_on_code", "an action does not depend on itself; name the other action")
    return Dependency(action_code, depends_on_code, row.text("dependency_label"), row.text("source_ref"))


def _matcher(row: _Row, actions: Mapping[str, Action], kpis: Mapping[str, Kpi]) -> Matcher:
    confidence = row.number("confidence")
    if not 0 < confidence <= 1:
        raise row.refuse("confidence", "give a number above 0 and up to 1 (1.0 is certain)")
    pattern = row.text("pattern")
    try:
        re.compile(fold_pattern(pattern))
    except re.error as error:
        raise row.refuse("pattern", f"write a regular expression that compiles ({error})") from error
    blank_action = row.text_or_none("action_code") is None
    return Matcher(
        matcher_id=row.text("matcher_id"),
        kpi_id=row.code_of("kpi_id", kpis, "ref_kpi"),
        action_code=None if blank_action else row.code_of("action_code", actions, "ref_action"),
        unit=row.text("unit"),
        pattern=pattern,
        confidence=confidence,
    )


def _session(row: _Row) -> Session:
    return Session(
        session_code=row.matching("session_code", r"CNS-\d+", "CNS-number, such as CNS-12"),
        session_number=row.integer("session_number"),
        held_on=row.day("held_on"),
        cut_off=row.day("cut_off"),
        contributions_due_on=row.day("contributions_due_on"),
        state=row.choice("state", SESSION_STATES),
    )


def _territory(row: _Row) -> Territory:
    return Territory(
        territory_code=row.text("territory_code"),
        territory_level=row.choice("territory_level", TERRITORY_LEVELS),
        insee_code=row.text_or_none("insee_code"),
        territory_label=row.text("territory_label"),
        parent_code=row.text_or_none("parent_code"),
    )


def _label(row: _Row) -> Label:
    return Label(
        domain=row.text("domain"),
        code=row.text("code"),
        label=row.text("label"),
        description=row.text("description"),
        sort_order=row.integer("sort_order"),
    )


def _digest(seeds_dir: Path) -> str:
    """SHA-256 over the names and bytes of the seed files, in name order."""
    digest = hashlib.sha256()
    for path in sorted(seeds_dir.glob("ref_*.csv")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
