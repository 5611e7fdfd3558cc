"""docs/security/licences.md: every package that Jalon is delivered with or made with, and the licence it comes under.

`make licences`. pip-licenses reads the installed packages; what Jalon needs to run is separated from the tools of its
developers by following requirements from `jalon[page,postgres,remote]`.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from orchestration.services.runtime.paths import PROJECT

TARGET = PROJECT / "docs" / "security" / "licences.md"
SHIPPED_EXTRAS = ("page", "postgres", "remote")
# Families that ask nothing of who uses a library unchanged, as we do; the first words of a licence's name.
ACCEPTED = (
    "Apache",
    "MIT",
    "BSD",
    "3-Clause BSD",
    "0BSD",
    "ISC",
    "PSF",
    "Python Software Foundation",
    "MPL",
    "Mozilla",
)
# Read in the package's own files, where its metadata has nothing usable: name → (licence, why it may be used).
READ_BY_HAND = {
    "asyncssh": (
        "EPL-2.0 or GPL-2.0-or-later",
        "used under the EPL, unchanged, only where a folder is reached by SFTP; not used: paramiko (LGPL-2.1)",
    ),
    "axe-playwright-python": ("MIT; axe-core MPL-2.0", "a tool of the tests"),
    "pebble": ("LGPL-3.0", "imported unchanged"),
    "psycopg2-binary": ("LGPL-3.0 with exceptions", "imported unchanged, and only where PostgreSQL is chosen"),
    "pytest-timeout": ("MIT", "its metadata names it twice"),
    "text-unidecode": ("Artistic-1.0 or GPL-2.0", "used under the Artistic License, unchanged"),
}


@dataclass(frozen=True)
class Package:
    """One installed package."""

    name: str
    licence: str
    url: str
    note: str

    @property
    def is_accepted(self) -> bool:
        """Whether its licence is of a family that is accepted, or was read by a person."""
        return bool(self.note) or self.licence.startswith(ACCEPTED)


def installed() -> list[Package]:
    """Every package of the lock file that this environment has."""
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_plain(line.partition("==")[0].partition("[")[0]) for line in lock.splitlines() if "==" in line}
    command = [str(Path(sys.executable).with_name("pip-licenses")), "--from=mixed", "--format=json", "--with-urls"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = []
    for row in rows:
        licence, note = READ_BY_HAND.get(row["Name"].lower(), (row["License"], ""))
        if _plain(row["Name"]) in locked:
            found.append(Package(row["Name"], licence, row["URL"] if row["URL"] != "UNKNOWN" else "", note))
    return sorted(found, key=lambda package: package.name.lower())


def shipped() -> set[str]:
    """The names, in lower case with dashes, of what `jalon[page,postgres,remote]` needs to run."""
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = list(
        map(
            Requirement,
            [
                *project["dependencies"],
                *(item for extra in SHIPPED_EXTRAS for item in project["optional-dependencies"][extra]),
            ],
        )
    )
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        needed = waiting.pop()
        name, extras = _plain(needed.name), frozenset(needed.extras)
        if (name, extras) in seen:
            continue
        try:
            wanted = requires(name) or []
        except PackageNotFoundError:  # for another system
            continue
        seen.add((name, extras))
        for requirement in map(Requirement, wanted):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append(requirement)
    return {name for name, _ in seen}


def document(packages: Iterable[Package], needed: set[str]) -> str:
    """The page: what is delivered, then what only developers install."""
    packages = list(packages)
    delivered = [package for package in packages if _plain(package.name) in needed]
    tools = [package for package in packages if _plain(package.name) not in needed]
    return "\n".join(
        [
            "# Licences",
            "",
            "Written by `make licences` from what `requirements.lock` installs; versions and hashes are there.",
            "",
            f"## What Jalon runs with ({len(delivered)} packages)",
            "",
            *_table(delivered),
            "",
            f"## What its developers and its tests use besides ({len(tools)} packages)",
            "",
            *_table(tools),
            "",
        ]
    )


def _table(packages: Iterable[Package]) -> list[str]:
    rows = [f"| {_linked(package)} | {_cell(package.licence)} | {package.note} |" for package in packages]
    return ["| package | licence | note |", "| --- | --- | --- |", *rows]


def _linked(package: Package) -> str:
    return f"[{package.name}]({package.url})" if package.url.startswith("http") else package.name


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def main() -> int:
    """Write the page; 1 when a licence has to be read by a person first."""
    packages = installed()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(document(packages, shipped()), encoding="utf-8")
    unknown = [f"{package.name} ({package.licence})" for package in packages if not package.is_accepted]
    if unknown:
        sys.stderr.write(f"read these licences, then list them in {__name__}.READ_BY_HAND: {', '.join(unknown)}\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
