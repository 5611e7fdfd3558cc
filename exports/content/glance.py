"""The page at a glance: counts, what is late, what passed unanswered, what moved, what is covered."""

import datetime as dt

from msgspec import Struct

from exports.content import delays, facts, texts
from exports.content.facts import words
from exports.marts import Action, Observation, SessionMarts
from exports.model import (
    Block,
    Bullets,
    Chart,
    Column,
    Figure,
    Group,
    Heading,
    Inlines,
    Key,
    Link,
    Paragraph,
    Section,
    Series,
    Table,
    Text,
)
from exports.palette import tone as look
from sources.french import typography as typo

#: how many moves the page has room for
MOVES_SHOWN, FEWER_MOVES = 4, 2
RECENT = dt.timedelta(days=366)
#: how many late actions are named with their reason before the others are only linked
LATE_SHOWN, FEWER_LATE = 8, 6
#: a longer title is cut, shorter where there is much to name: the block has it whole
TITLE_LENGTH, SHORT_TITLE = 90, 48


def section(marts: SessionMarts) -> Section:
    """The whole page."""
    return Section(
        (
            Group(
                (
                    Heading(1, "En un coup d’œil", "coup-d-oeil"),
                    Paragraph(opening(marts), "lead"),
                    status_table(marts),
                    status_chart(marts),
                    Heading(2, "Ce qui est en retard", "en-retard"),
                    *_late(marts),
                    Heading(2, "Échéances passées à confirmer", "a-confirmer"),
                    Paragraph(_silent(marts)),
                    Heading(2, "Plus fortes évolutions", "evolutions"),
                    *_moves(marts),
                    Heading(2, "Couverture", "couverture"),
                    Paragraph(_coverage(marts)),
                )
            ),
        )
    )


def overview(marts: SessionMarts, axis_number: int | None, code: str) -> int:
    """How many actions have a final status, on one axis or on all."""
    return next(
        (row.action_count for row in marts.overview if row.axis_number == axis_number and row.status == code),
        0,
    )


def overview_figure(marts: SessionMarts, axis_number: int | None, code: str) -> Figure:
    """The same count as a figure with its key."""
    value = overview(marts, axis_number, code)
    axis = "all" if axis_number is None else str(axis_number)
    key = Key("mart_session_overview", f"{marts.session.session_code} / {axis} / {code}", "action_count")
    return Figure(typo.number(value, 0), value, key, "integer")


def axes(marts: SessionMarts) -> list[tuple[int, str, str]]:
    """Number, short label and label of each axis, in order."""
    found = {row.axis_number: (row.axis_number, row.axis_short_label, row.axis_label) for row in marts.priorities}
    return [found[number] for number in sorted(found)]


def status_table(marts: SessionMarts) -> Table:
    """Actions by final status and axis, with the totals."""
    columns = [Column("Situation", 3.4)]
    columns += [
        Column(f"Axe {number}. {typo.spaced(label.capitalize())}", 2.2, "right") for number, label, _ in axes(marts)
    ]
    columns.append(Column("Ensemble", 1.8, "right"))
    codes = [label.code for label in marts.labels_of("status")]
    rows: list[tuple[Inlines, ...]] = []
    for code in codes:
        counts = [(overview_figure(marts, number, code),) for number, _, _ in axes(marts)]
        rows.append(((facts.status(marts, code),), *counts, (_strong(overview_figure(marts, None, code)),)))
    rows.append(_totals(marts, codes))
    return Table(
        name="Situation_par_axe",
        caption="Nombre d’actions par situation et par axe",
        description="Une ligne par situation, une colonne par axe, puis l’ensemble ; la dernière ligne est le total.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _strong(figure: Figure) -> Figure:
    return Figure(figure.text, figure.value, figure.key, figure.form, "strong")


def _totals(marts: SessionMarts, codes: list[str]) -> tuple[Inlines, ...]:
    cells: list[Inlines] = [(Text("Total", "strong"),)]
    for axis in [*(number for number, _, _ in axes(marts)), None]:
        value = sum(overview(marts, axis, code) for code in codes)
        key = Key("mart_session_overview", f"{marts.session.session_code} / {axis or 'all'} / *", "action_count")
        cells.append((Figure(typo.number(value, 0), value, key, "integer", "strong"),))
    return tuple(cells)


def status_chart(marts: SessionMarts) -> Chart:
    """Bars of the counts by status."""
    labels = marts.labels_of("status")
    counts = [overview(marts, None, label.code) for label in labels]
    listed = ", ".join(f"{label.label.lower()} {count}" for label, count in zip(labels, counts, strict=True))
    return Chart(
        kind="bar",
        title="Nombre d’actions par situation",
        alt=f"Diagramme en barres du nombre d’actions par situation : {listed}. Mêmes nombres dans le tableau.",
        categories=tuple(f"{look(label.code).symbol} {label.label}" for label in labels),
        series=(Series("Nombre d’actions", tuple(float(count) for count in counts)),),
        height_cm=3.8,
    )


#: the situations told together in one sentence, and how
TOLD_TOGETHER = (
    (("achieved", "on_track"), "atteintes ou en bonne voie"),
    (("at_risk", "late"), "à risque ou en retard"),
    (("unconfirmed",), "à confirmer, une échéance étant passée sans que rien montre si elle est tenue"),
    (("in_progress",), "en cours sans pouvoir être évaluées"),
    (("stalled", "not_started", "not_reported"), "sans avancée, à cadrer ou non renseignées"),
)


def opening(marts: SessionMarts) -> Inlines:
    """« Sur 65 actions, au …, 14 sont atteintes ou en bonne voie, 9 à risque ou en retard … »."""
    total = len(marts.actions)
    known = {code for codes, _ in TOLD_TOGETHER for code in codes}
    groups = [*TOLD_TOGETHER, *(((row.code,), f"« {row.label} »") for row in marts.labels_of("status"))]
    shares: list[Inlines] = []
    for rank, (codes, said) in enumerate(groups):
        is_other = rank >= len(TOLD_TOGETHER)
        value = sum(overview(marts, None, code) for code in codes)
        if value and not (is_other and codes[0] in known):
            key = Key(
                "mart_session_overview", f"{marts.session.session_code} / all / {' + '.join(codes)}", "action_count"
            )
            shares.append((Figure(typo.number(value, 0), value, key, "integer", "strong"), words(f" {said}")))
    return (
        Text("Sur "),
        Figure(typo.number(total, 0), total, Key("dim_action", "*", "action_code"), "integer", "strong"),
        words(f" actions, au {typo.date(marts.session.cut_off)} : "),
        *facts.separated(shares, f"{typo.NBSP}; "),
        Text("."),
    )


def _late(marts: SessionMarts) -> tuple[Block, ...]:
    late = [marts.action_by_code[row.action_code] for row in marts.statuses if row.final_status == "late"]
    if not late:
        return (Paragraph((Text("Aucune action n’est en retard."),)),)
    shown = len(late) if len(late) <= LATE_SHOWN else FEWER_LATE
    length = TITLE_LENGTH if len(late) <= LATE_SHOWN else SHORT_TITLE
    items = tuple((_short_link(action, length), delays.why_late(marts, action)) for action in late[:shown])
    rest = late[shown:]
    if not rest:
        return (Bullets(items),)
    return (Bullets(items), Paragraph((words("Et aussi : "), *_codes(rest), Text("."))))


def _short_link(action: Action, length: int) -> Link:
    """The action's link, its title no longer than this."""
    link = facts.action_link(action, with_title=True)
    return facts.retold(link, texts.shortened(link.text, length, keep_spaces=True))


def _silent(marts: SessionMarts) -> Inlines:
    silent = [
        action
        for action in marts.actions
        if any(item.status == "unconfirmed" for item in marts.commitments_of(action.action_code))
    ]
    if not silent:
        return (Text("Aucune."),)
    counted = typo.counted(len(silent), "action")
    return words(f"{counted} à confirmer auprès des pilotes, au moins en partie : "), *_codes(silent), Text(".")


def _codes(actions: list[Action]) -> Inlines:
    return facts.separated([(facts.action_link(action),) for action in actions])


class Move(Struct, frozen=True):
    """A KPI's last two comparable observations."""

    earlier: Observation
    later: Observation

    @property
    def size(self) -> float:
        """Relative change, or the change itself where the start is zero."""
        start = abs(self.earlier.value)
        change = abs(self.later.value - self.earlier.value)
        return change / start if start else change


def moves(marts: SessionMarts) -> list[Move]:
    """The KPIs that moved most between their last two periods, greatest first; an old move is no news."""
    found = []
    for kpi in marts.kpis:
        series = marts.observations_of(kpi.kpi_id)
        is_news = len(series) >= 2 and series[-1].period_end > marts.session.cut_off - RECENT
        if kpi.action_code and is_news and series[-1].value != series[-2].value:
            found.append(Move(series[-2], series[-1]))
    return sorted(found, key=lambda move: (-move.size, move.later.kpi_id))


def _moves(marts: SessionMarts) -> tuple[Block, ...]:
    late = sum(1 for row in marts.statuses if row.final_status == "late")
    shown = moves(marts)[: MOVES_SHOWN if late <= LATE_SHOWN else FEWER_MOVES]
    if not shown:
        return (Paragraph((Text("Aucun indicateur n’a de mesure récente à rapprocher d’une précédente."),)),)
    return (Bullets(tuple(_move(marts, move) for move in shown)),)


def _move(marts: SessionMarts, move: Move) -> Inlines:
    kpi = marts.kpi_by_id[move.later.kpi_id]
    action = marts.action_by_code[kpi.action_code or ""]
    arrow = "↑" if move.later.value > move.earlier.value else "↓"
    return (
        facts.action_link(action),
        words(f" {kpi.label} : {arrow} "),
        *facts.observed(move.earlier, kpi.unit),
        Text(" ("),
        *facts.period(move.earlier, long=False),
        Text("), puis "),
        *facts.observed(move.later, kpi.unit),
        Text(" ("),
        *facts.period(move.later, long=False),
        Text(")"),
    )


def _coverage(marts: SessionMarts) -> Inlines:
    link = Link("ce qui manque, par partenaire", "#manques")
    return (*coverage(marts), words(" ; le détail est dans "), link, Text("."))


def coverage(marts: SessionMarts) -> Inlines:
    """« 60 engagements sur 93 ont pu être évalués (65 %). 8 partenaires sur 9 attendus ont contribué »."""
    session = marts.session.session_code
    commitments = sum(row.commitment_count for row in marts.statuses)
    assessed = sum(row.assessed_count for row in marts.statuses)
    key = Key("fct_action_status", f"{session} / *", "assessed_count")
    all_key = Key("fct_action_status", f"{session} / *", "commitment_count")
    share = f" ({typo.percent(100 * assessed / commitments, 0)})" if commitments else ""
    return (
        Figure(typo.number(assessed, 0), assessed, key, "integer", "strong"),
        Text(" engagements sur "),
        Figure(typo.number(commitments, 0), commitments, all_key, "integer", "strong"),
        words(f" ont pu être évalués{share}. {contributors(marts)}"),
    )


def contributors(marts: SessionMarts) -> str:
    """« 8 partenaires sur 9 attendus ont contribué »; what was rebuilt from a published report is counted apart."""
    expected = [row for row in marts.completeness if row.expected]
    received = sum(1 for row in expected if row.received)
    rebuilt = sum(1 for row in expected if row.reconstituted and not row.received)
    if rebuilt:
        plural = "s" if rebuilt > 1 else ""
        return (
            f"{typo.counted(received, 'contribution')} reçue{'s' if received > 1 else ''}, "
            f"{typo.number(rebuilt, 0)} reconstituée{plural} du rapport publié"
        )
    if not received:
        return f"Aucun des {len(expected)} partenaires attendus n’a contribué"
    verb = "a" if received == 1 else "ont"
    return f"{typo.counted(received, 'partenaire')} sur {len(expected)} attendus {verb} contribué"
