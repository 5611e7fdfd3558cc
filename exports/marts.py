"""The marts of one session as typed rows: the only door between the warehouse and the deliverables.

`read_marts(path, session_code)` opens `marts.duckdb` read-only, reads each table once, and checks that the columns
the deliverables print are there. Each dataclass bears the columns of one mart, under their own names; its docstring
gives the grain. What belongs here: reading, filtering by session, indexes. What does not: a word of French, a layout.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from msgspec import Struct

from exports.answers import ContributionAnswers
from sources.command_line import command

if TYPE_CHECKING:
    import duckdb


class MartsError(ValueError):
    """The marts cannot be read: no such file, table, column or session. The message says which, and the fix."""


class Session(Struct, frozen=True):
    """One CNS session."""

    TABLE: ClassVar[str] = "dim_cns_session"
    session_code: str
    session_number: int
    held_on: dt.date
    cut_off: dt.date
    contributions_due_on: dt.date | None
    state: str
    previous_session_code: str | None


class Priority(Struct, frozen=True):
    """One priority with its axis."""

    TABLE: ClassVar[str] = "dim_priority"
    priority_number: int
    priority_title: str
    axis_number: int
    axis_label: str
    axis_short_label: str


class Action(Struct, frozen=True):
    """One action."""

    TABLE: ClassVar[str] = "dim_action"
    action_code: str
    action_title: str
    priority_number: int
    priority_title: str
    axis_number: int
    axis_label: str
    axis_short_label: str
    action_rank: int
    objective: str | None
    lead_partner: str
    partners: list[str]


class Partner(Struct, frozen=True):
    """One partner."""

    TABLE: ClassVar[str] = "dim_partner"
    partner_code: str
    partner_name: str
    partner_slug: str
    led_action_count: int
    action_count: int


class ActionPartner(Struct, frozen=True):
    """Action × partner, with the role."""

    TABLE: ClassVar[str] = "bridge_action_partner"
    action_code: str
    partner_rank: int
    partner_code: str
    partner_name: str
    role: str


class Kpi(Struct, frozen=True):
    """One KPI."""

    TABLE: ClassVar[str] = "dim_kpi"
    kpi_id: str
    action_code: str | None
    label: str
    unit: str
    population: str | None
    periodicity: str | None
    measure_kind: str | None
    max_age_months: int | None
    direction: str
    owner_partner: str | None
    definition: str | None
    source: str | None
    limits: str | None


class Commitment(Struct, frozen=True):
    """Session × commitment: what was promised, where it is."""

    TABLE: ClassVar[str] = "fct_commitment_progress"
    session_code: str
    commitment_id: str
    action_code: str
    commitment_rank: int
    commitment_label: str
    kind: str
    kpi_id: str | None
    unit: str | None
    deadline: dt.date | None
    deadline_precision: str | None
    deadline_other_reading: dt.date | None
    revised_deadline: dt.date | None
    revised_precision: str | None
    revised_in_session: str | None
    official_wording: str | None
    target_value: float | None
    target_qualifier: str | None
    actual_value: float | None
    actual_qualifier: str | None
    actual_nature: str | None
    actual_period_start: dt.date | None
    actual_period_end: dt.date | None
    actual_period_precision: str | None
    actual_source_ref: str | None
    actual_locator: str | None
    baseline_value: float | None
    baseline_on: dt.date | None
    baseline_source: str | None
    relation: str | None
    measured_on: dt.date | None
    share_of_target: float | None
    progress_rate: float | None
    progress_rate_unclipped: float | None
    expected_rate: float | None
    least_expected_rate: float | None
    status: str
    basis: str | None
    reason: str | None
    carried_from: str | None
    last_news_in: str | None
    computed_status: str | None
    declared_status: str | None
    read_status: str | None
    read_document: str | None
    read_place: str | None
    read_note: str | None
    read_by: str | None
    read_on: dt.date | None
    arbitrated_status: str | None
    arbitrated_in: str | None
    arbitrated_by: str | None
    arbitrated_on: dt.date | None
    arbitration_reason: str | None
    arbitration_overruled: str | None
    forecast_on: dt.date | None
    forecast_precision: str | None
    actual_on: dt.date | None
    actual_on_precision: str | None
    evidence: str | None
    achieved_on: dt.date | None
    achieved_precision: str | None
    delay_days: int | None
    fell_back: bool | None
    is_overdue: bool | None
    is_due_before_next_session: bool | None
    pace_needed: float | None
    pace_observed: float | None
    projected_from: dt.date | None
    projected_to: dt.date | None
    context_kpi_id: str | None
    context_value: float | None
    context_qualifier: str | None
    context_period_end: dt.date | None
    context_note: str | None
    method_version: str


class ActionStatus(Struct, frozen=True):
    """Session × action: the layers of its status, and the final one."""

    TABLE: ClassVar[str] = "fct_action_status"
    session_code: str
    action_code: str
    computed_status: str | None
    declared_status: str | None
    read_status: str | None
    arbitrated_status: str | None
    final_status: str
    previous_status: str | None
    has_disagreement: bool
    coverage: float | None
    basis: str | None
    reason: str | None
    carried_from: str | None
    last_news_in: str | None
    method_version: str
    declared_by: str | None
    declared_source: str | None
    arbitrated_in: str | None
    arbitrated_by: str | None
    arbitrated_on: dt.date | None
    arbitration_reason: str | None
    arbitration_overruled: str | None
    is_asked_again: bool | None
    commitment_count: int
    assessed_count: int


class Contribution(ContributionAnswers, frozen=True):
    """Session × action × partner: the current words of one partner on one action."""

    TABLE: ClassVar[str] = "fct_contribution"
    session_code: str
    action_code: str
    partner_code: str
    role: str | None
    declared_status: str | None
    achieved_on: dt.date | None
    progress_text: str | None
    source_kind: str
    source_ref: str | None
    locator: str | None
    submission_sha256: str | None
    received_at: dt.datetime | None
    is_stale_text: bool | None
    is_reconstituted: bool | None


class Observation(Struct, frozen=True):
    """One current observation of a KPI, known at the session's cut-off."""

    TABLE: ClassVar[str] = "fct_kpi_observation"
    observation_id: str
    kpi_id: str
    territory_code: str
    period_start: dt.date | None
    period_end: dt.date
    period_precision: str | None
    value: float
    qualifier: str | None
    nature: str | None
    unit: str | None
    source_type: str
    source_ref: str | None
    locator: str | None
    quote: str | None
    comment: str | None
    partner_code: str | None
    source_as_of: dt.date | None
    sha256: str | None
    is_current: bool
    fits_measure_kind: bool | None


class Change(Struct, frozen=True):
    """Session × action × change since the previous session."""

    TABLE: ClassVar[str] = "mart_session_change"
    session_code: str
    action_code: str
    change_kind: str
    before: str | None
    after: str | None
    commitment_id: str | None
    kpi_id: str | None
    before_value: float | None
    after_value: float | None
    before_period_end: dt.date | None
    after_period_end: dt.date | None
    before_precision: str | None
    after_precision: str | None


class Completeness(Struct, frozen=True):
    """Session × partner: what was expected, what came."""

    TABLE: ClassVar[str] = "mart_partner_completeness"
    session_code: str
    partner_code: str
    expected: int
    received: int
    accepted: int
    rejected: int
    missing: int
    reconstituted: int | None
    first_received_at: dt.datetime | None
    last_received_at: dt.datetime | None
    is_on_time: bool | None
    submission_count: int
    reconstituted_count: int | None
    items_expected: int
    items_received: int
    items_reconstituted: int | None
    items_to_correct: int
    items_validated: int
    items_missing: int
    last_verdict: str | None


class PartnerItem(Struct, frozen=True):
    """Session × action, milestone or KPI asked of a partner: what came of it."""

    TABLE: ClassVar[str] = "mart_partner_item"
    session_code: str
    partner_code: str
    item_kind: str
    item_code: str
    item_label: str
    action_code: str
    is_received: bool
    is_to_correct: bool
    is_validated: bool
    is_reconstituted: bool | None


class Conflict(Struct, frozen=True):
    """Two sources, one KPI and period."""

    TABLE: ClassVar[str] = "mart_source_conflict"
    kpi_id: str
    period_end: dt.date
    source_a: str
    value_a: float
    source_b: str
    value_b: float
    gap: float | None
    verdict: str
    resolution: str | None
    resolved_value: float | None
    resolved_by: str | None
    resolved_on: dt.date | None
    is_settled: bool | None
    qualifier_a: str | None
    qualifier_b: str | None
    known_on: dt.date | None
    is_blocking: bool


class RejectedRow(Struct, frozen=True):
    """One rejected row of a submission × broken rule."""

    TABLE: ClassVar[str] = "mart_rejected_row"
    session_code: str
    partner_code: str | None
    source_ref: str | None
    sheet: str | None
    row_number: int | None
    cell: str | None
    rule: str
    received: str | None
    message: str | None
    fix: str | None


class Label(Struct, frozen=True):
    """The French label of one code of one vocabulary."""

    TABLE: ClassVar[str] = "dim_label"
    domain: str
    code: str
    label: str
    description: str | None
    sort_order: int


class Parameter(Struct, frozen=True):
    """One parameter of the status method, under a version."""

    TABLE: ClassVar[str] = "dim_method"
    method_version: str
    parameter: str
    value: float | None
    value_date: dt.date | None
    valid_from: dt.date | None


class Source(Struct, frozen=True):
    """One received document or submission."""

    TABLE: ClassVar[str] = "dim_source"
    source_ref: str
    source_type: str
    sha256: str
    file_name: str
    title: str | None
    as_of: dt.date | None
    partner_code: str | None
    session_code: str | None
    origin: str | None
    received_at: dt.datetime | None


class OverviewCount(Struct, frozen=True):
    """Session × axis (None: all) × final status: how many actions."""

    TABLE: ClassVar[str] = "mart_session_overview"
    session_code: str
    axis_number: int | None
    status: str
    action_count: int


class Dependency(Struct, frozen=True):
    """An action that leans on another one."""

    TABLE: ClassVar[str] = "bridge_action_dependency"
    action_code: str
    depends_on_code: str
    dependency_label: str
    source_ref: str


class Acronym(Struct, frozen=True):
    """One entry of the glossary."""

    TABLE: ClassVar[str] = "dim_glossary"
    acronym: str
    meaning: str


class Territory(Struct, frozen=True):
    """One territory."""

    TABLE: ClassVar[str] = "dim_territory"
    territory_code: str
    territory_level: str
    territory_label: str
    parent_code: str | None


class TerritoryProgress(Struct, frozen=True):
    """Session × KPI × territory × commitment: a territory's latest value of the year, and where it puts it."""

    TABLE: ClassVar[str] = "mart_territory_progress"
    session_code: str
    kpi_id: str
    territory_code: str
    commitment_id: str | None
    value: float
    qualifier: str | None
    period_end: dt.date
    period_precision: str | None
    progress_rate: float | None
    expected_rate: float | None
    reason: str | None
    status: str


class TerritoryGap(Struct, frozen=True):
    """KPI × level × period: what the territories make together, beside the national figure."""

    TABLE: ClassVar[str] = "mart_territory_gap"
    kpi_id: str
    territory_level: str
    period_end: dt.date
    aggregation_rule: str
    territory_count: int
    aggregated_value: float | None
    national_value: float | None
    national_qualifier: str | None
    gap: float | None
    outcome: str


class Decision(Struct, frozen=True):
    """One decision of a person that was not taken back."""

    TABLE: ClassVar[str] = "fct_decision"
    decision_id: str
    subject_kind: str
    subject_key: str
    session_code: str | None
    decision: str
    value: float | None
    qualifier: str | None
    new_period_end: dt.date | None
    new_period_precision: str | None
    overruled: str | None
    author_role: str
    decided_on: dt.date
    reason: str
    is_last: bool


class TextEdit(Struct, frozen=True):
    """A text the DNS rewrote or added: not a mart, laid over one; `based_on` marks the `original` as it is now."""

    key: str
    text: str
    based_on: str
    is_stale: bool
    original: str = ""


class PublishedStatus(Struct, frozen=True):
    """What the session before was published to say of an action, where this method says something else: not a mart."""

    action_code: str
    status: str


Row = TypeVar("Row", bound=Struct)

_CATALOG = "readers_copy"


class SessionMarts(Struct, frozen=True, dict=True):
    """Everything a session's deliverables are rendered from, in a fixed order."""

    session: Session
    sessions: tuple[Session, ...]
    priorities: tuple[Priority, ...]
    actions: tuple[Action, ...]
    partners: tuple[Partner, ...]
    action_partners: tuple[ActionPartner, ...]
    kpis: tuple[Kpi, ...]
    commitments: tuple[Commitment, ...]
    statuses: tuple[ActionStatus, ...]
    contributions: tuple[Contribution, ...]
    observations: tuple[Observation, ...]
    changes: tuple[Change, ...]
    completeness: tuple[Completeness, ...]
    items: tuple[PartnerItem, ...]
    conflicts: tuple[Conflict, ...]
    rejected_rows: tuple[RejectedRow, ...]
    overview: tuple[OverviewCount, ...]
    labels: tuple[Label, ...]
    parameters: tuple[Parameter, ...]
    sources: tuple[Source, ...]
    glossary: tuple[Acronym, ...]
    dependencies: tuple[Dependency, ...] = ()
    territories: tuple[Territory, ...] = ()
    territory_progress: tuple[TerritoryProgress, ...] = ()
    territory_gaps: tuple[TerritoryGap, ...] = ()
    decisions: tuple[Decision, ...] = ()
    text_edits: tuple[TextEdit, ...] = ()
    published_before: tuple[PublishedStatus, ...] = ()

    def label(self, domain: str, code: str | None) -> str:
        """The French label of a code; the code itself when the reference has none."""
        row = self._label_by_code.get((domain, code or ""))
        return row.label if row else (code or "")

    @cached_property
    def _label_by_code(self) -> dict[tuple[str, str], Label]:
        return {(row.domain, row.code): row for row in self.labels}

    def labels_of(self, domain: str) -> tuple[Label, ...]:
        """A vocabulary in its own order."""
        return tuple(row for row in self.labels if row.domain == domain)

    @cached_property
    def status_by_action(self) -> dict[str, ActionStatus]:
        """Status row of each action."""
        return {row.action_code: row for row in self.statuses}

    @cached_property
    def action_by_code(self) -> dict[str, Action]:
        """Action by code."""
        return {row.action_code: row for row in self.actions}

    @cached_property
    def kpi_by_id(self) -> dict[str, Kpi]:
        """KPI by identifier."""
        return {row.kpi_id: row for row in self.kpis}

    @cached_property
    def source_by_ref(self) -> dict[str, Source]:
        """Source by the reference printed everywhere."""
        return {row.source_ref: row for row in self.sources}

    def actions_of_priority(self, priority_number: int) -> tuple[Action, ...]:
        """The priority's actions in order."""
        return tuple(row for row in self.actions if row.priority_number == priority_number)

    def commitments_of(self, action_code: str) -> tuple[Commitment, ...]:
        """The action's commitments in order."""
        return tuple(row for row in self.commitments if row.action_code == action_code)

    def contributions_of(self, action_code: str) -> tuple[Contribution, ...]:
        """What partners said of the action, its lead first."""
        return tuple(row for row in self.contributions if row.action_code == action_code)

    def dependencies_of(self, action_code: str) -> tuple[Dependency, ...]:
        """What the action leans on."""
        return tuple(row for row in self.dependencies if row.action_code == action_code)

    @property
    def anything_received(self) -> bool:
        """Whether a partner sent something for this session, or a report was rebuilt for it."""
        return any(row.received or row.reconstituted for row in self.completeness)

    def items_of(self, partner_code: str) -> tuple[PartnerItem, ...]:
        """What the partner is asked for, in the roadmap's order."""
        return tuple(row for row in self.items if row.partner_code == partner_code)

    def observations_of(self, kpi_id: str, territory: str = "FR") -> tuple[Observation, ...]:
        """The KPI's current observations, oldest first."""
        return self._observations_by_kpi.get((kpi_id, territory), ())

    @cached_property
    def _observations_by_kpi(self) -> dict[tuple[str, str], tuple[Observation, ...]]:
        found: dict[tuple[str, str], list[Observation]] = {}
        for row in self.observations:
            found.setdefault((row.kpi_id, row.territory_code), []).append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def method_version(self) -> str:
        """The version of the method the session's statuses were computed with."""
        versions = sorted({row.method_version for row in self.statuses})
        return ", ".join(versions)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of every row above: the checksum printed on the cover."""
        content = {name: getattr(self, name) for name in self.__struct_fields__}
        text = json.dumps(content, default=_jsonable, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def read_marts(path: Path, session_code: str) -> SessionMarts:
    """The marts of one session, from the readers' copy or from a snapshot's folder of Parquet files.

    A snapshot keeps the tables and columns of its own time: a column that came since reads as unknown (None), a table
    as empty. MartsError when the file, a table or the session is missing, or a column of the readers' copy.
    """
    import duckdb

    if not path.exists():
        raise MartsError(f"{path}: no such file; build the warehouse first ({command('rebuild')})")
    try:
        # Attached under another name: opened directly, `marts.duckdb` is a catalog called `marts` that holds a schema
        # called `marts`, and DuckDB refuses `marts.<table>` as ambiguous.
        # one thread: the tables are small, and starting others costs more than it saves
        with duckdb.connect(config={"threads": 1}) as connection:
            if path.is_dir():
                _attach_folder(connection, path)
            else:
                connection.execute(f"ATTACH {_quoted(path)} AS {_CATALOG} (READ_ONLY)")
            return _read(_Tables(connection, frozen=path.is_dir()), session_code)
    except duckdb.Error as error:
        raise MartsError(f"{path}: {str(error).splitlines()[0]}") from error


def write_folder(path: Path, folder: Path) -> None:
    """Copy every mart of a readers' copy as Parquet, one file a table, for a snapshot to keep."""
    import duckdb

    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        # one thread and a fixed order: the same rows give the same file
        connection.execute("SET threads = 1")
        connection.execute(f"ATTACH {_quoted(path)} AS {_CATALOG} (READ_ONLY)")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'marts' ORDER BY ALL",
            [_CATALOG],
        ).fetchall()
        for (table,) in tables:
            rows = f"SELECT * FROM {_CATALOG}.marts.{table} ORDER BY ALL"
            connection.execute(f"COPY ({rows}) TO {_quoted(folder / f'{table}.parquet')} (FORMAT parquet)")


def _attach_folder(connection: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    connection.execute(f"ATTACH ':memory:' AS {_CATALOG}")
    connection.execute(f"CREATE SCHEMA {_CATALOG}.marts")
    for file in sorted(folder.glob("*.parquet")):
        connection.execute(f"CREATE VIEW {_CATALOG}.marts.{file.stem} AS SELECT * FROM read_parquet({_quoted(file)})")


@dataclass(frozen=True)
class _Tables:
    """The tables an open connection sees; those of a snapshot are `frozen`, with the columns of their time."""

    connection: "duckdb.DuckDBPyConnection"
    frozen: bool

    def rows(self, kind: type[Row], where: tuple[str, list[Any]] | None = None, order: str = "") -> tuple[Row, ...]:
        """A table's rows; MartsError when there is no such table, or it lacks a column that was just built."""
        import duckdb

        table: str = kind.TABLE  # type: ignore[attr-defined]
        names = columns = list(kind.__struct_fields__)
        try:
            if self.frozen:
                found = self._columns(table)
                columns = [name if name in found else f"NULL AS {name}" for name in names]
            query = f"SELECT {', '.join(columns)} FROM {_CATALOG}.marts.{table}"
            query += f" WHERE {where[0]}" if where else ""
            query += f" ORDER BY {order}" if order else ""
            return tuple(kind(*row) for row in self.connection.execute(query, where[1] if where else []).fetchall())
        except duckdb.CatalogException as error:
            if self.frozen:  # a table that came since the session was published
                return ()
            raise MartsError(f"marts.{table} is missing; rebuild the warehouse ({command('rebuild')})") from error
        except duckdb.BinderException as error:
            found = self._columns(table)
            absent = ", ".join(name for name in names if name not in found)
            raise MartsError(f"marts.{table} lacks {absent or error}; build again ({command('rebuild')})") from error

    def _columns(self, table: str) -> set[str]:
        """What an empty answer names; the catalogue describes every table before it tells of one."""
        description = self.connection.execute(f"SELECT * FROM {_CATALOG}.marts.{table} LIMIT 0").description
        return {column[0] for column in description or ()}


def _read(tables: "_Tables", session_code: str) -> SessionMarts:
    sessions = tables.rows(Session, order="session_number")
    session = next((row for row in sessions if row.session_code == session_code), None)
    if session is None:
        known = ", ".join(row.session_code for row in sessions)
        raise MartsError(f"session {session_code!r} is not in dim_cns_session; known: {known}")
    of_session = ("session_code = ?", [session_code])
    actions = tables.rows(Action, order="priority_number, action_rank, action_code")
    rank = {row.action_code: position for position, row in enumerate(actions)}

    def by_action(rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(sorted(rows, key=lambda row: rank.get(getattr(row, "action_code", ""), len(rank))))

    return SessionMarts(
        session=session,
        sessions=sessions,
        priorities=tables.rows(Priority, order="priority_number"),
        actions=actions,
        partners=tables.rows(Partner, order="partner_code"),
        action_partners=by_action(tables.rows(ActionPartner, order="action_code, partner_rank")),
        kpis=by_action(tables.rows(Kpi, order="kpi_id")),
        commitments=by_action(tables.rows(Commitment, of_session, "action_code, commitment_rank")),
        statuses=by_action(tables.rows(ActionStatus, of_session, "action_code")),
        contributions=by_action(
            tables.rows(Contribution, of_session, "action_code, role = 'lead' DESC, partner_code, source_kind DESC")
        ),
        observations=tables.rows(
            Observation,
            ("is_current AND source_as_of <= ? AND period_start <= ?", [session.cut_off, session.cut_off]),
            "kpi_id, territory_code, period_end, period_start, observation_id",
        ),
        changes=by_action(
            tables.rows(Change, of_session, "action_code, change_kind, commitment_id, kpi_id, before, after")
        ),
        completeness=tables.rows(Completeness, of_session, "partner_code"),
        items=by_action(tables.rows(PartnerItem, of_session, "item_kind, length(item_code), item_code")),
        conflicts=tables.rows(
            Conflict,
            ("known_on <= ?", [session.cut_off]),
            "kpi_id, period_end, source_a, source_b",
        ),
        rejected_rows=tables.rows(RejectedRow, of_session, "partner_code, sheet, row_number, rule"),
        overview=tables.rows(OverviewCount, of_session, "axis_number NULLS FIRST, status"),
        labels=tables.rows(Label, order="domain, sort_order, code"),
        parameters=tables.rows(Parameter, order="method_version, parameter"),
        sources=tables.rows(Source, order="source_type, file_name, source_ref"),
        glossary=tables.rows(Acronym, order="acronym"),
        dependencies=by_action(tables.rows(Dependency, order="action_code, depends_on_code")),
        territories=tables.rows(Territory, ("territory_level <> 'establishment'", []), "territory_code"),
        territory_progress=tables.rows(
            TerritoryProgress,
            # establishments are counted in `territory_gaps`: there may be millions
            ("session_code = ? AND length(territory_code) < 9", [session_code]),
            "kpi_id, commitment_id, territory_code",
        ),
        territory_gaps=tables.rows(
            TerritoryGap,
            # as old as the figures of territories may be (mart_territory_progress)
            ("period_end <= ? AND period_end > CAST(? AS DATE) - INTERVAL 1 YEAR", [session.cut_off, session.cut_off]),
            "kpi_id, territory_level, period_end",
        ),
        decisions=tables.rows(
            Decision,
            (
                "session_code IN (SELECT unnest(?)) OR (session_code IS NULL AND decided_on <= ?)",
                [
                    [row.session_code for row in sessions if row.session_number <= session.session_number],
                    session.cut_off,
                ],
            ),
            "decided_on, subject_kind, subject_key, decision_id",
        ),
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _jsonable(value: object) -> object:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__struct_fields__}  # type: ignore[attr-defined]
