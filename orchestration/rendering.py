"""Rendering a session from the readers' copy, or not, when nothing that decides its bytes has changed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.code_version import code_version
from orchestration.paths import Paths
from orchestration.warehouse import marts_digest, open_marts
from sources.landing.store import Landing, hash_file

MANIFEST = "manifest.json"
KEPT = ".rendered.json"


@dataclass(frozen=True)
class Rendered:
    """The files of a session as they stand."""

    files: tuple[Path, ...]
    sha256: Mapping[str, str]
    is_unchanged: bool


def render_session(paths: Paths, session_code: str, tell: Callable[[str], None], *, state: str = "draft") -> Rendered:
    """Write the session's files, or find them as they were rendered from the same marts by the same code.

    A published session is rendered no more: its last version's files are put there as they were frozen. The caller
    holds the writer's lock.
    """
    from exports import render, snapshot

    out_dir = paths.deliverables(session_code)
    published = snapshot.latest(paths.snapshots, session_code)
    if published is not None:
        return _delivered(paths, session_code, published[1], tell)
    key = _render_key(paths, session_code, state)
    kept = _kept(out_dir, key)
    if kept is not None:
        tell(f"{session_code}: marts and template unchanged, files left as they are")
        return Rendered(tuple(out_dir / name for name in kept), kept, is_unchanged=True)
    out_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    (out_dir / KEPT).unlink(missing_ok=True)
    rendered = render(
        paths.marts,
        session_code,
        out_dir,
        state=state,
        code_version=code_version(paths.project),
        inputs=inputs_of(paths, session_code),
    )
    written = rendered.paths
    hashes = {path.name: hash_file(path) for path in written}
    _keep(out_dir, key, hashes)
    for path in written:
        tell(f"{session_code}: wrote {path.name}")
    return Rendered(written, hashes, is_unchanged=False)


def _delivered(paths: Paths, session_code: str, version: int, tell: Callable[[str], None]) -> Rendered:
    from exports import publication, snapshot

    out_dir = paths.deliverables(session_code)
    files = publication.deliver(snapshot.folder_of(paths.snapshots, session_code, version), out_dir)
    hashes = {path.name: hash_file(path) for path in files}
    _keep(out_dir, f"published version {version}", hashes)
    tell(f"{session_code}: published, the files of version {version} are left as they were frozen")
    return Rendered(files, hashes, is_unchanged=True)


def rendered_files(paths: Paths, session_code: str) -> dict[str, str]:
    """Name and SHA-256 of the session's files as they were last rendered; {} when they never were."""
    try:
        files: dict[str, str] = json.loads((paths.deliverables(session_code) / KEPT).read_text())["files"]
    except (OSError, ValueError, KeyError):
        return {}
    return files


def _render_key(paths: Paths, session_code: str, state: str) -> str:
    parts = (str(marts_digest(paths.marts)), session_code, state, code_version(paths.project))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _keep(out_dir: Path, key: str, hashes: Mapping[str, str]) -> None:
    aside = out_dir / f"{KEPT}.part"
    aside.write_text(json.dumps({"key": key, "files": hashes}, indent=1))
    aside.replace(out_dir / KEPT)


def _kept(out_dir: Path, key: str) -> dict[str, str] | None:
    """The names and hashes of the files already rendered for this key, None when one of them is not as written."""
    try:
        content = json.loads((out_dir / KEPT).read_text())
        files: dict[str, str] = content["files"]
        if content["key"] == key and all(hash_file(out_dir / name) == sha256 for name, sha256 in files.items()):
            return files
    except (OSError, ValueError, KeyError):
        return None
    return None


def inputs_of(paths: Paths, session_code: str) -> dict[str, str]:
    """What the session was rendered from: the sources known at its cut-off, the decisions taken, the reference."""
    with open_marts(paths.marts) as marts:
        sources = marts.execute(
            "select source.source_ref, source.sha256 from marts.dim_source source, marts.dim_cns_session session "
            "where session.session_code = ? and source.as_of <= session.cut_off order by all",
            [session_code],
        ).fetchall()
    found = {str(ref): str(sha256) for ref, sha256 in sources if sha256}
    for decided in Landing(paths.home).current("decisions"):
        found[f"decisions/{decided.sha256[:8]}_{decided.file_name}"] = decided.sha256
    for path in sorted(paths.seeds.glob("*.csv")):
        found[f"reference/{path.name}"] = hash_file(path)
    return found
