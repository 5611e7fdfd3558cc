"""Tables of any format as lines: cells in reading order, each with the role its row's or column's header gives it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.documents.label_tables import is_labelled
from sources.documents.roles import FIGURES, role_of, roles_of_header
from sources.documents.text import Line, Locator, SourceText, Table, join


@dataclass(frozen=True)
class Cell:
    """One cell: the grid column it starts in, and its lines."""

    column: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The cell's lines as one text."""
        return join(self.lines).text


def add_table(source: SourceText, rows: Sequence[Sequence[Cell]]) -> None:
    """The cells of a table as lines of the document, row by row, and the table itself.

    A header row that names what its columns are gives the cells below their roles; so does a first cell that names
    what its neighbour is (« Partenaires | DNS – ANS »). Without either, cells are read as plain blocks. A table as
    wide as the one before, without a header of its own, goes on from it: a page cut it in two.
    """
    kept = [row for row in rows if any(cell.lines for cell in row)]
    table = Table(tuple(tuple(cell.text for cell in row) for row in kept), tuple(map(_place, kept)))
    if is_labelled(table):
        source.lines += [replace(line, role=FIGURES) for row in kept for cell in row for line in cell.lines]
        source.tables.append(table)
        return
    width = max((len(row) for row in rows), default=0)
    roles = source.table_roles if width == source.table_width else {}
    for row in rows:
        named = roles_of_header([cell.text for cell in row])
        if named:
            roles = {cell.column: role for cell, role in zip(row, named, strict=True) if role}
            continue
        said = [cell for cell in row if cell.lines]
        label = role_of(said[0].text) if len(said) == 2 and len(said[0].lines) == 1 else None
        if label and not roles:
            source.lines += _block(said[1], label)
            continue
        for cell in row:
            source.lines += _block(cell, roles.get(cell.column))
    source.table_roles, source.table_width = roles, width
    if kept:
        source.tables.append(table)


def _block(cell: Cell, role: str | None) -> list[Line]:
    return [
        replace(line, role=role, starts_block=line.starts_block or not rank) for rank, line in enumerate(cell.lines)
    ]


def _place(row: Sequence[Cell]) -> Locator:
    lines = [line for cell in row for line in cell.lines]
    page = lines[0].page
    numbers = [line.number for line in lines if line.page == page]
    return Locator(page, min(numbers), max(numbers))
