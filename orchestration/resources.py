"""What every asset is given: the folders of the installation, its clock, its reference and its writer's lock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster import DagsterError, Failure, InitResourceContext, ResourceDefinition, RetryRequested, resource

from orchestration.failures import failure, fix_of, fix_of_unforeseen, place_of
from orchestration.instance.liveness import living
from orchestration.services.runtime.errors import explained
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.warehouse.database import open_warehouse
from sources.landing.store import Landing
from sources.reference.roadmap import Reference, load_reference

# What may pass by itself (a DuckDB file open elsewhere, a network drive that blinks) is tried again; nothing else is.
RETRIES = 3
SECONDS_BETWEEN = 20


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
    def writing(self, log: Log) -> Iterator[None]:
        """Hold the writer's lock, and turn every error into a failure with its fix."""
        with (
            failing_usefully(),
            failing_plainly(self.paths.home),
            writing(self.paths.writer_lock, log=log),
        ):
            yield

    @contextmanager
    def warehouse(self, log: Log) -> Iterator[Any]:
        """A writing connection to the warehouse, under the writer's lock."""
        with self.writing(log), open_warehouse(self.paths.warehouse, log=log) as connection:
            yield connection


def installation_resource(installation: Installation) -> ResourceDefinition:
    """The installation for the runs of a code location: each is known to be alive while it has it."""

    @resource(description="Folders, clock, reference and writer's lock of this installation.")
    def lent(context: InitResourceContext) -> Iterator[Installation]:
        if context.run is None:
            yield installation
        else:
            with living(installation.paths.living, context.run.run_id):
                yield installation

    return lent


@contextmanager
def failing_plainly(where: Path | None = None) -> Iterator[None]:
    """Raise Dagster's Failure in place of an error that can be explained: one line, no traceback.

    A permanent one (bad input, a full disk, no rights) stops at once; one that may pass by itself is tried again.
    """
    try:
        yield
    except Exception as error:
        why = explained(error, where)
        if why is None:
            raise
        if why.is_transient:
            raise RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from Failure(why.message)
        raise failure(why.message, fix=fix_of(error)) from error


@contextmanager
def failing_usefully() -> Iterator[None]:
    """Raise Dagster's Failure, with what to do, in place of an error nobody foresaw; its traceback stays below it."""
    try:
        yield
    except (Failure, DagsterError, RetryRequested):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise failure(what, where=place_of(error), fix=fix_of_unforeseen(error)) from error
