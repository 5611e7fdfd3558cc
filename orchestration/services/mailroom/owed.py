"""The answers that are owed: to each mail, to each file that came another way, to the DNS. Nothing leaves here.

What is owed is computed from what is stored, never from the moment: when a process dies before it sends something, the
next one sends it. Each answer is an edition of the outbox, which gives it to each recipient once.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from exports.mail import Address, Letter
from orchestration.services.mailroom import wording
from orchestration.services.mailroom.contacts import DNS, Role
from orchestration.services.mailroom.editions import NO_SESSION, NOTICE, RECEIPT, SHORT, reply_to
from orchestration.services.mailroom.judging import Circumstances
from orchestration.services.mailroom.ledger import Ledger, Mail, Outcome, TakenFile, time_text
from orchestration.services.mailroom.outcomes import Archive, outcome_of, outcome_of_receipt
from orchestration.services.reception.receipts import Drop, drops_of, given_receipt
from orchestration.services.reception.rereading import reread_receipts
from sources.landing.drops import PARTNERS_FOLDER

# characters of a content's hash in a receipt's name
SHORT_HASH = 8
NOTICE_INTERVAL = timedelta(hours=1)
_FOR_THE_DNS = (Outcome.HELD, Outcome.NOTHING, Outcome.UNREADABLE, Outcome.BOUNCE)


@dataclass(frozen=True)
class Owed:
    """One answer: its edition in the outbox, who has not got it yet, its letter."""

    session_code: str
    edition: str
    partner: str
    recipients: tuple[Address, ...]
    letter: Letter

    @property
    def contents(self) -> str:
        """What names the answer, whatever its words are: a receipt does not change once it was given."""
        return hashlib.sha256(f"{self.session_code}/{self.edition}".encode()).hexdigest()


@dataclass(frozen=True)
class Owing:
    """What is owed, from the ledger, the contacts, the receipts and the landing.

    `is_read`: the readers have run, so that a file without a reading cannot be read.
    """

    circumstances: Circumstances
    ledger: Ledger
    archive: Archive
    most_bytes: int
    is_read: bool = False

    @cached_property
    def _done(self) -> set[tuple[str, str]]:
        """Edition and recipient of the answers that need no more trying."""
        return {(answer.edition, answer.recipient_key) for answer in self.ledger.answers() if answer.is_done}

    def _left(self, edition: str, recipients: Sequence[Address]) -> tuple[Address, ...]:
        each_once = {address.key: address for address in recipients}
        return tuple(address for key, address in each_once.items() if (edition, key) not in self._done)

    def replies(self) -> Iterator[Owed]:
        """The answers to mails, oldest first; those whose files were not read yet wait."""
        for mail in self.ledger.mails("where is_answerable = 1"):
            edition = reply_to(mail.identity)
            recipients = self._left(edition, self._of_the_thread(mail))
            if recipients:
                yield from self._reply(mail, edition, recipients)

    def _of_the_thread(self, mail: Mail) -> list[Address]:
        """Its author, by the registered address, and who is in copy of its partner; nobody once that row is gone."""
        contacts = self.circumstances.contacts
        sender = contacts.by_key(mail.sender_key)
        if sender is None:
            return []
        copies = (row.address for row in contacts.rows if row.role is Role.COPY and row.partner == mail.partner)
        return [sender, *copies]

    def _reply(self, mail: Mail, edition: str, recipients: tuple[Address, ...]) -> Iterator[Owed]:
        files, arrived_at = self.ledger.files(mail), datetime.fromisoformat(mail.arrived_at)
        outcomes = {}
        for file in files:
            if file.is_taken:
                outcome = outcome_of(self.archive, file, arrived_at, is_read=self.is_read)
                if outcome is None:
                    return
                outcomes[file] = outcome
        session = next((outcome.session_code for outcome in outcomes.values() if outcome.session_code), NO_SESSION)
        yield Owed(session, edition, mail.partner, recipients, wording.reply(mail, files, outcomes, self.most_bytes))

    def receipts(self) -> Iterator[Owed]:
        """The receipts of files that no mail brought, to the partner's addresses that were known when they came."""
        known, mailed = self.ledger.known(), self._mailed
        slugs = {partner.partner_slug: code for code, partner in self.circumstances.reference.partners.items()}
        for reception in self.archive.landing.current("submissions"):
            for drop in drops_of(reception) if reception.origin == "partner" else ():
                code, at = slugs.get(drop.folder, drop.folder), time_text((drop.arrival or reception).received_at)
                place = (reception.sha256, drop.folder, drop.file_name)
                edition = f"{RECEIPT}{hashlib.sha256('/'.join(place).encode()).hexdigest()[:SHORT]}"
                addresses = [
                    address
                    for address in self.circumstances.contacts.recipients(code)
                    if address.key in known and known[address.key].since <= at
                ]
                recipients = self._left(edition, addresses)
                if recipients and place not in mailed:
                    yield from self._receipt(drop, code, edition, recipients)

    def new_readings(self) -> Iterator[Owed]:
        """The receipts of new readings, to whom the first one went or would go: in the thread, or as a mail of its own.

        Of several new readings of one file, the last one is sent.
        """
        reread = reread_receipts(self.archive.receipts)
        if not reread:
            return
        known, mailed = self.ledger.known(), self._mailed
        slugs = {partner.partner_slug: code for code, partner in self.circumstances.reference.partners.items()}
        for reception in self.archive.landing.current("submissions"):
            path = reread.get((reception.folder, reception.sha256[:SHORT_HASH]))
            if path is None or reception.origin != "partner":
                continue
            mail = mailed.get((reception.sha256, reception.folder, reception.file_name))
            code = slugs.get(reception.folder, reception.folder)
            addresses = self._of_the_thread(mail) if mail else self.circumstances.contacts.recipients(code)
            at = time_text(reception.received_at)
            edition = f"{RECEIPT}{hashlib.sha256(f'{reception.sha256}/{path.name}'.encode()).hexdigest()[:SHORT]}"
            recipients = self._left(
                edition, [item for item in addresses if item.key in known and known[item.key].since <= at]
            )
            if recipients:
                outcome = outcome_of_receipt(path)
                file = TakenFile(reception.file_name, reception.sha256, reception.size, code, reception.folder)
                letter = (
                    wording.reply(mail, [file], {file: outcome}, self.most_bytes)
                    if mail
                    else wording.receipt(file, outcome, reception.received_at, self.most_bytes)
                )
                yield Owed(outcome.session_code or NO_SESSION, edition, code, recipients, letter)

    @property
    def _mailed(self) -> dict[tuple[str, str, str], Mail]:
        """Content, folder and name of the files whose partner gets an answer in a thread of its own: the mail."""
        found = {}
        for mail in self.ledger.mails("where outcome = ?", (Outcome.TAKEN,)):
            own = {address.key for address in self.circumstances.contacts.recipients(mail.partner)}
            if mail.sender_key in own or not mail.sender_key:
                for file in self.ledger.files(mail):
                    parts = Path(file.place).parts
                    if parts and parts[0] == PARTNERS_FOLDER:
                        found[file.sha256, parts[1], parts[-1]] = mail
        return found

    def _receipt(self, drop: Drop, code: str, edition: str, recipients: tuple[Address, ...]) -> Iterator[Owed]:
        reception = drop.reception
        path = given_receipt(self.archive.receipts, reception, (drop.folder, drop.file_name))
        if path is not None:
            outcome = outcome_of_receipt(path)
            file = TakenFile(drop.file_name, reception.sha256, reception.size, code, drop.folder)
            at = (drop.arrival or reception).received_at
            letter = wording.receipt(file, outcome, at, self.most_bytes)
            yield Owed(outcome.session_code or NO_SESSION, edition, code, recipients, letter)

    def notices(self, now: datetime) -> Iterator[Owed]:
        """What the DNS reads about mails that wait for a person: a new notice each hour at most, each mail in one."""
        recipients = self.circumstances.contacts.dns
        planned = self.ledger.notices()
        noticed = {identity for notice in planned for identity in notice.identities}
        marks = ", ".join("?" for _ in _FOR_THE_DNS)
        new = [
            mail.identity
            for mail in self.ledger.mails(f"where outcome in ({marks})", _FOR_THE_DNS)
            if mail.identity not in noticed
        ]
        is_due = not planned or planned[-1].at <= time_text(now - NOTICE_INTERVAL)
        if new and recipients and is_due:
            planned.append(self.ledger.plan_notice(new, now))
        for notice in planned:
            edition = f"{NOTICE}{notice.name}"
            left = self._left(edition, recipients)
            mails = [mail for identity in notice.identities if (mail := self.ledger.find(identity)) is not None]
            if left and mails and notice.is_within(now):
                yield Owed(NO_SESSION, edition, DNS, left, wording.notice(mails))
