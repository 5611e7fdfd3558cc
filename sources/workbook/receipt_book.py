"""The receipt as a workbook: the partner's own, given back with its faults coloured and explained.

A first sheet, « À corriger », says everything and links to the cells; the cells carry message and fix as a note.
What an earlier receipt coloured or noted is cleaned first, so that the file given back can be corrected and dropped
again as often as needed. A file that could not be read gets the first sheet alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sources.files import atomic
from sources.french.typography import counted, spaced
from sources.workbook.look import FIX_MARK, RECEIPT_AUTHOR, RECEIPT_FILLS, Look, lines_of
from sources.workbook.receipt import TITLES, VERDICTS, Effect, Group, Issue, Receipt, is_cell, moment_text
from sources.workbook.schema import WorkbookSchema, load_schema

_RANK = {"error": 0, "warning": 1, "correction": 2}
_WIDTHS = (20, 22, 30, 58, 58)
_MOST_CODES = 100  # named one by one
EFFECTS = "Ce que ce dépôt change à l’état de vos actions"
_MOST_VALUES = 200
_TALLEST = 409  # points: no row of a sheet is taller
_EPOCH = (1980, 1, 1, 0, 0, 0)


Places = Mapping[tuple[str, str], str]


def write_receipt(target: Path, receipt: Receipt, workbook: Path | None, places: Places | None = None) -> Path:
    """Write the receipt at `target` and return it.

    `workbook` is the .xlsx to give back, None when nothing could be read. When it is not the very file that was
    received, `places` says where its cells are now, by sheet name and received cell.
    """
    import openpyxl

    schema = load_schema()
    book = _opened(workbook) if workbook else openpyxl.Workbook()
    for name in [schema.receipt_sheet] if workbook else book.sheetnames:
        if name in book.sheetnames:
            del book[name]
    for sheet in schema.sheets:
        if sheet.name in book.sheetnames:
            _clean(book[sheet.name], schema)
    _annotate(book, receipt.check["issues"], places)
    _FirstSheet(book, receipt, places, schema).write()
    target.parent.mkdir(parents=True, exist_ok=True)
    content = BytesIO()
    book.save(content)
    return atomic.write(target, _repacked(content.getvalue(), receipt.received_at, _open_ranges(workbook)))


def add_effects(path: Path, effects: Sequence[Effect]) -> Path:
    """Say what the drop changed, at the end of a receipt's first sheet; said again, it is replaced."""
    from openpyxl.styles import Font

    book = _opened(path)
    page, first = book[load_schema().receipt_sheet], 1
    while first <= page.max_row and page.cell(first, 1).value != EFFECTS:
        first += 1
    page.delete_rows(first, page.max_row)
    lines = [effect.text for effect in effects] or ["Aucun état ne change."]
    for at, text in enumerate((EFFECTS, *lines), start=first if first > 1 else 2):
        cell = page.cell(at, 1, text)
        cell.font = Font(name=Look.FONT, size=11 if text == EFFECTS else 10, bold=text == EFFECTS)
    _keep_notes(book)
    content = BytesIO()
    book.save(content)
    return atomic.write(path, _repacked(content.getvalue(), _moment_of(path), _open_ranges(path)))


def _keep_notes(book: Any) -> None:
    """Give notes a size again: openpyxl forgets that of those it did not make."""
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if cell.comment is not None:
                    columns = 44 if cell.comment.author == RECEIPT_AUTHOR else 40
                    cell.comment.width, cell.comment.height = 340, 24 + 15 * lines_of(cell.comment.text, columns)


def _moment_of(path: Path) -> datetime:
    """When the receipt was made, as the workbook says it."""
    with ZipFile(path) as archive:
        said = re.search(rb"<dcterms:modified[^>]*>([^<]*)", archive.read("docProps/core.xml"))
    return datetime.fromisoformat((said[1] if said else b"1980-01-01T00:00:00Z").decode())


def _opened(workbook: Path) -> Any:
    """The workbook to annotate, from memory: openpyxl leaves a file open when it gives up on it."""
    import openpyxl

    return openpyxl.load_workbook(BytesIO(workbook.read_bytes()), keep_links=False)


def _place(sheet: str | None, cell: str | None, places: Places | None) -> tuple[str, str] | None:
    """Where an issue's cell is in the workbook given back, None for the whole file or a cell it has not."""
    if not sheet or not cell or not is_cell(cell):
        return None
    if places is None:
        return sheet, cell
    return (sheet, places[sheet, cell]) if (sheet, cell) in places else None


def _clean(page: Any, schema: WorkbookSchema) -> None:
    """Take away what an earlier receipt coloured and noted."""
    from openpyxl.styles import PatternFill

    ours = {f"00{fill}" for fill in RECEIPT_FILLS.values()} | {f"FF{fill}" for fill in RECEIPT_FILLS.values()}
    plain = PatternFill("solid", fgColor=Look.INPUT_FILL.lstrip("#"))
    for row in page.iter_rows(min_row=schema.header_row + 1):
        for cell in row:
            if cell.comment is not None and cell.comment.author == RECEIPT_AUTHOR:
                cell.comment = None
            if cell.has_style and cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in ours:
                cell.fill = plain


def _annotate(book: Any, issues: Sequence[Issue], places: Places | None) -> None:
    """Colour and note every cell that an issue names; several issues of one cell make one note."""
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cells: dict[tuple[str, str], list[Issue]] = {}
    for issue in issues:
        place = _place(issue["sheet"], issue["cell"], places)
        if place and place[0] in book.sheetnames:
            cells.setdefault(place, []).append(issue)
    for (sheet, reference), told in cells.items():
        cell = book[sheet][reference]
        if isinstance(cell, MergedCell):
            continue
        worst = min((issue["severity"] for issue in told), key=lambda severity: _RANK[severity])
        if cell.comment is not None and cell.comment.author != RECEIPT_AUTHOR:
            continue  # a header: its own note is worth more, the first sheet says the rest
        text = "\n\n".join(f"{issue['message']}{FIX_MARK}{issue['fix']}" for issue in told)
        cell.comment = Comment(text, RECEIPT_AUTHOR, height=24 + 15 * lines_of(text, 44), width=340)
        cell.fill = PatternFill("solid", fgColor=RECEIPT_FILLS[worst])
    for page in book.worksheets:
        for row in page.iter_rows(max_row=30):
            for cell in row:
                if cell.comment is not None and cell.comment.author != RECEIPT_AUTHOR:
                    # openpyxl forgets the size of the notes it did not make.
                    cell.comment.width, cell.comment.height = 300, 24 + 15 * lines_of(cell.comment.text, 40)


class _FirstSheet:
    """Writes the sheet « À corriger »."""

    def __init__(self, book: Any, receipt: Receipt, places: Places | None, schema: WorkbookSchema) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        self.book, self.receipt, self.schema = book, receipt, schema
        self.places = places
        self.page = book.create_sheet(schema.receipt_sheet, 0)
        self.gives_back = any(sheet.name in book.sheetnames for sheet in schema.sheets)
        book.active = 0
        for page in book.worksheets[1:]:
            page.sheet_view.tabSelected = False
        self.at = 1
        line = Side(style="thin", color=Look.LINE.lstrip("#"))
        self.border = Border(left=line, right=line, top=line, bottom=line)
        self.wrap, self.top = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
        self.font: Callable[..., Any] = lambda **said: Font(**{"name": Look.FONT, "size": 10, **said})
        self.fill: Callable[[str], Any] = lambda colour: PatternFill("solid", fgColor=colour)

    def write(self) -> None:
        check = self.receipt.check
        for number, width in enumerate(_WIDTHS, start=1):
            self.page.column_dimensions["ABCDE"[number - 1]].width = width
        owner = " – ".join(str(check[key]) for key in ("session", "partner") if check[key])
        self._text(f"Accusé de réception{f' – {owner}' if owner else ''}", size=16, bold=True)
        self._text(self.receipt.headline, size=12, bold=True, color="8A1C12" if self._has_errors() else "1B5E33")
        self.at += 1
        self._facts()
        for severity, title in TITLES.items():
            self._issues(title, severity)
        self._changes()
        self._values()
        self._codes("Pris en compte", self.receipt.accepted)
        self._codes("Encore sans réponse", self.receipt.waiting or {})
        self._advice()
        self._print()

    def _has_errors(self) -> bool:
        return any(issue["severity"] == "error" for issue in self.receipt.check["issues"])

    def _facts(self) -> None:
        check, receipt = self.receipt.check, self.receipt
        rows = check["rows"]
        facts = [
            ("Fichier", check["file"]),
            ("Reçu le", moment_text(receipt.arrived_at or receipt.received_at)),
            ("Résultat", spaced(VERDICTS[check["verdict"]])),
            *([("Résultat précédent", spaced(VERDICTS[receipt.former.verdict]))] if receipt.former else []),
            *([("Premier dépôt", receipt.outcome)] if receipt.copy_of else []),
            (
                "Lignes",
                spaced(
                    f"{counted(rows['read'], 'lue')} : {counted(rows['accepted'], 'prise')} en compte, "
                    f"{counted(rows['rejected'], 'mise')} de côté, "
                    f"{rows['ignored']} sans réponse"
                ),
            ),
        ]
        if receipt.deadline:
            facts.append(receipt.deadline)
        facts.append(("Empreinte SHA-256", check["sha256"]))
        for name, value in facts:
            self._cell(1, name, bold=True)
            self._cell(2, value, wrap=False)
            self.at += 1
        self.at += 1

    def _issues(self, title: str, severity: str) -> None:
        own = [issue for issue in self.receipt.check["issues"] if issue["severity"] == severity]
        if not own:
            return
        self._heading(f"{title} ({len(own)})", RECEIPT_FILLS[severity])
        self._header(("Feuille", "Où", "Reçu", "Constat", "Que faire"))
        for said in self.receipt.groups(severity):
            values = (said.sheet or "Fichier", said.where, said.received, said.message, said.fix)
            for number, value in enumerate(values, start=1):
                self._cell(number, value, border=True, fill=RECEIPT_FILLS[severity] if number == 2 else None)
            self._fit(values)
            self._link(said)
            self.at += 1
        self.at += 1

    def _values(self) -> None:
        """What was typed beside what was read."""
        values = self.receipt.values[:_MOST_VALUES]
        if not values:
            return
        self._heading(f"Valeurs lues ({len(self.receipt.values)})", None)
        self._header(("Feuille", "Code", "Vous avez écrit", "Nous avons lu", ""))
        for value in values:
            row = (value.sheet, value.code, value.typed, value.read)
            for number, text in enumerate(row, start=1):
                self._cell(number, text, border=True)
            self._fit(row)
            self.at += 1
        if more := len(self.receipt.values) - len(values):
            self._text(f"et {counted(more, 'autre')}.")
        self.at += 1

    def _fit(self, values: Sequence[str]) -> None:
        """A height that shows all of the row; the second column is in bold."""
        widths = [width * (0.6 if number == 1 else 0.8) for number, width in enumerate(_WIDTHS)]
        lines = max(lines_of(str(value), width) for value, width in zip(values, widths, strict=False))
        self.page.row_dimensions[self.at].height = min(14 * lines, _TALLEST)

    def _link(self, said: Group) -> None:
        """Lead to the first cell of a group that the workbook still has."""
        from openpyxl.worksheet.hyperlink import Hyperlink

        found = (_place(said.sheet, cell, self.places) for cell in said.cells)
        place = next((place for place in found if place and place[0] in self.book.sheetnames), None)
        if place:
            cell = self.page.cell(self.at, 2)
            target = f"'{place[0]}'!{place[1]}"
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target, tooltip=f"Aller à {target}")
            cell.font = self.font(color=Look.INPUT.lstrip("#"), underline="single", bold=True)

    def _changes(self) -> None:
        changes = self.receipt.changes
        if self.receipt.former is not None:
            self._heading(f"Ce que la nouvelle lecture change ({len(changes)})", None)
        elif self.receipt.is_resubmission:
            self._heading(f"Ce qui change par rapport à votre dernier dépôt ({len(changes)})", None)
        else:
            return
        if not changes:
            self._text("Rien n’a changé.")
        else:
            self._header(("Feuille", "Ligne", "Colonne", "Avant", "Maintenant"))
        for change in changes:
            for number, value in enumerate(
                (change.sheet, change.code, change.column, change.before or "(vide)", change.after or "(vide)"), start=1
            ):
                self._cell(number, value[:500], border=True)
            self.at += 1
        self.at += 1

    def _codes(self, title: str, by_sheet: Mapping[str, Sequence[str]]) -> None:
        """One line a sheet: how many of its rows, and their codes."""
        told = {sheet: codes for sheet, codes in by_sheet.items() if codes}
        if not told:
            return
        self._heading(f"{title} ({sum(map(len, told.values()))})", None)
        for sheet, codes in told.items():
            self._cell(1, sheet, bold=True)
            text = ", ".join(codes[:_MOST_CODES])
            if (more := len(codes) - _MOST_CODES) > 0:
                text += f" et {more} autre{'s' if more > 1 else ''}"
            self._cell(2, f"{len(codes)} ligne{'s' if len(codes) > 1 else ''}")
            self._cell(4, text)
            self.page.row_dimensions[self.at].height = 14 * lines_of(text, _WIDTHS[3] * 0.8)
            self.at += 1
        self.at += 1

    def _advice(self) -> None:
        if self._has_errors() and self.receipt.check["rows"]["read"]:
            where = (
                "les cellules colorées dans ce classeur même" if self.gives_back else "les lignes dans votre fichier"
            )
            self._text(
                spaced(
                    f"Corrigez {where}, enregistrez-le et redéposez-le : les lignes déjà prises en compte le restent."
                ),
                italic=True,
            )
        is_waited_for = any((self.receipt.waiting or {}).values())
        if not self._has_errors() and self.receipt.waiting is not None and not is_waited_for:
            self._text("Vous n’avez rien à faire.", italic=True)
        if is_waited_for:
            where = "ce classeur même" if self.gives_back else "le classeur pré-rempli"
            self._text(
                spaced(
                    f"Complétez les lignes encore sans réponse dans {where} : "
                    "« NC » dit qu’une information n’est pas disponible."
                ),
                italic=True,
            )

    def _print(self) -> None:
        page = self.page
        page.sheet_view.showGridLines = False
        page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.sheet_properties.tabColor = "B3261E" if self._has_errors() else "1B7F4B"
        page.oddFooter.right.text = "Page &P / &N"

    def _heading(self, text: str, colour: str | None) -> None:
        for number in range(1, len(_WIDTHS) + 1):
            if colour:
                self.page.cell(self.at, number).fill = self.fill(colour)
        self._cell(1, text, bold=True, size=11, wrap=False)
        self.at += 1

    def _header(self, names: Sequence[str]) -> None:
        for number, name in enumerate(names, start=1):
            self._cell(number, name, bold=True, color="FFFFFF", fill=Look.GIVEN.lstrip("#"), border=True)
        self.at += 1

    def _text(self, text: str, **font: Any) -> None:
        self._cell(1, text, wrap=False, **font)
        self.at += 1

    def _cell(
        self,
        number: int,
        value: str,
        *,
        fill: str | None = None,
        border: bool = False,
        wrap: bool = True,
        **font: Any,
    ) -> None:
        cell = self.page.cell(self.at, number)
        cell.value = _clear(value)
        cell.data_type = "s"  # what a partner wrote is never a formula here
        cell.font = self.font(**font)
        if wrap:
            cell.alignment = self.wrap if border or number > 1 else self.top
        if border:
            cell.border = self.border
        if fill:
            cell.fill = self.fill(fill)


def _clear(text: str) -> str:
    """A text without what a workbook cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)


def _open_ranges(workbook: Path | None) -> Mapping[str, bytes]:
    """The ranges each sheet leaves open under its protection, by part name: openpyxl does not keep them."""
    found: dict[str, bytes] = {}
    if workbook is None:
        return found
    with ZipFile(workbook) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                ranges = re.search(rb"<protectedRanges>.*?</protectedRanges>", archive.read(name), re.DOTALL)
                title = re.search(rb'name="(Tableau_[^"]+)"', ranges[0]) if ranges else None
                if ranges and title:
                    found[title[1].decode().removeprefix("Tableau_")] = ranges[0]
    return found


def _repacked(content: bytes, moment: datetime, ranges: Mapping[str, bytes]) -> bytes:
    """The same workbook with the ranges open again, and nothing in it that depends on when it was written."""
    packed = BytesIO()
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    with ZipFile(BytesIO(content)) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        parts = _sheet_parts(source)
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:modified|created)[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            if name in parts and parts[name] in ranges:
                opened = ranges[parts[name]]
                before, protection, after = data.partition(b"<sheetProtection ")
                end = after.find(b"/>") + 2
                data = before + protection + after[:end] + opened + after[end:] if protection else data
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return packed.getvalue()


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Sheet names by part, as openpyxl writes them: in order."""
    names = re.findall(rb'<sheet [^>]*?name="([^"]+)"', archive.read("xl/workbook.xml"))
    return {f"xl/worksheets/sheet{rank}.xml": name.decode() for rank, name in enumerate(names, start=1)}
