"""Sending a session's deliverables: what `jalon send` and the job `send` both do.

The files are read under the writer's lock, so that a report cannot replace them half way; mails leave under a lock of
their own, so that a slow mail server blocks no writer.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exports.mail import (
    Address,
    AddressError,
    IfUncertain,
    Outbox,
    OutboxError,
    Package,
    PackageError,
    Record,
    Result,
    SettingsError,
    SmtpSettings,
    State,
    Verdict,
    links_from,
    parse_addresses,
    preview,
    read_package,
    send_package,
)
from exports.mail.message import Letter, write_letter
from exports.mail.package import PUBLISHED
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.audit.trail import settle_sent
from orchestration.services.runtime.locks import BusyError, writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from sources.command_line import command

RECIPIENTS = "JALON_MAIL_TO"
# Errors whose message already names what, where and the fix.
SENDING_ERRORS = (AddressError, BusyError, OutboxError, PackageError, SettingsError)

#: What became of a mail, the same in the singular and the plural but for the participle.
WORDS = {
    Verdict.SENT: "envoyé",
    Verdict.ALREADY_SENT: "a déjà cette version",
    Verdict.ASSUMED_SENT: "tenu pour envoyé",
    Verdict.WOULD_SEND: "à envoyer",
    Verdict.UNCERTAIN: "INCERTAIN",
    Verdict.NOT_SENT: "NON ENVOYÉ",
}
_STATES = {"draft": "un brouillon", "final": "une version finale"}


@dataclass(frozen=True)
class Order:
    """What was asked for. Nothing leaves unless `really` is stated; `via` names the command or the run in the trail."""

    session_code: str
    to: Sequence[str] = ()
    really: bool = False
    if_uncertain: IfUncertain = IfUncertain.STOP
    via: str = "jalon send"


@dataclass
class Sending:
    """What was done, recipient by recipient, and the letter they were or would be sent."""

    package: Package
    letter: Letter
    results: list[Result] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every recipient has it, or would."""
        return all(result.is_good for result in self.results)

    @property
    def is_transient(self) -> bool:
        """Whether all that failed may succeed later without anyone doing anything."""
        failed = [result for result in self.results if not result.is_good]
        return bool(failed) and all(result.is_transient for result in failed)


def send_session(
    paths: Paths,
    order: Order,
    *,
    log: Log,
    clock: Callable[[], datetime] = now,
    environment: Mapping[str, str] = os.environ,
) -> Sending:
    """Send, or list what would be sent. One of SENDING_ERRORS, or OSError, where nothing could be begun."""
    recipients = recipients_of(order.to, environment)
    links = links_from(environment)
    settings = SmtpSettings.from_environment(environment)
    with writing(paths.writer_lock, log=log):
        package = read_package(paths.deliverables(order.session_code), order.session_code)
    sending = Sending(package, write_letter(package, links))
    outbox = Outbox(paths.home / "outbox")
    if not order.really:
        sending.results.extend(preview(package, recipients, outbox, order.if_uncertain))
        return sending
    require_sendable(paths, package)
    if settings is None:
        raise SettingsError(
            "JALON_SMTP_HOST n’est pas renseigné\u00a0: aucun serveur d’envoi. Renseignez d’abord JALON_SMTP_*."
        )
    trail = AuditTrail.of(paths, clock)
    with _sending(outbox, log):
        settle_sent(outbox, trail, package, via=order.via)
        for result in send_package(
            package,
            sending.letter,
            recipients,
            outbox=outbox,
            settings=settings,
            if_uncertain=order.if_uncertain,
            clock=clock,
        ):
            sending.results.append(result)
            settle_sent(outbox, trail, package, via=order.via)
    return sending


def require_sendable(paths: Paths, package: Package) -> None:
    """PackageError for what may be read and not be sent: invented facts, a draft of a published session.

    Drafts and final versions may leave, for reading: their subject names what they are.
    """
    code = package.session_code
    if package.banner:
        raise PackageError(
            f"{code}\u00a0: {package.banner}. Une session inventée ne s’envoie pas\u00a0; rien n’est parti."
        )
    if package.state != PUBLISHED and any((paths.snapshots / code).glob("v*")):
        raise PackageError(
            f"{code} est publié, et {paths.deliverables(code)} contient {_STATES[package.state]}\u00a0: seule la "
            f"version publiée s’envoie. Lancez `{command('report', '--session', code)}`, qui la remet en place."
        )


def recipients_of(to: Sequence[str], environment: Mapping[str, str]) -> list[Address]:
    """The addresses given, else those of JALON_MAIL_TO. AddressError when there is none, or one is no address."""
    texts = list(to) or [text for text in environment.get(RECIPIENTS, "").split(",") if text.strip()]
    if not texts:
        raise AddressError(
            f"aucun destinataire. Ajoutez --to, ou renseignez {RECIPIENTS} (adresses séparées par des virgules)."
        )
    return parse_addresses(texts)


@contextmanager
def _sending(outbox: Outbox, log: Log) -> Iterator[None]:
    with writing(outbox.lock_file, log=log):
        yield


def uncertain_mails(home: Path) -> list[Record]:
    """The mails nobody knows the fate of; OutboxError when a record is not readable."""
    return [record for record in Outbox(home / "outbox").records() if record.state is State.HANDING_OVER]


def summary(sending: Sending) -> str:
    """One line in French: how many were sent, had it already, were not sent."""
    counts = {verdict: sum(result.verdict is verdict for result in sending.results) for verdict in Verdict}
    said = ", ".join(f"{count}\u00a0{WORDS[verdict]}" for verdict, count in counts.items() if count)
    return f"{sending.package.session_code} {sending.package.edition}\u00a0: {said}"
