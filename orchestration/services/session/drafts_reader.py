"""The reader of edited drafts: their texts, or the reason why nothing can be taken, for whoever dropped them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.parsing import Parser
from orchestration.services.reception.reader import UnreadableFileError, reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference

CHANNEL: "Channel" = "drafts"
#: what a text without words is based on, where the partner's own were put back
RESTORED = "restored"


def parse(path: "Path", _seeds: "Path") -> Any:
    """Read one draft."""
    from msgspec import to_builtins

    from exports.edits import EditsError, read_draft

    try:
        return to_builtins(read_draft(path))
    except EditsError as error:
        raise UnreadableFileError(str(error)) from error


@dataclass(frozen=True)
class DraftsReader:
    """Reads drafts."""

    paths: "Paths"
    reference: "Reference"
    channel: "Channel" = CHANNEL
    published: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> str:
        """This module's code, and the sessions and actions there are."""
        return reading_key(self.paths.memo, __name__, list(self.reference.sessions), list(self.reference.actions))

    @cached_property
    def _parser(self) -> Parser:
        return Parser(__name__, self.paths.seeds)

    def close(self) -> None:
        """End the process that parses."""
        self._parser.close()

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The rows of one draft; a file that is none is a draft refused."""
        try:
            draft = self._parser.parsed(path)
        except UnreadableFileError as error:
            return {"draft": [{"sha256": reception.sha256, "refused": str(error)}]}
        common = {"sha256": reception.sha256, "session_code": draft["session_code"]}
        if draft["session_code"] not in self.reference.sessions:
            known = ", ".join(self.reference.sessions)
            refused = f"{path.name} est un brouillon de {draft['session_code']}, session inconnue → il y a {known}"
            return {"draft": [{**common, "refused": refused}]}
        return {
            "draft": [{**common, "state": draft["state"]}],
            "draft_text": [
                *({**common, **{name: edit[name] for name in ("key", "text", "based_on")}} for edit in draft["edits"]),
                *({**common, "key": key, "based_on": RESTORED} for key in draft["restored"]),
                *({**common, "key": key} for key in draft["untouched"]),
            ],
            "draft_warning": [{"sha256": reception.sha256, "message": line} for line in draft["warnings"]],
        }
