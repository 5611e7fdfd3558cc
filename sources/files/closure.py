"""What a module is made of: the files of its import closure, computed from the source without running it.

The closure of a module holds its own file, every module of the project that it imports at the top or inside a
function, the `__init__` of each package on the way, the modules it names as strings to start them with `-m`, and the
data files of its package that it names by `Path(__file__)`. Imports under `TYPE_CHECKING` never run and do not count.
Packages of others are named, not followed.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

INIT = "__init__.py"
LEFT_BY_RUNNING = "__pycache__"


class ModuleFacts(NamedTuple):
    """The links of one source file to others: names it may import, strings that may name a module, paths beside itself.

    A name it imports may be a module's or that of something inside one. Paths are relative to the project's root.
    """

    imports: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closure:
    """The files of the project that a module is made of, relative to its root, and the packages of others it imports.

    Packages of the standard library are among these.
    """

    files: tuple[str, ...]
    externals: tuple[str, ...]


def closure_of(modules: Iterable[str], root: Path, facts: Callable[[str], ModuleFacts]) -> Closure:
    """The closure of several modules; `facts` gives those of one source file, read or remembered.

    ModuleNotFoundError for a module that the project has not.
    """
    tree, waiting = _Tree(root), list(modules)
    for name in waiting:
        if not tree.is_module(name):
            raise ModuleNotFoundError(f"{root}: no module {name}", name=name)
    found: dict[str, None] = {}
    externals: set[str] = set()
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        files = tree.files_run_by(name)
        if not files:
            externals.add(name.partition(".")[0])
        for path in files:
            if path in found:
                continue
            found[path] = None
            links = facts(path)
            waiting += (*links.imports, *filter(tree.is_module, links.named))
            found |= dict.fromkeys(data for place in links.beside for data in tree.data_files(place))
    return Closure(tuple(sorted(found)), tuple(sorted(externals)))


class _Tree:
    """The project's files as modules and data. Each folder is listed once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listed: dict[str, frozenset[str]] = {}

    def files_run_by(self, name: str) -> list[str]:
        """The source files that importing a dotted name runs; [] for a package of others.

        What follows the last module is something inside it.
        """
        return self._followed(name)[0]

    def is_module(self, name: str) -> bool:
        """Whether a dotted name is that of a module or package of the project, to its last part."""
        return self._followed(name)[1]

    def data_files(self, place: str) -> Iterator[str]:
        """The files at a place: a file itself, everything in a folder of data, what is not code in a package."""
        path = self._root / place
        if path.is_file():
            yield place
        elif path.is_dir():
            is_package = (path / INIT).is_file()
            for inside in path.rglob("*"):
                is_code = is_package and inside.suffix == ".py"
                if inside.is_file() and LEFT_BY_RUNNING not in inside.parts and not is_code:
                    yield inside.relative_to(self._root).as_posix()

    def _followed(self, name: str) -> tuple[list[str], bool]:
        found: list[str] = []
        folder, parts = "", name.split(".")
        for rank, part in enumerate(parts, 1):
            if part in self._names(folder) and INIT in self._names(f"{folder}{part}/"):
                folder = f"{folder}{part}/"
                found.append(f"{folder}{INIT}")
            elif f"{part}.py" in self._names(folder):
                return [*found, f"{folder}{part}.py"], rank == len(parts)
            else:
                return found, False
        return found, True

    def _names(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(self._root / folder))  # noqa: PTH208 — names alone
            except (FileNotFoundError, NotADirectoryError):
                self._listed[folder] = frozenset()
        return self._listed[folder]
