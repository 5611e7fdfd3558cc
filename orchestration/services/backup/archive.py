"""One archive file of named files, each with its SHA-256 in a catalogue that closes it. It knows nothing of Jalon.

A tar, compressed with Zstandard when its name ends in `.zst`. The catalogue `backup.json` is the last member, so that
an archive cut anywhere has none. A member's name is a hash: the file's real name is data of the catalogue, so that no
name (a backslash, bytes that are no UTF-8, any length) can make an archive unreadable. Archives of the first format,
whose members have the real names, are still read. Reading trusts nothing: a name that leaves the folder, a
link, a device, a content or a list that is not the catalogue's is refused.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sources.errors import PlainError
from sources.files import atomic

CATALOGUE = "backup.json"
# 1: members have the files' names; 2: members have hashes of them
FORMATS = (1, 2)
MEMBERS = "files/"
FILE_MODE = 0o640
FOLDER_MODE = 0o750
# The rights that a file may have: nothing for those who are neither its owner nor of its group.
KEPT_RIGHTS = 0o750
BLOCK = 1 << 20


class ArchiveError(PlainError):
    """An archive that cannot be written or trusted; the message names what and the fix."""

    fix = "Take another backup, or choose another place for it."


@dataclass
class Writing:
    """An archive being written; `hides_names` gives members hashes for names."""

    tar: tarfile.TarFile
    hides_names: bool
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, source: Path) -> None:
        """Add a file as it is now; its name in the catalogue has `/` between folders."""
        with source.open("rb") as stream:
            self.add_stream(name, stream, os.fstat(stream.fileno()))

    def add_stream(self, name: str, stream: IO[bytes], state: os.stat_result) -> None:
        """Add what a stream gives, up to the size of its state."""
        member = tarfile.TarInfo(member_name(name) if self.hides_names else name)
        member.size, member.mtime, member.mode = state.st_size, int(state.st_mtime), state.st_mode & KEPT_RIGHTS
        hashing = _Hashing(stream)
        self.tar.addfile(member, hashing)
        own = {"member": member.name} if self.hides_names else {}
        self.files[name] = {**own, "sha256": hashing.digest.hexdigest(), "bytes": state.st_size}


def member_name(name: str) -> str:
    """The name of a file's member: a hash of the real name, whatever bytes that holds."""
    return MEMBERS + hashlib.sha256(os.fsencode(name)).hexdigest()


@contextmanager
def writing_archive(
    target: Path, about: Callable[[], Mapping[str, Any]], *, hides_names: bool = True
) -> Iterator[Writing]:
    """Write an archive beside its place; it takes its name once it is whole and on the disk. OSError otherwise.

    `about` gives the catalogue's own fields, once all files are in. `hides_names` false gives members the files' names,
    for an archive of safe names that people unpack themselves.
    """
    with (
        atomic.written(target, durable=True) as aside,
        os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as plain,
        _compressing(plain, target) as stream,
        tarfile.open(fileobj=stream, mode="w|") as tar,
    ):
        made = Writing(tar, hides_names)
        yield made
        # escapes: a name whose bytes are no UTF-8 goes through JSON unchanged
        content = json.dumps({**about(), "format": FORMATS[-1], "files": made.files}, indent=1).encode("ascii")
        closing = tarfile.TarInfo(CATALOGUE)
        closing.size, closing.mode = len(content), FILE_MODE
        tar.addfile(closing, io.BytesIO(content))


def extract_archive(archive: Path, folder: Path) -> dict[str, Any]:
    """Write an archive's files under `folder` and give its catalogue, once everything was found as it was saved."""
    found: dict[str, str] = {}

    def put(member: tarfile.TarInfo, content: IO[bytes]) -> None:
        found[member.name] = _put(content, _place(archive, folder, member.name), member)

    catalogue = _read(archive, put)
    _compare(archive, catalogue, found)
    for name, entry in catalogue["files"].items():
        if "member" in entry:
            place = _place(archive, folder, name)
            _make_folders(place)
            (folder / entry["member"]).rename(place)
    if (folder / MEMBERS).is_dir():
        (folder / MEMBERS).rmdir()
    return catalogue


def verify_archive(archive: Path, is_checked: Callable[[str], bool]) -> tuple[dict[str, Any], int]:
    """Read an archive to its end and write nothing: every member is named, of its size, and of its SHA-256 if checked.

    `is_checked` takes a member's name. Returns the catalogue and how many files were compared byte for byte.
    ArchiveError when the archive could not be restored.
    """
    sizes: dict[str, int] = {}
    digests: dict[str, str] = {}

    def read(member: tarfile.TarInfo, content: IO[bytes]) -> None:
        sizes[member.name] = member.size
        if is_checked(member.name):
            digests[member.name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]

    catalogue = _read(archive, read)
    expected = _members(archive, catalogue)
    wrong = [name for name, entry in expected.items() if sizes.get(name) != entry["bytes"]]
    wrong += [name for name, digest in digests.items() if expected.get(name, {}).get("sha256") != digest]
    wrong += sorted(sizes.keys() - expected.keys())
    for name in catalogue["files"]:
        _place(archive, Path("/"), name)
    if wrong:
        raise _not_whole(archive, _some(wrong))
    return catalogue, len(digests)


def _read(archive: Path, take: Callable[[tarfile.TarInfo, IO[bytes]], None]) -> dict[str, Any]:
    """Give each file of an archive to `take`, in order, and return the catalogue that closes it."""
    catalogue: dict[str, Any] | None = None
    try:
        with (
            archive.open("rb") as plain,
            _expanding(plain, archive) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or catalogue is not None:
                    raise ArchiveError(f"{archive}: {member.name!r} has no place in a backup; nothing was restored.")
                if member.name == CATALOGUE:
                    catalogue = json.loads(content.read())
                else:
                    take(member, content)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise _not_whole(archive, str(error)) from error
    except OSError as error:
        if error.filename is None and error.errno is None:  # the decompressor's
            raise _not_whole(archive, str(error).splitlines()[0]) from error
        raise
    if catalogue is None:
        raise _not_whole(archive, "its end is missing")
    return catalogue


def _members(archive: Path, catalogue: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The catalogue's entry of each member. ArchiveError for a format that this version does not know."""
    if catalogue.get("format") not in FORMATS:
        raise ArchiveError(
            f"{archive}: format {catalogue.get('format')!r}, this version of jalon knows {FORMATS[-1]} and before. "
            "Restore it with the version that wrote it."
        )
    return {entry.get("member", name): entry for name, entry in catalogue["files"].items()}


def _compare(archive: Path, catalogue: Mapping[str, Any], found: Mapping[str, str]) -> None:
    expected = {name: entry["sha256"] for name, entry in _members(archive, catalogue).items()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise _not_whole(archive, _some(wrong))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"not as it was saved: {', '.join(names[:3])}{more}"


def _not_whole(archive: Path, reason: str) -> ArchiveError:
    return ArchiveError(f"{archive}: not a whole backup ({reason}). Nothing was restored; take another one.")


def _place(archive: Path, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
        raise ArchiveError(f"{archive}: {name!r} leaves the folder it is for; nothing was restored.")
    return folder.joinpath(*parts)


def _make_folders(path: Path) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=FOLDER_MODE)


def _put(content: IO[bytes], path: Path, member: tarfile.TarInfo) -> str:
    _make_folders(path)
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as stream:
        while block := content.read(BLOCK):
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(member.mode & KEPT_RIGHTS)
    os.utime(path, (member.mtime, member.mtime))
    return digest.hexdigest()


class _Hashing:
    """A stream that is hashed as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and hash."""
        content = self._stream.read(size)
        self.digest.update(content)
        return content


@contextmanager
def _compressing(plain: io.IOBase, target: Path) -> Iterator[Any]:
    if target.suffix == ".zst":
        import pyarrow as pa

        with pa.CompressedOutputStream(pa.PythonFile(plain, mode="w"), "zstd") as stream:
            yield stream
    else:
        yield plain


@contextmanager
def _expanding(plain: io.IOBase, archive: Path) -> Iterator[Any]:
    if archive.suffix == ".zst":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.PythonFile(plain, mode="r"), "zstd") as stream:
            yield stream
    else:
        yield plain
