"""What a partner's earlier files of a session confirmed: a comment left in the workbook confirms no later value."""

from orchestration.services.reception.check import partner_of_folder
from quality.facts import Confirmed, ConfirmedBefore, is_confirmed
from sources.french.folding import fold_words
from sources.landing.store import Landing, Reception
from sources.reference.roadmap import Reference


def confirmed_before(landing: Landing, reference: Reference, reception: Reception | None = None) -> ConfirmedBefore:
    """What the files that a partner sent before `reception` confirmed, by comment; all of its files when it is None."""
    from sources.landing.rows import rows_of

    def of(session_code: str, partner_code: str) -> Confirmed:
        readings = [
            reading
            for item in landing.current("submissions")
            if partner_of_folder(reference, item.folder) == partner_code
            and (reception is None or item.received_at < reception.received_at)
            for reading in landing.readings(item)[-1:]
        ]
        confirmed: dict[tuple[str, str], dict[str, frozenset[float]]] = {}
        for row in rows_of(readings, "measurement"):
            if row["session_code"] == session_code and row["value"] is not None and is_confirmed(row["comment"]):
                comments = confirmed.setdefault((row["kpi_id"], row["territory_code"]), {})
                comment = fold_words(row["comment"])
                comments[comment] = comments.get(comment, frozenset()) | {row["value"]}
        return confirmed

    return of
