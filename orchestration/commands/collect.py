"""`jalon collect`: what came by mail, into the drop folder."""

import os

import click

from exports.mail import SettingsError
from orchestration.services.mailroom.collecting import collect_mail
from orchestration.services.mailroom.judging import circumstances_of
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths


def collect(paths: Paths) -> int:
    """Take what waits in the mailbox; 1 when it is out of reach, or when a mail had to be left there."""
    narrator = Narrator()
    try:
        settings = ImapSettings.from_environment(os.environ)
        if settings is None:
            click.echo("no mailbox: JALON_IMAP_HOST is not set (docs/operations/mail.md). Nothing was collected.")
            return 0
        done = collect_mail(circumstances_of(paths), settings, narrator)
    except SettingsError as error:
        click.echo(f"error: {error}", err=True)
        return 1
    finally:
        narrator.end()
    click.echo(done.summary())
    for reason in done.left:
        click.echo(f"left: {reason}", err=True)
    return 1 if done.left else 0
