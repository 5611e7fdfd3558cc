"""The reader of published documents: extracted by the grammar of the published layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from orchestration.services.reception.reader import UnreadableFileError, judged_against, reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference


@dataclass(frozen=True)
class DocumentsReader:
    """Reads published documents."""

    paths: "Paths"
    reference: "Reference"
    channel: "Channel" = "documents"
    published: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> str:
        """This module's code, and the reference that quantities are linked to."""
        return reading_key(self.paths.memo, __name__, judged_against(self.reference))

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The landing rows of one document."""
        from sources.documents import NotReadableError, extract

        try:
            tables = extract(path, self.reference).tables()
        except NotReadableError as error:
            raise UnreadableFileError(str(error)) from error
        for row in tables["document"]:
            row.update(origin=reception.origin, received_at=reception.received_at)
        return tables
