"""What a reader of received files is, whatever the channel, and how its key is made."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from sources.files.memo import Memo
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference

KEY_LENGTH = 12


class UnreadableFileError(Exception):
    """A reader cannot make anything of a file; the message names why, for the person who has to deal with it."""

    def __init__(self, message: str, rule: str = "FILE_UNREADABLE") -> None:
        super().__init__(message)
        self.rule = rule


class Reader(Protocol):
    """One channel's reader: what it makes of a file depends on its key alone."""

    @property
    def channel(self) -> "Channel":
        """The channel it reads."""

    @property
    def key(self) -> str:
        """The reading key: another one means that every file is read again."""

    @property
    def published(self) -> Collection[str]:
        """The published sessions, whose files stay as they were read whatever the key; none where files have none."""

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """Rows by landing table. UnreadableFileError when there is nothing to be had.

        ChildDiedError when the reading did not end: nothing is known of the file.
        """

    def close(self) -> None:
        """End the processes it reads with; another reading starts them again."""


def reading_key(memo: "Memo", module: str, *data: Any) -> str:
    """The key of the reader in a module, for some data: its code, what that imports, the data."""
    return memo.key(module, data=data)[:KEY_LENGTH]


def judged_against(reference: "Reference") -> Mapping[str, Any]:
    """What a file is judged against: the reference, and of the sessions their cut-offs alone.

    A session that opens or closes changes nothing in the content of a file.
    """
    known = {field.name: getattr(reference, field.name) for field in fields(reference)}
    return known | {"sessions": {code: session.cut_off for code, session in reference.sessions.items()}}
