"""A name for the content of the dbt project, as its files are now."""

import hashlib
from pathlib import Path

IGNORED_FOLDERS = frozenset({"target", "logs", "dbt_packages", "__pycache__"})


def project_digest(dbt_project: Path, *, without: str = "") -> str:
    """A name for the content of the dbt project: models, macros, tests, seeds and settings.

    `without` leaves the files of one suffix out.
    """
    digest = hashlib.sha256()
    for path in sorted(dbt_project.rglob("*")):
        if path.suffix == without or IGNORED_FOLDERS.intersection(path.relative_to(dbt_project).parts):
            continue
        if path.is_file():
            digest.update(f"{path.relative_to(dbt_project)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
