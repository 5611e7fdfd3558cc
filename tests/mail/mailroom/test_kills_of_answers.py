"""SIGKILL at every step of a sending: nobody is answered twice, and what cannot be known is asked."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from exports.mail import IfUncertain
from exports.mail.outbox import Outbox, State
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.mailroom.ledger import Ledger
from tests.mail.mailroom.conftest import ANS, CNAM, NOW, Room, mail
from tests.mail.mailroom.dovecot import Server as Imap
from tests.mail.mailroom.dying import dice, killed_after, killed_at, kills

if TYPE_CHECKING:
    from tests.mail.conftest import Server

# where, n-th call, before or after → how many mails ANS has by then, and whether its mail is uncertain
INSTANTS: dict[tuple[str, int, str], tuple[int, bool]] = {
    ("outbox", 1, "after"): (0, False),
    ("outbox", 2, "before"): (0, False),
    ("outbox", 2, "after"): (0, True),
    ("outbox", 3, "before"): (1, True),
    ("outbox", 3, "after"): (1, False),
    ("trail", 1, "before"): (1, False),
    ("trail", 1, "after"): (1, False),
    ("ledger", 1, "before"): (1, False),
    ("ledger", 1, "after"): (1, False),
}
STEPS: dict[str, tuple[Any, str]] = {
    "outbox": (Outbox, "write"),
    "trail": (AuditTrail, "extend"),
    "ledger": (Ledger, "note_answer"),
}


@pytest.fixture
def room(room: Room, server: "Server") -> Room:
    room.env |= {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    room.env |= {"JALON_MAIL_PARTNERS": "on"}
    room.contacts(f"ANS,{ANS},,contributor", f"CNAM,{CNAM},,contributor")
    return room


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_a_kill_between_two_steps_answers_nobody_twice(
    room: Room, mailbox: Imap, server: "Server", instant: tuple[str, int, str]
) -> None:
    (step, nth, when), (copies, is_uncertain) = instant, INSTANTS[instant]
    mailbox.deliver(mail(ANS), at=NOW - timedelta(hours=1))
    mailbox.deliver(mail(CNAM), at=NOW)
    room.collect()
    assert killed_at(room.answer, *STEPS[step], nth, when)
    assert len(server.mailbox.messages(ANS)) == copies
    again = room.answer()
    assert bool(again.problems) == is_uncertain
    assert len(server.mailbox.messages(ANS)) == (copies if is_uncertain else 1)
    assert len(server.mailbox.messages(CNAM)) == 1
    if is_uncertain:
        assert "--if-uncertain" in again.problems[0]
        room.answer(IfUncertain.ASSUME_SENT if copies else IfUncertain.RESEND)
        assert len(server.mailbox.messages(ANS)) == 1
    assert room.answer().verdicts == {}, "and then there is nothing more to do"
    assert AuditTrail.of(room.paths).problems() == []
    details = [entry.detail["recipient"] for entry in AuditTrail.of(room.paths).entries()]
    assert sorted(details) == ["a…@ans.exemple", "c…@cnam.exemple"]


def test_kills_at_random_instants_never_answer_twice(
    room: Room, mailbox: Imap, server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten by the suite; `JALON_TEST_KILLS=300` by hand."""
    monkeypatch.setattr("orchestration.services.mailroom.answering.MOST_AN_HOUR", 1_000_000)
    monkeypatch.setattr("orchestration.services.mailroom.judging.MOST_MAILS_A_DAY", 1_000_000)
    server.mailbox.delay = 0.02
    instants, hit, asked = dice(19), 0, 0
    turns = kills(10)
    for turn in range(turns):
        mailbox.deliver(*(mail(ANS, subject=f"{turn}-{number}") for number in range(3)))
        room.collect()
        hit += killed_after(room.answer, instants.uniform(0.01, 0.35))
        asked += settled(room, server)
    subjects = [message["Subject"] for message in server.mailbox.messages(ANS)]
    assert hit
    assert len(subjects) == len(set(subjects)), "somebody was answered twice"
    assert len(subjects) == 3 * turns, "an answer was lost"
    assert room.answer().verdicts == {}
    with room.ledger as ledger:
        assert len(ledger.answers("where state = 'sent'")) == 3 * turns
    assert len(AuditTrail.of(room.paths).entries()) == 3 * turns
    assert AuditTrail.of(room.paths).problems() == []
    print(f"{hit} sendings killed on the way, {len(subjects)} answers arrived, {asked} asked")  # noqa: T201


def settled(room: Room, server: "Server") -> int:
    """Send what is left as a person would: who asks the recipient what came says what is true; how many were asked."""
    asked = len(room.answer().problems)
    if asked:
        time.sleep(0.1)  # what the server had taken whole is in the box by now
        ours = Outbox(room.paths.home / "outbox").records()
        (uncertain,) = [record.message_id for record in ours if record.state is State.HANDING_OVER]
        arrived = {message["Message-ID"] for message in server.mailbox.messages(ANS)}
        room.answer(IfUncertain.ASSUME_SENT if uncertain in arrived else IfUncertain.RESEND)
    return asked
