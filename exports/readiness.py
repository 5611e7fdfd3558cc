"""What keeps a session from its final state: contradictions, blocking checks, missing leads' contributions."""

from collections.abc import Sequence

from exports import typography as typo
from exports.content.release import Waiver
from exports.marts import SessionMarts


class NotReadyError(ValueError):
    """The session may not be final nor published; `reasons` says everything that blocks, in French."""

    def __init__(self, session_code: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"{session_code} ne peut pas être finale : {' ; '.join(reasons)}")


def blockers(
    marts: SessionMarts, *, waivers: Sequence[Waiver] = (), failed_checks: Sequence[str] = ()
) -> tuple[str, ...]:
    """Everything that blocks, one line each; a waiver lets one action go without its lead's contribution."""
    return (*_contradictions(marts), *_missing(marts, {row.action_code for row in waivers}), *_checks(failed_checks))


def require_ready(marts: SessionMarts, *, waivers: Sequence[Waiver] = (), failed_checks: Sequence[str] = ()) -> None:
    """NotReadyError while something blocks."""
    if reasons := blockers(marts, waivers=waivers, failed_checks=failed_checks):
        raise NotReadyError(marts.session.session_code, reasons)


def _contradictions(marts: SessionMarts) -> list[str]:
    found = []
    for row in marts.conflicts:
        if row.is_blocking:
            kpi = marts.kpi_by_id.get(row.kpi_id)
            unit = kpi.unit if kpi else None
            one = f"{typo.quantity(row.value_a, unit, row.qualifier_a)} ({row.source_a})"
            other = f"{typo.quantity(row.value_b, unit, row.qualifier_b)} ({row.source_b})"
            label = kpi.label if kpi else row.kpi_id
            found.append(f"contradiction à arbitrer : {label} ({row.kpi_id}), {one} ou {other}")
    return found


def _missing(marts: SessionMarts, waived: set[str]) -> list[str]:
    sent = {(row.action_code, row.partner_code) for row in marts.contributions if row.source_kind == "submission"}
    return [
        f"contribution du pilote manquante : {action.action_code}, {action.lead_partner}"
        for action in marts.actions
        if (action.action_code, action.lead_partner) not in sent and action.action_code not in waived
    ]


def _checks(failed: Sequence[str]) -> list[str]:
    return [f"contrôle bloquant en échec : {check}" for check in failed]
