"""`jalon status`: who was to send, who sent, on time, to correct, accepted."""

import json
from dataclasses import asdict

import click

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.figures import HEADERS, board_of, cells_of
from orchestration.services.warehouse.database import marts_digest
from sources.command_line import command


def status(paths: Paths, session_code: str, *, as_json: bool) -> int:
    """Print the partner board of a session; 1 when nothing was built yet."""
    if marts_digest(paths.marts) is None:
        click.echo(
            f"error: {paths.marts}: nothing built yet. Run `{command('report', '--session', session_code)}` first.",
            err=True,
        )
        return 1
    board = board_of(paths.marts, session_code)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in board], ensure_ascii=False, indent=1))
        return 0
    table = [(session_code, *HEADERS[1:]), *map(cells_of, board)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADERS))]
    for name, *figures in table:
        shown = [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
        click.echo("  ".join([name.ljust(widths[0]), *shown]))
    return 0
