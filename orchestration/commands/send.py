"""`jalon send`: a session's deliverables by mail, once per recipient and version; a dry run unless --send is stated."""

import click

from exports.mail import IfUncertain, Result
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.sending import SENDING_ERRORS, WORDS, Order, Sending, send_session, summary


def send(paths: Paths, session_code: str, to: tuple[str, ...], *, really: bool, if_uncertain: str) -> int:
    """Send or show; 0 when every recipient has the mail or would get it, 1 when one was not sent."""
    narrator = Narrator()
    order = Order(session_code, to, really=really, if_uncertain=IfUncertain(if_uncertain))
    try:
        sending = send_session(paths, order, log=narrator)
    except SENDING_ERRORS as error:
        click.echo(f"erreur\u00a0: {error}", err=True)
        return 1
    finally:
        narrator.end()
    if not really:
        _show(sending)
    for result in sending.results:
        _print(result)
    click.echo(summary(sending))
    if not really:
        click.echo("essai\u00a0: rien n’est parti. Ajoutez --send pour envoyer.")
    return 0 if sending.is_good else 1


def _show(sending: Sending) -> None:
    click.echo(f"Objet\u00a0: {sending.letter.subject}\n")
    click.echo(sending.letter.body)
    attached = (
        ", ".join(file.attachment_name for file in sending.letter.attachments) or "aucune, des liens dans le texte"
    )
    click.echo(f"Pièces jointes\u00a0: {attached}\n")


def _print(result: Result) -> None:
    reason = (
        f" ({result.reason})"
        if result.is_good and result.reason
        else f"\u00a0: {result.reason}"
        if result.reason
        else ""
    )
    click.echo(f"{result.recipient}\u00a0: {WORDS[result.verdict]}{reason}", err=not result.is_good)
