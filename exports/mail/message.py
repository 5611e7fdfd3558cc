"""The French message that carries a session's deliverables, or links to them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from functools import cache
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from exports.mail.address import Address
from exports.mail.package import File, Package, PackageError
from sources.french import typography as typo

TEXTS = Path(__file__).with_name("texts.yml")
MESSAGE_ID_LENGTH = 32
# what a part without a word leaves behind
_BLANKS = re.compile(r"\n{3,}")
_TYPES = {
    ".docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".zip": ("application", "zip"),
    ".html": ("text", "html"),
    ".pdf": ("application", "pdf"),
}


class _FrenchSubject(EmailPolicy):
    """Encodes a subject whole: the library's own folding loses spaces between accented words (cpython, gh-92081)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as it goes on the wire."""
        if name != "Subject":
            return super().fold_binary(name, value)
        encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}".encode("ascii")


_POLICY = _FrenchSubject(linesep=SMTP.linesep)


@dataclass(frozen=True, slots=True)
class Links:
    """From how many bytes on a link is sent in place of the files, and the address they are served at, if any."""

    max_bytes: int
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What every recipient of a package gets: the same subject, words, attachments and further header fields."""

    subject: str
    body: str
    attachments: tuple[File, ...]
    headers: tuple[tuple[str, str], ...] = ()


def write_letter(package: Package, links: Links) -> Letter:
    """Subject, body and attachments. PackageError when the files are too large and there is nowhere to link to."""
    texts = _texts()
    is_linked = package.size > links.max_bytes
    if is_linked and links.public_url is None:
        message = (
            f"{package.session_code}\u00a0: {package.size} octets de fichiers, et un courriel en porte "
            f"{links.max_bytes} au plus. "
            "Donnez à JALON_PUBLIC_URL l’adresse où les livrables se lisent, ou relevez JALON_MAIL_MAX_BYTES."
        )
        raise PackageError(message)
    fields = {
        "session_code": package.session_code,
        "state": texts["states"][package.state],
        "version": str(package.version),
        "held_on": typo.date(package.held_on),
        "cut_off": typo.date(package.cut_off),
        "headline": "\n".join(package.headline),
        "announcement": texts["announcements"][package.state],
        "todo": texts["todos"][package.state],
        "files_title": texts["files_title_linked" if is_linked else "files_title_attached"],
        "files": "\n".join(_file_lines(file, package, links if is_linked else None) for file in package.files),
    }
    return Letter(
        Template(texts["subject"]).substitute(fields),
        _BLANKS.sub("\n\n", Template(texts["body"]).substitute(fields)),
        () if is_linked else package.files,
    )


def compose(letter: Letter, *, sender: Address, recipient: Address, message_id: str, at: datetime) -> bytes:
    """The message for one recipient, who sees no other; ready for the wire.

    Header values are checked by the mail policy as well: one with a line break in it is an error, not a header more.
    """
    message = new_message(letter.subject, letter.body, sender=sender, recipient=recipient, message_id=message_id, at=at)
    for name, value in letter.headers:
        message[name] = value
    for file in letter.attachments:
        main, sub = _TYPES.get(Path(file.name).suffix.lower(), ("application", "octet-stream"))
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.attachment_name)
    return message.as_bytes()


def new_message(
    subject: str, body: str, *, sender: Address, recipient: Address, message_id: str, at: datetime
) -> EmailMessage:
    """A French message of plain text, without attachments."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Mailbox(_texts()["sender_name"], addr_spec=str(sender))
    message["To"] = Mailbox(addr_spec=str(recipient))
    message["Subject"] = subject
    message["Date"] = at
    message["Message-ID"] = message_id
    message.set_content(body, cte="quoted-printable")
    message["Content-Language"] = "fr-FR"  # of the text: it goes with it when files are attached
    return message


def message_id(sender: Address, *parts: str) -> str:
    """The same identifier for the same parts: mail servers that see it twice can tell that it is one message."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:MESSAGE_ID_LENGTH]
    return f"<jalon.{digest}@{sender.domain}>"


def _file_lines(file: File, package: Package, links: Links | None) -> str:
    texts = _texts()
    fields = {"name": file.attachment_name, "size": _size(len(file.content)), "sha256": file.sha256}
    if links is None:
        return Template(texts["file_attached"]).substitute(fields)
    link = f"{links.public_url}/{package.session_code}/{quote(file.name)}"
    return Template(texts["file_linked"]).substitute(fields, link=link)


def _size(count: int) -> str:
    if count < 1_000_000:
        return f"{typo.number(max(1, round(count / 1000)), 0)}{typo.NBSP}{_texts()['unit_kilobytes']}"
    return f"{typo.number(count / 1_000_000, 1)}{typo.NBSP}{_texts()['unit_megabytes']}"


@cache
def _texts() -> dict[str, Any]:
    import yaml

    texts: dict[str, Any] = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return texts
