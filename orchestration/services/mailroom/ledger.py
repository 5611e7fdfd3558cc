"""What became of every mail and remote file: one SQLite file, `JALON_HOME/mailroom/ledger.db`, written at each.

A mail is known by its content (`Incoming.identity`), and by the places it was seen in (folder, UIDVALIDITY, UID). No
address is in it: an author is a digest and a masked form, and both are taken out once the contact is erased. The caller
holds the mailroom's lock.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from orchestration.services.mailroom.editions import REPLY, SHORT
from sources.errors import PlainError

FOLDER = "mailroom"
FILE_NAME = "ledger.db"
LAYOUT_VERSION = 2
NOTICE_LIFE = timedelta(days=7)


class LedgerError(PlainError):
    """The ledger cannot be read or written; the message names why."""

    fix = "Put `mailroom/ledger.db` back from the backup; mails in the mailbox are taken again, none twice."


class Outcome(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"
    #: from somebody known, with nothing in it that can be taken: answered, and for a person to read
    NOTHING = "nothing"
    #: set apart for a person: its author is unknown, not authentic, or sent too much
    HELD = "held"
    BOUNCE = "bounce"
    #: a server that goes on trying
    DELAY = "delay"
    #: a machine's, with nothing in it
    AUTOMATIC = "automatic"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Mail:
    """One mail and what became of it. Times are ISO, in UTC; `day` is that of its arrival in Paris."""

    identity: str
    message_id: str
    references: str
    subject: str
    sender_key: str
    sender: str
    partner: str
    arrived_at: str
    collected_at: str
    day: str
    size: int
    outcome: Outcome
    reason: str
    authenticity: str
    is_answerable: bool
    folder: str


@dataclass(frozen=True)
class TakenFile:
    """One file of a mail: the name it came under, where it was put, or why it was not."""

    name: str
    sha256: str
    size: int
    partner: str = ""
    place: str = ""
    fate: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether it lies in the drop folder."""
        return bool(self.place)


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that did not arrive: its session and edition in the outbox, for whom, the server's status."""

    session_code: str
    edition: str
    recipient_key: str
    partner: str
    status: str
    at: str


@dataclass(frozen=True)
class RemoteFile:
    """One state of one file of a remote folder (`mark` is its size and ETag or time), and what became of it."""

    channel: str
    name: str
    mark: str
    sha256: str
    way: str
    fate: str
    at: str


@dataclass(frozen=True)
class Sighting:
    """Where a mail was seen."""

    folder: str
    validity: int
    uid: int


class AnswerState(StrEnum):
    """How far an answer has got."""

    SENT = "sent"
    REFUSED = "refused"
    #: it may have left before a crash: only a person can decide
    UNCERTAIN = "uncertain"
    TO_TRY_AGAIN = "to_try_again"


@dataclass(frozen=True)
class Notice:
    """One notice to the DNS: what names it, when it was planned, its mails."""

    name: str
    at: str
    identities: tuple[str, ...]

    def is_within(self, now: datetime) -> bool:
        """Whether it is still worth sending: what was planned while nobody could be reached is old after a week."""
        return self.at >= time_text(now - NOTICE_LIFE)


@dataclass(frozen=True)
class Answer:
    """What became of one mail of ours to one recipient: its edition in the outbox, the session it is about, when."""

    edition: str
    recipient_key: str
    partner: str
    session_code: str
    state: AnswerState
    at: str

    @property
    def is_done(self) -> bool:
        """Whether nothing more is tried: it arrived, or the server refused it for good."""
        return self.state in (AnswerState.SENT, AnswerState.REFUSED)


@dataclass(frozen=True)
class Known:
    """An address of contacts.csv, by its digest: its partner, and since when it is known."""

    key: str
    partner: str
    since: str


@dataclass(frozen=True)
class Sums:
    """What came of one partner on one day."""

    mails: int
    size: int


class Ledger:
    """The open ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # --- mails ---------------------------------------------------------------------------------------------------

    def seen(self, sighting: Sighting) -> Mail | None:
        """The mail that was dealt with when it was seen there."""
        where = "where identity = (select identity from sighting where folder = ? and validity = ? and uid = ?)"
        return self._one(where, astuple(sighting))

    def find(self, identity: str) -> Mail | None:
        """The mail of that identity."""
        return self._one("where identity = ?", (identity,))

    def record(self, mail: Mail, files: Sequence[TakenFile], sighting: Sighting, bounce: Bounce | None = None) -> None:
        """Note what became of a mail, in one transaction: when this returns it is on the disk."""
        with self._connection:
            self._connection.execute("delete from file where identity = ?", (mail.identity,))
            self._write("mail", asdict(mail), replacing=True)
            for position, file in enumerate(files):
                self._write("file", {"identity": mail.identity, "position": position, **asdict(file)})
            if bounce is not None:
                self._write("bounce", {"identity": mail.identity, **asdict(bounce)}, replacing=True)
            self._write("sighting", {**asdict(sighting), "identity": mail.identity}, replacing=True)

    def see(self, mail: Mail, sighting: Sighting) -> None:
        """Note that a known mail was seen in another place."""
        with self._connection:
            self._write("sighting", {**asdict(sighting), "identity": mail.identity}, replacing=True)

    def mails(self, where: str = "", values: Sequence[object] = ()) -> list[Mail]:
        """Mails by arrival."""
        return list(self._mails(f"{where} order by arrived_at, identity", values))

    def files(self, mail: Mail) -> list[TakenFile]:
        """A mail's files, in their order in it."""
        rows = self._rows("file", TakenFile, "where identity = ? order by position", (mail.identity,))
        return [TakenFile(*row) for row in rows]

    def sums(self, partner: str, day: date, *, without: str) -> Sums:
        """What was taken of a partner on one day, the mail `without` aside."""
        row = self._connection.execute(
            "select count(*), coalesce(sum(size), 0) from mail "
            "where partner = ? and day = ? and outcome in (?, ?) and identity <> ?",
            (partner, day.isoformat(), Outcome.TAKEN, Outcome.NOTHING, without),
        ).fetchone()
        return Sums(*row)

    def mailed_contents(self, authenticity: str) -> dict[str, bool]:
        """The content of every file that a mail brought, and whether a mail that did had this authenticity."""
        rows = self._connection.execute(
            "select file.sha256, max(mail.authenticity = ?) from file join mail on file.identity = mail.identity "
            "where file.place <> '' group by file.sha256",
            (authenticity,),
        )
        return {sha256: bool(is_such) for sha256, is_such in rows}

    # --- remote folders ------------------------------------------------------------------------------------------

    def note_remote(self, file: RemoteFile) -> None:
        """Note what became of a remote file."""
        with self._connection:
            self._write("remote_file", asdict(file), replacing=True)

    def remote_files(self, channel: str) -> list[RemoteFile]:
        """The files of one remote folder that were dealt with, in the order in which they were."""
        rows = self._rows("remote_file", RemoteFile, "where channel = ? order by rowid", (channel,))
        return [RemoteFile(*row) for row in rows]

    def remote_ways(self) -> dict[str, str]:
        """The content of every file that a remote folder brought, and which kind of folder it was."""
        return dict(self._connection.execute("select sha256, way from remote_file where fate = 'taken'"))

    def listed_at(self, channel: str) -> str:
        """When a remote folder was last listed; nothing before the first time."""
        row = self._connection.execute("select at from remote_look where channel = ?", (channel,)).fetchone()
        return row[0] if row else ""

    def note_listing(self, channel: str, at: datetime) -> None:
        """Note that a remote folder was listed, and that nothing in it is left to take."""
        with self._connection:
            self._write("remote_look", {"channel": channel, "at": time_text(at)}, replacing=True)

    def placed(self, channel: str) -> dict[str, str]:
        """Name and content of the answers that were put into a remote folder."""
        return dict(self._connection.execute("select name, sha256 from remote_answer where channel = ?", (channel,)))

    def note_placed(self, channel: str, name: str, sha256: str) -> None:
        """Note that an answer was put into a remote folder."""
        with self._connection:
            self._write("remote_answer", {"channel": channel, "name": name, "sha256": sha256}, replacing=True)

    # --- bounces -------------------------------------------------------------------------------------------------

    def bounces(self) -> list[Bounce]:
        """Every mail of ours that came back."""
        return [Bounce(*row) for row in self._rows("bounce", Bounce, "order by at", ())]

    # --- answers -------------------------------------------------------------------------------------------------

    def note_answer(self, answer: Answer) -> None:
        """Note what became of a mail of ours."""
        with self._connection:
            self._write("answer", asdict(answer), replacing=True)

    def answers(self, where: str = "", values: Sequence[object] = ()) -> list[Answer]:
        """Mails of ours, by time."""
        found = (Answer(*row) for row in self._rows("answer", Answer, f"{where} order by at", values))
        return [replace(answer, state=AnswerState(answer.state)) for answer in found]

    def owed_to(self, since: datetime) -> set[str]:
        """The authors of mails taken since then that are to be answered and have no answer yet, or one to try again."""
        rows = self._connection.execute(
            "select mail.sender_key from mail left join answer on answer.edition = ? || substr(mail.identity, 1, ?) "
            "where mail.is_answerable = 1 and mail.collected_at >= ? and (answer.edition is null or answer.state = ?)",
            (REPLY, SHORT, time_text(since), AnswerState.TO_TRY_AGAIN),
        )
        return {key for (key,) in rows}

    def answered_since(self, recipient_key: str, since: datetime) -> int:
        """How many mails left to one address since a time, or may have."""
        row = self._connection.execute(
            "select count(*) from answer where recipient_key = ? and at >= ? and state in ('sent', 'uncertain')",
            (recipient_key, time_text(since)),
        ).fetchone()
        return int(row[0])

    def plan_notice(self, identities: Sequence[str], at: datetime) -> Notice:
        """Note the mails of one notice to the DNS, before it leaves."""
        name = hashlib.sha256("".join(identities).encode()).hexdigest()[:SHORT]
        with self._connection:
            for identity in identities:
                self._write("notice", {"identity": identity, "name": name, "at": time_text(at)})
        return Notice(name, time_text(at), tuple(identities))

    def notices(self) -> list[Notice]:
        """The notices that were planned, by time."""
        found: dict[tuple[str, str], list[str]] = {}
        for at, name, identity in self._connection.execute("select at, name, identity from notice order by at, name"):
            found.setdefault((at, name), []).append(identity)
        return [Notice(name, at, tuple(identities)) for (at, name), identities in found.items()]

    # --- addresses -----------------------------------------------------------------------------------------------

    def know(self, addresses: Mapping[str, str], at: datetime) -> list[str]:
        """Note the addresses there are, by digest, with their partners; forget the others. Which were forgotten."""
        known = {row[0] for row in self._connection.execute("select key from known")}
        gone = sorted(known - addresses.keys())
        with self._connection:
            for key in addresses.keys() - known:
                self._write("known", {"key": key, "partner": addresses[key], "since": time_text(at)})
            for key in gone:
                self._connection.execute(
                    "update mail set sender_key = '', sender = '', subject = '', message_id = '', \"references\" = '', "
                    "is_answerable = 0 where sender_key = ?",
                    (key,),
                )
                self._connection.execute("delete from known where key = ?", (key,))
                self._connection.execute("delete from answer where recipient_key = ?", (key,))
                self._connection.execute("update bounce set recipient_key = '' where recipient_key = ?", (key,))
        return gone

    def known(self) -> dict[str, Known]:
        """The addresses there are, by digest."""
        return {row[0]: Known(*row) for row in self._rows("known", Known, "", ())}

    # --- the conversation with SQLite ----------------------------------------------------------------------------

    def _one(self, where: str, values: Sequence[object]) -> Mail | None:
        return next(self._mails(where, values), None)

    def _mails(self, where: str, values: Sequence[object]) -> Iterator[Mail]:
        for row in self._rows("mail", Mail, where, values):
            mail = Mail(*row)
            yield replace(mail, outcome=Outcome(mail.outcome), is_answerable=bool(mail.is_answerable))

    def _rows(self, table: str, row: type, where: str, values: Sequence[object]) -> Iterator[Any]:
        names = ", ".join(f'"{field.name}"' for field in fields(row))
        yield from self._connection.execute(f"select {names} from {table} {where}", tuple(values))

    def _write(self, table: str, values: dict[str, object], *, replacing: bool = False) -> None:
        columns = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        verb = "insert or replace" if replacing else "insert"
        self._connection.execute(f"{verb} into {table} ({columns}) values ({marks})", tuple(values.values()))


@contextmanager
def open_ledger(home: Path) -> Iterator[Ledger]:
    """The ledger, made where it is not there. LedgerError when it cannot be used."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    path = folder / FILE_NAME
    connection = sqlite3.connect(path, timeout=30, isolation_level="DEFERRED")
    try:
        path.chmod(0o640)
        _prepare(connection)
        yield Ledger(connection)
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"{path}: {error}.") from error
    finally:
        connection.close()


def time_text(moment: datetime) -> str:
    """A time as the ledger stores it: in UTC, so that texts compare as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _prepare(connection: sqlite3.Connection) -> None:
    # What is forgotten is overwritten, not only unlinked.
    connection.executescript("pragma synchronous = full; pragma secure_delete = on; pragma foreign_keys = on;")
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > LAYOUT_VERSION:
        message = f"written by a newer version of jalon (layout {version}, this one knows {LAYOUT_VERSION})"
        raise sqlite3.DatabaseError(message)
    if version == LAYOUT_VERSION:
        return
    with connection:
        for statement in _statements():
            connection.execute(statement)
        connection.execute(f"pragma user_version = {LAYOUT_VERSION}")


def _statements() -> Iterable[str]:
    yield _table("mail", Mail, "primary key (identity)")
    yield "create index if not exists mail_by_partner on mail (partner, day)"
    yield _table(
        "file", TakenFile, "identity text not null, position integer not null, primary key (identity, position)"
    )
    yield _table("bounce", Bounce, "identity text not null, primary key (identity)")
    yield _table("answer", Answer, "primary key (edition, recipient_key)")
    yield _table("known", Known, "primary key (key)")
    yield "create table if not exists notice (identity text primary key, name text not null, at text not null)"
    yield _table("remote_file", RemoteFile, "primary key (channel, name, mark)")
    yield "create table if not exists remote_look (channel text primary key, at text not null)"
    yield (
        "create table if not exists remote_answer "
        "(channel text not null, name text not null, sha256 text not null, primary key (channel, name))"
    )
    yield _table("sighting", Sighting, "identity text not null, primary key (folder, validity, uid)")


def _table(name: str, row: type, rest: str) -> str:
    columns = ", ".join(
        f'"{field.name}" {"integer" if field.type in (int, bool) else "text"} not null' for field in fields(row)
    )
    return f"create table if not exists {name} ({columns}, {rest})"
