"""The board beside the figures: by which way files came, what partners were mailed, what came back."""

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.services.mailroom.correspondence import Correspondence, correspondence_of
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.letters import Posting, post_letters
from tests.mail.mailroom.conftest import ANS, CNAM, DNS, Room, mail
from tests.mail.mailroom.dovecot import Server as Imap
from tests.mail.mailroom.test_bounces import report

if TYPE_CHECKING:
    from tests.mail.conftest import Server

HAS = "h@has.exemple"


@pytest.fixture
def room(room: Room, server: "Server", monkeypatch: pytest.MonkeyPatch) -> Room:
    """Three partners with addresses, and letters whose texts are invented here."""
    room.env |= {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    room.env |= {"JALON_MAIL_PARTNERS": "on", "JALON_MAIL_AUTHSERV_ID": "mx"}
    rows = [f"ANS,{ANS},,contributor", f"CNAM,{CNAM},,contributor", f"HAS,{HAS},,contributor", f"DNS,{DNS},,dns"]
    room.contacts(*rows, "ANS,copie@ans.exemple,,copy")

    def written(paths: Paths, session_code: str, kind: str) -> list[Any]:
        folder = paths.home / "reminders" / session_code / kind
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"{name}.txt" for name in ("ANS", "HAS")]
        for path in files:
            path.write_text("Objet\u00a0: inventé\n\nTexte inventé.\n", encoding="utf-8")
        return files

    monkeypatch.setattr("orchestration.services.session.letters.write_reminders", written)
    return room


def test_each_partner_s_way_letters_answers_and_bounces_are_counted(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    for kind in ("J-60", "J-30", "J-7", "J-7"):
        posting = Posting("CNS-13", kind)  # type: ignore[arg-type]
        post_letters(room.paths, posting, log=lambda _: None, clock=lambda: room.now, environment=room.env)
    folder = room.paths.inbox / "partners" / "HAS"
    folder.mkdir(parents=True)
    (folder / "CNS-13_HAS.xlsx").write_bytes(room.book("HAS"))
    checked = b"Authentication-Results: mx; dmarc=pass header.from=ans.exemple\r\n"
    mailbox.deliver(checked + mail(ANS, ("CNS-13_ANS.xlsx", room.book())))
    mailbox.deliver(mail(CNAM, ("CNS-13_CNAM.xlsx", room.book("CNAM"))))
    room.collect()
    room.answer()
    room.receive()
    room.answer()
    (invitation, *_) = server.mailbox.messages(HAS)
    mailbox.deliver(report(str(invitation["Message-ID"])))
    room.collect()
    found = correspondence_of(room.paths, "CNS-13")
    assert found["ANS"] == Correspondence("ANS", ("courriel",), "2025-06-02", 2, 1, 0)
    assert found["CNAM"] == Correspondence("CNAM", ("courriel (non authentifié)",), None, 0, 1, 0)
    assert found["HAS"] == Correspondence("HAS", ("dossier de dépôt",), "2025-06-02", 2, 1, 1)
    assert found["ATIH"] == Correspondence("ATIH")
    assert correspondence_of(room.paths, "CNS-12")["ANS"] == Correspondence("ANS")
    assert "exemple" not in str([asdict(line) for line in found.values()])


def test_a_bounce_is_gone_once_the_address_is_corrected(room: Room, mailbox: Imap, server: "Server") -> None:
    mailbox.deliver(mail(ANS))
    room.collect()
    room.answer()
    (answer, *_) = server.mailbox.messages(ANS)
    mailbox.deliver(report(str(answer["Message-ID"])))
    room.collect()
    assert correspondence_of(room.paths, "CNS-13")["ANS"].bounces == 1
    room.contacts("ANS,nouvelle@ans.exemple,,contributor")
    room.answer()
    assert correspondence_of(room.paths, "CNS-13")["ANS"].bounces == 0


def test_a_file_that_came_by_the_page_is_told_from_one_put_there_by_hand(room: Room) -> None:
    for partner in ("HAS", "ATIH"):
        folder = room.paths.inbox / "partners" / partner
        folder.mkdir(parents=True)
        content = room.book(partner)
        (folder / f"CNS-13_{partner}.xlsx").write_bytes(content)
        if partner == "HAS":
            line = {"name": "CNS-13_HAS.xlsx", "sha256": hashlib.sha256(content).hexdigest()}
            (folder / ".depot.jsonl").write_text(f"{json.dumps(line)}\ntorn {{\n[]\n")
    room.receive()
    found = correspondence_of(room.paths, "CNS-13")
    assert [found[partner].channels for partner in ("HAS", "ATIH")] == [("page de dépôt",), ("dossier de dépôt",)]
