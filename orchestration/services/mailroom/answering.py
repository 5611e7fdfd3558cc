"""Sending what is owed: answers, receipts, notices, each once to each recipient, at most so many an hour.

The outbox remembers what may have left. Its records are brought to the audit trail and to the ledger after each batch:
whoever dies in between finds the rest done by the next sending. Nothing leaves unless JALON_MAIL_PARTNERS is on.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice

from exports.mail import (
    Address,
    IfUncertain,
    Outbox,
    Result,
    SettingsError,
    SmtpSettings,
    State,
    Verdict,
    links_from,
    preview,
    send_package,
)
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.audit.trail import settle_sent
from orchestration.services.mailroom.contacts import Contacts, read_contacts
from orchestration.services.mailroom.editions import is_ours
from orchestration.services.mailroom.judging import Circumstances
from orchestration.services.mailroom.ledger import (
    FILE_NAME,
    FOLDER,
    Answer,
    AnswerState,
    Ledger,
    open_ledger,
    time_text,
)
from orchestration.services.mailroom.outcomes import Archive
from orchestration.services.mailroom.owed import Owed, Owing
from orchestration.services.mailroom.settings import Rules
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from sources.reference.roadmap import load_reference

MOST_AN_HOUR = 5
BATCH = 25
HOUR = timedelta(hours=1)
RECENT = timedelta(days=2)

Clock = Callable[[], datetime]


@dataclass
class Answered:
    """What one sending gave: how many answers had each verdict, how many wait for the hour to pass, what is wrong."""

    verdicts: Counter[str] = field(default_factory=Counter)
    later: int = 0
    problems: list[str] = field(default_factory=list)
    is_dry: bool = False

    def summary(self) -> str:
        """One line."""
        counts = [f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(self.verdicts.items())]
        if self.later:
            counts.append(f"{self.later} put off (no more than {MOST_AN_HOUR} an hour and address)")
        dry = " (dry run: JALON_MAIL_PARTNERS is not on)" if self.is_dry and counts else ""
        return f"answers: {', '.join(counts) or 'none owed'}{dry}"


@dataclass(frozen=True)
class Sending:
    """How answers are sent: after the readers or not, what to do about uncertain ones, what the trail names."""

    via: str
    is_read: bool = False
    if_uncertain: IfUncertain = IfUncertain.STOP


def send_answers(
    circumstances: Circumstances, sending: Sending, log: Log, *, environment: Mapping[str, str] = os.environ
) -> Answered:
    """Send what is owed, or list what would be sent. SettingsError before anything leaves."""
    settings, links = SmtpSettings.from_environment(environment), links_from(environment)
    is_on = circumstances.rules.is_on
    if is_on and settings is None:
        raise SettingsError("JALON_MAIL_PARTNERS is on and JALON_SMTP_HOST is not set: there is no server to send by.")
    settle_uncertain(circumstances.paths, sending, log, circumstances.clock)
    home, answered = circumstances.paths.home, Answered(is_dry=not is_on)
    outbox = Outbox(home / "outbox")
    with writing(outbox.lock_file, log=log), open_ledger(home) as ledger:
        owing = Owing(circumstances, ledger, Archive.of(home), links.max_bytes, sending.is_read)
        forget_erased(circumstances, ledger, outbox)
        if settings is None or not is_on:
            for owed in _owed(owing):
                for result in preview(owed, owed.recipients, outbox, sending.if_uncertain):
                    answered.verdicts[result.verdict.value] += 1
                    log(f"{owed.edition} to {result.recipient.masked}: {result.verdict.value.replace('_', ' ')}")
            return answered
        _Post(circumstances, sending, settings, outbox, ledger, answered, log).send(_owed(owing))
    return answered


def answers_wait(paths: Paths, now: datetime) -> bool:
    """Whether an answer to a mail of these days is owed to somebody, and JALON_MAIL_PARTNERS is on. ContactsError."""
    if not (paths.home / FOLDER / FILE_NAME).exists() or not Rules.from_environment(os.environ).is_on:
        return False
    with open_ledger(paths.home) as ledger:
        keys = ledger.owed_to(now - RECENT)
    contacts = read_contacts(paths.home, load_reference(paths.seeds)) if keys else Contacts()
    return any(contacts.by_key(key) for key in keys)


def forget_erased(circumstances: Circumstances, ledger: Ledger, outbox: Outbox) -> int:
    """Forget the addresses that are no longer in contacts.csv; how many. The caller holds the outbox's lock."""
    gone = set(ledger.know(circumstances.contacts.keys, circumstances.clock()))
    for record in list(outbox.records()) if gone else ():
        if record.recipient_key in gone and is_ours(record.edition):
            outbox.forget(record)
    return len(gone)


def settle_uncertain(paths: Paths, sending: Sending, log: Log, clock: Clock = now) -> int:
    """Do what a person decided about every mail that may have left before a crash, deliverables included; how many.

    One that is to be sent again is not sent here: an answer leaves with the others, a letter with its job, deliverables
    by `jalon send`. The trail names those that are taken as sent.
    """
    states = {IfUncertain.ASSUME_SENT: State.ASSUMED_SENT, IfUncertain.RESEND: State.NOT_SENT}
    if sending.if_uncertain not in states:
        return 0
    outbox, trail, at = Outbox(paths.home / "outbox"), AuditTrail.of(paths, clock), time_text(clock())
    with writing(outbox.lock_file, log=log):
        uncertain = [record for record in outbox.records() if record.state is State.HANDING_OVER]
        for record in uncertain:
            outbox.write(record.now(states[sending.if_uncertain], at, "decided by a person after a crash"))
        editions = {(item.session_code, item.edition): item for item in uncertain}
        settle_sent(outbox, trail, *editions.values(), via=sending.via)
    return len(uncertain)


def _owed(owing: Owing) -> Iterator[Owed]:
    return chain(owing.replies(), owing.receipts(), owing.new_readings(), owing.notices(owing.circumstances.clock()))


@dataclass
class _Post:
    """One sending of what is owed."""

    circumstances: Circumstances
    sending: Sending
    settings: SmtpSettings
    outbox: Outbox
    ledger: Ledger
    answered: Answered
    log: Log
    sent_now: Counter[str] = field(default_factory=Counter)
    is_stopped: bool = False

    def send(self, owed: Iterator[Owed]) -> None:
        """Send in batches, until there is nothing left or nothing can leave."""
        trail = AuditTrail.of(self.circumstances.paths, self.circumstances.clock)
        while not self.is_stopped and (batch := list(islice(owed, BATCH))):
            answers = [answer for one in batch for answer in self._sent(one)]
            settle_sent(self.outbox, trail, *batch, via=self.sending.via)
            for answer in answers:
                self.ledger.note_answer(answer)
            self.sent_now.clear()

    def _sent(self, owed: Owed) -> Iterator[Answer]:
        recipients = [address for address in owed.recipients if not self.is_stopped and not self._is_too_often(address)]
        results = send_package(
            owed,
            owed.letter,
            recipients,
            outbox=self.outbox,
            settings=self.settings,
            if_uncertain=IfUncertain.STOP,
            clock=self.circumstances.clock,
        )
        for result in results:
            yield self._noted(owed, result)

    def _is_too_often(self, address: Address) -> bool:
        since = self.circumstances.clock() - HOUR
        is_too_often = self.ledger.answered_since(address.key, since) + self.sent_now[address.key] >= MOST_AN_HOUR
        self.answered.later += is_too_often
        return is_too_often

    def _noted(self, owed: Owed, result: Result) -> Answer:
        self.answered.verdicts[result.verdict.value] += 1
        self.is_stopped = self.is_stopped or result.is_for_all
        self.sent_now[result.recipient.key] += result.verdict in (Verdict.SENT, Verdict.UNCERTAIN)
        line = f"{owed.edition} to {result.recipient.masked}: {result.verdict.value.replace('_', ' ')}"
        if not result.is_good:
            reason = result.reason.replace(str(result.recipient), result.recipient.masked)
            line = f"{line}: {reason}"
            self.answered.problems.append(line)
        self.log(line)
        record = self.outbox.find(owed.session_code, owed.edition, result.recipient.key)
        at = record.at if record is not None else time_text(self.circumstances.clock())
        return Answer(owed.edition, result.recipient.key, owed.partner, owed.session_code, _state(result), at)


def _state(result: Result) -> AnswerState:
    if result.verdict is Verdict.UNCERTAIN:
        return AnswerState.UNCERTAIN
    if result.is_good:
        return AnswerState.SENT
    is_final = not result.is_transient and not result.is_for_all
    return AnswerState.REFUSED if is_final else AnswerState.TO_TRY_AGAIN
