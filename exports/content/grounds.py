"""What a status rests on, in words: its basis, its reason, when it was kept, since when nothing new is known.

A status is never printed without them. What belongs here: those words, for a commitment and for an action, and the
remarks under a commitment. What does not: how a value, a date or a status itself is written (`facts`).
"""

import datetime as dt

from exports.content.facts import commitment_status
from exports.marts import ActionStatus, Commitment, SessionMarts
from exports.model import Inlines, Text
from sources.french import typography as typo


def situation(marts: SessionMarts, row: Commitment) -> Inlines:
    """A commitment's status, with what it is taken from and why."""
    said = of_commitment(marts, row)
    return commitment_status(marts, row.status), *((Text(f" {said}", "muted"),) if said else ())


#: reasons that say why nothing can be stated, and those that say what a verdict rests on
_UNKNOWN = frozenset({"not_reported", "in_progress", "unconfirmed"})
_TELLING = frozenset({"at_best", "approximate", "unproven", "too_old"})


def of_commitment(marts: SessionMarts, row: Commitment) -> str:
    """A commitment's basis, reason and delay: « mesure, constaté 11 mois après l’échéance »."""
    is_published = row.basis == "declared" and is_rebuilt(marts, row.actual_source_ref)
    said = [_basis(marts, row.basis, row.carried_from, is_published=is_published)]
    if row.reason in _TELLING or (row.status in _UNKNOWN and row.reason != "nothing_new"):
        said.append(reason(marts, row.reason))
    said += [success(row), _silence(row.status, row.reason, row.last_news_in, marts)]
    return ", ".join(part for part in said if part)


def of_action(marts: SessionMarts, row: ActionStatus) -> str:
    """What an action's status is taken from, its reason, and since when nothing new was received."""
    is_published = row.basis == "declared" and row.declared_source == "progress_report"
    said = [_basis(marts, row.basis, row.carried_from, is_published=is_published)]
    if row.reason in _TELLING or row.final_status in _UNKNOWN:
        said.append("" if row.reason == "nothing_new" else action_reason(marts, row))
    said.append(_silence(row.final_status, row.reason, row.last_news_in, marts))
    return ", ".join(part for part in said if part)


def action_reason(marts: SessionMarts, row: ActionStatus) -> str:
    """Why an action has no verdict; a text that says nothing of where its promises are is a reason of its own."""
    if row.final_status == "in_progress" and row.reason == "no_observation":
        return "texte sans mesure ni état"
    return reason(marts, row.reason)


def _basis(marts: SessionMarts, basis: str | None, carried_from: str | None, *, is_published: bool) -> str:
    if basis is None:
        return ""
    if is_published:
        return "rapport publié"
    said = marts.label("basis", basis).lower()
    return f"{said} du {carried_from}" if basis == "carried" and carried_from else said


def _silence(code: str, reason_code: str | None, last_news_in: str | None, marts: SessionMarts) -> str:
    """« sans nouvelle depuis le CNS-12 », of what is known only by older facts; what is achieved needs no news."""
    is_silent = reason_code == "nothing_new" or last_news_in not in {None, marts.session.session_code}
    if code == "achieved" or not last_news_in or not is_silent:
        return ""
    return f"sans nouvelle depuis le {last_news_in}"


def success(row: Commitment) -> str:
    """« 11 mois après l’échéance », and that a later value fell under the target again."""
    parts = []
    if row.status == "achieved" and row.achieved_on and row.deadline and (row.delay_days or 0) > 0:
        counted = _delay(row.deadline, row.deadline_precision, row.achieved_on, row.achieved_precision)
        parts.append(f"{counted} après l’échéance" if counted else "")
    if row.fell_back:
        parts.append("repassé depuis sous la cible")
    return ", ".join(part for part in parts if part)


def done(row: Commitment) -> str:
    """« fait en avril 2024, 1 mois après l’échéance »; « constaté » where only a measure shows it."""
    verb = "constaté" if row.basis == "measure" else "fait"
    when = f"{verb} {typo.on(row.achieved_on, row.achieved_precision)}" if row.achieved_on else ""
    return ", ".join(part for part in (when, success(row)) if part)


def _delay(deadline: dt.date, due_precision: str | None, on: dt.date, precision: str | None) -> str:
    """The time between two dates, no finer than the day of success was stated; a deadline expires on its last day."""
    months = (on.year - deadline.year) * 12 + on.month - deadline.month
    match precision or "day":
        case "year":
            return _counted(on.year - deadline.year, "an")
        case "semester":
            return _counted(months // 6, "semestre")
        case "quarter":
            return _counted(months // 3, "trimestre")
        case "day" if months == 0 and (due_precision or "day") == "day":
            return _counted((on - deadline).days, "jour")
    return _counted(months, "mois")


def _counted(count: int, noun: str) -> str:
    return typo.counted(count, noun) if count > 0 else ""


def is_rebuilt(marts: SessionMarts, source_ref: str | None) -> bool:
    """Whether a source was rebuilt from a published report, or is one: nobody sent it."""
    source = marts.source_by_ref.get(source_ref or "")
    return source is not None and (source.origin == "reconstituted" or source.source_type == "progress_report")


def reason(marts: SessionMarts, code: str | None) -> str:
    """Why there is no verdict or no rate, in a few words."""
    return marts.label("reason", code).lower() if code else "—"


def remarks(marts: SessionMarts, row: Commitment) -> list[str]:
    """What a commitment’s line has no room for: official wording, other reading, what was read, decided, proved."""
    said = []
    if row.official_wording:
        said.append(f"libellé officiel, « {row.official_wording} »")
    if row.deadline_other_reading is not None:
        said.append(f"l’échéance écrite peut aussi se lire {typo.date(row.deadline_other_reading)}")
    if row.baseline_source and row.progress_rate is not None:
        said.append(f"point de départ, {row.baseline_source}")
    if row.read_place and (row.read_status or row.basis in {"read", "carried"}):
        said.append(_reading(row))
    if row.arbitrated_status:
        by = f" par {row.arbitrated_by}" if row.arbitrated_by else ""
        on = f" le {typo.date(row.arbitrated_on)}" if row.arbitrated_on else ""
        against = f" Écarté : {row.arbitration_overruled}." if row.arbitration_overruled else ""
        said.append(f"arbitré{by}{on}, {typo.sentence(row.arbitration_reason or 'sans motif écrit')}{against}")
    if row.evidence:
        is_published = is_rebuilt(marts, row.actual_source_ref)
        said.append(f"{'selon le rapport publié' if is_published else 'preuve donnée'}, {row.evidence}")
    return said


def _reading(row: Commitment) -> str:
    """What was read; who read it, where and when is in the annex of readings."""
    return typo.sentence(f"lecture : {row.read_note}" if row.read_note else f"lecture, {row.read_place}")[:-1]


def readings(marts: SessionMarts) -> list[Commitment]:
    """The commitments whose status was read in a text."""
    bases = {"read", "carried"}
    return [row for row in marts.commitments if row.read_place and (row.read_status or row.basis in bases)]
