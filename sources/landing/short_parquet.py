"""Parquet for a table of some dozens of rows, written here: most tables of a reading have five.

The usual writer spends two thirds of a thousandth of a second preparing what such a table never needs (dictionaries,
buffers for pages of a megabyte), as much as reading its rows takes, and importing it takes longer than reading ten
workbooks. This one knows the plainest form of the format alone: one row group, one uncompressed page a column, no
statistics. What it does not know is left to the usual one. Format: https://parquet.apache.org/docs/file-format/,
metadata in Thrift's compact protocol. Tests have every kind of column read by pyarrow and by DuckDB.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sources.landing.tables import columns_of

SHORT_TABLE = 200  # rows
_MAGIC = b"PAR1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_LARGEST_INTEGER = 2**63

# Field headers of the compact protocol: steps since the last field in the high half, type in the low one.
_INT32, _INT64, _TEXT, _LIST, _STRUCT = 0x15, 0x16, 0x18, 0x19, 0x1C
_STOP = b"\x00"


class _Kind(NamedTuple):
    """How one kind of column is written: its types here, its physical type, how it is announced, and its values."""

    types: frozenset[type]
    physical: int
    announced: bytes  # converted and logical type, for readers old and new
    plain: Callable[[Sequence[Any]], bytes]


def _texts(values: Sequence[str]) -> bytes:
    written = [value.encode() for value in values]
    return b"".join([part for text in written for part in (len(text).to_bytes(4, "little"), text)])


def _bits(values: Sequence[Any]) -> bytes:
    """One bit a value, the first one lowest."""
    number = int("".join("1" if value else "0" for value in reversed(values)) or "0", 2)
    return number.to_bytes((len(values) + 7) // 8, "little")


_KINDS = {
    "text": _Kind(frozenset({str}), 6, b"\x25\x00\x4c\x1c\x00\x00", _texts),
    "integer": _Kind(frozenset({int}), 2, b"", lambda values: struct.pack(f"<{len(values)}q", *values)),
    "float": _Kind(frozenset({float, int}), 5, b"", lambda values: struct.pack(f"<{len(values)}d", *values)),
    "boolean": _Kind(frozenset({bool}), 0, b"", _bits),
    "date": _Kind(
        frozenset({date}),
        1,
        b"\x25\x0c\x4c\x6c\x00\x00",
        lambda values: struct.pack(f"<{len(values)}i", *[value.toordinal() - _EPOCH_DAY for value in values]),
    ),
    "timestamp": _Kind(
        frozenset({datetime}),
        2,
        b"\x25\x14\x4c\x8c\x11\x1c\x2c\x00\x00\x00\x00",
        lambda values: struct.pack(f"<{len(values)}q", *[(value - _EPOCH) // _MICROSECOND for value in values]),
    ),
}


def short_parquet(table: str, size: int, columns: Mapping[str, Sequence[Any]]) -> bytes | None:
    """The rows of a landing table as the content of a Parquet file; None for what only the usual writer knows.

    `columns` hold `size` values each, and none has another name than the table's; one that is missing is null.
    """
    if not 0 < size <= SHORT_TABLE:
        return None
    content, chunks = [_MAGIC], []
    at = len(_MAGIC)
    for name, kind_name in columns_of(table).items():
        kind, values = _KINDS.get(kind_name), columns.get(name) or [None] * size
        present = [value for value in values if value is not None]
        if kind is None or not _is_known(kind, present):
            return None
        page = _page(values, present, kind)
        content.append(page)
        length = _number(_INT64, len(page))
        said = _chunk_start(name, kind_name) + _number(_INT64, size) + length + length
        chunks.append(said + _number(0x26, at) + b"\0\0")
        at += len(page)
    footer = b"".join(
        (
            _schema(table),
            _number(_INT64, size),
            b"\x19\x1c\x19" + _list_of(_STRUCT, len(chunks)),  # one row group, which is a list of columns
            *chunks,
            _number(_INT64, at - len(_MAGIC)) + _number(_INT64, size) + _STOP,
            b"\x28" + _text("jalon") + _STOP,
        )
    )
    return b"".join((*content, footer, len(footer).to_bytes(4, "little"), _MAGIC))


def _is_known(kind: _Kind, present: Sequence[Any]) -> bool:
    found = set(map(type, present))
    if not found <= kind.types:
        return False
    if int in found:
        return all(type(value) is not int or -_LARGEST_INTEGER <= value < _LARGEST_INTEGER for value in present)
    return datetime not in found or all(value.tzinfo is not None for value in present)


def _page(values: Sequence[Any], present: Sequence[Any], kind: _Kind) -> bytes:
    """A column's only page: which values are there, then those that are."""
    count = len(values)
    if len(present) in {0, count}:
        levels = _varint(count << 1) + (b"\1" if present else b"\0")
    else:
        levels = _varint((count + 7) // 8 << 1 | 1) + _bits([value is not None for value in values])
    body = len(levels).to_bytes(4, "little") + levels + kind.plain(present)
    size = _number(_INT32, len(body))
    # A data page; its values plain (0), its levels by runs (3).
    return b"\x15\x00" + size + size + b"\x2c" + _number(_INT32, count) + b"\x15\x00\x15\x06\x15\x06\x00\x00" + body


@cache
def _chunk_start(name: str, kind: str) -> bytes:
    """What is said of a column whatever it holds: physical type, encodings, name, no compression."""
    physical = _number(_INT32, _KINDS[kind].physical)
    return b"\x26\x00\x1c" + physical + b"\x19\x25\x00\x06" + b"\x19\x18" + _text(name) + b"\x15\x00"


@cache
def _schema(table: str) -> bytes:
    """The version of the format, and the columns: all may be null."""
    columns = columns_of(table)
    elements = [b"\x48" + _text("schema") + _number(_INT32, len(columns)) + _STOP]
    for name, kind_name in columns.items():
        kind = _KINDS[kind_name]
        physical = _number(_INT32, kind.physical)
        elements.append(physical + b"\x25\x02" + bytes([_TEXT]) + _text(name) + kind.announced + _STOP)
    return b"\x15\x04" + bytes([_LIST]) + _list_of(_STRUCT, len(elements)) + b"".join(elements)


def _list_of(kind: int, size: int) -> bytes:
    kind &= 0x0F
    return bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)


def _text(value: str) -> bytes:
    written = value.encode()
    return _varint(len(written)) + written


def _number(field: int, value: int) -> bytes:
    """A field with a number that is not negative."""
    return bytes([field]) + _varint(value << 1)


@lru_cache(4096)
def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
