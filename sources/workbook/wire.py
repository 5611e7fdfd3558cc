"""A book on its way from the guarded process to its parent: pieces of JSON, so that nothing said is more than values.

A piece is a list of items: `sheet` with what the markup says of one, `rows` with some of its rows by column, `end`, or
`refused`. The parent makes the book of a piece while the next one is made. A column of texts or dates, which are in
many cells, says each once and then their ranks, when it is long.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

import orjson

from sources.workbook.grid import (
    ROWS_AT_ONCE,
    Book,
    BookBuilder,
    RawBook,
    Scalar,
    Stretch,
    add_rows,
    is_blank,
    stretches,
)
from sources.workbook.markup import Cell, SheetMarkup
from sources.workbook.refused import FileRefusedError

WORTH_RANKS = 200  # values
_NUMBERS = frozenset({float, int, bool})


def pieces(book: RawBook) -> Iterator[bytes]:
    """All that is stated about a book. What its readers raise is raised here too."""
    items: list[Any] = []
    for sheet in book.sheets:
        items.append(["sheet", _said(sheet.said)])
        for first_row, columns in stretches(sheet):
            filled = {at: values for at, values in columns.items() if values.count("") < len(values)}
            items.append(["rows", first_row, [[at, *_column(values)] for at, values in filled.items()]])
            if len(next(iter(columns.values()), ())) == ROWS_AT_ONCE:
                yield _json(items)
                items = []
    items.append(["end", book.other_sheets, book.external_links, book.is_one_table, book.has_formulas, book.is_seen])
    yield _json(items)


def refusal(rule: str, received: str | None) -> bytes:
    """The last piece of a file that cannot be read."""
    return _json([["refused", rule, received]])


def _json(items: list[Any]) -> bytes:
    try:
        return orjson.dumps(items)
    except TypeError:  # half a character, which only the standard library writes
        return json.dumps(items).encode()


def _values(piece: bytes) -> Any:
    try:
        return orjson.loads(piece)
    except orjson.JSONDecodeError:
        return json.loads(piece)


def _said(markup: SheetMarkup) -> dict[str, Any]:
    return {
        "name": markup.name,
        "state": markup.state,
        "counted": markup.filled_cells,
        "hidden_rows": list(markup.hidden_rows),
        "hidden_columns": list(markup.hidden_columns),
        "has_drawing": markup.has_drawing,
        "merged": markup.merged,
        "errors": _by_place(markup.errors),
        "formulas": list(zip(*markup.formulas, strict=True)),
        "uncomputed": list(zip(*markup.uncomputed, strict=True)),
        "formatted": list(zip(*markup.formats, strict=True)),
        "formats": _ranked(list(markup.formats.values())),
        "troubles": _by_place(markup.troubles),
        "texts": _by_place(markup.texts),
        "notes": _by_place(markup.notes),
        "coloured": list(markup.coloured),
        "doubts": list(markup.doubts.items()),
    }


def _by_place(values: dict[Cell, str]) -> list[list[Any]]:
    return [[*place, value] for place, value in values.items()]


def _markup(said: dict[str, Any]) -> SheetMarkup:
    return SheetMarkup(
        said["name"],
        said["state"],
        counted=said["counted"],
        hidden_rows=set(said["hidden_rows"]),
        hidden_columns=set(said["hidden_columns"]),
        has_drawing=said["has_drawing"],
        merged=[(first, left, last, right) for first, left, last, right in said["merged"]],
        errors={(row, column): error for row, column, error in said["errors"]},
        troubles={(row, column): trouble for row, column, trouble in said["troubles"]},
        texts={(row, column): text for row, column, text in said["texts"]},
        notes={(row, column): note for row, column, note in said["notes"]},
        coloured={(row, column) for row, column in said["coloured"]},
        doubts=dict(said["doubts"]),
        formulas=set(zip(*said["formulas"], strict=True)),
        uncomputed=set(zip(*said["uncomputed"], strict=True)),
        formats=dict(zip(zip(*said["formatted"], strict=True), _unranked(*said["formats"]), strict=True)),
    )


def _column(values: Sequence[Scalar | None]) -> list[Any]:
    """A column's values; of a long one without numbers the distinct values and the rank of each."""
    return _ranked(values) if len(values) >= WORTH_RANKS and _NUMBERS.isdisjoint(map(type, values)) else [_all(values)]


def _all(values: Iterable[Scalar | None]) -> list[Any]:
    """Values as JSON has them; said here of those that nearly all are."""
    return [
        (value if value and not value.isspace() else None)
        if type(value) is str
        else (value if type(value) is float and isfinite(value) else _plain(value))
        for value in values
    ]


def _ranked(values: Sequence[Scalar | None]) -> list[Any]:
    distinct = dict.fromkeys(values)
    ranks = {value: rank for rank, value in enumerate(distinct)}
    return [_all(distinct), list(map(ranks.__getitem__, values))]


def _unranked(distinct: Sequence[Any], ranks: Sequence[int] | None = None) -> Sequence[Any]:
    values = [_told(value) if type(value) is list else value for value in distinct]
    return values if ranks is None else list(map(values.__getitem__, ranks))


class Hearing:
    """Makes a book of its pieces, one after the other."""

    def __init__(self) -> None:
        self._builder = BookBuilder()
        self._sheets: list[tuple[SheetMarkup, dict[int, dict[int, Scalar]]]] = []

    def take(self, piece: bytes) -> Book | FileRefusedError | None:
        """The book, or why there is none, once the last piece has come. Any error for what is no such piece."""
        for kind, *said in _values(piece):
            if kind == "refused":
                return FileRefusedError(*said)
            if kind == "sheet":
                self._sheets.append((_markup(said[0]), {}))
            elif kind == "rows":
                columns = {at: _unranked(*values) for at, *values in said[1]}
                add_rows(self._sheets[-1][1], Stretch(said[0], columns))
            else:
                return self._book(*said)
        return None

    def _book(
        self,
        other_sheets: list[str],
        external_links: list[str],
        is_one_table: bool,
        has_formulas: bool,
        is_seen: bool,
    ) -> Book:
        for markup, lines in self._sheets:
            self._builder.add(markup, lines, is_counted=not is_one_table)
        return self._builder.book(
            other_sheets, external_links, is_one_table=is_one_table, has_formulas=has_formulas, is_seen=is_seen
        )


def _plain(value: Scalar | None) -> Any:
    """A value as JSON has it, None for a blank; what JSON has no word for as a list of its kind and its writing."""
    if is_blank(value):
        return None
    if isinstance(value, float):
        return value if isfinite(value) else ["number", str(value)]
    kind, written = _WRITTEN.get(type(value), ("", None))
    return [kind, written(value)] if written else value


_WRITTEN: dict[type, tuple[str, Callable[[Any], Any]]] = {
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("duration", timedelta.total_seconds),
}
_KINDS: dict[str, Callable[[Any], Scalar]] = {
    "number": float,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda seconds: timedelta(seconds=seconds),
}


def _told(said: list[Any]) -> Scalar:
    kind, value = said
    return _KINDS[kind](value)
