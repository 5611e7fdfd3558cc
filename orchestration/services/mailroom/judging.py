"""What is made of a mail: who sent it, whether that is believed, whether anything of it is taken and answered.

Nothing is written here. What decides, the mail aside, is in `Circumstances`; doubts are checked in the code's order.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from exports.mail import AddressError, Outbox, Record, State, parse_address
from orchestration.services.mailroom.authentication import Authenticity, authenticity
from orchestration.services.mailroom.bounces import Report
from orchestration.services.mailroom.contacts import Contact, Contacts, read_contacts
from orchestration.services.mailroom.editions import is_answer
from orchestration.services.mailroom.incoming import Incoming
from orchestration.services.mailroom.ledger import Bounce, Ledger, Outcome, TakenFile, time_text
from orchestration.services.mailroom.settings import Rules, Unauthenticated
from orchestration.services.runtime.paths import Paths, now
from sources.french.typography import day_in_paris
from sources.reference.roadmap import Reference, load_reference

HANDLED = "Traités"
FOR_A_PERSON = "À voir"
LARGEST_MAIL = 60 * 1024 * 1024
MOST_MAILS_A_DAY = 50
MOST_BYTES_A_DAY = 200 * 1024 * 1024
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Circumstances:
    """All that decides what becomes of a mail, the mail aside."""

    paths: Paths
    reference: Reference
    contacts: Contacts
    rules: Rules
    clock: Clock
    own_addresses: frozenset[str] = frozenset()

    @cached_property
    def sent(self) -> Mapping[str, Record]:
        """The mails of ours that left, or may have, by Message-ID."""
        done = (State.SENT, State.ASSUMED_SENT, State.HANDING_OVER)
        records = Outbox(self.paths.home / "outbox").records()
        return {record.message_id: record for record in records if record.state in done}


def circumstances_of(paths: Paths, *, environment: Mapping[str, str] = os.environ, clock: Clock = now) -> Circumstances:
    """The circumstances of an installation. ContactsError, SettingsError."""
    reference = load_reference(paths.seeds)
    return Circumstances(
        paths,
        reference,
        read_contacts(paths.home, reference),
        Rules.from_environment(environment),
        clock,
        own_addresses(environment),
    )


def own_addresses(environment: Mapping[str, str]) -> frozenset[str]:
    """The digests of the addresses we write and read under: mail from them is our own, come back."""
    found = set()
    for name in ("JALON_SMTP_FROM", "JALON_IMAP_USER", "JALON_SMTP_USER"):
        try:
            found.add(parse_address(environment.get(name, "")).key)
        except AddressError:
            continue
    return frozenset(found)


@dataclass(frozen=True)
class Judged:
    """What is made of a mail: the rows by which its author may send, none when nothing of it is taken."""

    outcome: Outcome
    folder: str
    reason: str = ""
    rows: tuple[Contact, ...] = ()
    partner: str = ""
    authenticity: Authenticity = Authenticity.NONE
    is_answerable: bool = False
    bounce: Bounce | None = None


def judge(circumstances: Circumstances, ledger: Ledger, incoming: Incoming, size: int, arrived_at: datetime) -> Judged:
    """Who sent the mail and whether that is believed, in the order in which doubts are listed."""
    if incoming.report is not None:
        return _of_a_server(circumstances, incoming.report, arrived_at)
    sender, rules = incoming.sender, circumstances.rules
    if sender is None:
        return Judged(Outcome.HELD, FOR_A_PERSON, "no_author")
    if sender.key in circumstances.own_addresses:
        return Judged(Outcome.AUTOMATIC, HANDLED, "our_own")
    found = authenticity(incoming.authentication, rules.authserv_id, sender)
    rows = tuple(circumstances.contacts.of_sender(sender))
    partner = rows[0].partner if rows else ""
    held = Judged(Outcome.HELD, FOR_A_PERSON, partner=partner, authenticity=found)
    if not rows:
        outcome = Outcome.AUTOMATIC if incoming.is_automatic else Outcome.HELD
        return replace(held, outcome=outcome, reason="unknown_sender")
    sums = ledger.sums(partner, day_in_paris(arrived_at), without=incoming.identity)
    doubts = {
        "not_authentic": found is Authenticity.FAIL,
        "unauthenticated": found is Authenticity.NONE and rules.unauthenticated is Unauthenticated.HOLD,
        "too_much": sums.mails >= MOST_MAILS_A_DAY or sums.size + size > MOST_BYTES_A_DAY,
    }
    reason = next((name for name, holds in doubts.items() if holds), None)
    if reason is not None:
        return replace(held, reason=reason)
    return Judged(Outcome.TAKEN, HANDLED, "", rows, partner, found, is_answerable=not incoming.is_automatic)


def _of_a_server(circumstances: Circumstances, report: Report, arrived_at: datetime) -> Judged:
    """A report on a mail of ours, believed only when it names one that we sent."""
    named = next((sent for one in report.message_ids if (sent := circumstances.sent.get(one))), None)
    if named is None:
        return Judged(Outcome.AUTOMATIC, FOR_A_PERSON, "report_on_nothing_we_sent")
    partner = circumstances.contacts.keys.get(named.recipient_key, "")
    if not report.is_failure:
        outcome = Outcome.DELAY if report.is_delay else Outcome.AUTOMATIC
        return Judged(outcome, HANDLED, report.status, partner=partner)
    bounce = Bounce(
        named.session_code, named.edition, named.recipient_key, partner, report.status, time_text(arrived_at)
    )
    return Judged(Outcome.BOUNCE, HANDLED, report.status, partner=partner, bounce=bounce)


def with_files(judged: Judged, files: Sequence[TakenFile], incoming: Incoming, circumstances: Circumstances) -> Judged:
    """The same, once it is known what was in the mail."""
    if not judged.rows:
        return judged
    taken = [file for file in files if file.is_taken]
    if taken:
        return replace(judged, partner=taken[0].partner)
    if incoming.is_automatic:
        return replace(judged, outcome=Outcome.AUTOMATIC, reason=judged.reason or "no_file")
    has_files = any(file.fate != "image" for file in files)
    reason = judged.reason or ("no_usable_file" if has_files else "no_file")
    # Whoever thanks for an answer, or answers it by a machine without declaring it, is not answered again.
    is_reply = not has_files and not judged.reason and _answers_an_answer(incoming, circumstances)
    return replace(
        judged,
        outcome=Outcome.NOTHING,
        reason=reason,
        folder=FOR_A_PERSON,
        is_answerable=judged.is_answerable and not is_reply,
    )


def _answers_an_answer(incoming: Incoming, circumstances: Circumstances) -> bool:
    named = (circumstances.sent.get(reference) for reference in incoming.references)
    return any(record is not None and is_answer(record.edition) for record in named)
