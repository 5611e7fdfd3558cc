"""The state of a session, and what its deliverables are rendered from beside the marts.

`open`, `closed` and `draft` are stated by the reference; `final` by the last rendering; `published` by a snapshot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.services.reception.previous import session_before
from orchestration.services.runtime.paths import Paths
from orchestration.services.session import waivers
from orchestration.services.session.appearance import NEUTRAL_THEME, dashboard_theme, template_of
from orchestration.services.session.drafts import edits_of
from orchestration.services.session.drafts_reader import DraftsReader
from orchestration.services.session.rendering_record import rendered_state
from orchestration.services.session.waivers import Waived
from sources.landing.store import Landing
from sources.reference.roadmap import Reference, Session

if TYPE_CHECKING:
    from exports.edits import Edit
    from exports.marts import SessionMarts

DRAFT, FINAL, PUBLISHED = "draft", "final", "published"


def published_versions(paths: Paths, session_code: str) -> tuple[int, ...]:
    """The published versions of a session, first to last."""
    from exports import snapshot

    return snapshot.versions(paths.snapshots, session_code)


def state_of(paths: Paths, session: Session) -> str:
    """`published`, `final`, or the state of the reference."""
    if published_versions(paths, session.session_code):
        return PUBLISHED
    return FINAL if rendered_state(paths.deliverables(session.session_code)) == FINAL else session.state


def sessions_in_draft(paths: Paths, session_codes: Iterable[str]) -> list[str]:
    """The sessions of which there is a draft: rendered, neither final nor published since."""
    return [
        code
        for code in session_codes
        if rendered_state(paths.deliverables(code)) == DRAFT and not published_versions(paths, code)
    ]


@dataclass(frozen=True)
class RenderInputs:
    """What a session's next version is rendered from, beside the marts.

    `template` is the DNS's own (`modele-rapport.docx` of the home), None for the one of the project; `previous` the
    snapshot of the session before, None when it was not published; `theme` the dashboard's (JALON_DASHBOARD_THEME).
    """

    session_code: str
    version: int
    edits: tuple["Edit", ...]
    waived: tuple[Waived, ...]
    template: Path | None
    previous: Path | None
    theme: str = NEUTRAL_THEME

    @property
    def decides(self) -> Mapping[str, Any]:
        """All of it as a key takes it: the snapshot before by its name, since it never changes."""
        return {**vars(self), "previous": self.previous and self.previous.parts[-2:]}

    def previous_facts(self) -> "SessionMarts | None":
        """The session before as it was published; None when it was not. SnapshotError when its snapshot is damaged."""
        from exports import snapshot

        if self.previous is None:
            return None
        snapshot.verify(self.previous)
        return snapshot.marts_of(self.previous)


def render_inputs_of(paths: Paths, session_code: str, reference: Reference) -> RenderInputs:
    """What a session's next version is rendered from now."""
    from exports import snapshot

    landing = Landing(paths.home)
    versions = published_versions(paths, session_code)
    held_before = session_before(paths.marts, session_code)
    before = snapshot.latest(paths.snapshots, held_before.code) if held_before else None
    template = template_of(paths)
    return RenderInputs(
        session_code=session_code,
        version=versions[-1] + 1 if versions else 1,
        edits=edits_of(landing, DraftsReader(paths, reference), session_code),
        waived=tuple(waivers.waived_of(landing, session_code)),
        template=template,
        previous=snapshot.folder_of(paths.snapshots, *before) if before else None,
        theme=dashboard_theme(),
    )
