"""The memo: what was computed before, found again by a key made of everything it was computed from.

A key is the code of some modules by their import closure, the versions of the packages they import and of Python, and
the data by content. Equal keys, equal results: a step that finds its key again may skip. Losing the memo's folder
costs time, never a result.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from sources.files import atomic, closure
from sources.files.facts import Facts

FACTS = "facts.json"
PROJECT = Path(__file__).resolve().parents[2]
# What tools leave in a folder of sources while they run.
LEFT_BY_TOOLS = frozenset({closure.LEFT_BY_RUNNING, "target", "logs", "dbt_packages"})


class Memo:
    """Keys and remembered results, in one folder.

    What the code is made of is read once in the life of a memo: a process runs the code it began with. `root` is
    the project whose modules are meant. What is learnt of its files is remembered beside this one, for every
    installation, as Python stores compiled modules; in the folder where the project cannot be written.
    """

    def __init__(self, folder: Path, root: Path = PROJECT) -> None:
        self._folder, self._root = folder, root
        beside = root / Path(__file__).relative_to(PROJECT).parent / closure.LEFT_BY_RUNNING
        self._facts = Facts((beside / FACTS, folder / FACTS), root)
        self._code: dict[tuple[str, ...], tuple[str, list[str]]] = {}

    def code(self, *modules: str) -> str:
        """A name for the code of these modules: the names and contents of the files of their import closure.

        ModuleNotFoundError for a module that the project has not.
        """
        name, _ = self._code_of(modules)
        self._facts.save()
        return name

    def key(self, *modules: str, data: Iterable[Any] = ()) -> str:
        """A name for what these modules make of some data: their code, the packages they import, the data.

        A path among the data counts for the file's content, or for that of every file of a folder. TypeError for a
        value that has no plain form.
        """
        name = digest(platform.python_version(), *self._code_of(modules), [self._plain(part) for part in data])
        self._facts.save()
        return name

    def contents(self, paths: Iterable[Path]) -> list[str | None]:
        """A name for the content of each file, or of all files of each folder; None for what is not there."""
        names = [self._content(path) for path in paths]
        self._facts.save()
        return names

    def recall(self, name: str, key: str) -> Any:
        """What was remembered under a name, None when it was for another key or there is nothing."""
        try:
            found = json.loads(self._place(name).read_bytes())
            return found["value"] if found["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, name: str, key: str, value: Any) -> None:
        """Remember plain values under a name, in place of what was there."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        atomic.write(self._place(name), json.dumps({"key": key, "value": value}))

    def remembered_at(self, name: str) -> float:
        """When a value was last remembered under a name, as file times go; 0 when never."""
        try:
            return self._place(name).stat().st_mtime
        except OSError:
            return 0.0

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _code_of(self, modules: tuple[str, ...]) -> tuple[str, list[str]]:
        """The name of the code, and the packages it imports with their versions."""
        if modules not in self._code:
            found = closure.closure_of(modules, self._root, self._facts.module)
            name = digest([(path, self._facts.sha256(self._root / path)) for path in found.files])
            self._code[modules] = name, self._facts.packages(found.externals)
        return self._code[modules]

    def _content(self, path: Path) -> str | None:
        if path.is_dir():
            return digest([(str(file.relative_to(path)), self._facts.sha256(file)) for file in files_of(path)])
        return self._facts.sha256(path) if path.exists() else None

    def _plain(self, value: Any) -> Any:
        """A value in the plain form that a key is made of; the order of mappings counts, that of sets does not."""
        match value:
            case Enum():
                plain = value.value
            case None | bool() | int() | float() | str():
                plain = value
            case bytes():
                plain = value.hex()
            case Path():
                plain = self._content(value)
            case date():
                plain = value.isoformat()
            case Mapping():
                plain = [[self._plain(name), self._plain(part)] for name, part in value.items()]
            case set() | frozenset():
                plain = sorted((self._plain(part) for part in value), key=repr)
            case _ if is_dataclass(value) or hasattr(value, "__struct_fields__"):
                names = getattr(value, "__struct_fields__", None) or [field.name for field in fields(value)]
                plain = [self._plain(getattr(value, name)) for name in names]
            case Iterable():
                plain = [self._plain(part) for part in value]
            case _:
                raise TypeError(f"{type(value).__name__}: no plain form, a key cannot be made of it")
        return plain


def files_of(folder: Path) -> list[Path]:
    """The files of a folder of sources, in order, but for what tools leave in it."""
    inside = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in inside if not LEFT_BY_TOOLS.intersection(path.relative_to(folder).parts)]


def digest(*parts: Any) -> str:
    """The SHA-256 of plain values, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
