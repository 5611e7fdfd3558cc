"""The second reader for OpenDocument spreadsheets: the same answers as `markup` and `appearance`, from `content.xml`.

Repeated rows and cells are kept as runs: LibreOffice fills a sheet with them, and they are nearly always empty.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

from sources.workbook.appearance import RAISED, STRUCK, is_foreign, is_legend, is_our_note, raised
from sources.workbook.markup import MAX_SHEETS, BookMarkup, Cell, SheetMarkup, check_formula, scan_xml
from sources.workbook.number_formats import telling
from sources.workbook.ods_styles import Styles
from sources.workbook.refused import FileRefusedError

MAX_REPEATED = 200_000  # times one value may be repeated: no person fills in so many cells alike
_ERROR = re.compile(r"^(?:#[A-Z/0-9]+[!?]?|Err:\d+)$")


def read_ods_markup(path: Path, wanted: Callable[[str], bool]) -> BookMarkup:
    """Scan the wanted sheets of an OpenDocument spreadsheet; the others are only named."""
    scan = _ContentScan(wanted)
    with ZipFile(path) as archive:
        # Number formats are in one part or the other, and before the cells that use them.
        for part in ("styles.xml", "content.xml"):
            if part in archive.namelist() or part == "content.xml":
                with archive.open(part) as stream:
                    scan_xml(stream, scan.start, scan.end, scan.text)
    if not scan.has_legend:
        for sheet in scan.sheets.values():
            sheet.coloured.clear()
    return BookMarkup(scan.sheets, tuple(sorted(scan.links)))


class _ContentScan:
    """Handlers of `styles.xml` and `content.xml`."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self.sheets: dict[str, SheetMarkup] = {}
        self.links: set[str] = set()
        self.has_legend = False
        self.styles = Styles()
        self.sheet: SheetMarkup | None = None
        self.row, self.row_repeat, self.column = -1, 1, -1
        self.column_styles: list[tuple[int, str]] = []  # how many columns have which style, in order
        self.cell: Mapping[str, str] | None = None
        self.words: list[str] = []  # as they are
        self.seen: list[str] = []  # with raised digits as such
        self.spans: list[str] = []
        self.has_struck_words = False
        self.note: list[str] | None = None
        self.author: list[str] | None = None  # words that are no note: who wrote it, when
        self.note_author = ""
        self.notes: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        said = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        plain = tag.replace("-", "_")
        self.styles.start(plain, said)
        handler = getattr(self, f"_{plain}", None)
        if handler:
            handler(said)

    def end(self, tag: str) -> None:
        self.styles.end(tag.replace("-", "_"))
        if tag == "table":
            self.sheet = None
        elif tag == "annotation":
            self._close_note()
        elif tag in {"creator", "date"} and self.author is not None:
            self.note_author = "".join(self.author) if tag == "creator" else self.note_author
            self.author = None
        elif tag == "span" and self.spans:
            self.spans.pop()
        elif tag == "p":
            self._add("\n")
        elif tag in {"table-cell", "covered-table-cell"} and self.cell is not None:
            self._close_cell(self.cell)
            self.cell = None
        elif tag == "table-row":
            self.row += self.row_repeat - 1

    def text(self, data: str) -> None:
        self.styles.text(data)
        if self.author is not None:
            self.author.append(data)
        else:
            self._add(data)

    def _add(self, data: str) -> None:
        """Words of a note, else of the cell."""
        if self.note is not None:
            self.note.append(data)
        elif self.cell is not None:
            styles = [self.styles.style(name) for name in self.spans]
            self.words.append(data)
            self.seen.append(raised(data) if any(style.is_raised for style in styles) else data)
            if data.strip() and any(style.is_struck for style in styles):
                self.has_struck_words = True

    def _span(self, said: Mapping[str, str]) -> None:
        self.spans.append(said.get("style-name", ""))

    def _table(self, said: Mapping[str, str]) -> None:
        name = said.get("name", "")
        state = "hidden" if self.styles.hides_table(said.get("style-name", "")) else "visible"
        if name.startswith("'file:"):
            return  # a copy LibreOffice keeps of a linked workbook
        if len(self.sheets) >= MAX_SHEETS:
            raise FileRefusedError("FILE_BOMB", f"plus de {MAX_SHEETS} feuilles")
        made = self.sheets.setdefault(name, SheetMarkup(name, state))
        self.sheet = made if self.wanted(name) else None
        self.row, self.column_styles = -1, []

    def _table_column(self, said: Mapping[str, str]) -> None:
        count = int(said.get("number-columns-repeated", "1"))
        first = sum(count for count, _ in self.column_styles)
        self.column_styles.append((count, said.get("default-cell-style-name", "")))
        if said.get("visibility", "visible") != "visible" and self.sheet:
            self.sheet.hide_columns(first, first + count)

    def _table_source(self, said: Mapping[str, str]) -> None:
        self.links.add(said.get("href", "").rpartition("/")[2] or "fichier inconnu")

    def _table_row(self, said: Mapping[str, str]) -> None:
        self.row, self.column = self.row + 1, -1
        self.row_repeat = int(said.get("number-rows-repeated", "1"))
        if said.get("visibility", "visible") != "visible" and self.sheet and self.row_repeat < MAX_REPEATED:
            self.sheet.hidden_rows.update(range(self.row, self.row + self.row_repeat))

    def _frame(self, _: Mapping[str, str]) -> None:
        if self.sheet:
            self.sheet.has_drawing = True

    _custom_shape = _frame

    def _annotation(self, _: Mapping[str, str]) -> None:
        self.note, self.notes, self.note_author = [], [], ""

    def _creator(self, _: Mapping[str, str]) -> None:
        if self.note is not None:
            self.author = []

    _date = _creator

    def _close_note(self) -> None:
        text = " ".join("".join(self.note or ()).split())
        self.note, self.author = None, None
        if text:
            self.notes.append(text)

    def _table_cell(self, said: Mapping[str, str]) -> None:
        self.cell, self.words, self.seen, self.spans, self.notes = said, [], [], [], []
        self.has_struck_words = False

    def _covered_table_cell(self, said: Mapping[str, str]) -> None:
        self._table_cell({**said, "covered": "true"})

    def _close_cell(self, said: Mapping[str, str]) -> None:
        first = self.column + 1
        repeat = int(said.get("number-columns-repeated", "1"))
        self.column += repeat
        text = "".join(self.words).strip()
        self.has_legend = self.has_legend or any(is_legend(words) for words in (text, *self.notes) if words)
        formula = said.get("formula", "")
        check_formula(formula.partition(":")[2] or formula)
        if self.sheet is None:
            return
        rows, columns = int(said.get("number-rows-spanned", "1")), int(said.get("number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            self.sheet.merge((self.row, first, self.row + rows - 1, first + columns - 1))
        if self.notes and not is_our_note(self.note_author, "\n".join(self.notes)):
            self.sheet.notes[self.row, first] = " ".join(self.notes)
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
            self._look_at(sheet, place, value, kind, said.get("style-name") or self._style_of_column(place[1]))

    def _look_at(self, sheet: SheetMarkup, place: Cell, value: str, kind: str, style_name: str) -> None:
        style = self.styles.style(style_name)
        number_format = telling(self.styles.number_format(style.data_style))
        if kind == "percentage":
            sheet.formats[place] = number_format or "0%"
        elif number_format and (kind != "string" or "@" in number_format):
            sheet.formats[place] = number_format
        if style.is_struck or self.has_struck_words:
            sheet.troubles[place] = STRUCK
        elif style.is_raised and any(map(str.isdigit, value)):
            sheet.troubles[place] = RAISED
        elif self.seen != self.words:
            sheet.texts[place] = "".join(self.seen).strip()
        if is_foreign(style.fill or "") or is_foreign(style.colour or ""):
            sheet.coloured.add(place)

    def _style_of_column(self, column: int) -> str:
        for count, style in self.column_styles:
            if column < count:
                return style
            column -= count
        return ""
