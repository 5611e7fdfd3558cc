"""What partners are written about a session, as files, and mailed where that is on: invitation, reminders, late list.

The texts are those of `reminding`, one file a partner. They are mailed to the addresses of contacts.csv, the late list
to those of the DNS, and to nobody else. The outbox remembers each letter, so that nobody gets one twice, whatever is
launched again.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exports.mail import (
    Address,
    File,
    IfUncertain,
    Letter,
    Outbox,
    Result,
    SettingsError,
    SmtpSettings,
    preview,
    send_package,
)
from orchestration.services.audit.audit import AuditTrail
from orchestration.services.audit.trail import settle_sent
from orchestration.services.mailroom.contacts import Contacts, read_contacts
from orchestration.services.mailroom.settings import PARTNERS, Rules
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.reminding import LATE_LIST, write_reminders
from sources.landing.store import hash_file
from sources.reference.roadmap import Reference, load_reference

if TYPE_CHECKING:
    from exports.reminders import Kind

# So that no machine answers them: absences of fifty people would come back at each reminder.
HEADERS = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "OOF, AutoReply"))
INVITATION = "J-60"


@dataclass(frozen=True)
class Posting:
    """What was asked for; `via` names the run in the trail."""

    session_code: str
    kind: "Kind"
    via: str = "jalon remind"


@dataclass(frozen=True)
class Envelope:
    """One letter to one partner, as the outbox knows it.

    A letter is the same one however its words change: who was reminded for a due day is not reminded again because a
    file came in meanwhile.
    """

    session_code: str
    edition: str

    @property
    def contents(self) -> str:
        """What names the letter, whatever its words are."""
        return hashlib.sha256(f"{self.session_code}/{self.edition}".encode()).hexdigest()


@dataclass(frozen=True)
class Posted:
    """One letter: whom it is for, its file, and what became of it; no result where no address is known."""

    name: str
    path: Path
    results: list[Result] = field(default_factory=list)


def post_letters(
    paths: Paths,
    posting: Posting,
    *,
    log: Log,
    clock: Callable[[], datetime] = now,
    environment: Mapping[str, str] = os.environ,
) -> list[Posted]:
    """Write the letters of one kind, and mail them where JALON_MAIL_PARTNERS is on, else list what would be mailed.

    The invitation's workbooks are written first, and go with it. ContactsError or SettingsError before anything leaves;
    MartsError when nothing was built yet.
    """
    reference = load_reference(paths.seeds)
    book = addresses_of(read_contacts(paths.home, reference), reference)
    settings = SmtpSettings.from_environment(environment) if Rules.from_environment(environment).is_on else None
    if settings is None and Rules.from_environment(environment).is_on:
        raise SettingsError(f"{PARTNERS} is on and JALON_SMTP_HOST is not set: set JALON_SMTP_* first.")
    with writing(paths.writer_lock, log=log):
        workbooks = _workbooks(paths, posting, reference)
        guide = _guide(paths) if posting.kind == INVITATION else None
        letters = write_reminders(paths, posting.session_code, posting.kind)
    due_on = reference.sessions[posting.session_code].contributions_due_on
    outbox, trail = Outbox(paths.home / "outbox"), AuditTrail.of(paths, clock)
    posted = []
    with writing(outbox.lock_file, log=log):
        for path in letters:
            envelope = Envelope(posting.session_code, edition_of(posting.kind, due_on, path.stem))
            recipients, letter = book.get(path.stem, []), _letter(path, workbooks.get(path.stem), guide)
            results = preview(envelope, recipients, outbox, IfUncertain.STOP)
            if settings is not None:
                results = list(
                    send_package(
                        envelope, letter, recipients,
                        outbox=outbox, settings=settings, if_uncertain=IfUncertain.STOP, clock=clock,
                    )
                )  # fmt: skip
                settle_sent(outbox, trail, envelope, via=posting.via)
            posted.append(Posted(path.stem, path, results))
    return posted


def edition_of(kind: str, due_on: date, name: str) -> str:
    """The name of a letter in the outbox: a due day that moves makes another letter."""
    return f"{kind.replace('+', 'plus-')}-{due_on.isoformat()}-{name}"


def addresses_of(contacts: Contacts, reference: Reference) -> dict[str, list[Address]]:
    """The addresses by the name of the letter: a partner's slug, or the late list's."""
    book = {partner.partner_slug: contacts.recipients(code) for code, partner in reference.partners.items()}
    return {name: addresses for name, addresses in {**book, LATE_LIST: contacts.dns}.items() if addresses}


def _workbooks(paths: Paths, posting: Posting, reference: Reference) -> dict[str, Path]:
    """The partners' pre-filled workbooks, written for the invitation: partner's slug → file."""
    if posting.kind != INVITATION:
        return {}
    from orchestration.services.session.templates import write_templates
    from sources.workbook.template import template_name

    folder = paths.home / "templates" / posting.session_code
    write_templates(paths, posting.session_code, None, folder, lambda _: None)
    return {
        partner.partner_slug: folder / template_name(reference, posting.session_code, code)
        for code, partner in reference.partners.items()
        if reference.actions_of(code)
    }


def _guide(paths: Paths) -> File:
    """The partner's guide as a Word file."""
    from exports.word.guide import FILE_NAME, write_guide

    content = write_guide(paths.project / "docs" / "guide-partenaire.md")
    return File(FILE_NAME, content, hashlib.sha256(content).hexdigest())


def _letter(path: Path, workbook: Path | None, guide: File | None) -> Letter:
    subject, body = path.read_text(encoding="utf-8").split("\n\n", 1)
    attached = [File(workbook.name, workbook.read_bytes(), hash_file(workbook))] if workbook else []
    attached += [guide] if guide else []
    return Letter(subject.partition(":")[2].strip(), body, tuple(attached), HEADERS)
