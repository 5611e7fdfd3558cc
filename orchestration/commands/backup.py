"""`jalon backup` and `jalon restore`: an installation into one file, and back."""

from pathlib import Path

import click

from orchestration.services.backup.archive import ArchiveError
from orchestration.services.runtime.locks import BusyError
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths
from sources.command_line import command
from sources.landing.store import LandingError


def backup(paths: Paths, target: Path) -> int:
    """Write the backup and print its checksum; 1 when there is none, or when files are missing from it."""
    from orchestration.services.backup.backup import back_up

    narrator = Narrator()
    try:
        saved = back_up(paths, target, log=narrator)
    except (ArchiveError, BusyError, LandingError) as error:
        click.echo(f"error: {error}", err=True)
        return 1
    finally:
        narrator.end()
    click.echo(str(saved.path))
    click.echo(
        f"{saved.files} files, {saved.size / 1e6:.1f} MB, sha256 {saved.sha256}; read again, "
        f"{saved.checked} files compared byte for byte"
    )
    for line in saved.left_out:
        click.echo(f"not in the backup: {line}. Give jalon's user the right to read it, then back up again.", err=True)
    return 1 if saved.left_out else 0


def verify_backup(paths: Paths, archive: Path) -> int:
    """Compare every file of a backup with its catalogue and print how many; 1 when it could not be restored."""
    from orchestration.services.backup.backup import verify

    try:
        path, checked = verify(archive, paths)
    except ArchiveError as error:
        click.echo(f"error: {error}", err=True)
        return 1
    click.echo(f"{path}: {checked} files, every one compared byte for byte")
    return 0


def restore(paths: Paths, archive: Path, *, with_history: bool) -> int:
    """Restore and print what comes next; 1 when nothing was restored."""
    from orchestration.services.backup.backup import restore

    try:
        done = restore(paths, archive, with_history=with_history)
    except (ArchiveError, LandingError) as error:
        click.echo(f"error: {error}", err=True)
        return 1
    click.echo(f"{paths.home}: {done.files} files as of {done.made_at}, every checksum verified")
    if done.inbox_left:
        click.echo(
            f"{done.inbox_left} files of the drop folder were left in the backup: {paths.inbox} holds files. "
            "To have them, restore into another --home with an --inbox of its own."
        )
    for line in done.inbox_refused:
        click.echo(f"not put back into the drop folder: {line!r}", err=True)
    click.echo(f"next: `{command('rebuild')}` makes the marts again, `{command('doctor')}` checks all of it")
    return 0
