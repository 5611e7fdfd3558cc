"""Receipts by mail: in the thread, to the registered address, once, saying what the receipt says."""

import json
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from exports.mail import SettingsError
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.mailroom import answering
from tests.mail.mailroom.conftest import ANS, CNAM, DNS, NOW, STRANGER, Room, in_an_hour, mail
from tests.mail.mailroom.dovecot import Server as Imap

if TYPE_CHECKING:
    from tests.mail.conftest import Server

COPY = "secretariat@ans.exemple"
GOOD: dict[str, Any] = {"contributions": {"8-3": {"status": "En bonne voie", "progress_text": "Texte inventé."}}}
BAD: dict[str, Any] = {"measurements": [{"kpi_id": "IND-8-3-1", "value": "douze", "period": "T1 2025"}]}


@pytest.fixture
def room(room: Room, server: "Server") -> Room:
    """A room whose answers leave by a real server on loopback."""
    room.env |= {name: value for name, value in server.env.items() if name.startswith("JALON_SMTP_")}
    room.env |= {"JALON_MAIL_PARTNERS": "on"}
    return room


def text(message: EmailMessage) -> str:
    """The words of a mail, no-break spaces as plain ones."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ").replace("\u202f", " ")


def attached(message: EmailMessage) -> list[str]:
    return [part.get_filename() or "" for part in message.iter_attachments()]


def test_a_fault_is_answered_in_the_thread_with_the_annotated_workbook(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    mailbox.deliver(
        mail(f"Anne <{ANS.upper()}>", ("CNS-13_ANS.xlsx", room.book(**BAD)), References="<before@ans.exemple>")
    )
    room.collect()
    assert room.answer(is_read=False).verdicts == {}, "not before it was read"
    room.receive()
    assert room.answer().verdicts == {"sent": 1}
    (answer,) = server.mailbox.messages(ANS)
    assert answer["In-Reply-To"].startswith("<")
    assert answer["References"].split() == ["<before@ans.exemple>", answer["In-Reply-To"]]
    assert answer["Subject"] == "Re: Contribution CNS-13"
    assert (answer["Auto-Submitted"], answer["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    said = text(answer)
    print(said)  # noqa: T201
    assert "1 erreur à corriger" in said
    assert "- Indicateurs, " in said
    assert "« douze »" in said
    assert "Réponses attendues au plus tard le 10 juin 2025." in said
    assert "répondez à ce message en le joignant" in said
    (name,) = attached(answer)
    assert name.startswith("CNS-13_ANS_accuse_")


@pytest.mark.parametrize("is_mailed", [True, False])
def test_a_file_read_again_with_another_result_is_told_once_in_its_thread(
    room: Room, mailbox: Imap, server: "Server", is_mailed: bool
) -> None:
    """Of two new readings while nothing could leave, the last one is told; who is registered later hears of neither."""
    room.answer()  # the addresses are known from now on
    if is_mailed:
        mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**BAD))), at=NOW)
        room.collect()
    else:
        folder = room.paths.inbox / "partners" / "ANS"
        folder.mkdir(parents=True)
        (folder / "CNS-13_ANS.xlsx").write_bytes(room.book(**BAD))
    room.receive()
    room.answer()
    (first,) = server.mailbox.messages(ANS)
    (receipt,) = (room.paths.home / "receipts").glob("*/ANS/*_accuse_*.json")
    told = json.loads(receipt.read_text(encoding="utf-8"))
    for rank in (1, 2):
        headline = f"Votre dépôt a été relu, et ce qui en est retenu a changé (inventé, {rank})."
        again = receipt.with_name(receipt.name.replace("_accuse_", f"_relu-{rank}_"))
        again.write_text(json.dumps({**told, "headline": headline, "issues": []}), encoding="utf-8")
        again.with_suffix(".xlsx").write_bytes(receipt.with_suffix(".xlsx").read_bytes())
    room.contacts(f"ANS,{ANS},,contributor", f"ANS,{COPY},,contributor", f"DNS,{DNS},,dns")
    room.now = in_an_hour(NOW)
    assert [room.answer().verdicts for _ in range(2)] == [{"sent": 1}, {}]
    _, second = server.mailbox.messages(ANS)
    assert "a changé (inventé, 2)" in text(second)
    assert [name.partition("_relu-")[2][:1] for name in attached(second)] == ["2"]
    assert second["In-Reply-To"] == first["In-Reply-To"]
    assert server.mailbox.messages(COPY) == []


def test_an_answer_leaves_once_however_often_it_is_asked_for(room: Room, mailbox: Imap, server: "Server") -> None:
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD))), mail(CNAM))
    room.collect()
    room.receive()
    for _ in range(3):
        room.answer()
    assert sorted(address for address, _ in server.mailbox.taken if address != DNS) == [ANS, CNAM]
    sent = [entry.detail for entry in AuditTrail.of(room.paths).entries() if entry.action == "sent"]
    assert sorted(detail["recipient"] for detail in sent) == ["a…@ans.exemple", "c…@cnam.exemple", "d…@dns.exemple"]


def test_nothing_leaves_until_it_is_on_and_it_is_said_what_would(room: Room, mailbox: Imap, server: "Server") -> None:
    room.env["JALON_MAIL_PARTNERS"] = ""
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD))))
    room.collect()
    room.receive()
    assert "1 would send (dry run" in room.answer().summary()
    assert server.mailbox.taken == []
    room.env["JALON_MAIL_PARTNERS"] = "on"
    assert room.answer().verdicts == {"sent": 1}


def test_on_without_a_server_is_refused(room: Room) -> None:
    del room.env["JALON_SMTP_HOST"]
    with pytest.raises(SettingsError, match="JALON_SMTP_HOST is not set"):
        room.answer()


def test_an_answer_goes_to_the_registered_address_and_to_who_is_in_copy_and_to_no_other(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    room.contacts(f"ANS,{ANS},,contributor", f"ANS,{COPY},,copy", f"CNAM,{CNAM},,contributor")
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD)), Reply_To=STRANGER, Cc=CNAM))
    room.collect()
    room.receive()
    room.answer()
    assert [address for address, _ in server.mailbox.taken] == [ANS, COPY]


def test_a_partner_is_stopped_by_one_row(room: Room, mailbox: Imap, server: "Server") -> None:
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD))), mail(CNAM, ("x.pdf", b"%PDF-1.7")))
    room.collect()
    room.receive()
    room.contacts(f"ANS,{ANS},,contributor", f"CNAM,{CNAM},,contributor", "ANS,,,stop")
    room.answer()
    assert [address for address, _ in server.mailbox.taken] == [CNAM]


def test_the_same_bytes_sent_again_are_told_that_they_came_before(room: Room, mailbox: Imap, server: "Server") -> None:
    book = room.book(**BAD)
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", book)), at=NOW)
    room.collect()
    room.receive()
    room.answer()
    room.now = in_an_hour(NOW, 2)
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", book), subject="Encore"), at=room.now)
    room.collect()
    room.receive()
    room.answer()
    first, second = map(text, server.mailbox.messages(ANS))
    assert "Fichier déjà reçu" not in first
    assert "Fichier déjà reçu le 02/06/2025 à 11 h 00 : cet envoi ne change rien" in second
    assert "1 erreur à corriger" in second


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Nous n’y avons trouvé aucun fichier"),
        ([("photo.png", b"\x89PNG\r\n")], "une image ne peut pas être lue"),
        ([("notes.docx", b"not a zip"), ("rapport.pdf", b"%PDF-1.7")], "« rapport.pdf » : ce format n’est pas pris"),
        ([("winmail.dat", b"\x78\x9f\x3e\x22rest")], "Outlook a enfermé les pièces jointes"),
        ([("archive.zip", b"PK\x05\x06" + bytes(18))], "cette archive ne contient aucun fichier"),
    ],
)
def test_a_mail_without_anything_usable_is_answered_with_what_to_do(
    room: Room, mailbox: Imap, server: "Server", files: list[tuple[str, bytes]], said: str
) -> None:
    mailbox.deliver(mail(ANS, *files))
    room.collect()
    room.answer(is_read=False)
    (answer,) = server.mailbox.messages(ANS)
    assert said in text(answer)
    assert "Répondez à ce message en joignant votre classeur" in text(answer)
    assert mailbox.count("À voir") == 1, "somebody may have asked something in it"


def test_thanks_for_an_answer_are_not_answered(room: Room, mailbox: Imap, server: "Server") -> None:
    """Else a machine that does not say it is one would be answered for ever."""
    mailbox.deliver(mail(ANS, subject="Une question"))
    room.collect()
    room.answer()
    (answer,) = server.mailbox.messages(ANS)
    mailbox.deliver(mail(ANS, subject="Re: Re: Une question", In_Reply_To=answer["Message-ID"]))
    room.collect()
    room.answer()
    assert len(server.mailbox.messages(ANS)) == 1
    with room.ledger as ledger:
        assert [found.outcome for found in ledger.mails()] == ["nothing", "nothing"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (machine)"},
        {"Precedence": "bulk"},
        {"List_Id": "<liste.ans.exemple>"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    ],
)
def test_automatic_mail_is_not_answered_and_its_files_are_taken(
    room: Room, mailbox: Imap, server: "Server", headers: dict[str, str]
) -> None:
    mailbox.deliver(mail(ANS, **headers), mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD)), subject="f", **headers))
    assert room.collect().files == 1
    room.receive()
    room.answer()
    assert server.mailbox.taken == []


def test_our_own_mail_come_back_is_not_answered(room: Room, mailbox: Imap, server: "Server") -> None:
    room.contacts("ANS,jalon@exemple.fr,,contributor")
    mailbox.deliver(mail(room.env["JALON_SMTP_FROM"], ("CNS-13_ANS.xlsx", b"PK")))
    assert room.collect().files == 0
    room.answer()
    assert server.mailbox.taken == []


def test_no_more_than_five_answers_an_hour_to_one_address_the_others_later(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    room.contacts(f"ANS,{ANS},,contributor")
    mailbox.deliver(*(mail(ANS, subject=str(number)) for number in range(8)))
    room.collect()
    first = room.answer()
    assert (first.verdicts, first.later) == ({"sent": 5}, 3)
    assert room.answer().later == 3
    room.now = in_an_hour(NOW, 1.1)
    assert room.answer().verdicts == {"sent": 3}
    subjects = sorted(message["Subject"] for message in server.mailbox.messages(ANS))
    assert subjects == [f"Re: {number}" for number in range(8)]


def test_a_file_dropped_by_hand_is_answered_by_mail_too_once_the_address_is_known(room: Room, server: "Server") -> None:
    folder = room.paths.inbox / "partners" / "ANS"
    folder.mkdir(parents=True)
    (folder / "before.xlsx").write_bytes(room.book(**GOOD))
    room.receive()
    room.now = in_an_hour(NOW)
    assert room.answer().verdicts == {}, "nobody is written to of what came before the address was known"
    room.now = in_an_hour(NOW, 2)
    (folder / "CNS-13_ANS.xlsx").write_bytes(room.book(**BAD))
    room.receive()
    assert room.answer().verdicts == {"sent": 1}
    assert room.answer().verdicts == {}
    (message,) = server.mailbox.messages(ANS)
    assert message["Subject"].replace("\u00a0", " ") == "CNS-13 – ANS : accusé de réception de « CNS-13_ANS.xlsx »"
    assert message["In-Reply-To"] is None
    assert attached(message)[0].startswith("CNS-13_ANS_accuse_")


def test_a_mail_with_several_files_has_one_answer_that_names_each(room: Room, mailbox: Imap, server: "Server") -> None:
    files = [
        ("CNS-13_ANS.xlsx", room.book(**GOOD)),
        ("CNS-13_ANS bis.xlsx", room.book(**BAD)),
        ("logo.png", b"\x89PNG"),
    ]
    mailbox.deliver(mail(ANS, *files))
    room.collect()
    room.receive()
    room.answer()
    (answer,) = server.mailbox.messages(ANS)
    said = text(answer)
    assert "« CNS-13_ANS.xlsx »" in said
    assert "« CNS-13_ANS bis.xlsx »" in said
    assert "logo.png" not in said, "a logo is nobody's contribution"
    assert len(attached(answer)) == 2


def test_workbooks_too_large_for_a_mail_are_said_not_to_be_attached(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    room.env["JALON_MAIL_MAX_BYTES"] = "1000"
    mailbox.deliver(mail(ANS, ("CNS-13_ANS.xlsx", room.book(**GOOD))))
    room.collect()
    room.receive()
    room.answer()
    (answer,) = server.mailbox.messages(ANS)
    assert "trop volumineux pour être joint" in text(answer)
    assert attached(answer) == []


def test_the_dns_is_told_once_of_what_waits_for_a_person(room: Room, mailbox: Imap, server: "Server") -> None:
    mailbox.deliver(mail(STRANGER, subject="planted subject"), mail(f"{ANS}, {CNAM}"), mail(ANS, subject="Question"))
    room.collect()
    room.answer()
    (notice,) = server.mailbox.messages(DNS)
    said = text(notice)
    assert notice["Subject"].replace("\u00a0", " ") == "Boîte de collecte : 3 messages à voir"
    assert "x…@ailleurs.exemple : cette adresse n’est pas dans contacts.csv" in said
    assert "le message ne nomme pas un expéditeur et un seul" in said
    assert "ANS, a…@ans.exemple : message sans pièce jointe, à lire" in said
    assert "planted subject" not in said, "a stranger's words go no further"
    assert notice["Auto-Submitted"] == "auto-generated"
    mailbox.deliver(mail("y@ailleurs.exemple"))
    room.collect()
    room.answer()
    assert len(server.mailbox.messages(DNS)) == 1, "at most one an hour"
    room.now = in_an_hour(NOW, 1.5)
    room.answer()
    room.answer()
    assert len(server.mailbox.messages(DNS)) == 2
    assert server.mailbox.messages(STRANGER) == []


def test_the_dns_is_answered_of_its_decisions_and_documents(room: Room, mailbox: Imap, server: "Server") -> None:
    mailbox.deliver(mail(DNS, ("revue.xlsx", room.book(**GOOD)), ("Rapport.pdf", b"%PDF-1.7 torn")))
    room.collect()
    room.receive()
    room.answer(is_read=False)
    assert [address for address, _ in server.mailbox.taken] == [ANS], "whose workbook it is; the document waits"
    room.answer()
    (answer,) = server.mailbox.messages(DNS)
    said = text(answer)
    assert "« revue.xlsx » : Aucune erreur" in said, "a partner's workbook, by whose name it bears"
    assert "« Rapport.pdf » : ce fichier n’a pas pu être lu" in said
    assert "partners/ANS/revue.xlsx" in room.drops()


def test_an_address_refused_for_good_is_not_tried_again_and_another_mail_is(
    room: Room, mailbox: Imap, server: "Server"
) -> None:
    server.mailbox.refused[ANS] = "550 5.1.1 unknown"
    mailbox.deliver(mail(ANS))
    room.collect()
    answered = room.answer()
    assert len(answered.problems) == 1
    assert ANS not in answered.problems[0]
    assert room.answer().problems == []
    server.mailbox.refused[ANS] = "451 4.7.1 later"
    mailbox.deliver(mail(ANS, subject="two"))
    room.collect()
    assert len(room.answer().problems) == 1
    server.mailbox.refused.clear()
    assert room.answer().verdicts == {"sent": 1}


def test_a_server_that_is_down_is_tried_once_a_sending(
    room: Room, mailbox: Imap, server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "BATCH", 2)
    mailbox.deliver(*(mail(ANS, subject=str(number)) for number in range(5)))
    room.collect()
    port = room.env["JALON_SMTP_PORT"]
    room.env["JALON_SMTP_PORT"] = "1"
    answered = room.answer()
    assert answered.verdicts == {"not_sent": 1}
    room.env["JALON_SMTP_PORT"] = port
    assert room.answer().verdicts["sent"] == 6


def test_a_hostile_subject_and_identifier_stay_within_their_fields(room: Room, mailbox: Imap, server: "Server") -> None:
    raw = mail(ANS).replace(
        b"Subject: Contribution CNS-13", b"Subject: =?utf-8?q?Bonjour=0D=0ABcc:_x@ailleurs.exemple?="
    )
    raw = raw.replace(b"Message-ID: <", b"Message-ID: <a b> <")
    mailbox.deliver(raw)
    room.collect()
    room.answer()
    (answer,) = server.mailbox.messages(ANS)
    assert answer["Bcc"] is None
    assert "Bcc: x@ailleurs.exemple" in answer["Subject"]
    assert answer["In-Reply-To"].endswith("@ans.exemple>")
