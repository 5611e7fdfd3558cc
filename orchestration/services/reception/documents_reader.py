"""The reader of published documents: extracted by the grammar of the published layout, in a guarded process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.parsing import Parser
from orchestration.services.reception.reader import UnreadableFileError, judged_against, reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference


def parse(path: "Path", seeds: "Path") -> Any:
    """The landing rows of one document, and what `jalon extract` shows."""
    from sources.documents import NotReadableError, extract
    from sources.reference.roadmap import load_reference

    try:
        found = extract(path, load_reference(seeds))
    except NotReadableError as error:
        raise UnreadableFileError(str(error)) from error
    return {"tables": found.tables(), "shown": found.as_json()}


@dataclass(frozen=True)
class DocumentsReader:
    """Reads published documents."""

    paths: "Paths"
    reference: "Reference"
    readings: int = 2
    channel: "Channel" = "documents"
    published: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> str:
        """This module's code, and the reference that quantities are linked to."""
        return reading_key(self.paths.memo, __name__, judged_against(self.reference))

    @cached_property
    def _parser(self) -> Parser:
        return Parser(__name__, self.paths.seeds, readings=self.readings)

    def close(self) -> None:
        """End the process that parses."""
        self._parser.close()

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The landing rows of one document."""
        from sources.landing.tables import from_json

        tables = {name: from_json(name, rows) for name, rows in self._parser.parsed(path)["tables"].items()}
        for row in tables["document"]:
            row.update(origin=reception.origin, received_at=reception.received_at)
        return tables
