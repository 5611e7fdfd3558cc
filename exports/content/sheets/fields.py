"""What sheets are made of: a field says a column's header, its width, and how a row fills it."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from exports.model import Align, Column, Figure, Inlines, Key, Link, Table, Text
from sources.french import typography as typo

Row = TypeVar("Row")


EMPTY: Inlines = ()


class Field(Struct, Generic[Row], frozen=True):
    """A column of a sheet: header, width in characters, and how a row fills it."""

    title: str
    width: float
    cell: Callable[[Row], Inlines]
    align: Align = "left"
    is_bar: bool = False


def table(name: str, caption: str, description: str, fields: Sequence[Field[Row]], rows: Sequence[Row]) -> Table:
    """A table from its fields and rows."""
    return Table(
        name=name,
        caption=caption,
        description=description,
        columns=tuple(Column(field.title, field.width, field.align, field.is_bar) for field in fields),
        rows=tuple(tuple(field.cell(row) for field in fields) for row in rows),
    )


def plain(text: str | None) -> Inlines:
    """A partner's or the reference's words, or an empty cell."""
    return (Text(text),) if text else EMPTY


def yes(value: bool | None) -> Inlines:
    """« oui », « non », or nothing where it is not known."""
    return EMPTY if value is None else (Text("oui" if value else "non"),)


def bare(inlines: Inlines) -> tuple[Figure, ...]:
    """Only the figures of a cell: what a spreadsheet counts with."""
    return tuple(item for item in inlines if isinstance(item, Figure))


def apart(inlines: Inlines) -> Inlines:
    """Only the figures of a cell, without a sign: their unit is in a column of its own."""
    return tuple(replace(item, form="number") if item.form == "percent" else item for item in bare(inlines))


def number(value: float | None, key: Key, form: str = "number") -> Inlines:
    """A number as a spreadsheet wants it, or an empty cell."""
    if value is None:
        return EMPTY
    return (Figure(typo.percent(value, 2) if form == "percent" else typo.number(value), value, key, form),)


def sheet_link(text: str, sheet: str, anchor: str) -> Inlines:
    """A link to a row of another sheet."""
    return (Link(text, f"#{sheet}:{anchor}"),)


def flat(inlines: Inlines) -> Inlines:
    """Words and figures as one text."""
    text = "".join(item.text for item in inlines if isinstance(item, Text | Figure | Link))
    return plain(text)
