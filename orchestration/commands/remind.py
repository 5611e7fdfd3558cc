"""`jalon remind`: the texts partners are due on a day, as files to read and send."""

from datetime import date
from pathlib import Path

import click

from orchestration.services.runtime.paths import Paths, now
from orchestration.services.session.reminding import write_reminders
from orchestration.services.warehouse.database import marts_digest
from sources.command_line import command


def remind(paths: Paths, session_code: str, day: date | None, out: Path | None) -> int:
    """Write the texts due on `day`, today when not given, and print each file; 1 when nothing was built yet."""
    from exports.reminders import kind_on
    from sources.reference.roadmap import load_reference

    if marts_digest(paths.marts) is None:
        click.echo(
            f"error: {paths.marts}: nothing built yet. Run `{command('report', '--session', session_code)}` first.",
            err=True,
        )
        return 1
    due_on = load_reference(paths.seeds).sessions[session_code].contributions_due_on
    kind = kind_on(day or now().date(), due_on)
    if kind is None:
        click.echo(f"{session_code}: nothing is due yet; contributions are due on {due_on}.", err=True)
        return 0
    written = write_reminders(paths, session_code, kind, out)
    for path in written:
        click.echo(str(path))
    click.echo(f"{session_code}, {kind}: {len(written)} text(s) for contributions due on {due_on}", err=True)
    return 0
