"""`jalon publish`: the job `publish` here and now; every reason for a refusal on a line of its own."""

from collections.abc import Sequence

import click

from orchestration.commands.run import run_job
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Narrator
from orchestration.services.runtime.paths import Paths
from orchestration.services.session.publishing import Order
from sources.french import typography as typo


def publish(paths: Paths, order: Order) -> int:
    """Publish a session; 0 when its version is there, 1 when it is refused."""
    narrator = Narrator()
    waivers = order.waivers
    asked = {"waive": list(waivers.subjects), "reasons": list(waivers.reasons), "role": waivers.author_role}
    config = {"ops": {"publish_session": {"config": {**asked, "erratum": order.erratum}}}}
    with writing(paths.writer_lock, log=narrator):
        outcome = run_job(
            paths,
            "publish",
            narrator,
            partition_key=order.session_code,
            tags={"jalon/command": order.via},
            run_config=config,
        )
    if not outcome.is_success:
        _refuse(order.session_code, [line for failure in outcome.failures for line in failure.splitlines()])
        return 1
    for path in sorted(paths.deliverables(order.session_code).iterdir()):
        if path.is_file() and not path.name.startswith("."):
            click.echo(str(path))
    return 0


def _refuse(session_code: str, reasons: Sequence[str]) -> None:
    click.echo(f"erreur{typo.NBSP}: {session_code} n’est pas publié{typo.NBSP}:", err=True)
    for reason in reasons or ["l’exécution a échoué avant sa première étape"]:
        click.echo(f"  {reason}", err=True)
