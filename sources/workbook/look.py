"""How the partner workbook looks: few colours, each with a meaning, all of them readable in print."""

from datetime import date, datetime, time
from typing import IO, Any

from sources.workbook.schema import Column


def new_book(buffer: IO[bytes], *, title: str, created: date, **more: str) -> Any:
    """An empty XlsxWriter workbook that will be written to `buffer`: texts stay texts, its only date is `created`.

    `more` are properties of the document, by XlsxWriter's names.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties(
        {
            "title": title,
            "subject": "Feuille de route du numérique en santé 2023-2027",
            "author": "Délégation au numérique en santé",
            "created": datetime.combine(created, time()),
            **more,
        }
    )
    return book


# What a receipt colours the cells of an issue with, by its severity.
RECEIPT_FILLS = {"error": "FFD9D4", "warning": "FFEFC2", "correction": "DCEBFB"}
# Who signs our notes: those of the template begin so, those of a receipt are the whole of it.
NOTE_AUTHOR = "Jalon"
RECEIPT_AUTHOR = "Jalon – accusé de réception"
# Between what is wrong and the fix, in a note of ours.
FIX_MARK = "\n→ "


class Look:
    """The cell formats of one workbook. Blue marks what is to be filled in, grey what is given."""

    INK = "#1B2A41"
    INPUT = "#1F5FA8"
    INPUT_FILL = "#F3F8FE"
    GIVEN = "#5B6675"
    GIVEN_FILL = "#F4F5F7"
    LINE = "#D5DAE1"
    AMBER_FILL = "#FFF4D6"
    AMBER = "#7A4B00"
    GIVEN_INK = "#3C4654"
    INPUT_LINE = "#B9CDE6"
    FONT = "Arial"

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.title = self._format(bold=True, font_size=16, font_color=self.INK, valign="vcenter")
        self.subtitle = self._format(font_size=12, font_color=self.GIVEN)
        self.heading = self._format(bold=True, font_size=12, font_color=self.INPUT, bottom=1, bottom_color=self.INPUT)
        self.hint = self._format(font_color=self.GIVEN, italic=True)
        self.banner = self._format(bold=True, font_color=self.AMBER, bg_color=self.AMBER_FILL)
        self.plain = self._format(text_wrap=True, valign="top")
        self.strong = self._format(bold=True, text_wrap=True, valign="top")
        self.line = self._format(valign="top")
        self.link = self._format(font_color=self.INPUT, underline=1, bold=True, valign="top")
        self.locked = self._format(locked=True)
        self.locked_header = self._header(self.GIVEN)
        self.input_header = self._header(self.INPUT)
        self.table_header = self._format(
            bold=True, font_color="#FFFFFF", bg_color=self.GIVEN, text_wrap=True, border=1, border_color=self.LINE
        )
        self.table_cell = self._format(text_wrap=True, valign="top", border=1, border_color=self.LINE)
        self.code = self._format(
            bold=True,
            font_color=self.INK,
            bg_color=self.GIVEN_FILL,
            valign="top",
            border=1,
            border_color=self.LINE,
            num_format="@",
            align="left",
            indent=1,
        )

    def cell(self, column: Column) -> Any:
        """A given cell."""
        align = "right" if column.key in {"target", "last_value"} else "left"
        return self._format(
            font_color=self.GIVEN_INK,
            bg_color=self.GIVEN_FILL,
            text_wrap=True,
            valign="top",
            align=align,
            indent=1,
            border=1,
            border_color=self.LINE,
        )

    def input(self, column: Column) -> Any:
        """A cell to fill in: unlocked, and text so that Excel changes nothing of what is typed."""
        number_format = "General" if column.type in {"text", "choice"} else "@"
        return self._format(
            locked=False,
            bg_color=self.INPUT_FILL,
            text_wrap=True,
            valign="top",
            align="right" if column.type == "number" else "left",
            indent=1,
            border=1,
            border_color=self.INPUT_LINE,
            num_format=number_format,
        )

    def _header(self, fill: str) -> Any:
        return self._format(
            bold=True,
            font_color="#FFFFFF",
            bg_color=fill,
            text_wrap=True,
            valign="vcenter",
            indent=1,
            border=1,
            border_color="#FFFFFF",
        )

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": self.FONT, "font_size": 9, **properties})
        return self._made[key]


def lines_of(text: str, width: float) -> int:
    """How many lines a wrapped cell needs: an estimate on the safe side, Excel fits the row anyway when edited."""
    return sum(max(1, -(-len(line) // max(1, int(width * 1.4)))) for line in text.split("\n")) if text else 1
