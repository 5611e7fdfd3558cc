"""A real PostgreSQL on a socket, and one installation run as on a server: not root, code it cannot write."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.monkeypatch import MonkeyPatch

DATABASE_USER = "jalon"


def postgresql_programs() -> Path | None:
    """Where Debian's package puts initdb and pg_ctl; None without the package."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return next((path for path in reversed(found) if (path / "initdb").is_file()), None)


@dataclass(frozen=True)
class Database:
    """A running PostgreSQL that listens on a socket alone."""

    programs: Path
    sockets: Path

    def create(self, name: str) -> str:
        """A new, empty database; its address."""
        subprocess.run(
            [self.programs / "createdb", "-h", self.sockets, "-U", DATABASE_USER, name], check=True, capture_output=True
        )
        return f"postgresql://{DATABASE_USER}@/{name}?host={self.sockets}"


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """PostgreSQL from Debian's package, started and stopped here, as a user that is not root (it refuses root)."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="jalon-pg-", dir="/tmp"))  # a socket's path has to be short
    folder.chmod(0o755)
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    # nobody can reach the socket over a network; `trust` keeps passwords out of the tests
    made = [programs / "initdb", "-D", data, "-U", DATABASE_USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-w"]
    try:
        subprocess.run([*user, *made], check=True, capture_output=True, cwd=folder)
        started = [*user, *control, "-o", options, "-l", folder / "log", "start"]
        subprocess.run(started, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        yield Database(programs, folder)
    finally:
        subprocess.run([*user, *control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: "MonkeyPatch") -> None:
    """What commands export is put back, and nothing of the machine's settings comes in."""
    for name in ("JALON_HOME", "JALON_INBOX", "DAGSTER_HOME", "JALON_STORAGE_URL", "PGPASSWORD", "PGPASSFILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
