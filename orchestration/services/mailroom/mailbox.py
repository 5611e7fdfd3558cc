"""A mailbox over IMAP: what waits in its folder, one mail's bytes, and moving a mail to another folder.

What is done with a mail does not belong here. Three habits of servers decide how this is written:

- capabilities change at login, and the standard library does not ask for them again;
- a FETCH may answer OK and bring nothing (Exchange Online, iCloud): it is tried again, then left for the next round;
- an EXPUNGE without a range removes whatever anybody marked as deleted: only UID EXPUNGE is ever used, and where the
  server does not have it a mail that was copied stays behind, struck out.
"""

import base64
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from exports.mail import redact
from exports.mail.account import is_password_over, token_fix
from exports.mail.settings import Tls
from orchestration.services.mailroom.settings import PREFIX, ImapSettings
from sources.errors import PlainError

# imaplib reads lines of a megabyte at most: so many mails are listed by one command
LISTED_AT_ONCE = 200
FETCH_TRIES = 3
SECONDS_BETWEEN_TRIES = 0.5
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_DELIMITER = re.compile(rb'\) "(\\.|[^"\\])"')
_MESSAGES = re.compile(rb"MESSAGES (\d+)")

Answer = Sequence[Any]


class ChannelError(PlainError):
    """A mailbox that cannot be reached or used now; one line, without any secret."""

    fix = "Check JALON_IMAP_* and the network; what waits in the mailbox stays there."
    is_transient = True


class RefusedAccountError(ChannelError):
    """The server does not take the account: nothing changes by itself."""

    fix = "Give the mailbox's account its password or its token (JALON_IMAP_*)."
    is_transient = False


class NothingFetchedError(Exception):
    """The server answered OK and sent no mail, several times: the mail is left for the next round."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail in the folder, before it is read: its UID, when the server got it, how large it is."""

    uid: int
    arrived_at: datetime | None
    size: int
    is_struck_out: bool = False


@contextmanager
def open_mailbox(settings: ImapSettings) -> Iterator["Mailbox"]:
    """The mailbox, logged in, its folder open for writing. ChannelError, or SettingsError for a token."""
    settings = settings.with_token()
    connection = _connected(settings)
    mailbox = Mailbox(connection, settings)
    try:
        mailbox.begin()
        yield mailbox
    finally:
        # Not `close`, which expunges the folder.
        with suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


class Mailbox:
    """An open folder. `validity` names the numbering of its UIDs: under another one they mean other mails."""

    def __init__(self, connection: imaplib.IMAP4, settings: ImapSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._capabilities: frozenset[str] = frozenset()
        self._folders: dict[str, str] = {}
        self._count = 0
        self.validity = 0

    @property
    def name(self) -> str:
        """What names the folder in records."""
        return f"{self._settings.account.user}@{self._settings.host}/{self._settings.folder}"

    def begin(self) -> None:
        """Log in and open the folder for writing."""
        self._log_in()
        # A server lists its capabilities after login; the standard library only knows those listed before.
        (listed, *_) = self._ask("CAPABILITY", self._connection.capability)
        self._capabilities = frozenset((listed or b"").decode("ascii", "replace").upper().split())
        (count, *_) = self._ask("SELECT", self._connection.select, quoted(self._settings.folder))
        self._count = int(count or 0)
        (validity, *_) = self._connection.response("UIDVALIDITY")[1]
        self.validity = int(validity or 0)

    # --- listing and reading -------------------------------------------------------------------------------------

    def waiting(self) -> list[Waiting]:
        """Every mail that was in the folder when it was opened, oldest first; nothing is fetched."""
        found: dict[int, Waiting] = {}
        for first in range(1, self._count + 1, LISTED_AT_ONCE):
            numbers = f"{first}:{min(first + LISTED_AT_ONCE - 1, self._count)}"
            wanted = "(UID FLAGS INTERNALDATE RFC822.SIZE)"
            for line in self._ask("FETCH", self._connection.fetch, numbers, wanted):
                mail = _waiting(line)
                if mail is not None:
                    found[mail.uid] = mail
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int) -> bytes:
        """A mail's bytes, without marking it as read. NothingFetchedError when the server brings none."""
        return self._fetched(uid, "")

    def fetch_header(self, uid: int) -> bytes:
        """A mail's header alone, for one too large to be taken."""
        return self._fetched(uid, "HEADER")

    def _fetched(self, uid: int, section: str) -> bytes:
        for attempt in range(1, FETCH_TRIES + 1):
            # Some servers bring nothing for the form that leaves the mail unread: the last try does without.
            item = f"(BODY[{section}])" if attempt == FETCH_TRIES else f"(BODY.PEEK[{section}])"
            for part in self._ask("UID FETCH", self._connection.uid, "FETCH", str(uid), item):
                if isinstance(part, tuple) and part[1] and _is_of(uid, part[0]):
                    return bytes(part[1])
            time.sleep(SECONDS_BETWEEN_TRIES if attempt < FETCH_TRIES else 0)
        raise NothingFetchedError(f"mail {uid}: the server answers OK and sends nothing, {FETCH_TRIES} times")

    # --- moving --------------------------------------------------------------------------------------------------

    def move(self, uid: int, folder: str) -> None:
        """Put a mail in another folder, made where it is not there. ChannelError leaves it where it was."""
        target, connection = self._folder(folder), self._connection
        if "MOVE" in self._capabilities:
            self._ask("UID MOVE", connection.uid, "MOVE", str(uid), target)
            return
        before = self._messages(target)
        connection.response("COPYUID")  # of an earlier copy
        self._ask("UID COPY", connection.uid, "COPY", str(uid), target)
        is_copied = any(connection.response("COPYUID")[1]) or self._messages(target) > before
        if not is_copied:
            raise ChannelError(
                f"{self._where}: the copy of a mail to « {folder} » did not arrive; it stays. Run again later."
            )
        self._ask("UID STORE", connection.uid, "STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        self.remove_struck_out(uid)

    def remove_struck_out(self, uid: int) -> None:
        """Take a mail that was copied and struck out, and no other, out of the folder, where the server can do that."""
        if "UIDPLUS" in self._capabilities:
            self._ask("UID EXPUNGE", self._connection.uid, "EXPUNGE", str(uid))

    def _folder(self, name: str) -> str:
        """The folder's name as commands take it; made, below INBOX where the server wants everything there."""
        if name not in self._folders:
            candidates = (quoted(name), quoted(f"INBOX{self._delimiter()}{name}"))
            found = next(filter(self._is_there, candidates), None) or next(filter(self._is_made, candidates), None)
            if found is None:
                raise ChannelError(
                    f"{self._where}: the folder « {name} » cannot be made. Make it by hand, then run again."
                )
            self._folders[name] = found
        return self._folders[name]

    def _is_there(self, folder: str) -> bool:
        try:
            self._messages(folder)
        except _RefusedError:
            return False
        return True

    def _is_made(self, folder: str) -> bool:
        try:
            self._ask("CREATE", self._connection.create, folder)
        except _RefusedError:
            return False
        with suppress(_RefusedError):
            self._ask("SUBSCRIBE", self._connection.subscribe, folder)
        return True

    def _delimiter(self) -> str:
        lines = [line for line in self._ask("LIST", self._connection.list, '""', '""') if isinstance(line, bytes)]
        found = next(filter(None, map(_DELIMITER.search, lines)), None)
        return found[1].decode("ascii", "replace")[-1] if found else "/"

    def _messages(self, folder: str) -> int:
        (line, *_) = self._ask("STATUS", self._connection.status, folder, "(MESSAGES)")
        found = _MESSAGES.search(line or b"")
        return int(found[1]) if found else 0

    # --- the conversation ----------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        account, connection = self._settings.account, self._connection
        try:
            if account.token is not None:
                # A refusal comes as a challenge first; the empty answer to it brings the server's last word.
                connection.authenticate(
                    "XOAUTH2", lambda challenge: b"" if challenge else account.xoauth2.encode("ascii")
                )
            else:
                connection.login(account.user, account.password or "")
        except (connection.abort, OSError) as error:
            raise self._broken(error) from None
        except connection.error as error:
            reason = self._reason(error)
            is_over = account.token is None and (
                is_password_over(reason, self._settings.host) or "LOGINDISABLED" in connection.capabilities
            )
            fix = token_fix(PREFIX) if is_over else f"Check {PREFIX}USER and its password or token."
            raise RefusedAccountError(f"{self._where}: refuses the account ({reason}). {fix}") from None

    def _ask(self, what: str, command: Callable[..., tuple[str, Answer]], *arguments: str) -> Answer:
        """What a command brings. ChannelError when the connection is gone, and when the server refuses."""
        connection = self._connection
        try:
            status, data = command(*arguments)
        except connection.readonly:
            raise ChannelError(
                f"{self._where}: {self._settings.folder} is read-only. Give {PREFIX}USER the right to move mails."
            ) from None
        except (connection.abort, OSError) as error:
            raise self._broken(error) from None
        except connection.error as error:
            raise _RefusedError(f"{self._where}: {what} fails ({self._reason(error)}). Run again later.") from None
        if status != "OK":
            reason = b" ".join(part for part in data if isinstance(part, bytes)).decode(errors="replace")
            raise _RefusedError(
                f"{self._where}: {what} is refused ({redact(reason, self._settings.account.secrets)}). Run again later."
            )
        return data

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def _broken(self, error: Exception) -> ChannelError:
        return ChannelError(f"{self._where}: the connection broke ({self._reason(error)}). Run again later.")

    def _reason(self, error: Exception) -> str:
        return _reason(error, self._settings)


class _RefusedError(ChannelError):
    """The server answers, and refuses one command."""


def quoted(folder: str) -> str:
    """A folder's name as IMAP commands take it: modified UTF-7 (RFC 3501, 5.1.3), in quotes."""
    text = "".join(
        run.replace("&", "&-") if run.isascii() else _base64(run)
        for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder)
    )
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _base64(run: str) -> str:
    return f"&{base64.b64encode(run.encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-"


def _connected(settings: ImapSettings) -> imaplib.IMAP4:
    where = f"{settings.host}:{settings.port}"
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    try:
        if settings.tls is Tls.IMPLICIT:
            return imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=context, timeout=settings.timeout)
        connection = imaplib.IMAP4(settings.host, settings.port, timeout=settings.timeout)
        if settings.tls is Tls.STARTTLS:
            connection.starttls(context)
    except ssl.SSLError as error:
        fix = f"Check {PREFIX}HOST, {PREFIX}TLS and {PREFIX}CA_FILE."
        message = f"{where}: no trusted TLS ({_reason(error, settings)}). {fix}"
        raise RefusedAccountError(message) from None
    except (OSError, imaplib.IMAP4.error) as error:
        message = f"{where}: {_reason(error, settings)}. Check {PREFIX}HOST, {PREFIX}PORT, {PREFIX}TLS and the network."
        raise ChannelError(message) from None
    return connection


def _reason(error: Exception, settings: ImapSettings) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return redact(str(error) or type(error).__name__, settings.account.secrets).rstrip(".")


def _waiting(line: Any) -> Waiting | None:
    """One line of the listing; None for a line of another kind."""
    text = line[0] if isinstance(line, tuple) else line
    if not isinstance(text, bytes):
        return None
    uid, size = _UID.search(text), _SIZE.search(text)
    if uid is None or size is None:
        return None
    flags, arrived = _FLAGS.search(text), _ARRIVED.search(text)
    is_struck_out = flags is not None and b"\\deleted" in flags[1].lower().split()
    return Waiting(int(uid[1]), _moment(arrived[1]) if arrived else None, int(size[1]), is_struck_out)


def _moment(text: bytes) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.decode("ascii").strip())
    except (ValueError, TypeError, IndexError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _is_of(uid: int, envelope: bytes) -> bool:
    """Whether a part of an answer is of this mail: servers speak of others too, unasked."""
    found = _UID.search(envelope)
    return found is None or int(found[1]) == uid
