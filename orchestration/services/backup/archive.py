"""One archive file of named files, each with its SHA-256 in a catalogue that closes it. It knows nothing of Jalon.

A tar, compressed with Zstandard when its name ends in `.zst`. The catalogue `backup.json` is the last member, so that
an archive cut anywhere has none. Reading trusts nothing: a name that leaves the folder, a link, a device, a content
or a list that is not the catalogue's is refused.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

CATALOGUE = "backup.json"
FORMAT = 1
FILE_MODE = 0o640
FOLDER_MODE = 0o750
# What a file may keep of its rights: nothing for those who are neither its owner nor of its group.
KEPT_RIGHTS = 0o750
BLOCK = 1 << 20


class ArchiveError(Exception):
    """An archive that cannot be written or trusted; the message says what and the mend."""


@dataclass
class Writing:
    """An archive being written."""

    tar: tarfile.TarFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, source: Path) -> None:
        """Add a file as it is now; its name in the archive has `/` between folders."""
        with source.open("rb") as stream:
            self.add_stream(name, stream, os.fstat(stream.fileno()))

    def add_stream(self, name: str, stream: IO[bytes], state: os.stat_result) -> None:
        """Add what a stream gives, up to the size that its state says."""
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = state.st_size, int(state.st_mtime), state.st_mode & KEPT_RIGHTS
        hashing = _Hashing(stream)
        self.tar.addfile(member, hashing)
        self.files[name] = {"sha256": hashing.digest.hexdigest(), "bytes": state.st_size}


@contextmanager
def writing_archive(target: Path, about: Mapping[str, Any]) -> Iterator[Writing]:
    """Write an archive beside its place; it takes its name once it is whole and on the disk. OSError otherwise."""
    aside = target.with_name(f".{target.name}.part")
    aside.unlink(missing_ok=True)
    try:
        with (
            os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as plain,
            _compressing(plain, target) as stream,
            tarfile.open(fileobj=stream, mode="w|") as tar,
        ):
            made = Writing(tar)
            yield made
            content = json.dumps({**about, "format": FORMAT, "files": made.files}, ensure_ascii=False, indent=1)
            closing = tarfile.TarInfo(CATALOGUE)
            closing.size, closing.mode = len(content.encode()), FILE_MODE
            tar.addfile(closing, io.BytesIO(content.encode()))
        with aside.open("rb") as written:  # the compressor has closed the one it was given
            os.fsync(written.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def extract_archive(archive: Path, folder: Path) -> dict[str, Any]:
    """Write an archive's files under `folder` and give its catalogue, once everything was found as it was saved."""
    found: dict[str, str] = {}
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
                    raise ArchiveError(f"{archive}: {member.name} has no place in a backup; nothing was restored.")
                if member.name == CATALOGUE:
                    catalogue = json.loads(content.read())
                else:
                    found[member.name] = _put(content, _place(archive, folder, member.name), member)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise _not_whole(archive, str(error)) from error
    except OSError as error:
        if error.filename is None and error.errno is None:  # the decompressor's
            raise _not_whole(archive, str(error).splitlines()[0]) from error
        raise
    if catalogue is None:
        raise _not_whole(archive, "its end is missing")
    _compare(archive, catalogue, found)
    return catalogue


def _compare(archive: Path, catalogue: Mapping[str, Any], found: Mapping[str, str]) -> None:
    if catalogue.get("format") != FORMAT:
        raise ArchiveError(
            f"{archive}: format {catalogue.get('format')!r}, this version of jalon knows {FORMAT}. "
            "Restore it with the version that wrote it."
        )
    told = {name: entry["sha256"] for name, entry in catalogue["files"].items()}
    wrong = sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name))
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise _not_whole(archive, f"not as it was saved: {', '.join(wrong[:3])}{more}")


def _not_whole(archive: Path, reason: str) -> ArchiveError:
    return ArchiveError(f"{archive}: not a whole backup ({reason}). Nothing was restored; take another one.")


def _place(archive: Path, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\\" in name:
        raise ArchiveError(f"{archive}: {name!r} leaves the folder it is for; nothing was restored.")
    return folder.joinpath(*parts)


def _put(content: IO[bytes], path: Path, member: tarfile.TarInfo) -> str:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=FOLDER_MODE)
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
