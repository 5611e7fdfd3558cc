"""What is due before each session, from the session table. Dates are irregular: a table, not a cron expression."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sources.reference import Session


@dataclass(frozen=True)
class Step:
    """One thing to do a number of days before a session is held (after it when negative)."""

    name: str
    days_before: int
    label: str


DRAFTS = (
    Step("draft", 14, "draft, a fortnight before"),
    Step("draft-again", 7, "draft again, a week before"),
    Step("final", 3, "final version, three days before"),
)


@dataclass(frozen=True)
class Due:
    """A step of one session, on its day."""

    session_code: str
    step: Step
    on: date

    @property
    def key(self) -> str:
        """Names this step of this session on this date: a session that moves has its steps due again."""
        return f"{self.session_code}/{self.step.name}/{self.on.isoformat()}"


def due_steps(sessions: Iterable[Session], today: date, steps: Iterable[Step] = DRAFTS) -> list[Due]:
    """The last step whose day has come for each session not held yet; [] on the many days with nothing to do.

    A step missed on its day (a machine that was off) stays due until the next one's day or the session: it is
    caught up once, by its key, and a step that a later one replaces is not.
    """
    found = []
    for session in sessions:
        past = [
            Due(session.session_code, step, session.held_on - timedelta(days=step.days_before))
            for step in steps
            if session.held_on - timedelta(days=step.days_before) <= today
        ]
        if past and today <= session.held_on and session.state != "published":
            found.append(max(past, key=lambda due: due.on))
    return found
