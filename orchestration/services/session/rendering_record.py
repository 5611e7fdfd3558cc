"""What is remembered of a session's last rendering: its files with their SHA-256, and the key that decided them.

A rendering records what it is about to write before it writes it: what a killed one left is known as ours, and is not
taken for an edit of the DNS.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import Paths
from sources.files import atomic
from sources.landing.store import hash_file

MANIFEST = "manifest.json"
KEPT = ".rendered.json"


def note_rendered(out_dir: Path, key: str, hashes: Mapping[str, str]) -> None:
    """Remember a rendering that is complete."""
    _write(out_dir, {"key": key, "files": dict(hashes)})


def announce(out_dir: Path, hashes: Mapping[str, str]) -> None:
    """Remember what a rendering is about to write, beside what the last complete one wrote."""
    content = _read(out_dir)
    begun = {name: sorted({*content.get("begun", {}).get(name, []), sha256}) for name, sha256 in hashes.items()}
    _write(out_dir, {"key": "", "files": {}, **content, "begun": begun})


def left_by_us(paths: Paths, session_code: str, name: str) -> bool:
    """Whether a file of a session is one that Jalon itself left there: rendered, begun by a killed run, published."""
    folder = paths.deliverables(session_code)
    content, sha256 = _read(folder), hash_file(folder / name)
    return (
        sha256 == content.get("files", {}).get(name)
        or sha256 in content.get("begun", {}).get(name, [])
        or sha256 in frozen_hashes(paths, session_code, name)
    )


def frozen_hashes(paths: Paths, session_code: str, name: str) -> set[str]:
    """A file's hashes in the published versions: one that a publication killed half way had delivered is no edit."""
    return {hash_file(path) for path in (paths.snapshots / session_code).glob(f"v*/deliverables/{name}")}


def rendered_for(out_dir: Path, key: str) -> dict[str, str] | None:
    """The names and hashes of the files already rendered for this key, None when one of them is not as written."""
    try:
        content = _read(out_dir)
        files: dict[str, str] = content["files"]
        if content["key"] == key and all(hash_file(out_dir / name) == sha256 for name, sha256 in files.items()):
            return files
    except (OSError, ValueError, KeyError):
        return None
    return None


def rendered_files(paths: Paths, session_code: str) -> dict[str, str]:
    """Name and SHA-256 of the session's files as they were last rendered; {} when they never were."""
    return rendered_in(paths.deliverables(session_code))


def rendered_in(out_dir: Path) -> dict[str, str]:
    """Name and SHA-256 of the files last rendered in a folder; {} when there are none."""
    files: dict[str, str] = _read(out_dir).get("files", {})
    return files


def _read(out_dir: Path) -> dict[str, Any]:
    """What is remembered of a folder; {} when nothing is."""
    try:
        content: dict[str, Any] = json.loads((out_dir / KEPT).read_text())
    except (OSError, ValueError):
        return {}
    return content


def _write(out_dir: Path, content: Mapping[str, Any]) -> None:
    atomic.write(out_dir / KEPT, json.dumps(content, indent=1), durable=True)


def rendered_state(out_dir: Path) -> str | None:
    """The state of the deliverables in a folder, as their manifest has it; None where there are none."""
    try:
        state: str = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError):
        return None
    return state


def warnings_in(out_dir: Path) -> list[str]:
    """What the manifest of a folder asks its reader to check, in French; [] where there is none."""
    try:
        found: list[str] = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["warnings"]
    except (OSError, ValueError, KeyError):
        return []
    return found
