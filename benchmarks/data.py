"""What the cases are fed with, made from a seed: the same files on every machine. All figures here are invented."""

import random
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).resolve().parents[1]
SHIPPED_INBOX = ROOT / "sources" / "inbox"
SEED = 20241217
TEXT = re.compile(rb"<si><t[^>]*>([^<]+)")
MONTHS = 36
LAST_DAY = date(2024, 9, 30)
PAGES = 60
LINES = 42


def copy_inbox(folder: Path) -> Path:
    """The shipped drop folder, to be changed at will."""
    return Path(shutil.copytree(SHIPPED_INBOX, folder, dirs_exist_ok=True))


def workbooks(folder: Path, count: int) -> list[Path]:
    """Partners' workbooks in `folder`/partners: the shipped ones again and again, a text of each changed."""
    shipped = sorted((SHIPPED_INBOX / "partners").glob("*/*.xlsx"))
    written = []
    for number in range(count):
        source = shipped[number % len(shipped)]
        target = folder / "partners" / source.parent.name / f"{source.stem}_v{number}.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        _altered(source, target, f" Envoi {number}.")
        written.append(target)
    return written


def _altered(source: Path, target: Path, said: str) -> None:
    """The same workbook with some words more at the end of its longest text."""
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as write:
        for item in read.infolist():
            content = read.read(item)
            if item.filename == "xl/sharedStrings.xml":
                longest = max(TEXT.findall(content), key=len)
                content = content.replace(longest, longest + said.encode(), 1)
            write.writestr(item, content)


def large_workbook(path: Path, rows: int) -> Path:
    """One workbook of a partner with `rows` rows in « Indicateurs »: a day’s figure each, some no number."""
    import openpyxl

    shipped = next((SHIPPED_INBOX / "partners").glob("DNS/*.xlsx"))
    source = openpyxl.load_workbook(shipped, read_only=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for sheet in source.worksheets:
        page = book.add_worksheet(sheet.title)
        lines = [list(line) for line in sheet.iter_rows(values_only=True)]
        if sheet.title == "Indicateurs":
            lines = list(_lengthened(lines, rows))
        for number, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    page.write_datetime(number, column, value, day)
                elif value is not None:
                    page.write(number, column, value)
    book.close()
    return path


def _lengthened(lines: list[list[object]], rows: int) -> Iterator[list[object]]:
    """The sheet as it is, then its filled rows again, each time a day earlier and with another figure."""
    yield from lines
    headers = next(line for line in lines if "Valeur" in line and "Période" in line)
    value, period = headers.index("Valeur"), headers.index("Période")
    chance = random.Random(SEED)  # noqa: S311
    filled = [line for line in lines if line[value] is not None and line is not headers]
    for number in range(rows - len(lines)):
        line = list(filled[number % len(filled)])
        line[value] = "beaucoup" if number % 100 == 99 else chance.randrange(1, 50)  # within the bounds of them all
        line[period] = LAST_DAY - timedelta(days=number // len(filled))
        yield line


def documents(folder: Path, count: int, pages: int = PAGES) -> list[Path]:
    """PDF documents of `pages` pages of invented sentences with figures, in one typeface and one column."""
    chance = random.Random(SEED)  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number in range(count):
        path = folder / f"2024-11-{number % 28 + 1:02}_document_{number}.pdf"
        path.write_bytes(_pdf([[_sentence(chance) for _ in range(LINES)] for _ in range(pages)]))
        written.append(path)
    return written


def _sentence(chance: random.Random) -> str:
    subject = chance.choice(["hopitaux", "pharmacies", "cabinets", "logiciels", "centres de sante", "laboratoires"])
    verb = chance.choice(["sont raccordes", "ont ete formes", "utilisent le service", "attendent leur tour"])
    month = chance.choice(["janvier", "mars", "juin", "septembre", "octobre"])
    return f"Fin {month} 2024, {chance.randrange(10, 90000)} {subject} {verb}, soit {chance.randrange(100)} % du total."


def _pdf(pages: list[list[str]]) -> bytes:
    """A PDF written by hand: one font, one text object a page."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line.translate({40: None, 41: None})}) ' " for line in lines)
        stream = f"BT /F1 10 Tf 50 800 Td 17 TL {shown}ET".encode("latin-1")
        bodies.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
        page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(bodies)} 0 R"
        bodies.append(f"<< {page} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        kids.append(f"{len(bodies)} 0 R")
    bodies[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    content, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, table)
    return bytes(content)


def month_end(number: int) -> date:
    """The last day of the `number`-th month from January 2022 on."""
    year, month = divmod(number + 1, 12)
    return date(2022 + year, month + 1, 1) - timedelta(days=1)
