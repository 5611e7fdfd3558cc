"""What dbt says: a warning lost would leave nothing to look at when a build fails."""

from pathlib import Path

from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note

from orchestration.services.warehouse.dbt_events import Said, pass_over_debugging


def test_what_is_above_debugging_is_kept_and_the_rest_passed_over(tmp_path: Path) -> None:
    said, seen = Said(), []
    pass_over_debugging()
    manager = get_event_manager()
    before, manager.callbacks = manager.callbacks, [said, lambda event: seen.append(event.info.level)]
    try:
        for level in (EventLevel.DEBUG, EventLevel.INFO, EventLevel.WARN, EventLevel.ERROR):
            fire_event(Note(msg=f"told as {level.value}"), level=level)
        fire_event(Note(msg="told as what it is"))
    finally:
        manager.callbacks = before
    log = said.write(tmp_path / "dbt.log").read_text()
    assert all(f"told as {level}" in log for level in ("info", "warn", "error"))
    assert "debug" not in seen
