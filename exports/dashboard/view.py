"""What the dashboard says, as values its template prints: no markup here, no reckoning there.

Every figure comes from `exports.content.facts`, as in Word and Excel, so that the three cannot disagree.
"""

from itertools import groupby

from msgspec import Struct

from exports.content import (
    annex,
    changes,
    comparison,
    facts,
    gaps,
    glance,
    grounds,
    method,
    outlook,
    panorama,
    priority,
    release,
    territories,
    texts,
    trajectory,
    upcoming,
)
from exports.content.release import Release
from exports.dashboard import tiles
from exports.dashboard.plot import Plot, plot
from exports.dashboard.tiles import Map
from exports.marts import Action, Commitment, Observation, Session, SessionMarts
from exports.model import Block, Column, Figure, Inlines, Link, Status, Table
from sources.french import typography as typo

TITLE = "Tableau de bord"


class Bar(Struct, frozen=True):
    """One bar of the chart of situations: its count, and its width in percent of the longest."""

    status: Status
    count: Figure
    width: float


class Segment(Struct, frozen=True):
    """One part of an axis's bar: where it begins and how wide it is, in percent of the bar."""

    status: Status
    count: Figure
    start: float
    width: float


class AxisBar(Struct, frozen=True):
    """One axis in the chart of axes."""

    number: int
    label: str
    total: int
    segments: tuple[Segment, ...]

    @property
    def words(self) -> str:
        """The axis's counts in words."""
        shares = ", ".join(f"{part.status.label.lower()} {part.count.text}" for part in self.segments)
        return f"axe {self.number}, {self.label}{typo.NBSP}: {shares}"


class Pledge(Struct, frozen=True):
    """A commitment: each fact as it is printed everywhere, and its rates for the small bar."""

    identifier: str
    label: str
    is_target: bool
    status: Status
    situation: Inlines
    target: Inlines
    actual: Inlines
    deadline: Inlines
    rate: Inlines
    expected: Inlines
    reached_percent: float | None
    expected_percent: float | None
    source: Inlines
    remarks: tuple[Inlines, ...]


class Words(Struct, frozen=True):
    """A partner's text with its source, that the DNS rewrote it where it did, and what to beware of."""

    label: str
    lines: tuple[str, ...]
    source: Inlines
    is_edited: bool
    warning: str


class Moment(Struct, frozen=True):
    """One date of the timeline and what falls due on it; `anchor` of the next session where it is one."""

    when: Inlines
    promises: tuple[Inlines, ...]
    is_session: bool = False


class Measure(Struct, frozen=True):
    """A measure of one of the action's indicators."""

    label: str
    period: Inlines
    value: Inlines
    source: Inlines


class ActionCard(Struct, frozen=True):
    """Everything the dashboard says of one action; `partners` are the slugs it is filtered by."""

    code: str
    anchor: str
    title: str
    objective: str
    lead: str
    contributors: tuple[str, ...]
    partners: tuple[str, ...]
    status: Status
    readings: Inlines
    pledges: tuple[Pledge, ...]
    plots: tuple[Plot, ...]
    dns_notes: tuple[tuple[str, ...], ...]
    has_news: bool
    progress: tuple[Words, ...]
    texts: tuple[Words, ...]
    measures: tuple[Measure, ...]


class PriorityPart(Struct, frozen=True):
    """A priority and its actions."""

    number: int
    title: str
    summary: Inlines
    actions: tuple[ActionCard, ...]


class AxisPart(Struct, frozen=True):
    """An axis and its priorities."""

    number: int
    label: str
    short_label: str
    priorities: tuple[PriorityPart, ...]


class Choice(Struct, frozen=True):
    """One choice of a filter."""

    value: str
    label: str


class Page(Struct, frozen=True):
    """The whole dashboard."""

    title: str
    programme: str
    fields: dict[str, str]
    banner: str
    opening: Inlines
    bars: tuple[Bar, ...]
    axis_bars: tuple[AxisBar, ...]
    table_columns: tuple[Column, ...]
    table_rows: tuple[tuple[Inlines, ...], ...]
    overview: Table
    timeline: tuple[Moment, ...]
    maps: tuple[Map, ...]
    map_tables: tuple[Table, ...]
    comparison: tuple[Block, ...]
    changes: tuple[Block, ...]
    gaps: tuple[Block, ...]
    axes: tuple[AxisPart, ...]
    partners: tuple[Choice, ...]
    sources: Table
    has_news: bool
    meanings: tuple[tuple[Status, str], ...]
    rules: tuple[str, ...]
    action_count: int


def build(marts: SessionMarts, stage: Release) -> Page:
    """The dashboard of a session."""
    table = glance.status_table(marts)
    return Page(
        title=f"{TITLE} – {marts.session.session_code}",
        programme=release.PROGRAMME,
        fields=release.fields(marts, stage, TITLE),
        banner=stage.banner,
        opening=glance.opening(marts),
        bars=_bars(marts),
        axis_bars=tuple(_axis_bar(marts, number, label) for number, label, _ in glance.axes(marts)),
        table_columns=table.columns,
        table_rows=table.rows,
        overview=panorama.table(marts),
        timeline=_timeline(marts),
        maps=(drawn := tiles.maps(marts)),
        map_tables=tuple(territories.table(marts, item.known) for item in drawn),
        comparison=comparison.blocks(marts),
        changes=changes.blocks(marts),
        gaps=gaps.section(marts, stage).blocks,
        axes=_axes(marts),
        sources=annex.source_table(marts),
        has_news=bool(marts.changes),
        partners=tuple(
            Choice(row.partner_slug, f"{row.partner_code} ({typo.counted(row.action_count, 'action')})")
            for row in marts.partners
            if row.action_count
        ),
        meanings=tuple(
            (facts.status(marts, label.code), typo.spaced(label.description or ""))
            for label in marts.labels_of("status")
        ),
        rules=tuple(typo.spaced(rule) for rule in method.RULES),
        action_count=len(marts.actions),
    )


def _bars(marts: SessionMarts) -> tuple[Bar, ...]:
    counts = [(label.code, glance.overview_figure(marts, None, label.code)) for label in marts.labels_of("status")]
    longest = max((glance.overview(marts, None, code) for code, _ in counts), default=0) or 1
    return tuple(
        Bar(facts.status(marts, code), figure, 100 * glance.overview(marts, None, code) / longest)
        for code, figure in counts
    )


def _axis_bar(marts: SessionMarts, number: int, label: str) -> AxisBar:
    counts = [(row.code, glance.overview(marts, number, row.code)) for row in marts.labels_of("status")]
    total = sum(count for _, count in counts)
    segments = []
    start = 0.0
    for code, count in counts:
        if count:
            width = 100 * count / total
            figure = glance.overview_figure(marts, number, code)
            segments.append(Segment(facts.status(marts, code), figure, start, width))
            start += width
    return AxisBar(number, typo.spaced(label.capitalize()), total, tuple(segments))


def _axes(marts: SessionMarts) -> tuple[AxisPart, ...]:
    return tuple(
        AxisPart(
            number,
            typo.spaced(label),
            typo.spaced(short.capitalize()),
            tuple(
                PriorityPart(
                    row.priority_number,
                    typo.spaced(row.priority_title),
                    priority.summary(marts, row),
                    tuple(_card(marts, action) for action in marts.actions_of_priority(row.priority_number)),
                )
                for row in marts.priorities
                if row.axis_number == number
            ),
        )
        for number, short, label in glance.axes(marts)
    )


def _timeline(marts: SessionMarts) -> tuple[Moment, ...]:
    """What passed without being kept, then each date to come with what falls due on it, the next session among them."""
    moments = []
    if late := upcoming.passed(marts):
        moments.append(Moment((facts.words("Échéance passée"),), tuple(_promise(marts, row) for row in late)))
    later = next((row for row in marts.sessions if row.previous_session_code == marts.session.session_code), None)
    listed = upcoming.listed(marts)
    for day, group in groupby(listed, key=lambda pair: pair[1].day if pair[1] else None):
        rows = list(group)
        if later and (day is None or day > later.held_on):
            moments.append(_session(later))
            later = None
        first, due = rows[0]
        said: Inlines = (due.figure(first),) if due else (facts.words("Sans échéance"),)
        moments.append(Moment(said, tuple(_promise(marts, row) for row, _ in rows)))
    return (*moments, _session(later)) if later else tuple(moments)


def _session(row: Session) -> Moment:
    return Moment((facts.words(f"{row.session_code}, {typo.date(row.held_on)}"),), (), is_session=True)


def _promise(marts: SessionMarts, row: Commitment) -> Inlines:
    status = facts.commitment_status(marts, row.status)
    link = Link(
        f"{status.symbol}{typo.NBSP}{row.commitment_id}", f"#{facts.action_anchor(row.action_code)}", status=status
    )
    lead = marts.action_by_code[row.action_code].lead_partner
    return link, facts.words(f" {row.commitment_label} ({lead})")


def _card(marts: SessionMarts, action: Action) -> ActionCard:
    code = action.action_code
    told = texts.said_of(marts, code)
    shown = [said for said in told if said.column == "progress_text" and said.row.partner_code == action.lead_partner]
    slugs = {row.partner_code: row.partner_slug for row in marts.partners}
    partners = [row.partner_code for row in marts.action_partners if row.action_code == code]
    situation, *readings = priority.status_line(marts, action)
    return ActionCard(
        code=code,
        anchor=facts.action_anchor(code),
        title=typo.spaced(action.action_title),
        objective=typo.spaced(texts.objective_text(marts, action)),
        lead=action.lead_partner,
        contributors=tuple(partner for partner in partners if partner != action.lead_partner),
        partners=tuple(slugs[partner] for partner in partners),
        status=situation if isinstance(situation, Status) else facts.status(marts, None),
        readings=tuple(readings),
        pledges=tuple(_pledge(marts, row) for row in marts.commitments_of(code)),
        plots=_plots(marts, code),
        dns_notes=tuple(_lines(note.text) for note in texts.dns_note(marts, code)),
        has_news=any(row.action_code == code for row in marts.changes),
        progress=tuple(_words(marts, said) for said in shown),
        texts=tuple(_words(marts, said) for said in told if said not in shown),
        measures=tuple(
            _measure(marts, row)
            for kpi in marts.kpis
            if kpi.action_code == code
            for row in marts.observations
            if row.kpi_id == kpi.kpi_id
        ),
    )


def _plots(marts: SessionMarts, action_code: str) -> tuple[Plot, ...]:
    """The path of each target and its values at their own dates; two points at least."""
    targets: dict[str, list[Commitment]] = {}
    for row in marts.commitments_of(action_code):
        if row.kpi_id and row.target_value is not None and row.deadline is not None:
            targets.setdefault(row.kpi_id, []).append(row)
    drawn = []
    for kpi_id, rows in targets.items():
        series = marts.observations_of(kpi_id)
        if series and not any(row.reason == "waits_for_decision" for row in rows):
            drawn.append(plot(trajectory.chart(marts.kpi_by_id[kpi_id], tuple(rows), series), marts.session.cut_off))
    return tuple(drawn)


def _pledge(marts: SessionMarts, row: Commitment) -> Pledge:
    situation = grounds.situation(marts, row)
    has_source = row.actual_value is not None and row.actual_source_ref
    return Pledge(
        identifier=row.commitment_id,
        label=typo.spaced(row.commitment_label),
        is_target=row.kind == "target",
        status=facts.commitment_status(marts, row.status),
        situation=situation[1:],
        target=facts.target(row),
        actual=_actual(marts, row),
        deadline=facts.due(row),
        rate=facts.rate(row),
        expected=facts.expected_rate(row),
        reached_percent=row.progress_rate,
        expected_percent=row.expected_rate,
        source=facts.cited(marts, row.actual_source_ref, row.actual_locator) if has_source else (),
        remarks=_remarks(marts, row),
    )


def _actual(marts: SessionMarts, row: Commitment) -> Inlines:
    """The value, then what it was at the session before."""
    now, before = facts.aged(marts, row), changes.since_previous(marts, row)
    return (*now, facts.words(" ; "), *before) if before else now


def _remarks(marts: SessionMarts, row: Commitment) -> tuple[Inlines, ...]:
    remarks: list[Inlines] = []
    if row.context_value is not None or (row.actual_value is None and row.context_note):
        note = facts.context_note(marts, row)
        source: Inlines = (facts.words(" Source : "), note) if note else ()
        remarks.append((*facts.context(marts, row), *source))
    remarks += [(facts.words(typo.sentence(said)),) for said in grounds.remarks(marts, row)]
    ahead = outlook.sentence(row)
    if ahead:
        warning = f" {outlook.NOT_A_FORECAST}" if outlook.projection(row) else ""
        remarks.append((facts.words(ahead + warning),))
    return tuple(remarks)


def _words(marts: SessionMarts, said: texts.Said) -> Words:
    return Words(
        label=said.label,
        lines=_lines(said.text),
        source=facts.cited(marts, said.row.source_ref, said.row.locator),
        is_edited=said.original is not None,
        warning=texts.STALE_WARNING if said.row.is_stale_text and said.column == "progress_text" else "",
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def _measure(marts: SessionMarts, row: Observation) -> Measure:
    kpi = marts.kpi_by_id[row.kpi_id]
    return Measure(
        label=typo.spaced(kpi.label),
        period=facts.period(row),
        value=facts.observed(row, kpi.unit),
        source=facts.read_at(marts, row),
    )
