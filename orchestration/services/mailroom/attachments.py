"""The files a mail carries: what each one is by its content, what is inside an archive, under which name it is stored.

A file is never known by its disposition, and by its declared type or name only where the content does not show it.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from sources.landing.drops import DOCUMENT_EXTENSIONS
from sources.review.layout import CONTROL_SHEET, SHEETS

MOST_ENTRIES = 200
LONGEST_EXTENSION = 6
LARGEST_DIRECTORY = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TNEF = b"\x78\x9f\x3e\x22"
_PDF = b"%PDF-"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]{1,255})"')
WORKBOOK_EXTENSIONS = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".csv"})
_OPENXML = {"xl/": ".xlsx", "word/": ".docx", "ppt/": ".pptx"}
_SEALED_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_IGNORED_TYPES = frozenset(
    {
        "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "text/calendar",
        "text/html", "text/x-vcard", "text/vcard", "message/delivery-status", "message/disposition-notification",
        "text/rfc822-headers", "text/x-amp-html",
    }
)  # fmt: skip
#: what a workbook of the review bears, and no other
REVIEW_SHEETS = frozenset({CONTROL_SHEET, SHEETS[0].name})


class Kind(StrEnum):
    """What a file is."""

    WORKBOOK = "workbook"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    LOCKED_ARCHIVE = "locked_archive"
    #: S/MIME or PGP: only who has the key can open it
    SEALED = "sealed"
    #: winmail.dat, Outlook's own envelope
    OUTLOOK = "outlook"
    IMAGE = "image"
    OTHER = "other"


@dataclass(frozen=True)
class Attachment:
    """One file: the name it came under, which is data, its content, and what it is."""

    name: str
    content: bytes
    kind: Kind
    extension: str
    archive: str = ""

    @property
    def sha256(self) -> str:
        """The content's hash."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def file_name(self) -> str:
        """The name it came under, with the extension of its content unless the name has one that a reader knows.

        The reader checks whether name and content agree; who writes checks what a disk can bear.
        """
        base = self.name.replace("\\", "/").rpartition("/")[2]
        path = PurePosixPath(base)
        known = WORKBOOK_EXTENSIONS if self.kind is Kind.WORKBOOK else DOCUMENT_EXTENSIONS
        if path.suffix.lower() in known:
            return base
        stem = path.stem if len(path.suffix) <= LONGEST_EXTENSION else base
        return f"{stem or 'piece-jointe'}{self.extension}"


def attachment_of(content: bytes, *, name: str, content_type: str, smime_type: str = "") -> Attachment | None:
    """The file in one part of a mail; None for what is no file: words, signatures, invitations."""
    if content_type in _SEALED_TYPES or smime_type:
        return Attachment(name or "smime.p7m", content, Kind.SEALED, ".p7m")
    if not content or (content_type in _IGNORED_TYPES and not _is_binary(content)):
        return None
    declared = PurePosixPath(name).suffix.lower()
    kind, extension = _by_content(content)
    if kind is None:
        kind, extension = _by_name(declared, content_type)
    if kind is None:
        return None
    return Attachment(name or f"piece-jointe{extension}", content, kind, extension)


def inside(archive: Attachment, *, most_bytes: int) -> list[Attachment] | None:
    """The files of a zip, none of them opened further; None when it is locked, damaged, or holds more than it may."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if any(entry.flag_bits & 1 for entry in entries) or len(entries) > MOST_ENTRIES:
                return None
            return list(_extracted(opened, entries, archive.name, most_bytes))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, OSError, ValueError):
        return None


def sheet_names(content: bytes) -> frozenset[str]:
    """The sheets of a workbook in Office Open XML, as its table of contents names them; none for what is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened, opened.open("xl/workbook.xml") as stream:
            return frozenset(
                found.decode("utf-8", "replace") for found in _SHEET.findall(stream.read(LARGEST_DIRECTORY))
            )
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, OSError, ValueError):
        return frozenset()


def is_review(attachment: Attachment) -> bool:
    """Whether a workbook is one of the review, sent back with its decisions."""
    return attachment.extension == ".xlsx" and sheet_names(attachment.content) >= REVIEW_SHEETS


class _TooLargeError(ValueError):
    """An archive that holds more than it may."""


def _extracted(
    opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], archive: str, most_bytes: int
) -> Iterator[Attachment]:
    left = most_bytes
    for entry in entries:
        base = entry.filename.replace("\\", "/").rpartition("/")[2]
        if base.startswith(".") or entry.filename.startswith("__MACOSX/"):
            continue
        with opened.open(entry) as stream:
            content = stream.read(left + 1)  # what is there, not what the directory declares
        left -= len(content)
        if left < 0:
            raise _TooLargeError(archive)
        found = attachment_of(content, name=base, content_type="application/octet-stream")
        if found is not None:
            yield Attachment(found.name, found.content, found.kind, found.extension, archive)


def _by_content(content: bytes) -> tuple[Kind | None, str]:
    if content.startswith(_ZIP):
        return _zipped(content)
    if content.startswith(_OLE):
        return _compound(content)
    if content.startswith(_PDF):
        return Kind.DOCUMENT, ".pdf"
    if content.startswith(_TNEF):
        return Kind.OUTLOOK, ".dat"
    if content.startswith(_IMAGES):
        return Kind.IMAGE, ".img"
    return None, ""


def _by_name(declared: str, content_type: str) -> tuple[Kind | None, str]:
    """The kind by the name or the type, of a content that does not show it: a table as text, a file cut in half."""
    if declared in WORKBOOK_EXTENSIONS or content_type == "text/csv":
        return Kind.WORKBOOK, declared if declared in WORKBOOK_EXTENSIONS else ".csv"
    if declared in DOCUMENT_EXTENSIONS:
        return Kind.DOCUMENT, declared
    if content_type == "application/ms-tnef":
        return Kind.OUTLOOK, ".dat"
    if content_type.startswith("text/") and not declared:
        return None, ""  # the words of the mail
    return Kind.OTHER, ".bin"


def _zipped(content: bytes) -> tuple[Kind | None, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, RuntimeError, OSError, ValueError):
        return None, ""  # cut in half: the name shows what it was
    names = [entry.filename for entry in entries]
    if "[Content_Types].xml" in names:
        found = next((ext for start, ext in _OPENXML.items() if any(name.startswith(start) for name in names)), "")
        if found:
            return (Kind.WORKBOOK if found == ".xlsx" else Kind.DOCUMENT), found
    if names and names[0] == "mimetype":
        is_sheet = b"opendocument.spreadsheet" in content[:200]
        return (Kind.WORKBOOK, ".ods") if is_sheet else (Kind.DOCUMENT, ".odt")
    is_locked = any(entry.flag_bits & 1 for entry in entries)
    return (Kind.LOCKED_ARCHIVE if is_locked else Kind.ARCHIVE), ".zip"


def _compound(content: bytes) -> tuple[Kind | None, str]:
    """An old Office file, or one under a password, by the streams it names."""
    for stream, kind, extension in (
        ("EncryptedPackage", Kind.WORKBOOK, ".xlsx"),
        ("__substg1.0_", Kind.OTHER, ".msg"),
        ("WordDocument", Kind.DOCUMENT, ".doc"),
        ("PowerPoint Document", Kind.DOCUMENT, ".ppt"),
        ("Workbook", Kind.WORKBOOK, ".xls"),
        ("Book", Kind.WORKBOOK, ".xls"),
    ):
        if stream.encode("utf-16-le") in content:
            return kind, extension
    return None, ""


def _is_binary(content: bytes) -> bool:
    return _by_content(content)[0] is not None
