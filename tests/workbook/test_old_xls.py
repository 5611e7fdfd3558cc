"""Old .xls files as other programs write them: Excel opens them, and so do we. The workbook is written by hand here."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.services.reception.check import Submission

END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
ROWS = (("Code", "Valeur", "Période"), ("IND-4-1-3", 3100.0, "T1 2025"), ("IND-4-1-4", 242.0, "T1 2025"))


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def begin(what: int) -> bytes:
    return record(0x809, struct.pack("<HHHHII", 0x600, what, 0x0DBB, 1996, 0x41, 6))


def label(row: int, column: int, text: str) -> bytes:
    return record(0x204, struct.pack("<HHHHB", row, column, 15, len(text), 1) + text.encode("utf-16-le"))


def stream_of(chart: bytes = b"") -> bytes:
    """The records of a workbook with one sheet."""
    font = record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\0Arial")
    styles = record(0xE0, struct.pack("<HHH", 0, 0, 0xFFF5) + bytes(14)) * 15
    head = begin(5) + font * 4 + styles + record(0xE0, struct.pack("<HHH", 0, 0, 1) + bytes(14))
    name = b"Indicateurs"
    place = len(head) + 4 + 8 + len(name) + 4
    head += record(0x85, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name) + record(0x0A)
    cells = b"".join(
        label(row, column, value)
        if isinstance(value, str)
        else record(0x203, struct.pack("<HHHd", row, column, 15, value))
        for row, line in enumerate(ROWS)
        for column, value in enumerate(line)
    )
    return head + begin(0x10) + cells + chart + record(0x0A)


CHART = begin(0x20) + record(0x1002, bytes(16)) + record(0x1033) + record(0x1034) + record(0x0A)


def in_sectors(content: bytes) -> int:
    return -(-len(content) // 512)


def compound(
    stream: bytes, *, name: str = "Workbook", is_short: bool = False, declared: int = 0, more: int = 0
) -> bytes:
    """An OLE file. `is_short`: the stream lies in the short sectors; `declared`: another length than its own; `more`:
    sectors of its chain after its end."""
    if not is_short:
        stream = stream.ljust(4096, b"\0")
    held = stream.ljust(512 * in_sectors(stream), b"\0") + bytes(512 * more)
    first = 3 if is_short else 2
    count = in_sectors(held)
    chain = [*range(first + 1, first + count), END]
    table = [TABLE, END, *([END] if is_short else []), *chain]
    size = declared or len(stream)
    root = (5, 1, first, len(held)) if is_short else (5, 1, END, 0)
    entries = b"".join(
        f"{entry}\0".encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I", 2 * len(entry) + 2, kind, 1, FREE, FREE, child)
        + bytes(36)
        + struct.pack("<III", start, length, 0)
        for entry, (kind, child, start, length) in (
            ("Root Entry", root),
            (name, (2, FREE, 0 if is_short else first, size)),
        )
    )
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 2 if is_short else END, int(is_short), END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    words = struct.pack("<128I", *table, *[FREE] * (128 - len(table)))
    short = [*range(1, -(-len(stream) // 64)), END] if is_short else []
    shorts = struct.pack("<128I", *short, *[FREE] * (128 - len(short))) if is_short else b""
    return header + words + entries.ljust(512, b"\0") + shorts + held


FILES = {
    "plain": compound(stream_of()),
    "WorkBook": compound(stream_of(), name="WorkBook"),
    "WORKBOOK": compound(stream_of(), name="WORKBOOK"),
    "short sectors": compound(stream_of(), is_short=True),
    "WorkBook in short sectors": compound(stream_of(), name="WorkBook", is_short=True),
    "longer than its sectors": compound(stream_of(), declared=9000),
    "more sectors than its length": compound(stream_of(), more=3),
    "last sector cut": compound(stream_of())[:-300],
    "a chart in the sheet": compound(stream_of(CHART)),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_it_is_read(tmp_path: Path, check: Callable[..., Submission], content: bytes) -> None:
    path = tmp_path / "CNS-13_DNS.xls"
    path.write_bytes(content)
    submission = check(path)
    assert [row.facts["value"] for row in submission.judgement.accepted] == [3100, 242], submission.judgement.issues


def test_a_stream_cut_in_its_records_is_refused(tmp_path: Path, check: Callable[..., Submission]) -> None:
    path = tmp_path / "CNS-13_DNS.xls"
    path.write_bytes(compound(stream_of()[:700]))
    submission = check(path)
    assert [issue["rule"] for issue in submission.judgement.issues] == ["FILE_TRUNCATED"]
