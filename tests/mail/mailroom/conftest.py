"""A mailbox on a real server, an installation that reads it, and mails to put there."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from exports.mail import IfUncertain
from orchestration.services.mailroom.answering import Answered, Sending, send_answers
from orchestration.services.mailroom.collecting import Collected, collect_mail
from orchestration.services.mailroom.judging import Circumstances, circumstances_of
from orchestration.services.mailroom.ledger import open_ledger
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.reception.decisions_reader import DecisionsReader
from orchestration.services.reception.ingest import read_all, receive_all
from orchestration.services.reception.receipts import desk_of, give_receipts
from orchestration.services.reception.submissions_reader import SubmissionsReader
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.session.drafts import DraftsReader, answers, channel_of, give_answers
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference
from sources.workbook.prefill import Filled, Previous
from sources.workbook.template import write_template
from tests.mail.mailroom import dovecot
from tests.mail.mailroom.dovecot import DOVECOT, Server

ANS, CNAM, STRANGER, DNS = "anne.martin@ans.exemple", "c.durand@cnam.exemple", "x@ailleurs.exemple", "dns@dns.exemple"
NOW = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _no_mailbox_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("JALON_IMAP_")]:
        monkeypatch.delenv(name)


# --- the server ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def start_dovecot(certificate: tuple[Path, Path]) -> Iterator[Callable[..., Server]]:
    """Start a Dovecot of its own: `tls` is none, starttls or implicit."""
    if DOVECOT is None:
        pytest.skip("Dovecot is not on this machine (Debian: dovecot-imapd)")
    with ExitStack() as all_of_them:

        def start(tls: str = "none", **options: Any) -> Server:
            # Not pytest's own folder: it is for one user alone, and Dovecot runs as another.
            folder = Path(all_of_them.enter_context(tempfile.TemporaryDirectory(prefix="dovecot-")))
            folder.chmod(0o711)
            keys = certificate if tls != "none" else None
            return all_of_them.enter_context(dovecot.running(folder / "d", dovecot.free_port(), tls, keys, **options))

        yield start


@pytest.fixture(scope="session")
def one_dovecot(start_dovecot: Callable[..., Server]) -> Server:
    """One server for all tests that ask nothing special."""
    return start_dovecot()


@pytest.fixture
def mailbox(one_dovecot: Server) -> Server:
    """An empty mailbox."""
    one_dovecot.empty()
    return one_dovecot


# --- the installation ------------------------------------------------------------------------------------------------


@dataclass
class Room:
    """An installation that reads a mailbox, in this process or by the command."""

    paths: Paths
    env: dict[str, str]
    told: list[str] = field(default_factory=list)
    now: datetime = NOW

    def contacts(self, *rows: str) -> None:
        """Write contacts.csv."""
        path = self.paths.home / "contacts.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["partner,address,name,role", *rows]) + "\n")
        path.chmod(0o640)

    def circumstances(self) -> Circumstances:
        """All that decides, as the command has it."""
        return circumstances_of(self.paths, environment=self.env, clock=lambda: self.now)

    def collect(self) -> Collected:
        """One round in this process."""
        settings = ImapSettings.from_environment(self.env)
        assert settings is not None
        return collect_mail(self.circumstances(), settings, self.told.append)

    def receive(self) -> list[Path]:
        """What a run does with the drop folder before answers leave: archive, judge, write receipts."""
        reference, landing = load_reference(self.paths.seeds), Landing(self.paths.home).open()
        receive_all(self.paths.inbox, landing, lambda: self.now, lambda _: None, channel_of)
        drafts = DraftsReader(self.paths, reference)
        for reader in (SubmissionsReader(self.paths, reference), DecisionsReader(self.paths), drafts):
            read_all(landing, reader, lambda _: None)
        folder = self.paths.home / "receipts"
        give_answers(folder, answers(landing, drafts), reference.sessions, lambda _: None)
        return give_receipts(desk_of(self.paths, landing, reference, self.told.append), lambda _: None)

    def answer(self, choice: IfUncertain = IfUncertain.STOP, *, is_read: bool = True) -> Answered:
        """Send what is owed, in this process."""
        sending = Sending("the test", is_read, choice)
        return send_answers(self.circumstances(), sending, self.told.append, environment=self.env)

    def book(self, partner: str = "ANS", session: str = "CNS-13", **answers: Any) -> bytes:
        """A partner's workbook, filled in; what is in it is invented."""
        path = self.paths.home.parent / f"{session}_{partner}.xlsx"
        reference = load_reference(self.paths.seeds)
        write_template(path, reference, session, partner, previous=Previous(), filled=Filled(**answers))
        return path.read_bytes()

    @property
    def ledger(self) -> Any:
        """The ledger, opened."""
        return open_ledger(self.paths.home)

    def drops(self) -> dict[str, bytes]:
        """The files of the drop folder, by place."""
        return {
            str(path.relative_to(self.paths.inbox)): path.read_bytes()
            for path in sorted(self.paths.inbox.rglob("*"))
            if path.is_file()
        }

    def command(self, *arguments: str) -> list[str]:
        """`jalon …` on this installation."""
        places = ["--home", str(self.paths.home), "--inbox", str(self.paths.inbox)]
        return [sys.executable, "-m", "orchestration", *arguments, *places]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command, to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.env, cwd=PROJECT, capture_output=True, text=True, check=False
        )


def environment(*parts: dict[str, str]) -> dict[str, str]:
    """The environment of a command, without any setting of mail but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    for part in parts:
        kept |= part
    return kept


@pytest.fixture
def room(tmp_path: Path, mailbox: Server) -> Room:
    """An installation that knows two partners' addresses and the DNS's."""
    made = Room(Paths(tmp_path / "home", tmp_path / "inbox"), environment(mailbox.env))
    made.paths.inbox.mkdir()
    made.paths.home.mkdir()
    made.contacts(f"ANS,{ANS},Anne Martin,contributor", f"CNAM,{CNAM},,contributor", f"DNS,{DNS},,dns")
    return made


# --- mails -----------------------------------------------------------------------------------------------------------


def mail(
    sender: str = ANS,
    *files: tuple[str, bytes],
    subject: str = "Contribution CNS-13",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A mail as a person's program writes it; the files are workbooks by their declared type."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = dovecot.USER
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Jun 2025 10:00:00 +0200"
    if message_id != "none":
        made = hashlib.sha256(repr((sender, subject, files)).encode()).hexdigest()[:20]
        message["Message-ID"] = message_id or f"<{made}@ans.exemple>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Bonjour,\n\nVoici notre contribution.\n")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype=XLSX, filename=name)
    return message.as_bytes()


def in_an_hour(moment: datetime, hours: float = 1) -> datetime:
    """Later."""
    return moment + timedelta(hours=hours)
