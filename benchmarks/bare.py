"""The bare writers: XlsxWriter, lxml, csv and zip given everything a deliverable says, with nothing left to find out.

`record` notes what our rendering asks of XlsxWriter, call by call, and takes the other files apart into elements, rows
and bytes. `replay` asks the same of the same libraries: the same cells, widths, heights, tables, links, charts and
formats, the same elements, the same rows. It reads no marts, reckons no page, words nothing and checks nothing; the
HTML page, which no library writes, and the manifest are given as bytes.
"""

import csv
import io
import pickle
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Element = tuple[str, dict[str, str], str | None, str | None, list[Any]]


class Ref(NamedTuple):
    """An object made by an earlier call: the book is number 0."""

    number: int


class Call(NamedTuple):
    """One call on an object; `made` is the number of what it returned. `is_deep` when objects stand inside others."""

    on: int
    method: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    made: int
    is_deep: bool


@dataclass
class Book:
    """A workbook as the calls that make it; `options` are its constructor's."""

    options: dict[str, Any]
    calls: list[Call] = field(default_factory=list)
    made: int = 1


class _Recorded:
    """Stands for an object of XlsxWriter: notes each call, and makes it."""

    def __init__(self, book: Book, number: int, real: Any) -> None:
        self._book, self._number, self._real = book, number, real

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        return self._noted(name, value) if callable(value) else value

    def _noted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = method(*_with(arguments, _real), **_with(named, _real))
            number = self._book.made
            self._book.made += 1
            given, given_named = _with(arguments, _ref), _with(named, _ref)
            shallow = all(type(item) is Ref or not isinstance(item, dict | list) for item in given)
            self._book.calls.append(Call(self._number, name, given, given_named, number, not shallow or bool(named)))
            is_plain = result is None or isinstance(result, int | float | str | bytes)
            return result if is_plain else _Recorded(self._book, number, result)

        return call


def _with(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value with the objects inside it changed."""
    if isinstance(value, dict):
        return {key: _with(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_with(item, change) for item in value]
    if type(value) is tuple:  # a Ref is none
        return tuple(_with(item, change) for item in value)
    return change(value)


def _real(value: Any) -> Any:
    return value._real if isinstance(value, _Recorded) else value


def _ref(value: Any) -> Any:
    return Ref(value._number) if isinstance(value, _Recorded) else value


@contextmanager
def _listening() -> Iterator[list[Book]]:
    """The workbooks written meanwhile, in order."""
    import xlsxwriter

    books: list[Book] = []
    made = xlsxwriter.Workbook

    def recorded(target: Any, options: dict[str, Any]) -> Any:
        books.append(Book(dict(options)))
        return _Recorded(books[-1], 0, made(target, options))

    xlsxwriter.Workbook = recorded
    try:
        yield books
    finally:
        xlsxwriter.Workbook = made


def record(render: Callable[[], object], out: Path, ready: Path) -> None:
    """Render into `out`, and leave in `ready` all that the bare writers need to write the same."""
    from lxml import etree

    with _listening() as books:
        render()
    parts: dict[str, list[tuple[str, Any]]] = {}
    for path in sorted(out.iterdir()):
        if path.suffix not in {".docx", ".zip"}:
            if path.suffix != ".xlsx":
                parts[path.name] = [("", path.read_bytes())]
            continue
        with zipfile.ZipFile(path) as read:
            for name in read.namelist():
                content: Any = read.read(name)
                if name.endswith((".xml", ".rels")):
                    content = _plain(etree.fromstring(content))
                elif name.endswith(".csv"):
                    content = list(csv.reader(io.StringIO(content.decode())))
                elif name.endswith(".xlsx"):
                    content = books.pop(0)  # charts' workbooks are written before the large one, in their order
                parts.setdefault(path.name, []).append((name, content))
    (book,) = books
    parts[next(path.name for path in out.iterdir() if path.suffix == ".xlsx")] = [("", book)]
    ready.write_bytes(pickle.dumps(parts))


def _plain(element: Any) -> Element:
    children = [_plain(child) for child in element if isinstance(child.tag, str)]
    return element.tag, dict(element.attrib), element.text, element.tail, children


def replay(ready: Path, out: Path) -> None:
    """Write into `out` what `record` left in `ready`."""
    out.mkdir(parents=True, exist_ok=True)
    parts = pickle.loads(ready.read_bytes())  # noqa: S301 — written by `record` just before
    for name, items in parts.items():
        if items[0][0] == "":
            (out / name).write_bytes(_written(items[0][1]))
            continue
        with zipfile.ZipFile(out / name, "w", zipfile.ZIP_DEFLATED) as write:
            for inner, content in items:
                write.writestr(inner, _written(content))


def _written(content: Any) -> bytes:
    from lxml import etree

    if isinstance(content, bytes):
        return content
    if isinstance(content, Book):
        return _book(content)
    if isinstance(content, list):
        text = io.StringIO()
        csv.writer(text).writerows(content)
        return text.getvalue().encode()
    return bytes(etree.tostring(_made(content, None), xml_declaration=True, encoding="UTF-8"))


def _book(book: Book) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    objects: list[Any] = [xlsxwriter.Workbook(buffer, book.options)]
    for call in book.calls:
        method = getattr(objects[call.on], call.method)
        if call.is_deep:
            given = _with(call.arguments, lambda item: objects[item.number] if type(item) is Ref else item)
            objects.append(method(*given, **call.named))
        else:
            objects.append(method(*[objects[item.number] if type(item) is Ref else item for item in call.arguments]))
    return buffer.getvalue()


def _made(plain: Element, parent: Any) -> Any:
    from lxml import etree

    tag, attributes, text, tail, children = plain
    element = etree.Element(tag, attributes) if parent is None else etree.SubElement(parent, tag, attributes)
    element.text, element.tail = text, tail
    for child in children:
        _made(child, element)
    return element
