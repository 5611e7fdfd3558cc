"""How fresh the marts and the deliverables must be: by the deadlines of the next session, not by the clock.

Dagster has policies for regular rhythms only. Here the deadline is a cron expression that names one day of the year,
made from the session table when the code is loaded: before that day the rule is a year long and asks for nothing.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from dagster import FreshnessPolicy

from orchestration.services.session.calendar import events_of
from sources.reference.roadmap import Session

DEADLINE = time(18)
ZONE = "Europe/Paris"


def next_session(sessions: Collection[Session], today: date) -> Session | None:
    """The next session to be held, else the last one; None when there is none at all."""
    ordered = sorted(sessions, key=lambda session: session.held_on)
    return next((session for session in ordered if session.held_on >= today), ordered[-1] if ordered else None)


def session_freshness(session: Session | None, *, by: str, within: timedelta) -> FreshnessPolicy | None:
    """Made anew in so many days before six in the evening of the day an event of the calendar is planned on."""
    if session is None:
        return None
    (event,) = (event for event in events_of() if event.name == by)
    deadline = datetime.combine(event.of(session).planned, DEADLINE)
    return FreshnessPolicy.cron(
        deadline_cron=f"{deadline.minute} {deadline.hour} {deadline.day} {deadline.month} *",
        lower_bound_delta=within,
        timezone=ZONE,
    )
