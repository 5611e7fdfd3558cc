"""The reader of review workbooks: a complete row is a decision or a reading, the others are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.parsing import Parser
from orchestration.services.reception.reader import UnreadableFileError, reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Landing, Reading, Reception, Rows

DECISION_INCOMPLETE = "DECISION_INCOMPLETE"


def parse(path: "Path", _seeds: "Path") -> Any:
    """Read one review workbook."""
    from sources.review import ReviewError, read_review

    try:
        return asdict(read_review(path))
    except ReviewError as error:
        raise UnreadableFileError(str(error)) from error


def refusals(landing: "Landing", readings: "Sequence[Reading]") -> list[str]:
    """One line for each row of the given reviews that was refused."""
    from sources.landing.rows import rows_of

    names = {reading.sha256: found.file_name for reading in readings if (found := landing.reception(reading.sha256))}
    return [
        f"{names[row['sha256']]}, {row['sheet']} {row['cell']}: {row['received']!r} refused. {row['fix']}"
        for row in rows_of(readings, "rejected_row")
    ]


@dataclass(frozen=True)
class DecisionsReader:
    """Reads review workbooks."""

    paths: "Paths"
    channel: "Channel" = "decisions"
    published: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> str:
        """This module's code."""
        return reading_key(self.paths.memo, __name__)

    @cached_property
    def _parser(self) -> Parser:
        return Parser(__name__, self.paths.seeds)

    def close(self) -> None:
        """End the process that parses."""
        self._parser.close()

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The decisions and readings of one review workbook, and the rows refused, for the quarantine."""
        from sources.landing.tables import from_json

        review = self._parser.parsed(path)
        received = {"received_at": reception.received_at}
        return {
            "decision": [row | received for row in from_json("decision", review["decisions"])],
            "reading": [row | received for row in from_json("reading", review["readings"])],
            "rejected_row": [
                {
                    "sha256": reception.sha256,
                    "session_code": review["session_code"],
                    "rule": DECISION_INCOMPLETE,
                    "message": row.pop("expected"),
                    **row,
                }
                for row in review["refused"]
            ],
        }
