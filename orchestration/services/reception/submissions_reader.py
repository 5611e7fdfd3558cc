"""The reader of partners' workbooks: read, judged row by row, turned into the landing tables of a submission."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from orchestration.services.reception.check import PreviousOf, check_file, expected_of, read_file
from orchestration.services.reception.confirmed import confirmed_before
from orchestration.services.reception.reader import judged_against, reading_key
from sources.landing.store import RECONSTITUTED, Landing

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference
    from sources.workbook.loading import BookLoader


@dataclass(frozen=True)
class SubmissionsReader:
    """Reads workbooks, each parsed by one guarded process; `readings` as `sources.files.guarded` has them.

    `previous` gives what the session before knew, as `jalon check` has it: a figure that is ten times the last one is
    set aside by both or by neither.
    """

    paths: "Paths"
    reference: "Reference"
    previous: PreviousOf | None = None
    readings: int = 2
    channel: "Channel" = "submissions"

    @cached_property
    def key(self) -> str:
        """This module's code, and what rows are judged against."""
        return reading_key(self.paths.memo, __name__, judged_against(self.reference))

    @cached_property
    def published(self) -> frozenset[str]:
        """What was published stays as it was read."""
        return self.paths.published_sessions

    @cached_property
    def _loader(self) -> "BookLoader":
        from sources.workbook.loading import BookLoader

        return BookLoader(readings=self.readings)

    def close(self) -> None:
        """End the process that parses."""
        self._loader.close()

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The landing rows of one workbook; a file that cannot be read is a submission refused, with its reason."""
        landing = Landing(self.paths.home)
        expected = replace(
            expected_of(self.reference, reception),
            unordered_with=self._rivals(landing, path, reception),
            confirmed_before=confirmed_before(landing, self.reference, reception),
            closed=() if reception.origin == RECONSTITUTED else self.published,
        )
        submission = check_file(
            path,
            self.reference,
            previous=self.previous,
            expected=expected,
            loader=self._loader,
            sha256=reception.sha256,
        )
        return submission.landing_rows(reception)

    def _rivals(self, landing: Landing, path: "Path", reception: "Reception") -> tuple[str, ...]:
        """Of the files that came with it in no order, those that may be of its session: others contradict nothing."""
        if not reception.unordered_with:
            return ()
        own = self._session(path)
        sessions: dict[str, set[str | None]] = {}
        for other in landing.current("submissions"):
            if other.folder == reception.folder and other.file_name in reception.unordered_with:
                with landing.under_its_name(other) as place:
                    sessions.setdefault(other.file_name, set()).add(self._session(place))
        unknown: set[str | None] = {None}
        return tuple(
            name for name in reception.unordered_with if own is None or sessions.get(name, unknown) & {own, None}
        )

    def _session(self, path: "Path") -> str | None:
        return read_file(path, self.reference, loader=self._loader).session_code
