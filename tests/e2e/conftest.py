"""One real run of the whole line, shared by every end-to-end test: the shipped inbox, `jalon report`, its files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.services.runtime.paths import PROJECT, Paths
from orchestration.services.warehouse.database import open_marts
from sources.landing.store import hash_file

SESSION = "CNS-12"
INBOX = PROJECT / "sources" / "inbox"


@dataclass(frozen=True)
class Line:
    """An installation of its own, run by the real command in a process of its own."""

    paths: Paths

    def jalon(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `jalon`; its output is captured."""
        environment = {**os.environ, "JALON_HOME": str(self.paths.home), "JALON_INBOX": str(self.paths.inbox)}
        return subprocess.run(
            [sys.executable, "-m", "orchestration", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same in this process: for what runs no job."""
        places = ["--home", str(self.paths.home), "--inbox", str(self.paths.inbox)]
        done = CliRunner().invoke(main, [*arguments, *places])
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    def copied_to(self, folder: Path) -> "Line":
        """A copy as it was left, to be changed at will."""
        copy = Line(Paths(home=folder / "home", inbox=folder / "inbox"))
        shutil.copytree(self.paths.home, copy.paths.home)
        shutil.copytree(self.paths.inbox, copy.paths.inbox)
        return copy

    def report(self) -> subprocess.CompletedProcess[str]:
        """`jalon report`, that has to succeed."""
        done = self.jalon("report", "--session", SESSION)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the readers' copy."""
        with open_marts(self.paths.marts) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return rows

    def marts(self) -> Mapping[str, list[str]]:
        """Every mart, row by row, in an order that does not depend on how it was built."""
        tables = self.query(
            "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
        )
        return {name: sorted(map(repr, self.query(f"select * from marts.{name}"))) for (name,) in tables}

    def deliverables(self) -> Mapping[str, str]:
        """The session's files: name → SHA-256."""
        folder = self.paths.deliverables(SESSION)
        return {path.name: hash_file(path) for path in sorted(folder.iterdir()) if not path.name.startswith(".")}

    @property
    def word(self) -> Path:
        """The session's report."""
        return self.paths.deliverables(SESSION) / f"{SESSION}_etat-avancement.docx"

    @property
    def excel(self) -> Path:
        """The session's dashboard."""
        return self.paths.deliverables(SESSION) / f"{SESSION}_tableau-de-bord.xlsx"


def install(folder: Path) -> Line:
    """A new installation with the shipped inbox, nothing built."""
    line = Line(Paths(home=folder / "home", inbox=folder / "inbox"))
    shutil.copytree(INBOX, line.paths.inbox)
    return line


def _render(folder: Path) -> None:
    install(folder).report()


@pytest.fixture(scope="session")
def shipped(built_once: Callable[[str, Callable[[Path], None]], Path]) -> Line:
    """The shipped inbox, rendered once for all workers. Tests that change anything take `copied`."""
    folder = built_once("shipped", _render)
    return Line(Paths(home=folder / "home", inbox=folder / "inbox"))


@pytest.fixture
def copied(shipped: Line, tmp_path: Path) -> Line:
    """A copy of the shipped installation as it was left, to be changed at will."""
    return shipped.copied_to(tmp_path)
