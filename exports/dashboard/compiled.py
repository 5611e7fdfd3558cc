"""Templates compiled once: beside them in `__pycache__`, as Python keeps its own modules, and under the same terms.

Compiling them takes longer than rendering the page. What is kept is known by the template's text, by the code that
makes the environment, and by Jinja's version; where the folder cannot be written, nothing is kept.
"""

import contextlib
import hashlib
import sys
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class CompiledTemplates(FileSystemBytecodeCache):
    """Jinja's cache in a folder that may not be there, or not be writable; `made_by` is what makes the environment."""

    def __init__(self, folder: Path, made_by: Path) -> None:
        super().__init__(str(folder), "%s.jinja")
        self._folder, self._made_by = folder, made_by

    def get_source_checksum(self, source: str) -> str:
        """What a kept template must have been compiled from."""
        digest = hashlib.sha256(jinja2.__version__.encode())
        for part in (self._made_by.read_bytes(), source.encode()):
            digest.update(part)
        return digest.hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template that was kept; what cannot be read is compiled."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, unless Python was asked to keep nothing, or the folder is read-only."""
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
