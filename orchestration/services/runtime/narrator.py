"""The log of a command while it works: one line that changes on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable
from typing import TextIO

# takes one line of progress
Log = Callable[[str], None]


class Narrator:
    """Writes progress on standard error, so that standard output holds the results alone."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._on_terminal = self._stream.isatty()

    def __call__(self, line: str) -> None:
        """Write one line of progress."""
        if self._on_terminal:
            self._stream.write(f"\r\x1b[2K{line[:110]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the terminal's line clean."""
        if self._on_terminal:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
