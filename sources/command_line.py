"""The command that a message asks its reader to run: whole, quoted, with the folders that the user named.

It belongs to the ground: it imports nothing of ours. A message that names a command builds it here, so that the line
printed is the line that works.
"""

import shlex
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class _Called:
    program: str = "jalon"
    places: tuple[str, ...] = ()


_AS_INSTALLED = _Called()
_called: ContextVar[_Called] = ContextVar("called", default=_AS_INSTALLED)


def remember_call(program: str, places: Sequence[str]) -> None:
    """Note how the user called `jalon`, and the --home and --inbox given, which every hint then repeats."""
    name = program.rpartition("/")[2]
    _called.set(_Called(program if name == "jalon" else "jalon", tuple(places)))


def command(*arguments: str) -> str:
    """A whole command of `jalon`, quoted for a shell: `command("report", "--session", "CNS-13")`."""
    called = _called.get()
    return shlex.join([called.program, *arguments, *called.places])
