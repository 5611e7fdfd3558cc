"""Slips of the calendar: what was promised by one date and is kept, or now expected, at a later one, and why."""

from exports.content import delays, facts, gaps
from exports.content.facts import words
from exports.marts import Commitment, SessionMarts
from exports.model import Block, Column, Heading, Paragraph, Table, Text
from sources.french import typography as typo

TITLE = "Glissements de calendrier"


def blocks(marts: SessionMarts, level: int = 1) -> list[Block]:
    """The slips under a heading, or that there is none."""
    heading = Heading(level, TITLE, "glissements")
    rows = slipped(marts)
    if not rows:
        return [heading, Paragraph((words("Aucun engagement n’est annoncé ni constaté après son échéance."),))]
    kept = sum(1 for row in rows if row.status == "achieved")
    said = (
        f"{typo.counted(len(rows) - kept, 'engagement')} à tenir après l’échéance écrite, "
        f"{typo.number(kept, 0)} {typo.plural('tenu', kept)} après elle."
    )
    return [heading, Paragraph((words(said),)), table(marts, rows)]


def slipped(marts: SessionMarts) -> list[Commitment]:
    """Commitments for which a later date was given, then those kept after their deadline."""
    rows = [row for row in marts.commitments if (months_late(row) or 0) > 0]
    return sorted(rows, key=lambda row: row.status == "achieved")


def months_late(row: Commitment) -> int | None:
    """Months between the deadline and the day of success, or the later date given, where one is known."""
    met = row.achieved_on or row.revised_deadline
    if met is None or row.deadline is None:
        return None
    return (met.year - row.deadline.year) * 12 + met.month - row.deadline.month


def table(marts: SessionMarts, rows: list[Commitment]) -> Table:
    """One row a commitment: both dates, the gap, the cause."""
    return Table(
        name="Glissements",
        caption=TITLE,
        description="Une ligne par engagement : pilote, échéance, nouvelle date ou date de réussite, écart, cause.",
        columns=(
            Column("Engagement", 5.2),
            Column("Pilote", 1.7),
            Column("Échéance", 2.0),
            Column("Nouvelle date, ou réussite", 2.9),
            Column("Écart", 1.7, "right"),
            Column("Cause", 3.5),
        ),
        rows=tuple(
            (
                gaps.named(marts, row),
                (Text(marts.action_by_code[row.action_code].lead_partner),),
                facts.deadline(row)[:1],
                facts.slipped_to(row),
                (Text(f"{months_late(row)}{typo.NBSP}mois"),),
                (cause(marts, row),),
            )
            for row in rows
        ),
        splittable=True,
    )


def cause(marts: SessionMarts, row: Commitment) -> Text:
    """What holds it up, in its partners' words; of what is done, nothing is asked any more."""
    if row.status == "achieved":
        return Text("—", "muted")
    held = delays.obstacle(marts, row.action_code, delays.IN_A_CELL)
    return words(typo.sentence(held)) if held else Text("aucun frein indiqué", "muted")
