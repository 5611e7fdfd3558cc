"""The entries of the audit trail for files, decisions and mails, made from what is on disk.

The landing is asked, not the moment: a process that died between keeping a file and noting it is made good by the next
run, and nothing is noted twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from exports.mail import Outbox, Parcel, Record, State
from orchestration.services.audit.audit import Action, AuditTrail, Deed, decided, dropped
from orchestration.services.runtime.paths import Paths, now
from sources.landing.rows import rows_of
from sources.landing.store import Landing, Reading


def settle_dropped(paths: Paths, landing: Landing, *, via: str, clock: Callable[[], datetime] = now) -> int:
    """Note every received file that the trail does not name yet; how many. The caller holds the writer's lock."""
    trail = AuditTrail.of(paths, clock)
    known = {entry.detail.get("sha256") for entry in trail.entries() if entry.action == Action.DROPPED}
    news = [reception for reception in landing.receptions() if reception.sha256 not in known]
    deeds = [
        dropped(
            partner=item.folder,
            name=item.file_name,
            sha256=item.sha256,
            channel=item.channel,
            received_at=item.received_at.isoformat(),
        )
        for item in sorted(news, key=lambda item: (item.archived_at, item.sha256))
    ]
    return len(trail.extend(deeds, via=via))


def settle_decided(paths: Paths, readings: Sequence[Reading], *, via: str, clock: Callable[[], datetime] = now) -> int:
    """Note every decision and reading of the given files that the trail does not name yet; how many."""
    trail = AuditTrail.of(paths, clock)
    entries = (entry for entry in trail.entries() if entry.action == Action.DECIDED)
    known = {
        (entry.detail.get("sha256"), entry.detail.get("subject"), entry.detail.get("decision")) for entry in entries
    }
    deeds = []
    for reading in readings:
        decisions = [
            (f"{row['subject_kind']} {row['subject_key']}", row["decision"], row)
            for row in rows_of([reading], "decision")
        ]
        decisions += [(f"reading {row['commitment_id']}", row["status"], row) for row in rows_of([reading], "reading")]
        deeds += [
            decided(
                session_code=row["session_code"] or "",
                subject=subject,
                decision=decision,
                role=row["author_role"],
                sha256=reading.sha256,
            )
            for subject, decision, row in decisions
            if (reading.sha256, subject, decision) not in known
        ]
    return len(trail.extend(deeds, via=via))


def vanished(paths: Paths, landing: Landing) -> list[str]:
    """One line for each file that the trail has as received and the landing does not know any more."""
    known = {reception.sha256 for reception in landing.receptions()}
    entries = (entry for entry in AuditTrail.of(paths).entries() if entry.action == Action.DROPPED)
    return [
        f"{entry.detail.get('file')} of {entry.detail.get('partner') or entry.detail.get('channel')} "
        f"(received {entry.detail.get('received_at', '')[:10]}, {entry.detail.get('sha256', '')[:12]}) is in the trail "
        "and not in the landing; restore it from the backup"
        for entry in entries
        if entry.detail.get("sha256") not in known
    ]


def settle_sent(outbox: Outbox, trail: AuditTrail, *packages: Parcel, via: str) -> None:
    """Bring to the trail what the outbox knows was sent: also what a crash left out the last time."""
    known = {(entry.detail.get("message_id"), entry.detail.get("attempt"), entry.action) for entry in trail.entries()}
    records = [record for package in packages for record in outbox.edition(package.session_code, package.edition)]
    deeds = [
        Deed(action, record.session_code, _detail(record))
        for record in records
        if (action := _ACTIONS.get(record.state)) is not None
        and (record.message_id, str(record.attempts), action.value) not in known
    ]
    trail.extend(deeds, via=via)


_ACTIONS = {State.SENT: Action.SENT, State.ASSUMED_SENT: Action.ASSUMED_SENT}


def _detail(record: Record) -> dict[str, str]:
    """What was sent to whom: the recipient by key and masked, for the trail can never forget an address."""
    return {
        "edition": record.edition,
        "contents_sha256": record.contents,
        "recipient": record.masked,
        "recipient_key": record.recipient_key,
        "message_id": record.message_id,
        "attempt": str(record.attempts),
        "sent_at": record.at,
    }
