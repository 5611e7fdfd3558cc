"""All the actions on one page, one line a priority and one mark an action; then how far measured targets have come."""

from exports.content import facts
from exports.content.facts import words
from exports.marts import Action, Commitment, SessionMarts
from exports.model import (
    Block,
    Chart,
    Column,
    Heading,
    Inline,
    Inlines,
    Link,
    Paragraph,
    Section,
    Series,
    Table,
    Text,
)
from sources.french import typography as typo

TITLE = "Vue d’ensemble des actions"
#: bars a chart may hold and stay legible; the slowest targets come first
BARS = 22
BAR_CM, FRAME_CM = 0.46, 1.7
LABEL_LENGTH = 46


def section(marts: SessionMarts) -> Section:
    """The page of the actions, then the measured targets."""
    return Section((Heading(1, TITLE, "toutes-les-actions"), Paragraph(legend(marts)), table(marts), *rates(marts)))


def rates(marts: SessionMarts) -> tuple[Block, ...]:
    """How far the measured targets have come; nothing where none is measured."""
    chart = rate_chart(marts)
    if chart is None:
        return ()
    return Heading(1, "Où en sont les cibles mesurées", "cibles"), chart


def legend(marts: SessionMarts) -> Inlines:
    """What each mark means."""
    marks = [(facts.status(marts, label.code),) for label in marts.labels_of("status")]
    return (words("Chaque action par sa situation : "), *facts.separated(list(marks), " "))


def table(marts: SessionMarts) -> Table:
    """One row a priority, its actions side by side, each leading to its block."""
    return Table(
        name="Toutes_les_actions",
        caption=TITLE,
        description="Une ligne par priorité : intitulé, axe, puis ses actions, chacune précédée du symbole de sa "
        "situation.",
        columns=(Column("Priorité", 8.9), Column("Axe", 1.0), Column("Actions", 7.1)),
        rows=tuple(
            (
                (
                    Link(
                        typo.spaced(f"{row.priority_number}. {row.priority_title}"),
                        f"#{facts.priority_anchor(row.priority_number)}",
                    ),
                ),
                (Text(str(row.axis_number)),),
                _marks(marts, marts.actions_of_priority(row.priority_number)),
            )
            for row in marts.priorities
        ),
        splittable=True,
    )


def _marks(marts: SessionMarts, actions: tuple[Action, ...]) -> Inlines:
    marks: list[Inline] = []
    for action in actions:
        said = facts.status(marts, marts.status_by_action[action.action_code].final_status)
        target = f"#{facts.action_anchor(action.action_code)}"
        words_of = f"{said.symbol}\u00a0{action.action_code}".replace("-", "\u2011")
        marks += [Link(words_of, target, status=said), Text(" ")]
    return tuple(marks[:-1])


def rated(marts: SessionMarts) -> list[Commitment]:
    """The targets a rate was worked out for, those furthest behind first."""
    found = [row for row in marts.commitments if row.progress_rate is not None and row.expected_rate is not None]
    return sorted(found, key=lambda row: ((row.progress_rate or 0) - (row.expected_rate or 0), row.commitment_id))


def rate_chart(marts: SessionMarts) -> Chart | None:
    """How far each measured target has come, beside how far it should be; None where nothing is measured."""
    rows = rated(marts)[:BARS]
    if not rows:
        return None
    measured, total = len(rated(marts)), sum(1 for row in marts.commitments if row.kind == "target")
    told = ", ".join(
        f"{row.commitment_id} {typo.percent(row.progress_rate or 0)} pour {typo.percent(row.expected_rate or 0)}"
        for row in rows
    )
    return Chart(
        kind="bar",
        title=typo.spaced(
            f"Cibles avec un taux ({measured} sur {total}) : chemin fait et chemin attendu le jour de la mesure"
        ),
        alt=typo.spaced(
            f"Diagramme en barres : chemin fait pour chemin attendu, par engagement : {told}. "
            "Mêmes taux dans le bloc de chaque action."
        ),
        categories=tuple(f"{row.commitment_id} {_short(typo.spaced(row.commitment_label))}" for row in rows),
        series=(
            Series("Chemin fait", tuple(row.progress_rate for row in rows)),
            Series("Chemin attendu", tuple(row.expected_rate for row in rows), "target"),
        ),
        unit="%",
        height_cm=FRAME_CM + BAR_CM * len(rows),
    )


def _short(label: str) -> str:
    if len(label) <= LABEL_LENGTH:
        return label
    return label[:LABEL_LENGTH].rsplit(" ", 1)[0] + "…"
