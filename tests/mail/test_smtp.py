"""One message and one server: what is certain, what is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from exports.mail import (
    Delivery,
    Fate,
    Letter,
    SmtpSettings,
    compose,
    deliver,
    message_id,
    parse_address,
    read_package,
    write_letter,
)
from exports.mail.settings import MAX_BYTES, Links

if TYPE_CHECKING:
    from tests.mail.conftest import Home, RudeServer, Server

RECIPIENT = parse_address("dns@exemple.fr")
AT = datetime(2024, 12, 3, 6, tzinfo=UTC)
SESSION = "CNS-12"


def settings_of(env: dict[str, str], **changes: object) -> SmtpSettings:
    settings = SmtpSettings.from_environment(env)
    assert settings is not None
    return replace(settings, timeout=5.0, last_reply_timeout=5.0, **changes)  # type: ignore[arg-type]


def letter_of(home: "Home") -> Letter:
    return write_letter(read_package(home.deliverables, SESSION), Links(MAX_BYTES))


def hand_over(home: "Home", settings: SmtpSettings) -> Delivery:
    content = compose(
        letter_of(home),
        sender=settings.sender,
        recipient=RECIPIENT,
        message_id=message_id(settings.sender, "x"),
        at=AT,
    )
    return deliver(settings, content, RECIPIENT, before_the_end=lambda: None)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mail_leaves_encrypted_with_the_account_and_comes_in_whole(
    home: "Home", start_server: "Callable[..., Server]", tls: str
) -> None:
    server = start_server(tls)
    assert hand_over(home, settings_of(server.env)) == Delivery(Fate.ACCEPTED)
    assert server.mailbox.logins
    if tls == "starttls":  # what aiosmtpd calls TLS: the connection that became so
        assert server.mailbox.was_encrypted == [True]
    (message,) = server.mailbox.messages(str(RECIPIENT))
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert attached == {path.name: path.read_bytes() for path in home.deliverables.glob("CNS-12_*")}
    assert message["To"] == str(RECIPIENT)
    body = message.get_body()
    assert body is not None
    assert body["Content-Language"] == "fr-FR"
    assert body.get_content().replace("\r\n", "\n") == letter_of(home).body


def test_lines_of_dots_arrive_as_they_were(home: "Home", server: "Server") -> None:
    settings = settings_of(server.env)
    letter = replace(letter_of(home), body=".\n..\n. a\r\n.\n", attachments=())
    content = compose(letter, sender=settings.sender, recipient=RECIPIENT, message_id="<a@b>", at=AT)
    assert deliver(settings, content, RECIPIENT, before_the_end=lambda: None).fate is Fate.ACCEPTED
    (message,) = server.mailbox.messages(str(RECIPIENT))
    body = message.get_body()
    assert body is not None
    assert body.get_content().split() == [".", "..", ".", "a", "."]


def test_a_certificate_nobody_vouches_for_is_not_trusted(home: "Home", start_server: "Callable[..., Server]") -> None:
    for tls in ("starttls", "implicit"):
        server = start_server(tls)
        delivery = hand_over(home, settings_of(server.env, ca_file=None))
        assert (delivery.fate, delivery.is_for_all, delivery.is_transient) == (Fate.NOT_SENT, True, False)
        assert "pas de TLS de confiance" in delivery.reason
        assert server.mailbox.logins == []


def test_an_account_is_never_told_to_a_server_without_tls(home: "Home", server: "Server") -> None:
    env = {**server.env, "JALON_SMTP_TLS": "starttls", "JALON_SMTP_USER": "robot", "JALON_SMTP_PASSWORD": "secret"}
    delivery = hand_over(home, settings_of(env))
    assert delivery.fate is Fate.NOT_SENT
    assert "Vérifiez JALON_SMTP_TLS" in delivery.reason
    assert server.mailbox.taken == []


def test_a_refused_account_is_said_without_the_password(home: "Home", start_server: "Callable[..., Server]") -> None:
    server = start_server("starttls")
    delivery = hand_over(home, settings_of({**server.env, "JALON_SMTP_PASSWORD": "planted-wrong"}))
    assert (delivery.fate, delivery.is_for_all) == (Fate.NOT_SENT, True)
    assert "compte refusé" in delivery.reason
    assert server.mailbox.logins
    assert "planted-wrong" not in delivery.reason


@pytest.mark.parametrize(("answer", "is_transient"), [("550 5.1.1 unknown", False), ("451 4.7.1 greylisted", True)])
def test_a_refused_recipient_is_permanent_or_may_be_tried_again(
    home: "Home", server: "Server", answer: str, *, is_transient: bool
) -> None:
    server.mailbox.refused[str(RECIPIENT)] = answer
    delivery = hand_over(home, settings_of(server.env))
    assert (delivery.fate, delivery.is_transient, delivery.is_for_all) == (Fate.NOT_SENT, is_transient, False)
    assert answer[:3] in delivery.reason


def test_a_message_refused_at_its_end_was_not_sent(home: "Home", server: "Server") -> None:
    server.mailbox.answer = "554 5.7.1 spam"
    assert hand_over(home, settings_of(server.env)).fate is Fate.NOT_SENT


def test_a_slow_answer_is_waited_for(home: "Home", server: "Server") -> None:
    server.mailbox.delay = 1.5
    settings = replace(settings_of(server.env), timeout=1.0)
    assert hand_over(home, settings).fate is Fate.ACCEPTED


def test_an_answer_that_never_comes_is_uncertain(home: "Home", rude: "Callable[[str], RudeServer]") -> None:
    for misbehaves in ("never answers", "drops after the end"):
        server = rude(misbehaves)
        settings = replace(settings_of(server.env), last_reply_timeout=1.0)
        assert hand_over(home, settings).fate is Fate.UNCERTAIN
        assert server.whole_messages == 1


def test_a_connection_dropped_in_mid_data_is_certainly_not_sent(
    home: "Home", rude: "Callable[[str], RudeServer]"
) -> None:
    home.render({"large.docx": b"x" * 8_000_000})
    server = rude("drops in mid-data")
    delivery = hand_over(home, settings_of(server.env))
    assert (delivery.fate, delivery.is_transient) == (Fate.NOT_SENT, True)
    assert "raccroché avant la fin du message" in delivery.reason
    assert server.whole_messages == 0


def test_a_server_that_takes_less_is_said_before_anything_is_given(
    home: "Home", rude: "Callable[[str], RudeServer]"
) -> None:
    delivery = hand_over(home, settings_of(rude("small").env))
    assert (delivery.fate, delivery.is_for_all) == (Fate.NOT_SENT, True)
    assert "prend 1000 octets" in delivery.reason
    assert "Baissez JALON_MAIL_MAX_BYTES" in delivery.reason


def test_nobody_there_or_a_server_that_says_nothing_may_pass(home: "Home", rude: "Callable[[str], RudeServer]") -> None:
    silent = rude("silent")
    gone = rude("silent")
    gone.close()
    for server in (silent, gone):
        delivery = hand_over(home, replace(settings_of(server.env), timeout=1.0))
        assert (delivery.fate, delivery.is_transient, delivery.is_for_all) == (Fate.NOT_SENT, True, True)
        assert "Vérifiez JALON_SMTP_HOST" in delivery.reason


def test_nothing_is_handed_over_when_the_outbox_cannot_be_written(home: "Home", server: "Server") -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    settings = settings_of(server.env)
    content = compose(letter_of(home), sender=settings.sender, recipient=RECIPIENT, message_id="<a@b>", at=AT)
    with pytest.raises(OSError, match="No space"):
        deliver(settings, content, RECIPIENT, before_the_end=full)
    assert server.mailbox.taken == []


@pytest.mark.parametrize("header", ["subject", "message_id"])
def test_a_line_break_cannot_make_a_header(home: "Home", server: "Server", header: str) -> None:
    settings = settings_of(server.env)
    hostile = "x\r\nBcc: other@exemple.fr"
    letter = replace(letter_of(home), subject=hostile) if header == "subject" else letter_of(home)
    identifier = hostile if header == "message_id" else "<a@b>"
    with pytest.raises(ValueError, match=r"linefeed|carriage|header"):
        compose(letter, sender=settings.sender, recipient=RECIPIENT, message_id=identifier, at=AT)


def test_the_identifier_is_the_same_for_the_same_mail_and_survives_a_long_domain(home: "Home") -> None:
    sender = parse_address("jalon@" + ".".join(["sous-domaine-long"] * 8) + ".fr")
    identifier = message_id(sender, "CNS-12", "draft-1", RECIPIENT.key)
    assert identifier == message_id(sender, "CNS-12", "draft-1", RECIPIENT.key)
    assert identifier != message_id(sender, "CNS-12", "draft-1", parse_address("c@d").key)
    content = compose(letter_of(home), sender=sender, recipient=RECIPIENT, message_id=identifier, at=AT)
    headers = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    assert b"Message-ID: " + identifier.encode() in headers


def test_a_subject_keeps_every_space_between_accented_words_however_long_it_is(home: "Home", server: "Server") -> None:
    """Where a long one is folded depends on its length: every place of the fold is tried."""
    settings = settings_of(server.env)
    subjects = [f"CNS-13{'x' * more} : votre classeur est prêt, réponse attendue à l’été" for more in range(0, 60, 2)]
    for subject in subjects:
        letter = replace(letter_of(home), subject=subject, attachments=())
        content = compose(letter, sender=settings.sender, recipient=RECIPIENT, message_id="<a@b>", at=AT)
        assert deliver(settings, content, RECIPIENT, before_the_end=lambda: None).fate is Fate.ACCEPTED
    assert [message["Subject"] for message in server.mailbox.messages(str(RECIPIENT))] == subjects
