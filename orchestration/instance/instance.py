"""The Dagster instance of an installation: `$JALON_HOME/dagster`, the same for the command line and the UI."""

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.instance.storage import require_storage
from orchestration.services.runtime.paths import Paths
from sources.files import atomic

if TYPE_CHECKING:
    from dagster import DagsterInstance

SETTINGS = "dagster.yaml"


def prepare_instance(paths: Paths) -> Path:
    """Make the instance's folder, with the project's settings in it, and say in the environment where it is.

    StorageError when its history is kept in a database that does not answer.
    """
    require_storage()
    home = paths.dagster_home
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    settings = (paths.project / SETTINGS).read_bytes()
    placed = home / SETTINGS
    if not placed.exists() or placed.read_bytes() != settings:
        atomic.write(placed, settings)
    paths.export()
    return home


def open_instance(paths: Paths) -> "DagsterInstance":
    """The instance, to be used as a context manager."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(prepare_instance(paths)))


if __name__ == "__main__":  # what the services run before they start: deploy/systemd, deploy/compose
    prepare_instance(Paths.from_environment())
