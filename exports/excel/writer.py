"""Model to the bytes of an `.xlsx`: real tables, typed cells, links, sparklines, native charts, print set-up.

Text is only ever written as text: nothing a partner wrote becomes a formula or an address.
"""

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from exports import palette
from exports.excel.formats import FONT, Formats
from exports.model import Figure, Inlines, Link, Sheet, SheetChart, Status, Table, Text, Workbook, text_of
from exports.packing import repack
from exports.text_metrics import LINE, line_count, text_width
from sources.french import typography as typo

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: Excel's own limit for one cell
LONGEST_TEXT = 32767
CUT_MARK = " […] (texte coupé à la limite d’Excel ; il est entier dans le rapport Word)"
#: empty rows between two tables of a sheet
BETWEEN_TABLES = 2
_PAPER_A4 = 9
_SIZE = float(FONT["font_size"])
#: a column's unit is a digit of the workbook's default font; Arial at 9 points, less the cell's padding
_POINTS_PER_CHARACTER = 5.0
_ROW_PADDING = 4.0
#: a chart in pixels, the space beside it, and the rows of standard height it covers with the space under it
_CHART_WIDTH, _CHART_HEIGHT, _CHART_GAP, _CHART_ROWS = 520, 330, 20, 18
_TALLEST_ROW = 400.0
#: lines that a text takes in a column that is not printed, and how wide such a column may be to hold it
_SCREEN_LINES, _ONE_LINE, _WIDEST = 1.8, 45.0, 160.0
#: a rate as a bar behind its figure, from nothing to the whole way
_BAR: dict[str, Any] = {
    "type": "data_bar",
    "data_bar_2010": True,
    "bar_solid": True,
    "bar_color": f"#{palette.LIGHT_BLUE}",
    "bar_border_color": f"#{palette.MID_BLUE}",
    "min_type": "num",
    "min_value": 0,
    "max_type": "num",
    "max_value": 100,
}


def write(workbook: Workbook) -> bytes:
    """The workbook as Excel reads it; the same bytes for the same model."""
    import xlsxwriter

    buffer = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    properties = workbook.properties
    book.set_properties(
        {
            "title": properties.title,
            "subject": properties.subject,
            "author": properties.author,
            "keywords": properties.keywords,
            "comments": f"Langue : {properties.language}",
            "created": dt.datetime(
                properties.created.year, properties.created.month, properties.created.day, tzinfo=dt.UTC
            ),
        }
    )
    _SheetWriter.write_all(book, workbook)
    book.close()
    return repack(buffer.getvalue())


def header_row(sheet: Sheet) -> int:
    """The row (from 0) of the first table's headers: title, introduction, one empty row."""
    return 1 + len(sheet.intro) + 1


class _SheetWriter:
    """Writes one sheet; knows where the others' rows are, for links and sparklines."""

    def __init__(self, book: Any, formats: Formats, sheets: dict[str, Sheet], sheet: Sheet, *, banner: str) -> None:
        self.book = book
        self.formats = formats
        self.sheets = sheets
        self.sheet = sheet
        self.banner = banner
        self.widths: list[float] = []
        self.page: Worksheet = book.get_worksheet_by_name(sheet.name)

    @classmethod
    def write_all(cls, book: Any, workbook: Workbook) -> None:
        """Every sheet, in order."""
        formats = Formats(book)
        sheets = {sheet.name: sheet for sheet in workbook.sheets}
        for sheet in workbook.sheets:
            book.add_worksheet(sheet.name)
        for sheet in workbook.sheets:
            cls(book, formats, sheets, sheet, banner=workbook.banner).write()

    def write(self) -> None:
        """Title, introduction, tables, charts, print set-up."""
        page = self.page
        page.hide_gridlines(2)
        title = f"{self.sheet.title} – {self.banner}" if self.banner else self.sheet.title
        page.write_string(0, 0, title, self.formats.title)
        for rank, inlines in enumerate(self.sheet.intro, start=1):
            page.write_string(rank, 0, text_of(inlines), self.formats.intro)
        self._set_widths()
        first = header_row(self.sheet)
        row = first
        for rank, table in enumerate(self.sheet.tables):
            if rank:
                page.write_string(row, 0, table.caption, self.formats.caption)
                row += 1
            row = self._table(table, row) + BETWEEN_TABLES
            if not rank and self.sheet.charts:
                row += self._charts(first, row)
        for sparkline in self.sheet.sparklines:
            self._sparklines(first, sparkline.column, sparkline.sheet, sparkline.source_column, sparkline.spans)
        self._set_up_page(first, row - BETWEEN_TABLES)

    def _set_widths(self) -> None:
        count = max(len(table.columns) for table in self.sheet.tables)
        for column in range(count):
            tables = [table for table in self.sheet.tables if column < len(table.columns)]
            width = max(table.columns[column].width for table in tables)
            if 0 < self.sheet.printed_columns <= column:
                # what is for the screen alone must not make the rows of the paper high
                texts = (text_of(cells[column]) for table in tables for cells in table.rows)
                needed = max((text_width(text, _SIZE) for text in texts), default=0.0) / _POINTS_PER_CHARACTER
                width = max(width, min(needed if needed <= _ONE_LINE else needed / _SCREEN_LINES, _WIDEST))
            self.widths.append(width)
            self.page.set_column(column, column, width, self.formats.intro)

    def _table(self, table: Table, row: int) -> int:
        """Write a table whose headers are at `row`; the row after its last."""
        last = row + max(len(table.rows), 1)
        self.page.add_table(
            row,
            0,
            last,
            len(table.columns) - 1,
            {
                "name": f"T_{table.name}",
                "style": None,
                "title": table.caption,
                "description": typo.spaced(table.description),
                "columns": [
                    {"header": column.title, "header_format": self.formats.header(column.align)}
                    for column in table.columns
                ],
            },
        )
        self._set_height(row, table, tuple((Text(column.title),) for column in table.columns), bold=True)
        for offset, cells in enumerate(table.rows, start=1):
            self._set_height(row + offset, table, cells)
            for column, cell in enumerate(cells):
                self._cell(row + offset, column, cell)
        for column, said in enumerate(table.columns):
            if said.is_bar:
                self.page.conditional_format(row + 1, column, last, column, _BAR)
        if not table.rows:
            self.page.write_string(row + 1, 0, "Rien à signaler", self.formats.text())
        return last + 1

    def _set_height(self, row: int, table: Table, cells: tuple[Inlines, ...], *, bold: bool = False) -> None:
        """The height that shows every cell whole; Excel alone would fit rows on opening, others would cut them."""
        lines = max(
            line_count(text_of(cell), self.widths[column] * _POINTS_PER_CHARACTER, _SIZE, bold=bold)
            for column, cell in enumerate(cells)
        )
        self.page.set_row(row, min(lines * _SIZE * LINE + _ROW_PADDING, _TALLEST_ROW))

    def _cell(self, row: int, column: int, cell: Inlines) -> None:
        page, formats = self.page, self.formats
        if not cell:
            page.write_blank(row, column, None, formats.text())
            return
        first = cell[0]
        if len(cell) == 1 and isinstance(first, Figure):
            self._figure(row, column, first)
        elif len(cell) == 1 and isinstance(first, Status):
            page.write_string(row, column, first.text, formats.status(first.code))
        elif len(cell) == 1 and isinstance(first, Link):
            self._link(row, column, first)
        else:
            strong = len(cell) == 1 and getattr(first, "tone", "") == "strong"
            page.write_string(row, column, cut(text_of(cell)), formats.text(strong=strong))

    def _figure(self, row: int, column: int, figure: Figure) -> None:
        if isinstance(figure.value, dt.date):
            day = dt.datetime(figure.value.year, figure.value.month, figure.value.day)  # noqa: DTZ001 — Excel has no zone
            self.page.write_datetime(row, column, day, self.formats.date(figure.value, figure.form))
        else:
            look = self.formats.number(figure.value, figure.form, strong=figure.tone == "strong")
            self.page.write_number(row, column, figure.value, look)

    def _link(self, row: int, column: int, link: Link) -> None:
        target = self._address(link.target)
        if target is None:
            self.page.write_string(row, column, cut(link.text), self.formats.text())
        else:
            self.page.write_url(row, column, target, self.formats.link(), string=link.text, tip=f"Aller à {link.text}")

    def _address(self, target: str) -> str | None:
        """`#Sheet:anchor` as Excel's own address; None when it leads nowhere in this workbook."""
        name, _, anchor = target.removeprefix("#").partition(":")
        sheet = self.sheets.get(name)
        if sheet is None or anchor not in sheet.anchors:
            return None
        return f"internal:'{name}'!A{header_row(sheet) + sheet.anchors[anchor] + 2}"

    def _sparklines(
        self, first: int, column: int, source: str, source_column: int, spans: tuple[tuple[int, int] | None, ...]
    ) -> None:
        from xlsxwriter.utility import xl_col_to_name

        letter = xl_col_to_name(source_column)
        start = header_row(self.sheets[source]) + 2
        for rank, span in enumerate(spans):
            if span is not None:
                place = f"'{source}'!${letter}${start + span[0]}:${letter}${start + span[1]}"
                line: dict[str, Any] = {
                    "range": place,
                    "markers": True,
                    "series_color": f"#{palette.BLUE}",
                    "weight": 1.25,
                }
                self.page.add_sparkline(first + 1 + rank, column, line)

    def _charts(self, first: int, row: int) -> int:
        """The charts of the table whose headers are at `first`, side by side from `row` on; the rows they take."""
        for rank, drawn in enumerate(self.sheet.charts):
            self._chart(drawn, first, row, rank * (_CHART_WIDTH + _CHART_GAP))
        return _CHART_ROWS

    def _chart(self, drawn: SheetChart, first: int, row: int, offset: int) -> None:
        stacked = len(drawn.value_columns) > 1
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"} if stacked else {"type": "bar"})
        top, bottom = first + 1, first + drawn.rows
        inks = (palette.BLUE, palette.MID_BLUE, "A9BCD8", "DCE4F0")
        labels: dict[str, Any] = {"data_labels": {"value": True, "font": {**_chart_font(9), "bold": True}}}
        for position, column in enumerate(drawn.value_columns):
            ink = inks[position % len(inks)] if stacked else palette.MID_BLUE
            chart.add_series(
                {
                    "name": [self.sheet.name, first, column],
                    "categories": [self.sheet.name, top, drawn.category_column, bottom, drawn.category_column],
                    "values": [self.sheet.name, top, column, bottom, column],
                    "fill": {"color": f"#{ink}"},
                    "border": {"color": f"#{palette.BLUE}", "width": 0.5},
                    "gap": 45,
                    **({} if stacked else labels),
                }
            )
        chart.set_title({"name": drawn.chart.title, "name_font": {**_chart_font(11), "bold": True}, "overlay": False})
        legend: dict[str, Any] = {"position": "bottom", "font": _chart_font(9)} if stacked else {"none": True}
        chart.set_legend(legend)
        chart.set_y_axis({"reverse": True, "num_font": _chart_font(9), "major_tick_mark": "none"})
        axis: dict[str, Any] = {"num_font": _chart_font(9), "major_gridlines": {"visible": False}, "num_format": "0"}
        chart.set_x_axis({"visible": stacked, **axis})
        chart.set_size({"width": _CHART_WIDTH, "height": _CHART_HEIGHT})
        options: dict[str, Any] = {
            "description": typo.spaced(drawn.chart.alt),
            "object_position": 2,
            "x_offset": offset,
        }
        self.page.insert_chart(row, 0, chart, options)

    def _set_up_page(self, first: int, end: int) -> None:
        page, sheet = self.page, self.sheet
        widest = max(len(table.columns) for table in sheet.tables)
        printed = min(sheet.printed_columns or widest, widest)
        page.set_landscape()
        page.set_paper(_PAPER_A4)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.print_area(0, 0, max(end - 1, first + 1), printed - 1)
        # over several tables the first one's headers would lie: the sheet's title is repeated instead
        page.repeat_rows(first if len(sheet.tables) == 1 else 0)
        banner = self.banner.replace("&", "&&")
        page.set_header(
            '&L&"Arial,Regular"&8Feuille de route du numérique en santé – tableau de bord'
            f'&C&"Arial,Bold"&8{banner}&R&"Arial,Regular"&8&A'
        )
        page.set_footer('&L&"Arial,Regular"&8&F&R&"Arial,Regular"&8page &P sur &N')
        if len(sheet.tables) == 1:
            page.freeze_panes(first + 1, sheet.frozen_columns)


def _chart_font(size: int) -> dict[str, Any]:
    return {"name": FONT["font_name"], "size": size, "color": f"#{palette.INK}"}


def cut(text: str) -> str:
    """The text, cut with a mark only where Excel could not hold it."""
    if len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - len(CUT_MARK)] + CUT_MARK
