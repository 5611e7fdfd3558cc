"""The review workbook's layout, as data: sheets, columns, lists. Writer and reader take everything from here."""

from dataclasses import dataclass

from sources.workbook.schema import Column

REVIEW_KIND = "jalon/revue"
REVIEW_VERSION = "1"
CONTROL_SHEET = "_jalon"
GUIDE_SHEET = "Lisez-moi"
HEADER_ROW = 3  # counted from 0

FACT_DECISIONS = {"validated": "validé", "rejected": "rejeté", "corrected": "corrigé"}


@dataclass(frozen=True)
class ReviewSheet:
    """One sheet: what its rows decide on, which column names a row, which holds the decision and the value."""

    subject_kind: str
    name: str
    title: str
    intro: str
    key: str
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """The column of that key. StopIteration when the sheet has none."""
        return next(column for column in self.columns if column.key == key)


def _given(key: str, header: str, width: float, note: str = "") -> Column:
    return Column(key, header, "label", width, note or "Rempli d’avance.", locked=True)


_AUTHOR = (
    Column("author_role", "Décideur (rôle)", "text", 18, "Qui décide : une fonction, par exemple « DNS, pilote 8-4 »."),
    Column("decided_on", "Date", "date", 12, "Le jour de la décision, jj/mm/aaaa.", example="17/12/2024"),
    Column("reason", "Motif", "text", 34, "Pourquoi : une phrase suffit. Obligatoire pour toute décision."),
)

FACTS = ReviewSheet(
    subject_kind="fact",
    name="Faits",
    title="Chiffres à valider",
    intro="Chaque ligne est un chiffre lu dans un document : il ne compte qu’une fois validé ou corrigé.",
    key="key",
    columns=(
        _given("key", "Repère", 18, "Ce qui relie la ligne au fait : ne se modifie pas."),
        _given("action", "Action", 8),
        _given("kpi", "Indicateur", 30),
        _given("value", "Valeur", 15),
        _given("unit", "Unité", 12),
        _given("period", "Période", 13),
        _given("quote", "Citation", 56, "Le passage tel qu’il est écrit ; le chiffre lu est en gras."),
        _given("document", "Document", 30),
        _given("locator", "Endroit", 13),
        _given("confidence", "Confiance", 10, "Certitude du lien entre le chiffre et l’indicateur."),
        _given("proposal", "Proposition", 13),
        Column(
            "decision",
            "Décision",
            "choice",
            12,
            "validé : le chiffre compte. rejeté : il ne comptera jamais. corrigé : la valeur corrigée compte.",
        ),
        Column("new_value", "Valeur corrigée", "number", 14, "Seulement avec « corrigé », dans l’unité de la ligne."),
        *_AUTHOR,
    ),
)

CONFLICTS = ReviewSheet(
    subject_kind="conflict",
    name="Conflits",
    title="Sources qui ne disent pas la même chose",
    intro="Deux chiffres pour un même indicateur et une même période ; la source A est celle qui compte aujourd’hui.",
    key="key",
    columns=(
        _given("key", "Repère", 22, "Ce qui relie la ligne au conflit : ne se modifie pas."),
        _given("action", "Action", 8),
        _given("kpi", "Indicateur", 30),
        _given("period", "Période", 12, "Le dernier jour de la période."),
        _given("source_a", "Source A", 30),
        _given("value_a", "Valeur A", 15),
        _given("source_b", "Source B", 30),
        _given("value_b", "Valeur B", 15),
        _given("gap", "Écart", 11, "Valeur B moins valeur A."),
        _given(
            "verdict",
            "Verdict",
            14,
            "Compatible : arrondi ou nuance l’expliquent. Contradictoire : bloque l’état final.",
        ),
        Column(
            "decision",
            "Décision",
            "choice",
            12,
            "validé : la valeur A reste. corrigé : la valeur retenue la remplace. rejeté : ce n’est pas un conflit.",
        ),
        Column(
            "new_value", "Valeur retenue", "number", 14, "Seulement avec « corrigé », dans l’unité de l’indicateur."
        ),
        *_AUTHOR,
    ),
)

STATUSES = ReviewSheet(
    subject_kind="status",
    name="Statuts",
    title="Arbitrage des statuts",
    intro="Un statut arbitré l’emporte sur le statut déclaré et sur le statut calculé, pour cette session seulement.",
    key="key",
    columns=(
        _given("key", "Action", 9),
        _given("title", "Intitulé", 46),
        _given("lead", "Pilote", 16),
        _given("computed", "Calculé", 16),
        _given("declared", "Déclaré", 16),
        _given("arbitrated", "Déjà arbitré", 16),
        _given("remark", "À regarder", 24),
        Column("decision", "Statut arbitré", "choice", 16, "Laissez vide pour garder le statut actuel."),
        *_AUTHOR,
    ),
)

SHEETS = (FACTS, CONFLICTS, STATUSES)


def choices_of(sheet: ReviewSheet, statuses: dict[str, str]) -> dict[str, str]:
    """The decisions of a sheet: code → French label. `statuses` are those of the reference."""
    return statuses if sheet.subject_kind == "status" else FACT_DECISIONS
