"""The jobs `diff` and `simulate`: changes between two states, or by files, as a table on the run's page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import Config, JobDefinition, MetadataValue, OpExecutionContext, ResourceParam, job, op
from pydantic import Field

from orchestration.assets import groups
from orchestration.failures import failure
from orchestration.resources import Installation, failing_plainly
from orchestration.services.session.simulation import simulate as simulate_files
from orchestration.services.session.states import changes_between, sessions_of, state_named
from orchestration.services.warehouse.database import markdown_table

COLUMNS = ("session_code", "action_code", "change_kind", "before", "after", "commitment_id", "kpi_id", "table", "key")


class DiffConfig(Config):
    """The two states."""

    first: str = Field(description="`CNS-12/v1`, or the path of a file made by `jalon rebuild --to FILE`.")
    second: str = Field(default="now", description="Likewise; `now` is the marts as they are.")
    session: str = Field(default="", description="One session; all of them when empty.")


class SimulateConfig(Config):
    """The files to try."""

    files: list[str] = Field(description="Paths on the server: workbooks, filled reviews, documents.")
    session: str = Field(default="", description="One session; all of them when empty.")


@op(name="compare_states", description="Lists what changed from one state to another.")
def compare_states(context: OpExecutionContext, config: DiffConfig, installation: ResourceParam[Installation]) -> None:
    """The same as `jalon diff`. Fails for a state that is not there."""
    paths = installation.paths
    with failing_plainly(paths.home):
        first, second = state_named(paths, config.first), state_named(paths, config.second)
        found = list(changes_between(paths, first, second, sessions_of(paths, first, second, config.session or None)))
    context.add_output_metadata({"changes": len(found), "table": _table(found)})


@op(name="simulate_files", description="Lists what accepting files would change; stores nothing.", pool=groups.WRITER)
def try_files(context: OpExecutionContext, config: SimulateConfig, installation: ResourceParam[Installation]) -> None:
    """The same as `jalon simulate`. Fails when a file is not there."""
    paths, files = installation.paths, [Path(name) for name in config.files]
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise failure(f"no such file: {', '.join(missing)}", fix="Give paths that the server can read.")
    codes = [config.session] if config.session else list(installation.reference().sessions)
    with failing_plainly(paths.home):
        done = simulate_files(paths, files, codes, log=context.log.info)
    refused = markdown_table(["file", "reason"], list(done.refused.items()))
    context.add_output_metadata(
        {"changes": len(done.changes), "table": _table(done.changes), "refused": MetadataValue.md(refused)}
    )


def state_jobs() -> list[JobDefinition]:
    """The two jobs."""

    @job(name="diff", description="What changed between two states of the facts. `jalon diff`.")
    def diff() -> None:
        compare_states()

    @job(name="simulate", description="What accepting files would change; nothing is stored. `jalon simulate`.")
    def simulate() -> None:
        try_files()

    return [diff, simulate]


def _table(found: Sequence[Mapping[str, Any]]) -> MetadataValue[Any]:
    return MetadataValue.md(markdown_table(list(COLUMNS), [[row.get(name) for name in COLUMNS] for row in found]))
