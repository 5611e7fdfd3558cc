"""A session's deliverables in three lines, and what blocks their final state, for a notice."""

import json

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.readiness import final_blockers
from sources.landing.store import LandingError


def what_it_says(paths: Paths, session_code: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Headline and blockers; nothing, and None, where they cannot be read: a notice leaves all the same."""
    from exports.manifest import FILE_NAME
    from exports.marts import MartsError

    try:
        manifest = json.loads((paths.deliverables(session_code) / FILE_NAME).read_text(encoding="utf-8"))
        headline = tuple(map(str, manifest.get("headline", ())))
    except (OSError, ValueError, AttributeError, TypeError):
        headline = ()
    try:
        return headline, tuple(final_blockers(paths, session_code))
    except (MartsError, LandingError, OSError):
        return headline, None
