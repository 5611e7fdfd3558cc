"""Missing contributions the DNS accepts: each a small file in the landing, with who decided, when and why.

A waiver names a partner, for every action it leads, one action, or a number of an edited text (« 8-4=35000 »). It
holds as long as the contribution is missing, or the number contradicts the table: after that there is nothing left to
accept, and nothing is printed. The last word on a subject counts.
"""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.services.runtime.paths import PARIS
from sources.landing.store import Channel, Landing
from sources.reference.roadmap import Reference

if TYPE_CHECKING:
    from exports.content.release import Waiver
    from exports.marts import SessionMarts

CHANNEL: Channel = "waivers"
#: a number of an edited text that the tables contradict: « 8-4=35000 »
NUMBER = re.compile(r"(?:\d+-\d+|P\d\d)=\S+")


class WaiverError(ValueError):
    """The waiver cannot be taken; the message, in French, names why and the fix."""


@dataclass(frozen=True)
class Waived:
    """One decision: the subject is a partner's code or an action's; role and reason are required."""

    session_code: str
    subject: str
    reason: str
    author_role: str
    decided_on: dt.date


def paired(subjects: Sequence[str], reasons: Sequence[str]) -> list[tuple[str, str]]:
    """Each subject with its reason: one reason for all of them, or one each. WaiverError otherwise."""
    given = [reason.strip() for reason in reasons]
    if subjects and (not given or not all(given)):
        raise WaiverError("une dispense demande un motif → ajoutez --reason « … »")
    if len(given) not in {1, len(subjects)}:
        raise WaiverError(
            f"{len(subjects)} dispenses et {len(given)} motifs → un motif pour toutes, ou un pour chacune"
        )
    return list(zip(subjects, given if len(given) == len(subjects) else given * len(subjects), strict=True))


def require_known(subjects: Sequence[str], reference: Reference) -> None:
    """WaiverError for a subject that is neither a partner nor an action of the reference."""
    for subject in subjects:
        is_number = NUMBER.fullmatch(subject) is not None
        if subject not in reference.partners and subject not in reference.actions and not is_number:
            known = ", ".join(reference.partners)
            raise WaiverError(f"« {subject} » n’est ni un partenaire ni une action → les partenaires sont {known}")


@dataclass(frozen=True)
class WaiverOrder:
    """Waivers as they are asked for: subjects, their reasons (one for all, or one each), who accepts, as a role."""

    subjects: Sequence[str] = ()
    reasons: Sequence[str] = ()
    author_role: str = "DNS"


NO_WAIVER = WaiverOrder()


def record_waivers(home: Path, session_code: str, order: WaiverOrder, reference: Reference, at: dt.datetime) -> None:
    """Record every waiver of an order, or none when one cannot be taken (WaiverError). The caller holds the lock."""
    require_known(order.subjects, reference)
    if order.subjects and not order.author_role.strip():
        raise WaiverError("une dispense demande la fonction de qui décide → ajoutez --role « … »")
    pairs = paired(order.subjects, order.reasons)
    if not pairs:
        return
    landing, decided_on = Landing(home).open(), at.astimezone(PARIS).date()
    for subject, reason in pairs:
        record_waiver(landing, Waived(session_code, subject, reason, order.author_role, decided_on), at)


def record_waiver(landing: Landing, waived: Waived, received_at: dt.datetime) -> None:
    """Archive one decision. The caller holds the writer's lock; the same decision twice is stored once."""
    content = asdict(waived) | {"decided_on": waived.decided_on.isoformat()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{waived.session_code}_{waived.subject.replace('/', '-').replace(' ', '-')}.json"
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        landing.receive(path, channel=CHANNEL, received_at=received_at)


def waived_of(landing: Landing, session_code: str) -> list[Waived]:
    """The decisions of a session that count: the last one on each subject."""
    found: dict[str, Waived] = {}
    for reception in landing.current(CHANNEL):
        row = json.loads(landing.original(reception).read_text(encoding="utf-8"))
        if row["session_code"] == session_code:
            found[row["subject"]] = Waived(**{**row, "decided_on": dt.date.fromisoformat(row["decided_on"])})
    return list(found.values())


def waivers_for(marts: "SessionMarts", waived: Sequence[Waived]) -> tuple["Waiver", ...]:
    """What the decisions accept today, action by action: what is still missing and was waived.

    A decision on an action goes before one on its lead.
    """
    from exports.content.release import Waiver
    from exports.contradictions import contradictions
    from exports.readiness import missing_leads

    by_subject = {row.subject: row for row in waived}
    found = []
    for action in missing_leads(marts):
        row = by_subject.get(action.action_code) or by_subject.get(action.lead_partner)
        if row is not None:
            found.append(Waiver(action.action_code, row.reason, row.author_role, row.decided_on))
    subjects = [number.subject for number in contradictions(marts) if number.subject in by_subject]
    accepted = [(subject, by_subject[subject]) for subject in subjects]
    found += [Waiver(subject, row.reason, row.author_role, row.decided_on) for subject, row in accepted]
    return tuple(found)
