"""Why an action is late, in a few words: what makes it so, until when, and since when nothing new is known."""

from exports.content.facts import words
from exports.marts import Action, ActionStatus, Commitment, SessionMarts
from exports.model import Text
from sources.french import typography as typo


def why_late(marts: SessionMarts, action: Action) -> Text:
    """« (CNAM) : échéance passée (2024), nouvelle date : 2025 »."""
    row = marts.status_by_action[action.action_code]
    late = [item for item in marts.commitments_of(action.action_code) if item.status == "late"]
    silence = f"sans nouvelle depuis le {row.last_news_in}" if row.reason == "nothing_new" and row.last_news_in else ""
    parts = (_cause(row, late), _later_date(late), silence)
    return words(f" ({action.lead_partner}) : {', '.join(part for part in parts if part)}")


def _cause(row: ActionStatus, late: list[Commitment]) -> str:
    """A decision, deadlines that passed, its lead's own word, the slowest path, a reading, or an earlier session."""
    if row.arbitrated_status:
        return "retard arbitré"
    if passed := [
        typo.date(item.deadline, item.deadline_precision) for item in late if item.is_overdue and item.deadline
    ]:
        return f"échéance passée ({typo.joined(sorted(set(passed)))})"
    if row.declared_status == "late":
        by = f"déclaré par {row.declared_by}" if row.declared_by else "déclaré"
        return "retard dit par le rapport publié" if row.declared_source == "progress_report" else f"retard {by}"
    return _on_the_path(late) or _without_a_path(row, late)


def _on_the_path(late: list[Commitment]) -> str:
    """How far the slowest target has come, and how far it should be; at best where no start is known."""
    rates = [(item.progress_rate, item.expected_rate or 0) for item in late if item.progress_rate is not None]
    if rates:
        reached, expected = min(rates)
        return f"{typo.percent(reached)} du chemin fait, {typo.percent(expected)} attendus le jour de la mesure"
    shares = [(item.share_of_target or 0, item.least_expected_rate or 0) for item in late if item.reason == "at_best"]
    if shares:
        share, least = min(shares)
        return f"{typo.percent(share)} de la cible, au moins {typo.percent(least)} attendus"
    return ""


def _without_a_path(row: ActionStatus, late: list[Commitment]) -> str:
    if row.carried_from:
        return f"retard du {row.carried_from}, que rien n’a levé"
    return "retard lu dans un texte publié" if any(item.basis == "read" for item in late) else "retard déclaré"


def _later_date(late: list[Commitment]) -> str:
    """The furthest later date given for what is late."""
    dated = [(item.revised_deadline, item.revised_precision) for item in late if item.revised_deadline is not None]
    if not dated:
        return ""
    day, precision = max(dated, key=lambda item: item[0])
    return f"nouvelle date : {typo.date(day, precision)}"
