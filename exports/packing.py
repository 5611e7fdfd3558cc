"""Office packages with the same bytes for the same content: sorted entries, one fixed date, one compression."""

import io
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
        for name in sorted(parts, key=lambda name: (name != CONTENT_TYPES, name)):
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, parts[name])
    return buffer.getvalue()


def repack(package: bytes) -> bytes:
    """The same package, in its one form."""
    return write_package(read_package(package))
