"""The layouts of review workbooks issued before: archived or dropped, they are read for ever."""

from dataclasses import replace

from sources.review.layout import (
    AUTHOR,
    CONFLICTS,
    DECISIONS,
    FACTS,
    READINGS,
    REVIEW_VERSION,
    SHEETS,
    ReviewSheet,
    given,
)
from sources.workbook.schema import Column

_STATUSES = ReviewSheet(
    name="Statuts",
    subject_kind="status",
    title="Arbitrage des statuts",
    intro="Un statut arbitré l’emporte sur le statut déclaré et sur le statut calculé.",
    key="key",
    columns=(
        given("key", "Action", 9),
        Column("decision", "Statut arbitré", "choice", 16, "Laissez vide pour garder le statut actuel."),
        *AUTHOR,
    ),
)


def _without(*keys: str) -> ReviewSheet:
    return replace(FACTS, columns=tuple(column for column in FACTS.columns if column.key not in keys))


_CONFLICTS = replace(CONFLICTS, subject_kind="former_conflict")  # validated, rejected, corrected

SHEETS_OF: dict[str, tuple[ReviewSheet, ...]] = {
    "1": (_without("new_period", "new_kpi"), _CONFLICTS, _STATUSES),
    "2": (_without("new_kpi"), CONFLICTS, READINGS, DECISIONS),
    REVIEW_VERSION: SHEETS,
}
