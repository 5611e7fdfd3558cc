"""What every asset is given: the folders of the installation, its clock, its reference and its writer's lock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dagster import Failure

from orchestration.dbt_build import DbtError
from orchestration.locks import BusyError, writing
from orchestration.paths import Paths, now
from orchestration.rendering import RenderingError
from orchestration.warehouse import WarehouseBusyError, open_warehouse
from sources.landing.drops import InboxError
from sources.landing.store import Landing, LandingError
from sources.reference import Reference, load_reference
from sources.reference import ReferenceError as BadReferenceError

Tell = Callable[[str], None]
# Errors whose message already says what, where and the mend: no traceback adds anything to them.
PLAIN_ERRORS = (BusyError, DbtError, InboxError, LandingError, BadReferenceError, RenderingError, WarehouseBusyError)


@dataclass(frozen=True)
class Installation:
    """The resource of the assets: paths and a clock, both replaceable in tests."""

    paths: Paths
    clock: Callable[[], datetime] = now

    def landing(self) -> Landing:
        """The landing, ready to be written; call it under `writing`."""
        return Landing(self.paths.home).open()

    def reference(self) -> Reference:
        """The reference as the seeds have it now."""
        return load_reference(self.paths.seeds)

    @contextmanager
    def writing(self, tell: Tell) -> Iterator[None]:
        """Hold the writer's lock, and turn expected errors into failures that read as one line."""
        with failing_plainly(), writing(self.paths.writer_lock, tell=tell):
            yield

    @contextmanager
    def warehouse(self, tell: Tell) -> Iterator[Any]:
        """A writing connection to the warehouse, under the writer's lock."""
        with self.writing(tell), open_warehouse(self.paths.warehouse, tell=tell) as connection:
            yield connection


@contextmanager
def failing_plainly() -> Iterator[None]:
    """Raise Dagster's Failure, without retries, in place of an error that explains itself.

    A full disk or a folder without rights stops any step in the same way, whichever file it was writing.
    """
    try:
        yield
    except PLAIN_ERRORS as error:
        raise Failure(description=str(error), allow_retries=False) from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        message = f"{place}{error.strerror or error}. Check the rights and the free space, then run again."
        raise Failure(description=message, allow_retries=False) from error
