"""The links of one source file to others, read from its syntax tree without running it."""

import ast
import re
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from sources.files.closure import ModuleFacts

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def module_facts(path: str, root: Path) -> ModuleFacts:
    """What the source file `path` of the project `root` imports and names. SyntaxError when it is not Python."""
    return _Visitor(path).of((root / path).read_bytes())


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
        """A path counts where it is used: whole, or its folder when what follows is not written out.

        Of what is outside of the module's top folder only a file that is written out whole counts.
        """
        place = self._place(node) if isinstance(node, ast.expr) else None
        if place is None:
            super().visit(node)
        elif (place.is_relative_to(self._path.parts[0]) or place.suffix) and place != self._path:
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
