"""`jalon status`: who was to send, who sent, on time, to correct, accepted; by which way, and what was mailed."""

import json
from contextlib import suppress
from dataclasses import asdict

import click

from orchestration.services.mailroom.correspondence import HEADERS as MAIL_HEADERS
from orchestration.services.mailroom.correspondence import correspondence_of
from orchestration.services.reception.ingest import refused_files
from orchestration.services.reception.readers import landing_readings
from orchestration.services.reception.rereading import reread_lines
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.figures import HEADERS, board_of, cells_of
from orchestration.services.warehouse.database import marts_digest
from sources.command_line import command
from sources.landing.drops import InboxError, Problem, list_drops
from sources.landing.store import Landing
from sources.landing.unfinished import unfinished
from sources.reference.roadmap import load_reference


def status(paths: Paths, session_code: str, *, as_json: bool) -> int:
    """Print the partner board of a session; 1 when nothing was built yet."""
    if marts_digest(paths.marts) is None:
        click.echo(
            f"error: {paths.marts}: nothing built yet. Run `{command('report', '--session', session_code)}` first.",
            err=True,
        )
        return 1
    board, mails = board_of(paths.marts, session_code), correspondence_of(paths, session_code)
    read_again, waiting = reread_lines(paths.receipts, session_code), unfinished(Landing(paths.home))
    if as_json:
        slugs = {code: item.partner_slug for code, item in load_reference(paths.seeds).partners.items()}
        lines = [
            {
                **asdict(line),
                **asdict(mails[line.partner]),
                "read_again": [asdict(again) for again in read_again if again.partner == line.partner],
                "waiting": [item.file_name for item in waiting if item.folder in (line.partner, slugs[line.partner])],
            }
            for line in board
        ]
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
        return 0
    table: list[tuple[str, ...]] = [(session_code, *HEADERS[1:], *MAIL_HEADERS)]
    table += [(*cells_of(line), *mails[line.partner].cells) for line in board]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for name, *figures in table:
        shown = [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
        click.echo("  ".join([name.ljust(widths[0]), *shown]))
    problems: list[Problem] = []
    with suppress(InboxError):
        problems = list_drops(paths.inbox).problems
    for row in refused_files(landing_readings(paths)):
        whose = row["folder"] or row["channel"]
        click.echo(f"{whose}, {row['sha256'][:12]}\u00a0: refusé, {row['rule']}. {row['message']}")
    for text in (
        *(item.text for item in read_again),
        *(item.text for item in waiting),
        *(item.text for item in problems),
    ):
        click.echo(text)
    return 0
