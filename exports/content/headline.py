"""What a session's mails say of its report, in three lines: the sentences of its first page, without their links."""

from exports.content import glance
from exports.marts import SessionMarts
from exports.model import text_of
from sources.french import typography as typo

#: how many late actions are named; the report has them all
LATE_NAMED = 12


def headline(marts: SessionMarts) -> tuple[str, ...]:
    """How far the actions are; which are late; what could be assessed, and from whom something came."""
    return text_of(glance.opening(marts)), _late(marts), typo.sentence(text_of(glance.coverage(marts)))


def _late(marts: SessionMarts) -> str:
    late = [row.action_code for row in marts.statuses if row.final_status == "late"]
    if not late:
        return "Aucune action n’est en retard."
    more = f" et {typo.counted(len(late) - LATE_NAMED, 'autre')}" if len(late) > LATE_NAMED else ""
    return f"En retard{typo.NBSP}: {', '.join(late[:LATE_NAMED])}{more}."
