"""dbt in process: the project parsed once for each state of its files, the build, its results as plain values.

`dbtRunner` with a parsed manifest builds in half the time of the command, which reads the whole project again.
"""

import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import HOME_VARIABLE, Paths
from sources.errors import PlainError

ENGINE_VARIABLE = "JALON_ENGINE"
DUCKDB, SPARK = ENGINES = ("duckdb", "spark")
MANIFEST = "manifest.json"
PARSED = "manifest.pickle"
KEPT_MANIFESTS = 3


class DbtError(PlainError):
    """dbt could not parse or build; the message is its own first line, with where the whole log is."""

    fix = "Fix the model or the file of `dbt_project/` that the message names; `jalon rebuild` builds all again."


class EngineError(PlainError):
    """The engine that is asked for is none that Jalon knows, or is not installed."""

    fix = "Leave JALON_ENGINE out for DuckDB; for Spark run `make spark` and use `.venv-spark/bin/jalon`."


def engine() -> str:
    """The engine that builds the marts: what JALON_ENGINE says, else DuckDB. EngineError for a name of no engine."""
    name = os.environ.get(ENGINE_VARIABLE) or DUCKDB
    if name not in ENGINES:
        raise EngineError(f"{ENGINE_VARIABLE} is {name!r}; the engines are {' and '.join(ENGINES)}.")
    return name


def require_engine() -> None:
    """EngineError when this environment or this machine lacks what the engine needs."""
    if engine() == DUCKDB:
        return
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        raise EngineError(f"{ENGINE_VARIABLE} is {SPARK!r} and this environment has no Spark.")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(
            "Spark needs Java 17: no `java` on the PATH and no JAVA_HOME. Install openjdk-17-jre-headless."
        )


@dataclass(frozen=True)
class NodeResult:
    """How one model, seed or test ended."""

    unique_id: str
    status: str  # success | pass | warn | fail | error | skipped
    message: str
    failures: int
    seconds: float
    sql: str = ""  # a model as dbt compiled it

    @property
    def is_failure(self) -> bool:
        """True when a test found rows, or the node could not be built."""
        return self.status in {"fail", "error", "runtime error"}


def manifest(paths: Paths) -> Path:
    """`manifest.json` of the project as its files are now; parsed if it never was. DbtError when it does not parse.

    Parsing takes as long as building and depends on the project alone. So the manifest lies beside the project, for
    every installation, or under the installation's home where the project cannot be written. Each state of the
    project has a folder of its own, renamed into place: no process reads what another one is writing.
    """
    name = paths.memo.key(__name__, data=[paths.dbt_project, engine()])[:16]
    folders = [paths.dbt_project / "target" / "manifests", paths.dbt_target / "manifests"]
    found = next((folder / name for folder in folders if _is_ours(folder / name / PARSED)), None)
    return (found or _parse(paths, next(filter(_is_writable, folders), folders[-1]) / name)) / MANIFEST


@cache
def read_manifest(path: Path) -> Mapping[str, Any]:
    """The manifest as a dictionary, read once in a process."""
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def build(paths: Paths, selected: Sequence[str] | None = None) -> list[NodeResult]:
    """Build seeds, models and data tests, all or the nodes of the given unique ids with their tests.

    The caller holds the writer's lock, and a connection to the warehouse with dbt's own settings: dbt closes its
    connections after each node (`keep_open: false` of the profile), and the file would be opened anew for the next.
    Returns every node's result, failures included; DbtError only when dbt could not run at all. Unit tests are the
    test suite's: they say nothing about the data.
    """
    if selected is not None and not selected:
        return []
    parsed = pickle.loads(manifest(paths).with_name(PARSED).read_bytes())  # noqa: S301 - `_is_ours`
    # The files dbt writes of a run (manifest, results, graph) would be read by nobody: the results are returned.
    command = ["build", "--exclude-resource-type", "unit_test", "--no-write-json", "--cache-selected-only"]
    if selected is None:
        # Tables built one period at a time keep their old periods, unless dbt is asked to build all of it.
        command.append("--full-refresh")
    else:
        command += ["--select", *(unique_id.split(".")[2] for unique_id in selected)]
    return [_result(run) for run in _invoke(paths, command, paths.dbt_target / "target", parsed).results]


def operate(paths: Paths, macro: str, arguments: Mapping[str, Any]) -> None:
    """Run a macro of the project. DbtError when it fails."""
    parsed = pickle.loads(manifest(paths).with_name(PARSED).read_bytes())  # noqa: S301 - `_is_ours`
    command = ["run-operation", macro, "--args", json.dumps(arguments)]
    done = _invoke(paths, command, paths.dbt_target / "target", parsed)
    if any(str(result.status) != "success" for result in done.results):  # what failed is said in the log alone
        raise DbtError(f"dbt {macro} failed: {paths.dbt_target / 'logs' / 'dbt.log'} says why.")


def _parse(paths: Paths, folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        parsed = _invoke(paths, ["parse"], aside)
        # dbt pickles its manifest without one of its indexes, in whose place the next one is read; a copy has none yet.
        (aside / PARSED).write_bytes(pickle.dumps(parsed.deepcopy()))
        aside.rename(folder)
    except OSError:
        if not _is_ours(folder / PARSED):  # else another process was quicker
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    for old in sorted(folder.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime)[:-KEPT_MANIFESTS]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _is_ours(pickled: Path) -> bool:
    """Whether a pickle was written by this user: loading one executes what it says."""
    return pickled.is_file() and pickled.stat().st_uid == os.geteuid()


def _is_writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(existing, os.W_OK)


def _result(run: Any) -> NodeResult:
    return NodeResult(
        unique_id=run.node.unique_id,
        status=str(run.status),
        message=str(run.message or ""),
        failures=int(run.failures or 0),
        seconds=float(run.execution_time),
        sql=str(getattr(run.node, "compiled_code", None) or "") if run.node.resource_type == "model" else "",
    )


def _invoke(paths: Paths, command: Sequence[str], target: Path, parsed: Any = None) -> Any:
    """What dbt returns for a command: a manifest, or results. Its log goes to a file, nothing to the terminal."""
    from dbt.cli.main import dbtRunner

    os.environ[HOME_VARIABLE] = str(paths.home)  # profiles.yml finds the warehouse by it
    log = paths.dbt_target / "logs"
    options = {
        "--project-dir": paths.dbt_project,
        "--profiles-dir": paths.dbt_project,
        "--target-path": target,
        "--log-path": log,
        "--log-level": "none",
        "--log-level-file": "info",
    }
    flags = ["--quiet", "--no-print", "--no-use-colors", "--no-send-anonymous-usage-stats"]
    arguments = [*command, *(str(part) for pair in options.items() for part in pair), *flags]
    outcome = dbtRunner(manifest=parsed).invoke(arguments)
    has_results = hasattr(outcome.result, "results")
    if outcome.exception is not None or not (outcome.success or has_results):
        reason = _reason(outcome.exception).replace("\n", " ")
        raise DbtError(f"dbt {command[0]} failed: {reason} The whole log is {log / 'dbt.log'}.")
    return outcome.result


def _reason(exception: BaseException | None) -> str:
    """What dbt stopped for; the name of an exception that says nothing, as that of an interruption."""
    if exception is None:
        return "it gives no reason."
    return str(exception).strip() or f"{type(exception).__name__}."
