"""What succeeded: the commitments kept since the session before, or over a year where there is none."""

import datetime as dt

from exports.content import facts, grounds
from exports.content.facts import words
from exports.marts import Commitment, SessionMarts
from exports.model import Inlines

YEAR = dt.timedelta(days=366)


def title(marts: SessionMarts) -> str:
    """What the list is of: since when."""
    earlier = marts.session.previous_session_code
    return f"Ce qui a réussi depuis le {earlier}" if earlier else "Ce qui a réussi depuis un an"


def succeeded(marts: SessionMarts) -> list[Commitment]:
    """Commitments kept since then, the measured ones first, then the latest."""
    after = _start(marts)
    found = [row for row in _kept(marts) if row.achieved_on is None or row.achieved_on > after]
    return sorted(found, key=lambda row: (row.kind != "target", -(row.achieved_on or after).toordinal()))


def learnt(marts: SessionMarts) -> list[Commitment]:
    """Commitments kept before then, which was not known at the session before."""
    after = _start(marts)
    is_followed = marts.session.previous_session_code is not None
    return [row for row in _kept(marts) if is_followed and row.achieved_on and row.achieved_on <= after]


def _start(marts: SessionMarts) -> dt.date:
    """The cut-off of the session before, or a year ago."""
    earlier = marts.session.previous_session_code
    return next((row.cut_off for row in marts.sessions if row.session_code == earlier), marts.session.cut_off - YEAR)


def _kept(marts: SessionMarts) -> list[Commitment]:
    """Those that are kept, and were not at the session before; a day of success is needed where there was none."""
    newly = {row.commitment_id for row in marts.changes if row.change_kind == "commitment_achieved"}
    is_followed = marts.session.previous_session_code is not None
    return [
        row
        for row in marts.commitments
        if row.status == "achieved" and (row.commitment_id in newly if is_followed else row.achieved_on is not None)
    ]


def told(marts: SessionMarts, row: Commitment) -> Inlines:
    """« 9-1.1 Cartographie publiée (DNS), fait en avril 2024, 1 mois après l’échéance (lecture) »."""
    action = marts.action_by_code[row.action_code]
    link = facts.retold(facts.action_link(action), row.commitment_id)
    said = grounds.done(row) + (" (lecture)" if row.basis == "read" else "")
    return link, words(f" {row.commitment_label} ({action.lead_partner})"), words(f", {said}" if said else "")
