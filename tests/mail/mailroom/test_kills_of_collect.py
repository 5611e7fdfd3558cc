"""SIGKILL at every step of a round: nothing is taken twice, nothing is lost."""

import imaplib
from collections.abc import Callable
from typing import Any

import pytest

from orchestration.services.mailroom import routing
from orchestration.services.mailroom.ledger import Ledger
from orchestration.services.mailroom.mailbox import Mailbox
from orchestration.services.reception.ingest import receive_all
from sources.landing.store import Landing
from tests.mail.mailroom.conftest import ANS, NOW, STRANGER, Room, mail
from tests.mail.mailroom.dovecot import WITHOUT_MOVE, Server
from tests.mail.mailroom.dying import dice, killed_after, killed_at, kills

STEPS: dict[str, tuple[Any, str]] = {
    "put down": (routing, "hand_over"),
    "record": (Ledger, "record"),
    "move": (Mailbox, "move"),
}


def mails(count: int, of: str = "") -> list[bytes]:
    return [mail(ANS, (f"{of}{number}.xlsx", f"PK {of}{number}".encode())) for number in range(count)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_kill_between_two_steps_takes_nothing_twice_and_loses_nothing(
    room: Room, mailbox: Server, step: str, nth: int, when: str
) -> None:
    mailbox.deliver(*mails(2), mail(STRANGER))
    if step == "put down":
        (room.paths.inbox / "partners").mkdir()
    assert killed_at(room.collect, *STEPS[step], nth, when)
    # What lies there is taken before the next round, as the sensor would.
    receive_all(room.paths.inbox, Landing(room.paths.home).open(), lambda: NOW, lambda _: None)
    room.collect()
    assert sorted(room.drops()) == ["partners/ANS/0.xlsx", "partners/ANS/1.xlsx"]
    assert (mailbox.count(), mailbox.count("Traités"), mailbox.count("À voir")) == (0, 2, 1)
    with room.ledger as ledger:
        assert sorted(found.outcome for found in ledger.mails()) == ["held", "taken", "taken"]


@pytest.mark.parametrize("nth", range(1, 9))
def test_a_kill_between_copy_and_expunge_takes_nothing_twice(
    room: Room, start_dovecot: Callable[..., Server], nth: int
) -> None:
    """Without MOVE a mail is copied, struck out, expunged: killed in between it may be copied again, never taken."""
    server = start_dovecot(capability=WITHOUT_MOVE)
    room.env |= server.env
    server.deliver(*mails(2))
    assert killed_at(room.collect, imaplib.IMAP4, "uid", nth, "after")
    room.collect()
    assert sorted(room.drops()) == ["partners/ANS/0.xlsx", "partners/ANS/1.xlsx"]
    assert 2 <= server.count("Traités") <= 3
    assert server.count() == 0
    with room.ledger as ledger:
        assert len(ledger.mails()) == 2


def test_kills_at_random_instants_lose_nothing_and_take_nothing_twice(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten by the suite; `JALON_TEST_KILLS=300` by hand."""
    monkeypatch.setattr("orchestration.services.mailroom.judging.MOST_MAILS_A_DAY", 1_000_000)
    instants, hit, total = dice(18), 0, 0
    for turn in range(kills(10)):
        mailbox.deliver(*mails(3, f"{turn}-"))
        total += 3
        hit += killed_after(room.collect, instants.uniform(0.005, 0.25))
        if instants.random() < 0.5:
            receive_all(room.paths.inbox, Landing(room.paths.home).open(), lambda: NOW, lambda _: None)
    room.collect()
    assert hit
    drops = room.drops()
    assert len(drops) == total == len(set(drops.values()))
    assert not [name for name in drops if "(2)" in name], "the same mail put down twice"
    assert (mailbox.count(), mailbox.count("Traités")) == (0, total)
    with room.ledger as ledger:
        assert len(ledger.mails("where outcome = 'taken'")) == total
    print(f"{hit} rounds killed on the way, {total} mails")  # noqa: T201
