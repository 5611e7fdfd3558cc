"""The cases: what a user waits for, and what it is held against."""

import shutil
import sys
from pathlib import Path

from benchmarks.measure import Case, Command, time_command

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SHIPPED_INBOX = ROOT / "sources" / "inbox"


def interactive_cases(work: Path) -> list[Case]:
    """`jalon report` from nothing, with nothing new and with one new workbook, against `dbt build` as a command."""
    warm, cold, inbox = work / "warm", work / "cold", work / "inbox"
    _copy_inbox(inbox)
    newcomer = sorted((SHIPPED_INBOX / "partners").glob("*/*.xlsx"))[-1]
    arrival = inbox / newcomer.relative_to(SHIPPED_INBOX)
    build = Command(
        [
            str(BIN / "dbt"),
            "build",
            "--project-dir",
            str(ROOT / "dbt_project"),
            "--profiles-dir",
            str(ROOT / "dbt_project"),
        ],
        {"JALON_HOME": str(warm), "DBT_TARGET_PATH": str(work / "target"), "DBT_LOG_PATH": str(work / "logs")},
    )

    def report(home: Path, folder: Path, prepare: object = None) -> Command:
        argv = [str(BIN / "jalon"), "report", "--session", "CNS-12", "--home", str(home), "--inbox", str(folder)]
        return Command(argv, prepare=prepare if callable(prepare) else None)

    def before_arrival() -> None:
        _forget(work / "arriving")
        arrival.unlink(missing_ok=True)
        _run_quietly(report(work / "arriving", inbox), work)
        shutil.copy2(newcomer, arrival)

    return [
        Case(
            "report, from an empty state",
            report(cold, SHIPPED_INBOX, lambda: _forget(cold)),
            build,
            "dbt build",
            2.5,
        ),
        Case("report, nothing new", report(warm, SHIPPED_INBOX), build, "dbt build", 0.5),
        Case("report, one new workbook", report(work / "arriving", inbox, before_arrival), build, "dbt build", 1.2),
    ]


def command_line_cases() -> list[Case]:
    """What starts before anything is done: the help, against a bare interpreter."""
    bare = Command([sys.executable, "-c", "pass"])
    return [Case("jalon --help", Command([str(BIN / "jalon"), "--help"]), bare, "python -c pass")]


def warm_up(work: Path) -> None:
    """A first report, so that byte code, the manifest and the warm warehouse exist before anything is timed."""
    argv = [str(BIN / "jalon"), "report", "--session", "CNS-12", "--home", str(work / "warm")]
    _run_quietly(Command([*argv, "--inbox", str(SHIPPED_INBOX)]), work)


def _copy_inbox(folder: Path) -> None:
    shutil.copytree(SHIPPED_INBOX, folder, dirs_exist_ok=True)


def _forget(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)


def _run_quietly(command: Command, work: Path) -> None:
    time_command(command, work / "prepare.log")
