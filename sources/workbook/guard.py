"""What is checked in a received file before anything parses it: its name, its size, its container, what it carries.

Nothing is trusted that can be counted: an archive is inflated once, in constant memory, and stopped at the first limit.
Each refusal has its own rule, so that the partner is told which of these it is.
"""

import re
import stat
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal
from zipfile import BadZipFile, ZipFile, ZipInfo

from sources.workbook.refused import FileRefusedError

Format = Literal["xlsx", "ods", "xls", "csv"]

MAX_BYTES = 25 * 1024 * 1024
MAX_INFLATED = 200 * 1024 * 1024
MAX_ENTRIES = 2000
MAX_RATIO = 100
_RATIO_FLOOR = 1024 * 1024  # a short and repetitive part may well shrink more than a hundred times
_CHUNK = 256 * 1024

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


def inspect(path: Path, folder: Path | None = None) -> Format:
    """The format of a file that may be parsed. FileRefusedError says what is wrong with any other one.

    `folder` is the drop folder the file must lie in; None when it was named by hand.
    """
    _check_place(path, folder)
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
        return _check_archive(path, extension)
    if head.startswith(_OLE):
        return _check_compound(path, extension)
    return _check_plain(head, extension)


def _check_place(path: Path, folder: Path | None) -> None:
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
            raise FileRefusedError("FILE_WRONG_EXTENSION", "un fichier binaire nommé .csv")
        return "csv"
    if not head.strip(b"\0"):
        raise FileRefusedError("FILE_TRUNCATED", "contenu effacé")
    kind = _plain_kind(head)
    if kind is None and extension in {".xlsx", ".ods"}:
        raise FileRefusedError("FILE_TRUNCATED", "début de fichier illisible")
    raise FileRefusedError("FILE_WRONG_EXTENSION", f"{kind or 'un autre format'} nommé {extension}")


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
        raise FileRefusedError("FILE_WRONG_EXTENSION", f"un ancien fichier Office nommé {extension}")
    if not (_named(content, "Workbook") or _named(content, "Book")):
        raise FileRefusedError("FILE_WRONG_EXTENSION", "un document qui n’est pas un classeur nommé .xls")
    if _named(content, "_VBA_PROJECT_CUR") or _named(content, "VBA"):
        raise FileRefusedError("FILE_MACRO", ".xls")
    return "xls"


def _named(content: bytes, name: str) -> bool:
    """Whether a compound file has a stream or storage of that name: directory entries are 128 bytes, UTF-16 names."""
    wanted = f"{name}\0".encode("utf-16-le")
    found = content.find(wanted)
    while found >= 0:
        length = content[found + 64 : found + 66]
        if found % 128 == 0 and int.from_bytes(length, "little") == len(wanted):
            return True
        found = content.find(wanted, found + 1)
    return False


def _check_archive(path: Path, extension: str) -> Format:
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            found = _kind_of(archive)
            if found == "xlsm":
                raise FileRefusedError("FILE_MACRO", extension)
            if found == "xlsb":
                raise FileRefusedError("FILE_UNSUPPORTED", "classeur binaire .xlsb")
            if found != _OPEN[extension]:
                raise FileRefusedError("FILE_WRONG_EXTENSION", f"{_french(found)} nommé {extension}")
            _check_parts(entries)
            _inflate(archive, entries)
            return _OPEN[extension]
    except BadZipFile as error:
        raise FileRefusedError("FILE_TRUNCATED", "archive incomplète") from error
    except (zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise FileRefusedError("FILE_TRUNCATED", "archive abîmée") from error


def _check_entries(entries: list[ZipInfo]) -> None:
    """The archive's own table: how many entries, what they are called, where they lie."""
    if len(entries) > MAX_ENTRIES:
        raise FileRefusedError("FILE_BOMB", f"{len(entries)} éléments dans l’archive, pour {MAX_ENTRIES} au plus")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefusedError("FILE_ENCRYPTED")
    names = [unicodedata.normalize("NFC", entry.filename).casefold() for entry in entries]
    if len(set(names)) != len(names):
        raise FileRefusedError("FILE_BOMB", "deux éléments du même nom dans l’archive")
    for entry in entries:
        where = PurePosixPath(entry.filename.replace("\\", "/"))
        if where.is_absolute() or ".." in where.parts or re.match(r"^[A-Za-z]:", entry.filename):
            raise FileRefusedError("FILE_BOMB", "un élément de l’archive sort de son dossier")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefusedError("FILE_BOMB", "un raccourci dans l’archive")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise FileRefusedError("FILE_BOMB", "des éléments de l’archive se recouvrent")
        end = entry.header_offset + 30 + len(entry.orig_filename.encode("utf-8", "replace")) + entry.compress_size
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise FileRefusedError("FILE_BOMB", "plus de 200 Mo une fois décompressé")


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


def _check_parts(entries: list[ZipInfo]) -> None:
    """What the archive carries besides tables."""
    for entry in entries:
        if _MACRO_PARTS.search(entry.filename) and not entry.is_dir():
            raise FileRefusedError("FILE_MACRO", entry.filename)
        for pattern, what in _ACTIVE_PARTS:
            if pattern.search(entry.filename) and not entry.is_dir():
                raise FileRefusedError("FILE_ACTIVE_CONTENT", what)


def _inflate(archive: ZipFile, entries: list[ZipInfo]) -> None:
    """Inflate everything once, counting, and look at what must never be parsed."""
    total = 0
    for entry in entries:
        size = 0
        carried = b""
        for chunk in _chunks(archive, entry):
            size += len(chunk)
            total += len(chunk)
            if total > MAX_INFLATED:
                raise FileRefusedError("FILE_BOMB", "plus de 200 Mo une fois décompressé")
            if size > _RATIO_FLOOR and size > MAX_RATIO * max(entry.compress_size, 1):
                raise FileRefusedError("FILE_BOMB", f"compression de plus de {MAX_RATIO} pour 1")
            _check_text(entry.filename, carried + chunk)
            carried = chunk[-64:]


def _chunks(archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _check_text(name: str, text: bytes) -> None:
    if name.lower().endswith((".xml", ".rels", ".vml")) and _DOCUMENT_TYPE.search(text):
        raise FileRefusedError("FILE_BOMB", "entités XML déclarées")
    for part, words, what in _ACTIVE_WORDS:
        if part.search(name) and words.search(text):
            raise FileRefusedError("FILE_ACTIVE_CONTENT", what)
