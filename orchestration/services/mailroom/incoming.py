"""One mail opened: its author by its header, its thread, whether a machine wrote it, the files it carries.

Pure: bytes in, values out; nothing is judged here. Real headers make the standard library's parser raise, so the mail
is parsed by its lenient policy and each header alone by the strict one, in a try. Names are data: under which name a
file is written is decided elsewhere.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32, default
from email.utils import collapse_rfc2231_value
from typing import Any

from exports.mail import Address, parse_address
from orchestration.services.mailroom.attachments import Attachment, Kind, attachment_of
from orchestration.services.mailroom.bounces import Report, report_in

#: a header longer than that is somebody's attempt to overload the parser
LONGEST_HEADER = 20_000
LONGEST_SUBJECT = 200
LONGEST_MESSAGE_ID = 250
MOST_REFERENCES = 20
MOST_PARTS = 500
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_SPACES = re.compile(r"\s+")
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_ALONE = re.compile(r"\s*([^\s()<>,;\"]+)\s*(?:\([^()<>@]*\))?\s*,?\s*")
_AUTOMATIC_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply"})
_SUPPRESSED = frozenset({"all", "autoreply", "oof", "dr"})
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|ne-?pas-?repondre|nepasrepondre|bounces?)([+.-].*)?", re.I)
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Post", "Mailing-List", "X-Autoreply", "X-Autorespond", "X-Loop")


@dataclass(frozen=True)
class Incoming:
    """A mail opened. `sender` is None unless exactly one plain address is named as its author."""

    sender: Address | None
    message_id: str | None
    references: tuple[str, ...]
    subject: str
    authentication: tuple[str, ...]
    is_automatic: bool
    attachments: tuple[Attachment, ...]
    body_digest: str
    report: Report | None = None

    @property
    def identity(self) -> str:
        """What is the same for two copies of one mail, whichever way each came.

        A Message-ID alone is not enough: devices that scan use one again and again. A mail that bears none is known by
        its body.
        """
        author = self.sender.key if self.sender else ""
        if self.message_id is None:
            parts = [author, self.subject, self.body_digest]
        else:
            parts = [author, self.message_id, *sorted(item.sha256 for item in self.attachments)]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def open_mail(content: bytes) -> Incoming:
    """Open a mail, whatever it holds. Any exception is a mail that cannot be opened."""
    message = message_from_bytes(content, policy=compat32)
    header = Header(message)
    parts = list(_parts(message))
    report_type = header.parameter("Content-Type", "report-type").lower()
    sender = header.sender()
    return Incoming(
        sender=sender,
        message_id=header.message_id("Message-ID"),
        references=header.references(),
        subject=header.subject(),
        authentication=tuple(header.all("Authentication-Results")),
        is_automatic=_is_automatic(header, sender, report_type),
        attachments=tuple(_attachments(parts)),
        body_digest=_body_digest(content),
        report=report_in(parts) if report_type == "delivery-status" else None,
    )


class Header:
    """The header of one part, each field read by the strict policy where it can be, else by the lenient one."""

    def __init__(self, message: Message) -> None:
        self._fields = [(name.lower(), _plain(value)) for name, value in message.raw_items()]

    def all(self, name: str) -> list[str]:
        """The fields of a name, topmost first, unfolded."""
        return [_unfolded(value) for known, value in self._fields if known == name.lower()]

    def text(self, name: str) -> str:
        """The topmost field of a name, nothing when there is none."""
        return next(iter(self.all(name)), "")

    def decoded(self, name: str) -> str:
        """A field of words, with its encoded words decoded."""
        raw = self.text(name)[:LONGEST_HEADER]
        try:
            return str(default.header_factory(name, raw))
        except Exception:
            return decoded_words(raw)

    def parameter(self, name: str, parameter: str) -> str:
        """A parameter of a field, by RFC 2231 and, as many programs write it, RFC 2047."""
        raw = self.text(name)[:LONGEST_HEADER]
        if not raw:
            return ""
        try:
            params: Any = getattr(default.header_factory(name, raw), "params", {})
            found = params.get(parameter)
            if found is not None:
                return decoded_words(str(found))
        except Exception:  # noqa: S110 - the lenient way is next
            pass
        return self._lenient_parameter(name, raw, parameter)

    def _lenient_parameter(self, name: str, raw: str, parameter: str) -> str:
        lenient = Message(policy=compat32)
        try:
            lenient[name] = raw
            found = lenient.get_param(parameter, header=name)
            return "" if found is None else decoded_words(collapse_rfc2231_value(found))
        except Exception:
            return ""

    def sender(self) -> Address | None:
        """The one author. None when there is none, when there are several, or where two readers could see two.

        What is read must also be all that looks like an address: « anne@ans.fr <x@elsewhere> » is an author to some
        programs and another one to others.
        """
        fields = self.all("From")
        if len(fields) != 1 or len(fields[0]) > LONGEST_HEADER:
            return None
        in_brackets, alone = _IN_BRACKETS.findall(fields[0]), _ALONE.fullmatch(fields[0])
        seen = in_brackets if in_brackets or alone is None else [alone[1]]
        try:
            read = [mailbox.addr_spec for mailbox in default.header_factory("From", fields[0]).addresses]
            return parse_address(read[0]) if len(read) == 1 and read == [text.strip() for text in seen] else None
        except Exception:  # the parser's own errors, and what is no plain address
            return None

    def message_id(self, name: str) -> str | None:
        """The first identifier of a field; None when it holds none that can be given back."""
        return next(iter(message_ids(self.text(name))), None)

    def references(self) -> tuple[str, ...]:
        """The mails this one follows, oldest first."""
        named = (*message_ids(self.text("References")), *message_ids(self.text("In-Reply-To")))
        return tuple(dict.fromkeys(named))[-MOST_REFERENCES:]

    def subject(self) -> str:
        """The subject in one printable line."""
        return printable(self.decoded("Subject"), LONGEST_SUBJECT)


def message_ids(text: str) -> list[str]:
    """The identifiers in a field, those that can safely be written in another one."""
    return [found for found in _MESSAGE_ID.findall(text[:LONGEST_HEADER]) if len(found) <= LONGEST_MESSAGE_ID]


def printable(text: str, longest: int) -> str:
    """One printable line of a text that anybody may have written."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return _SPACES.sub(" ", line).strip()[:longest]


def decoded_words(text: str) -> str:
    """A text with its encoded words decoded, as it is where they cannot be."""
    try:
        return str(make_header(decode_header(text)))
    except Exception:
        return text


def _is_automatic(header: Header, sender: Address | None, report_type: str) -> bool:
    """Whether a machine wrote the mail, or asks not to be answered: an answer would meet nobody, or another machine."""
    submitted = header.text("Auto-Submitted").partition(";")[0].strip().lower()
    suppressed = {word.strip().lower() for word in header.text("X-Auto-Response-Suppress").split(",")}
    return (
        header.text("Return-Path").strip() == "<>"
        or submitted not in ("", "no")
        or bool(report_type)
        or header.text("Precedence").strip().lower() in _AUTOMATIC_PRECEDENCE
        or bool(suppressed & _SUPPRESSED)
        or any(header.all(name) for name in _LIST_HEADERS)
        or (sender is not None and _MACHINES.fullmatch(sender.local_part) is not None)
    )


def _parts(message: Message) -> Iterator[Message]:
    """The parts, depth first, without recursion: a mail may be nested deeper than Python's stack."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        yield part
        children = part.get_payload()
        if isinstance(children, list):
            waiting.extend(child for child in reversed(children) if isinstance(child, Message))


def _attachments(parts: list[Message]) -> Iterator[Attachment]:
    """The files of a mail, each content once, by what they hold; disposition shows nothing."""
    known: set[str] = set()
    for part in parts:
        if part.is_multipart():
            continue
        header = Header(part)
        name = header.parameter("Content-Disposition", "filename") or header.parameter("Content-Type", "name")
        content_type = header.text("Content-Type").partition(";")[0].strip().lower() or "text/plain"
        content = _content_of(part)
        found = attachment_of(
            content,
            name=printable(name, LONGEST_SUBJECT),
            content_type=content_type,
            smime_type=header.parameter("Content-Type", "smime-type").lower(),
        )
        if found is not None and (found.sha256 not in known or found.kind is Kind.SEALED):
            known.add(found.sha256)
            yield found


def _content_of(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:
        content = None
    return content if isinstance(content, bytes) else b""


def _body_digest(content: bytes) -> str:
    """The SHA-256 of all that follows the header: what is above changes with the way a mail took."""
    found = re.search(rb"\r?\n\r?\n", content)
    return hashlib.sha256(content[found.end() :] if found else content).hexdigest()


def _plain(value: Any) -> str:
    """A field as text; bytes that are not ASCII are taken as UTF-8 where they are that."""
    text = str(value)
    try:
        return text.encode("ascii", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text


def _unfolded(value: str) -> str:
    return _SPACES.sub(" ", value).strip() if len(value) <= LONGEST_HEADER else value[: LONGEST_HEADER + 1]
