"""Whether anything that decides a session's files has changed since its last report; nothing heavy is imported.

A report with nothing new is the most frequent one, and should answer at once: everything it is a function of is
looked at (the drop folder's listing, the landing, the reference, the models, the code, the versions of what builds
and writes) and what it left is re-hashed. At the least doubt the job runs, and decides step by step.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from stat import S_ISDIR

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.appearance import dashboard_theme, template_of

FOLDERS = ("orchestration", "sources", "quality", "exports", "dbt_project")
NOT_CODE = frozenset({"__pycache__", "target", "logs", "inbox"})
BUILT_WITH = ("jalon", "duckdb", "dbt-core", "dbt-duckdb", "xlsxwriter", "python-docx", "jinja2", "great-expectations")


@dataclass(frozen=True)
class LastReport:
    """What the last report of a session left and said."""

    run_id: str
    files: dict[str, str]  # name → SHA-256
    said: list[str]


def inputs_fingerprint(paths: Paths) -> str:
    """A name for what comes from outside: the drop folder as listed, the reference, the models, the code, its tools,
    and the look the DNS chose.

    OSError when one of them cannot be read.
    """
    return _digest(_versions(), _look(paths), _listed(paths.inbox), _code(paths.project))


def state_fingerprint(paths: Paths) -> str:
    """A name for what the runs keep: the landing, the published versions, the readers' copy as it lies there."""
    return _digest(_landing(paths), _published(paths), _listed(paths.marts))


def last_report(paths: Paths, session_code: str) -> LastReport | None:
    """The last report, when nothing has changed since and its files are as it left them; else None."""
    try:
        content = json.loads(_state_file(paths, session_code).read_text())
        folder = paths.deliverables(session_code)
        if (
            content["inputs"] == inputs_fingerprint(paths)
            and content["state"] == state_fingerprint(paths)
            and all(_hash(folder / name) == sha256 for name, sha256 in content["files"].items())
        ):
            return LastReport(content["run_id"], content["files"], content["said"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def note_report(paths: Paths, session_code: str, inputs: str, report: LastReport) -> None:
    """Remember a report that succeeded. The caller still holds the writer's lock.

    `inputs` was taken before it began: what was dropped meanwhile counts as new.
    """
    content = {
        "inputs": inputs,
        "state": state_fingerprint(paths),
        "run_id": report.run_id,
        "files": report.files,
        "said": report.said,
    }
    path = _state_file(paths, session_code)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = path.with_suffix(".aside")
    aside.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    aside.replace(path)


def _state_file(paths: Paths, session_code: str) -> Path:
    return paths.home / "checks" / f"report-{session_code}.json"


def _digest(*parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for line in part:
            digest.update(line.encode(errors="surrogateescape") + b"\n")
        digest.update(b"\0")
    return digest.hexdigest()


def _versions() -> Iterable[str]:
    return (f"{name} {version(name)}" for name in BUILT_WITH)


def _listed(folder: Path) -> Iterable[str]:
    """Every file of a folder, or the file itself, with its size and time. FileNotFoundError when it is not there."""
    paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    for path in paths:
        try:
            state = path.stat()
        except FileNotFoundError:
            if path == folder:
                raise
            continue  # a partner took it away since the folder was listed
        if not S_ISDIR(state.st_mode):
            yield f"{path.relative_to(folder.parent)} {state.st_size} {state.st_mtime_ns}"


def _landing(paths: Paths) -> Iterable[str]:
    root = paths.home / "landing"
    for pattern in ("receptions/*.json", "readings/*/*"):
        yield from sorted(str(path.relative_to(root)) for path in root.glob(pattern))


def _published(paths: Paths) -> Iterable[str]:
    yield from sorted(str(path.relative_to(paths.snapshots)) for path in paths.snapshots.glob("*/v*"))


def _code(project: Path) -> Iterable[str]:
    for name in FOLDERS:
        for path in sorted((project / name).rglob("*")):
            if path.is_file() and not NOT_CODE.intersection(path.relative_to(project).parts):
                yield f"{path.relative_to(project)} {_hash(path)}"


def _look(paths: Paths) -> Iterable[str]:
    template = template_of(paths)
    yield dashboard_theme()
    yield _hash(template) if template else "shipped template"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
