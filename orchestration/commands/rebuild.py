"""`jalon rebuild`: the warehouse again from the landing and the reference, in place, beside, or as known on a day."""

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.commands.report import print_failures
from orchestration.commands.run import run_job
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths
from sources.command_line import command
from sources.errors import PlainError
from sources.files import atomic

if TYPE_CHECKING:
    from orchestration.services.warehouse.comparison import TableDifference

HERE, LANDING = "jalon.duckdb", "the landing"


def rebuild(paths: Paths) -> int:
    """Build in place and print what that changed; 1 when the run failed."""
    from orchestration.services.warehouse.database import marts_content

    narrator = Narrator()
    before = marts_content(paths.marts)
    with writing(paths.writer_lock, log=narrator):
        outcome = run_job(paths, "rebuild", narrator, tags={"jalon/command": "rebuild"})
    if not outcome.is_success:
        return print_failures(outcome)
    after = marts_content(paths.marts) or {}
    click.echo(f"rebuilt {paths.warehouse} from the landing and the reference")
    if before is None:
        click.echo(f"{paths.marts}: written, {len(after)} tables")
        return 0
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    same = f"{paths.marts}: every row of its {len(after)} tables is as it was"
    click.echo(f"{paths.marts}: changed in {', '.join(changed)}" if changed else same)
    return 0


def compare(paths: Paths) -> int:
    """Build beside and print the tables and keys that differ; 1 when some do, or when it cannot be built."""
    from orchestration.services.reception.readers import landing_readings
    from orchestration.services.warehouse.beside import differences_from

    narrator = Narrator()
    if not paths.marts.exists():
        click.echo(f"error: {paths.marts}: not built yet. `{command('report')}` builds it.", err=True)
        return 1
    try:
        with writing(paths.writer_lock, log=narrator):
            found = differences_from(paths, landing_readings(paths), log=narrator)
    except PlainError as error:
        click.echo(f"error: {error} {error.fix}", err=True)
        return 1
    finally:
        narrator.end()
    print_differences(found)
    if not found:
        click.echo(f"{paths.marts}: every row is what the landing and the reference give")
    return 1 if found else 0


def print_differences(found: "list[TableDifference]") -> None:
    """One line a table, then the fix."""
    for difference in found:
        click.echo(difference.line(HERE, LANDING))
    if found:
        click.echo(f"`{command('rebuild')}` builds these tables again; find out who wrote in them")


def rebuild_to(paths: Paths, target: Path, known_on: dt.date | None) -> int:
    """Write the marts of the landing, or of what it held on a day, to a file of their own; 1 when they cannot be."""
    from orchestration.services.reception.readers import landing_readings
    from orchestration.services.warehouse.beside import built_beside

    narrator = Narrator()
    try:
        with writing(paths.writer_lock, log=narrator):
            readings = landing_readings(paths, known_on)
            with built_beside(paths, readings, log=narrator) as beside:
                target.parent.mkdir(parents=True, exist_ok=True)
                with atomic.written(target) as aside:
                    shutil.copyfile(beside.marts, aside)
    except PlainError as error:
        click.echo(f"error: {error} {error.fix}", err=True)
        return 1
    finally:
        narrator.end()
    when = f" received by {known_on}" if known_on else ""
    click.echo(f"{target}: {len(readings)} readings{when}")
    return 0
