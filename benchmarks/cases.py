"""The cases: what a user waits for, what it is held against, and how much each is fed with.

Every case is a function of a work folder and a size; it makes its data and returns what to measure. `small` takes some
minutes for all of them, `full` is the size of the claims, `tiny` is what the test suite runs to know that they run.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import data
from benchmarks.data import MONTHS, ROOT, SHIPPED_INBOX
from benchmarks.measure import Case, Command, Reference, time_command

BIN = Path(sys.executable).parent
SESSION = "CNS-12"
SIZES = ("tiny", "small", "full")
WORKBOOKS = {"tiny": [2], "small": [100], "full": [100, 1000]}
ROWS = {"tiny": [200], "small": [10_000], "full": [10_000, 100_000]}
DOCUMENTS = {"tiny": [(1, 2)], "small": [(8, 20)], "full": [(10, 60), (100, 60)]}
OBSERVATIONS = {
    "tiny": [20_000],
    "small": [1_000_000],
    "full": [1_000_000, 10_000_000, 100_000_000],
}
DROPS = {"tiny": 1, "small": 3, "full": 9}


def _task(name: str, *arguments: object, prepare: Callable[[], object] | None = None) -> Command:
    command = [sys.executable, "-m", "benchmarks.tasks", name, *map(str, arguments)]
    return Command(command, {"PYTHONPATH": str(ROOT)}, prepare)


def _jalon(*arguments: object, prepare: Callable[[], object] | None = None) -> Command:
    command = [sys.executable, "-m", "orchestration", *map(str, arguments)]
    return Command(command, {"PYTHONPATH": str(ROOT)}, prepare)


def _once(command: Command, work: Path) -> None:
    time_command(command, work / "prepare.log")


def help_cases(work: Path, size: str) -> list[Case]:
    """What starts before anything is done."""
    bare = Command([sys.executable, "-c", "pass"])
    command = Command([str(BIN / "jalon"), "--help"], {"PYTHONPATH": str(ROOT)})
    return [Case("jalon --help", command, [Reference("python -c pass", bare)], most_seconds=0.2)]


def check_cases(work: Path, size: str) -> list[Case]:
    """One workbook, start included."""
    inbox = data.copy_inbox(work / "inbox")
    book = sorted((inbox / "partners").glob("*/*.xlsx"))[0]
    one = work / "one"
    one.mkdir()
    shutil.copy(book, one)
    subject = _jalon("check", book, "--home", work / "home", "--inbox", inbox)
    return [
        Case("jalon check", subject, [Reference("calamine", _task("calamine", one))], most_seconds=1.0),
    ]


def report_cases(work: Path, size: str) -> list[Case]:
    """`jalon report` from nothing, with nothing new and with one new workbook, against `dbt build` as a command."""
    inbox, fewer = data.copy_inbox(work / "inbox"), data.copy_inbox(work / "fewer")
    newcomer = sorted((fewer / "partners").glob("*/*.xlsx"))[-1]
    content = newcomer.read_bytes()
    newcomer.unlink()

    def report(home: Path, folder: Path, prepare: Callable[[], object] | None = None) -> Command:
        return _jalon("report", "--session", SESSION, "--home", home, "--inbox", folder, prepare=prepare)

    warm, cold, before, arriving = (work / name for name in ("warm", "cold", "before", "arriving"))
    _once(report(warm, inbox), work)
    _once(report(before, fewer), work)
    project = ["--project-dir", str(ROOT / "dbt_project"), "--profiles-dir", str(ROOT / "dbt_project")]
    places = {"JALON_HOME": str(work / "built"), "DBT_TARGET_PATH": str(work / "target"), "DBT_LOG_PATH": str(work)}
    (work / "built").mkdir()
    shutil.copy(warm / "warehouse.duckdb", work / "built")
    build = Command([str(BIN / "dbt"), "build", *project], places)
    _once(build, work)

    def arrive() -> None:
        shutil.rmtree(arriving, ignore_errors=True)
        newcomer.unlink(missing_ok=True)
        shutil.copytree(before, arriving)
        newcomer.write_bytes(content)

    return [
        Case("report, nothing new", report(warm, inbox), [Reference("dbt build", build, 0.5)]),
        Case("report, one new workbook", report(arriving, fewer, arrive), [Reference("dbt build", build, 1.2)]),
        Case(
            "report, from an empty state",
            report(cold, inbox, lambda: shutil.rmtree(cold, ignore_errors=True)),
            [Reference("dbt build", build, 2.5)],
        ),
    ]


def drop_cases(work: Path, size: str) -> list[Case]:
    """From a drop to its receipt, and to a new draft, the sensor's wait for the file to stand still included."""
    cases = []
    for awaited, most in (("receipt", 15.0), ("draft", 30.0)):
        inbox, home = data.copy_inbox(work / awaited / "inbox"), work / awaited / "home"
        _once(_jalon("report", "--session", SESSION, "--home", home, "--inbox", inbox), work)
        command = [sys.executable, "-m", "benchmarks.drop", str(home), str(inbox), str(DROPS[size]), awaited]
        subject = Command(command, {"PYTHONPATH": str(ROOT)}, own_clock=True)
        cases.append(Case(f"drop to {awaited}, jalon dev", subject, [], most_seconds=most))
    return cases


def workbooks_cases(work: Path, size: str) -> list[Case]:
    """Many workbooks received at once."""
    cases = []
    for count in WORKBOOKS[size]:
        inbox, home, out = work / f"inbox{count}", work / f"home{count}", work / f"out{count}"
        data.workbooks(inbox, count)
        (inbox / "reports").mkdir()
        subject = _task("receive", home, inbox, "submissions", prepare=_emptied(home))
        by_hand = _task("by_hand", inbox, out, prepare=_emptied(out))
        references = [
            Reference("calamine", _task("calamine", inbox)),
            Reference("pandas+openpyxl+pandera", by_hand, faster=4.0),
        ]
        cases.append(Case("workbooks received", subject, references, size=count))
    return cases


def rows_cases(work: Path, size: str) -> list[Case]:
    """One very large workbook."""
    cases = []
    for count in ROWS[size]:
        inbox, home = work / f"inbox{count}", work / f"home{count}"
        data.large_workbook(inbox / "partners" / "DNS" / "CNS-12_DNS.xlsx", count)
        subject = _task("receive", home, inbox, "submissions", prepare=_emptied(home))
        reference = Reference("calamine", _task("calamine", inbox), 6.0)
        cases.append(Case("rows in one workbook", subject, [reference], size=count, most_mib=1024))
    return cases


def documents_cases(work: Path, size: str) -> list[Case]:
    """Long documents."""
    cases = []
    for count, pages in DOCUMENTS[size]:
        inbox, home = work / f"inbox{count}", work / f"home{count}"
        data.documents(inbox / "reports", count, pages)
        subject = _task("receive", home, inbox, "documents", prepare=_emptied(home))
        reference = Reference("pdfplumber's text", _task("pdfplumber_text", inbox), 1.5)
        cases.append(Case("pages of documents", subject, [reference], size=count * pages))
    return cases


def deliverables_cases(work: Path, size: str) -> list[Case]:
    """Every file of a session, from its marts."""
    home, out, ready = work / "home", work / "out", work / "ready"
    _once(_jalon("report", "--session", SESSION, "--home", home, "--inbox", SHIPPED_INBOX), work)
    _once(_task("ready_values", home, SESSION, out, ready), work)
    subject = _task("deliverables", home, SESSION, out)
    bare = _task("bare_writers", ready, work / "bare")
    return [Case("deliverables", subject, [Reference("bare writers", bare, 3.0)])]


def marts_cases(work: Path, size: str) -> list[Case]:
    """The marts of territories: built from all months but one, then one month more."""
    from benchmarks import territories

    cases = []
    for count in OBSERVATIONS[size]:
        home, empty = work / f"home{count}", work / f"empty{count}"
        _once(_task("marts_prepare", empty), work)
        shutil.copytree(empty, home)
        territories.write(home, count, MONTHS)
        anew = _without(home, empty)
        build, plain = _task("marts", home, MONTHS - 1, prepare=anew), _task("plain_marts", home, MONTHS - 1)
        added = _task("marts", home, MONTHS, prepare=lambda home=home: _back(home, work))
        month = _task("plain_month", home, MONTHS, prepare=lambda home=home: _plain_back(home))
        cases += [
            _against_plain("marts of territories", build, plain, count),
            _against_plain("one month more", added, month, count // MONTHS),
        ]
    return cases


def _against_plain(name: str, subject: Command, plain: Command, size: int) -> Case:
    return Case(name, subject, [Reference("plain SQL", plain, 1.3)], size=size, most_mib=6144)


def _without(home: Path, empty: Path) -> Callable[[], object]:
    return lambda: shutil.copy(empty / "warehouse.duckdb", home / "warehouse.duckdb")


def _back(home: Path, work: Path) -> None:
    """The last month taken out again."""
    _once(_task("marts", home, MONTHS - 1), work)


def _plain_back(home: Path) -> None:
    from benchmarks import territories

    territories.plain_undo(home, home / "plain.duckdb", MONTHS - 1)


def _emptied(folder: Path) -> Callable[[], object]:
    def empty() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    return empty


CASES: dict[str, Callable[[Path, str], Sequence[Case]]] = {
    "help": help_cases,
    "check": check_cases,
    "report": report_cases,
    "drop": drop_cases,
    "workbooks": workbooks_cases,
    "rows": rows_cases,
    "documents": documents_cases,
    "deliverables": deliverables_cases,
    "marts": marts_cases,
}
