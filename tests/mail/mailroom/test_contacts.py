"""contacts.csv: every error at once, no address in any of them, and nothing left of a row that is gone."""

from typing import TYPE_CHECKING

import pytest

from orchestration.services.mailroom.contacts import Role, read_contacts
from orchestration.services.runtime.paths import PROJECT
from sources.reference.roadmap import load_reference
from tests.mail.mailroom.conftest import ANS, CNAM, DNS, NOW, Room, in_an_hour, mail
from tests.mail.mailroom.dovecot import Server as Imap

if TYPE_CHECKING:
    from tests.mail.conftest import Server

REFERENCE = load_reference(PROJECT / "dbt_project" / "seeds")


def test_every_error_is_said_at_once_without_any_address(room: Room) -> None:
    room.contacts(
        "ANX,planted@ans.exemple,,contributor",
        "ANS,planted personal text,,contributor",
        "ANS,planted@ans.exemple,,boss",
        "ANS,planted@ans.exemple,,dns",
        "HAS,planted@has.exemple,,stop",
        "CNAM,planted@cnam.exemple,,contributor",
        "CNAM,Planted@CNAM.exemple,,contributor",
    )
    (room.paths.home / "contacts.csv").chmod(0o644)
    done = room.run("contacts", "--check")
    assert done.returncode == 1
    for said in (
        "rights 0644",
        "line 2: partner 'ANX' is not in the reference",
        "line 3: the address is not one",
        "line 4: role 'boss'; expected contributor, copy, dns, stop",
        "line 5: role dns goes with partner DNS, not ANS",
        "line 6: a row that stops HAS bears no address",
        "line 8: the same partner, address and role as an earlier line",
    ):
        assert said in done.stderr, said
    assert "planted" not in done.stdout + done.stderr


def test_what_is_right_is_counted_and_who_has_nobody_is_named(room: Room) -> None:
    room.contacts(f"ANS,{ANS},,contributor", "CNAM,x@cnam.exemple,,copy", f"DNS,{DNS},,dns", "CNAM,,,stop")
    done = room.run("contacts", "--check")
    assert done.returncode == 0, done.stderr
    assert "1 contributor, 1 copy, 1 dns" in done.stdout
    assert "stopped: CNAM" in done.stdout
    assert "nobody to write to: " in done.stdout
    assert "exemple" not in done.stdout


def test_a_file_of_a_french_spreadsheet_is_read(room: Room) -> None:
    path = room.paths.home / "contacts.csv"
    path.write_bytes("\ufeffPartner;Address;Name;Role\r\nGIE-SESAM-Vitale;É@x.fr;;contributor\r\n".encode().replace(
        "É".encode(), b"e"))  # fmt: skip
    path.chmod(0o640)
    (row,) = read_contacts(room.paths.home, REFERENCE).rows
    assert (row.partner, str(row.address), row.role) == ("GIE SESAM-Vitale", "e@x.fr", Role.CONTRIBUTOR)


@pytest.mark.parametrize("content", [b"partner,address\nANS,x@y.fr\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_such_table_is_said_to_be_none(room: Room, content: bytes) -> None:
    path = room.paths.home / "contacts.csv"
    path.write_bytes(content)
    path.chmod(0o640)
    done = room.run("contacts", "--check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_wrong_rows_stop_what_needs_them_and_no_mail_is_lost(room: Room, mailbox: Imap) -> None:
    mailbox.deliver(mail(ANS, ("a.xlsx", b"PK a")))
    room.contacts("ANX,x@y.fr,,contributor")
    done = room.run("collect")
    assert done.returncode == 1
    assert "line 2: partner 'ANX'" in done.stderr
    assert "x@y.fr" not in done.stderr
    assert mailbox.count() == 1


def test_a_row_erased_is_forgotten_everywhere_but_in_the_trail(room: Room, mailbox: Imap, server: "Server") -> None:
    room.env |= {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    room.env["JALON_MAIL_PARTNERS"] = "on"
    mailbox.deliver(mail(ANS, subject="planted subject"), mail(CNAM))
    room.collect()
    room.answer()
    key = next(row.address.key for row in read_contacts(room.paths.home, REFERENCE).rows if row.partner == "ANS")
    assert holding(room, "anne.martin") == {"contacts.csv"}, "in clear nowhere else from the first"
    assert {"mailroom/ledger.db"} < holding(room, key)
    room.contacts(f"CNAM,{CNAM},,contributor", f"DNS,{DNS},,dns")
    room.answer()
    for text in ("anne.martin", "planted subject", key, "a…@ans"):
        assert holding(room, text) <= {"audit/audit.jsonl"}, text
    assert len(server.mailbox.messages(CNAM)) == 1
    room.now = in_an_hour(NOW, 2)
    room.answer()
    assert len(server.mailbox.messages(CNAM)) == 1, "who stays is remembered"


def holding(room: Room, text: str) -> set[str]:
    """The files of the installation that hold a text."""
    paths = [path for path in room.paths.home.rglob("*") if path.is_file()]
    return {str(path.relative_to(room.paths.home)) for path in paths if text in found_in(path)}


def found_in(path: "object") -> str:
    from pathlib import Path

    assert isinstance(path, Path)
    content = path.read_bytes()
    return content.decode("utf-8", "replace") + str(path)
