"""The atomic write: under its final name a file is the old one or the new one, whole, whenever the process dies.

What is written goes first to a hidden file beside its place, `.<name>.part`, which then takes the name. `durable` also
survives a power cut: the content reaches the disk before the name does, and the name before the call returns. What a
killed writer leaves beside is taken over by the next write to the same name.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

FILE_MODE = 0o666  # the process's umask takes its share
LONGEST_NAME = 240  # bytes; file systems take 255


def aside_of(path: Path) -> Path:
    """Where the new content of a file or folder is written before it takes its name."""
    name = os.fsencode(path.name)
    short = path.name if len(name) <= LONGEST_NAME else hashlib.sha256(name).hexdigest()
    return path.with_name(f".{short}.part")


def write(path: Path, content: bytes | str, *, durable: bool = False, mode: int = FILE_MODE) -> Path:
    """Write one file in place of the former one, and return its path; text is written as UTF-8.

    The folder must exist. `mode` holds from the first byte on. Two processes may write one file: each content is
    whole, the last one counts.
    """
    return write_all({path: content}, durable=durable, mode=mode)[0]


def write_all(
    contents: Mapping[Path, bytes | str], *, durable: bool = False, mode: int = FILE_MODE
) -> tuple[Path, ...]:
    """Write several files and return their paths: every content first, then the names in the order given.

    A failure before the first name is given leaves everything as it was. OSError names the file at fault.
    """
    with ExitStack() as held:
        opened = {path: held.enter_context(_opened(path, mode)) for path in sorted(contents)}
        for path, stream in opened.items():
            content = contents[path]
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        give_names([(aside_of(path), path) for path in contents], durable=durable)
    return tuple(contents)


@contextmanager
def written(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """A path beside `path` for a library that writes a file itself, or for a whole folder.

    At the end of the block what was written there takes the name; after an error it is removed. A file is replaced, a
    folder never is. Nobody else may write the same name meanwhile: the caller holds a lock.
    """
    aside = aside_of(path)
    remove(aside)
    try:
        yield aside
        if durable:
            flush_whole(aside)
        give_names([(aside, path)], durable=durable)
    finally:
        remove(aside)


def give_names(entries: Iterable[tuple[Path, Path]], *, durable: bool) -> None:
    """Rename what was written beside its place, in this order; `durable` puts the names on disk too."""
    folders: dict[Path, None] = {}
    for aside, path in entries:
        aside.replace(path)
        folders[path.parent] = None
    for folder in folders if durable else ():
        flush(folder)


def flush(path: Path) -> None:
    """Put a file's content, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_whole(entry: Path) -> None:
    """Put a file, or a folder with all it holds, on disk."""
    for inside in entry.iterdir() if entry.is_dir() else ():
        flush_whole(inside)
    flush(entry)


def remove(path: Path) -> None:
    """Remove a file or a folder with its content, whether it is there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, mode: int) -> Iterator[BinaryIO]:
    """The file beside `path`, empty and ours until its name was given or it is removed."""
    aside = aside_of(path)
    while True:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, mode)
        stream = os.fdopen(descriptor, "wb")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, aside):
                break
        except BaseException:
            stream.close()
            raise
        stream.close()  # another process gave it its name while we waited
    with stream:
        try:
            os.ftruncate(descriptor, 0)
            if mode != FILE_MODE:
                os.fchmod(descriptor, mode)  # a killed writer may have left it with another
            yield stream
        finally:
            if _is_at(descriptor, aside):  # it got no name
                aside.unlink()


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
