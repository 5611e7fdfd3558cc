"""The base of every error that explains itself. It belongs to the ground: it imports nothing of ours."""

from typing import ClassVar


class PlainError(Exception):
    """An expected error: its message has what, where, the value received and what was expected.

    `fix` is what a data engineer does about it, in one sentence. `is_transient` is true when the same thing tried
    again may succeed without anyone doing anything. Both belong to the class.
    """

    fix: ClassVar[str] = "Do what the message asks."
    is_transient: ClassVar[bool] = False
