"""The last backup of an installation: where, when, what is not in it, and when it was last verified whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import Paths
from sources.files import atomic

NOTE = "last-backup.json"
# one is made each night: the second missed one is a fault
OLDEST_DAYS = 2


@dataclass(frozen=True)
class Saved:
    """A backup that was written and read again: `left_out` lists each file that is not in it, with the reason."""

    path: Path
    files: int
    size: int
    sha256: str
    checked: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class LastBackup:
    """What is noted of the last backup that could be read again. Times are ISO 8601, UTC."""

    path: str
    made_at: str
    files: int
    sha256: str
    left_out: tuple[str, ...] = ()
    # when a backup was last compared whole: this one, or an earlier one
    verified_at: str = ""

    def age_days(self, today: datetime) -> float:
        """Days since it was made."""
        return (today - datetime.fromisoformat(self.made_at)).total_seconds() / 86400


def note_backup(paths: Paths, saved: Saved, made_at: datetime) -> None:
    """Note a backup that was read again after it was written."""
    made = made_at.isoformat(timespec="seconds")
    before = last_backup(paths)
    verified_at = before.verified_at if before else ""
    _write(paths, asdict(LastBackup(str(saved.path), made, saved.files, saved.sha256, saved.left_out, verified_at)))


def note_verified(paths: Paths, at: datetime) -> None:
    """Note that a backup was compared whole."""
    last = last_backup(paths)
    if last is not None:
        _write(paths, {**asdict(last), "verified_at": at.isoformat(timespec="seconds")})


def last_backup(paths: Paths) -> LastBackup | None:
    """The last backup, None when there is none or its note cannot be read."""
    try:
        content = json.loads(_file(paths).read_text(encoding="utf-8"))
        return LastBackup(**{**content, "left_out": tuple(content["left_out"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def backup_problem(paths: Paths, today: datetime) -> str | None:
    """What is wrong with the last backup, with the fix; None when it is recent and holds every file.

    An installation of less than two days need not have one.
    """
    last = last_backup(paths)
    if last is None:
        try:
            age = today.timestamp() - (paths.home / "landing" / "VERSION").stat().st_mtime
        except OSError:
            return None
        return (
            None
            if age < OLDEST_DAYS * 86400
            else "no backup yet: `jalon backup` with --to and a folder of another disk"
        )
    if last.age_days(today) > OLDEST_DAYS:
        return (
            f"the last one is of {last.made_at}, {last.age_days(today):.0f} days old: `systemctl status jalon-backup`"
        )
    if last.left_out:
        return f"{len(last.left_out)} files are not in the last one, {last.left_out[0]}: give the right to read them"
    return None


def backup_words(last: LastBackup | None, today: datetime) -> str:
    """The age of the last backup, in French, for notices."""
    if last is None:
        return "Aucune sauvegarde n’a encore été faite."
    made = datetime.fromisoformat(last.made_at)
    days = int(last.age_days(today))
    age = "moins d’un jour" if days < 1 else f"{days}\u00a0jour{'s' if days > 1 else ''}"
    return f"Dernière sauvegarde relue\u00a0: {made:%d/%m/%Y}, il y a {age}."


def _file(paths: Paths) -> Path:
    return paths.home / NOTE


def _write(paths: Paths, content: Mapping[str, Any]) -> None:
    atomic.write(_file(paths), json.dumps(content))
