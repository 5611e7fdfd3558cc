"""`jalon report`: the same job as in the UI."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from orchestration.commands.run import Outcome, run_job
from orchestration.services.reception import judging
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.readiness import final_blockers, require_needed
from orchestration.services.session.rendering import RenderingError, folder_of, render_fiches
from orchestration.services.session.rendering_record import rendered_in, rendered_state, warnings_in
from orchestration.services.session.report_cache import LastReport, inputs_fingerprint, last_report, note_report
from orchestration.services.session.state import PUBLISHED
from orchestration.services.session.waivers import NO_WAIVER, WaiverError, WaiverOrder, record_waivers
from sources.command_line import command
from sources.landing.drops import InboxError
from sources.reference.roadmap import load_reference


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: a state (None: the current one), fiches of some actions, absences to accept."""

    session_code: str
    state: str | None = None
    actions: Sequence[str] = ()
    waivers: WaiverOrder = NO_WAIVER


def report(paths: Paths, asked: Asked) -> int:
    """Render a session; 0 when it is rendered, 1 when a blocking check, a step or the final version is refused.

    The writer's lock is held from the first step to the last, so that no other process changes the marts between
    the build and the rendering.
    """
    is_plain = asked.state is None and not asked.actions and not asked.waivers.subjects
    last = last_report(paths, asked.session_code) if is_plain else None
    if last is not None:
        click.echo(
            f"{asked.session_code}\u00a0: rien de nouveau depuis l’exécution {last.run_id[:8]}, fichiers inchangés",
            err=True,
        )
        _print_files(paths, asked.session_code, last)
        return 0
    narrator = Narrator()
    try:
        with writing(paths.writer_lock, log=narrator):
            require_needed(paths, asked.session_code, asked.waivers)
            record_waivers(paths.home, asked.session_code, asked.waivers, load_reference(paths.seeds), now())
            return _reported(paths, asked, narrator)
    except (RenderingError, WaiverError) as error:
        click.echo(f"erreur\u00a0: {error}", err=True)
        return 1


def _reported(paths: Paths, asked: Asked, narrator: Narrator) -> int:
    session_code = asked.session_code
    inputs = _inputs(paths)
    judging.start_if_needed(paths)
    outcome = run_job(
        paths,
        "report",
        narrator,
        partition_key=session_code,
        tags={"jalon/command": "report"},
        run_config={"ops": {"deliverables": {"config": {"state": asked.state or ""}}}},
    )
    if not outcome.is_success:
        return print_failures(outcome)
    fiches = render_fiches(paths, session_code, asked.actions, narrator)
    folder = folder_of(paths, session_code, asked.state)
    done = LastReport(outcome.run_id, rendered_in(folder), _verdict(paths, session_code, folder, outcome))
    if folder == paths.deliverables(session_code):
        note_report(paths, session_code, inputs, done)
    for path in (*(folder / name for name in done.files), *fiches):
        click.echo(str(path))
    for line in done.printed:
        click.echo(line)
    return 0


def _inputs(paths: Paths) -> str:
    try:
        return inputs_fingerprint(paths)
    except InboxError:  # the run reports it
        return ""


def _verdict(paths: Paths, session_code: str, folder: Path, outcome: Outcome) -> list[str]:
    """What is left to check, and what blocks the final state of the session."""
    if rendered_state(folder) == PUBLISHED:
        return [
            *outcome.warnings,
            f"{session_code} est publié\u00a0; docs/guide-dns.md dit comment le corriger par un erratum",
        ]
    blockers = [f"bloque la version finale\u00a0: {blocker}" for blocker in final_blockers(paths, session_code)]
    to_look_at = [f"à regarder\u00a0: {line}" for line in warnings_in(folder)]
    return [*outcome.warnings, *to_look_at, *(blockers or [f"rien ne bloque la version finale du {session_code}"])]


def _print_files(paths: Paths, session_code: str, done: LastReport) -> None:
    for name in done.files:
        click.echo(str(paths.deliverables(session_code) / name))
    for line in done.printed:
        click.echo(line)


def print_failures(outcome: Outcome) -> int:
    """Print why a run failed, one line each; 1."""
    for failure in outcome.failures or ["l’exécution a échoué avant sa première étape"]:
        for line in failure.splitlines():
            click.echo(f"erreur\u00a0: {line}", err=True)
    for warning in outcome.warnings:
        click.echo(warning, err=True)
    click.echo(f"exécution {outcome.run_id}\u00a0; `{command('dev')}` la montre dans l’interface", err=True)
    return 1
