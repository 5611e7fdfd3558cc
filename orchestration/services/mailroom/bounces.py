"""Reports of mail servers on mails of ours (RFC 3464): which did not arrive, which are only late.

Pure: the parts of a mail in, what it reports out. Whether it is believed is decided by who asks the outbox: anybody can
write such a report.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ORIGINAL = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True)
class Report:
    """A report: the mails it names, the worst that happened to them, the server's status code."""

    message_ids: tuple[str, ...]
    action: str
    status: str

    @property
    def is_failure(self) -> bool:
        """Whether the mail will never arrive: a status of 4.x.x means that the server goes on trying."""
        return self.action == "failed" and self.status.startswith("5.")

    @property
    def is_delay(self) -> bool:
        """Whether the server goes on trying."""
        return self.action == "delayed" or self.status.startswith("4.")


def report_in(parts: Sequence[Message]) -> Report | None:
    """The report among the parts of a mail; None when there is none that can be read."""
    found = list(_recipients(parts))
    if not found:
        return None
    # A mail of ours has one recipient: several lines of one report are about the same mail.
    failed = [item for item in found if item[0] == "failed"]
    action, status = (failed or found)[0]
    return Report(tuple(dict.fromkeys(_named(parts))), action, status)


def _recipients(parts: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """Action and status of each recipient: the groups of fields of message/delivery-status."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        groups = [item for item in payload if isinstance(item, Message)] if isinstance(payload, list) else []
        for group in groups:
            action = str(group.get("Action", "")).strip().lower()
            status = _STATUS.search(str(group.get("Status", "")))
            if action:
                yield action, status[0] if status else ""


def _named(parts: Sequence[Message]) -> Iterator[str]:
    """The Message-ID of the mail that was sent, from what the report gives back of it."""
    for part in parts:
        if part.get_content_type() not in _ORIGINAL:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            headers = [item for item in payload if isinstance(item, Message)]
        else:
            headers = [HeaderParser().parsestr(_text(part))]
        for header in headers:
            yield from _MESSAGE_ID.findall(str(header.get("Message-ID", "")))


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
