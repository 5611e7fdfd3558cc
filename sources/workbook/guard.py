"""What is checked in a received file before anything parses it: its name, its size, its container, what it carries.

Nothing is trusted that can be counted: an archive is inflated once and stopped at the first limit. Each refusal has its
own rule, so that the partner knows which of these it is.
"""

import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, ZipFile, ZipInfo

from sources.french.typography import figure
from sources.workbook.refused import FileRefusedError

Format = Literal["xlsx", "ods", "xls", "csv"]

MAX_BYTES = 25 * 1024 * 1024
MAX_INFLATED = 200 * 1024 * 1024
MAX_ENTRIES = 2000
MAX_RATIO = 100
_RATIO_FLOOR = 1024 * 1024  # a short and repetitive part may well shrink more than a hundred times
_CHUNK = 256 * 1024
_LOCAL_HEADER = 30
_PLAIN_FLAGS = 0x080E  # how hard it was deflated, sizes said after the data, name in UTF-8

_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_OPEN: dict[str, Format] = {".xlsx": "xlsx", ".ods": "ods", ".xls": "xls", ".csv": "csv"}
_MACRO_EXTENSIONS = frozenset({".xlsm", ".xltm", ".xlam", ".otm"})
_CONTENT_TYPES = {
    b"spreadsheetml.sheet.main": "xlsx",
    b"spreadsheetml.template.main": "xlsx",
    b"sheet.macroEnabled": "xlsm",
    b"sheet.binary": "xlsb",
    b"wordprocessingml": "docx",
    b"presentationml": "pptx",
}
_MACRO_PARTS = re.compile(r"(^|/)(vbaProject.*\.bin|macrosheets/.*|Basic/.*|Scripts/.+)$", re.IGNORECASE)
_ACTIVE_PARTS = (
    (re.compile(r"^xl/connections\.xml$", re.IGNORECASE), "connexions de données"),
    (re.compile(r"^xl/(queryTables|model)/", re.IGNORECASE), "requêtes de données"),
    (re.compile(r"^xl/(activeX|ctrlProps)/", re.IGNORECASE), "contrôles ActiveX"),
    (re.compile(r"^xl/embeddings/", re.IGNORECASE), "objets insérés"),
    (re.compile(r"^xl/webextensions/", re.IGNORECASE), "compléments web"),
)
_ACTIVE_WORDS = (
    (
        re.compile(r"^xl/externalLinks/[^/]+\.xml$"),
        re.compile(rb"<(?:\w+:)?(?:ddeLink|oleLink)\b"),
        "liaison DDE ou OLE",
    ),
    (re.compile(r"^content\.xml$"), re.compile(rb"<(?:table:)?dde-link|<office:dde-source|\bDDE\("), "liaison DDE"),
    (re.compile(r"^content\.xml$"), re.compile(rb"<office:scripts>\s*<office:script\b"), "scripts"),
)
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Inspected:
    """A file that may be parsed: its format and, of an archive, every part by its name, inflated."""

    path: Path
    format: Format
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def inspect(path: Path, folder: Path | None = None) -> Inspected:
    """A file that may be parsed. FileRefusedError says what is wrong with any other one.

    `folder` is the drop folder the file must lie in; None when it was named by hand.
    """
    check_place(path, folder)
    size = path.stat().st_size
    if size == 0:
        raise FileRefusedError("FILE_EMPTY")
    if size > MAX_BYTES:
        raise FileRefusedError("FILE_TOO_LARGE", f"{size / 1024 / 1024:.0f} Mo, pour 25 Mo au plus")
    extension = path.suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(4096)
    if extension in _MACRO_EXTENSIONS:
        raise FileRefusedError("FILE_MACRO", extension)
    if extension not in _OPEN:
        raise FileRefusedError("FILE_UNSUPPORTED", extension or "sans extension")
    if head.startswith(_ZIP):
        return Inspected(path, _OPEN[extension], _check_archive(path, extension))
    if head.startswith(_OLE):
        return Inspected(path, _check_compound(path, extension))
    return Inspected(path, _check_plain(head, extension))


def check_place(path: Path, folder: Path | None) -> None:
    """A real file, in the drop folder, under a name that hides nothing."""
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn", "Cs"} or c == "\\" for c in path.name):
        raise FileRefusedError("FILE_UNSAFE_NAME", "caractères interdits dans le nom")
    if path.is_symlink():
        raise FileRefusedError("FILE_UNSAFE_NAME", "raccourci vers un autre fichier")
    if not stat.S_ISREG(path.stat().st_mode):
        raise FileRefusedError("FILE_UNSAFE_NAME", "ce n’est pas un fichier")
    if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise FileRefusedError("FILE_UNSAFE_NAME", "hors du dossier de dépôt")


def _check_plain(head: bytes, extension: str) -> Format:
    """Neither an archive nor a compound file: only a text may be one of ours."""
    if extension == ".csv":
        utf16 = head[:2] in {b"\xff\xfe", b"\xfe\xff"} or head.count(0) * 3 > len(head)
        if b"\0" in head and not utf16:
            raise FileRefusedError("FILE_WRONG_EXTENSION", "un fichier binaire dont le nom finit par .csv")
        return "csv"
    if not head.strip(b"\0"):
        raise FileRefusedError("FILE_TRUNCATED", "contenu effacé")
    kind = _plain_kind(head)
    if kind is None and extension in {".xlsx", ".ods"}:
        raise FileRefusedError("FILE_TRUNCATED", "début de fichier illisible")
    raise FileRefusedError("FILE_WRONG_EXTENSION", f"{kind or 'un autre format'} dont le nom finit par {extension}")


def _plain_kind(head: bytes) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf"):
        return "un PDF"
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        return "une page web"
    if start.startswith((b"<?xml", b"<")):
        return "un fichier XML"
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" or byte >= 0xC2 for byte in head)
    return "un texte" if printable > 0.97 * len(head) else None


def _check_compound(path: Path, extension: str) -> Format:
    """An OLE file: an old .xls, or an encrypted .xlsx in its envelope."""
    content = path.read_bytes()
    if _named(content, "EncryptedPackage"):
        raise FileRefusedError("FILE_ENCRYPTED")
    if extension != ".xls":
        raise FileRefusedError("FILE_WRONG_EXTENSION", f"un ancien fichier Office dont le nom finit par {extension}")
    if not (_named(content, "Workbook") or _named(content, "Book")):
        raise FileRefusedError("FILE_WRONG_EXTENSION", "un document sans classeur dont le nom finit par .xls")
    if _named(content, "_VBA_PROJECT_CUR") or _named(content, "VBA"):
        raise FileRefusedError("FILE_MACRO", ".xls")
    return "xls"


def _named(content: bytes, name: str) -> bool:
    """Whether a compound file has a stream or storage of that name, whatever its capitals.

    Directory entries are 128 bytes, names UTF-16.
    """
    wanted = f"{name}\0".encode("utf-16-le")
    places = (found.start() for found in re.finditer(re.escape(wanted), content, re.IGNORECASE))
    return any(at % 128 == 0 and int.from_bytes(content[at + 64 : at + 66], "little") == len(wanted) for at in places)


def _check_archive(path: Path, extension: str) -> dict[str, bytes]:
    try:
        content = path.read_bytes()
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            found = _kind_of(archive)
            if found == "xlsm":
                raise FileRefusedError("FILE_MACRO", extension)
            if found == "xlsb":
                raise FileRefusedError("FILE_UNSUPPORTED", "classeur binaire .xlsb")
            if found != _OPEN[extension]:
                raise FileRefusedError("FILE_WRONG_EXTENSION", f"{_french(found)} dont le nom finit par {extension}")
            _check_parts(tuple(entry.filename for entry in entries if not entry.is_dir()))
            return _inflate(content, archive, entries)
    except BadZipFile as error:
        raise FileRefusedError("FILE_TRUNCATED", "archive incomplète") from error
    except (zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise FileRefusedError("FILE_TRUNCATED", "archive abîmée") from error


def _check_entries(entries: list[ZipInfo]) -> None:
    """The archive's own table: how many entries, what they are called, where they lie."""
    if len(entries) > MAX_ENTRIES:
        many, most = figure(len(entries)), figure(MAX_ENTRIES)
        raise FileRefusedError("FILE_BOMB", f"{many} éléments dans l’archive, pour {most} au plus")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefusedError("FILE_ENCRYPTED")
    _check_names(tuple(entry.filename for entry in entries))
    if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        raise FileRefusedError("FILE_BOMB", "un raccourci dans l’archive")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise FileRefusedError("FILE_BOMB", "des éléments de l’archive se recouvrent")
        end = entry.header_offset + 30 + len(entry.orig_filename.encode("utf-8", "replace")) + entry.compress_size
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise FileRefusedError("FILE_BOMB", "plus de 200 Mo une fois décompressé")


# Workbooks made from one template have the same parts.
@lru_cache(16)
def _check_names(names: tuple[str, ...]) -> None:
    folded = [unicodedata.normalize("NFC", name).casefold() for name in names]
    if len(set(folded)) != len(folded):
        raise FileRefusedError("FILE_BOMB", "deux éléments du même nom dans l’archive")
    for name in names:
        where = name.replace("\\", "/")
        if where.startswith("/") or ".." in where.split("/") or re.match(r"^[A-Za-z]:", name):
            raise FileRefusedError("FILE_BOMB", "un élément de l’archive sort de son dossier")


def _kind_of(archive: ZipFile) -> Format | Literal["xlsm", "xlsb", "docx", "pptx", "zip"]:
    names = set(archive.namelist())
    if "mimetype" in names and "content.xml" in names:
        kind = archive.open("mimetype").read(200)
        _check_open_document(archive, names)
        return "ods" if b"opendocument.spreadsheet" in kind else "docx"
    if "[Content_Types].xml" in names:
        types = archive.open("[Content_Types].xml").read(4 * 1024 * 1024)
        for mark, kind_name in _CONTENT_TYPES.items():
            if mark in types:
                return kind_name  # type: ignore[return-value]
    return "zip"


def _check_open_document(archive: ZipFile, names: set[str]) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in archive.open(manifest).read(4 * 1024 * 1024):
        raise FileRefusedError("FILE_ENCRYPTED")


def _french(kind: str) -> str:
    return {
        "docx": "un document de texte",
        "pptx": "une présentation",
        "xlsx": "un classeur Excel",
        "ods": "un classeur OpenDocument",
        "zip": "une archive",
    }.get(kind, "un autre format")


@lru_cache(16)
def _check_parts(names: tuple[str, ...]) -> None:
    """What the archive carries besides tables, by the names of its files."""
    for name in names:
        if _MACRO_PARTS.search(name):
            raise FileRefusedError("FILE_MACRO", name)
        for pattern, what in _ACTIVE_PARTS:
            if pattern.search(name):
                raise FileRefusedError("FILE_ACTIVE_CONTENT", what)


def _inflate(content: bytes, archive: ZipFile, entries: list[ZipInfo]) -> dict[str, bytes]:
    """Every part, inflated once, counting, and looked at for what must never be parsed."""
    parts: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        forbidden = _forbidden_in(entry.filename)
        size = 0
        chunks: list[bytes] = []
        for chunk in _chunks(content, archive, entry):
            size += len(chunk)
            total += len(chunk)
            if total > MAX_INFLATED:
                raise FileRefusedError("FILE_BOMB", "plus de 200 Mo une fois décompressé")
            if size > _RATIO_FLOOR and size > MAX_RATIO * max(entry.compress_size, 1):
                raise FileRefusedError("FILE_BOMB", f"compression de plus de {MAX_RATIO} pour 1")
            if forbidden:
                _check_text(forbidden, chunks[-1][-64:] + chunk if chunks else chunk)
            chunks.append(chunk)
        parts[entry.filename] = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return parts


def _chunks(content: bytes, archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    whole = _whole(content, entry)
    if whole is not None:
        yield whole
        return
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _whole(content: bytes, entry: ZipInfo) -> bytes | None:
    """A short part inflated at once when all that is declared of it holds, else None: zipfile says what is wrong.

    An archive of twenty small parts is read several times faster so than by zipfile's streams.
    """
    if entry.file_size > _RATIO_FLOOR or entry.compress_type not in {0, 8} or entry.flag_bits & ~_PLAIN_FLAGS:
        return None
    header = content[entry.header_offset : entry.header_offset + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or not header.startswith(_ZIP):
        return None
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    start = entry.header_offset + _LOCAL_HEADER
    name = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace")
    if content[start : start + name_length] != name:
        return None
    start += name_length + extra_length
    part = content[start : start + entry.compress_size]
    if entry.compress_type:
        inflating = zlib.decompressobj(-15)
        try:
            part = inflating.decompress(part, entry.file_size + 1)
        except zlib.error:
            return None
        if not inflating.eof:
            return None
    return part if len(part) == entry.file_size and zlib.crc32(part) == entry.CRC else None


_Forbidden = list[tuple["re.Pattern[bytes]", str, str]]


@lru_cache(1024)
def _forbidden_in(name: str) -> _Forbidden:
    """What a part of that name must not hold: pattern, rule, message."""
    found: _Forbidden = [
        (words, "FILE_ACTIVE_CONTENT", what) for part, words, what in _ACTIVE_WORDS if part.search(name)
    ]
    if name.lower().endswith((".xml", ".rels", ".vml")):
        found.insert(0, (_DOCUMENT_TYPE, "FILE_BOMB", "entités XML déclarées"))
    return found


def _check_text(forbidden: _Forbidden, text: bytes) -> None:
    for words, rule, what in forbidden:
        # A declaration starts with « <! », which is found much sooner than the words after it.
        if (words is not _DOCUMENT_TYPE or b"<!" in text) and words.search(text):
            raise FileRefusedError(rule, what)
