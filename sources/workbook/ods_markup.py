"""The second reader for OpenDocument spreadsheets: the same answers as `markup`, from `content.xml`.

Repeated rows and cells are kept as runs: LibreOffice fills a sheet with them, and they are nearly always empty.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

from sources.workbook.markup import MAX_SHEETS, BookMarkup, Cell, SheetMarkup, check_formula, scan_xml
from sources.workbook.refused import FileRefusedError

MAX_REPEATED = 200_000  # times one value may be repeated: no person fills in so many cells alike
_ERROR = re.compile(r"^(?:#[A-Z/0-9]+[!?]?|Err:\d+)$")
_DATE_PARTS = {"day": "dd", "month": "mm", "year": "yyyy"}


def read_ods_markup(path: Path, wanted: Callable[[str], bool]) -> BookMarkup:
    """Scan the wanted sheets of an OpenDocument spreadsheet; the others are only named."""
    scan = _ContentScan(wanted)
    with ZipFile(path) as archive:
        # Number formats stand in one part or the other, and before the cells that use them.
        for part in ("styles.xml", "content.xml"):
            if part in archive.namelist() or part == "content.xml":
                with archive.open(part) as stream:
                    scan_xml(stream, scan.start, scan.end, scan.text)
    return BookMarkup(scan.sheets, tuple(sorted(scan.links)))


class _ContentScan:
    """Handlers of `styles.xml` and `content.xml`."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self.sheets: dict[str, SheetMarkup] = {}
        self.links: set[str] = set()
        self.sheet: SheetMarkup | None = None
        self.hidden_styles: set[str] = set()
        self.formats: dict[str, str] = {}  # number style → format
        self.cell_formats: dict[str, str] = {}  # cell style → format
        self.style = ""
        self.row, self.row_repeat, self.column = -1, 1, -1
        self.cell: Mapping[str, str] | None = None
        self.words: list[str] = []
        self.depth_note = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        said = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        handler = getattr(self, f"_{tag.replace('-', '_')}", None)
        if handler:
            handler(said)
        elif tag in _DATE_PARTS and self.style in self.formats:
            long_month = tag == "month" and said.get("textual") == "true"
            self.formats[self.style] += "mmm" if long_month else _DATE_PARTS[tag]

    def end(self, tag: str) -> None:
        if tag == "table":
            self.sheet = None
        elif tag == "annotation":
            self.depth_note -= 1
        elif tag == "p" and self.cell is not None and not self.depth_note:
            self.words.append("\n")
        elif tag in {"table-cell", "covered-table-cell"} and self.cell is not None:
            self._close_cell(self.cell)
            self.cell = None
        elif tag == "table-row":
            self.row += self.row_repeat - 1

    def text(self, data: str) -> None:
        if self.cell is not None and not self.depth_note:
            self.words.append(data)

    def _style(self, said: Mapping[str, str]) -> None:
        self.style = said.get("name", "")
        if said.get("family") == "table-cell" and "data-style-name" in said:
            self.cell_formats[self.style] = self.formats.get(said["data-style-name"], "")

    def _table_properties(self, said: Mapping[str, str]) -> None:
        if said.get("display") == "false":
            self.hidden_styles.add(self.style)

    def _percentage_style(self, said: Mapping[str, str]) -> None:
        self.style = said.get("name", "")
        self.formats[self.style] = "0%"

    def _date_style(self, said: Mapping[str, str]) -> None:
        self.style = said.get("name", "")
        self.formats[self.style] = ""

    def _table(self, said: Mapping[str, str]) -> None:
        name = said.get("name", "")
        state = "hidden" if said.get("style-name") in self.hidden_styles else "visible"
        if name.startswith("'file:"):
            return  # a copy LibreOffice keeps of a linked workbook
        if len(self.sheets) >= MAX_SHEETS:
            raise FileRefusedError("FILE_BOMB", f"plus de {MAX_SHEETS} feuilles")
        made = self.sheets.setdefault(name, SheetMarkup(name, state))
        self.sheet = made if self.wanted(name) else None
        self.row = -1

    def _table_source(self, said: Mapping[str, str]) -> None:
        self.links.add(said.get("href", "").rpartition("/")[2] or "fichier inconnu")

    def _table_row(self, said: Mapping[str, str]) -> None:
        self.row, self.column = self.row + 1, -1
        self.row_repeat = int(said.get("number-rows-repeated", "1"))
        if said.get("visibility", "visible") != "visible" and self.sheet and self.row_repeat < MAX_REPEATED:
            self.sheet.hidden_rows.update(range(self.row, self.row + self.row_repeat))

    def _annotation(self, _: Mapping[str, str]) -> None:
        self.depth_note += 1

    def _table_cell(self, said: Mapping[str, str]) -> None:
        self.cell, self.words = said, []

    def _covered_table_cell(self, said: Mapping[str, str]) -> None:
        self.cell, self.words = {**said, "covered": "true"}, []

    def _close_cell(self, said: Mapping[str, str]) -> None:
        first = self.column + 1
        repeat = int(said.get("number-columns-repeated", "1"))
        self.column += repeat
        text = "".join(self.words).strip()
        formula = said.get("formula", "")
        check_formula(formula.partition(":")[2] or formula)
        if self.sheet is None:
            return
        rows, columns = int(said.get("number-rows-spanned", "1")), int(said.get("number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            self.sheet.merge((self.row, first, self.row + rows - 1, first + columns - 1))
        value = (
            said.get("value") or said.get("date-value") or said.get("boolean-value") or said.get("time-value") or text
        )
        if not value.strip() and not formula:
            return
        if repeat * self.row_repeat > MAX_REPEATED:
            raise FileRefusedError("FILE_BOMB", f"feuille {self.sheet.name} : une valeur répétée sans fin")
        for row in range(self.row, self.row + self.row_repeat):
            for column in range(first, first + repeat):
                self.sheet.occupy(row, column)
                self._note((row, column), value, text, said)

    def _note(self, place: Cell, value: str, text: str, said: Mapping[str, str]) -> None:
        """Note one cell that holds a value or a formula."""
        sheet, kind = self.sheet, said.get("value-type", "")
        if sheet is None:
            return
        if "formula" in said:
            sheet.formulas.add(place)
            if not value.strip():
                sheet.uncomputed.add(place)
        if _ERROR.match(text) and ("formula" in said or kind == "error"):
            sheet.errors[place] = text
        elif value.strip():
            sheet.filled.add(place)
            number_format = self.cell_formats.get(said.get("style-name", ""), "")
            if kind == "percentage":
                sheet.formats[place] = "0%"
            elif kind == "date" and number_format:
                sheet.formats[place] = number_format
