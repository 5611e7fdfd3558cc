"""Which code rendered a deliverable: the release, and a digest of the code itself.

A digest of the sources says it for a clone, an archive and a modified tree alike, without asking git.
"""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.services.runtime.project_digest import project_digest

RENDERING_PACKAGES = ("exports",)
# decides what a mail says, not what it carries
NOT_RENDERING = "exports/mail"
SOURCE_SUFFIXES = (".py", ".yml", ".yaml", ".json", ".xml", ".docx", ".j2", ".css", ".js")


@cache
def code_version(project: Path) -> str:
    """`0.1.0+<digest>` of what decides a deliverable's bytes: the exports and the dbt project."""
    digest = hashlib.sha256(project_digest(project / "dbt_project").encode())
    for package in RENDERING_PACKAGES:
        for path in sorted((project / package).rglob("*")):
            is_rendering = not path.is_relative_to(project / NOT_RENDERING)
            if is_rendering and path.suffix in SOURCE_SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(project)}\0".encode())
                digest.update(path.read_bytes())
    return f"{version('jalon')}+{digest.hexdigest()[:12]}"
