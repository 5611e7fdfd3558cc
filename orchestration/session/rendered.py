"""What is remembered of a session's last rendering: its files with their SHA-256, and the key that decided them."""

import json
from collections.abc import Mapping
from pathlib import Path

from orchestration.paths import Paths
from sources.landing.store import hash_file

MANIFEST = "manifest.json"
KEPT = ".rendered.json"


def keep(out_dir: Path, key: str, hashes: Mapping[str, str]) -> None:
    """Remember a rendering that is complete."""
    aside = out_dir / f"{KEPT}.part"
    aside.write_text(json.dumps({"key": key, "files": hashes}, indent=1))
    aside.replace(out_dir / KEPT)


def kept(out_dir: Path, key: str) -> dict[str, str] | None:
    """The names and hashes of the files already rendered for this key, None when one of them is not as written."""
    try:
        content = json.loads((out_dir / KEPT).read_text())
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
    try:
        files: dict[str, str] = json.loads((out_dir / KEPT).read_text())["files"]
    except (OSError, ValueError, KeyError):
        return {}
    return files


def rendered_state(out_dir: Path) -> str | None:
    """The state of the deliverables in a folder, as their manifest says it; None where there are none."""
    try:
        state: str = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError):
        return None
    return state


def warnings_in(out_dir: Path) -> list[str]:
    """What the manifest of a folder asks its reader to look at, in French; [] where there is none."""
    try:
        found: list[str] = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["warnings"]
    except (OSError, ValueError, KeyError):
        return []
    return found
