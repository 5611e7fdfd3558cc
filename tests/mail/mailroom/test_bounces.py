"""Reports of mail servers: believed when they name a mail of ours, told to the DNS and shown with the partner."""

from typing import TYPE_CHECKING

import pytest

from tests.mail.mailroom.conftest import ANS, DNS, Room, mail
from tests.mail.mailroom.dovecot import USER
from tests.mail.mailroom.dovecot import Server as Imap

if TYPE_CHECKING:
    from tests.mail.conftest import Server


@pytest.fixture
def room(room: Room, server: "Server") -> Room:
    room.env |= {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    room.env |= {"JALON_MAIL_PARTNERS": "on"}
    return room


def report(
    message_id: str, *, action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822", also: str = ""
) -> bytes:
    """A delivery status notification, as RFC 3464 has it and Postfix writes it."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.ans.exemple (Mail Delivery System)\r\nTo: {USER}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <r@mx>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you...\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ans.exemple\r\n\r\n"
        f"{also}Final-Recipient: rfc822; {ANS}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\nFrom: jalon@exemple.fr\r\nMessage-ID: {message_id}\r\n"
        "Subject: x\r\n\r\nBonjour\r\n--b--\r\n"
    ).encode()


def ours(room: Room, mailbox: Imap, server: "Server") -> str:
    """The Message-ID of an answer that left."""
    mailbox.deliver(mail(ANS))
    room.collect()
    room.answer()
    (answer,) = server.mailbox.messages(ANS)
    return str(answer["Message-ID"])


def outcomes(room: Room) -> list[tuple[str, str]]:
    with room.ledger as ledger:
        return [(found.outcome.value, found.reason) for found in ledger.mails() if found.outcome != "nothing"]


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_of_a_mail_of_ours_is_recorded_with_its_partner_and_told_to_the_dns(
    room: Room, mailbox: Imap, server: "Server", original: str
) -> None:
    mailbox.deliver(report(ours(room, mailbox, server), original=original))
    room.collect()
    assert outcomes(room) == [("bounce", "5.1.1")]
    with room.ledger as ledger:
        (bounce,) = ledger.bounces()
    assert (bounce.partner, bounce.status, bounce.edition[:8]) == ("ANS", "5.1.1", "reponse-")
    room.now = room.now.replace(hour=20)
    room.answer()
    notice = server.mailbox.messages(DNS)[-1]
    said = notice.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "un courriel de Jalon n’est pas arrivé (5.1.1)" in said
    assert ANS not in said
    assert len(server.mailbox.messages(ANS)) == 1, "a bounce is answered by nothing"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"status": "4.4.1", "action": "delayed"}, ("delay", "4.4.1")),
        ({"status": "4.7.1", "action": "failed"}, ("delay", "4.7.1")),
        ({"status": "2.1.5", "action": "delivered"}, ("automatic", "2.1.5")),
        ({"status": "no status"}, ("automatic", "")),
        ({"also": f"Final-Recipient: rfc822; {DNS}\r\nAction: relayed\r\nStatus: 2.1.9\r\n\r\n"}, ("bounce", "5.1.1")),
    ],
)
def test_only_a_failure_for_good_is_a_bounce(
    room: Room, mailbox: Imap, server: "Server", changes: dict[str, str], found: tuple[str, str]
) -> None:
    mailbox.deliver(report(ours(room, mailbox, server), **changes))
    room.collect()
    assert outcomes(room) == [found]


@pytest.mark.parametrize("forged", ["<jalon.0123456789abcdef0123456789abcdef@exemple.fr>", "", "<>", "x"])
def test_a_report_on_a_mail_that_we_never_sent_is_not_believed(
    room: Room, mailbox: Imap, server: "Server", forged: str
) -> None:
    ours(room, mailbox, server)
    mailbox.deliver(report(forged))
    room.collect()
    assert outcomes(room) == [("automatic", "report_on_nothing_we_sent")]
    with room.ledger as ledger:
        assert ledger.bounces() == []


def test_our_identifiers_cannot_be_guessed(room: Room, mailbox: Imap, server: "Server") -> None:
    """Two installations that send the same answer to the same person do not number it alike."""
    first = ours(room, mailbox, server)
    for record in (room.paths.home / "outbox").glob("*/*/*.json"):
        record.unlink()
    (room.paths.home / "mailroom" / "ledger.db").unlink()
    server.mailbox.taken.clear()
    mailbox.empty()
    assert ours(room, mailbox, server) != first
