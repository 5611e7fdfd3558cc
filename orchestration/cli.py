"""The command `jalon`. This module parses and nothing else: each command imports what it needs when it runs."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.services.runtime.paths import Paths
from sources.command_line import remember_call

if TYPE_CHECKING:
    from orchestration.services.session.waivers import WaiverOrder

Command = TypeVar("Command", bound=Callable[..., int])
DEFAULT_SESSION = "CNS-12"
# What the command writes, its group may read; others see nothing of it.
UMASK = 0o027


def _places(command: Callable[..., int]) -> Callable[..., Any]:
    """Give a command --home and --inbox, and make its result the exit code."""

    @click.option("--home", type=click.Path(path_type=Path), help="State of the installation [JALON_HOME, else var/].")
    @click.option("--inbox", type=click.Path(path_type=Path), help="Drop folder [JALON_INBOX, else sources/inbox/].")
    @wraps(command)
    def placed(home: Path | None, inbox: Path | None, **options: Any) -> None:
        before = os.umask(UMASK)
        try:
            remember_call(sys.argv[0], [*_given("--home", home), *_given("--inbox", inbox)])
            paths = Paths.from_environment(home, inbox)
            paths.export()
            sys.exit(_plainly(command, paths, options))
        finally:
            os.umask(before)

    return placed


def _given(option: str, place: Path | None) -> list[str]:
    return [] if place is None else [option, str(place)]


def _plainly(command: Callable[..., int], paths: Paths, options: dict[str, Any]) -> int:
    """The command's exit code; an expected error becomes one line, not a traceback."""
    from orchestration.services.runtime.errors import explained

    try:
        return command(paths, **options)
    except Exception as error:
        why = explained(error, paths.home)
        if why is None:
            raise
        click.echo(f"error: {why.message}", err=True)
    return 1


def _session(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A session of the reference; any other code is wrong usage; the message lists those there are."""
    known = _codes("ref_cns_session.csv", "session_code")
    if value not in known:
        raise click.BadParameter(f"no session {value!r} in the reference; there is {', '.join(known)}.")
    return value


def _codes(seed: str, column: str) -> list[str]:
    """The codes of a seed, in its order."""
    import csv

    with (Paths.from_environment().seeds / seed).open(encoding="utf-8", newline="") as handle:
        return [row[column] for row in csv.DictReader(handle)]


def _session_or_none(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A session of the reference, or none at all."""
    return None if value is None else _session(context, parameter, value)


session_option = click.option(
    "--session", "session_code", default=DEFAULT_SESSION, show_default=True, callback=_session, help="CNS session."
)


# What cannot be undone has no default session: a line run as it is must not publish another one.
named_session_option = click.option("--session", "session_code", required=True, callback=_session, help="CNS session.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jalon", prog_name="jalon")
def main() -> None:
    """Progress of France's digital-health roadmap: collect, check, build, render."""
    # A terminal that knows fewer letters than French and its dashes need shows a question mark, never a traceback.
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _confirmed(command: Command) -> Command:
    """Give a command --yes: on a terminal it asks before it does what cannot be undone."""
    return click.option("--yes", is_flag=True, help="Do not ask on the terminal.")(command)


def _confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal, stop unless the answer is yes; a script is asked nothing."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True)


def _actions(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Actions (8-4) and priorities (P08) of the roadmap; any other code is wrong usage."""
    known = _codes("ref_action.csv", "action_code") if values else []
    priorities = {f"P{int(number):02}" for number in _codes("ref_priority.csv", "priority_number")} if values else set()
    for value in values:
        if value not in known and value not in priorities:
            hint = f"codes look like {known[0]}, or P01 for a priority"
            raise click.BadParameter(f"no action {value!r} in the reference; {hint}.")
    return values


def _waivers(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command --waive, --reason and --role, as one order."""

    @click.option(
        "--waive", multiple=True, metavar="PARTNER", help="Accept a lead's missing contributions; may repeat."
    )
    @click.option("--reason", "reasons", multiple=True, help="Why it is accepted: one reason for all, or one each.")
    @click.option("--role", default="DNS", show_default=True, help="Who accepts it, as a role.")
    @wraps(command)
    def with_waivers(
        *arguments: Any, waive: tuple[str, ...], reasons: tuple[str, ...], role: str, **options: Any
    ) -> int:
        from orchestration.services.session.waivers import WaiverOrder

        if waive and not any(reason.strip() for reason in reasons):
            raise click.UsageError("--waive wants a --reason: it is printed with the waiver.")
        if reasons and not waive:
            raise click.UsageError("--reason goes with --waive; a correction's reason is given by --erratum.")
        if len(reasons) > 1 and len(reasons) != len(waive):
            raise click.UsageError(f"{len(waive)} waivers and {len(reasons)} reasons: give one for all, or one each.")
        return command(*arguments, waivers=WaiverOrder(waive, reasons, role), **options)

    return with_waivers


@main.command()
@session_option
@click.option(
    "--state",
    type=click.Choice(["draft", "final"]),
    help="Final is refused while something blocks [the current state, a draft once anything changed].",
)
@click.option(
    "--action",
    "actions",
    multiple=True,
    metavar="CODE",
    callback=_actions,
    help="Its fiche too, or a priority's (P08); may be repeated.",
)
@_places
@_waivers
def report(paths: Paths, session_code: str, state: str | None, actions: tuple[str, ...], waivers: "WaiverOrder") -> int:
    """Ingest what is new, build, check and render a session's deliverables; a published session as it was frozen.

    Exit: 0 rendered; 1 a blocking check failed or the final version is refused; 2 wrong usage.
    """
    from orchestration.commands.report import Asked, report

    return report(paths, Asked(session_code, state, actions, waivers))


@main.command()
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    help="Build by this engine; JALON_ENGINE otherwise, and DuckDB where neither is given.",
)
@click.option("--compare", is_flag=True, help="Change nothing: build beside and compare row by row.")
@click.option(
    "--known-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only what was received by the end of that day (Paris); with --to.",
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write the marts to that file instead."
)
@_places
def rebuild(paths: Paths, target: Path | None, known_on: datetime | None, engine: str | None, *, compare: bool) -> int:
    """Build the warehouse again from the landing and the reference.

    Exit: 0; 1 the build failed, or --compare found differences.
    """
    from orchestration.commands import rebuild as command

    if compare and (target or known_on):
        raise click.UsageError("--compare writes nothing: leave --to and --known-on out")
    if known_on is not None and target is None:
        raise click.UsageError("name the file of that state: --known-on 2024-12-20 --to FILE.duckdb")
    from orchestration.services.warehouse import dbt_build

    if engine is not None:
        os.environ[dbt_build.ENGINE_VARIABLE] = engine
    dbt_build.require_engine()
    if compare:
        return command.compare(paths)
    if target is not None:
        return command.rebuild_to(paths, target, known_on.date() if known_on else None)
    return command.rebuild(paths)


@main.command()
@click.argument("first")
@click.argument("second")
@click.option("--session", "session_code", callback=_session_or_none, help="One session [all of them].")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_places
def diff(paths: Paths, first: str, second: str, session_code: str | None, *, as_json: bool) -> int:
    """Say what changed from state FIRST to SECOND: `now`, `CNS-12/v1`, or a file made by `rebuild --to`.

    Exit: 0 the same; 1 they differ; 2 a state cannot be read.
    """
    from orchestration.commands.compare_states import diff

    return diff(paths, first, second, session_code, as_json=as_json)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--session", "session_code", callback=_session_or_none, help="One session [all of them].")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_places
def simulate(paths: Paths, files: tuple[Path, ...], session_code: str | None, *, as_json: bool) -> int:
    """Say what accepting FILES would change; store nothing.

    Exit: 0; 2 a file cannot be read.
    """
    from orchestration.commands.compare_states import simulate

    return simulate(paths, files, session_code, as_json=as_json)


@main.command()
@session_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_places
def status(paths: Paths, session_code: str, *, as_json: bool) -> int:
    """Show the partner board: attendu, reçu, à l’heure, à corriger, validé."""
    from orchestration.commands.status import status

    return status(paths, session_code, as_json=as_json)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_places
def check(paths: Paths, files: tuple[Path, ...], *, as_json: bool) -> int:
    """Say what the partner would read about FILES, or about every file of a folder; store nothing.

    Exit: 0 clean or warnings only; 1 errors; 2 not readable.
    """
    from orchestration.commands.check import check

    return check(paths, files, as_json=as_json)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_places
def extract(paths: Paths, file: Path, *, as_json: bool) -> int:
    """Say what is read in a published document; store nothing.

    Exit: 0; 2 not readable.
    """
    from orchestration.commands.extract import extract

    return extract(paths, file, as_json=as_json)


@main.command()
@session_option
@click.option("--partner", "partner_code", help="One partner's workbook [every partner's].")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder [templates/ of the home].")
@_places
def templates(paths: Paths, session_code: str, partner_code: str | None, out: Path | None) -> int:
    """Write the partners' workbooks of a session, pre-filled with what is known."""
    from orchestration.commands.templates import templates

    return templates(paths, session_code, partner_code, out)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write a copy of the shipped Word template there.")
@click.option(
    "--check", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Say what a Word template lacks."
)
@_places
def look(paths: Paths, out: Path | None, check: Path | None) -> int:
    """Say which Word template and dashboard theme are in use; write or check a template.

    The DNS's own template is modele-rapport.docx of the home. Exit: 0; 1 it cannot be rendered with.
    """
    from orchestration.commands.look import look

    return look(paths, out, check)


@main.command()
@named_session_option
@click.option("--erratum", default="", metavar="REASON", help="Correct a published session, for this reason.")
@_confirmed
@_places
@_waivers
def publish(paths: Paths, session_code: str, waivers: "WaiverOrder", erratum: str, *, yes: bool) -> int:
    """Freeze a session for good; refused while something blocks, everything that blocks is stated.

    Exit: 0 published; 1 refused; 2 wrong usage.
    """
    _confirm(f"Publier {session_code} ? Une session publiée ne change plus.", yes=yes)
    from orchestration.commands.publish import publish
    from orchestration.services.session.publishing import Order

    return publish(paths, Order(session_code, waivers, erratum))


@main.command()
@session_option
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The reminder due on that day [today].")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder [reminders/ of the home].")
@_places
def remind(paths: Paths, session_code: str, day: datetime | None, out: Path | None) -> int:
    """Write the texts partners are due: invitation, reminders J-30, J-7, J-1, late list J+1. Nothing is sent.

    Exit: 0 written, or nothing due; 1 nothing built yet.
    """
    from orchestration.commands.remind import remind

    return remind(paths, session_code, day.date() if day else None, out)


@main.command()
@named_session_option
@click.option("--to", multiple=True, metavar="ADDRESS", help="Recipient; may be repeated [those of JALON_MAIL_TO].")
@click.option("--send", "really", is_flag=True, help="Really send; without it nothing leaves.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent; this is the default.")
@click.option(
    "--if-uncertain",
    type=click.Choice(["stop", "resend", "assume-sent"]),
    default="stop",
    show_default=True,
    help="A mail that may have left before a crash.",
)
@_confirmed
@_places
def send(
    paths: Paths, session_code: str, to: tuple[str, ...], if_uncertain: str, *, really: bool, dry_run: bool, yes: bool
) -> int:
    """Mail a session's deliverables, once per recipient and version; a dry run unless --send is given.

    Exit: 0 everyone has them or would; 1 somebody was not sent them; 2 wrong usage.
    """
    if really and dry_run:
        raise click.UsageError("--send and --dry-run are contrary; nothing was sent.")
    if really:
        _confirm(f"Envoyer les livrables de {session_code} ? Un courriel parti ne revient pas.", yes=yes)
    from orchestration.commands.send import send

    return send(paths, session_code, to, really=really, if_uncertain=if_uncertain)


@main.command()
@click.option(
    "--if-uncertain",
    type=click.Choice(["stop", "resend", "assume-sent"]),
    default="stop",
    show_default=True,
    help="Any mail that may have left before a crash, deliverables included.",
)
@_places
def collect(paths: Paths, if_uncertain: str) -> int:
    """Take what came by mail into the drop folder, then send the answers that are owed; nothing is read or built.

    Exit: 0; 1 the mailbox is out of reach, a mail had to be left in it, or an answer did not leave.
    """
    from orchestration.commands.collect import collect

    return collect(paths, if_uncertain)


@main.command()
@click.option("--check", is_flag=True, help="Say every error at once; this is all the command does.")
@_places
def contacts(paths: Paths, *, check: bool) -> int:
    """Check the addresses of partners and of the DNS, contacts.csv of the home. No address is printed.

    Exit: 0 all can be used; 1 some cannot.
    """
    from orchestration.commands.contacts import contacts

    del check  # given or not, it is what is done
    return contacts(paths)


@main.command()
@named_session_option
@click.option("--export", "export_to", type=click.Path(path_type=Path, dir_okay=False), help="Write what waits here.")
@click.option(
    "--import", "import_from", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Take this."
)
@_places
def review(paths: Paths, session_code: str, export_to: Path | None, import_from: Path | None) -> int:
    """Facts and conflicts waiting for a person's decision: out as a workbook, back as decisions.

    Exit: 0; 1 rows refused.
    """
    from orchestration.commands.review import export, take

    if (export_to is None) == (import_from is None):
        message = "give either --export FILE.xlsx or --import FILE.xlsx."
        raise click.UsageError(message)
    if export_to is not None:
        return export(paths, session_code, export_to)
    assert import_from is not None  # noqa: S101 — exactly one of the two was given
    return take(paths, session_code, import_from)


@main.command()
@click.option("--session", "session_code", callback=_session_or_none, help="One CNS session [all].")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As it is on that day [today].")
@_places
def calendar(paths: Paths, session_code: str | None, day: datetime | None) -> int:
    """Show what each session asks for and when: done, due, to come, too late. Runs nothing."""
    from orchestration.commands.calendar import calendar

    return calendar(paths, session_code, day.date() if day else None)


@main.command()
@click.option("--deep", is_flag=True, help="Build the marts again beside, and compare them row by row.")
@_places
def doctor(paths: Paths, *, deep: bool) -> int:
    """Check versions, paths, locks, free space, clock, and every archived file against its hash."""
    from orchestration.commands.doctor import doctor

    return doctor(paths, deep=deep)


@main.command()
@click.option("--to", "target", type=click.Path(path_type=Path), help="A folder, or a file (.tar.zst or .tar).")
@click.option(
    "--verify",
    type=click.Path(path_type=Path, exists=True),
    help="Write nothing: compare every file of that backup, the newest one of a folder.",
)
@_places
def backup(paths: Paths, target: Path | None, verify: Path | None) -> int:
    """Save everything that cannot be made again into one file, whatever runs meanwhile, and read it again.

    Exit: 0; 1 no backup, or one that some files are missing from (listed).
    """
    from orchestration.commands.backup import backup, verify_backup

    if (target is None) == (verify is None):
        raise click.UsageError("give either --to FOLDER or --verify FOLDER")
    return verify_backup(paths, verify) if verify is not None else backup(paths, target or paths.home)


@main.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--without-history", is_flag=True, help="Leave Dagster's history in PostgreSQL out.")
@_places
def restore(paths: Paths, archive: Path, *, without_history: bool) -> int:
    """Put a backup into a home that is empty or not there yet; every checksum is verified first."""
    from orchestration.commands.backup import restore

    return restore(paths, archive, with_history=not without_history)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The UI has no login: leave it on loopback.")
@click.option("--port", default=3000, show_default=True)
@_places
def dev(paths: Paths, host: str, port: int) -> int:
    """Start the Dagster UI on the instance the command line uses."""
    from orchestration.commands.dev import dev

    return dev(paths, host, port)
