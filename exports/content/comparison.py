"""Two sessions side by side: how many actions are in which state, and what became of each."""

from exports.content import facts
from exports.content.facts import words
from exports.marts import SessionMarts
from exports.model import Block, Column, Figure, Heading, Inlines, Key, Paragraph, Table, Text
from sources.french import typography as typo


def blocks(marts: SessionMarts) -> tuple[Block, ...]:
    """Both tables; nothing where there is no session before."""
    earlier = marts.session.previous_session_code
    if earlier is None or not any(row.previous_status for row in marts.statuses):
        return ()
    code = marts.session.session_code
    said = f"Situations du {earlier} et du {code}, par la même méthode, chacune à sa date d’arrêt."
    if marts.published_before:
        said += " Une situation publiée autrement au " + earlier + " est dite sur l’action."
    return (
        Heading(1, f"Comparer le {earlier} et le {code}", "comparaison"),
        Paragraph((words(said),)),
        counts(marts, earlier),
        moves(marts, earlier),
    )


def counts(marts: SessionMarts, earlier: str) -> Table:
    """One row a status: actions then, actions now."""
    now = [row.final_status for row in marts.statuses]
    then = [row.previous_status for row in marts.statuses if row.previous_status]
    rows = []
    for label in marts.labels_of("status"):
        before, after = then.count(label.code), now.count(label.code)
        gap = after - before
        sign = "+" if gap > 0 else "−" if gap < 0 else ""
        rows.append(
            (
                (facts.status(marts, label.code),),
                _count(marts, before, f"{label.code} / previous_status"),
                _count(marts, after, f"{label.code} / final_status"),
                (Text(f"{sign}{typo.number(abs(gap), 0)}"),),
            )
        )
    return Table(
        name="Comparaison_situations",
        caption=f"Nombre d’actions par situation au {earlier} et au {marts.session.session_code}",
        description="Une ligne par situation : nombre d’actions à chaque session, et la différence.",
        columns=(
            Column("Situation", 6),
            Column(earlier, 3, "right"),
            Column(marts.session.session_code, 3, "right"),
            Column("Différence", 3, "right"),
        ),
        rows=tuple(rows),
    )


def _count(marts: SessionMarts, value: int, row: str) -> Inlines:
    key = Key("fct_action_status", f"{marts.session.session_code} / {row}", "action_code")
    return (Figure(typo.number(value, 0), value, key, "integer"),)


def moves(marts: SessionMarts, earlier: str) -> Table:
    """One row an action whose situation is no longer the same."""
    moved = [row for row in marts.statuses if row.previous_status and row.previous_status != row.final_status]
    return Table(
        name="Comparaison_actions",
        caption=f"Actions dont la situation a changé depuis le {earlier}",
        description="Une ligne par action : situation à chaque session, sens du changement.",
        columns=(
            Column("Action", 8),
            Column(earlier, 3),
            Column(marts.session.session_code, 3),
            Column("Évolution", 3),
        ),
        rows=tuple(
            (
                (facts.action_link(marts.action_by_code[row.action_code], with_title=True),),
                (facts.status(marts, row.previous_status),),
                (facts.status(marts, row.final_status),),
                (Text(facts.movement(row)),),
            )
            for row in moved
            if row.action_code in marts.action_by_code
        ),
        splittable=True,
    )
