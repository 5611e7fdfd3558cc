"""`jalon report` and `jalon rebuild`: the same jobs as in the UI."""

import click

from orchestration.commands.run import Outcome, run_job
from orchestration.narration import Narrator
from orchestration.paths import Paths
from orchestration.readiness import final_blockers


def report(paths: Paths, session_code: str) -> int:
    """Render a session; 0 when it is rendered, 1 when a blocking check or a step failed."""
    outcome = run_job(paths, "report", Narrator(), partition_key=session_code, tags={"jalon/command": "report"})
    if not outcome.is_success:
        return _say_failures(outcome)
    for warning in outcome.warnings:
        click.echo(warning, err=True)
    folder = paths.deliverables(session_code)
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        click.echo(path)
    blockers = final_blockers(paths.marts, session_code)
    for blocker in blockers:
        click.echo(f"blocks final: {blocker}")
    if not blockers:
        click.echo(f"nothing blocks the final version of {session_code}")
    return 0


def rebuild(paths: Paths) -> int:
    """Build the warehouse again from the landing and the reference."""
    outcome = run_job(paths, "rebuild", Narrator(), tags={"jalon/command": "rebuild"})
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
