"""Cell formats of the workbook: one look, French number and date forms, dates never more precise than said."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from exports import palette

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

FONT: dict[str, Any] = {"font_name": "Arial", "font_size": 9, "font_color": f"#{palette.INK}"}
_CELL = {**FONT, "valign": "top", "text_wrap": True, "bottom": 1, "bottom_color": f"#{palette.RULE}"}

#: French separators where a program follows the format's own language; a thin space parts a number from its unit
_FRENCH = "[$-40C]"
NUMBER_FORMS = {
    "integer": f"{_FRENCH}#,##0_)",
    "number": f"{_FRENCH}#,##0.##_)",
    "whole": f"{_FRENCH}#,##0_)",
    "percent": f'{_FRENCH}#,##0.0" %"_)',
}


def date_form(day: dt.date, precision: str) -> str:
    """The number format that prints a date with its precision and keeps it a date."""
    match precision:
        case "year":
            return "yyyy"
        case "semester":
            return f'"S{1 if day.month <= 6 else 2} "yyyy'
        case "quarter":
            return f'"T{(day.month - 1) // 3 + 1} "yyyy'
        case "month":
            return "[$-40C]mmmm\\ yyyy"
        case _:
            return "dd/mm/yyyy"


def number_form(value: float, form: str) -> str:
    """The number format of a value: no decimal sign where there is no decimal."""
    if form == "number" and float(value).is_integer():
        return NUMBER_FORMS["whole"]
    return NUMBER_FORMS.get(form, NUMBER_FORMS["number"])


class Formats:
    """Formats made once each; XlsxWriter writes one style per format object."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Format] = {}

    def _get(self, key: tuple[object, ...], properties: Callable[[], Mapping[str, Any]]) -> "Format":
        """The format known by `key`; what it is made of is asked for once."""
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(properties()))
        return self._made[key]

    @property
    def title(self) -> "Format":
        """The sheet's title."""
        look = {"font_size": 15, "bold": True, "font_color": f"#{palette.BLUE}"}
        return self._get(("title",), lambda: {**FONT, **look})

    @property
    def intro(self) -> "Format":
        """Words over the table."""
        return self._get(("intro",), lambda: {**FONT, "font_color": f"#{palette.MUTED}"})

    @property
    def caption(self) -> "Format":
        """The title of a table after the first."""
        look = {"font_size": 11, "bold": True, "font_color": f"#{palette.BLUE}"}
        return self._get(("caption",), lambda: {**FONT, **look})

    def header(self, align: str) -> "Format":
        """A column's header, aligned as its cells are."""
        blue = f"#{palette.BLUE}"
        look = {"bold": True, "font_color": blue, "bg_color": f"#{palette.PALE_BLUE}", "top": 2, "top_color": blue}
        aligned = {"align": align, "indent": 1} if align == "right" else {}
        return self._get(("header", align), lambda: {**_CELL, **look, **aligned})

    def text(self, *, strong: bool = False) -> "Format":
        """Words."""
        return self._get(("text", strong), lambda: {**_CELL, "bold": strong})

    def link(self) -> "Format":
        """A link."""
        return self._get(("link",), lambda: {**_CELL, "font_color": f"#{palette.BLUE}", "underline": 1})

    def status(self, code: str) -> "Format":
        """A status."""
        look = palette.tone(code)
        inks = {"font_color": f"#{look.ink}", "bg_color": f"#{look.ground}"}
        return self._get(("status", look), lambda: {**_CELL, "bold": True, **inks})

    def number(self, value: float, form: str, *, strong: bool = False) -> "Format":
        """A number."""
        shown = number_form(value, form)
        look = {"num_format": shown, "align": "right", "indent": 1, "bold": strong}
        return self._get(("number", shown, strong), lambda: {**_CELL, **look})

    def date(self, day: dt.date, precision: str) -> "Format":
        """A date."""
        shown = date_form(day, precision)
        return self._get(("date", shown), lambda: {**_CELL, "num_format": shown, "align": "right", "indent": 1})
