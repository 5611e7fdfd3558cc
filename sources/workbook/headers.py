"""Where the headers of a sheet are and which column each one is: any order, accents, case and spaces forgiven."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sources.french.folding import fold_words
from sources.workbook.grid import Grid
from sources.workbook.schema import Column, Sheet

_SEARCHED = 30  # rows looked at for the headers
_LONGEST_REMEMBERED = 100
_MOST_REMEMBERED = 8192
# Words in brackets beside the header of figures or dates that change none of them.
_HARMLESS = frozenset(
    fold_words(
        "à remplir compléter saisir renseigner ici par vous le la les du d partenaire obligatoire en unités unité"
        " nombre chiffres nouvelle nouveau actuelle constatée mesurée réelle observée date jour mois année"
        " trimestre semestre jj mm aaaa"
    ).split()
)


@dataclass
class Headers:
    """Where the headers are and which column each one is, from 0; what is odd about them, with its place."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    adjusted: list[tuple[str, int, str]] = field(default_factory=list)
    unknown: list[tuple[str, int]] = field(default_factory=list)
    twice: list[tuple[str, int]] = field(default_factory=list)


def find_headers(sheet: Sheet, grid: Grid) -> Headers:
    """The row that names most of the sheet's columns, among the first ones."""
    names = _names(sheet)
    found = Headers(_header_row(names, grid))
    for at, text in _texts(grid, found.row):
        column = names.columns.get(fold_words(text)) or _with_remark(names, text)
        if column is None:
            found.unknown.append((text, at))
        elif column.key in found.columns:
            found.twice.append((column.header, at))
        else:
            found.columns[column.key] = at
            if unicodedata.normalize("NFC", text) != column.header:
                found.adjusted.append((text, at, column.header))
    return found


def _with_remark(names: "_Names", text: str) -> Column | None:
    """The column of « Valeur (à remplir) »; none where the remark may change its figures: « Valeur (en milliers) »."""
    name, _, remark = text.partition("(")
    column = names.columns.get(fold_words(name))
    if column is None or column.type not in {"number", "period", "date"}:
        return column
    is_harmless = "%" not in remark and _HARMLESS.issuperset(fold_words(remark).split())
    return column if is_harmless else None


def _header_row(names: Mapping[str, str], grid: Grid) -> int:
    """The first of the rows that name most columns; one with no more cells than that is not looked into."""
    best, most = 0, -1
    for row, line in grid.lines.items():
        if row < _SEARCHED and len(line) > most:
            named = len({names[text] for _, text in _texts(grid, row)} - {""})
            if named > most:
                best, most = row, named
    return best


def _texts(grid: Grid, row: int) -> list[tuple[int, str]]:
    return [(at, grid.text(row, at).strip()) for at in grid.lines.get(row, ())]


class _Names(dict[str, str]):
    """The folded name that a text of the sheet is, blank for a text that is none; short texts are remembered."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self.columns: dict[str, Column] = {
            fold_words(name): column for column in sheet.columns for name in (column.header, *column.aliases)
        }
        self._firsts = {name[:1] for name in self.columns}
        self._lasts = {name[-1:] for name in self.columns}

    def __missing__(self, text: str) -> str:
        folded = fold_words(text) if self._may_be_one(text) else ""
        name = folded if folded in self.columns else ""
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[text] = name
        return name

    def _may_be_one(self, text: str) -> bool:
        """False for a text that surely folds to no name: folding is most of the work, and few texts are headers."""
        if not text:
            return False
        first, last = text[0], text[-1]
        if first.isascii() and first.isalnum() and first.lower() not in self._firsts:
            return False
        return not (last.isascii() and last.isalnum() and last.lower() not in self._lasts)


_names = lru_cache(16)(_Names)
