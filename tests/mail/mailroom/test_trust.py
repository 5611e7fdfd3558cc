"""Whom a mail is believed to come from: our own server's word on the `From`, and nobody else's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.mail import SettingsError, parse_address
from orchestration.services.mailroom.authentication import Authenticity, authenticity
from orchestration.services.mailroom.settings import Rules
from tests.mail.mailroom.conftest import ANS, CNAM, Room, mail
from tests.mail.mailroom.dovecot import Server

MX = "mx.dns.exemple"
SENDER = parse_address(ANS)
PASS, FAIL, NONE = Authenticity.PASS, Authenticity.FAIL, Authenticity.NONE
BOOK = ("CNS-13_ANS.xlsx", b"PK invented")


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (f"{MX}; dmarc=pass header.from=ans.exemple", PASS),
        (f"{MX}; dkim=pass header.d=ans.exemple; spf=fail smtp.mailfrom=x@ailleurs.exemple", PASS),
        (f"{MX}; spf=pass smtp.mailfrom=anne.martin@ans.exemple; dkim=none", PASS),
        (f"{MX.upper()} 1; dkim/1 = pass (2048-bit; good) header.i=@ans.exemple", PASS),
        (f'{MX}; dkim=pass reason="signed; by ans" header.d="ans.exemple"', PASS),
        (f"{MX}; dmarc=fail header.from=ans.exemple; spf=pass smtp.mailfrom=x@ailleurs.exemple", FAIL),
        (f"{MX}; spf=softfail smtp.mailfrom=anne.martin@ans.exemple", FAIL),
        (f"{MX}; dkim=pass header.d=ailleurs.exemple", FAIL),
        (f"{MX}; spf=pass smtp.mailfrom=x@ailleurs.exemple; dkim=none; dmarc=none", FAIL),
        (f"{MX}; dkim=pass header.d=exemple", FAIL),
        (f"{MX}; dkim=pass header.d=ns.exemple", FAIL),
        (f"{MX}; dkim=pass header.d=ailleurs.exemple header.d=ans.exemple", FAIL),
        (f"{MX}; dkim=pass (header.d=ans.exemple) header.d=ailleurs.exemple", FAIL),
        (f'{MX}; dkim=none reason="; dkim=pass header.d=ans.exemple"', NONE),
        (f"{MX}; none", NONE),
        (f"{MX}; spf=temperror smtp.mailfrom=ans.exemple", NONE),
        (f"{MX}; auth=pass smtp.auth=anne.martin@ans.exemple", NONE),
        (f"other.exemple; dkim=pass header.d=ans.exemple; {MX}; dmarc=pass header.from=ans.exemple", NONE),
        (f"x{MX}; dmarc=pass header.from=ans.exemple", NONE),
        ("", NONE),
        (";;;=", NONE),
    ],
)
def test_what_our_own_server_says_counts_and_only_of_the_from(field: str, found: Authenticity) -> None:
    assert authenticity([field], MX, SENDER) is found


def test_a_parent_domain_speaks_for_its_subdomains() -> None:
    below = parse_address("anne@courriel.ans.exemple")
    assert authenticity([f"{MX}; dkim=pass header.d=ans.exemple"], MX, below) is PASS
    assert authenticity([f"{MX}; dkim=pass header.d=courriel.ans.exemple"], MX, SENDER) is FAIL


def test_only_the_topmost_field_of_our_server_counts() -> None:
    """Whoever writes a field in our name into a mail has it below the one that our server adds."""
    real, forged = f"{MX}; dmarc=fail header.from=ans.exemple", f"{MX}; dmarc=pass header.from=ans.exemple"
    assert authenticity(["other.exemple; dmarc=pass header.from=ans.exemple", real, forged], MX, SENDER) is FAIL


def test_without_a_pinned_server_nobody_is_believed() -> None:
    assert authenticity([f"{MX}; dmarc=pass header.from=ans.exemple"], None, SENDER) is NONE


@given(st.lists(st.text(alphabet=st.sampled_from(' ;=()"\\/.@adehkmnprsxi\t'), max_size=80), max_size=3))
def test_no_field_whatever_is_in_it_raises_or_passes_by_chance(fields: list[str]) -> None:
    assert authenticity([f"{MX}; {field}" for field in fields], MX, SENDER) in Authenticity
    assert authenticity(fields, MX, SENDER) is NONE


def reasons(room: Room) -> dict[str, tuple[str, str]]:
    with room.ledger as ledger:
        return {found.subject: (found.outcome.value, found.reason) for found in ledger.mails()}


def with_result(sender: str, subject: str, *fields: str) -> bytes:
    """A mail as our server hands it over: its own field on top."""
    top = "".join(f"Authentication-Results: {field}\r\n" for field in fields)
    return top.encode() + mail(sender, BOOK, subject=subject)


def test_a_forged_or_unknown_author_is_set_apart_and_nothing_of_it_is_taken(room: Room, mailbox: Server) -> None:
    room.env["JALON_MAIL_AUTHSERV_ID"] = MX
    good, bad = f"{MX}; dmarc=pass header.from=ans.exemple", f"{MX}; dmarc=fail header.from=ans.exemple"
    mailbox.deliver(
        with_result(ANS, "good", good),
        with_result(ANS, "forged", bad, good),
        with_result(CNAM, "another's pass", good),
        with_result("x@ailleurs.exemple", "unknown", f"{MX}; dmarc=pass header.from=ailleurs.exemple"),
        with_result(f"{ANS} <x@ailleurs.exemple>", "name"),
        with_result(ANS, "nobody looked"),
    )
    room.collect()
    assert reasons(room) == {
        "good": ("taken", ""),
        "forged": ("held", "not_authentic"),
        "another's pass": ("held", "not_authentic"),
        "unknown": ("held", "unknown_sender"),
        "name": ("held", "no_author"),
        "nobody looked": ("taken", ""),
    }
    with room.ledger as ledger:
        marked = {found.subject: found.authenticity for found in ledger.mails()}
    assert (marked["good"], marked["nobody looked"]) == ("pass", "none")
    room.env["JALON_MAIL_UNAUTHENTICATED"] = "hold"
    mailbox.deliver(with_result(ANS, "nobody looked, and that is not enough"))
    room.collect()
    assert reasons(room)["nobody looked, and that is not enough"] == ("held", "unauthenticated")


@pytest.mark.parametrize(
    "author",
    [
        f"{ANS}, {CNAM}",
        "",
        "undisclosed:;",
        f"From: {ANS}\r\nFrom: {CNAM}",
        f'"{ANS}" <x@y',
        f'"a <{ANS}>" <x@y.exemple>',
        f"{ANS} <x@y.exemple>",
        "=?utf-8?q?anne=40ans=2Eexemple?=",
        f"{ANS}\x00",
    ],
)
def test_who_cannot_be_told_is_nobody(room: Room, mailbox: Server, author: str) -> None:
    raw = mail("planted@x.exemple", BOOK)
    field = author if author.startswith("From:") else f"From: {author}"
    mailbox.deliver(raw.replace(b"From: planted@x.exemple", field.encode()))
    room.collect()
    assert room.drops() == {}
    assert mailbox.count("À voir") == 1


def test_an_author_is_known_whatever_the_case_and_the_name_beside(room: Room, mailbox: Server) -> None:
    mailbox.deliver(mail(f'"MARTIN, Anne" <{ANS.upper()}>', BOOK))
    assert room.collect().files == 1


def test_who_is_in_copy_may_send_nothing(room: Room, mailbox: Server) -> None:
    room.contacts(f"ANS,{ANS},,copy")
    mailbox.deliver(mail(ANS, BOOK))
    assert room.collect().outcomes == {"held": 1}


@pytest.mark.parametrize(
    "env",
    [
        {"JALON_MAIL_AUTHSERV_ID": "mx dns"},
        {"JALON_MAIL_UNAUTHENTICATED": "maybe"},
        {"JALON_MAIL_PARTNERS": "yes"},
    ],
)
def test_a_rule_that_is_wrong_is_named(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(env))):
        Rules.from_environment(env)
