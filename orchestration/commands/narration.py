"""A run launched from the command line tells its progress: the assets' `context.log.info`, and nothing of Dagster's."""

import logging

from dagster import InitLoggerContext, LoggerDefinition

from orchestration.services.runtime.narrator import Narrator


class _Handler(logging.Handler):
    def __init__(self, narrator: Narrator) -> None:
        super().__init__()
        self._narrator = narrator

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        said = str(meta.get("orig_message", record.getMessage()))
        # Of the steps behind one that failed Dagster says a line each: the one line that helps would drown.
        if meta.get("dagster_event") is None and not said.endswith("Not executing."):
            self._narrator(said)


def narrating(narrator: Narrator) -> LoggerDefinition:
    """The console logger of a run launched from the command line."""

    def console(_context: InitLoggerContext) -> logging.Logger:
        made = logging.Logger("jalon", level=logging.INFO)
        made.addHandler(_Handler(narrator))
        return made

    return LoggerDefinition(console, description="The command line's progress.")
