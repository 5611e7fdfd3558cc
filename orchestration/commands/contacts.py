"""`jalon contacts`: whether the addresses of contacts.csv can be used, every error at once and no address printed."""

import click

from orchestration.services.mailroom.contacts import COLUMNS, FILE_NAME, Role, checked_contacts
from orchestration.services.runtime.paths import Paths
from sources.reference.roadmap import load_reference


def contacts(paths: Paths) -> int:
    """Print what is wrong, a line each, else how many addresses there are; 1 when something is wrong."""
    reference = load_reference(paths.seeds)
    path = paths.home / FILE_NAME
    if not path.exists():
        click.echo(f"{path}: not there; nobody is written to. Its first line: {','.join(COLUMNS)}")
        return 0
    found, problems = checked_contacts(paths.home, reference)
    for problem in problems:
        click.echo(f"error: {path}, {problem}", err=True)
    asked = [code for code in reference.partners if reference.actions_of(code)]
    without = [code for code in asked if not found.recipients(code)]
    counts = {role: sum(row.role is role for row in found.rows) for role in Role if role is not Role.STOP}
    click.echo(f"{path}: {', '.join(f'{count} {role}' for role, count in counts.items())}")
    if found.stopped:
        click.echo(f"stopped: {', '.join(sorted(found.stopped))}")
    if without:
        click.echo(f"nobody to write to: {', '.join(without)}")
    return 1 if problems else 0
