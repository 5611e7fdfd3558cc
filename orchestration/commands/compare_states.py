"""`jalon diff` and `jalon simulate`: what changed between two states, what files would change."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths
from sources.errors import PlainError
from sources.reference.roadmap import load_reference


def diff(paths: Paths, first: str, second: str, session_code: str | None, *, as_json: bool) -> int:
    """Print every change from one state to another; 0 none, 1 some, 2 a state that cannot be read."""
    from orchestration.services.session.states import StateError, changes_between, sessions_of, state_named

    try:
        states = state_named(paths, first), state_named(paths, second)
        found = list(changes_between(paths, *states, sessions_of(paths, *states, session_code)))
    except StateError as error:
        click.echo(f"error: {error} {error.fix}", err=True)
        return 2
    print_changes(paths, found, as_json=as_json)
    return 1 if found else 0


def simulate(paths: Paths, files: Sequence[Path], session_code: str | None, *, as_json: bool) -> int:
    """Print what accepting these files would change; 0, or 2 when one of them cannot be read or nothing is built."""
    from orchestration.services.session.simulation import simulate

    narrator = Narrator()
    codes = [session_code] if session_code else list(load_reference(paths.seeds).sessions)
    try:
        done = simulate(paths, files, codes, log=narrator)
    except PlainError as error:
        click.echo(f"error: {error} {error.fix}", err=True)
        return 2
    finally:
        narrator.end()
    for name, reason in done.refused.items():
        click.echo(f"{name}: {reason}", err=True)
    print_changes(paths, done.changes, as_json=as_json)
    return 2 if done.refused else 0


def print_changes(paths: Paths, found: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """The changes as JSON, or one French line each."""
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=_plain))
        return
    labels = {key: label.label for key, label in load_reference(paths.seeds).labels.items()}
    for line in lines_of(found, labels):
        click.echo(line)
    if not found:
        click.echo("aucun changement")


def lines_of(found: Sequence[Mapping[str, Any]], labels: Mapping[tuple[str, str], str]) -> list[str]:
    """One French line a change: session, action or table, kind, before and after."""

    def word(value: Any) -> str:
        text = "—" if value is None else str(value)
        return labels.get(("status", text), text)

    lines = []
    for row in found:
        if "table" in row:
            kinds = {"row_added": "ligne ajoutée", "row_removed": "ligne retirée", "row_changed": "ligne modifiée"}
            lines.append(f"{row['session_code']}  {row['table']}\u00a0: {kinds[row['change_kind']]} ({row['key']})")
            continue
        kind = labels.get(("change_kind", row["change_kind"]), row["change_kind"])
        of = row["commitment_id"] or row["kpi_id"] or ""
        place = f"{row['action_code']} {of}".strip()
        lines.append(f"{row['session_code']}  {place}\u00a0: {kind}, {word(row['before'])} → {word(row['after'])}")
    return lines


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
