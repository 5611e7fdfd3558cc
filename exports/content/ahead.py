"""What falls due before the next session, and the state it is in."""

import datetime as dt

from exports.content import facts, gaps, grounds
from exports.content.facts import words
from exports.marts import Commitment, SessionMarts
from exports.model import Block, Column, Figure, Heading, Inlines, Key, Link, Paragraph, Table, Text
from sources.french import typography as typo

TITLE = "À venir d’ici la prochaine session"
#: how far one looks where the next session has no date yet: to the end of the sixth month, with which deadlines expire
MONTHS = 6
#: the states in which what falls due is listed, the most worrying first
_ORDER = ("late", "at_risk", "stalled", "not_started", "not_reported", "unconfirmed", "on_track")


def due(marts: SessionMarts) -> list[Commitment]:
    """The commitments not kept yet that fall due before the next session, by date."""
    last = until(marts)[0]
    rows = [
        row
        for row in marts.commitments
        if row.deadline and row.status != "achieved" and marts.session.cut_off <= row.deadline <= last
    ]
    return sorted(rows, key=lambda row: (row.deadline or last, _rank(row.status)))


def until(marts: SessionMarts) -> tuple[dt.date, str]:
    """The last day looked at, and how it is stated: the next session's, or six months where it has no date yet."""
    later = [row for row in marts.sessions if row.session_number > marts.session.session_number]
    if later:
        following = min(later, key=lambda row: row.session_number)
        return following.held_on, f"d’ici le {following.session_code} ({typo.date(following.held_on)})"
    years, month = divmod(marts.session.cut_off.month - 1 + MONTHS + 1, 12)
    last = dt.date(marts.session.cut_off.year + years, month + 1, 1) - dt.timedelta(days=1)
    return last, f"d’ici le {typo.date(last)}"


def horizon(marts: SessionMarts) -> str:
    """What « before the next session » means where that one has no date yet; empty where it has one."""
    _, said = until(marts)
    is_known = any(row.session_number > marts.session.session_number for row in marts.sessions)
    return "" if is_known else f"La prochaine session n’a pas encore de date : on regarde {said}."


def _rank(status: str) -> int:
    return _ORDER.index(status) if status in _ORDER else len(_ORDER)


def sentence(marts: SessionMarts) -> Inlines:
    """« 20 engagements arrivent à échéance d’ici le CNS-13 : 14 à risque, 2 en bonne voie … »."""
    rows = due(marts)
    _, said = until(marts)
    if not rows:
        return (words(f"Aucun engagement n’arrive à échéance {said}."),)
    where = f"{marts.session.session_code} / due"
    count = Figure(
        typo.number(len(rows), 0), len(rows), Key("fct_commitment_progress", where, "deadline"), "integer", "strong"
    )
    verb = "engagement arrive" if len(rows) == 1 else "engagements arrivent"
    return count, words(f" {verb} à échéance {said} :"), *_by_status(marts, rows), *_later_dates(marts)


def due_again(marts: SessionMarts) -> list[Commitment]:
    """The commitments not kept whose deadline has passed, and whose later date falls before the next session."""
    last, _ = until(marts)
    return [
        row
        for row in marts.commitments
        if row.status != "achieved"
        and row.is_overdue
        and row.revised_deadline
        and marts.session.cut_off <= row.revised_deadline <= last
    ]


def _later_dates(marts: SessionMarts) -> Inlines:
    """The promises whose deadline has passed, and for which the later date that was given falls by then."""
    links = [(link(marts, row),) for row in due_again(marts)]
    if not links:
        return ()
    return words(" Nouvelle date d’ici là, l’échéance étant passée : "), *facts.separated(links), Text(".")


def _by_status(marts: SessionMarts, rows: list[Commitment]) -> Inlines:
    groups: list[Inlines] = []
    for code in sorted({row.status for row in rows}, key=_rank):
        links = [(link(marts, row),) for row in rows if row.status == code]
        groups.append((Text(" "), facts.commitment_status(marts, code), Text(" "), *facts.separated(links)))
    return *facts.separated(groups, f"{typo.NBSP};"), Text(".")


def link(marts: SessionMarts, row: Commitment) -> Link:
    """A commitment's identifier, that leads to its action."""
    return facts.retold(facts.action_link(marts.action_by_code[row.action_code]), row.commitment_id)


def blocks(marts: SessionMarts, level: int = 1) -> list[Block]:
    """What falls due, commitment by commitment."""
    rows = due(marts)
    heading = Heading(level, TITLE, "a-venir")
    if not rows:
        return [heading, Paragraph(sentence(marts))]
    verb = "engagement arrive" if len(rows) == 1 else "engagements arrivent"
    aside = " ; la prochaine session n’a pas encore de date" if horizon(marts) else ""
    opening = f"{typo.number(len(rows), 0)} {verb} à échéance {until(marts)[1]}{aside}."
    return [heading, Paragraph((words(opening),)), table(marts, rows)]


def table(marts: SessionMarts, rows: list[Commitment]) -> Table:
    """One row a commitment: lead, deadline, later date given, state with what it rests on."""
    return Table(
        name="A_venir",
        caption=TITLE,
        description="Une ligne par engagement : pilote, échéance, nouvelle date s’il y en a une, situation.",
        columns=(
            Column("Engagement", 6.6),
            Column("Pilote", 1.9),
            Column("Échéance", 2.2),
            Column("Nouvelle date", 2.5),
            Column("Situation", 3.8),
        ),
        rows=tuple(
            (
                gaps.named(marts, row),
                (Text(marts.action_by_code[row.action_code].lead_partner),),
                facts.deadline(row)[:1],
                facts.revised(row),
                grounds.situation(marts, row),
            )
            for row in rows
        ),
        splittable=True,
    )
