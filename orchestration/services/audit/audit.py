"""The audit trail: who dropped, decided, published and sent what, when. Append-only, each line bound to the last.

`JALON_HOME/audit/audit.jsonl` holds one JSON object a line; `digest` is the SHA-256 of the line without it,
`previous` the digest of the line before. `head.json` holds how many lines there are and the last digest, so that lines
cut from the end are missed too. Whoever can write both files can forge both: note the head that `jalon doctor` prints
somewhere else.

No address in clear and no secret goes in: lines that can never be changed are no place for either.
"""

import getpass
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.services.runtime.paths import Paths, now
from sources.files import atomic

START = "0" * 64
HEAD_SHORT = 16
# a line whose writer died half way is saved under this name, and never deleted
TORN = "torn-"


class Action(StrEnum):
    """What is written in the trail."""

    DROPPED = "dropped"
    DECIDED = "decided"
    PUBLISHED = "published"
    SENT = "sent"
    ASSUMED_SENT = "assumed_sent"


@dataclass(frozen=True)
class Entry:
    """One line. `actor` is the system's user, `via` the command or run, `detail` what the action was done to."""

    sequence: int
    at: str
    actor: str
    via: str
    action: str
    session_code: str
    detail: Mapping[str, str]
    previous: str
    digest: str = ""

    def sealed(self) -> "Entry":
        """The entry with its digest."""
        return Entry(**{**self.as_dict(), "digest": self._digest()})

    @property
    def is_whole(self) -> bool:
        """Whether the entry is as it was sealed."""
        return self.digest == self._digest()

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    def line(self) -> str:
        """The entry as it is written."""
        return json.dumps(self.as_dict(), ensure_ascii=False, sort_keys=True)

    def _digest(self) -> str:
        fields = {name: value for name, value in self.as_dict().items() if name != "digest"}
        return hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Deed:
    """What is to be noted: a line before it has its place in the chain."""

    action: Action
    session_code: str
    detail: Mapping[str, str]


@dataclass(frozen=True)
class Head:
    """How many lines the trail had when it was last written, the digest of the last, and how many were to follow."""

    count: int = 0
    digest: str = START
    following: int = 1


class AuditTrail:
    """The trail of one installation."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = now) -> None:
        self.folder = folder
        self.file = folder / "audit.jsonl"
        self._head_file = folder / "head.json"
        self._clock = clock

    @classmethod
    def of(cls, paths: Paths, clock: Callable[[], datetime] = now) -> "AuditTrail":
        """The trail under JALON_HOME."""
        return cls(paths.home / "audit", clock)

    def append(self, action: Action, session_code: str, detail: Mapping[str, str], *, via: str) -> Entry:
        """Add one line; when this returns it is on the disk. Writers wait for each other.

        A trail that was tampered with is still written, after its head: what is missing stays missing, and stays seen.
        """
        (entry,) = self.extend([Deed(action, session_code, detail)], via=via)
        return entry

    def extend(self, deeds: Sequence[Deed], *, via: str) -> list[Entry]:
        """Add several lines, to the disk at once."""
        if not deeds:
            return []
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        with FileLock(self.folder / "audit.lock"):
            torn = self._set_torn_line_aside()
            last = self._last()
            at, entries = self._clock().isoformat(timespec="seconds"), []
            head = last
            for deed in deeds:
                entry = Entry(
                    sequence=head.count + 1,
                    at=at,
                    actor=_actor(),
                    via=via,
                    action=deed.action.value,
                    session_code=deed.session_code,
                    detail={**deed.detail, **torn},
                    previous=head.digest,
                ).sealed()
                torn, head = {}, Head(entry.sequence, entry.digest)
                entries.append(entry)
            if len(deeds) > 1:  # else a process that dies before the head is written seems to have put lines back
                self._write_head(Head(last.count, last.digest, len(deeds)))
            self._write_lines(entries)
            self._write_head(head)
        return entries

    def entries(self) -> list[Entry]:
        """The lines that can be read, in order."""
        found = (_parsed(line) for line in self._lines())
        return [entry for entry in found if entry is not None]

    def head(self) -> Head:
        """The trail's head; the start where there is none."""
        try:
            content = json.loads(self._head_file.read_text(encoding="utf-8"))
            return Head(int(content["count"]), str(content["digest"]), int(content.get("following", 1)))
        except (OSError, ValueError, KeyError, TypeError):
            return Head()

    def problems(self) -> list[str]:
        """What is wrong with the trail, line by line; [] when every line is as it was written."""
        found: list[str] = []
        before = Head()
        for number, line in enumerate(self._lines(), start=1):
            entry = _parsed(line)
            if entry is None:
                found.append(f"line {number}: cut or not readable")
                continue
            if not entry.is_whole:
                found.append(f"line {number}: altered since it was written")
            if entry.sequence != before.count + 1:
                found.append(
                    f"line {number}: entry {entry.sequence} follows {before.count}, lines were removed or moved"
                )
            elif entry.previous != before.digest:
                found.append(f"line {number}: does not follow the line before it")
            before = Head(entry.sequence, entry.digest)
        return found + self._problems_of_head(before)

    def _problems_of_head(self, last: Head) -> list[str]:
        head = self.head()
        if head.count > last.count:
            return [f"the last {head.count - last.count} entries are gone"]
        # lines that the head announces: a process that died between the two; the next entry fixes the head
        if last.count - head.count > head.following:
            return [f"{self._head_file.name} is missing or was put back: it has {head.count} entries of {last.count}"]
        if head.count == last.count and head.digest != last.digest:
            return [f"the last entry is not the one {self._head_file.name} names"]
        return []

    def _lines(self) -> list[str]:
        try:
            text = self.file.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return []
        # not `splitlines`: a text may hold a line separator of its own (U+2028), which JSON leaves as it is
        return text.removesuffix("\n").split("\n") if text else []

    def _last(self) -> Head:
        """Where the chain goes on: the head, or the lines that were written after it."""
        head = self.head()
        entries = self.entries()
        if entries and entries[-1].sequence > head.count:
            return Head(entries[-1].sequence, entries[-1].digest)
        return head

    def _set_torn_line_aside(self) -> dict[str, str]:
        """A line whose writer died in the middle was never a line: it is moved beside, and the next line names it."""
        content = self.file.read_bytes() if self.file.exists() else b""
        torn = content[content.rfind(b"\n") + 1 :]
        if not torn:
            return {}
        sha256 = hashlib.sha256(torn).hexdigest()
        (self.folder / f"{TORN}{sha256[:HEAD_SHORT]}.part").write_bytes(torn)
        os.truncate(self.file, len(content) - len(torn))
        return {"torn_line_sha256": sha256}

    def _write_lines(self, entries: Sequence[Entry]) -> None:
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        with open(handle, "ab") as stream:  # noqa: PTH123
            stream.write("".join(f"{entry.line()}\n" for entry in entries).encode())
            stream.flush()
            os.fsync(stream.fileno())

    def _write_head(self, head: Head) -> None:
        atomic.write(self._head_file, f"{json.dumps(asdict(head))}\n", durable=True, mode=0o640)


def dropped(*, partner: str, name: str, sha256: str, channel: str, received_at: str) -> Deed:
    """A file was taken from the drop folder, or given by a command. Which session it is for, only its reader knows."""
    detail = {"partner": partner, "file": name, "sha256": sha256, "channel": channel, "received_at": received_at}
    return Deed(Action.DROPPED, "", detail)


def decided(*, session_code: str, subject: str, decision: str, role: str, sha256: str) -> Deed:
    """Someone, in their role, decided a fact, a conflict or a status, in the file of that SHA-256."""
    detail = {"subject": subject, "decision": decision, "role": role, "sha256": sha256}
    return Deed(Action.DECIDED, session_code, detail)


def record_published(trail: AuditTrail, *, session_code: str, version: int, sha256: str, via: str) -> Entry:
    """A version of a session was frozen."""
    return trail.append(Action.PUBLISHED, session_code, {"version": str(version), "sha256": sha256}, via=via)


def _parsed(line: str) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return entry if isinstance(entry.sequence, int) and isinstance(entry.detail, dict) else None


def _actor() -> str:
    """The system's user; a container may have none by name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
