"""`jalon doctor`: is this installation sound? Versions, paths, locks, free space, clock, archive integrity."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

import click

from orchestration.services.runtime.locks import is_held, writing
from orchestration.services.runtime.paths import Paths, now
from sources.command_line import command

PACKAGES = ("jalon", "dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "pandas")
FREE_BYTES_WANTED = 1_000_000_000
MAILBOX_SECONDS = 10.0


@dataclass(frozen=True)
class Finding:
    """One line of the report; `is_sound` None is for information."""

    subject: str
    text: str
    is_sound: bool | None = None


def doctor(paths: Paths, clock: Callable[[], datetime] = now, *, deep: bool = False) -> int:
    """Print what was checked; 1 when something is not sound. `deep` builds the marts again beside and compares."""
    worst = 0
    for finding in chain(examine(paths, clock), _rebuilt(paths) if deep else ()):
        mark = {True: "ok", False: "BAD", None: "--"}[finding.is_sound]
        worst = max(worst, 1 if finding.is_sound is False else 0)
        click.echo(f"{mark:<4} {finding.subject}: {finding.text}")
    return worst


def examine(paths: Paths, clock: Callable[[], datetime] = now) -> Iterator[Finding]:
    """Everything that can be checked without changing anything."""
    yield Finding("versions", ", ".join([f"python {platform.python_version()}", *_versions()]))
    yield _folder("home", str(paths.home), is_writable=os.access(_existing(paths), os.W_OK), exists=True)
    yield from _inbox(paths)
    holder = is_held(paths.writer_lock)
    yield Finding("writer's lock", f"held by {holder}" if holder else "free")
    yield from _runs(paths)
    free = shutil.disk_usage(_existing(paths)).free
    yield Finding(
        "free space",
        f"{free / 1e9:.1f} GB" + ("" if free > FREE_BYTES_WANTED else f": free some on the disk of {paths.home}"),
        is_sound=free > FREE_BYTES_WANTED,
    )
    yield _backup(paths, clock())
    yield from _landing(paths, clock())
    yield from _snapshots(paths)
    yield from _audit(paths)
    yield from _outbox(paths)
    yield from _altered(paths)
    yield from _mailbox()
    yield from _channels(paths)
    yield _marts(paths)
    yield _warehouse(paths)


def _existing(paths: Paths) -> str:
    folder = paths.home
    while not folder.exists():
        folder = folder.parent
    return str(folder)


def _versions() -> Iterator[str]:
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} missing"


def _folder(subject: str, path: str, *, is_writable: bool, exists: bool) -> Finding:
    if not exists:
        return Finding(subject, f"{path}: not there; mount or make it, or name it with --{subject}", is_sound=False)
    if not is_writable:
        return Finding(subject, f"{path}: not writable by this user; give the right, or choose another", is_sound=False)
    return Finding(subject, path, is_sound=True)


def _inbox(paths: Paths) -> Iterator[Finding]:
    from sources.landing.drops import DECISIONS_FOLDER, PARTNERS_FOLDER, REPORTS_FOLDER, InboxError, list_drops

    if not paths.inbox.is_dir():
        yield _folder("inbox", str(paths.inbox), is_writable=True, exists=False)
        return
    if not any((paths.inbox / name).is_dir() for name in (PARTNERS_FOLDER, REPORTS_FOLDER, DECISIONS_FOLDER)):
        text = f"{paths.inbox}: holds none of partners/, reports/, decisions/; is the drop folder mounted?"
        yield Finding("inbox", text, is_sound=False)
        return
    try:
        problems = [problem.text for problem in list_drops(paths.inbox).problems]
    except InboxError as error:
        problems = [str(error)]
    for text in problems:
        yield Finding("inbox", text, is_sound=False)
    if not problems:
        yield Finding("inbox", str(paths.inbox), is_sound=True)


def _runs(paths: Paths) -> Iterator[Finding]:
    from orchestration.instance.liveness import dead_runs

    dead = dead_runs(paths.living)
    for run_id in dead:
        text = f"{run_id[:8]} died on the way: run it again, what was done is found done"
        yield Finding("runs", text, is_sound=False)
    if not dead:
        yield Finding("runs", "none died on the way", is_sound=True)


def _landing(paths: Paths, today: datetime) -> Iterator[Finding]:
    from orchestration.services.audit.trail import vanished
    from sources.landing.store import Landing, LandingError
    from sources.landing.unfinished import unfinished

    landing = Landing(paths.home)
    try:
        landing.check_version()
        receptions = landing.receptions()
    except LandingError as error:
        yield Finding("landing", str(error), is_sound=False)
        return
    yield _clock(today, max((reception.archived_at for reception in receptions), default=None))
    damages = landing.damages()
    for damage in damages:
        yield Finding("archive", f"{damage.path}: {damage.problem}", is_sound=False)
    if not damages:
        yield Finding("archive", f"{len(receptions)} files, every hash checked", is_sound=True)
    waiting = unfinished(landing)
    for item in waiting:
        text = (
            f"{item.channel}, {item.place} ({item.sha256[:8]}): {item.readings} readings did not end ({item.reason}); "
            f"check the machine's memory and log, then `{command('report')}`: each run tries again"
        )
        yield Finding("reading", text, is_sound=False)
    if not waiting:
        yield Finding("reading", "no file waits for another reading", is_sound=True)
    for line in vanished(paths, landing):
        yield Finding("archive", line, is_sound=False)


def _backup(paths: Paths, today: datetime) -> Finding:
    from orchestration.services.backup.last_backup import backup_problem, last_backup

    if not (paths.home / "landing").is_dir():
        return Finding("backup", "nothing to save yet")
    last, problem = last_backup(paths), backup_problem(paths, today)
    if problem is not None:
        return Finding("backup", problem, is_sound=False)
    if last is None:
        return Finding("backup", "none yet: `jalon backup` with --to and a folder of another disk")
    verified = f", one compared whole on {last.verified_at}" if last.verified_at else ""
    return Finding("backup", f"{last.path}, of {last.made_at}, read again{verified}", is_sound=True)


def _clock(today: datetime, latest: datetime | None) -> Finding:
    """A clock behind the last arrival stops every new one: a person decides which of the two times is wrong."""
    if latest is None or latest <= today.astimezone(UTC):
        return Finding("clock", f"{today:%Y-%m-%d %H:%M} UTC", is_sound=True)
    text = (
        f"{today:%Y-%m-%d %H:%M}, but a file came on {latest:%Y-%m-%d %H:%M}: set the clock right; if that file's time "
        "is the wrong one, docs/operations/recovery.md explains how it is taken again"
    )
    return Finding("clock", text, is_sound=False)


def _snapshots(paths: Paths) -> Iterator[Finding]:
    from orchestration.services.session.publishing import damaged_snapshots

    count, problems = damaged_snapshots(paths.snapshots)
    for problem in problems:
        yield Finding("snapshots", problem, is_sound=False)
    if not problems:
        text = f"{count} published versions, every hash checked" if count else "nothing published yet"
        yield Finding("snapshots", text, is_sound=True)


def _audit(paths: Paths) -> Iterator[Finding]:
    from orchestration.services.audit.audit import HEAD_SHORT, AuditTrail

    trail = AuditTrail.of(paths)
    problems = trail.problems()
    for problem in problems:
        text = f"{trail.file}: {problem}; compare with the backup, and find out who wrote there"
        yield Finding("audit trail", text, is_sound=False)
    if not problems:
        head = trail.head()
        text = f"{head.count} entries, chain whole, head {head.digest[:HEAD_SHORT]}" if head.count else "empty"
        yield Finding("audit trail", text, is_sound=True)


def _outbox(paths: Paths) -> Iterator[Finding]:
    from exports.mail import OutboxError
    from orchestration.services.session.sending import uncertain_mails

    try:
        uncertain = uncertain_mails(paths.home)
    except OutboxError as error:
        yield Finding("outbox", str(error), is_sound=False)
        return
    for record in uncertain:
        assumed = command("collect", "--if-uncertain", "assume-sent")
        text = (
            f"{record.session_code} {record.edition} to {record.masked} may have left on {record.at}: ask, then "
            f"`{assumed}` if it did, with resend in its place if it did not"
        )
        yield Finding("outbox", text, is_sound=False)
    if not uncertain:
        yield Finding("outbox", "no mail of uncertain fate", is_sound=True)


def _channels(paths: Paths) -> Iterator[Finding]:
    from orchestration.services.channels.trial import tried_channels

    for subject, text, is_sound in tried_channels(paths, os.environ):
        yield Finding(subject, text, is_sound)


def _altered(paths: Paths) -> Iterator[Finding]:
    """What was changed outside of Jalon, and what is about to be missing."""
    from orchestration.services.session import soundness
    from sources.landing.store import Landing, LandingError

    landing = Landing(paths.home)
    checks: dict[str, Callable[[], Iterator[str]]] = {
        "receptions": lambda: soundness.altered_receptions(paths, landing),
        "strays": lambda: soundness.stray_files(landing),
        "quarantine": lambda: soundness.lost_quarantine(landing),
        "receipts": lambda: soundness.altered_receipts(paths.receipts),
        "deliverables": lambda: soundness.altered_deliverables(paths),
        "history": lambda: soundness.damaged_history(paths),
        "free files": lambda: soundness.few_inodes(Path(_existing(paths))),
    }
    for subject, check in checks.items():
        try:
            problems = list(check())
        except (LandingError, OSError, ValueError) as error:  # the archive's own finding names what is damaged
            problems = [f"cannot be checked ({error})"]
        for problem in problems:
            yield Finding(subject, problem, is_sound=False)
        if not problems:
            yield Finding(subject, "as they were written" if subject != "free files" else "enough", is_sound=True)


def _mailbox() -> Iterator[Finding]:
    """Whether the mailbox answers, where one is set."""
    from orchestration.services.mailroom.mailbox import open_mailbox
    from orchestration.services.mailroom.settings import ImapSettings
    from sources.errors import PlainError

    try:
        settings = ImapSettings.from_environment(os.environ)
        if settings is None:
            return
        with open_mailbox(replace(settings, timeout=MAILBOX_SECONDS)):
            yield Finding("mailbox", f"{settings.host} answers", is_sound=True)
    except (PlainError, OSError) as error:
        yield Finding("mailbox", f"{error} {getattr(error, 'fix', '')}".strip(), is_sound=False)


def _marts(paths: Paths) -> Finding:
    from orchestration.services.warehouse.content import altered_tables
    from orchestration.services.warehouse.database import is_whole, marts_digest, open_marts

    if not paths.marts.exists():
        return Finding("marts", f"not built yet: `{command('report')}` builds them")
    digest = marts_digest(paths.marts)
    if digest is None or not is_whole(paths.marts):
        return Finding("marts", f"{paths.marts}: cannot be read; `{command('rebuild')}` makes it again", is_sound=False)
    with open_marts(paths.marts) as connection:
        altered = altered_tables(connection)
    if altered:
        named = ", ".join(altered)
        text = f"{paths.marts}: {named} altered since they were built; `{command('rebuild')}` makes them again"
        return Finding("marts", text, is_sound=False)
    return Finding("marts", f"built from {digest[:12]}, every block checked", is_sound=True)


def _warehouse(paths: Paths) -> Finding:
    from orchestration.services.warehouse.database import holder_of, is_whole

    if not paths.warehouse.exists():
        return Finding("warehouse", f"not built yet: `{command('report')}` builds it")
    holder = holder_of(paths.warehouse)
    if holder is not None:
        return Finding("warehouse", f"open in {holder}; nothing can be built meanwhile")
    if not is_whole(paths.warehouse):
        return Finding(
            "warehouse", f"{paths.warehouse}: damaged; `{command('rebuild')}` makes it again", is_sound=False
        )
    return Finding("warehouse", "every block checked", is_sound=True)


def _rebuilt(paths: Paths) -> Iterator[Finding]:
    """The marts built again beside from the landing, compared row by row with those that are read."""
    from orchestration.services.reception.readers import landing_readings
    from orchestration.services.warehouse.beside import differences_from
    from sources.errors import PlainError

    if not paths.marts.exists():
        yield Finding("rebuilt", "nothing built yet")
        return
    try:
        with writing(paths.writer_lock, log=lambda line: click.echo(line, err=True)):
            found = differences_from(paths, landing_readings(paths), log=lambda _: None)
    except PlainError as error:
        yield Finding("rebuilt", f"{error} {error.fix}", is_sound=False)
        return
    for difference in found:
        line = difference.line("jalon.duckdb", "the landing")
        yield Finding("rebuilt", f"{line}; `{command('rebuild')}` makes it again", is_sound=False)
    if not found:
        yield Finding("rebuilt", "every row of the marts is what the landing and the reference give", is_sound=True)
