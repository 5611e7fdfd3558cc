"""The calendar's table and where its events stand, with time moved by hand: no Dagster, no clock."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from orchestration.services.session.calendar import Anchor, CalendarError, Event, EventState, events_of, judge
from sources.reference.roadmap import Session

EVENTS = {event.name: event for event in events_of()}


def session(code: str, held_on: date, due: date | None = None, state: str = "open") -> Session:
    return Session(code, int(code[4:]), held_on, held_on, due or held_on - timedelta(days=14), state)


CNS_13 = session("CNS-13", date(2025, 6, 24), date(2025, 6, 10))


def state(name: str, of: Session, today: date, *done_for: date) -> EventState:
    return judge(EVENTS[name].of(of), of, today, done_for).state


def test_partners_events_count_from_their_due_day_and_the_dns_from_the_session() -> None:
    planned = {
        occurrence.event.name: occurrence.planned.isoformat()
        for occurrence in (event.of(CNS_13) for event in events_of())
    }
    assert planned == {
        "invitation": "2025-04-11",
        "reminder-30": "2025-05-11",
        "reminder-7": "2025-06-03",
        "reminder-1": "2025-06-09",
        "late-list": "2025-06-11",
        "draft": "2025-06-10",
        "draft-again": "2025-06-17",
        "final": "2025-06-21",
        "publication": "2025-06-25",
        "archive": "2025-06-26",
    }


def test_a_window_ends_before_the_next_event_of_its_job_begins() -> None:
    """Else a machine that was off would do two of them on the same morning."""
    for job in {event.job for event in events_of()}:
        rows = sorted((event for event in events_of() if event.job == job), key=lambda event: event.day)
        for first, then in pairwise(rows):
            assert first.last_day < then.day, (first.name, then.name)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 6, 9), EventState.TO_COME),
        (date(2025, 6, 10), EventState.DUE),
        (date(2025, 6, 16), EventState.DUE),  # the machine was off: still worth doing
        (date(2025, 6, 17), EventState.TOO_LATE),  # the next draft is due
    ],
)
def test_an_event_stays_due_up_to_its_last_day(today: date, expected: EventState) -> None:
    assert state("draft", CNS_13, today) is expected


def test_what_was_done_for_the_planned_date_is_done_for_ever() -> None:
    for days in range(400):
        assert state("draft", CNS_13, date(2025, 6, 10) + timedelta(days), date(2025, 6, 10)) is EventState.DONE


def test_a_session_moved_a_little_has_nothing_done_twice_and_says_so() -> None:
    moved = replace(CNS_13, held_on=date(2025, 6, 26))
    judged = judge(EVENTS["draft"].of(moved), moved, date(2025, 6, 12), [date(2025, 6, 10)])
    assert judged.state is EventState.DONE_BEFORE_THE_MOVE
    assert judged.line == (
        "CNS-13:draft:2025-06-12: done for 2025-06-10, before the session moved; not done twice, "
        "run the job `report` if it is wanted"
    )


def test_a_session_put_off_by_weeks_has_its_drafts_again_and_no_second_invitation() -> None:
    moved = session("CNS-13", date(2025, 7, 22), date(2025, 7, 8))
    assert state("draft", moved, date(2025, 6, 20), date(2025, 6, 10)) is EventState.TO_COME
    assert state("draft", moved, date(2025, 7, 8), date(2025, 6, 10)) is EventState.DUE
    assert state("invitation", moved, date(2025, 6, 20), date(2025, 4, 11)) is EventState.DONE_BEFORE_THE_MOVE


def test_a_session_brought_forward_has_nothing_done_again() -> None:
    moved = replace(CNS_13, held_on=date(2025, 6, 17))
    assert state("draft", moved, date(2025, 6, 11), date(2025, 6, 10)) is EventState.DONE_BEFORE_THE_MOVE
    assert state("draft-again", moved, date(2025, 6, 11)) is EventState.DUE


def test_a_published_session_has_nothing_due() -> None:
    assert state("final", session("CNS-13", date(2025, 6, 24), state="published"), date(2025, 6, 22)) is (
        EventState.PUBLISHED
    )


def test_the_day_is_counted_in_days_across_both_hour_changes() -> None:
    """30 March and 26 October 2025: a count in hours would fall on the day before."""
    spring, autumn = session("CNS-13", date(2025, 4, 8)), session("CNS-14", date(2025, 11, 4))
    assert EVENTS["draft"].of(spring).planned == date(2025, 3, 25)
    assert EVENTS["draft"].of(autumn).planned == date(2025, 10, 21)
    assert EVENTS["final"].of(session("CNS-15", date(2028, 3, 1))).planned == date(2028, 2, 27)


def test_a_row_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    row = "  - {name: x, label: x, anchor: held_on, day: -3, last_day: -3, job: report}\n"
    for text, said in (
        ("events:\n" + row + row, "x is there twice"),
        ("events:\n" + row.replace("held_on", "cut_of"), "'cut_of' is not a valid Anchor"),
        ("events:\n" + row.replace("last_day: -3", "last_day: -4"), "last_day -4 is before day -3"),
        ("events:\n" + row.replace("job: report", "jobs: report"), "unexpected keyword argument 'jobs'"),
    ):
        table = tmp_path / f"{hash(text)}.yml"
        table.write_text(text)
        with pytest.raises(CalendarError, match=said):
            events_of(table)


def test_an_event_says_its_day_as_the_dns_does() -> None:
    event = Event("late", "late", Anchor.CONTRIBUTIONS, 1, 7, "remind")
    assert (event.when, EVENTS["draft"].when) == ("J+1", "J-14")
