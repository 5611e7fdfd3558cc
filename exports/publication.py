"""Publishes a session: refused while something blocks, frozen once, corrected only by a new version with an erratum."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from exports import manifest, snapshot
from exports.content.release import NEUTRAL_THEME, Exchange, Waiver, banner_of
from exports.edits import Edit
from exports.readiness import require_ready
from exports.snapshot import Frozen
from exports.stated import stated
from exports.word.styles import TEMPLATE
from sources.files import atomic


class PublicationError(ValueError):
    """The session cannot be published this way; the message, in French, says why and the fix."""


class Request(Struct, frozen=True):
    """Everything a publication is made of. `published_on` is the day the DNS publishes, given, never the clock's."""

    marts_path: Path
    session_code: str
    snapshots: Path
    published_on: dt.date
    code_version: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    template: Path | None = None
    theme: str = NEUTRAL_THEME
    edits: tuple[Edit, ...] = ()
    banner: str = ""
    waivers: tuple[Waiver, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    failed_checks: tuple[str, ...] = ()
    erratum: str = ""


class Published(Struct, frozen=True):
    """A published version: where it is frozen, where its files are, whether this call made it."""

    version: int
    folder: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    is_new: bool = True


def publish(request: Request, out_dir: Path) -> Published:
    """Freeze the next version of the session and deliver its files (`deliver`).

    Asked again with nothing changed, it delivers the current version, so that a publication that was killed after
    its freeze is completed by the next one. NotReadyError while something blocks; PublicationError when a published
    session has changed and no erratum says why, or has not and one does.
    """
    marts = stated(request.marts_path, request.session_code, edits=request.edits)
    require_ready(marts, waivers=request.waivers, failed_checks=request.failed_checks)
    done = snapshot.versions(request.snapshots, request.session_code)
    replaces = done[-1] if done else 0
    if replaces and not _is_correction(request, marts.digest, replaces):
        folder = snapshot.folder_of(request.snapshots, request.session_code, replaces)
        return Published(replaces, folder, deliver(folder, out_dir), is_new=False)
    if not replaces and request.erratum.strip():
        raise PublicationError(f"{request.session_code} n’est pas encore publiée : un erratum n’a pas lieu d’être.")
    frozen = Frozen(
        session_code=request.session_code,
        version=replaces + 1,
        published_on=request.published_on,
        code_version=request.code_version,
        facts_sha256=marts.digest,
        inputs=request.inputs,
        banner=request.banner or banner_of(marts),
        theme=request.theme,
        waivers=request.waivers,
        exchanges=request.exchanges,
        erratum_reason=request.erratum.strip(),
        replaces=replaces,
        previous=snapshot.latest(request.snapshots, marts.session.previous_session_code),
    )
    folder = snapshot.folder_of(request.snapshots, request.session_code, frozen.version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    rendered = snapshot.freeze(folder, frozen, request.marts_path, request.template or TEMPLATE, request.edits)
    return Published(frozen.version, folder, deliver(folder, out_dir), rendered.warnings)


def _is_correction(request: Request, digest: str, replaces: int) -> bool:
    """Whether the request is another version than the current one; PublicationError where it cannot be one."""
    name, erratum = request.session_code, request.erratum.strip()
    folder = snapshot.folder_of(request.snapshots, name, replaces)
    before = snapshot.read(folder)
    template = (request.template or TEMPLATE).read_bytes()
    is_same = before.facts_sha256 == digest and (folder / snapshot.TEMPLATE).read_bytes() == template
    is_same = is_same and before.theme == request.theme
    if is_same and erratum in {"", before.erratum_reason}:
        return False
    if is_same:
        raise PublicationError(f"{name} : rien n’a changé depuis la version {replaces}, il n’y a rien à corriger.")
    if not erratum:
        raise PublicationError(
            f"{name} est déjà publiée (version {replaces}) et les faits ont changé depuis → pour publier une "
            "correction, dites-en le motif : --erratum « … »"
        )
    return True


def deliver(folder: Path, out_dir: Path) -> tuple[Path, ...]:
    """Put a frozen version's files, read-only, into `out_dir/v<N>/` for good and into `out_dir` while it is the last.

    In `out_dir` they take the place of the draft or of the version corrected; a file there that nobody rendered is
    left alone and said. PublicationError when a file is neither the published one nor one of ours: nothing is
    written. SnapshotError when the snapshot itself is damaged. Returns the files in `out_dir`.
    """
    snapshot.verify(folder)
    contents = {path.name: path.read_bytes() for path in sorted((folder / snapshot.DELIVERABLES).iterdir())}
    kept = _missing(out_dir / folder.name, contents, replaceable={})
    current = _missing(out_dir, contents, replaceable=_rendered(out_dir))
    for target, missing in ((out_dir / folder.name, kept), (out_dir, current)):
        target.mkdir(parents=True, exist_ok=True)
        for path in atomic.write_all({target / name: missing[name] for name in missing}, durable=True):
            path.chmod(0o440)
    return tuple(out_dir / name for name in contents)


def _missing(target: Path, contents: Mapping[str, bytes], replaceable: Mapping[str, str]) -> dict[str, bytes]:
    """The files still to write in a folder; PublicationError naming those that may not be replaced."""
    standing = {name: (target / name).read_bytes() for name in contents if (target / name).exists()}
    wanted = {name: content for name, content in contents.items() if standing.get(name) != content}
    foreign = [
        name for name in wanted.keys() & standing.keys() if manifest.sha256(standing[name]) != replaceable.get(name)
    ]
    if foreign:
        raise PublicationError(
            f"{target} : {', '.join(sorted(foreign))} n’est pas le fichier publié ni un rendu de Jalon ; rien n’a été "
            "écrit → mettez ce fichier de côté (un brouillon corrigé : dans drafts/ du dossier de dépôt), puis relancez"
        )
    return wanted


def _rendered(out_dir: Path) -> dict[str, str]:
    """What the folder's manifest says was rendered there, and the manifest itself: name → SHA-256."""
    path = out_dir / manifest.FILE_NAME
    try:
        content = path.read_bytes()
        outputs = json.loads(content)["outputs"]
    except (OSError, ValueError, KeyError):
        return {}
    return {name: told["sha256"] for name, told in outputs.items()} | {path.name: manifest.sha256(content)}
