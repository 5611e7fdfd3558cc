"""The first reader: a workbook's values, by python-calamine.

It computes without the interpreter's lock: of a large workbook the second reader (`markup`) goes through the parts at
the same time, on another processor.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from sources.workbook.refused import FileRefusedError

LARGE_PART = 4 * 1024 * 1024
_SHEET_PART = re.compile(r"worksheets/[^/]+\.xml$")
# A cell that does not begin by saying that it is in the first 26 columns and 199,999 rows.
_MAYBE_FAR = re.compile(rb'<(?:[A-Za-z0-9_.-]++:)?c(?! r="[A-Z](?:1[0-9]{5}|[0-9]{1,5})")[\s/>]')

Answer = TypeVar("Answer")


class SheetValues(Protocol):
    """The values of one sheet: where they begin, None when there are none, and its rows from the first one on."""

    @property
    def start(self) -> tuple[int, int] | None: ...  # noqa: D102
    def iter_rows(self) -> Iterable[Any]: ...  # noqa: D102


class BookValues(NamedTuple):
    """The wanted sheets by name, in order, read while they are gone through, and the names of the others."""

    sheets: Iterable[tuple[str, "SheetValues"]]
    other_sheets: tuple[str, ...]


def read_values(path: Path, wanted: Callable[[str], bool]) -> BookValues:
    """Open a workbook. FileRefusedError when it is encrypted, calamine's own errors when it cannot be read."""
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise FileRefusedError("FILE_ENCRYPTED") from error
    names = [name for name in book.sheet_names if wanted(name)]
    others = tuple(name for name in book.sheet_names if name not in names)
    return BookValues(((name, book.get_sheet_by_name(name)) for name in names), others)


def is_worth_two(parts: Mapping[str, bytes]) -> bool:
    """Whether the two readers of a workbook may read it at once, and gain by it: a large sheet, and no cell far away.

    The first reader makes room for the whole rectangle around a sheet's cells, and the second one has not yet looked
    how large that is.
    """
    sheets = [part for name, part in parts.items() if _SHEET_PART.search(name)]
    return any(len(part) >= LARGE_PART for part in sheets) and not any(map(_MAYBE_FAR.search, sheets))


def both_at_once(second: Callable[[], Answer], path: Path, wanted: Callable[[str], bool]) -> tuple[Answer, BookValues]:
    """What the second reader answers and the values, read at the same time; the errors of the second come first."""
    from concurrent.futures import ThreadPoolExecutor

    def read() -> BookValues:
        values = read_values(path, wanted)
        return values._replace(sheets=list(values.sheets))

    with ThreadPoolExecutor(1) as beside:
        try:
            values = beside.submit(read)
        except RuntimeError:  # no room for a thread
            return second(), read_values(path, wanted)
        return second(), values.result()
