"""A published session in one file: what was published, what partners were sent and answered, and the audit trail.

`JALON_HOME/archives/<session>_v<N>.tar`, with the SHA-256 of each file in its catalogue. Not a backup (`jalon backup`
saves what the installation works with): this is what a session leaves behind, to be stored elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.services.backup.archive import writing_archive
from orchestration.services.runtime.locks import writing
from orchestration.services.runtime.narrator import Log
from orchestration.services.runtime.paths import Paths
from sources.landing.store import hash_file

FOLDERS = ("snapshots", "deliverables", "templates", "reminders", "receipts")
TRAIL = ("audit/audit.jsonl", "audit/head.json")


class SessionArchiveError(Exception):
    """A session that cannot be archived; the message names why and the fix."""


@dataclass(frozen=True)
class Archived:
    """The archive of a session: where, how many files, its SHA-256, whether it was made now."""

    path: Path
    version: int
    files: int
    sha256: str
    is_new: bool


def archive_session(paths: Paths, session_code: str, *, log: Log) -> Archived:
    """Archive the last published version, once. SessionArchiveError when none is; SnapshotError when it is damaged."""
    from exports import snapshot

    found = snapshot.versions(paths.snapshots, session_code)
    if not found:
        message = f"{session_code} is not published: there is nothing to archive. Publish it first."
        raise SessionArchiveError(message)
    version = found[-1]
    target = paths.home / "archives" / f"{session_code}_v{version}.tar"
    with writing(paths.writer_lock, log=log):
        snapshot.verify(snapshot.folder_of(paths.snapshots, session_code, version))
        files = dict(_files(paths, session_code))
        is_new = not target.exists()
        if is_new:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            about = {"session": session_code, "version": version}
            with writing_archive(target, lambda: about, hides_names=False) as archive:
                for name, path in files.items():
                    archive.add(name, path)
            target.chmod(0o440)
    log(f"{session_code}: version {version} {'archived' if is_new else 'was archived before, left as it is'}")
    return Archived(target, version, len(files), hash_file(target), is_new)


def _files(paths: Paths, session_code: str) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((paths.home / folder / session_code).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(paths.home)), path
    for name in TRAIL:
        if (paths.home / name).is_file():
            yield name, paths.home / name
