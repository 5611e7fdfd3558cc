"""A code location with the real schedules of the calendar and jobs that do nothing, as the daemon loads one.

The clock is Dagster's own, which the tests move; the session table is the one of JALON_TEST_PROJECT.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from dagster import Definitions, JobDefinition, OpExecutionContext, StaticPartitionsDefinition, job, op
from dagster._time import get_current_datetime

from orchestration.schedules.calendar_schedules import calendar_schedules
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.calendar import events_of
from sources.reference.roadmap import load_sessions


def nothing_job(name: str, codes: Sequence[str]) -> JobDefinition:
    @op(
        name="write_letters" if name == "remind" else f"{name}_nothing",
        config_schema={"kind": str} if name == "remind" else None,
    )
    def nothing(context: OpExecutionContext) -> None:
        context.log.info("nothing")

    @job(name=name, partitions_def=StaticPartitionsDefinition(list(codes)))
    def made() -> None:
        nothing()

    return made


def calendar_defs() -> Definitions:
    project = Path(os.environ["JALON_TEST_PROJECT"])
    paths = Paths(home=project, inbox=project, project=project)
    codes = list(load_sessions(paths.seeds))
    return Definitions(
        jobs=[nothing_job(name, codes) for name in sorted({event.job for event in events_of()})],
        schedules=calendar_schedules(paths, codes, clock=get_current_datetime),
    )


defs = calendar_defs() if "JALON_TEST_PROJECT" in os.environ else Definitions()
