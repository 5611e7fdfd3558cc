"""What is due before a session, with time moved by hand."""

from datetime import date, timedelta

import pytest

from orchestration.calendar import due_steps
from sources.reference import Session


def session(code: str, held_on: date, state: str = "open") -> Session:
    return Session(code, int(code[4:]), held_on, held_on, held_on - timedelta(days=14), state)


CNS_13 = session("CNS-13", date(2025, 6, 24))
CNS_14 = session("CNS-14", date(2025, 12, 16))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 6, 9), []),
        (date(2025, 6, 10), ["CNS-13/draft/2025-06-10"]),
        (date(2025, 6, 13), ["CNS-13/draft/2025-06-10"]),  # the machine was off: still due
        (date(2025, 6, 17), ["CNS-13/draft-again/2025-06-17"]),
        (date(2025, 6, 24), ["CNS-13/final/2025-06-21"]),
        (date(2025, 6, 25), []),
        (date(2025, 12, 3), ["CNS-14/draft/2025-12-02"]),
    ],
)
def test_the_last_step_whose_day_has_come_is_due(today: date, expected: list[str]) -> None:
    assert [due.key for due in due_steps([CNS_13, CNS_14], today)] == expected


def test_over_two_years_each_step_is_due_once_whatever_days_are_missed() -> None:
    sessions = [CNS_13, CNS_14, session("CNS-15", date(2026, 6, 23))]
    for every in (1, 2, 3):
        keys = [
            due.key
            for day in range(0, 730, every)
            for due in due_steps(sessions, date(2025, 1, 1) + timedelta(days=day))
        ]
        assert sorted(set(keys)) == sorted(
            f"{item.session_code}/{name}/{item.held_on - timedelta(days=before)}"
            for item in sessions
            for name, before in (("draft", 14), ("draft-again", 7), ("final", 3))
        )


def test_a_session_that_moves_has_its_steps_due_at_the_new_date() -> None:
    before = {due.key for due in due_steps([CNS_13], date(2025, 6, 12))}
    moved = session("CNS-13", date(2025, 7, 1))
    assert due_steps([moved], date(2025, 6, 12)) == []
    after = {due.key for due in due_steps([moved], date(2025, 6, 17))}
    assert before == {"CNS-13/draft/2025-06-10"}
    assert after == {"CNS-13/draft/2025-06-17"}


def test_a_published_session_has_nothing_due() -> None:
    assert due_steps([session("CNS-13", date(2025, 6, 24), "published")], date(2025, 6, 20)) == []
