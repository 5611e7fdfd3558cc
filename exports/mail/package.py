"""A session's deliverables as their manifest describes them, each file checked against its checksum."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from exports.manifest import FILE_NAME
from sources.command_line import command

PUBLISHED = "published"
STATES = ("draft", "final", PUBLISHED)
DIGEST_LENGTH = 12
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SESSION = re.compile(r"[A-Z]+-[0-9]+")


class PackageError(Exception):
    """Deliverables that must not be sent; the message says which file, what is wrong, and the fix."""


@dataclass(frozen=True, slots=True)
class File:
    """One deliverable, as it was read and checked."""

    name: str
    content: bytes
    sha256: str

    @property
    def attachment_name(self) -> str:
        """Its name without the folders of the manifest."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Package:
    """What is sent: the files of one session in one state and version, held in memory so that nothing changes them."""

    session_code: str
    state: str
    version: int
    held_on: date
    cut_off: date
    files: tuple[File, ...]
    banner: str = ""
    headline: tuple[str, ...] = ()

    @property
    def contents(self) -> str:
        """The checksum of all the files together."""
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def edition(self) -> str:
        """What a recipient gets once: `published-1`, `draft-1-3f2a…`.

        A published version never changes, its number says it all. A draft keeps its number while its contents
        change from week to week: there the contents count too, else the second draft would never leave.
        """
        edition = f"{self.state}-{self.version}"
        return edition if self.state == PUBLISHED else f"{edition}-{self.contents[:DIGEST_LENGTH]}"

    @property
    def size(self) -> int:
        """Bytes of all the files."""
        return sum(len(file.content) for file in self.files)


def read_package(folder: Path, session_code: str) -> Package:
    """The deliverables in `folder`. The caller keeps writers away while they are read.

    PackageError when there are none, when the manifest is another session's or not one, or when a file is not,
    byte for byte, the one that was rendered.
    """
    manifest = _manifest(folder / FILE_NAME, session_code)
    try:
        if manifest["session"] != session_code or not _SESSION.fullmatch(session_code):
            message = f"{folder / FILE_NAME}\u00a0: c’est celui de la session {manifest['session']!r}, "
            message += f"et non {session_code}. {_fix(manifest)}"
            raise PackageError(message)
        if manifest["state"] not in STATES or not manifest["outputs"]:
            raise ValueError(f"état {manifest['state']!r}, {len(manifest['outputs'])} fichiers")
        return Package(
            session_code,
            str(manifest["state"]),
            int(manifest["version"]),
            date.fromisoformat(manifest["held_on"]),
            date.fromisoformat(manifest["cut_off"]),
            tuple(_file(folder, name, said, manifest) for name, said in sorted(manifest["outputs"].items())),
            str(manifest.get("banner", "")),
            # one that was published by an older version has none
            tuple(map(str, manifest.get("headline", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{folder / FILE_NAME}\u00a0: ce n’est pas un manifeste ({type(error).__name__}\u00a0: {error}). "
        message += _fix(manifest)
        raise PackageError(message) from error


def _manifest(path: Path, session_code: str) -> Mapping[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"{path}\u00a0: absent, rien n’a été rendu. Lancez `{command('report', '--session', session_code)}`."
        raise PackageError(message) from error
    except ValueError as error:
        message = f"{path}\u00a0: illisible. Relancez `{command('report', '--session', session_code)}`."
        raise PackageError(message) from error
    if not isinstance(manifest, dict):
        message = f"{path}\u00a0: ce n’est pas un manifeste. Relancez `{command('report', '--session', session_code)}`."
        raise PackageError(message)
    return manifest


def _file(folder: Path, name: str, said: Mapping[str, Any], manifest: Mapping[str, Any]) -> File:
    path = folder / name
    if not _NAME.fullmatch(name) or not path.resolve().is_relative_to(folder.resolve()):
        message = f"{folder / FILE_NAME}\u00a0: {name!r} n’est pas le nom d’un livrable. {_fix(manifest)}"
        raise PackageError(message)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise PackageError(f"{path}\u00a0: dans le manifeste mais absent. {_fix(manifest)}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != said["sha256"]:
        message = f"{path}\u00a0: modifié depuis son rendu ({sha256[:12]}, et non {str(said['sha256'])[:12]}). "
        message += _fix(manifest)
        raise PackageError(message)
    return File(name, content, sha256)


def _fix(manifest: Mapping[str, Any]) -> str:
    if manifest.get("state") == PUBLISHED:
        return "Remettez le fichier publié depuis l’état figé de la session."
    return f"Relancez `{command('report', '--session', str(manifest.get('session', '')))}`\u00a0; rien n’est parti."
