"""The sheet of changes since the previous session."""

from collections.abc import Callable

from exports.content import changes
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, apart, flat, plain, sheet_link, table
from exports.marts import Change, SessionMarts
from exports.model import Inlines, Sheet


def changed(marts: SessionMarts) -> Sheet:
    """One row a change."""

    def side(which: str) -> Callable[[Change], Inlines]:
        def cell(change: Change) -> Inlines:
            said = changes.side(marts, change, which)
            return apart(said) or said

        return cell

    def dated(which: str) -> Callable[[Change], Inlines]:
        return lambda change: (
            EMPTY if change.change_kind in changes.DATE_KINDS else changes.date(change, which) or EMPTY
        )

    def unit(change: Change) -> Inlines:
        kpi = marts.kpi_by_id.get(change.kpi_id or "")
        is_valued = change.before_value is not None or change.after_value is not None
        return plain(kpi.unit) if kpi and is_valued else EMPTY

    fields: list[Field[Change]] = [
        Field("Action", 9, lambda change: sheet_link(change.action_code, "Actions", change.action_code)),
        Field("Sujet", 60, lambda change: flat(changes.subject(marts, change))),
        Field("Nature", 26, lambda change: (changes.kind(marts, change),)),
        Field("Avant", 26, side("before")),
        Field("Après", 26, side("after")),
        Field("Unité", 16, unit),
        Field("Période avant", 14, dated("before"), "right"),
        Field("Période après", 14, dated("after"), "right"),
    ]
    earlier = marts.session.previous_session_code
    intro = f"Par rapport au {earlier}." if earlier else "Aucune session antérieure n’est suivie."
    return Sheet(
        name="Changements",
        title="Changements",
        intro=((words(intro),),),
        tables=(table("Changements", "Changements", "Une ligne par changement.", fields, marts.changes),),
    )
