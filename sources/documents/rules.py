"""A table that says which rule applies to what: marks and terms under headings of several rows, as one fact each.

The doctrine's table by sector is one: three columns say what (sector, family, solution), the others which rule, in
groups. What merged cells left blank is filled in; a row whose merged cells were lost is put back under its columns by
its first term of security, which every row has, and by the columns other rows are marked in.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sources.documents.text import Table

_MARK = re.compile(r"^[✓✔☑xX●•]$")
_TERM = re.compile(r"\b(?:HDS|PGSSI|SSI|I\.E)\b")
_NAMES = 3
_HEADER_ROWS = 4


@dataclass(frozen=True)
class Rule:
    """One rule that applies: to a solution, of a family, in a sector; `value` is `oui` for a mark, else its terms."""

    sector: str
    family: str
    solution: str
    rule_group: str
    rule: str
    value: str


def read_rules(tables: Sequence[Table]) -> list[Rule]:
    """The rules of the first table that has marks under headings; none when no table does."""
    for table in tables:
        marks = sum(1 for row in table.rows for cell in row if _MARK.match(cell.strip()))
        if marks >= 5 and len(table.rows) > _HEADER_ROWS:
            return _rules_of(table)
    return []


def _rules_of(table: Table) -> list[Rule]:
    first = next(rank for rank, row in enumerate(table.rows) if any(_MARK.match(cell.strip()) for cell in row))
    headers, width = table.rows[:first], max(len(row) for row in table.rows)
    groups, rules = _headings(headers, width)
    found: list[Rule] = []
    names = ["", "", ""]
    rows = [[cell.strip() for cell in row] for row in table.rows[first:]]
    usual = _usual_marks(rows)
    for row in rows:
        cells = _aligned(row, width, usual)
        said = [*cells[:_NAMES], *[""] * _NAMES][:_NAMES]
        names = _filled(names, said)
        for column in range(_NAMES, min(len(cells), width)):
            if cells[column]:
                value = "oui" if _MARK.match(cells[column]) else cells[column]
                found.append(Rule(names[0], names[1], names[2], groups[column], rules[column], value))
    return found


def _headings(headers: Sequence[Sequence[str]], width: int) -> tuple[list[str], list[str]]:
    """For each column, the heading just above its own, and its own: the lowest that names it."""
    spread = [_spread(row, width) for row in headers]
    groups, rules = [""] * width, [""] * width
    for column in range(width):
        named = [row[column] for row in spread if row[column]]
        rules[column] = named[-1] if named else ""
        groups[column] = named[-2] if len(named) > 1 else rules[column]
    return groups, rules


def _spread(row: Sequence[str], width: int) -> list[str]:
    """A header row with each name over all the columns it was merged on."""
    filled: list[str] = []
    for column in range(width):
        cell = row[column].strip() if column < len(row) else ""
        filled.append(cell or (filled[-1] if filled and column > _NAMES else ""))
    return filled


def _usual_marks(rows: Sequence[Sequence[str]]) -> Counter[int]:
    """How often each column is marked, in the rows that lost no cell."""
    straight = [row for row in rows if _first_term(row) == _NAMES]
    return Counter(column for row in straight for column, cell in enumerate(row) if _MARK.match(cell))


def _first_term(cells: Sequence[str]) -> int:
    return next((column for column, cell in enumerate(cells) if _TERM.search(cell)), _NAMES)


def _aligned(cells: list[str], width: int, usual: Counter[int]) -> list[str]:
    """The cells with the first term of security in its column.

    Either a cell before it was lost and the whole row slid, or the terms alone did, over the blanks that follow them:
    the reading whose marks are where other rows have theirs is the one kept.
    """
    first = _first_term(cells)
    missing = _NAMES - first
    if missing <= 0:
        return cells
    slid = [*cells[:first], *[""] * missing, *cells[first:]][:width]
    end = next((column for column in range(first, len(cells)) if not cells[column]), len(cells))
    moved = [*cells[:first], *[""] * missing, *cells[first:end], *cells[end + missing :]]
    return max(
        (slid, moved), key=lambda row: sum(usual[column] for column, cell in enumerate(row) if _MARK.match(cell))
    )


def _filled(above: Sequence[str], said: Sequence[str]) -> list[str]:
    """The names of a row: a blank is the one above it, unless a name to its left is new."""
    names: list[str] = []
    is_new = False
    for held, here in zip(above, said, strict=True):
        is_new = is_new or bool(here)
        names.append(here or ("" if is_new else held))
    return names
