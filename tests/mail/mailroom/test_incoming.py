"""Mails as they really come, and as an attacker writes them: opened or set apart, never a reason to stop."""

import base64
import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.services.mailroom.attachments import Kind, attachment_of, inside
from orchestration.services.mailroom.incoming import Incoming, open_mail
from tests.mail.mailroom.conftest import ANS, Room, mail
from tests.mail.mailroom.dovecot import Server

FILE = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def zipped(*entries: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return content.getvalue()


WORKBOOK = zipped(
    ("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b'<workbook><sheet name="Avancement"/></workbook>')
)


def with_part(header: str, content: bytes = WORKBOOK) -> bytes:
    """A mail with one part, whose header is written as it is."""
    body = base64.encodebytes(content).decode()
    return (
        f"From: {ANS}\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n--b\r\n{header}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    ).encode("utf-8", "surrogateescape")


def kinds(content: bytes) -> list[str]:
    return [item.kind.value for item in open_mail(content).attachments]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f'Content-Type: {XLSX_TYPE}; name="CNS-13_ANS.xlsx"', "CNS-13_ANS.xlsx"),
        ("Content-Type: application/octet-stream\r\nContent-Disposition: inline; filename=a.xlsx", "a.xlsx"),
        (f"{FILE};\r\n filename*0*=utf-8''CNS-13%5F;\r\n filename*1*=%C3%A9t%C3%A9.xlsx", "CNS-13_été.xlsx"),
        (
            'Content-Type: application/octet-stream; name="=?utf-8?b?w6l0w6kueGxzeA==?="',
            "été.xlsx",
        ),
        (f'{FILE}; filename="=?iso-8859-1?q?=E9t=E9?= =?iso-8859-1?q?_2025.xlsx?="', "été 2025.xlsx"),
        (f'{FILE}; filename="été.xlsx"', "été.xlsx"),
        ("Content-Type: text/html", "piece-jointe.xlsx"),
        ("Content-Type: bogus", "piece-jointe.xlsx"),
        ("X: y", "piece-jointe.xlsx"),
        ('Content-Disposition: attachment; filename="a\tb\x1b[31m.xlsx"', "a b [31m.xlsx"),
    ],
)  # fmt: skip
def test_a_workbook_is_found_by_its_content_and_its_name_is_read(header: str, name: str) -> None:
    (item,) = open_mail(with_part(header)).attachments
    assert (item.kind, item.name, item.content) == (Kind.WORKBOOK, name, WORKBOOK)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("CNS-13_ANS.xlsx", "CNS-13_ANS.xlsx"),
        ("../../etc/passwd", "passwd.xlsx"),
        ("C:\\Users\\a\\CNS-13_ANS.xlsx", "CNS-13_ANS.xlsx"),
        ("facture.pdf", "facture.xlsx"),
        ("classeur.xls", "classeur.xls"),
        ("sans extension", "sans extension.xlsx"),
        ("v1.2 définitive", "v1.2 définitive.xlsx"),
        (".xlsx", ".xlsx.xlsx"),
    ],
)
def test_the_extension_is_the_contents_unless_the_name_says_one_of_a_workbook(name: str, kept: str) -> None:
    item = attachment_of(WORKBOOK, name=name, content_type="application/octet-stream")
    assert item is not None
    assert item.file_name == kept


@pytest.mark.parametrize(
    ("content", "name", "content_type", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "a.xls", "", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__substg1.0_".encode("utf-16-le"), "a.msg", "", "other"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "a.doc", "", "document"),
        (b"PK\x03\x04 cut in half", "CNS-13_ANS.xlsx", "", "workbook"),
        (b"Code;Valeur\nIND-8-4-1;3\n", "CNS-13_ANS_territoires.csv", "text/plain", "workbook"),
        (b"Code;Valeur\n", "", "text/csv", "workbook"),
        (b"%PDF-1.7", "x.xlsx", "", "document"),
        (zipped(("word/document.xml", b"x"), ("[Content_Types].xml", b"x")), "a.docx", "", "document"),
        (zipped(("a.txt", b"x")), "a.zip", "", "archive"),
        (b"\x78\x9f\x3e\x22", "winmail.dat", "application/ms-tnef", "outlook"),
        (b"anything", "smime.p7m", "application/pkcs7-mime", "sealed"),
        (b"", "smime.p7m", "application/x-pkcs7-mime", "sealed"),
        (b"GIF89a", "logo.gif", "image/gif", "image"),
    ],
)
def test_what_a_file_is_is_known_by_its_content_first(content: bytes, name: str, content_type: str, kind: str) -> None:
    item = attachment_of(content, name=name, content_type=content_type or "application/octet-stream")
    assert item is not None
    assert item.kind.value == kind


@pytest.mark.parametrize("content_type", ["application/pkcs7-signature", "text/calendar", "text/html", "text/plain"])
def test_words_signatures_and_invitations_are_no_files(content_type: str) -> None:
    assert attachment_of(b"words", name="", content_type=content_type) is None


def test_a_workbook_in_a_mail_forwarded_as_an_attachment_is_found() -> None:
    outer = EmailMessage(policy=SMTP)
    outer["From"], outer["Subject"] = ANS, "TR: contribution"
    outer.set_content("Voir la pièce jointe.")
    first = EmailMessage(policy=SMTP)
    first["From"], first["Message-ID"] = "x@ailleurs.exemple", "<inner@x>"
    first.set_content("Bonjour")
    first.add_attachment(WORKBOOK, maintype="application", subtype="octet-stream", filename="CNS-13_ANS.xlsx")
    outer.add_attachment(first)
    found = open_mail(outer.as_bytes())
    assert [item.name for item in found.attachments] == ["CNS-13_ANS.xlsx"]
    assert str(found.sender) == ANS
    assert found.message_id is None


def test_the_workbooks_of_a_zip_are_taken_and_what_is_in_it_no_further() -> None:
    inner = zipped(("deep.xlsx", WORKBOOK))
    archive = attachment_of(
        zipped(("dossier/CNS-13_ANS.xlsx", WORKBOOK), ("../../up.xlsx", WORKBOOK + b" "), ("__MACOSX/._a", b"x"),
               (".DS_Store", b"x"), ("b.zip", inner), ("lisez-moi.txt", b"words")),
        name="envoi.zip", content_type="application/zip",
    )  # fmt: skip
    assert archive is not None
    found = inside(archive, most_bytes=1 << 20)
    assert found is not None
    assert [(item.file_name, item.kind.value) for item in found] == [
        ("CNS-13_ANS.xlsx", "workbook"),
        ("up.xlsx", "workbook"),
        ("b.zip", "archive"),
        ("lisez-moi.txt", "document"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        zipped(("bomb.xlsx", bytes(2_000_000))),
        zipped(*((f"{number}.xlsx", b"PK") for number in range(300))),
        zipped(("a.xlsx", WORKBOOK))[:-30],
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_a_zip_that_is_a_bomb_damaged_or_empty_gives_nothing(content: bytes) -> None:
    archive = attachment_of(content, name="a.zip", content_type="application/zip")
    assert archive is not None
    assert not inside(archive, most_bytes=1_000_000)


def test_a_zip_under_a_password_is_told_apart() -> None:
    locked = bytearray(zipped(("a.xlsx", WORKBOOK)))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        locked[locked.index(mark) + (6 if mark[2] == 3 else 8)] |= 1
    assert kinds(with_part("Content-Type: application/zip; name=a.zip", bytes(locked))) == ["locked_archive"]


def test_the_same_file_twice_in_a_mail_is_one() -> None:
    assert len(open_mail(mail(ANS, ("a.xlsx", WORKBOOK), ("b.xlsx", WORKBOOK))).attachments) == 1


def test_two_copies_of_a_mail_are_one_and_two_mails_are_two() -> None:
    one = mail(ANS, ("a.xlsx", WORKBOOK))
    footer = one.replace(b"Voici notre contribution.", b"Voici notre contribution.\r\n-- \r\nListe")
    other = mail(ANS, ("a.xlsx", WORKBOOK + b" "), message_id=open_mail(one).message_id or "")
    identity = open_mail(one).identity
    assert open_mail(b"Received: x\r\n" + one).identity == identity
    assert open_mail(footer).identity == identity
    assert open_mail(other).identity != identity
    bare, again = mail(ANS, message_id="none"), mail(ANS, message_id="none", subject="other")
    assert open_mail(bare).identity != open_mail(again).identity


# Headers that made the standard library raise, or that servers and programs really send.
HOSTILE = [
    b"From: \xff\xfe@x\r\n\r\n",
    b"From: =?utf-8?q?=0D=0A?= <a@b.fr>\r\nMessage-ID: <\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\n----\r\n",
    b'Content-Type: multipart/mixed; boundary="' + b"b" * 5000 + b'"\r\n\r\n--b',
    b"Content-Type: text/plain; charset=utf-99\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    b"Content-Disposition: attachment; filename*=bogus'\r\n\r\nx",
    b"Content-Disposition: attachment; filename*1*=x; filename*0*=''%\r\n\r\nx",
    b"Content-Type: message/rfc822\r\n\r\n" * 300,
    b"References: " + b"<a@b> " * 50_000 + b"\r\n\r\n",
    b"From: " + b"(" * 100_000 + b"\r\n\r\n",
    b"Subject: =?utf-8?b?////?=\r\n\r\n",
    b"Subject: =?utf-8?q?" + b"=C3" * 3000 + b"?=\r\n\r\n",
    b"Received-SPF: \x00\r\nFrom: a@b.fr\x00\r\n\r\n\x00",
    b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
    b"no header at all",
    b"",
    b"\r\n\r\n",
    b": empty name\r\nFrom a@b mbox\r\n\r\n",
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_mail_is_opened(content: bytes) -> None:
    found = open_mail(content)
    assert isinstance(found, Incoming)
    assert found.subject.isprintable()
    assert all("\r" not in reference and len(reference) <= 250 for reference in found.references)
    assert len(found.references) <= 20


def test_hostile_mails_hold_up_no_other(room: Room, mailbox: Server) -> None:
    good = mail(ANS, ("CNS-13_ANS.xlsx", WORKBOOK))
    rest = [content for content in HOSTILE if content]
    mailbox.deliver(*rest[: len(rest) // 2], good, *rest[len(rest) // 2 :])
    result = room.collect()
    assert (result.files, mailbox.count(), mailbox.count("Traités")) == (1, 0, 1)
    assert mailbox.count("À voir") == len(rest)


def test_a_mail_that_makes_the_parser_raise_is_set_apart_and_recorded(
    room: Room, mailbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the next release of the library raises."""
    from orchestration.services.mailroom import collecting

    real = collecting.open_mail

    def raising(content: bytes) -> Incoming:
        if b"planted" in content:
            raise RecursionError("maximum recursion depth exceeded")
        return real(content)

    monkeypatch.setattr(collecting, "open_mail", raising)
    mailbox.deliver(mail(ANS, subject="planted"), mail(ANS, ("a.xlsx", WORKBOOK)))
    assert room.collect().outcomes == {"unreadable": 1, "taken": 1}
    assert mailbox.count("À voir") == 1
    assert room.collect().outcomes == {}


NAMES = ["From", "Subject", "Message-ID", "Content-Type", "Content-Disposition", "References", "Auto-Submitted",
         "Content-Transfer-Encoding", "Authentication-Results", "Return-Path", "List-Id", "MIME-Version"]  # fmt: skip
PIECES = st.sampled_from(
    ["multipart/mixed; boundary=b", "message/rfc822", "multipart/report; report-type=delivery-status", "<", ">",
     "base64",
     "=?utf-8?q?", "?=", "\"", "filename*0*=", "''", "%C3", "a@b.fr", ";", "\\", "(", ")", "\x00", "é", "\udcff",
     "quoted-printable", "x-uuencode", "smime-type=enveloped-data", "\t", "name="]
)  # fmt: skip
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(PIECES, max_size=12).map("".join)), max_size=12)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(FIELDS, st.lists(st.one_of(FIELDS, st.binary(max_size=60)), max_size=4))
def test_any_header_and_any_body_are_opened(
    top: list[tuple[str, str]], parts: list[list[tuple[str, str]] | bytes]
) -> None:
    def written(fields: list[tuple[str, str]]) -> bytes:
        return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8", "surrogateescape") + b"\r\n"

    body = b"".join(
        b"--b\r\n" + (part if isinstance(part, bytes) else written(part) + b"aGVsbG8=\r\n") for part in parts
    )
    found = open_mail(written(top) + body + b"\r\n--b--\r\n")
    assert found.subject.isprintable()
    assert len(found.identity) == 64
    for item in found.attachments:
        assert "/" not in item.file_name
        assert item.name.isprintable()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_opened(content: bytes) -> None:
    assert isinstance(open_mail(content), Incoming)
