"""Whether anything that decides a session's files has changed since its last report; nothing heavy is imported.

A report with nothing new is the most frequent one, and should answer at once: everything it is a function of is
compared (the code, the drop folder's listing, the landing, the dbt project, the appearance) and what it wrote is hashed
again. At the least doubt the job runs, and decides step by step.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.appearance import dashboard_theme, template_of
from sources.files.memo import digest
from sources.landing.drops import RECEPTIONS, InboxError, list_drops, shown
from sources.landing.store import Landing, hash_file
from sources.landing.unfinished import unfinished

# the command, with the job it runs
COMMAND = "orchestration.commands.report"


@dataclass(frozen=True)
class LastReport:
    """What the last report of a session wrote and printed."""

    run_id: str
    files: dict[str, str]  # name → SHA-256
    printed: list[str]


def inputs_fingerprint(paths: Paths) -> str:
    """A name for what comes from outside: the code, the drop folder as listed, the dbt project, the chosen appearance.

    OSError when one of them cannot be read, InboxError when there is no drop folder.
    """
    found = list_drops(paths.inbox)
    listed = [
        *(_state(path, paths.inbox) for path in (*(drop.path for drop in found.drops), paths.inbox / RECEPTIONS)),
        *(problem.text for problem in found.problems),
    ]
    return paths.memo.key(COMMAND, data=[listed, paths.dbt_project, template_of(paths), dashboard_theme()])


def state_fingerprint(paths: Paths) -> str:
    """A name for what the runs write: the landing, the published versions, the readers' copy as it lies there."""
    landing = paths.home / "landing"
    return digest(
        _names(landing, "receptions/*.json"),
        _names(landing, "readings/*/*"),
        _names(paths.snapshots, "*/v*"),
        _state(paths.marts, paths.home),
    )


def last_report(paths: Paths, session_code: str) -> LastReport | None:
    """The last report, when nothing has changed since and its files are as it left them; else None.

    While a file waits for another reading there is none: every run tries it again.
    """
    if unfinished(Landing(paths.home)):
        return None
    try:
        key = digest(inputs_fingerprint(paths), state_fingerprint(paths))
        found = paths.memo.recall(_name(session_code), key)
        last = LastReport(**found) if found else None
        folder = paths.deliverables(session_code)
        is_there = last is not None and all(hash_file(folder / name) == sha256 for name, sha256 in last.files.items())
    except (OSError, InboxError):
        return None
    return last if is_there else None


def note_report(paths: Paths, session_code: str, inputs: str, report: LastReport) -> None:
    """Remember a report that succeeded. The caller still holds the writer's lock.

    `inputs` was taken before it began: what was dropped meanwhile counts as new.
    """
    paths.memo.remember(_name(session_code), digest(inputs, state_fingerprint(paths)), asdict(report))


def _name(session_code: str) -> str:
    return f"report-{session_code}"


def _state(path: Path, folder: Path) -> str:
    """A file by its place in a folder, with its size and time, or what is wrong with it."""
    name = shown(path.relative_to(folder))
    try:
        state = path.stat()
    except OSError as error:
        return f"{name} {error.errno}"
    return f"{name} {state.st_size} {state.st_mtime_ns}"


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob(pattern))
