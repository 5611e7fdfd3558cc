"""`jalon report` and `jalon rebuild`: the same jobs as in the UI."""

import click

from orchestration.commands.run import Outcome, run_job
from orchestration.locks import writing
from orchestration.narrator import Narrator
from orchestration.paths import Paths
from orchestration.readiness import final_blockers
from orchestration.rendering import rendered_files
from orchestration.unchanged import LastReport, inputs_fingerprint, last_report, note_report


def report(paths: Paths, session_code: str) -> int:
    """Render a session; 0 when it is rendered, 1 when a blocking check or a step failed.

    The writer's lock is held from the first step to the last, so that no other process changes the marts between
    the build and the rendering.
    """
    last = last_report(paths, session_code)
    if last is not None:
        click.echo(f"{session_code}: nothing new since run {last.run_id[:8]}, files unchanged", err=True)
        _say_files(paths, session_code, last)
        return 0
    narrator = Narrator()
    with writing(paths.writer_lock, tell=narrator):
        inputs = inputs_fingerprint(paths) if paths.inbox.is_dir() else ""
        outcome = run_job(paths, "report", narrator, partition_key=session_code, tags={"jalon/command": "report"})
        if not outcome.is_success:
            return _say_failures(outcome)
        done = LastReport(outcome.run_id, rendered_files(paths, session_code), _verdict(paths, session_code, outcome))
        note_report(paths, session_code, inputs, done)
    _say_files(paths, session_code, done)
    return 0


def _verdict(paths: Paths, session_code: str, outcome: Outcome) -> list[str]:
    """What is left to look at, and what keeps the session from its final state."""
    blockers = [f"blocks final: {blocker}" for blocker in final_blockers(paths, session_code)]
    return [*outcome.warnings, *(blockers or [f"nothing blocks the final version of {session_code}"])]


def _say_files(paths: Paths, session_code: str, done: LastReport) -> None:
    for name in done.files:
        click.echo(str(paths.deliverables(session_code) / name))
    for line in done.said:
        click.echo(line)


def rebuild(paths: Paths) -> int:
    """Build the warehouse again from the landing and the reference."""
    narrator = Narrator()
    with writing(paths.writer_lock, tell=narrator):
        outcome = run_job(paths, "rebuild", narrator, tags={"jalon/command": "rebuild"})
    if not outcome.is_success:
        return _say_failures(outcome)
    click.echo(f"rebuilt {paths.warehouse} and {paths.marts}")
    return 0


def _say_failures(outcome: Outcome) -> int:
    for failure in outcome.failures or ["the run failed before its first step"]:
        click.echo(f"error: {failure}", err=True)
    for warning in outcome.warnings:
        click.echo(warning, err=True)
    click.echo(f"run {outcome.run_id}; `jalon dev` shows it in the UI", err=True)
    return 1
