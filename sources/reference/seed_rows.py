"""Seed files read row by row: every wrong cell is noted with its place, and all of them are stated at once.

What belongs here: the files, their rows, the types of cells. What a table holds belongs to the module of its group.
"""

import csv
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from typing import TypeVar

from sources.errors import PlainError

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")
_SHOWN = 200  # problems listed in one message: a file of another layout has thousands


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that cannot be used; line 0 is the file as a whole, line 1 its header."""

    file: str
    line: int
    column: str
    value: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: received {self.value!r}; {self.fix}"


class ReferenceError(PlainError, ValueError):  # noqa: A001 — the name the project's interfaces give it
    """The seeds hold what cannot be used: `problems` has every one of them, in the order of the files."""

    fix = "Fix the rows of `dbt_project/seeds/` that the message names."

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:_SHOWN]]
        left = len(self.problems) - len(shown)
        super().__init__("\n".join([*shown, *([f"and {left} more"] if left else [])]))


@dataclass
class SeedFolder:
    """A folder of seeds being read, and every problem found in it so far."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def load(
        self, seed: str, columns: Iterable[str], build: Callable[["SeedRow"], _T], key: Callable[[_T], _K]
    ) -> dict[_K, _T]:
        """The rows of one seed by their key, in the order of the file; a key given twice is a problem."""
        items: dict[_K, _T] = {}
        for row in self.rows(seed, columns):
            item = build(row)
            row.check(key(item) not in items, row.first_column, "remove or renumber the row: its key is above already")
            items.setdefault(key(item), item)
        return items

    def rows(self, seed: str, columns: Iterable[str]) -> Iterator["SeedRow"]:
        """The rows of a seed; a file or a column that is missing is a problem, and gives no row."""
        path = self.path / f"{seed}.csv"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._refuse_file(seed, 0, str(self.path), "put the seed there, or give the right seeds folder")
            return
        except UnicodeDecodeError as error:
            self._refuse_file(seed, 0, repr(error.object[error.start : error.start + 8]), "save the file as UTF-8")
            return
        reader = csv.reader(StringIO(text, newline=""))
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            self._refuse_file(seed, 1, ",".join(header), f"add the missing columns: {', '.join(missing)}")
            return
        for cells in reader:
            if len(cells) != len(header):
                fix = f"give {len(header)} cells, there are {len(cells)}"
                self.problems.append(Problem(path.name, reader.line_num, header[0], ",".join(cells), fix))
                continue
            yield SeedRow(self, path.name, reader.line_num, dict(zip(header, cells, strict=True)))

    def refuse(self, seed: str, column: str, value: str, fix: str) -> None:
        """Note a problem of a seed as a whole."""
        self.problems.append(Problem(f"{seed}.csv", 0, column, value, fix))

    def raise_problems(self) -> None:
        """ReferenceError with every problem found, when there is one."""
        if self.problems:
            raise ReferenceError(self.problems)

    def _refuse_file(self, seed: str, line: int, value: str, fix: str) -> None:
        self.unreadable.add(seed)
        self.problems.append(Problem(f"{seed}.csv", line, "", value, fix))


class SeedRow:
    """One row of a seed, read cell by cell. A wrong cell is noted once and read as an empty value of its type."""

    def __init__(self, folder: SeedFolder, file: str, line: int, cells: Mapping[str, str]) -> None:
        self.folder, self.file, self.line, self._cells = folder, file, line, cells
        self.refused: set[str] = set()

    @property
    def first_column(self) -> str:
        """The column that names the row."""
        return next(iter(self._cells))

    def refuse(self, column: str, fix: str) -> None:
        """Note that a cell cannot be used; only the first fault of a cell is reported."""
        if column not in self.refused:
            self.refused.add(column)
            value = self._cells.get(column) or ""
            self.folder.problems.append(Problem(self.file, self.line, column, value, fix))

    def check(self, holds: bool, column: str, fix: str, *needs: str) -> None:
        """Refuse the cell when what must hold does not; not reported when a cell it `needs` is refused already."""
        if not holds and not self.refused & {column, *needs}:
            self.refuse(column, fix)

    def is_blank(self, column: str) -> bool:
        """Whether the cell is empty."""
        return not self._cells[column].strip()

    def text_or_none(self, column: str) -> str | None:
        """The text of a cell, None when blank."""
        return self._cells[column].strip() or None

    def text(self, column: str) -> str:
        """The text of a cell that is never blank."""
        value = self.text_or_none(column)
        if value is None:
            self.refuse(column, "give a value, this column is never blank")
        return value or ""

    def matching(self, column: str, pattern: str, form: str) -> str:
        """A text of a given form."""
        value = self.text(column)
        self.check(re.fullmatch(pattern, value) is not None, column, f"write it as {form}")
        return value

    def choice(self, column: str, vocabulary: Iterable[str]) -> str:
        """A code of a closed vocabulary."""
        value, allowed = self.text(column), frozenset(vocabulary)
        self.check(value in allowed, column, f"use one of: {', '.join(sorted(allowed))}")
        return value

    def choice_or_none(self, column: str, vocabulary: Iterable[str]) -> str | None:
        """A code of a closed vocabulary, None when blank."""
        return None if self.is_blank(column) else self.choice(column, vocabulary)

    def code_of(self, column: str, known: Iterable[Hashable], seed: str) -> str:
        """A code that another seed defines; nothing is stated about it when that seed could not be read."""
        value = self.text(column)
        if seed not in self.folder.unreadable:
            self.check(value in known, column, f"use a code that {seed}.csv defines, or add it there first")
        return value

    def integer(self, column: str) -> int:
        """A whole number."""
        try:
            return int(self.text(column))
        except ValueError:
            self.refuse(column, "write a whole number in digits")
            return 0

    def number_or_none(self, column: str) -> float | None:
        """A number, None when blank."""
        value = self.text_or_none(column)
        try:
            return None if value is None else float(value)
        except ValueError:
            self.refuse(column, "write a number with a decimal point and no spaces, or leave it blank")
            return 0.0

    def number(self, column: str) -> float:
        """A number that is never blank."""
        if self.is_blank(column):
            self.refuse(column, "give a number, this column is never blank")
        return self.number_or_none(column) or 0.0

    def day_or_none(self, column: str) -> date | None:
        """A day, None when blank."""
        value = self.text_or_none(column)
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            self.refuse(column, "write a real date as YYYY-MM-DD")
            return date.min

    def day(self, column: str) -> date:
        """A day that is never blank."""
        if self.is_blank(column):
            self.refuse(column, "give a date, this column is never blank")
        return self.day_or_none(column) or date.min
