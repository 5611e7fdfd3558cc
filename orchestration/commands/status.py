"""`jalon status`: who was to send, who sent, on time, to correct, accepted."""

import json
from dataclasses import asdict, dataclass

import click

from orchestration.paths import Paths
from orchestration.warehouse import marts_digest, open_marts


@dataclass(frozen=True)
class PartnerStatus:
    """One line of the partner board."""

    partner: str
    expected: int
    received: int
    is_on_time: bool | None
    to_correct: int
    accepted: int


def status(paths: Paths, session_code: str, *, as_json: bool) -> int:
    """Print the partner board of a session; 1 when nothing was built yet."""
    if marts_digest(paths.marts) is None:
        click.echo(f"error: {paths.marts}: nothing built yet. Run `jalon report` first.", err=True)
        return 1
    board = _board(paths, session_code)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in board], ensure_ascii=False, indent=1))
        return 0
    width = max((len(line.partner) for line in board), default=10)
    click.echo(f"{session_code:<{width}}  attendu  reçu  à l’heure  à corriger  validé")
    for line in board:
        on_time = {True: "oui", False: "non", None: "—"}[line.is_on_time]
        click.echo(
            f"{line.partner:<{width}}  {line.expected:>7}  {line.received:>4}  {on_time:>9}  "
            f"{line.to_correct:>10}  {line.accepted:>6}"
        )
    return 0


def _board(paths: Paths, session_code: str) -> list[PartnerStatus]:
    with open_marts(paths.marts) as connection:
        rows = connection.execute(
            "select partner_code, expected, received, is_on_time, rejected, accepted "
            "from marts.mart_partner_completeness where session_code = ? order by partner_code",
            [session_code],
        ).fetchall()
    return [PartnerStatus(*row) for row in rows]
