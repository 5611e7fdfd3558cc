"""Hostile and broken files: each gets its own rule, nothing is stored or followed, and the next file still loads."""

import os
import re
import signal
import struct
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.services.reception.check import Submission
from sources.files.guarded import ChildDiedError
from sources.workbook import grid, markup
from sources.workbook.guard import MAX_BYTES, inspect
from sources.workbook.loading import BookLoader
from sources.workbook.reader import read_workbook
from sources.workbook.reading import WorkbookReading
from sources.workbook.refused import FileRefusedError

NAME = "CNS-13_DNS.xlsx"
Make = Callable[[Path, Path], Path]


def rewritten(template: Path, target: Path, changes: dict[str, bytes | Callable[[bytes], bytes]]) -> Path:
    """The template with parts replaced, changed or added."""
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            change = changes.get(name)
            content = source.read(name)
            made.writestr(name, change(content) if callable(change) else change if change is not None else content)
        for name in set(changes) - set(source.namelist()):
            added = changes[name]
            assert isinstance(added, bytes)
            made.writestr(name, added)
    return target


def sheet_of(template: Path, name: str) -> str:
    """The part of a sheet of the template."""
    with zipfile.ZipFile(template) as archive:
        names = re.findall(r'<sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode())
    return f"xl/worksheets/sheet{names.index(name) + 1}.xml"


def zip_bomb(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {"xl/media/image1.png": b"\0" * (150 * 1024 * 1024)})


def heavy(template: Path, folder: Path) -> Path:
    """Every part below the ratio, all together above what may be inflated."""
    block = os.urandom(64 * 1024)
    part = b"".join(block + b"\0" * (64 * 20 * 1024) for _ in range(40))
    return rewritten(template, folder / NAME, {f"xl/media/{n}.bin": part for n in range(4)})


def many_entries(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {f"xl/media/{n}.bin": b"x" for n in range(2100)})


def many_sheets(template: Path, folder: Path) -> Path:
    sheets = "".join(f'<sheet name="f{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(10_000))

    def change(content: bytes) -> bytes:
        return re.sub(rb"<sheets>.*</sheets>", f"<sheets>{sheets}</sheets>".encode(), content, flags=re.DOTALL)

    return rewritten(template, folder / NAME, {"xl/workbook.xml": change})


def ten_thousand_sheet_parts(template: Path, folder: Path) -> Path:
    return rewritten(
        template, folder / NAME, {f"xl/worksheets/sheet{n}.xml": b"<worksheet/>" for n in range(9, 10_009)}
    )


def entity_bomb(template: Path, folder: Path) -> Path:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><sst><si><t>&e8;</t></si></sst>'
    return rewritten(template, folder / NAME, {"xl/sharedStrings.xml": bomb.encode()})


def utf16_entity_bomb(template: Path, folder: Path) -> Path:
    """The same, where a search for the bytes of « <!DOCTYPE » finds nothing."""
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "ha">]><sst><si><t>&e;</t></si></sst>'
    return rewritten(template, folder / NAME, {"xl/sharedStrings.xml": bomb.encode("utf-16")})


def merge_bomb(template: Path, folder: Path) -> Path:
    ranges = "".join(f'<mergeCell ref="A{n}:XFD{n}"/>' for n in range(10, 40_010))

    def change(content: bytes) -> bytes:
        return content.replace(b"</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>".encode())

    return rewritten(template, folder / NAME, {sheet_of(template, "Avancement"): change})


def far_cell(template: Path, folder: Path) -> Path:
    """A value in the very last cell: the first reader alone would ask for 500 GB."""

    def change(content: bytes) -> bytes:
        cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        return content.replace(b"</sheetData>", cell)

    return rewritten(template, folder / NAME, {sheet_of(template, "Indicateurs"): change})


def duplicated_entries(template: Path, folder: Path) -> Path:
    target = folder / NAME
    target.write_bytes(template.read_bytes())
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    return target


def overlapping_entries(template: Path, folder: Path) -> Path:
    """Two entries of the table point at the same bytes, as in the bombs that escape a count of ratios."""
    content = bytearray(template.read_bytes())
    places = [m.start() for m in re.finditer(b"PK\x01\x02", bytes(content))]
    first = content[places[0] + 42 : places[0] + 46]
    content[places[1] + 42 : places[1] + 46] = first
    target = folder / NAME
    target.write_bytes(content)
    return target


def climbing_entry(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {"../../evil.xml": b"<x/>"})


def linked_entry(template: Path, folder: Path) -> Path:
    target = folder / NAME
    target.write_bytes(template.read_bytes())
    entry = zipfile.ZipInfo("xl/secret")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    return target


def macros(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {"xl/vbaProject.bin": b"macro"})


def macro_content_type(template: Path, folder: Path) -> Path:
    def change(content: bytes) -> bytes:
        return content.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    return rewritten(template, folder / NAME, {"[Content_Types].xml": change})


def xlsm(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.xlsm"
    target.write_bytes(template.read_bytes())
    return target


def connections(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {"xl/connections.xml": b"<connections/>"})


def embedded_object(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {"xl/embeddings/oleObject1.bin": b"x"})


def dde_link(template: Path, folder: Path) -> Path:
    link = b'<externalLink xmlns="x"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return rewritten(template, folder / NAME, {"xl/externalLinks/externalLink1.xml": link})


def dde_formula(template: Path, folder: Path) -> Path:
    def change(content: bytes) -> bytes:
        formula = b"<c r=\"H9\"><f>cmd|'/c calc'!A0</f><v>0</v></c></row></sheetData>"
        return re.sub(rb"</row></sheetData>", lambda _: formula, content)

    return rewritten(template, folder / NAME, {sheet_of(template, "Avancement"): change})


def empty(template: Path, folder: Path) -> Path:
    (folder / NAME).write_bytes(b"")
    return folder / NAME


def truncated(template: Path, folder: Path) -> Path:
    content = template.read_bytes()
    (folder / NAME).write_bytes(content[: len(content) // 2])
    return folder / NAME


def corrupted(template: Path, folder: Path) -> Path:
    content = bytearray(template.read_bytes())
    content[2000:2100] = bytes(100)
    (folder / NAME).write_bytes(content)
    return folder / NAME


def zeroed(template: Path, folder: Path) -> Path:
    (folder / NAME).write_bytes(bytes(40_000))
    return folder / NAME


def broken_xml(template: Path, folder: Path) -> Path:
    return rewritten(template, folder / NAME, {sheet_of(template, "Avancement"): lambda content: content[:-400]})


def lying_size(template: Path, folder: Path) -> Path:
    """The table says that a part is smaller than it is."""
    content = bytearray(template.read_bytes())
    place = bytes(content).find(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    (folder / NAME).write_bytes(content)
    return folder / NAME


_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD  # marks of a compound file's table of sectors


def compound(*names: str) -> bytes:
    """An OLE file with streams of these names: what Excel wraps an encrypted workbook in, and old .xls files."""
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    entries = b""
    for name in ("Root Entry", *names):
        encoded = f"{name}\0".encode("utf-16-le")
        entries += encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded)) + bytes(62)
    return header + entries.ljust(4096, b"\0")


def encrypted(template: Path, folder: Path) -> Path:
    (folder / NAME).write_bytes(compound("EncryptedPackage", "EncryptionInfo"))
    return folder / NAME


def encrypted_entries(template: Path, folder: Path) -> Path:
    content = bytearray(template.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(mark, bytes(content)):
            content[found.start() + offset] |= 1
    (folder / NAME).write_bytes(content)
    return folder / NAME


def old_document_as_xls(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.xls"
    target.write_bytes(compound("WordDocument"))
    return target


def old_workbook_as_xlsx(template: Path, folder: Path) -> Path:
    (folder / NAME).write_bytes(compound("Workbook"))
    return folder / NAME


def xls_with_macros(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.xls"
    target.write_bytes(compound("Workbook", "_VBA_PROJECT_CUR"))
    return target


def biff(*records: tuple[int, bytes]) -> bytes:
    """An .xls whose stream `Workbook` holds these records, long enough to lie in sectors of its own."""
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    stream = stream.ljust(4096, b"\0")
    entry = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I", 2 * len(name), kind, 1, _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<III", start, size, 0)
        for name, kind, child, start, size in (("Root Entry\0", 5, 1, _END, 0), ("Workbook\0", 2, _FREE, 2, 4096))
    )
    sectors = len(stream) // 512
    table = [_TABLE, _END, *range(3, sectors + 2), _END]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<9I", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    words = struct.pack("<128I", *table, *[_FREE] * (128 - len(table)))
    return header + words + entry.ljust(512, b"\0") + stream


def globals_of(version: int, *records: tuple[int, bytes]) -> bytes:
    begin = struct.pack("<HHHHII", version, 5, 0, 1997, 0, 6)
    return biff((0x809, begin), *records, (0x0A, b""))


def encrypted_xls(template: Path, folder: Path) -> Path:
    """« Fichier > Informations > Protéger » on an old workbook: its records stay, their contents are scrambled."""
    target = folder / "CNS-13_DNS.xls"
    target.write_bytes(globals_of(0x600, (0x2F, bytes(54))))
    return target


def excel_95(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.xls"
    target.write_bytes(globals_of(0x500))
    return target


def xls_with_macro_sheet(template: Path, folder: Path) -> Path:
    """A macro sheet of Excel 4 needs no VBA project."""
    target = folder / "CNS-13_DNS.xls"
    target.write_bytes(globals_of(0x600, (0x85, struct.pack("<IBBBB", 0, 0, 1, 1, 0) + b"M")))
    return target


def docx_renamed(template: Path, folder: Path) -> Path:
    import docx

    document = docx.Document()
    document.add_paragraph("Bonjour")
    document.save(str(folder / NAME))
    return folder / NAME


def docx_itself(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.docx"
    target.write_bytes(docx_renamed(template, folder).read_bytes())
    return target


def zip_renamed(template: Path, folder: Path) -> Path:
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    return folder / NAME


def pdf_renamed(template: Path, folder: Path) -> Path:
    (folder / NAME).write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 10)
    return folder / NAME


def web_page_as_xls(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.xls"
    target.write_text("<html><table><tr><td>1</td></tr></table></html>", encoding="utf-8")
    return target


def xlsx_as_csv(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS.csv"
    target.write_bytes(template.read_bytes())
    return target


def no_extension(template: Path, folder: Path) -> Path:
    target = folder / "CNS-13_DNS"
    target.write_bytes(template.read_bytes())
    return target


def too_large(template: Path, folder: Path) -> Path:
    with (folder / NAME).open("wb") as stream:
        stream.write(template.read_bytes())
        stream.truncate(MAX_BYTES + 1)
    return folder / NAME


def shortcut(template: Path, folder: Path) -> Path:
    (folder / NAME).symlink_to(template)
    return folder / NAME


def a_folder(template: Path, folder: Path) -> Path:
    (folder / NAME).mkdir()
    return folder / NAME


def reversed_name(template: Path, folder: Path) -> Path:
    """« CNS-13_DNS⟨right-to-left⟩xslx » that shows as another extension."""
    target = folder / "CNS-13_DNS\u202eslx.xlsx"
    target.write_bytes(template.read_bytes())
    return target


def foreign_workbook(template: Path, folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "Budget"
    book.save(folder / NAME)
    return folder / NAME


def future_template(template: Path, folder: Path) -> Path:
    book = openpyxl.load_workbook(template)
    book["_jalon"]["B2"] = "v9"
    book.save(folder / NAME)
    return folder / NAME


REFUSED: list[tuple[Make, str]] = [
    (zip_bomb, "FILE_BOMB"),
    (heavy, "FILE_BOMB"),
    (many_entries, "FILE_BOMB"),
    (many_sheets, "FILE_BOMB"),
    (ten_thousand_sheet_parts, "FILE_BOMB"),
    (entity_bomb, "FILE_BOMB"),
    (utf16_entity_bomb, "FILE_BOMB"),
    (merge_bomb, "FILE_BOMB"),
    (far_cell, "FILE_BOMB"),
    (duplicated_entries, "FILE_BOMB"),
    (overlapping_entries, "FILE_BOMB"),
    (climbing_entry, "FILE_BOMB"),
    (linked_entry, "FILE_BOMB"),
    (macros, "FILE_MACRO"),
    (macro_content_type, "FILE_MACRO"),
    (xlsm, "FILE_MACRO"),
    (xls_with_macros, "FILE_MACRO"),
    (xls_with_macro_sheet, "FILE_MACRO"),
    (connections, "FILE_ACTIVE_CONTENT"),
    (embedded_object, "FILE_ACTIVE_CONTENT"),
    (dde_link, "FILE_ACTIVE_CONTENT"),
    (dde_formula, "FILE_ACTIVE_CONTENT"),
    (empty, "FILE_EMPTY"),
    (truncated, "FILE_TRUNCATED"),
    (corrupted, "FILE_TRUNCATED"),
    (zeroed, "FILE_TRUNCATED"),
    (broken_xml, "FILE_TRUNCATED"),
    (lying_size, "FILE_TRUNCATED"),
    (encrypted, "FILE_ENCRYPTED"),
    (encrypted_entries, "FILE_ENCRYPTED"),
    (encrypted_xls, "FILE_ENCRYPTED"),
    (old_document_as_xls, "FILE_WRONG_EXTENSION"),
    (old_workbook_as_xlsx, "FILE_WRONG_EXTENSION"),
    (docx_renamed, "FILE_WRONG_EXTENSION"),
    (zip_renamed, "FILE_WRONG_EXTENSION"),
    (pdf_renamed, "FILE_WRONG_EXTENSION"),
    (web_page_as_xls, "FILE_WRONG_EXTENSION"),
    (xlsx_as_csv, "FILE_WRONG_EXTENSION"),
    (docx_itself, "FILE_UNSUPPORTED"),
    (excel_95, "FILE_UNSUPPORTED"),
    (no_extension, "FILE_UNSUPPORTED"),
    (too_large, "FILE_TOO_LARGE"),
    (shortcut, "FILE_UNSAFE_NAME"),
    (a_folder, "FILE_UNSAFE_NAME"),
    (reversed_name, "FILE_UNSAFE_NAME"),
    (foreign_workbook, "FILE_WRONG_TEMPLATE"),
    (future_template, "FILE_WRONG_TEMPLATE"),
]


@pytest.fixture(scope="module")
def loader() -> Iterator[BookLoader]:
    """One reading process for the whole module: what one file does to it must not harm the next."""
    with BookLoader() as one:
        yield one


@pytest.mark.parametrize(("make", "rule"), REFUSED, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_file_is_refused_by_name_and_the_next_one_loads(
    make: Make, rule: str, template: Path, tmp_path: Path, loader: BookLoader
) -> None:
    reading = read_workbook(make(template, tmp_path), loader=loader)
    assert reading.refused is not None
    assert reading.refused["rule"] == rule, reading.refused
    assert reading.refused["message"].endswith(".")
    assert reading.refused["fix"].endswith(".")
    assert reading.rows == []
    after = read_workbook(template, loader=loader)
    assert after.refused is None
    assert after.rows


def test_every_file_rule_but_two_is_tried_here(schema: object) -> None:
    rules = {code for code in getattr(schema, "rules", {}) if code.startswith("FILE_")}
    elsewhere = {"FILE_WRONG_PARTNER", "FILE_WRONG_SESSION", "FILE_CLOSED_SESSION", "FILE_TIMEOUT", "FILE_TOO_HEAVY"}
    elsewhere |= {"FILE_NOT_READ_NOW"}
    assert rules - elsewhere == {rule for _, rule in REFUSED}


def test_a_file_outside_the_drop_folder_is_not_opened(template: Path, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as refused:
        inspect(template, tmp_path)
    assert refused.value.rule == "FILE_UNSAFE_NAME"


def test_one_styled_cell_on_the_last_row_is_no_reason_to_refuse(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    book["Indicateurs"].cell(1_048_576, 3).font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / NAME)
    reading = read_workbook(tmp_path / NAME)
    assert reading.refused is None
    assert reading.rows


@pytest.mark.parametrize("dimension", [b"A1:XFD1048576", b"A1", b"Z9:A1"])
def test_a_wrong_dimension_changes_nothing(template: Path, tmp_path: Path, dimension: bytes) -> None:
    def change(content: bytes) -> bytes:
        return re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="' + dimension + b'"/>', content)

    path = rewritten(template, tmp_path / NAME, {sheet_of(template, "Avancement"): change})
    reading, good = read_workbook(path), read_workbook(template)
    assert reading.refused is None
    assert [(row.sheet, row.row_number) for row in reading.rows] == [(r.sheet, r.row_number) for r in good.rows]


def test_an_external_link_is_told_and_not_followed(template: Path, tmp_path: Path) -> None:
    part = "xl/externalLinks/externalLink1.xml"
    link = b'<externalLink xmlns="x" xmlns:r="y"><externalBook r:id="rId1"/></externalLink>'
    relation = (
        b'<Relationships><Relationship Id="rId1" Type="t" Target="file:///ailleurs/Suivi.xlsx" TargetMode="External"/>'
        b"</Relationships>"
    )
    path = rewritten(template, tmp_path / NAME, {part: link, "xl/externalLinks/_rels/externalLink1.xml.rels": relation})
    reading = read_workbook(path)
    assert reading.refused is None
    assert [i["received"] for i in reading.issues if i["rule"] == "EXTERNAL_LINK"] == ["Suivi.xlsx"]


@pytest.fixture(scope="module")
def long_texts(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred and fifty thousand texts in place: some seconds of the second reader's time, and much memory."""

    def change(content: bytes) -> bytes:
        text = "long " * 60
        rows = "".join(
            f'<row r="{row}">'
            + "".join(f'<c r="{c}{row}" t="inlineStr"><is><t>{row}{c} {text}</t></is></c>' for c in "GHIJK")
            + "</row>"
            for row in range(500, 30_500)
        )
        return content.replace(b"</sheetData>", rows.encode() + b"</sheetData>")

    path = tmp_path_factory.mktemp("long") / NAME
    return rewritten(template, path, {sheet_of(template, "Avancement"): change})


def test_a_file_that_computes_too_long_is_stopped(template: Path, long_texts: Path) -> None:
    with BookLoader(max_seconds=0.05) as hurried:
        reading = read_workbook(long_texts, loader=hurried)
        assert reading.refused is not None
        assert reading.refused["rule"] == "FILE_TIMEOUT"
        assert "secondes" in (reading.refused["received"] or ""), "told as a want of memory"


def test_a_parser_that_never_answers_is_ended(template: Path) -> None:
    """It computes nothing: that says nothing of the file."""
    with BookLoader(max_wait=0.0) as hurried, pytest.raises(ChildDiedError, match="no answer within 0 seconds"):
        read_workbook(template, loader=hurried)


def test_a_good_file_waits_for_its_turn_on_a_busy_machine(template: Path) -> None:
    """Twice its limit passes while the parser is not given the processor: that is no fault of the file."""
    with BookLoader(max_seconds=0.5) as patient:
        parser = patient.process.started()
        parser.send_signal(signal.SIGSTOP)
        threading.Timer(1.0, parser.send_signal, [signal.SIGCONT]).start()
        reading = read_workbook(template, loader=patient)
    assert reading.refused is None
    assert reading.rows


def test_a_file_that_takes_too_much_memory_is_stopped(template: Path, long_texts: Path) -> None:
    """The process of the parser dies, the caller's does not."""
    with BookLoader(max_memory=150 * 1024 * 1024) as small:
        reading: WorkbookReading = read_workbook(long_texts, loader=small)
        assert reading.refused is not None
        assert reading.refused["rule"] == "FILE_TOO_HEAVY"
        assert read_workbook(template, loader=small).refused is None


def test_a_limit_reached_while_others_are_read_is_no_verdict(template: Path, long_texts: Path) -> None:
    with BookLoader(max_seconds=0.05, readings=0) as one_of_many, pytest.raises(ChildDiedError):
        read_workbook(long_texts, loader=one_of_many)


def test_a_parser_that_is_killed_or_cannot_start_says_nothing_of_the_file(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BookLoader() as loader:
        parser = loader.process.started()
        parser.send_signal(signal.SIGSTOP)
        threading.Timer(0.3, parser.kill).start()
        with pytest.raises(ChildDiedError, match="SIGKILL"):
            read_workbook(template, loader=loader)
        assert read_workbook(template, loader=loader).refused is None
    with BookLoader() as loader:
        monkeypatch.setattr(sys, "executable", str(template.parent / "no-python"))
        with pytest.raises(ChildDiedError, match="could not start"):
            read_workbook(template, loader=loader)


def test_a_cell_only_one_reader_sees_is_told(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something would be lost: the file must not be trusted."""
    honest = markup.read_xlsx_markup

    def blind(parts: markup.Parts, wanted: Callable[[str], bool]) -> markup.BookMarkup:
        said = honest(parts, wanted)
        said.sheets["Jalons"].counted -= 1
        return said

    monkeypatch.setattr(grid, "read_xlsx_markup", blind)
    book = grid.load_book(inspect(template), lambda name: name == "Jalons", {})
    assert len(book.disagreements) == 1
    assert book.disagreements[0].startswith("Jalons")


def test_a_disagreement_blocks_the_whole_file(
    template: Path, monkeypatch: pytest.MonkeyPatch, check: Callable[..., Submission]
) -> None:
    honest = BookLoader.load

    def doubtful(self: BookLoader, *asked: Any) -> grid.Book:
        return replace(honest(self, *asked), disagreements=("Jalons : 12 et 13",))

    monkeypatch.setattr(BookLoader, "load", doubtful)
    submission = check(template)
    assert submission.judgement.verdict == "rejected"
    assert submission.judgement.accepted == []
    assert "READERS_DISAGREE" in {issue["rule"] for issue in submission.judgement.issues}
