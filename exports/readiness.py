"""What keeps a session from its final state: contradictions, blocking checks, missing leads' contributions."""

from collections.abc import Sequence

from msgspec import Struct

from exports.content.release import Waiver
from exports.contradictions import contradictions as contradicted
from exports.marts import Action, SessionMarts
from sources.command_line import command
from sources.french import typography as typo


class Blocker(Struct, frozen=True):
    """One thing that blocks, and what to do about it, both in French."""

    text: str
    fix: str

    @property
    def line(self) -> str:
        """What blocks and its fix, on one line."""
        return typo.spaced(f"{self.text} → {self.fix}")


class NotReadyError(ValueError):
    """The session may not be final nor published; `reasons` says everything that blocks, one line each, in French."""

    def __init__(self, session_code: str, blockers: Sequence[Blocker]) -> None:
        self.reasons = tuple(blocker.line for blocker in blockers)
        super().__init__(f"{session_code} ne peut pas être finale : {' ; '.join(self.reasons)}")


def blockers(
    marts: SessionMarts, *, waivers: Sequence[Waiver] = (), failed_checks: Sequence[str] = ()
) -> tuple[Blocker, ...]:
    """Everything that blocks; a waiver lets one action go without its lead's contribution."""
    waived = {row.action_code for row in waivers}
    return (*contradictions(marts), *_numbers(marts, waived), *_missing(marts, waived), *_checks(failed_checks))


def require_ready(marts: SessionMarts, *, waivers: Sequence[Waiver] = (), failed_checks: Sequence[str] = ()) -> None:
    """NotReadyError while something blocks."""
    if found := blockers(marts, waivers=waivers, failed_checks=failed_checks):
        raise NotReadyError(marts.session.session_code, found)


def contradictions(marts: SessionMarts) -> tuple[Blocker, ...]:
    """Each pair of sources that cannot both be right, and on which nobody decided."""
    export = command("review", "--session", marts.session.session_code, "--export", "revue.xlsx")
    fix = f"décidez avec « {export} »"
    found = []
    for row in marts.conflicts:
        if row.is_blocking:
            kpi = marts.kpi_by_id.get(row.kpi_id)
            unit = kpi.unit if kpi else None
            one = f"{typo.quantity(row.value_a, unit, row.qualifier_a)} ({row.source_a})"
            other = f"{typo.quantity(row.value_b, unit, row.qualifier_b)} ({row.source_b})"
            label = kpi.label if kpi else row.kpi_id
            found.append(Blocker(f"contradiction à arbitrer : {label} ({row.kpi_id}), {one} ou {other}", fix))
    return tuple(found)


def _numbers(marts: SessionMarts, accepted: set[str]) -> list[Blocker]:
    """Each number of the DNS's words that the tables contradict, and that nobody accepted."""
    asked = ("report", "--session", marts.session.session_code, "--waive")
    return [
        Blocker(
            f"chiffre d’un texte revu ({row.key}) : « {row.said} », le tableau dit {row.known}",
            f"corrigez le texte, ou acceptez-le avec « {command(*asked, row.subject, '--reason', 'chiffre vérifié')} »",
        )
        for row in contradicted(marts)
        if row.subject not in accepted
    ]


def missing_leads(marts: SessionMarts) -> tuple[Action, ...]:
    """The actions whose lead sent no contribution for the session."""
    sent = {(row.action_code, row.partner_code) for row in marts.contributions if row.source_kind == "submission"}
    return tuple(action for action in marts.actions if (action.action_code, action.lead_partner) not in sent)


def _missing(marts: SessionMarts, waived: set[str]) -> list[Blocker]:
    """One a lead, so that a partner who sent nothing is one line and one waiver."""
    by_lead: dict[str, list[str]] = {}
    for action in missing_leads(marts):
        if action.action_code not in waived:
            by_lead.setdefault(action.lead_partner, []).append(action.action_code)
    return [
        Blocker(
            f"contribution du pilote manquante : {lead} ({', '.join(codes)})",
            f"relancez {lead}, ou acceptez l’absence avec « {_waiving(marts.session.session_code, lead)} »",
        )
        for lead, codes in by_lead.items()
    ]


def _waiving(session_code: str, lead: str) -> str:
    """The command that accepts an absence; it makes a draft, and publishes nothing."""
    return command("report", "--session", session_code, "--waive", lead, "--reason", "contribution non reçue à temps")


def _checks(failed: Sequence[str]) -> list[Blocker]:
    fix = "corrigez, puis relancez le rapport de la session ; l’interface de Dagster en donne le détail"
    return [Blocker(f"contrôle bloquant en échec : {check}", fix) for check in failed]
