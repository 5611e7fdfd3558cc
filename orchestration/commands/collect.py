"""`jalon collect`: what came by mail and lies in remote folders, into the drop folder; then the answers owed."""

import os

import click

from exports.mail import IfUncertain, OutboxError, SettingsError
from orchestration.services.channels.answering import place_answers
from orchestration.services.channels.pulling import pull
from orchestration.services.mailroom.answering import Answered, Sending, send_answers, settle_uncertain
from orchestration.services.mailroom.collecting import Collected, collect_mail
from orchestration.services.mailroom.contacts import FILE_NAME
from orchestration.services.mailroom.judging import Circumstances, circumstances_of
from orchestration.services.mailroom.mailbox import ChannelError
from orchestration.services.mailroom.settings import ImapSettings
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths, now


def collect(paths: Paths, if_uncertain: str) -> int:
    """Collect and answer; 1 when a channel is out of reach, a mail was left there, or an answer did not leave.

    Answers do not wait for the mailbox: they leave by another server.
    """
    narrator, problems = Narrator(), []
    try:
        settings, circumstances = ImapSettings.from_environment(os.environ), circumstances_of(paths)
        try:
            collected = _collected(circumstances, settings, narrator)
        except (ChannelError, SettingsError) as error:
            collected = None
            problems.append(str(error))
        pulled = pull(paths, now, narrator)
        answered = _answered(circumstances, if_uncertain, narrator)
        placed = place_answers(paths, narrator)
    except (SettingsError, OutboxError) as error:
        click.echo(f"error: {error}", err=True)
        return 1
    finally:
        narrator.end()
    if collected is not None:
        click.echo(collected.summary())
        problems += [f"left in the mailbox: {reason}" for reason in collected.left]
    if pulled.folders or pulled.problems:
        click.echo(pulled.summary())
        problems += pulled.problems
    problems += placed.problems
    if answered is not None:
        click.echo(answered.summary())
        problems += answered.problems
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
    return 1 if problems else 0


def _collected(circumstances: Circumstances, settings: ImapSettings | None, narrator: Narrator) -> Collected | None:
    if settings is None:
        click.echo("no mailbox: JALON_IMAP_HOST is not set (docs/operations/mail.md)")
        return None
    return collect_mail(circumstances, settings, narrator)


def _answered(circumstances: Circumstances, if_uncertain: str, narrator: Narrator) -> Answered | None:
    sending = Sending(via="jalon collect", if_uncertain=IfUncertain(if_uncertain))
    if not (circumstances.paths.home / FILE_NAME).exists():  # deliverables are sent without contacts too
        settle_uncertain(circumstances.paths, sending, narrator)
        return None
    return send_answers(circumstances, sending, narrator)
