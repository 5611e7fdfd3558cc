"""What is promised and not kept yet: the next date of each promise, and those whose date has passed."""

import datetime as dt

from msgspec import Struct

from exports.marts import Commitment, SessionMarts
from exports.model import Figure, Key
from sources.french import typography as typo


class Due(Struct, frozen=True):
    """The next date of a promise: its deadline, or the later date given once that has passed."""

    day: dt.date
    precision: str
    column: str

    def figure(self, row: Commitment) -> Figure:
        """The date as printed, no more precise than it was stated."""
        key = Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", self.column)
        return Figure(typo.date(self.day, self.precision, long=False), self.day, key, self.precision)


def due(marts: SessionMarts, row: Commitment) -> Due | None:
    """The next date of a promise; None where it has none, or none that is still to come."""
    for column, precision in (("deadline", row.deadline_precision), ("revised_deadline", row.revised_precision)):
        day = getattr(row, column)
        if day is not None and day >= marts.session.cut_off:
            return Due(day, precision or "day", column)
    return None


def listed(marts: SessionMarts) -> list[tuple[Commitment, Due | None]]:
    """Every promise to come, by its next date, then those without a deadline."""
    rows = [(row, due(marts, row)) for row in marts.commitments if row.status != "achieved"]
    kept = [(row, when) for row, when in rows if when or row.deadline is None]
    return sorted(kept, key=lambda pair: pair[1].day if pair[1] else dt.date.max)


def passed(marts: SessionMarts) -> list[Commitment]:
    """Promises whose date has passed, that are not kept and for which no later date was given."""
    return [row for row in marts.commitments if row.is_overdue and row.status != "achieved" and due(marts, row) is None]
