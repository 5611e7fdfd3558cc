"""The reader of edited drafts: their texts, or the reason why nothing can be taken, for whoever dropped them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from orchestration.services.reception.reader import reading_key

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.services.runtime.paths import Paths
    from sources.landing.store import Channel, Reception, Rows
    from sources.reference.roadmap import Reference

CHANNEL: "Channel" = "drafts"
#: what a text without words is based on, where the partner's own were put back
RESTORED = "restored"


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

    def read(self, path: "Path", reception: "Reception") -> "Mapping[str, Rows]":
        """The rows of one draft; a file that is none is a draft refused."""
        from exports.edits import EditsError, read_draft

        try:
            returned = read_draft(path)
        except EditsError as error:
            return {"draft": [{"sha256": reception.sha256, "refused": str(error)}]}
        session_code = returned.session_code
        if session_code not in self.reference.sessions:
            known = ", ".join(self.reference.sessions)
            refused = f"{path.name} est un brouillon de {session_code}, session inconnue → il y a {known}"
            return {"draft": [{"sha256": reception.sha256, "session_code": session_code, "refused": refused}]}
        told = {"sha256": reception.sha256, "session_code": session_code}
        texts = [{**told, "key": edit.key, "text": edit.text, "based_on": edit.based_on} for edit in returned.edits]
        return {
            "draft": [{**told, "state": returned.state}],
            "draft_text": [
                *texts,
                *({**told, "key": key, "based_on": RESTORED} for key in returned.restored),
                *({**told, "key": key} for key in returned.untouched),
            ],
            "draft_warning": [{"sha256": reception.sha256, "message": line} for line in returned.warnings],
        }
