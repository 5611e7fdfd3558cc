"""What each session asks for and when: the events of `calendar.yml` on the dates of the session table.

Dates are irregular, twice a year: a table, not a cron expression. Nothing here reads a clock or knows Dagster: the day
and what was done are given, what there is to do comes out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from sources.reference.roadmap import Session

TABLE = Path(__file__).with_name("calendar.yml")


class Anchor(StrEnum):
    """The date of a session that an event counts from."""

    CONTRIBUTIONS = "contributions_due_on"
    SESSION = "held_on"


class CalendarError(ValueError):
    """A row of the calendar that cannot be used; the message names it and the fix."""


@dataclass(frozen=True)
class Event:
    """One row of the calendar; `day` and `last_day` count from the anchor, before it when negative."""

    name: str
    label: str
    anchor: Anchor
    day: int
    last_day: int
    job: str
    run_config: Mapping[str, Any] = field(default_factory=dict)
    again_if_moved_by: int | None = None

    @property
    def when(self) -> str:
        """`J-14`, `J+1`: the planned day as the DNS writes it."""
        return f"J{self.day:+d}"

    def of(self, session: Session) -> "Occurrence":
        """This event of one session."""
        anchor: date = getattr(session, self.anchor.value)
        return Occurrence(
            session.session_code, self, anchor + timedelta(days=self.day), anchor + timedelta(days=self.last_day)
        )


@dataclass(frozen=True)
class Occurrence:
    """One event of one session: the day it is planned on, the last day on which it is still worth doing."""

    session_code: str
    event: Event
    planned: date
    last: date

    @property
    def subject(self) -> str:
        """The event of the session, whatever its date."""
        return f"{self.session_code}:{self.event.name}"

    @property
    def key(self) -> str:
        """Names the event of the session on its planned date: at most one run bears it."""
        return f"{self.subject}:{self.planned.isoformat()}"


class EventState(StrEnum):
    """The state of an occurrence on a day."""

    TO_COME = "to come"
    DUE = "due"
    DONE = "done"
    #: done for an earlier date of a session that has moved since, by too little to do it again
    DONE_BEFORE_THE_MOVE = "done before the move"
    TOO_LATE = "too late"
    PUBLISHED = "session published"


@dataclass(frozen=True)
class Judged:
    """An occurrence and its state, with the planned date it was done for where that is another one."""

    occurrence: Occurrence
    state: EventState
    done_for: date | None = None

    @property
    def line(self) -> str:
        """One line for a tick or a table."""
        key, event = self.occurrence.key, self.occurrence.event
        if self.state is EventState.TOO_LATE:
            return f"{key}: too late since {self.occurrence.last}, not done; run the job `{event.job}` if it is wanted"
        if self.state is EventState.DONE_BEFORE_THE_MOVE:
            return (
                f"{key}: done for {self.done_for}, before the session moved; not done twice, "
                f"run the job `{event.job}` if it is wanted"
            )
        return f"{key}: {self.state.value}"


def judge(occurrence: Occurrence, session: Session, today: date, done_for: Iterable[date]) -> Judged:
    """The state of an occurrence, given the planned dates it was launched for so far.

    An event missed on its day (a machine that was off) stays due up to its last day, and is done once. A session that
    moves has its events at the new dates; one that was done already is done again only where the calendar asks for it,
    and the session moved to a date later by as much.
    """
    done = sorted(done_for)
    if occurrence.planned in done:
        return Judged(occurrence, EventState.DONE)
    if done:
        again = occurrence.event.again_if_moved_by
        if again is None or occurrence.planned - done[-1] < timedelta(days=again):
            return Judged(occurrence, EventState.DONE_BEFORE_THE_MOVE, done[-1])
    if today < occurrence.planned:
        return Judged(occurrence, EventState.TO_COME)
    if session.state == "published" and occurrence.event.name != "archive":
        return Judged(occurrence, EventState.PUBLISHED)
    return Judged(occurrence, EventState.DUE if today <= occurrence.last else EventState.TOO_LATE)


@cache
def events_of(table: Path = TABLE) -> tuple[Event, ...]:
    """The rows of the calendar, in its order. CalendarError when one cannot be used."""
    import yaml

    events = tuple(_event(row, table.name) for row in yaml.safe_load(table.read_text(encoding="utf-8"))["events"])
    names = [event.name for event in events]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CalendarError(f"{table.name}: {', '.join(twice)} is there twice; leave one row an event.")
    return events


def _event(row: Mapping[str, Any], file: str) -> Event:
    try:
        event = Event(**{**row, "anchor": Anchor(row["anchor"])})
    except (TypeError, KeyError, ValueError) as error:
        raise CalendarError(
            f"{file}, event {row.get('name')!r}: {error}. The head of the file explains what a row is."
        ) from error
    if event.last_day < event.day:
        raise CalendarError(f"{file}, event {event.name!r}: last_day {event.last_day} is before day {event.day}.")
    return event
