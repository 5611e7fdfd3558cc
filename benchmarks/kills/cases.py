"""What is killed: a report, the first one, an ingest and its first half, a publication, a sending, a rebuilding, an
import of decisions, a backup, a restore.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kills import drops
from benchmarks.kills.mailbox import copies
from benchmarks.kills.nursery import Work
from benchmarks.kills.state import state_of
from orchestration.services.runtime.paths import Paths
from sources.reference.roadmap import load_reference

SESSION = "CNS-12"
NOON = datetime(2025, 1, 10, 12, tzinfo=UTC)
RECIPIENTS = ("a@exemple.fr", "b@exemple.fr", "c@exemple.fr")
RAW_AT_MOST = ("inbox", "submissions", "documents", "decisions", "raw", "receipts")

Run = Callable[[Work], int]


@dataclass(frozen=True)
class Case:
    """A command by its name, and what is checked beside the state once it ran to its end.

    It starts from an installation after a report, with new drops laid beside, unless it is the first one there.
    """

    name: str
    work: Callable[[Paths], Work]
    is_first: bool = False
    settle: Callable[[Paths, Run], list[str]] = lambda _paths, _run: []
    # A sending may rightly end by asking what became of a mail.
    codes: tuple[int, ...] = (0,)


def placed(folder: Path) -> Paths:
    """Where an installation stands in a folder."""
    return Paths(home=folder / "home", inbox=folder / "inbox")


def copy(source: Path, target: Path) -> None:
    """Put a copy of an installation in the place of what stands at `target`."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def environment(paths: Paths) -> dict[str, str]:
    """What tells a child where its installation is."""
    return {"JALON_HOME": str(paths.home), "JALON_INBOX": str(paths.inbox)}


# --- the commands --------------------------------------------------------------------------------------------------


def report(paths: Paths) -> Work:
    """`jalon report`."""
    return _jalon(paths, "report")


def publish(paths: Paths) -> Work:
    """`jalon publish`, the absence of every lead but the few partners accepted."""
    reference = load_reference(paths.seeds)
    leads = {reference.lead_of(code) for code in reference.actions}
    absent = [part for lead in sorted(leads - {*drops.PARTNERS}) for part in ("--waive", lead)]
    return _jalon(paths, "publish", "--session", "CNS-12", *absent, "--reason", "Invention de test")


def send(paths: Paths, *more: str) -> Work:
    """`jalon send --send` to everybody."""
    to = [part for address in RECIPIENTS for part in ("--to", address)]
    return _jalon(paths, "send", "--session", "CNS-12", *to, "--send", *more)


def ingest(paths: Paths) -> Work:
    """The job that the drop folder's sensor starts."""

    def work() -> int:
        from orchestration.commands.run import run_job
        from orchestration.services.runtime.narrator import Narrator

        paths.export()
        outcome = run_job(paths, "ingest", Narrator(), tags={})
        return 0 if outcome.is_success else 1

    return work


def take(paths: Paths) -> Work:
    """The ingest as far as schema `raw` and the receipts: what is archived, read, loaded and answered."""

    def work() -> int:
        from orchestration.definitions import build_defs
        from orchestration.instance.instance import open_instance
        from orchestration.instance.liveness import fail_dead_runs

        paths.export()
        with open_instance(paths) as instance:
            fail_dead_runs(instance, paths.living)
            job = build_defs(paths).resolve_job_def("ingest")
            wanted = [key for key in job.asset_layer.executable_asset_keys if key.path[0] in RAW_AT_MOST]
            result = job.execute_in_process(instance=instance, asset_selection=wanted, raise_on_error=False)
        return 0 if result.success else 1

    return work


def rebuild(paths: Paths) -> Work:
    """`jalon rebuild`."""
    return _jalon(paths, "rebuild", session=None)


def decide(paths: Paths) -> Work:
    """`jalon review --import` of one decision."""
    return _jalon(paths, "review", "--import", str(_review_of(paths)))


def backup(paths: Paths) -> Work:
    """`jalon backup`."""
    return _jalon(paths, "backup", "--to", str(_beside(paths, "backups")), session=None)


def restore(paths: Paths) -> Work:
    """`jalon restore` of what was saved before the new drops."""
    (archive,) = _beside(paths, "saved").iterdir()
    return _jalon(paths, "restore", str(archive), session=None)


def prepared(paths: Paths, run: "Run") -> None:
    """Lay beside an installation what some of the cases need: a backup of it, a review with one decision filled in."""
    saved, review = _beside(paths, "saved"), _review_of(paths)
    done = run(_jalon(paths, "backup", "--to", str(saved), session=None))
    done += run(_jalon(paths, "review", "--export", str(review)))
    assert done == 0, "the installation to be killed could not be prepared"
    drops.decided(review)


def _beside(paths: Paths, name: str) -> Path:
    folder = paths.home.parent / name
    folder.mkdir(exist_ok=True)
    return folder


def _review_of(paths: Paths) -> Path:
    return paths.home.parent / "revue.xlsx"


def _jalon(paths: Paths, command: str, *more: str, session: str | None = SESSION) -> Work:
    named = ["--session", session] if session else []
    arguments = [command, *named, "--home", str(paths.home), "--inbox", str(paths.inbox), *more]

    def work() -> int:
        from orchestration.cli import main

        try:
            main(arguments)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        return 0

    return work


# --- what must hold beside the state ---------------------------------------------------------------------------------


def published_once(paths: Paths, _run: Run) -> list[str]:
    """One version, whole, and named once in the audit trail."""
    from exports import snapshot
    from orchestration.services.audit.audit import AuditTrail

    found = [f"audit trail: {problem}" for problem in AuditTrail.of(paths).problems()]
    versions = snapshot.versions(paths.snapshots, SESSION)
    noted = [entry.detail.get("version") for entry in AuditTrail.of(paths).entries() if entry.action == "published"]
    if versions != (1,) or noted != ["1"]:
        found.append(f"versions {versions} frozen, {noted} in the audit trail")
    for number in versions:
        snapshot.verify(snapshot.folder_of(paths.snapshots, SESSION, number))
    return found


def sent_once(paths: Paths, run: Run) -> list[str]:
    """Nobody has two copies; whoever's mail is uncertain is asked about, and then everybody has one."""
    from exports.mail import parse_address
    from orchestration.services.audit.audit import AuditTrail
    from orchestration.services.session.sending import uncertain_mails

    mailbox = mail_file(paths)
    found = [f"{address} has {count} copies" for address, count in copies(mailbox).items() if count > 1]
    addresses = {parse_address(text).key: text for text in RECIPIENTS}
    for record in uncertain_mails(paths.home):
        recipient = addresses[record.recipient_key]
        choice = "assume-sent" if copies(mailbox)[recipient] else "resend"
        to = ("--to", recipient, "--send", "--if-uncertain", choice)
        if run(_jalon(paths, "send", "--session", "CNS-12", *to)) != 0:
            found.append(f"{recipient}: still not settled")
    if copies(mailbox) != dict.fromkeys(RECIPIENTS, 1):
        found.append(f"in the end {dict(copies(mailbox))}")
    found += [f"audit trail: {problem}" for problem in AuditTrail.of(paths).problems()]
    details = [entry.detail for entry in AuditTrail.of(paths).entries()]
    told = [detail["recipient_key"] for detail in details if "recipient_key" in detail]
    if len(told) != len(RECIPIENTS) or len(set(told)) != len(RECIPIENTS):
        found.append(f"{len(told)} sendings in the audit trail")
    left = [str(path) for path in (paths.home / "outbox").rglob("*.part")]
    return found + [f"{name}: left aside" for name in left]


def restored_whole(paths: Paths, run: Run) -> list[str]:
    """The newest backup is put back elsewhere with every file that the installation has."""
    archive = max(_beside(paths, "backups").glob("*.tar*"), key=lambda path: path.stat().st_mtime)
    again = Paths(home=paths.home.parent / "again", inbox=paths.home.parent / "inbox-again")
    if run(_jalon(again, "restore", str(archive), session=None)) != 0:
        return ["the backup cannot be restored"]
    here, there = state_of(paths.home).files, state_of(again.home).files
    return [f"{name}: not restored as it was" for name in sorted(here) if here[name] != there.get(name)]


def mail_file(paths: Paths) -> Path:
    """Where the mail server notes what it took: with the installation, so that each trial begins without a mail."""
    return paths.home.parent / "mails.txt"


CASES = {
    case.name: case
    for case in (
        Case("report", report),
        Case("first", report, is_first=True),
        Case("ingest", ingest),
        Case("take", take),
        Case("publish", publish, settle=published_once),
        Case("send", send, settle=sent_once, codes=(0, 1)),
        Case("rebuild", rebuild),
        Case("review", decide),
        Case("backup", backup, settle=restored_whole),
        # one that was killed at its very end is refused: the home holds an installation
        Case("restore", restore, is_first=True, codes=(0, 1)),
    )
}
