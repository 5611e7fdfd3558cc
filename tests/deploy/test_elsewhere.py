"""Installed by another: another user, read-only code, spaces and accents in every path, other locales, umask 077."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.services.runtime.paths import PROJECT
from tests.deploy.test_deployed import prefix

pytestmark = pytest.mark.long

CODE = ("orchestration", "sources", "quality", "exports", "dbt_project", "dagster.yaml", "pyproject.toml")
# one that every machine has, one that turns I into ı, which most have not
LOCALES = ({"LC_ALL": "C"}, {"LANG": "tr_TR.UTF-8"})


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Code that nobody may write, and folders of the service's user; names that a shell or a URL would break."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-"))
    folder.chmod(0o755)
    code = folder / "Code de l’été (n° 1)"
    code.mkdir()
    for name in CODE:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, code / name, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
        else:
            shutil.copy(source, code / name)
    subprocess.run(["chmod", "-R", "a-w,a+rX", code], check=True)
    data = folder / "État de l’année & suite"
    shutil.copytree(PROJECT / "sources" / "inbox", data / "Dépôt des partenaires")
    if prefix():
        subprocess.run(["chown", "-R", "nobody:nogroup", data], check=True)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", code], check=True)
    shutil.rmtree(folder)


def jalon(place: Path, locale: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command with nothing in its environment but the two folders and the locale, in the folder of the state."""
    data = place / "État de l’année & suite"
    return subprocess.run(
        [*prefix(), sys.executable, "-m", "orchestration", *map(str, arguments)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(place / "Code de l’été (n° 1)"),
            "JALON_HOME": str(data / "Mémoire"),
            "JALON_INBOX": str(data / "Dépôt des partenaires"),
            **locale,
        },
        cwd=data,
        umask=0o077,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_session_is_made_by_another_user_from_code_it_cannot_write_whatever_the_locale(place: Path) -> None:
    plain, turkish = LOCALES
    began = time.time()
    data = place / "État de l’année & suite"
    made = jalon(place, plain, "report", "--session", "CNS-12")
    assert made.returncode == 0, made.stdout + made.stderr
    files = [Path(line) for line in made.stdout.splitlines() if line.startswith(str(data))]
    assert {path.suffix for path in files} >= {".docx", ".xlsx", ".html", ".zip"}
    assert all(path.is_file() for path in files)
    workbook = data / "Dépôt des partenaires" / "partners" / "ANS" / "CNS-12_ANS.xlsx"
    for command in (["status", "--session", "CNS-12"], ["check", workbook]):
        one, other = (jalon(place, locale, *command) for locale in LOCALES)
        assert one.returncode == 0, one.stdout + one.stderr
        assert (one.stdout, one.stderr) == (other.stdout, other.stderr)
        assert "GIE SESAM-Vitale" in one.stdout or "accepté" in one.stdout
    asked = jalon(
        place, turkish, "templates", "--session", "CNS-13", "--partner", "ANS", "--out", data / "Modèles à remplir"
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert (data / "Modèles à remplir" / "CNS-13_ANS.xlsx").is_file()
    again = jalon(place, turkish, "report", "--session", "CNS-12")
    assert again.returncode == 0, again.stdout + again.stderr
    sound = jalon(place, turkish, "doctor", "--deep")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    code = place / "Code de l’été (n° 1)"
    assert [path for path in code.rglob("*") if path.stat().st_mtime > began and path.is_file()] == []
