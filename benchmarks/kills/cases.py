"""What is killed: `jalon report` and the job `ingest`, on a small installation with three new drops."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kills.nursery import Work
from orchestration.paths import PROJECT, Paths

SESSION = "CNS-12"
INBOX = PROJECT / "sources" / "inbox"
# A few partners are enough for every path to be taken, and make a run short.
PARTNERS = ("ANS", "HAS")
NOON = datetime(2024, 12, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A command, by the name it is asked for."""

    name: str
    work: Callable[[Paths], Work]


def placed(folder: Path) -> Paths:
    """Where an installation stands in a folder."""
    return Paths(home=folder / "home", inbox=folder / "inbox")


def install(paths: Paths) -> None:
    """Lay a reduced drop folder; nothing is run yet."""
    for partner in PARTNERS:
        shutil.copytree(INBOX / "partners" / partner, paths.inbox / "partners" / partner)
    for name in ("reports", "decisions"):
        shutil.copytree(INBOX / name, paths.inbox / name)
    shutil.copyfile(INBOX / "receptions.csv", paths.inbox / "receptions.csv")


def copy(source: Path, target: Path) -> None:
    """Put a copy of an installation in the place of what stands at `target`."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def environment(paths: Paths) -> dict[str, str]:
    """What tells a child where its installation is."""
    return {"JALON_HOME": str(paths.home), "JALON_INBOX": str(paths.inbox)}


def report(paths: Paths) -> Work:
    """`jalon report`."""
    return lambda: _command("report", "--session", SESSION, "--home", str(paths.home), "--inbox", str(paths.inbox))


def ingest(paths: Paths) -> Work:
    """The job that the drop folder's sensor starts."""

    def work() -> int:
        from orchestration.commands.run import run_job
        from orchestration.narrator import Narrator

        paths.export()
        outcome = run_job(paths, "ingest", Narrator(), tags={})
        print(outcome.failures)
        return 0 if outcome.is_success else 1

    return work


def _command(*arguments: str) -> int:
    from orchestration.cli import main

    try:
        main(list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def drop_three(inbox: Path) -> None:
    """A partner's first workbook, a correction of another's, and a document. The changed texts are invented."""
    for partner, text in (("ATIH", "Invention de test, premier envoi."), ("HAS", "Invention de test, correction.")):
        source = INBOX / "partners" / partner / f"{SESSION}_{partner}.xlsx"
        target = inbox / "partners" / partner / f"{SESSION}_{partner}_essai.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        _rewrite(source, target, text)
    note = inbox / "reports" / "2024-12-01_essai.md"
    note.write_text("# Note inventée pour un essai\n\nAu 1er décembre 2024, 12 établissements ont répondu.\n")
    # nothing of the drop folder depends on when it was prepared
    for path in inbox.rglob("*"):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))


def _rewrite(source: Path, target: Path, text: str) -> None:
    """The workbook with one partner's text changed, so that its content is new."""
    import openpyxl

    book = openpyxl.load_workbook(source)
    page = book["Avancement"]
    header = next(cell for row in page.iter_rows() for cell in row if cell.value == "Avancement")
    page.cell(header.row + 1, header.column).value = text
    book.save(target)


CASES = {case.name: case for case in (Case("report", report), Case("ingest", ingest))}
