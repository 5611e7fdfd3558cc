"""Why an action is late, or will be: what makes it so, what holds it up in its partners' words, and until when."""

import datetime as dt

from exports.content import facts
from exports.content.facts import words
from exports.content.texts import shortened
from exports.marts import Action, ActionStatus, Commitment, SessionMarts
from exports.model import Inlines, Text
from sources.french import typography as typo
from sources.french.articles import by


def why_late(marts: SessionMarts, action: Action) -> Text:
    """« (CNAM) : échéance passée (2024), nouvelle date : 2025 ; le décret attend son arbitrage »."""
    late = late_commitments(marts, action)
    silence = "".join(f"sans nouvelle depuis le {session}" for session in silent(marts, [action]))
    told = ", ".join(part for part in (ground(marts, action), _later_date(late), silence) if part)
    held = obstacle(marts, action.action_code)
    return words(f" ({action.lead_partner}) : {told}" + (f" ; {held}" if held else ""))


def late_commitments(marts: SessionMarts, action: Action) -> list[Commitment]:
    """The commitments that make an action late; those at risk where none is (a delay of the action alone)."""
    rows = marts.commitments_of(action.action_code)
    return [row for row in rows if row.status == "late"] or [row for row in rows if row.status == "at_risk"]


def obstacle(marts: SessionMarts, action_code: str, most: int = 150) -> str:
    """What holds an action up, from « Risques et freins », its lead's first; empty where none.

    One longer than `most` characters is given by its first sentence, cut where it is longer still.
    """
    said = (row.risks for row in marts.contributions_of(action_code))
    text = next((" ".join(risks.split()) for risks in said if risks and risks.strip()), "")
    sentence, stop, _ = text.partition(". ")
    return shortened(sentence + stop.strip() if len(text) > most else text, most)


#: characters of an obstacle in a narrow cell
IN_A_CELL = 70


def ground(marts: SessionMarts, action: Action) -> str:
    """A decision, deadlines that passed, its lead's own word, the slowest path, a reading, or an earlier session."""
    row, late = marts.status_by_action[action.action_code], late_commitments(marts, action)
    if row.arbitrated_status:
        return "retard arbitré"
    if passed := [
        typo.date(item.deadline, item.deadline_precision) for item in late if item.is_overdue and item.deadline
    ]:
        return f"échéance passée ({typo.joined(sorted(set(passed)))})"
    if row.declared_status == "late":
        said = f"déclaré {by(row.declared_by)}" if row.declared_by else "déclaré"
        return "retard dit par le rapport publié" if row.declared_source == "progress_report" else f"retard {said}"
    return _on_the_path(late) or _without_a_path(row, late)


def _on_the_path(late: list[Commitment]) -> str:
    """How far the slowest target has come, and how far it should be; at best where no start is known."""
    rates = [(item.progress_rate, item.expected_rate or 0) for item in late if item.progress_rate is not None]
    if rates:
        reached, expected = min(rates)
        return f"{typo.percent(reached, 0)} du chemin fait, {typo.percent(expected, 0)} attendus le jour de la mesure"
    shares = [(item.share_of_target or 0, item.least_expected_rate or 0) for item in late if item.reason == "at_best"]
    if shares:
        share, least = min(shares)
        return f"{typo.percent(share, 0)} de la cible, au moins {typo.percent(least, 0)} attendus"
    return ""


def _without_a_path(row: ActionStatus, late: list[Commitment]) -> str:
    if row.carried_from:
        return f"retard reconduit du {row.carried_from}, que rien n’a levé"
    return "retard lu dans un texte publié" if any(item.basis == "read" for item in late) else "retard déclaré"


def _later_date(late: list[Commitment]) -> str:
    row = latest_date(late)
    if row is None or row.revised_deadline is None:
        return ""
    return f"nouvelle date : {typo.date(row.revised_deadline, row.revised_precision)}"


def latest_date(rows: list[Commitment]) -> Commitment | None:
    """The commitment with the furthest later date given; None where nobody gave one."""
    dated = [row for row in rows if row.revised_deadline is not None]
    return max(dated, key=lambda row: row.revised_deadline or dt.date.min) if dated else None


def retained(rows: list[Commitment]) -> Inlines:
    """The furthest later date given for these commitments, with its key; or that none was announced."""
    row = latest_date(rows)
    return facts.revised(row) if row else (Text("non annoncée", "muted"),)


def cause(marts: SessionMarts, action: Action) -> str:
    """Why, in a cell: the ground, then what holds the action up where a partner says it."""
    held = obstacle(marts, action.action_code, IN_A_CELL)
    return f"{typo.sentence(ground(marts, action))} {typo.sentence(held)}".strip()


def unexplained(marts: SessionMarts, actions: list[Action]) -> list[Action]:
    """Those of which no partner says what holds them up."""
    return [action for action in actions if not obstacle(marts, action.action_code)]


def silent(marts: SessionMarts, actions: list[Action]) -> dict[str, list[Action]]:
    """Those of which nothing new is known, by the session of the last news."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        row = marts.status_by_action[action.action_code]
        if row.reason == "nothing_new" and row.last_news_in:
            found.setdefault(row.last_news_in, []).append(action)
    return found
