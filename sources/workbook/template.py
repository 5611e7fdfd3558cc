"""The pre-filled workbook of one partner for one session, written with XlsxWriter.

Same inputs, same bytes: the only date inside is the session's. Values, periods and dates are text cells on purpose:
Excel would otherwise turn « mars 2025 » into 1 March and « 12 % » into 0.12 before anyone has read them.
"""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sources.files import atomic
from sources.reference.roadmap import Reference
from sources.workbook.edition import Edition
from sources.workbook.guide import write_guide
from sources.workbook.identity import CONTROL_KIND, checksum, row_id
from sources.workbook.look import NOTE_AUTHOR, Look, lines_of, new_book
from sources.workbook.prefill import Filled, Previous, Row, prefill
from sources.workbook.schema import Column, Sheet, WorkbookSchema, load_schema


def write_template(
    path: Path,
    reference: Reference,
    session_code: str,
    partner_code: str,
    *,
    previous: Previous | None = None,
    filled: Filled | None = None,
    banner: str | None = None,
) -> Path:
    """Write the workbook of a partner for a session at `path`, replacing what stood there, and return `path`.

    `filled` writes answers into the input cells (reconstituted workbooks, tests); `banner` is a line shown on every
    sheet. KeyError for an unknown session or partner; ValueError when `filled` names a row or column that is not
    the partner's.
    """
    schema = load_schema()
    edition = Edition(schema, reference, reference.sessions[session_code], reference.partners[partner_code], banner)
    rows = prefill(schema, reference, session_code, partner_code, previous or Previous())
    content = _render(edition, rows, _place(schema, rows, filled or Filled()))
    path.parent.mkdir(parents=True, exist_ok=True)
    return atomic.write(path, content)


def template_name(reference: Reference, session_code: str, partner_code: str) -> str:
    """The file name of a partner's workbook: « CNS-13_GIE-SESAM-Vitale.xlsx »."""
    slug = reference.partners[partner_code].partner_slug
    return load_schema().file_name.format(session=session_code, partner_slug=slug)


def _place(schema: WorkbookSchema, rows: Mapping[str, list[Row]], filled: Filled) -> dict[str, list[Row]]:
    """The answers of each row of each sheet, rows added for second values. ValueError when one has no place."""
    placed: dict[str, list[Row]] = {}
    given: dict[str, list[tuple[str, Mapping[str, str]]]] = {
        "contribution": list(filled.contributions.items()),
        "milestone": list(filled.milestones.items()),
        "measurement": [
            (answer["kpi_id"], {k: v for k, v in answer.items() if k != "kpi_id"}) for answer in filled.measurements
        ],
    }
    for sheet in schema.sheets:
        codes = [row[sheet.key_column] for row in rows[sheet.key]]
        placed[sheet.key] = [{} for _ in codes]
        for code, answer in given[sheet.key]:
            if code not in codes:
                raise ValueError(f"{sheet.name}: {code} is not a row of this partner's workbook")
            answered = {key: _typed(schema, sheet, key, value) for key, value in answer.items() if value}
            if placed[sheet.key][codes.index(code)]:
                placed[sheet.key].append({sheet.key_column: code, **answered})
            else:
                placed[sheet.key][codes.index(code)] = answered
        if len(placed[sheet.key]) - len(codes) > schema.free_rows:
            raise ValueError(f"{sheet.name}: more than {schema.free_rows} values beside the pre-filled rows")
    return placed


def _typed(schema: WorkbookSchema, sheet: Sheet, key: str, value: str) -> str:
    """The text of one answer; a code of a list becomes its label."""
    column = next((c for c in sheet.inputs if c.key == key), None)
    if column is None:
        raise ValueError(f"{sheet.name}: {key} is not an input column")
    return schema.lists[column.choices].get(value, value) if column.choices else value


def _render(edition: Edition, rows: Mapping[str, list[Row]], answers: Mapping[str, list[Row]]) -> bytes:
    session, buffer = edition.session, BytesIO()
    book = new_book(
        buffer,
        title=f"{session.session_code} – contribution de {edition.partner.partner_code}",
        created=session.held_on,
        comments=f"Modèle {edition.schema.template_version}",
    )
    look = Look(book)
    write_guide(book, look, edition, rows)
    for sheet in edition.schema.sheets:
        _Writer(book, look, edition, sheet).write(rows[sheet.key], answers[sheet.key])
    _write_control(book, edition, rows)
    book.close()
    return _let_rows_grow(buffer.getvalue())


def _let_rows_grow(content: bytes) -> bytes:
    """The same workbook, its row heights no longer fixed: Excel fits a row again when a longer text is typed.

    XlsxWriter marks every height it writes as chosen by hand. Entries keep their order and a fixed date.
    """
    packed = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb'(<row [^>]*?) customHeight="1"', rb"\1", data)
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return packed.getvalue()


class _Writer:
    """Writes one data sheet: heading, headers, pre-filled and free rows, drop-downs, protection, print set-up."""

    def __init__(self, book: Any, look: Look, edition: Edition, sheet: Sheet) -> None:
        self.look, self.sheet, self.schema = look, sheet, edition.schema
        self.owner, self.banner = edition.owner, edition.banner
        self.page = book.add_worksheet(sheet.name)
        self.header_row = self.schema.header_row - 1
        self.first_row = self.header_row + 1

    def write(self, rows: list[Row], answers: list[Row]) -> None:
        free = self.schema.free_rows if self.sheet.key == "measurement" and rows else 0
        last_row = self.first_row + len(rows) + free - 1
        self._heading()
        self._headers()
        for index in range(len(rows) + free):
            answer = answers[index] if index < len(answers) else {}
            self._row(self.first_row + index, rows[index] if index < len(rows) else None, answer)
        if not rows:
            self.page.write_string(self.first_row, 0, "Aucune ligne pour vous dans cette feuille.", self.look.hint)
            last_row = self.first_row
        self._drop_downs([row[self.sheet.key_column] for row in rows], self.first_row + len(rows), last_row)
        self._protect(last_row)
        self._print(last_row)

    def _heading(self) -> None:
        self.page.set_row(0, 26)
        self.page.write_string(0, 0, self.sheet.title, self.look.title)
        self.page.write_string(1, 0, f"{self.owner} – {self.sheet.intro}", self.look.hint)
        if self.banner:
            self.page.write_string(2, 0, self.banner, self.look.banner)
        self.page.set_row(2, 16 if self.banner else 6)

    def _headers(self) -> None:
        self.page.set_row(self.header_row, 34)
        for number, column in enumerate(self.sheet.printed):
            header = self.look.locked_header if column.locked else self.look.input_header
            self.page.set_column(number, number, column.width, self.look.locked if column.locked else None)
            self.page.write_string(self.header_row, number, column.header, header)
            text = column.note + (f"\nExemple : {column.example}" if column.example else "")
            self.page.write_comment(
                self.header_row, number, text, {"x_scale": 1.9, "y_scale": 0.9, "author": NOTE_AUTHOR, "font_size": 9}
            )

    def _row(self, at: int, row: Row | None, answer: Row) -> None:
        """One row; `row` None is a free one, whose code the partner chooses."""
        known = {**(row or {}), **answer}
        lines = max(lines_of(known.get(column.key, ""), column.width) for column in self.sheet.printed)
        self.page.set_row(at, 12.5 * max(lines, 2 if row else 1) + 3)
        for number, column in enumerate(self.sheet.printed):
            is_key = column.key == self.sheet.key_column
            if column.locked and not (is_key and row is None):
                text = (row or {}).get(column.key, "")
                style = self.look.code if is_key else self.look.cell(column)
            else:
                text = answer.get(column.key, "")
                style = self.look.input(column)
            if text:
                self.page.write_string(at, number, text, style)
            else:
                self.page.write_blank(at, number, None, style)

    def _drop_downs(self, codes: list[str], first_free: int, last_row: int) -> None:
        for number, column in enumerate(self.sheet.printed):
            last = first_free - 1 if column.type == "code" else last_row
            area = (self.first_row, number, max(last, self.first_row), number)
            self.page.data_validation(*area, _validation(self.schema, column))
        if codes and first_free <= last_row:
            # A list longer than 255 characters has to be a range of cells.
            listed = f"=$A${self.first_row + 1}:$A${self.first_row + len(codes)}"
            source = codes if len(",".join(codes)) <= 255 else listed
            self.page.data_validation(
                first_free,
                0,
                last_row,
                0,
                {
                    "validate": "list",
                    "source": source,
                    "input_title": "Ligne libre",
                    "input_message": "Choisissez un de vos indicateurs pour donner une valeur d’une autre période.",
                    "error_title": "Code inconnu",
                    "error_message": "Choisissez un code de la liste.",
                },
            )

    def _protect(self, last_row: int) -> None:
        last = len(self.sheet.printed) - 1
        self.page.autofilter(self.header_row, 0, last_row, last)
        self.page.freeze_panes(self.first_row, 2)
        self.page.protect(
            "",
            {
                "autofilter": True,
                "sort": True,
                "format_columns": True,
                "format_rows": True,
                "format_cells": True,
                "insert_hyperlinks": True,
                "objects": True,
                "scenarios": True,
            },
        )
        # Excel sorts a protected range only where it lies in a range open to editing; the locked cells of that
        # range are kept by a validation that refuses typing, and the reader compares their content anyway.
        self.page.unprotect_range(_area(self.first_row, 0, last_row, last), f"Tableau_{self.sheet.name}")
        self.page.ignore_errors({"number_stored_as_text": _area(self.first_row, 0, last_row, last)})

    def _print(self, last_row: int) -> None:
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(self.header_row)
        printed = [n for n, column in enumerate(self.sheet.printed) if column.key != "previous_text"]
        self.page.print_area(0, 0, last_row, printed[-1])
        self.page.set_footer(f"&L&8{self.owner.replace('&', '&&')}&C&8{self.sheet.name}&R&8Page &P / &N")
        self.page.hide_gridlines(2)
        self.page.set_tab_color(self.look.INPUT)


def _validation(schema: WorkbookSchema, column: Column) -> dict[str, Any]:
    """What Excel should offer or refuse in a column; pasted cells escape it, the reader does not."""
    if column.locked:
        return {
            "validate": "custom",
            "value": "=FALSE",
            "ignore_blank": True,
            "error_title": "Cellule pré-remplie",
            "error_message": "Cette cellule est remplie d’avance : les réponses vont dans les colonnes bleues.",
        }
    message = {"input_title": column.header[:32], "input_message": column.note[:255]}
    if column.type == "choice":
        return {
            "validate": "list",
            "source": list(schema.labels(column)),
            "error_title": "Valeur hors liste",
            "error_message": "Choisissez une valeur de la liste.",
            **message,
        }
    return {"validate": "any", **message}


def _area(first_row: int, first_col: int, last_row: int, last_col: int) -> str:
    from xlsxwriter.utility import xl_range

    return str(xl_range(first_row, first_col, last_row, last_col))


def _write_control(book: Any, edition: Edition, rows: Mapping[str, list[Row]]) -> None:
    """The very hidden sheet that says what this workbook is, whatever becomes of its name."""
    schema, session_code, partner_code = edition.schema, edition.session.session_code, edition.partner.partner_code
    page = book.add_worksheet(schema.control_sheet)
    ids = [(sheet, row[sheet.key_column]) for sheet in schema.sheets for row in rows[sheet.key]]
    row_ids = [row_id(sheet.key, code) for sheet, code in ids]
    head = (
        ("kind", CONTROL_KIND),
        ("template", schema.template_version),
        ("session", session_code),
        ("partner", partner_code),
        ("checksum", checksum(schema.template_version, session_code, partner_code, row_ids)),
    )
    for number, (name, value) in enumerate(head):
        page.write_string(number, 0, name)
        page.write_string(number, 1, value)
    for number, ((sheet, code), identity) in enumerate(zip(ids, row_ids, strict=True), start=len(head) + 1):
        page.write_string(number, 0, identity)
        page.write_string(number, 1, sheet.name)
        page.write_string(number, 2, code)
    page.protect()
    page.very_hidden()
