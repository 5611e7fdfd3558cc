"""Files written aside and renamed: a reader sees the old one or the new one, whole, never half of one."""

import os
from collections.abc import Mapping
from pathlib import Path


def write_all(folder: Path, contents: Mapping[str, bytes]) -> dict[str, Path]:
    """Write every file aside first, then rename them in order; the last name given is the last to appear.

    A failure before the first rename leaves the folder as it was. OSError says which file could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = {name: folder / f".{name}.part" for name in contents}
    try:
        for name, content in contents.items():
            _write_through(aside[name], content)
        for name, part in aside.items():
            part.replace(folder / name)
    finally:
        for part in aside.values():
            part.unlink(missing_ok=True)
    return {name: folder / name for name in contents}


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
