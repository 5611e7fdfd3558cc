"""One edition to its recipients, each at most once, with the outbox as the memory."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from exports.mail.address import Address
from exports.mail.message import Letter, compose, message_id
from exports.mail.outbox import Outbox, Record, State
from exports.mail.package import PackageError
from exports.mail.settings import SmtpSettings
from exports.mail.smtp import Delivery, Fate, deliver
from sources.french import typography as typo

Clock = Callable[[], datetime]
MESSAGE_ID_BYTES = 16


class Parcel(Protocol):
    """What a recipient gets once: an edition of a session, and the checksum of what it holds."""

    @property
    def session_code(self) -> str:
        """The session it is about."""

    @property
    def edition(self) -> str:
        """What its records are kept under."""

    @property
    def contents(self) -> str:
        """The checksum that may not change within an edition."""


class IfUncertain(StrEnum):
    """What to do with a mail that may or may not have left before a crash: only a person can choose."""

    STOP = "stop"
    RESEND = "resend"
    ASSUME_SENT = "assume-sent"


class Verdict(StrEnum):
    """What became of one recipient."""

    SENT = "sent"
    ALREADY_SENT = "already_sent"
    ASSUMED_SENT = "assumed_sent"
    WOULD_SEND = "would_send"
    UNCERTAIN = "uncertain"
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Result:
    """One recipient's verdict; where the mail was not sent the reason, the fix, and whether all would fare alike."""

    recipient: Address
    verdict: Verdict
    reason: str = ""
    is_transient: bool = False
    is_for_all: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the recipient has the mail, or would get it."""
        return self.verdict not in (Verdict.UNCERTAIN, Verdict.NOT_SENT)


def preview(package: Parcel, recipients: Sequence[Address], outbox: Outbox, if_uncertain: IfUncertain) -> list[Result]:
    """What sending would do for each recipient; nothing leaves, nothing is written."""
    _refuse_other_contents(package, outbox)
    return [_foreseen(_found(outbox, package, recipient), recipient, if_uncertain) for recipient in recipients]


def send_package(
    package: Parcel,
    letter: Letter,
    recipients: Sequence[Address],
    *,
    outbox: Outbox,
    settings: SmtpSettings,
    if_uncertain: IfUncertain,
    clock: Clock,
) -> Iterator[Result]:
    """Send to each recipient who does not have this edition; one result at a time, as soon as it is known.

    The caller holds the outbox's lock. What would fail for everybody (no server, a refused account) is tried once.
    """
    _refuse_other_contents(package, outbox)
    stopped: Delivery | None = None
    for recipient in recipients:
        found = _found(outbox, package, recipient)
        foreseen = _foreseen(found, recipient, if_uncertain)
        if foreseen.verdict is Verdict.ASSUMED_SENT and isinstance(found, Record):
            outbox.write(found.now(State.ASSUMED_SENT, _stamp(clock), "decided by a person after a crash"))
        if foreseen.verdict is not Verdict.WOULD_SEND:
            yield foreseen
        elif stopped is not None:
            yield Result(recipient, Verdict.NOT_SENT, f"non tenté\u00a0: {stopped.reason}", stopped.is_transient, True)
        else:
            record = found if isinstance(found, Record) else _new_record(package, recipient, settings, clock)
            delivery = _hand_over(record, letter, recipient, outbox=outbox, settings=settings, clock=clock)
            stopped = delivery if delivery.is_for_all else None
            yield _result(recipient, delivery)


def _hand_over(
    record: Record, letter: Letter, recipient: Address, *, outbox: Outbox, settings: SmtpSettings, clock: Clock
) -> Delivery:
    """Note, send, note. An outbox that cannot be written stops the mail before it can have left."""
    try:
        record = record.now(State.INTENT, _stamp(clock))
        outbox.write(record)
        content = compose(letter, sender=settings.sender, recipient=recipient, message_id=record.message_id, at=clock())
        delivery = deliver(
            settings,
            content,
            recipient,
            before_the_end=lambda: outbox.write(record.now(State.HANDING_OVER, _stamp(clock))),
        )
    except OSError as error:
        return Delivery(
            Fate.NOT_SENT,
            f"le registre des envois ne peut pas être écrit ({error.strerror}). {_CHECK_DISK}",
            is_for_all=True,
        )
    state = {Fate.ACCEPTED: State.SENT, Fate.NOT_SENT: State.NOT_SENT, Fate.UNCERTAIN: State.HANDING_OVER}
    try:
        is_permanent = delivery.fate is Fate.NOT_SENT and not delivery.is_transient
        reason = delivery.reason.replace(str(recipient), recipient.masked)  # servers like to repeat it
        outbox.write(record.now(state[delivery.fate], _stamp(clock), reason, is_permanent=is_permanent))
    except OSError as error:
        said = f"{_FATES[delivery.fate]}, mais le registre des envois ne peut pas être écrit ({error.strerror})"
        fate = Fate.NOT_SENT if delivery.fate is Fate.NOT_SENT else Fate.UNCERTAIN
        return Delivery(fate, f"{said}. {_CHECK_DISK}", is_for_all=True)
    return delivery


_FATES = {
    Fate.ACCEPTED: "pris par le serveur",
    Fate.NOT_SENT: "non envoyé",
    Fate.UNCERTAIN: "sans réponse du serveur",
}
_CHECK_DISK = "Vérifiez les droits et la place libre, puis recommencez."
_CHOOSE = (
    "il est peut-être parti. Demandez au destinataire ou à qui tient le serveur, puis recommencez avec "
    "--if-uncertain assume-sent (il l’a) ou --if-uncertain resend (il ne l’a pas)."
)


def _result(recipient: Address, delivery: Delivery) -> Result:
    if delivery.fate is Fate.ACCEPTED:
        return Result(recipient, Verdict.SENT)
    if delivery.fate is Fate.UNCERTAIN:
        return Result(recipient, Verdict.UNCERTAIN, f"{delivery.reason}\u00a0; {_CHOOSE}")
    return Result(recipient, Verdict.NOT_SENT, delivery.reason, delivery.is_transient, delivery.is_for_all)


def _found(outbox: Outbox, package: Parcel, recipient: Address) -> Record | None:
    return outbox.find(package.session_code, package.edition, recipient.key)


def _foreseen(found: Record | None, recipient: Address, if_uncertain: IfUncertain) -> Result:
    if found is None or found.state in (State.INTENT, State.NOT_SENT):
        return Result(recipient, Verdict.WOULD_SEND)
    if found.state.is_done:
        return Result(recipient, Verdict.ALREADY_SENT, f"le {_when(found.at)}")
    if if_uncertain is IfUncertain.RESEND:
        return Result(recipient, Verdict.WOULD_SEND, "de nouveau, comme demandé")
    if if_uncertain is IfUncertain.ASSUME_SENT:
        return Result(recipient, Verdict.ASSUMED_SENT, "comme décidé")
    return Result(recipient, Verdict.UNCERTAIN, f"commencé le {_when(found.at)}, sans réponse\u00a0; {_CHOOSE}")


def _refuse_other_contents(package: Parcel, outbox: Outbox) -> None:
    """One edition has one content: a published version that changed is a defect, not a mail."""
    for record in outbox.edition(package.session_code, package.edition):
        if record.contents != package.contents:
            message = (
                f"{package.session_code}\u00a0: {package.edition} est déjà parti avec d’autres fichiers "
                f"({record.contents[:12]}, et non {package.contents[:12]}). Remettez-les depuis l’état figé, ou "
                "publiez une correction, qui est une nouvelle version."
            )
            raise PackageError(message)


def _new_record(package: Parcel, recipient: Address, settings: SmtpSettings, clock: Clock) -> Record:
    return Record(
        session_code=package.session_code,
        edition=package.edition,
        recipient_key=recipient.key,
        recipient=recipient.masked,
        # Not to be guessed: a report on a mail of ours is believed by its naming this.
        message_id=message_id(settings.sender, secrets.token_hex(MESSAGE_ID_BYTES)),
        contents=package.contents,
        state=State.INTENT,
        at=_stamp(clock),
    )


def _when(stamp: str) -> str:
    """« 2 juin 2025 à 11 h 05 », in Paris."""
    local = typo.in_paris(datetime.fromisoformat(stamp))
    return f"{typo.date(local.date())} à {local:%H} h {local:%M}".replace(" h ", "\u00a0h\u00a0")


def _stamp(clock: Clock) -> str:
    return clock().isoformat(timespec="seconds")
