"""What is remembered of files from one process to the next, so that a file that did not change is not read again.

A file of the project is known by its times and its size: its SHA-256, and for a source file what it imports and names.
The packages installed are known by the time of their folder.
"""

import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sources.files import atomic, closure

# A file changed so shortly before it was read may change again within the same tick of the file system's clock.
TICK_NANOSECONDS = 2 * 10**9


class _File(NamedTuple):
    """One file: its times and size, and what it held then."""

    state: tuple[int, ...]
    sha256: str
    module: closure.ModuleFacts | None = None


class Facts:
    """The facts of files, loaded from `places` when they are first asked for, saved in the first that can be written.

    `root` is the project; files elsewhere are read each time.
    """

    def __init__(self, places: Sequence[Path], root: Path) -> None:
        self._places, self._root = places, root
        self._files: dict[str, _File] = {}
        self._packages: dict[str, list[str]] = {}
        self._is_loaded = self._has_news = False

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file's content as it is now. OSError when it cannot be read."""
        return self._file(path).sha256

    def module(self, path: str) -> closure.ModuleFacts:
        """What a source file of the project imports and names."""
        place = self._root / path
        found = self._file(place)
        module = found.module
        if module is None:
            from sources.files.module_facts import module_facts  # parsing is rare: what it needs is not imported before

            module = module_facts(path, self._root)
            self._files[str(place)], self._has_news = found._replace(module=module), True
        return module

    def packages(self, names: Iterable[str]) -> list[str]:
        """Name and version of the packages installed under these import names; the standard library has none."""
        self._load()
        asked = [name for name in names if name not in sys.stdlib_module_names]
        if any(name not in self._packages for name in asked):
            from importlib.metadata import packages_distributions, version

            installed = packages_distributions()
            for name in asked:
                self._packages[name] = sorted({f"{package} {version(package)}" for package in installed.get(name, ())})
            self._has_news = True
        return [package for name in asked for package in self._packages[name]]

    def save(self) -> None:
        """Remember what was learnt. Where no folder can be written it is learnt again next time."""
        if not self._has_news:
            return
        self._has_news = False
        settled = time.time_ns() - TICK_NANOSECONDS
        files = {path: known for path, known in self._files.items() if max(known.state[:2]) < settled}
        there = {path: known for path, known in files.items() if Path(path).exists()}
        content = {"by": _by(), "installed": _installed(), "packages": self._packages, "files": there}
        for place in self._places:
            with suppress(OSError):
                place.parent.mkdir(exist_ok=True, mode=0o755)
                atomic.write(place, json.dumps(content))
                return

    def _file(self, path: Path) -> _File:
        if not path.is_relative_to(self._root):
            return _File((), hashlib.sha256(path.read_bytes()).hexdigest())
        self._load()
        state = path.stat()
        key, now = str(path), (state.st_mtime_ns, state.st_ctime_ns, state.st_size)
        known = self._files.get(key)
        if known is None or known.state != now:
            known = _File(now, hashlib.sha256(path.read_bytes()).hexdigest())
            self._files[key], self._has_news = known, True
        return known

    def _load(self) -> None:
        if self._is_loaded:
            return
        self._is_loaded = True
        for place in reversed(self._places):
            with suppress(OSError, ValueError, KeyError, TypeError):
                content = json.loads(place.read_bytes())
                if content["by"] == _by():
                    self._packages |= content["packages"] if content["installed"] == _installed() else {}
                    self._files |= {
                        path: _File(tuple(state), sha256, module and closure.ModuleFacts(*module))
                        for path, (state, sha256, module) in content["files"].items()
                    }


def _by() -> str:
    """What learns the facts decides what they are."""
    reader = Path(__file__).with_name("module_facts.py").read_bytes()
    return f"{platform.python_version()} {hashlib.sha256(reader).hexdigest()}"


def _installed() -> list[list[str | int]]:
    """The folders that packages are installed in, with the time of their last change."""
    folders = [Path(place) for place in sys.path if Path(place).name in {"site-packages", "dist-packages"}]
    return [[str(folder), folder.stat().st_mtime_ns] for folder in folders if folder.is_dir()]
