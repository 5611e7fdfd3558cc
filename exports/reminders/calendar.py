"""Which text is due on which day, counted from the day contributions are due."""

import datetime as dt
from typing import Literal, get_args

Kind = Literal["J-60", "J-30", "J-7", "J-1", "J+1"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def day_of(kind: Kind, due_on: dt.date) -> dt.date:
    """The day a text leaves: « J-7 » is seven days before contributions are due."""
    return due_on + dt.timedelta(days=int(kind.removeprefix("J")))


def kind_on(day: dt.date, due_on: dt.date) -> Kind | None:
    """The last text whose day has come, None before the invitation's: a day missed is made good by the next look."""
    return next((kind for kind in reversed(KINDS) if day_of(kind, due_on) <= day), None)
