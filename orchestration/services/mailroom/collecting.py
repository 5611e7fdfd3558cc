"""One round of the mailbox: each mail is taken into the drop folder or set apart, recorded, then moved away.

The order makes it safe to die at any instant. Files are put down first (in the same places when it is done again), then
what became of the mail is recorded in one transaction, then the mail leaves the folder. Whoever finds a mail that is
recorded only moves it. One lock covers the round, so that two of them never take one mail.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from orchestration.services.mailroom.incoming import Incoming, open_mail
from orchestration.services.mailroom.judging import FOR_A_PERSON, LARGEST_MAIL, Circumstances, Judged, judge, with_files
from orchestration.services.mailroom.ledger import (
    Ledger,
    LedgerError,
    Mail,
    Outcome,
    Sighting,
    TakenFile,
    open_ledger,
    time_text,
)
from orchestration.services.mailroom.mailbox import ChannelError, Mailbox, NothingFetchedError, Waiting, open_mailbox
from orchestration.services.mailroom.routing import Desk, take_files
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from sources.files.machine_errors import is_of_the_machine
from sources.french.typography import day_in_paris
from sources.landing.arrivals import sweep


@dataclass
class Collected:
    """What one round gave: how many mails had each outcome, how many were known, what stays in the mailbox and why."""

    outcomes: Counter[str] = field(default_factory=Counter)
    files: int = 0
    known: int = 0
    left: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line."""
        counts = [f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items())]
        if self.known:
            counts.append(f"{self.known} known before")
        if self.left:
            counts.append(f"{len(self.left)} left in the mailbox")
        return f"mailbox: {', '.join(counts) or 'nothing new'}; {self.files} file(s) put into the drop folder"


def collect_mail(circumstances: Circumstances, settings: ImapSettings, log: Log) -> Collected:
    """Take what waits in the mailbox. ChannelError when it is out of reach, or breaks off: what was done is done."""
    home, result = circumstances.paths.home, Collected()
    with (
        writing(circumstances.paths.channels_lock, log=log),
        open_ledger(home) as ledger,
        open_mailbox(settings) as mailbox,
    ):
        sweep(circumstances.paths.inbox)
        round_ = _Round(circumstances, ledger, mailbox, result, log)
        for waiting in mailbox.waiting():
            round_.deal_with(waiting)
    return result


@dataclass(frozen=True)
class Arrival:
    """When the server got a mail, when it was taken from there, how large it is."""

    at: datetime
    collected_at: datetime
    size: int


class _Round:
    """One round over an open mailbox."""

    def __init__(
        self, circumstances: Circumstances, ledger: Ledger, mailbox: Mailbox, result: Collected, log: Log
    ) -> None:
        self._circumstances = circumstances
        self._ledger = ledger
        self._mailbox = mailbox
        self._result = result
        self._log = log

    def deal_with(self, waiting: Waiting) -> None:
        """Deal with one mail, whatever it does to those who read it: the others go on."""
        sighting = Sighting(self._mailbox.name, self._mailbox.validity, waiting.uid)
        with self._leaving(waiting):
            known = self._ledger.seen(sighting)
            if known is not None:
                self._is_known(known, waiting)
                return
            content = self._content(waiting)
            try:
                self._open_and_take(content, waiting, sighting)
            except (ChannelError, LedgerError, OSError, sqlite3.Error):
                raise
            except Exception as error:
                self._cannot_be_opened(content, waiting, sighting, error)

    @contextmanager
    def _leaving(self, waiting: Waiting) -> Iterator[None]:
        """Leave a mail where it is when something is wrong that is not its own fault; raise what stops every mail."""
        try:
            yield
        except NothingFetchedError as error:
            self._leave(str(error))
        except OSError as error:
            if is_of_the_machine(error):
                raise
            self._leave(f"mail {waiting.uid}: {error}; taken at the next round")

    def _leave(self, reason: str) -> None:
        self._result.left.append(reason)
        self._log(reason)

    def _content(self, waiting: Waiting) -> bytes:
        if waiting.size > LARGEST_MAIL:
            return self._mailbox.fetch_header(waiting.uid)
        return self._mailbox.fetch(waiting.uid)

    def _is_known(self, mail: Mail, waiting: Waiting) -> None:
        """A mail that was dealt with and is still there: moved. One that is struck out was copied before."""
        if waiting.is_struck_out:
            self._mailbox.remove_struck_out(waiting.uid)
        else:
            self._result.known += 1
            self._mailbox.move(waiting.uid, mail.folder)

    def _open_and_take(self, content: bytes, waiting: Waiting, sighting: Sighting) -> None:
        incoming = open_mail(content)
        known = self._ledger.find(incoming.identity)
        # Whoever puts a mail that was set apart back into the folder wants it judged again.
        if known is not None and known.outcome not in (Outcome.HELD, Outcome.UNREADABLE):
            if known.outcome is Outcome.TAKEN and not known.is_answerable and not incoming.is_automatic:
                # The copy that a list sent on came first: its author is answered all the same.
                known = replace(known, is_answerable=True)
                self._ledger.record(known, self._ledger.files(known), sighting)
            else:
                self._ledger.see(known, sighting)
            self._is_known(known, waiting)
            return
        self._settle(incoming, waiting, sighting)

    def _settle(self, incoming: Incoming, waiting: Waiting, sighting: Sighting) -> None:
        now = self._circumstances.clock()
        arrived_at = min(waiting.arrived_at or now, now)
        judged = judge(self._circumstances, self._ledger, incoming, waiting.size, arrived_at)
        files: list[TakenFile] = []
        if judged.rows and waiting.size <= LARGEST_MAIL:
            desk = Desk(self._circumstances.paths, self._circumstances.reference)
            files = take_files(desk, incoming.attachments, judged.rows, arrived_at)
        elif judged.rows:
            judged = replace(judged, reason="too_large")
        judged = with_files(judged, files, incoming, self._circumstances)
        mail = _mail(incoming, incoming.identity, judged, Arrival(arrived_at, now, waiting.size))
        self._ledger.record(mail, files, sighting, judged.bounce)
        self._count(mail, files, waiting)
        self._mailbox.move(waiting.uid, mail.folder)

    def _cannot_be_opened(self, content: bytes, waiting: Waiting, sighting: Sighting, error: Exception) -> None:
        now = self._circumstances.clock()
        judged = Judged(Outcome.UNREADABLE, FOR_A_PERSON, type(error).__name__)
        arrival = Arrival(min(waiting.arrived_at or now, now), now, waiting.size)
        mail = _mail(None, sha256(content).hexdigest(), judged, arrival)
        self._ledger.record(mail, [], sighting)
        self._count(mail, [], waiting)
        self._mailbox.move(waiting.uid, mail.folder)

    def _count(self, mail: Mail, files: Sequence[TakenFile], waiting: Waiting) -> None:
        taken = sum(file.is_taken for file in files)
        self._result.outcomes[mail.outcome] += 1
        self._result.files += taken
        of = f" of {mail.partner}" if mail.partner else ""
        why = f" ({mail.reason})" if mail.reason else ""
        count = f", {taken} file(s)" if taken else ""
        self._log(f"mail {waiting.uid}{of}: {mail.outcome}{why}{count}, moved to « {mail.folder} »")


def _mail(incoming: Incoming | None, identity: str, judged: Judged, arrival: Arrival) -> Mail:
    """What is recorded of a mail, one that could not be opened included."""
    sender = incoming.sender if incoming else None
    return Mail(
        identity=identity,
        message_id=(incoming.message_id or "") if incoming else "",
        references=" ".join(incoming.references) if incoming else "",
        subject=incoming.subject if incoming else "",
        sender_key=sender.key if sender else "",
        sender=sender.masked if sender else "",
        partner=judged.partner,
        arrived_at=time_text(arrival.at),
        collected_at=time_text(arrival.collected_at),
        day=day_in_paris(arrival.at).isoformat(),
        size=arrival.size,
        outcome=judged.outcome,
        reason=judged.reason,
        authenticity=judged.authenticity,
        is_answerable=judged.is_answerable,
        folder=judged.folder,
    )
