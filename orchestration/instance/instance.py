"""The Dagster instance of an installation: `$JALON_HOME/dagster`, the same for the command line and the UI."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.instance.retention import tick_retention
from orchestration.instance.storage import require_storage
from orchestration.services.runtime.paths import Paths
from sources.command_line import command
from sources.errors import PlainError
from sources.files import atomic

if TYPE_CHECKING:
    from dagster import DagsterInstance

SETTINGS = "dagster.yaml"


def prepare_instance(paths: Paths) -> Path:
    """Make the instance's folder, with the settings of the environment in it, and name it in the environment.

    StorageError when its history is in a database that does not answer.
    """
    settings = _settings(paths, require_storage())
    home = paths.dagster_home
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    placed = home / SETTINGS
    if not placed.exists() or placed.read_text(encoding="utf-8") != settings:
        atomic.write(placed, settings)
    paths.export()
    return home


def _settings(paths: Paths, storage_url: str | None) -> str:
    """The project's dagster.yaml, how long ticks last, the database of the environment (never with a password)."""
    project = (paths.project / SETTINGS).read_text(encoding="utf-8")
    settings = f"{project}\nretention: {json.dumps(tick_retention())}\n"
    if storage_url is None:
        return settings
    # SQLAlchemy 2.1 takes `postgresql://` for another driver than the one dagster-postgres brings.
    driven = storage_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    return f"{settings}\nstorage:\n  postgres:\n    postgres_url: {json.dumps(driven)}\n"


def open_instance(paths: Paths) -> "DagsterInstance":
    """The instance, to be used as a context manager."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(prepare_instance(paths)))


class ForeignInstanceError(PlainError):
    """Dagster was started on an instance that is not the home's."""

    fix = "Run `jalon dev`, or name both folders of the message."


def require_own_instance(paths: Paths, environment: Mapping[str, str] = os.environ) -> None:
    """ForeignInstanceError unless Dagster runs on the home's own instance.

    Else a plain `dagster dev`, on an instance of its own, would take files into the real home and run every schedule.
    """
    instance = environment.get("DAGSTER_HOME")
    if instance and Path(instance).expanduser().resolve() == paths.dagster_home:
        return
    message = (
        f"Dagster runs on {instance or 'an instance of its own'}, the state is in {paths.home}: nothing is loaded. Run "
        f"`{command('dev')}`, or set JALON_HOME={paths.home} and DAGSTER_HOME={paths.dagster_home}."
    )
    raise ForeignInstanceError(message)


if __name__ == "__main__":  # what the services run before they start: deploy/systemd, deploy/compose
    prepare_instance(Paths.from_environment())
