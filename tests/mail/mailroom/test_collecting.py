"""Mail taken from a real mailbox into the drop folder, once, whatever happens on the way."""

import imaplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.services.backup.backup import back_up, restore
from orchestration.services.mailroom import mailbox as mailbox_module
from orchestration.services.mailroom.ledger import Outcome
from orchestration.services.mailroom.mailbox import ChannelError
from orchestration.services.reception.ingest import receive_all
from orchestration.services.runtime.paths import Paths
from sources.landing.store import Landing
from tests.mail.mailroom.conftest import ANS, CNAM, DNS, NOW, STRANGER, Room, mail
from tests.mail.mailroom.dovecot import WITHOUT_MOVE, WITHOUT_UIDPLUS, Server

BOOK = ("CNS-13_ANS.xlsx", b"PK a workbook, invented")


def outcomes(room: Room) -> dict[str, str]:
    """What became of each mail, by its author."""
    with room.ledger as ledger:
        return {found.sender: found.outcome.value for found in ledger.mails()}


def test_a_workbook_reaches_its_partners_folder_with_the_time_the_server_got_it(room: Room, mailbox: Server) -> None:
    arrived = NOW - timedelta(hours=5)
    mailbox.deliver(mail(ANS, BOOK), at=arrived)
    assert room.collect().files == 1
    assert room.drops() == {"partners/ANS/CNS-13_ANS.xlsx": BOOK[1]}
    assert (mailbox.count(), mailbox.count("Traités"), mailbox.count("À voir")) == (0, 1, 0)
    (taken,) = receive_all(room.paths.inbox, Landing(room.paths.home).open(), lambda: NOW, lambda _: None).new
    assert (taken.arrived_at, taken.received_at) == (arrived, NOW)


def test_nothing_is_taken_twice_however_often_it_is_collected(room: Room, mailbox: Server) -> None:
    mailbox.deliver(mail(ANS, BOOK), mail(CNAM, ("CNS-13_CNAM.xlsx", b"PK other")), mail(STRANGER, BOOK))
    first, second = room.collect(), room.collect()
    assert (first.files, second.files) == (2, 0)
    assert sorted(room.drops()) == ["partners/ANS/CNS-13_ANS.xlsx", "partners/CNAM/CNS-13_CNAM.xlsx"]
    assert (mailbox.count("Traités"), mailbox.count("À voir")) == (2, 1)


def test_a_mail_delivered_twice_or_put_back_is_taken_once(room: Room, mailbox: Server) -> None:
    """The same mail by two ways: other headers above, the same mail below."""
    one = mail(ANS, BOOK)
    mailbox.deliver(one, b"Received: from elsewhere.exemple by mx\r\n" + one)
    result = room.collect()
    assert (result.files, result.known) == (1, 1)
    mailbox.deliver(one)
    assert room.collect().known == 1
    assert len(room.drops()) == 1
    assert mailbox.count() == 0


def test_one_message_id_for_two_files_is_two_mails(room: Room, mailbox: Server) -> None:
    """A scanner that numbers all its mails alike must not lose the second."""
    for content in (b"PK first", b"PK second"):
        mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", content), message_id="<always@scanner>"))
    assert room.collect().files == 2
    assert sorted(room.drops()) == ["partners/ANS/CNS-13_ANS (2).xlsx", "partners/ANS/CNS-13_ANS.xlsx"]


def test_uidvalidity_changed_in_mid_course_takes_nothing_twice(room: Room, mailbox: Server) -> None:
    mails = [mail(ANS, ("CNS-13_ANS.xlsx", f"PK {number}".encode()), subject=str(number)) for number in range(4)]
    mailbox.deliver(*mails[:3])
    room.collect()
    mailbox.renumber("Traités")
    before = room.drops()
    # Restored from a backup, handled mails lie in the folder again, under numbers that other mails had.
    mailbox.deliver(*reversed(mails))
    room.env["JALON_IMAP_FOLDER"] = "INBOX"
    result = room.collect()
    assert (result.known, result.files) == (3, 1)
    assert room.drops().items() > before.items()
    assert len(room.drops()) == 4


def test_the_same_uid_under_another_validity_is_another_mail(room: Room, start_dovecot: Callable[..., Server]) -> None:
    server = start_dovecot()
    with server.session() as connection:
        connection.create('"D&AOk-p&APQ-ts"')
    room.env |= server.env | {"JALON_IMAP_FOLDER": "Dépôts"}
    server.deliver(mail(ANS, ("a.xlsx", b"PK a"), subject="a"), folder='"D&AOk-p&APQ-ts"')
    assert room.collect().files == 1
    server.renumber("Dépôts")
    server.deliver(mail(ANS, ("b.xlsx", b"PK b"), subject="b"), folder='"D&AOk-p&APQ-ts"')
    assert room.collect().files == 1
    assert sorted(room.drops()) == ["partners/ANS/a.xlsx", "partners/ANS/b.xlsx"]


def test_without_move_only_the_mail_itself_is_expunged(
    room: Room, start_dovecot: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail that somebody else strikes out meanwhile stays: an EXPUNGE without a range would take it."""
    server, left = start_dovecot(capability=WITHOUT_MOVE), []
    room.env |= server.env
    server.deliver(mail(ANS, BOOK), mail(CNAM, ("c.xlsx", b"PK c")))
    real = imaplib.IMAP4.uid

    def watched(self: imaplib.IMAP4, command: str, *arguments: str) -> object:
        if command == "EXPUNGE" and not left:
            with server.session() as other:
                other.select("INBOX")
                other.store("2", "+FLAGS", r"(\Deleted)")
                other.unselect()
        result = real(self, command, *arguments)
        if command == "EXPUNGE":
            left.append(server.count())
        return result

    monkeypatch.setattr(imaplib.IMAP4, "uid", watched)
    room.collect()
    assert left == [1, 0]
    assert server.count("Traités") == 2


def test_where_nothing_can_be_expunged_a_mail_stays_struck_out_and_is_moved_once(
    room: Room, start_dovecot: Callable[..., Server]
) -> None:
    server = start_dovecot(capability=WITHOUT_UIDPLUS)
    room.env |= server.env
    server.deliver(mail(ANS, BOOK))
    for _ in range(3):
        room.collect()
    assert (server.count(), server.count("Traités"), len(room.drops())) == (1, 1, 1)
    assert b"\\Deleted" in server.flags()[0]


def test_a_copy_that_did_not_arrive_leaves_the_mail(
    room: Room, start_dovecot: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_dovecot(capability=WITHOUT_MOVE)
    room.env |= server.env
    server.deliver(mail(ANS, BOOK))
    real = imaplib.IMAP4.uid

    def losing(self: imaplib.IMAP4, command: str, *arguments: str) -> object:
        return ("OK", [b"COPY completed"]) if command == "COPY" else real(self, command, *arguments)

    monkeypatch.setattr(imaplib.IMAP4, "uid", losing)
    with pytest.raises(ChannelError, match="did not arrive"):
        room.collect()
    assert server.count() == 1
    assert b"\\Deleted" not in server.flags()[0]
    monkeypatch.setattr(imaplib.IMAP4, "uid", real)
    assert (room.collect().files, server.count(), len(room.drops())) == (0, 0, 1)


def test_capabilities_are_those_after_login(room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before login Dovecot speaks of neither MOVE nor UIDPLUS: the fallback would copy for nothing."""
    asked: list[str] = []
    real = imaplib.IMAP4.uid

    def noted(self: imaplib.IMAP4, command: str, *arguments: str) -> object:
        asked.append(command)
        return real(self, command, *arguments)

    monkeypatch.setattr(imaplib.IMAP4, "uid", noted)
    mailbox.deliver(mail(ANS, BOOK))
    room.collect()
    assert "MOVE" in asked
    assert "COPY" not in asked


def test_a_fetch_that_says_ok_and_brings_nothing_is_tried_again(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "SECONDS_BETWEEN_TRIES", 0)
    real, empty = imaplib.IMAP4.uid, [2]

    def forgetful(self: imaplib.IMAP4, command: str, *arguments: str) -> object:
        if command == "FETCH" and empty[0]:
            empty[0] -= 1
            return "OK", [None]
        return real(self, command, *arguments)

    monkeypatch.setattr(imaplib.IMAP4, "uid", forgetful)
    mailbox.deliver(mail(ANS, BOOK))
    assert room.collect().files == 1
    empty[0] = 1000
    mailbox.deliver(mail(CNAM, ("c.xlsx", b"PK c")))
    result = room.collect()
    assert (len(result.left), result.files, mailbox.count()) == (1, 0, 1), "left where it is, for the next round"
    empty[0] = 0
    assert room.collect().files == 1


def test_a_folder_nobody_may_write_holds_up_its_own_mails_alone(room: Room, mailbox: Server) -> None:
    (room.paths.inbox / "partners").mkdir()
    (room.paths.inbox / "partners" / "ANS").write_text("a file where a folder should be")
    mailbox.deliver(mail(ANS, BOOK), mail(CNAM, ("CNS-13_CNAM.xlsx", b"PK c")))
    result = room.collect()
    assert (result.files, len(result.left), mailbox.count()) == (1, 1, 1)
    (room.paths.inbox / "partners" / "ANS").unlink()
    assert room.collect().files == 1


def test_what_is_set_apart_is_looked_at_again_when_somebody_puts_it_back(room: Room, mailbox: Server) -> None:
    mailbox.deliver(mail(STRANGER, BOOK))
    room.collect()
    assert outcomes(room) == {"x…@ailleurs.exemple": Outcome.HELD}
    room.contacts(f"ANS,{STRANGER},,contributor")
    with mailbox.session() as connection:
        connection.select('"&AMA- voir"')
        connection.uid("MOVE", "1", "INBOX")
    assert room.collect().files == 1
    assert outcomes(room) == {"x…@ailleurs.exemple": Outcome.TAKEN}


def test_a_mail_too_large_is_not_fetched_and_is_recorded(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.services.mailroom.collecting.LARGEST_MAIL", 10_000)
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", b"PK" + bytes(20_000))))
    room.collect()
    with room.ledger as ledger:
        (found,) = ledger.mails()
    assert (found.outcome, found.reason, found.is_answerable, room.drops()) == ("nothing", "too_large", True, {})


def test_no_more_than_so_many_mails_and_bytes_of_one_partner_a_day(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.services.mailroom.judging.MOST_MAILS_A_DAY", 3)
    books = [(f"{number}.xlsx", f"PK {number}".encode()) for number in range(5)]
    mailbox.deliver(*(mail(ANS, book, subject=book[0]) for book in books), at=NOW)
    mailbox.deliver(mail(CNAM, books[0], subject="another partner"), at=NOW)
    mailbox.deliver(mail(ANS, books[4], subject="the next day"), at=NOW - timedelta(days=1))
    assert room.collect().files == 5
    with room.ledger as ledger:
        assert [found.reason for found in ledger.mails("where outcome = 'held'")] == ["too_much"] * 2
    monkeypatch.setattr("orchestration.services.mailroom.judging.MOST_BYTES_A_DAY", 5000)
    mailbox.deliver(mail(CNAM, ("l.xlsx", b"PK" + bytes(6000)), subject="large"), at=NOW)
    assert room.collect().outcomes["held"] == 1


def test_the_dns_sends_decisions_drafts_documents_and_partners_workbooks(room: Room, mailbox: Server) -> None:
    mailbox.deliver(mail(DNS, ("Rapport.pdf", b"%PDF-1.7 invented"), ("note.xlsx", b"PK torn")))
    room.collect()
    assert sorted(room.drops()) == ["partners/DNS/note.xlsx", "reports/Rapport.pdf"]


def test_mails_are_listed_in_parts_and_all_of_them(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "LISTED_AT_ONCE", 3)
    monkeypatch.setattr("orchestration.services.mailroom.judging.MOST_MAILS_A_DAY", 1000)
    mailbox.deliver(*(mail(ANS, (f"{number}.xlsx", f"PK {number}".encode())) for number in range(10)))
    assert room.collect().files == 10


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_over_tls_with_an_authority_of_our_own(room: Room, start_dovecot: Callable[..., Server], tls: str) -> None:
    server = start_dovecot(tls)
    room.env |= server.env
    server.deliver(mail(ANS, BOOK))
    assert room.collect().files == 1
    del room.env["JALON_IMAP_CA_FILE"]
    with pytest.raises(ChannelError, match="no trusted TLS"):
        room.collect()


def test_a_mail_without_a_message_id_is_known_by_its_body(room: Room, mailbox: Server) -> None:
    one = mail(ANS, BOOK, message_id="none")
    mailbox.deliver(one, one)
    assert (room.collect().files, mailbox.count("Traités")) == (1, 2)


def test_an_arrival_in_the_future_is_now(room: Room, mailbox: Server) -> None:
    mailbox.deliver(mail(ANS, BOOK), at=datetime(2031, 1, 1, tzinfo=UTC))
    room.collect()
    with room.ledger as ledger:
        (found,) = ledger.mails()
    assert found.arrived_at == NOW.isoformat(timespec="microseconds")


def test_a_backup_remembers_every_mail_so_that_a_restored_home_takes_none_again(
    room: Room, mailbox: Server, tmp_path: Path
) -> None:
    room.contacts(f"ANS,{ANS},,contributor", f"CNAM,{CNAM},,contributor")
    mailbox.deliver(mail(ANS, BOOK))
    room.collect()
    Landing(room.paths.home).open()
    saved = back_up(room.paths, tmp_path, log=lambda _: None)
    elsewhere = Room(Paths(tmp_path / "elsewhere", tmp_path / "inbox2"), room.env)
    restore(elsewhere.paths, saved.path)
    mailbox.deliver(mail(ANS, BOOK), mail(CNAM, ("c.xlsx", b"PK c")))
    result = elsewhere.collect()
    assert (result.known, result.files) == (1, 1)
    assert (elsewhere.paths.home / "contacts.csv").stat().st_mode & 0o777 == 0o640
