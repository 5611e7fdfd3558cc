"""What keeps a session from its final state, in words: the rules of `exports.readiness` on the readers' copy."""

from collections.abc import Sequence

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.waivers import waived_of, waivers_for
from sources.landing.store import Landing


def final_blockers(paths: Paths, session_code: str, failed_checks: Sequence[str] = ()) -> list[str]:
    """Everything that blocks, one line each with its mend, in French; the waivers kept are taken into account."""
    from exports.marts import read_marts
    from exports.readiness import blockers

    marts = read_marts(paths.marts, session_code)
    accepted = waivers_for(marts, waived_of(Landing(paths.home), session_code))
    return [blocker.line for blocker in blockers(marts, waivers=accepted, failed_checks=failed_checks)]


def open_contradictions(paths: Paths, session_code: str) -> list[str]:
    """One line for each contradiction between sources that no arbitration has settled at the session's cut-off."""
    from exports.marts import read_marts
    from exports.readiness import contradictions

    return [blocker.line for blocker in contradictions(read_marts(paths.marts, session_code))]
