"""Where everything is: the code, the drop folder, and the state of one installation."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sources.files import memo
from sources.files.memo import Memo

PROJECT = memo.PROJECT

# the days of the roadmap are days in Paris
PARIS = ZoneInfo("Europe/Paris")
HOME_VARIABLE = "JALON_HOME"
INBOX_VARIABLE = "JALON_INBOX"


@dataclass(frozen=True)
class Paths:
    """The folders of one installation. `home` holds all its state, `inbox` is where files are dropped."""

    home: Path
    inbox: Path
    project: Path = PROJECT

    @classmethod
    def from_environment(cls, home: Path | None = None, inbox: Path | None = None) -> "Paths":
        """The given folders, else JALON_HOME and JALON_INBOX, else `var/` and `sources/inbox/` of the project."""
        return cls(
            home=_resolved(home, HOME_VARIABLE, PROJECT / "var"),
            inbox=_resolved(inbox, INBOX_VARIABLE, PROJECT / "sources" / "inbox"),
        )

    def export(self) -> None:
        """Give child processes, dbt's profile and Dagster's own start-up the place of this installation."""
        os.environ[HOME_VARIABLE] = str(self.home)
        os.environ[INBOX_VARIABLE] = str(self.inbox)
        os.environ["DAGSTER_HOME"] = str(self.dagster_home)

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.project / "dbt_project"

    @property
    def seeds(self) -> Path:
        """The reference: one reviewed CSV a table."""
        return self.dbt_project / "seeds"

    @property
    def dbt_target(self) -> Path:
        """What dbt writes: manifests, compiled SQL, logs."""
        return self.home / "dbt"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that is written; disposable."""
        return self.home / "warehouse.duckdb"

    @property
    def spark(self) -> Path:
        """Spark's tables and its metastore, where Spark is the engine; disposable. Its nodes must see it."""
        return self.home / "spark"

    @property
    def marts(self) -> Path:
        """The readers' copy of schema `marts`, replaced whole after each build.

        It is not called as its schema: DuckDB would refuse `marts.<table>` as ambiguous.
        """
        return self.home / "jalon.duckdb"

    @property
    def former_marts(self) -> Path:
        """The readers' copy as it was called before; the first build removes it."""
        return self.home / "marts.duckdb"

    @property
    def memo(self) -> Memo:
        """What was computed before: losing it costs time, never a result."""
        return _memo(self.home / "memo")

    @property
    def writer_lock(self) -> Path:
        """The file whose lock a process holds while it writes any state."""
        return self.home / "writer.lock"

    @property
    def living(self) -> Path:
        """One lock file for each run that is executing."""
        return self.dagster_home / "living"

    @property
    def channels_lock(self) -> Path:
        """The file whose lock a process holds while it takes what came by a channel."""
        return self.home / "mailroom" / "collect.lock"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance that the command line and the UI share."""
        return self.home / "dagster"

    @property
    def receipts(self) -> Path:
        """The answers to drops, by session and partner."""
        return self.home / "receipts"

    @property
    def snapshots(self) -> Path:
        """What published sessions were rendered from, frozen: memory, as the landing is."""
        return self.home / "snapshots"

    @property
    def published_sessions(self) -> frozenset[str]:
        """The sessions that a version was published of."""
        return frozenset(version.parent.name for version in self.snapshots.glob("*/v*"))

    def deliverables(self, session_code: str) -> Path:
        """Where a session's files are written."""
        return self.home / "deliverables" / session_code


def now() -> datetime:
    """The time a file is received at. The one clock of the project: no model and no writer reads it."""
    return datetime.now(UTC)


@cache
def _memo(folder: Path) -> Memo:
    return Memo(folder)


def _resolved(given: Path | None, variable: str, default: Path) -> Path:
    if given is not None:
        return given.expanduser().resolve()
    from_environment = os.environ.get(variable)
    return Path(from_environment).expanduser().resolve() if from_environment else default
