"""The outbox: one small file for each session, edition and recipient, that says how far its mail has got.

`JALON_HOME/outbox/<session>/<edition>/<recipient's key>.json`, written aside, flushed to the disk, renamed. A mail goes
through `intent` (nothing has left), `handing_over` (its end is about to be given: from here on it may have left) and
`sent`. Whoever finds `handing_over` when no process is at work finds a mail nobody can know the fate of.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from sources.files import atomic


class State(StrEnum):
    """How far a mail has got."""

    INTENT = "intent"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    #: a person decided, after a crash, that it had left
    ASSUMED_SENT = "assumed_sent"
    NOT_SENT = "not_sent"

    @property
    def is_done(self) -> bool:
        """Whether the recipient has it, so that it must not be sent again."""
        return self in (State.SENT, State.ASSUMED_SENT)


class OutboxError(Exception):
    """A record that cannot be trusted; the message names the file and the fix."""


@dataclass(frozen=True, slots=True)
class Record:
    """One mail to one recipient. `contents` is the checksum of the files; `at` the time of the last change (ISO).

    `recipient` is the masked address: the mail is known by the key, and nobody has to be forgotten here. `is_permanent`
    is stated about a mail that the server refused for good.
    """

    session_code: str
    edition: str
    recipient_key: str
    recipient: str
    message_id: str
    contents: str
    state: State
    at: str
    attempts: int = 0
    reason: str = ""
    is_permanent: bool = False

    @property
    def masked(self) -> str:
        """The recipient as logs and the audit trail print it; records of an older version have it in clear."""
        return f"{self.recipient[:1]}…@{self.recipient.rpartition('@')[2]}"

    def now(self, state: State, at: str, reason: str = "", *, is_permanent: bool = False) -> "Record":
        """The same mail, further on."""
        attempts = self.attempts + (state is State.INTENT)
        return replace(self, state=state, at=at, attempts=attempts, reason=reason, is_permanent=is_permanent)


class Outbox:
    """The records under one folder. Callers hold `lock_file` while they send, so that two never send one mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def lock_file(self) -> Path:
        """The file to lock while sending."""
        return self.folder / "send.lock"

    def find(self, session_code: str, edition: str, recipient_key: str) -> Record | None:
        """The record of one mail; None when it was never begun."""
        path = self._path(session_code, edition, recipient_key)
        return _read(path) if path.exists() else None

    def edition(self, session_code: str, edition: str) -> list[Record]:
        """Every record of one edition."""
        return [_read(path) for path in sorted((self.folder / session_code / edition).glob("*.json"))]

    def session(self, session_code: str) -> list[Record]:
        """Every record of one session."""
        return [_read(path) for path in sorted((self.folder / session_code).glob("*/*.json"))]

    def records(self) -> Iterator[Record]:
        """Every record there is."""
        for path in sorted(self.folder.glob("*/*/*.json")):
            yield _read(path)

    def write(self, record: Record) -> None:
        """Keep a record: when this returns it is on the disk, whatever happens next."""
        path = self._path(record.session_code, record.edition, record.recipient_key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        content = json.dumps(asdict(record), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        atomic.write(path, content, durable=True, mode=0o600)
        for folder in (path.parent.parent, self.folder):  # which may be new
            atomic.flush(folder)

    def forget(self, record: Record) -> None:
        """Take a record away: nobody knows any more that this mail was sent."""
        self._path(record.session_code, record.edition, record.recipient_key).unlink(missing_ok=True)

    def _path(self, session_code: str, edition: str, recipient_key: str) -> Path:
        return self.folder / session_code / edition / f"{recipient_key}.json"


def _read(path: Path) -> Record:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{**content, "state": State(content["state"])})
    except (ValueError, TypeError, KeyError) as error:
        message = (
            f"{path}\u00a0: illisible, nul ne sait si ce courriel est parti. Remettez-le depuis la sauvegarde, "
            "ou supprimez-le une fois sûr qu’il n’est pas parti."
        )
        raise OutboxError(message) from error
