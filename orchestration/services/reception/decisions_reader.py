"""The reader of review workbooks: a complete row is a decision or a reading, the others are refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.reader import UnreadableFileError, reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows

DECISION_INCOMPLETE = "DECISION_INCOMPLETE"


def _nobody_told(_line: str) -> None:
    """Who only wants the key is told nothing."""


@dataclass(frozen=True)
class DecisionsReader:
    """Reads review workbooks; `tell` gets a line for each row it refuses."""

    paths: "Paths"
    tell: Callable[[str], None] = _nobody_told
    channel: "Channel" = "decisions"
    published: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> str:
        """This module's code."""
        return reading_key(self.paths.memo, __name__)

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The decisions and readings of one review workbook, and the rows refused, for the quarantine."""
        from sources.review import RefusedRow, ReviewError, read_review

        def set_aside(row: RefusedRow) -> dict[str, Any]:
            return {
                "sha256": reception.sha256,
                "session_code": reading.session_code,
                "sheet": row.sheet,
                "row_number": row.row_number,
                "cell": row.cell,
                "rule": DECISION_INCOMPLETE,
                "received": row.received,
                "message": row.expected,
                "fix": row.fix,
            }

        try:
            reading = read_review(path)
        except ReviewError as error:
            raise UnreadableFileError(str(error)) from error
        for row in reading.refused:
            self.tell(f"{reception.file_name}, {row.sheet} {row.cell}: {row.received!r} refused. {row.fix}")
        return {
            "decision": [{**row, "received_at": reception.received_at} for row in reading.decisions],
            "reading": [{**row, "received_at": reception.received_at} for row in reading.readings],
            "rejected_row": [set_aside(row) for row in reading.refused],
        }
