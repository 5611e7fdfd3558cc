"""The first page, for thirty seconds: how far the roadmap is, what succeeded, what is late and why, what comes next.

Every part of it is a function of its own, which the slides and the note print as they have room for.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from exports.content import ahead, decisions, delays, facts, glance, successes, texts, trajectory
from exports.content.facts import words
from exports.marts import Action, Commitment, Observation, SessionMarts
from exports.model import Block, Bullets, Chart, Column, Heading, Inlines, Link, Paragraph, Section, Series, Table, Text
from sources.french import typography as typo

TITLE = "L’essentiel"
#: the figures a minister is asked about, by their commitments; others that are measured take the place of those missing
HEADLINES = ("1-1.2", "8-4.2", "13-1.1", "7-3.1", "18-4.1")
FIGURES = 5


class Room(Struct, frozen=True):
    """How much of each kind the page tells: late actions, successes, decisions, and names in one decision."""

    late: int
    successes: int
    decisions: int
    named: int
    title: int


#: from the fullest form to the tersest, which holds whatever is late
ROOMS = tuple(
    Room(late, successes, asked, 8 if late > 10 else 5, 43)
    for late, successes, asked in (
        *((16, 6, 6), (13, 5, 5), (10, 5, 5), (10, 4, 4), (10, 3, 3), (10, 2, 3), (8, 3, 3), (8, 2, 3)),
        *((6, 3, 3), (6, 2, 3), (4, 2, 3), (2, 2, 2)),
    )
)


def section(marts: SessionMarts) -> Section:
    """The page, in its fullest form and its shorter ones."""
    fullest, *others = ROOMS
    return Section(blocks(marts, fullest), opening=True, shorter=tuple(blocks(marts, room) for room in others))


def blocks(marts: SessionMarts, room: Room) -> tuple[Block, ...]:
    """The page's blocks."""
    return (
        Heading(1, TITLE, "essentiel"),
        Paragraph(summing(marts), "lead"),
        status_bar(marts),
        Paragraph(coverage(marts), "small"),
        Heading(2, successes.title(marts), "reussites"),
        *succeeded(marts, room.successes),
        Heading(2, "Ce qui est en retard, pourquoi, et jusqu’à quand", "en-retard"),
        *late(marts, room.late, room.title),
        Heading(2, ahead.TITLE, "essentiel-a-venir"),
        Paragraph(ahead.sentence(marts)),
        Heading(2, "Cinq chiffres", "chiffres"),
        *_figures(marts),
        Heading(2, "Ce que la DNS doit décider", "essentiel-decisions"),
        *_decisions(marts, room),
    )


def summing(marts: SessionMarts) -> Inlines:
    """The sentence that sums up, then the movement since the session before, then whether anything was received."""
    return (*glance.opening(marts), *_moved(marts), *_nothing_received(marts))


def _moved(marts: SessionMarts) -> Inlines:
    earlier = marts.session.previous_session_code
    if earlier is None or not marts.anything_received:
        return ()
    kinds = [row.change_kind for row in marts.changes if row.commitment_id is None and row.kpi_id is None]
    better, worse = kinds.count("status_improved"), kinds.count("status_worsened")
    said = f" Depuis le {earlier}, {typo.counted(better, 'action')} {'progresse' if better < 2 else 'progressent'} et "
    return (words(f"{said}{typo.number(worse, 0)} {'recule' if worse < 2 else 'reculent'}."),)


def _nothing_received(marts: SessionMarts) -> Inlines:
    if marts.anything_received:
        return ()
    earlier = marts.session.previous_session_code
    rest = (
        f" : ces situations découlent des faits connus depuis le {earlier} ; aucune ne marque un progrès."
        if earlier
        else "."
    )
    return (words(f" Aucune contribution reçue pour le {marts.session.session_code}{rest}", "strong"),)


def status_bar(marts: SessionMarts) -> Chart:
    """All the actions as one bar, parted by status; the legend names each part and counts it."""
    shown = [
        (facts.status(marts, label.code), glance.overview(marts, None, label.code))
        for label in marts.labels_of("status")
    ]
    shown = [(said, count) for said, count in shown if count]
    listed = ", ".join(f"{said.label.lower()} {count}" for said, count in shown)
    return Chart(
        kind="stack",
        title=f"Les {len(marts.actions)} actions par situation",
        alt=typo.spaced(f"Barre unique des actions par situation : {listed}."),
        categories=("Actions",),
        series=tuple(
            Series(f"{said.symbol}{typo.NBSP}{said.label}{typo.NBSP}: {count}", (float(count),), "bar", said.code)
            for said, count in shown
        ),
        height_cm=1.9,
    )


def succeeded(marts: SessionMarts, most: int) -> tuple[Block, ...]:
    """What succeeded, the others by their identifiers."""
    rows = successes.succeeded(marts)
    items = tuple(successes.told(marts, row) for row in rows[:most])
    none: Block = Paragraph((words("Aucune réussite nouvelle n’est établie."),))
    written = (Bullets(items), *_and_also(_commitment_links(marts, rows[most:]))) if rows else (none,)
    if late := successes.learnt(marts):
        said = (words("Réussites antérieures, connues depuis : "), *facts.separated(_commitment_links(marts, late)))
        return *written, Paragraph((*said, Text(".")), "small")
    return written


def _commitment_links(marts: SessionMarts, rows: Iterable[Commitment]) -> list[Inlines]:
    return [(ahead.link(marts, row),) for row in rows]


def _and_also(links: Sequence[Inlines]) -> tuple[Block, ...]:
    if not links:
        return ()
    return (Paragraph((words("Et aussi : "), *facts.separated(links), Text(".")), "small"),)


def late_actions(marts: SessionMarts) -> list[Action]:
    """The late actions, in the roadmap's order."""
    return [marts.action_by_code[row.action_code] for row in marts.statuses if row.final_status == "late"]


def late(marts: SessionMarts, most: int, title: int) -> tuple[Block, ...]:
    """The late actions with their cause and the date retained, the others linked."""
    actions = late_actions(marts)
    if not actions:
        return (Paragraph((Text("Aucune action n’est en retard."),)),)
    others = [(facts.action_link(action),) for action in actions[most:]]
    return late_table(marts, actions[:most], title), *_and_also(others), *unexplained(marts, actions)


def unexplained(marts: SessionMarts, actions: list[Action]) -> tuple[Block, ...]:
    """Of which late actions no partner says what holds them up, and of which nothing new is known."""
    told: list[Inlines] = []
    if rows := delays.unexplained(marts, actions):
        told.append((words("Aucun frein indiqué : "), *_codes(rows)))
    for session, rows in delays.silent(marts, actions).items():
        told.append((words(f"Sans nouvelle depuis le {session} : "), *_codes(rows)))
    return (Paragraph((*facts.separated(told, ". "), Text(".")), "small"),) if told else ()


def _codes(actions: list[Action]) -> Inlines:
    return facts.separated([(facts.action_link(action),) for action in actions])


def late_table(marts: SessionMarts, actions: list[Action], title: int) -> Table:
    """One row a late action: lead, why, date retained."""
    return Table(
        name="En_retard",
        caption="Actions en retard",
        description="Une ligne par action en retard : intitulé et pilote, cause, nouvelle date retenue.",
        columns=(Column("Action (pilote)", 7.4), Column("Pourquoi", 7.1), Column("Nouvelle date", 2.5)),
        rows=tuple(
            (
                (_short_link(action, title - len(action.lead_partner)), Text(f" ({action.lead_partner})")),
                (words(delays.cause(marts, action)),),
                delays.retained(delays.late_commitments(marts, action)),
            )
            for action in actions
        ),
    )


def _short_link(action: Action, length: int) -> Link:
    link = facts.action_link(action, with_title=True)
    return facts.retold(link, texts.shortened(link.text, length, keep_spaces=True))


def headline_rows(marts: SessionMarts) -> list[Commitment]:
    """The five targets whose figures are printed: those chosen, then measured ones, those with a path first."""
    measured = [row for row in marts.commitments if row.kind == "target" and row.actual_value is not None]
    chosen = {code: rank for rank, code in enumerate(HEADLINES)}
    ranked = sorted(
        measured,
        key=lambda row: (
            chosen.get(row.commitment_id, FIGURES),
            row.progress_rate is None,
            -len(_series(marts, row)),
        ),
    )
    found: dict[str | None, Commitment] = {}
    for row in ranked:
        found.setdefault(row.kpi_id, row)
    return list(found.values())[:FIGURES]


def _series(marts: SessionMarts, row: Commitment) -> tuple[Observation, ...]:
    return marts.observations_of(row.kpi_id or "") or marts.observations_of(row.context_kpi_id or "")


def _figures(marts: SessionMarts) -> tuple[Block, ...]:
    rows = headline_rows(marts)
    if not rows:
        return (Paragraph((Text("Aucune cible n’est mesurée."),)),)
    return (figures_table(marts, rows),)


def figures_table(marts: SessionMarts, rows: list[Commitment]) -> Table:
    """One row a figure: value with its date, target with its deadline, share, trend, status."""
    return Table(
        name="Chiffres",
        caption="Cinq chiffres",
        description="Une ligne par chiffre : cible et son échéance, valeur et sa date, tendance, situation.",
        columns=(
            Column("Cible (échéance)", 6.4),
            Column("Valeur", 4.6),
            Column("Tendance", 3.2),
            Column("Situation", 2.8),
        ),
        rows=tuple(
            (
                (ahead.link(marts, row), words(f" {row.commitment_label} ("), *facts.deadline(row)[:1], Text(")")),
                facts.aged(marts, row),
                (words(trend(marts, row)),),
                (facts.commitment_status(marts, row.status),),
            )
            for row in rows
        ),
    )


def trend(marts: SessionMarts, row: Commitment) -> str:
    """« ↑ depuis 2023 »; « première mesure » where there is nothing to compare with."""
    series = _series(marts, row)
    code = trajectory.trend(series)
    if code not in {"up", "down", "stable"}:
        return "première mesure"
    before = series[-2]
    arrow = {"up": "↑", "down": "↓", "stable": "→"}[code]
    day = typo.short_date(before.period_end, before.period_precision)
    return f"{arrow} depuis {'le ' if (before.period_precision or 'day') == 'day' else ''}{day}"


def _decisions(marts: SessionMarts, room: Room) -> tuple[Block, ...]:
    asked = decisions.asked(marts)
    if not asked:
        return (Paragraph((Text("Rien n’attend de décision."),)),)
    return (Bullets(tuple(decisions.printed(row, room.named) for row in asked[: room.decisions])),)


def coverage(marts: SessionMarts) -> Inlines:
    """What could be assessed, from what was received; what was rebuilt from a published report counted apart."""
    return (*glance.coverage(marts), words(" ; "), Link("ce qui manque, par partenaire", "#manques"), Text("."))
