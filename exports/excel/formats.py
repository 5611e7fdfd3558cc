"""Cell formats of the workbook: one look, French number and date forms, dates never more precise than said."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from exports import palette

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

FONT: dict[str, Any] = {"font_name": "Arial", "font_size": 9, "font_color": f"#{palette.INK}"}
_CELL = {**FONT, "valign": "top", "text_wrap": True, "bottom": 1, "bottom_color": f"#{palette.RULE}"}

NUMBER_FORMS = {"integer": "#,##0", "number": "#,##0.##", "whole": "#,##0", "percent": '#,##0.0" %"'}


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
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def _get(self, **properties: Any) -> "Format":
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    @property
    def title(self) -> "Format":
        """The sheet's title."""
        return self._get(**{**FONT, "font_size": 15, "bold": True, "font_color": f"#{palette.BLUE}"})

    @property
    def intro(self) -> "Format":
        """Words over the table."""
        return self._get(**{**FONT, "font_color": f"#{palette.MUTED}"})

    @property
    def caption(self) -> "Format":
        """The title of a table after the first."""
        return self._get(**{**FONT, "font_size": 11, "bold": True, "font_color": f"#{palette.BLUE}"})

    def header(self, align: str) -> "Format":
        """A column's header, aligned as its cells are."""
        blue = f"#{palette.BLUE}"
        look = {"bold": True, "font_color": blue, "bg_color": f"#{palette.PALE_BLUE}", "top": 2, "top_color": blue}
        return self._get(**{**_CELL, **look, **({"align": align, "indent": 1} if align == "right" else {})})

    def text(self, *, strong: bool = False) -> "Format":
        """Words."""
        return self._get(**{**_CELL, "bold": strong})

    def link(self) -> "Format":
        """A link."""
        return self._get(**{**_CELL, "font_color": f"#{palette.BLUE}", "underline": 1})

    def status(self, code: str) -> "Format":
        """A status."""
        look = palette.tone(code)
        return self._get(**{**_CELL, "bold": True, "font_color": f"#{look.ink}", "bg_color": f"#{look.ground}"})

    def number(self, value: float, form: str, *, strong: bool = False) -> "Format":
        """A number."""
        return self._get(
            **{**_CELL, "num_format": number_form(value, form), "align": "right", "indent": 1, "bold": strong}
        )

    def date(self, day: dt.date, precision: str) -> "Format":
        """A date."""
        return self._get(**{**_CELL, "num_format": date_form(day, precision), "align": "right", "indent": 1})
