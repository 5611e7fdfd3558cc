"""dbt in process: the manifest parsed once for each state of the project, the build, its results as plain values.

`dbtRunner` with a manifest that is kept builds in half the time of the command, which reads the whole project again;
it leaves the DuckDB file locked until its connections are closed, which is done here whatever happens.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from orchestration.services.runtime.kept import keep, kept
from orchestration.services.runtime.paths import HOME_VARIABLE, Paths
from orchestration.services.runtime.project_digest import project_digest
from orchestration.services.warehouse.dbt_events import Said, pass_over_debugging
from orchestration.services.warehouse.dbt_part import part_of
from sources.errors import PlainError

# Manifests of this process, by the folder they were written in: a build then parses nothing again.
_parsed: dict[Path, Any] = {}
KEPT_TARGETS = 3
PARSED = "partial_parse.msgpack"


class DbtError(PlainError):
    """dbt could not parse or build; the message is its own first line, with where the whole log is."""

    fix = "Fix the model or the file of `dbt_project/` that the message names; `jalon rebuild` builds all again."


@dataclass(frozen=True)
class NodeResult:
    """How one model, seed or test ended."""

    unique_id: str
    status: str  # success | pass | warn | fail | error | skipped
    message: str
    failures: int
    seconds: float

    @property
    def is_failure(self) -> bool:
        """True when a test found rows, or the node could not be built."""
        return self.status in {"fail", "error", "runtime error"}


def manifest(paths: Paths) -> Path:
    """The manifest of the project as it stands, parsed if it never was. Raises DbtError when it does not parse.

    Parsing costs as much as building, and depends on the project alone: what it gives stands beside the project,
    for every installation, or under the installation's home where the project cannot be written. Each state of the
    project has a folder of its own, renamed into place, so that two processes never read a manifest half-written by
    the other.
    """
    name, folders = _place(paths)
    return _found(name, folders) or _parse(paths, _writable(folders), name)


def _place(paths: Paths) -> tuple[str, tuple[Path, ...]]:
    """The name of the project's state, and the folders its manifest may be in."""
    dbt = f"{version('dbt-core')} {version('dbt-duckdb')}"
    name = hashlib.sha256(f"{project_digest(paths.dbt_project)} {dbt}".encode()).hexdigest()[:16]
    return name, (paths.dbt_project / "target" / "manifests", paths.dbt_target / "manifests")


def _found(name: str, folders: Sequence[Path]) -> Path | None:
    places = (folder / name / "manifest.json" for folder in folders)
    return next((place for place in places if place.exists()), None)


def _writable(folders: Sequence[Path]) -> Path:
    """The first folder that can be made and written. OSError of the last one when none can."""
    for folder in folders[:-1]:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    folders[-1].mkdir(parents=True, exist_ok=True, mode=0o750)
    return folders[-1]


def _parse(paths: Paths, folder: Path, name: str) -> Path:
    found = folder / name / "manifest.json"
    aside = folder / f".{uuid4().hex}"
    aside.mkdir(mode=0o750)
    try:
        parsed = _invoke(paths, ["parse"], aside).result
        aside.rename(found.parent)
        _parsed[found.parent] = parsed
    except OSError:
        if not found.exists():  # else another process was quicker
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _forget_old_targets(folder)
    return found


def build(paths: Paths, selected: Sequence[str] | None = None) -> list[NodeResult]:
    """Build seeds, models and data tests, all or the nodes of the given unique ids with their tests.

    The caller holds the writer's lock. Returns every node's result, failures included; DbtError only when dbt could
    not run at all. Unit tests are the test suite's: they say nothing about the data.
    """
    if selected is not None and not selected:
        return []
    parsed = _manifest_of(manifest(paths).parent)
    # The files dbt writes of a run (manifest, results, graph) would be read by nobody: the results are returned.
    command = ["build", "--exclude-resource-type", "unit_test", "--no-write-json", "--cache-selected-only"]
    if selected is None:
        # Tables built one period at a time keep their old periods, unless they are told that their code changed.
        command.append("--full-refresh")
    else:
        command += ["--select", *(unique_id.split(".")[2] for unique_id in selected)]
        parsed = part_of(parsed, selected)
    return [_result(run) for run in _invoke(paths, command, paths.dbt_target / "target", parsed).result.results]


def _manifest_of(folder: Path) -> Any:
    """The manifest as dbt has it, from what it wrote when it parsed."""
    if folder not in _parsed:
        from dbt.contracts.graph.manifest import Manifest

        _parsed[folder] = Manifest.from_msgpack((folder / PARSED).read_bytes())
    return _parsed[folder]


def _result(run: Any) -> NodeResult:
    return NodeResult(
        unique_id=run.node.unique_id,
        status=str(run.status),
        message=str(run.message or ""),
        failures=int(run.failures or 0),
        seconds=float(run.execution_time),
    )


def _invoke(paths: Paths, command: Sequence[str], target: Path, parsed: Any = None) -> Any:
    from dbt.cli.main import dbtRunner

    os.environ[HOME_VARIABLE] = str(paths.home)  # profiles.yml finds the warehouse by it
    options = {
        "--project-dir": paths.dbt_project,
        "--profiles-dir": paths.dbt_project,
        "--target-path": target,
        "--log-path": paths.dbt_target / "logs",
    }
    arguments = [*command, *(str(part) for pair in options.items() for part in pair), "--no-use-colors"]
    # dbt's own lines would fall in the middle of the caller's.
    quiet = ["--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none"]
    said = Said()
    pass_over_debugging()
    try:
        runner = dbtRunner(manifest=parsed, callbacks=[said])
        outcome = runner.invoke([*arguments, *quiet, "--no-send-anonymous-usage-stats"])
    finally:
        _release_connections()
        log = said.write(paths.dbt_target / "logs" / "dbt.log")
    has_results = hasattr(outcome.result, "results")
    if outcome.exception is not None or not (outcome.success or has_results):
        reason = _reason(outcome.exception).replace("\n", " ")
        message = f"dbt {command[0]} failed: {reason} The whole log is {log}."
        raise DbtError(message)
    return outcome


def _reason(exception: BaseException | None) -> str:
    """What dbt stopped for; the name of an exception that says nothing, as that of an interruption."""
    if exception is None:
        return "it gives no reason."
    return str(exception).strip() or f"{type(exception).__name__}."


def _release_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _forget_old_targets(folder: Path) -> None:
    targets = sorted(
        (path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."),
        key=lambda path: path.stat().st_mtime,
    )
    for path in targets[:-KEPT_TARGETS]:
        shutil.rmtree(path, ignore_errors=True)


@cache
def read_manifest(path: Path) -> Mapping[str, Any]:
    """The manifest as a dictionary, read once in a process."""
    content: Mapping[str, Any] = json.loads(path.read_text())
    return content


def save_results(path: Path, digest: str, results: Sequence[NodeResult]) -> None:
    """Keep the results of a complete build, so that a run that skips it still shows them."""
    keep(path, digest, [asdict(result) for result in results])


def saved_results(path: Path, digest: str) -> list[NodeResult] | None:
    """The results of the complete build of this digest, None when they are not kept."""
    try:
        found = kept(path, digest)
        return None if found is None else [NodeResult(**result) for result in found]
    except TypeError:  # kept by another version
        return None
