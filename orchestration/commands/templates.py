"""`jalon templates`: the partners' workbooks of a session."""

from pathlib import Path

import click

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.templates import UnknownPartnerError, write_templates


def templates(paths: Paths, session_code: str, partner_code: str | None, out: Path | None) -> int:
    """Write the workbooks and print each path; 2 for an unknown partner."""
    try:
        written = write_templates(paths, session_code, partner_code, out, lambda line: click.echo(line, err=True))
    except UnknownPartnerError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    for path in written:
        click.echo(str(path))
    return 0
