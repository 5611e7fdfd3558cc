"""What changed since the previous session, action by action."""

from exports.content import facts
from exports.content.facts import words
from exports.marts import Change, SessionMarts
from exports.model import Block, Column, Heading, Inlines, Paragraph, Table, Text

TITLE = "Changements depuis la session précédente"

#: change kinds whose before and after are status codes
STATUS_KINDS = frozenset(
    {"status_improved", "status_worsened", "status_first_known", "status_lost", "status_changed", "commitment_achieved"}
)


def blocks(marts: SessionMarts) -> tuple[Block, ...]:
    """The changes, or the statement that there is nothing to compare with."""
    heading = Heading(1, TITLE, "changements")
    earlier = marts.session.previous_session_code
    if earlier is None:
        return heading, Paragraph((words(NO_EARLIER_SESSION),))
    if not marts.changes:
        return heading, Paragraph((words(f"Aucun changement depuis le {earlier}."),))
    return heading, Paragraph((words(f"Par rapport à la session {earlier} :"),)), table(marts)


NO_EARLIER_SESSION = (
    "L’entrepôt ne contient aucune session antérieure : celle-ci est la première suivie par engagement. "
    "Les changements seront listés ici à partir de la session suivante."
)


def table(marts: SessionMarts) -> Table:
    """One row a change."""
    return Table(
        name="Changements",
        caption=TITLE,
        description="Une ligne par changement : action, nature du changement, avant, après.",
        columns=(Column("Action", 5), Column("Nature", 3), Column("Avant", 4), Column("Après", 4)),
        rows=tuple(_row(marts, change) for change in marts.changes),
        splittable=True,
    )


def _row(marts: SessionMarts, change: Change) -> tuple[Inlines, ...]:
    action = marts.action_by_code.get(change.action_code)
    named: Inlines = (facts.action_link(action, with_title=True),) if action else (Text(change.action_code),)
    return (
        named,
        (words(marts.label("change_kind", change.change_kind)),),
        _side(marts, change, change.before),
        _side(marts, change, change.after),
    )


def _side(marts: SessionMarts, change: Change, value: str | None) -> Inlines:
    if value is None:
        return facts.NOTHING
    if change.change_kind in STATUS_KINDS:
        return (facts.status(marts, value),)
    return (words(value),)
