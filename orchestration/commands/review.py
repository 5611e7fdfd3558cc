"""`jalon review`: what waits for a person's decision goes out as a workbook, and comes back as decisions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.commands.run import run_job
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths, now
from orchestration.services.warehouse.database import marts_digest
from sources.command_line import command
from sources.french.typography import counted, spaced
from sources.landing.store import Landing, LandingError
from sources.reference.roadmap import load_reference

if TYPE_CHECKING:
    from sources.review import ReviewReading


def export(paths: Paths, session_code: str, target: Path) -> int:
    """Write the review workbook of a session; 1 when nothing was built yet."""
    from orchestration.services.session.review import candidates_of
    from sources.review import export_review

    if marts_digest(paths.marts) is None:
        report = command("report", "--session", session_code)
        _refuse(f"{paths.marts} : rien n’est encore construit → lancez d’abord « {report} »")
        return 1
    candidates = candidates_of(paths.marts, load_reference(paths.seeds), session_code)
    export_review(candidates, target)
    waiting = sum(fact.state == "waiting" for fact in candidates.facts)
    click.echo(
        spaced(
            f"{target} : {counted(waiting, 'fait')} et {counted(len(candidates.conflicts), 'conflit')} à trancher, "
            f"{counted(len(candidates.commitments), 'engagement')} à lire, "
            f"{counted(len(candidates.subjects), 'sujet')} sur lesquels décider"
        )
    )
    return 0


def take(paths: Paths, session_code: str, source: Path) -> int:
    """Take what a workbook decides and reads, then build what it changes; 1 when a row or the file is refused."""
    from sources.review import ReviewError, read_review

    try:
        reading = read_review(source)
    except ReviewError as error:
        _refuse(str(error))
        return 1
    if reading.session_code != session_code:
        again = command("review", "--session", reading.session_code, "--import", str(source))
        _refuse(
            f"{source.name} est la revue du {reading.session_code}, non du {session_code} → importez-la par « {again} »"
        )
        return 1
    for row in reading.refused:
        received = f" reçu «\u00a0{row.received}\u00a0»," if row.received else " cellule vide,"
        click.echo(f"{row.sheet}!{row.cell}\u00a0:{received} attendu {row.expected}. {row.fix}", err=True)
    if reading.is_empty:
        refused = f"{counted(len(reading.refused), 'ligne')} refusée{'s' if len(reading.refused) > 1 else ''}"
        click.echo(spaced(f"{source.name} : rien à prendre, {refused} ; rien n’est enregistré"))
        return 1 if reading.refused else 0
    return _store(paths, source, reading)


def _store(paths: Paths, source: Path, reading: "ReviewReading") -> int:
    """Archive the file and run the job that reads it, under one lock; the job notes each decision in the trail.

    A file received before is given to the job too: an import killed after it had received it left the rest undone.
    """
    narrator = Narrator()
    try:
        with writing(paths.writer_lock, log=narrator):
            _, is_new = Landing(paths.home).open().receive(source, channel="decisions", received_at=now())
            outcome = run_job(paths, "decide", narrator, tags={"jalon/command": "review"})
    except LandingError as error:
        _refuse(str(error))
        return 1
    if not outcome.is_success:
        for failure in outcome.failures or ["l’exécution a échoué avant sa première étape"]:
            _refuse(failure)
        return 1
    taken = "" if is_new else " (fichier déjà reçu)"
    click.echo(
        spaced(
            f"{source.name} : {counted(len(reading.decisions), 'décision')} et "
            f"{counted(len(reading.readings), 'lecture')} à prendre en compte{taken}, "
            f"{counted(len(reading.refused), 'ligne')} refusée{'s' if len(reading.refused) > 1 else ''}"
        )
    )
    return 1 if reading.refused else 0


def _refuse(reason: str) -> None:
    click.echo(spaced(f"erreur : {reason}"), err=True)
