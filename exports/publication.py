"""Publishes a session: refused while something blocks, frozen once, corrected only by a new version with an erratum."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exports import files, snapshot
from exports.content.release import Waiver
from exports.edits import Edit, applied
from exports.marts import read_marts
from exports.readiness import require_ready
from exports.snapshot import Frozen
from exports.word.skeleton import TEMPLATE


class PublicationError(ValueError):
    """The session cannot be published this way; the message, in French, says why and the mend."""


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a publication is made of. `published_on` is the day the DNS publishes, given, never the clock's."""

    marts_path: Path
    session_code: str
    snapshots: Path
    published_on: dt.date
    code_version: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    template: Path | None = None
    edits: tuple[Edit, ...] = ()
    banner: str = ""
    waivers: tuple[Waiver, ...] = ()
    failed_checks: tuple[str, ...] = ()
    erratum: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A published version: where it is frozen, where its files were delivered."""

    version: int
    folder: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...]


def publish(request: Request, out_dir: Path) -> Published:
    """Freeze the next version of the session and deliver its files into `out_dir/v<N>/`.

    NotReadyError while something blocks; PublicationError when a published session has no erratum or nothing new.
    """
    marts = applied(read_marts(request.marts_path, request.session_code), request.edits)
    require_ready(marts, waivers=request.waivers, failed_checks=request.failed_checks)
    done = snapshot.versions(request.snapshots, request.session_code)
    replaces = done[-1] if done else 0
    _require_correction(request, marts.digest, replaces)
    frozen = Frozen(
        session_code=request.session_code,
        version=replaces + 1,
        published_on=request.published_on,
        code_version=request.code_version,
        facts_sha256=marts.digest,
        inputs=request.inputs,
        banner=request.banner,
        waivers=request.waivers,
        erratum_reason=request.erratum.strip(),
        replaces=replaces,
        previous=snapshot.latest(request.snapshots, marts.session.previous_session_code),
    )
    folder = snapshot.folder_of(request.snapshots, request.session_code, frozen.version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    rendered = snapshot.freeze(folder, frozen, request.marts_path, request.template or TEMPLATE, request.edits)
    return Published(frozen.version, folder, deliver(folder, out_dir), rendered.warnings)


def _require_correction(request: Request, digest: str, replaces: int) -> None:
    """A first version has no erratum; a later one says why, and differs in its facts or its template."""
    name = request.session_code
    if not replaces:
        if request.erratum.strip():
            raise PublicationError(f"{name} n’est pas encore publiée : un erratum n’a pas lieu d’être.")
        return
    if not request.erratum.strip():
        raise PublicationError(
            f"{name} est déjà publiée (version {replaces}) : une correction demande le motif d’un erratum."
        )
    folder = snapshot.folder_of(request.snapshots, name, replaces)
    before = snapshot.read(folder)
    template = (request.template or TEMPLATE).read_bytes()
    if before.facts_sha256 == digest and (folder / snapshot.TEMPLATE).read_bytes() == template:
        raise PublicationError(f"{name} : rien n’a changé depuis la version {replaces}.")


def deliver(folder: Path, out_dir: Path) -> tuple[Path, ...]:
    """Copy a frozen version's files into `out_dir/v<N>/`, read-only; the same files already there are left as they are.

    PublicationError when a file there is not the published one: nothing overwrites it. SnapshotError when the
    snapshot itself is damaged.
    """
    snapshot.verify(folder)
    target = out_dir / folder.name
    contents = {path.name: path.read_bytes() for path in sorted((folder / snapshot.DELIVERABLES).iterdir())}
    standing = {name: target / name for name in contents if (target / name).exists()}
    foreign = [name for name, path in standing.items() if path.read_bytes() != contents[name]]
    if foreign:
        raise PublicationError(f"{target} : {', '.join(foreign)} n’est pas le fichier publié ; rien n’a été écrit.")
    missing = {name: content for name, content in contents.items() if name not in standing}
    written = files.write_all(target, missing) if missing else {}
    for path in written.values():
        path.chmod(0o444)
    return tuple(target / name for name in contents)
