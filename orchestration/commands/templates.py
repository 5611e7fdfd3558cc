"""`jalon templates`: the partners' workbooks of a session, pre-filled with what the session before knew."""

from pathlib import Path

import click

from orchestration.paths import Paths
from orchestration.reception.previous import previous_of
from orchestration.session.standing import previous_code
from sources.reference import load_reference


def templates(paths: Paths, session_code: str, partner_code: str | None, out: Path | None) -> int:
    """Write one workbook a partner that has actions, or one partner's; 2 for an unknown partner."""
    from sources.workbook.template import template_name, write_template

    reference = load_reference(paths.seeds)
    if partner_code is not None and partner_code not in reference.partners:
        click.echo(
            f"error: no partner {partner_code!r} in the reference; there is {', '.join(reference.partners)}.", err=True
        )
        return 2
    folder = out or paths.home / "templates" / session_code
    previous = previous_of(paths, session_code)
    if previous is None:
        before = previous_code(session_code, reference)
        mend = f": run `jalon report --session {before}` first to have it pre-filled" if before else ""
        click.echo(f"nothing known of the session before{mend}", err=True)
    wanted = [partner_code] if partner_code else [code for code in reference.partners if reference.actions_of(code)]
    for code in wanted:
        path = folder / template_name(reference, session_code, code)
        click.echo(str(write_template(path, reference, session_code, code, previous=previous)))
    return 0
