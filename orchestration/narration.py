"""What a command says while it works: one line that changes on a terminal, plain lines elsewhere.

Dagster's own logging stays in the run's event log; the assets' `context.log.info` is what is told here.
"""

import logging
import sys
from typing import TextIO

from dagster import InitLoggerContext, LoggerDefinition


class Narrator:
    """Writes progress on standard error, so that standard output holds the results alone."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._on_terminal = self._stream.isatty()

    def __call__(self, line: str) -> None:
        """Say one line of progress."""
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


class _Handler(logging.Handler):
    def __init__(self, narrator: Narrator) -> None:
        super().__init__()
        self._narrator = narrator

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        if meta.get("dagster_event") is None:
            self._narrator(str(meta.get("orig_message", record.getMessage())))


def narrating(narrator: Narrator) -> LoggerDefinition:
    """The console logger of a run launched from the command line."""

    def console(_context: InitLoggerContext) -> logging.Logger:
        made = logging.Logger("jalon", level=logging.INFO)
        made.addHandler(_Handler(narrator))
        return made

    return LoggerDefinition(console, description="The command line's progress.")
