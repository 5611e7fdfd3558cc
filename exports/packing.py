"""Office packages with the same bytes for the same content: sorted entries, one fixed date, one compression."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

#: the oldest date a zip entry can bear; nothing reads it
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
CONTENT_TYPES = "[Content_Types].xml"


def read_package(source: Path | bytes) -> dict[str, bytes]:
    """The parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """The parts as one package; the content types come first, as readers that sniff expect."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(parts, key=_place):
            archive.writestr(_entry(name), parts[name])
    return buffer.getvalue()


def repack(package: bytes) -> bytes:
    """The same package, in its one form; its parts, deflated as zlib does by itself, are taken over as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(buffer, "w") as archive:
        for given in sorted(source.infolist(), key=lambda given: _place(given.filename)):
            entry = _entry(given.filename)
            entry.CRC, entry.compress_size, entry.file_size = given.CRC, given.compress_size, given.file_size
            entry.header_offset = buffer.tell()
            lengths = package[given.header_offset + 26 : given.header_offset + 30]  # of the name and of what follows it
            start = given.header_offset + 30 + sum(struct.unpack("<HH", lengths))
            buffer.write(entry.FileHeader())
            buffer.write(package[start : start + given.compress_size])
            archive.filelist.append(entry)
            archive.start_dir = buffer.tell()
    return buffer.getvalue()


def _place(name: str) -> tuple[bool, str]:
    return name != CONTENT_TYPES, name


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    entry.create_system = 3
    return entry
