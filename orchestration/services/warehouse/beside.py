"""The warehouse built a second time, beside what is there, from the landing and the reference.

By it: what is published is compared with what the landing says, an installation is checked in depth, a session is built
as it was known on a day, a file is tried before it is accepted.
"""

import shutil
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build, engines
from orchestration.services.warehouse.comparison import ENGINE_DIGITS, TableDifference, compare_marts
from orchestration.services.warehouse.database import copy_marts, open_warehouse
from sources.errors import PlainError
from sources.landing.load import load_raw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sources.landing.store import Reading

PREFIX = ".beside-"


class BesideError(PlainError):
    """The second warehouse could not be built; the message names the models or tests that failed."""

    fix = "Fix what the message names; `jalon rebuild` shows the same failure with its log."


@dataclass(frozen=True)
class Beside:
    """A warehouse built beside: its readers' copy."""

    marts: Path


@contextmanager
def built_beside(paths: Paths, readings: "Sequence[Reading]", *, log: Log) -> "Iterator[Beside]":
    """The marts of these readings, in a folder of the home that is removed afterwards. BesideError, LandingError.

    The caller holds the writer's lock. What is there is not touched.
    """
    paths.home.mkdir(parents=True, exist_ok=True, mode=0o750)
    for left in paths.home.glob(f"{PREFIX}*"):  # the writer's lock is held: these are of dead processes
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=PREFIX, dir=paths.home))
    scratch = replace(paths, home=folder)
    try:
        log(f"building beside from {len(readings)} readings of the landing")
        with open_warehouse(scratch.warehouse, log=log) as connection:
            load_raw(connection, readings)
            results = engines.build(scratch, connection, readings)
            failed = [result for result in results if result.is_failure]
            if failed:
                named = "; ".join(f"{result.unique_id.split('.')[2]} ({result.message})" for result in failed[:5])
                raise BesideError(f"dbt: {len(failed)} failed beside: {named}.")
            copy_marts(connection, scratch.marts, "beside")
        yield Beside(scratch.marts)
    finally:
        paths.export()  # dbt's profile was pointed at the folder
        shutil.rmtree(folder, ignore_errors=True)


def differences_from(
    paths: Paths, readings: "Sequence[Reading]", *, log: Log, without_sessions: "Collection[str]" = ()
) -> list[TableDifference]:
    """Where the readers' copy is not what these readings of the landing give: [] when every row is the same."""
    with built_beside(paths, readings, log=log) as beside:
        digits = None if dbt_build.engine() == dbt_build.DUCKDB else ENGINE_DIGITS
        return compare_marts(
            paths.marts, beside.marts, row_keys(paths), digits=digits, without_sessions=without_sessions
        )


def row_keys(paths: Paths) -> dict[str, list[str]]:
    """The columns that identify a row of each mart, by table: what the models' tests `unique_key` and `unique` say."""
    manifest = dbt_build.read_manifest(dbt_build.manifest(paths))
    found: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata")
        if not test or not node.get("attached_node"):
            continue
        table = node["attached_node"].split(".")[2]
        if test["name"] == "unique_key":
            found[table] = list(test["kwargs"]["columns"])
        elif test["name"] == "unique":
            found.setdefault(table, [test["kwargs"]["column_name"]])
    return found
