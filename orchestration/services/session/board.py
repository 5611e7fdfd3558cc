"""The partner board of a session, for the command line and the UI: what `mart_partner_completeness` says, in order."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.services.warehouse.database import open_marts

HEADERS = ("partenaire", "attendu", "reçu", "à l’heure", "à corriger", "validé", "manquant")


@dataclass(frozen=True)
class PartnerLine:
    """One partner: items asked for, received, to correct, validated, missing; the mart defines each of them.

    `is_on_time` is None when nothing usable came.
    """

    partner: str
    expected: int
    received: int
    is_on_time: bool | None
    to_correct: int
    validated: int
    missing: int


def board_of(marts: Path, session_code: str) -> list[PartnerLine]:
    """The lines of a session from the readers' copy, by partner."""
    with open_marts(marts) as connection:
        rows = connection.execute(
            "select partner_code, items_expected, items_received, is_on_time, items_to_correct, items_validated, "
            "items_missing from marts.mart_partner_completeness where session_code = ? order by partner_code",
            [session_code],
        ).fetchall()
    return [PartnerLine(*row) for row in rows]


def cells_of(line: PartnerLine) -> tuple[str, ...]:
    """A line as the texts that stand under HEADERS."""
    on_time = {True: "oui", False: "non", None: "—"}[line.is_on_time]
    counts = (line.to_correct, line.validated, line.missing)
    return (line.partner, str(line.expected), str(line.received), on_time, *map(str, counts))
