"""What blocks the final state of a session, in words: the rules of `exports.readiness` on the readers' copy."""

from collections.abc import Sequence

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.drafts import edits_of
from orchestration.services.session.drafts_reader import DraftsReader
from orchestration.services.session.waivers import (
    NUMBER,
    WaiverError,
    WaiverOrder,
    require_known,
    waived_of,
    waivers_for,
)
from sources.landing.store import Landing
from sources.reference.roadmap import load_reference


def final_blockers(paths: Paths, session_code: str, failed_checks: Sequence[str] = ()) -> list[str]:
    """Everything that blocks, one line each with its fix, in French; the recorded waivers are taken into account."""
    from exports.readiness import blockers
    from exports.stated import stated

    landing = Landing(paths.home)
    edits = edits_of(landing, DraftsReader(paths, load_reference(paths.seeds)), session_code)
    marts = stated(paths.marts, session_code, edits=edits)
    accepted = waivers_for(marts, waived_of(landing, session_code))
    return [blocker.line for blocker in blockers(marts, waivers=accepted, failed_checks=failed_checks)]


def open_contradictions(paths: Paths, session_code: str) -> list[str]:
    """One line for each contradiction between sources that no arbitration has settled at the session's cut-off."""
    from exports.marts import read_marts
    from exports.readiness import contradictions

    return [blocker.line for blocker in contradictions(read_marts(paths.marts, session_code))]


def require_needed(paths: Paths, session_code: str, order: WaiverOrder) -> None:
    """WaiverError for an absence nobody has to accept: the contribution came, or none is asked of that partner.

    Recorded, it would accept a later absence that nobody has examined.
    """
    from exports.marts import read_marts
    from exports.readiness import missing_leads

    require_known(order.subjects, load_reference(paths.seeds))
    if not order.subjects or not paths.marts.is_file():
        return
    missing = missing_leads(read_marts(paths.marts, session_code))
    needed = {action.action_code for action in missing} | {action.lead_partner for action in missing}
    for subject in order.subjects:
        if subject not in needed and not NUMBER.fullmatch(subject):
            listed = ", ".join(sorted({action.lead_partner for action in missing})) or "aucun"
            raise WaiverError(
                f"aucune contribution de « {subject} » ne manque pour {session_code} → retirez cette dispense "
                f"(pilotes manquants : {listed})"
            )
