"""Releases side by side: the link moves after a backup, goes back by itself when health says no, and on demand."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from orchestration.services.runtime.paths import PROJECT

RELEASE = PROJECT / "deploy" / "bin" / "release"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two releases whose health and doctor are told by a file, a systemctl that only notes what it is asked."""
    for name in ("1.0", "2.0"):
        folder = tmp_path / "opt" / "releases" / name
        for program in (".venv/bin/jalon", "deploy/bin/health"):
            path = folder / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\ntest ! -e {folder}/broken\n")
            path.chmod(0o755)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "jalon.env").write_text("JALON_BACKUPS=/invented/backups\n")
    programs = {
        "systemctl": f'echo "$(readlink {tmp_path}/opt/current) $*" >> {tmp_path}/asked',
        "jalon": f'echo "jalon $*" >> {tmp_path}/asked; test ! -e {tmp_path}/no-backup',
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def release(root: Path, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "JALON_ROOT": str(root / "opt"),
        "JALON_SYSTEMCTL": str(root / "systemctl"),
        "JALON_COMMAND": str(root / "jalon"),
        "JALON_SETTINGS": str(root / "etc"),
        **settings,
    }
    return subprocess.run([RELEASE, *arguments], env=environment, capture_output=True, text=True, check=False)


def current(root: Path) -> str:
    return str((root / "opt" / "current").readlink())


def asked(root: Path) -> list[str]:
    return (root / "asked").read_text().splitlines()


def test_an_upgrade_backs_up_then_moves_the_link_and_a_rollback_moves_it_back(root: Path) -> None:
    assert release(root, "switch", "1.0").returncode == 0
    (root / "asked").unlink()
    done = release(root, "switch", "2.0")
    assert done.returncode == 0, done.stderr
    assert current(root) == "releases/2.0"
    assert asked(root) == ["jalon backup --to /invented/backups", "releases/2.0 restart jalon.target", "jalon doctor"]
    assert release(root, "list").stdout == "  1.0\n* 2.0\n"
    done = release(root, "rollback")
    assert done.returncode == 0, done.stderr
    assert current(root) == "releases/1.0"
    assert release(root, "rollback").returncode == 1, "there is nothing before it any more"


def test_without_a_backup_nothing_is_changed(root: Path) -> None:
    release(root, "switch", "1.0")
    (root / "no-backup").touch()
    done = release(root, "switch", "2.0")
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert current(root) == "releases/1.0"


def test_a_release_that_does_not_answer_is_left_again_by_itself(root: Path) -> None:
    release(root, "switch", "1.0")
    (root / "opt" / "releases" / "2.0" / "broken").touch()
    done = release(root, "switch", "2.0")
    assert done.returncode == 1
    assert "back on 1.0" in done.stderr
    assert current(root) == "releases/1.0"
    assert asked(root)[-1] == "releases/1.0 restart jalon.target"


def test_a_release_is_never_changed_and_a_name_makes_no_path(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    assert "no requirements.lock" in release(root, "install", source, "3.0").stderr
    (source / "requirements.lock").touch()
    assert "is there already" in release(root, "install", source, "2.0").stderr
    assert "expected letters" in release(root, "install", source, "../3.0").stderr
    assert "is not installed" in release(root, "switch", "3.0").stderr
    assert "is the current release" in (release(root, "switch", "1.0"), release(root, "switch", "1.0"))[1].stderr


def test_an_environment_that_cannot_be_made_leaves_no_release(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "requirements.lock").touch()
    (tmp_path / "python").write_text(
        '#!/bin/sh\nmkdir -p "$3/bin" && printf "#!/bin/sh\\nexit 1\\n" > "$3/bin/python"\n'
    )
    (tmp_path / "python").chmod(0o755)
    done = release(root, "install", source, "3.0", PYTHON=str(tmp_path / "python"))
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert not (root / "opt" / "releases" / "3.0").exists()


def test_the_command_is_the_service_s_user_settings_and_umask(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    folder = Path(tempfile.mkdtemp(prefix="jalon-"))  # where that user may pass
    try:
        folder.chmod(0o755)
        program = folder / ".venv" / "bin" / "jalon"
        program.parent.mkdir(parents=True)
        program.write_text('#!/bin/sh\necho "$(id -un) $(umask) $JALON_HOME $JALON_SMTP_PASSWORD $*"\n')
        program.chmod(0o755)
        (tmp_path / "jalon.env").write_text("JALON_HOME=/invented/home\n")
        (tmp_path / "secrets.env").write_text("JALON_SMTP_PASSWORD='a b'\n")
        (tmp_path / "secrets.env").chmod(0o600)
        settings = {"JALON_SETTINGS": str(tmp_path), "JALON_RELEASE": str(folder), "JALON_USER": "games"}
        done = subprocess.run(
            [PROJECT / "deploy" / "bin" / "jalon", "status", "--session", "CNS-13"],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        shutil.rmtree(folder)
    assert done.stdout == "games 0027 /invented/home a b status --session CNS-13\n"
