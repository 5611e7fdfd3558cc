"""Running a Dagster job in process, on the instance that the UI shows, and saying how it ended."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.services.runtime.failures import failure_reason
from orchestration.services.runtime.paths import Paths

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult, InitLoggerContext, LoggerDefinition

    from orchestration.services.runtime.narrator import Narrator


@dataclass
class Outcome:
    """How a run ended: its id, the first reasons it failed for, the checks that did not pass."""

    run_id: str
    is_success: bool
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def run_job(
    paths: Paths,
    job_name: str,
    narrator: "Narrator",
    *,
    partition_key: str | None = None,
    tags: Mapping[str, str],
    run_config: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run a job of the code location here and now. It waits for the writer's lock, not for the run queue.

    `run_config` is what this run asks for beside what the job always runs with.
    """
    from orchestration.instance.instance import open_instance, prepare_instance

    prepare_instance(paths)  # a folder that cannot be written is stated before anything heavy is imported

    from orchestration.definitions import build_defs
    from orchestration.instance.liveness import fail_dead_runs
    from orchestration.jobs.asset_jobs import RUN_CONFIG

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with open_instance(paths) as instance:
        for run_id in fail_dead_runs(instance, paths.living):
            narrator(f"run {run_id[:8]} had died on the way: what it left undone is done now")
        job = build_defs(paths, loggers={"console": narrating(narrator)}).resolve_job_def(job_name)
        result = job.execute_in_process(
            run_config={**RUN_CONFIG.get(job_name, {}), **(run_config or {}), "loggers": {"console": {"config": {}}}},
            instance=instance,
            partition_key=partition_key,
            raise_on_error=False,
            tags=dict(tags),
        )
    narrator.end()
    return _outcome(result)


def _outcome(result: "ExecuteInProcessResult") -> Outcome:
    outcome = Outcome(result.run_id, result.success)
    for event in result.all_events:
        if event.is_step_failure:
            outcome.failures.append(failure_reason(event.step_failure_data))
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            line = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
            outcome.warnings.append(f"{evaluation.severity.value.lower()}: {line}")
    return outcome


class _Handler(logging.Handler):
    def __init__(self, narrator: "Narrator") -> None:
        super().__init__()
        self._narrator = narrator

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        message = str(meta.get("orig_message", record.getMessage()))
        # Dagster logs a line for each step behind one that failed: the one line that helps would drown.
        if meta.get("dagster_event") is None and not message.endswith("Not executing."):
            self._narrator(message)


def narrating(narrator: "Narrator") -> "LoggerDefinition":
    """The console logger of a run launched from the command line: the assets' own lines, nothing of Dagster's."""
    from dagster import LoggerDefinition

    def console(_context: "InitLoggerContext") -> logging.Logger:
        made = logging.Logger("jalon", level=logging.INFO)
        made.addHandler(_Handler(narrator))
        return made

    return LoggerDefinition(console, description="The command line's progress.")
