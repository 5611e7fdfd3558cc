"""What a module is made of: the files of its import closure, worked out from the source without running it.

The closure of a module holds its own file, every module of the project that it imports at the top or inside a
function, the `__init__` of each package on the way, the modules it names as strings to start them with `-m`, and the
data files of its package that it names by `Path(__file__)`. Imports under `TYPE_CHECKING` never run and do not count.
Packages of others are named, not followed.
"""

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

INIT = "__init__.py"
LEFT_BY_RUNNING = "__pycache__"
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class ModuleFacts(NamedTuple):
    """What one source file says of others: names it may import, strings that may name a module, paths beside itself.

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


def module_facts(path: str, root: Path) -> ModuleFacts:
    """What the source file `path` of the project `root` imports and names. SyntaxError when it is not Python."""
    return _Visitor(path).of((root / path).read_bytes())


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
            told = facts(path)
            waiting += (*told.imports, *filter(tree.is_module, told.named))
            found |= dict.fromkeys(data for place in told.beside for data in tree.data_files(place))
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


class _Visitor(ast.NodeVisitor):
    """One pass over a module for its imports and names, after one for the paths it gives names to."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._imports: dict[str, None] = {}
        self._strings: dict[str, None] = {}
        self._beside: dict[str, None] = {}
        self._named: dict[str, Path] = {}

    def of(self, source: bytes) -> ModuleFacts:
        tree = ast.parse(source, str(self._path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                place = self._place(node.value)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and place is not None:
                        self._named[target.id] = place
        self.visit(tree)
        return ModuleFacts(tuple(self._imports), tuple(self._strings), tuple(self._beside))

    def visit(self, node: ast.AST) -> None:
        """A path counts where it is used: whole, or its folder when what follows is not written out."""
        place = self._place(node) if isinstance(node, ast.expr) else None
        if place is None:
            super().visit(node)
        elif place.is_relative_to(self._path.parts[0]) and place != self._path:
            self._beside[place.as_posix()] = None

    def visit_If(self, node: ast.If) -> None:
        """What is imported for type checkers alone does not run."""
        test = node.test
        name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
        if name != "TYPE_CHECKING":
            self.generic_visit(node)
        for other in node.orelse if name == "TYPE_CHECKING" else ():
            self.visit(other)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The module's own folder that gets a name is not used yet; any other path counts at once."""
        self._visit_value(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The same with a type."""
        if node.value is not None:
            self._visit_value(node.value)

    def _visit_value(self, value: ast.expr) -> None:
        place = self._place(value)
        if place is None or not self._path.is_relative_to(place):
            self.visit(value)

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b`."""
        self._imports |= dict.fromkeys(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a.b import c`, where `c` may be a module or something inside `a.b`."""
        package = self._path.parts[:-1]
        base = package[: len(package) - node.level + 1] if node.level else ()
        origin = ".".join((*base, node.module) if node.module else base)
        self._imports |= dict.fromkeys((origin, *(f"{origin}.{alias.name}" for alias in node.names)))

    def visit_List(self, node: ast.List) -> None:
        """`[python, "-m", "package"]`: a command that starts a module, whose name may have no dot."""
        for flag, name in zip(node.elts, node.elts[1:], strict=False):
            match flag, name:
                case ast.Constant(value="-m"), ast.Constant(value=str(module)):
                    self._strings |= dict.fromkeys((module, f"{module}.__main__"))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A string that may be the dotted name of a module, to be started or imported by name."""
        if isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            self._strings[node.value] = None

    def _place(self, node: ast.expr | None) -> Path | None:
        """The path that an expression over `Path(__file__)` gives, from the project's root; None for any other one."""
        place: Path | None
        match node:
            case ast.Call(func=ast.Name(id="Path"), args=[ast.Name(id="__file__")]):
                place = self._path
            case ast.Name(id=name, ctx=ast.Load()):
                place = self._named.get(name)
            case ast.Call(func=ast.Attribute(value=of, attr=method), args=arguments):
                place = self._called(self._place(of), method, arguments)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                place = self._called(self._place(left), "joinpath", [right])
            case ast.Attribute(value=of, attr="parent"):
                place = (found := self._place(of)) and found.parent
            case ast.Subscript(value=ast.Attribute(value=of, attr="parents"), slice=ast.Constant(value=int(rank))):
                found = self._place(of)
                place = found and (found.parents[rank] if rank < len(found.parents) else Path())
            case _:
                place = None
        return place

    def _called(self, place: Path | None, method: str, arguments: Iterable[ast.expr]) -> Path | None:
        """What a method of a path gives: below it, up to the first part that is not written out."""
        written = [part.value if isinstance(part, ast.Constant) else None for part in arguments]
        names = [part for part in takewhile(lambda part: isinstance(part, str), written) if isinstance(part, str)]
        if place is None or method in {"resolve", "absolute"}:
            return place
        if method == "joinpath":
            return place.joinpath(*names)
        if method in {"with_name", "with_suffix"} and names:
            return place.with_name(names[0]) if method == "with_name" else place.with_suffix(names[0])
        return None
