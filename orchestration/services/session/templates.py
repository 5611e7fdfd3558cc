"""The partners' workbooks of a session, pre-filled with what the session before knew. Their layout is the schema's."""

from pathlib import Path

from orchestration.services.reception.previous import previous_of
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from sources.command_line import command
from sources.errors import PlainError
from sources.reference.roadmap import load_reference


class UnknownPartnerError(PlainError):
    """A partner's code that the reference does not have; the message lists those it has."""

    fix = "Give one of the codes that the message lists."


def write_templates(
    paths: Paths, session_code: str, partner_code: str | None, out: Path | None, log: Log
) -> list[Path]:
    """Write one workbook a partner that has actions, or one partner's, and return them. UnknownPartnerError."""
    from sources.workbook.template import template_name, write_template

    reference = load_reference(paths.seeds)
    if partner_code is not None and partner_code not in reference.partners:
        raise UnknownPartnerError(
            f"no partner {partner_code!r} in the reference; there is {', '.join(reference.partners)}."
        )
    folder = out or paths.home / "templates" / session_code
    previous = previous_of(paths, session_code)
    if previous is None:
        report = command("report", "--session", session_code)
        fix = "" if paths.marts.is_file() else f": run `{report}` first"
        log(f"nothing known of the session before{fix}")
    wanted = [partner_code] if partner_code else [code for code in reference.partners if reference.actions_of(code)]
    return [
        write_template(
            folder / template_name(reference, session_code, code), reference, session_code, code, previous=previous
        )
        for code in wanted
    ]
