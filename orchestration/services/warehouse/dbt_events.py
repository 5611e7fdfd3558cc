"""What dbt says while it runs: kept above debugging, for the log file of the last run; below, not made at all.

dbt makes a message of each thing that happens, thousands a build, and lets its loggers drop what nobody reads.
"""

from pathlib import Path
from typing import Any

UNREAD = frozenset({"debug", "test"})


class Said:
    """What dbt said while it ran, debugging left out: the log file of the last run."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def __call__(self, event: Any) -> None:
        """Keep one message, if it is read."""
        if event.info.level not in UNREAD:
            self._lines.append(f"{event.info.level:5} {event.info.msg}")

    def write(self, log: Path) -> Path:
        """Write it in place of the last run's; returns where."""
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        log.write_text("\n".join(self._lines) + "\n")
        return log


def pass_over_debugging() -> None:
    """Put in the place of dbt's manager of events one that makes no message of what nobody reads.

    It stays: a thread of dbt's may still speak after an interrupted build has returned.
    """
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

    class AboveDebugging(EventManager):
        def fire_event(self, e: Any, level: Any = None, *rest: Any, **named: Any) -> None:
            if (level or e.level_tag()).value not in UNREAD:
                super().fire_event(e, level, *rest, **named)

    if type(get_event_manager()) is EventManager:
        ctx_set_event_manager(AboveDebugging())
