"""Mailing a session's deliverables: reading them through their manifest, composing, handing over, remembering.

What belongs here: addresses, the French message, SMTP, the outbox. What does not: where an installation keeps its
state, who asked for a sending, and the audit trail; `orchestration` composes those.
"""

from exports.mail.address import Address, AddressError, parse_address, parse_addresses
from exports.mail.message import Letter, Links, compose, message_id, new_message, write_letter
from exports.mail.outbox import Outbox, OutboxError, Record, State
from exports.mail.package import File, Package, PackageError, read_package
from exports.mail.refusals import SettingsError
from exports.mail.sending import IfUncertain, Parcel, Result, Verdict, preview, send_package
from exports.mail.settings import SmtpSettings, checked_url, links_from, redact
from exports.mail.smtp import Delivery, Fate, deliver

__all__ = [
    "Address",
    "AddressError",
    "Delivery",
    "Fate",
    "File",
    "IfUncertain",
    "Letter",
    "Links",
    "Outbox",
    "OutboxError",
    "Package",
    "PackageError",
    "Parcel",
    "Record",
    "Result",
    "SettingsError",
    "SmtpSettings",
    "State",
    "Verdict",
    "checked_url",
    "compose",
    "deliver",
    "links_from",
    "message_id",
    "new_message",
    "parse_address",
    "parse_addresses",
    "preview",
    "read_package",
    "redact",
    "send_package",
    "write_letter",
]
