"""The review workbook's layout, as data: sheets, columns, lists. Writer and reader take everything from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sources.workbook.schema import Column

REVIEW_KIND = "jalon/revue"
REVIEW_VERSION = "3"
CONTROL_SHEET = "_jalon"
GUIDE_SHEET = "Lisez-moi"
HEADER_ROW = 3  # counted from 0

WITHDRAWN = {"withdrawn": "retirer"}
FIGURE_DECISIONS = {"validated": "validé", "rejected": "rejeté", "corrected": "corrigé"}
CONFLICT_DECISIONS = {
    "keep_a": "retenir A",
    "keep_b": "retenir B",
    "other_value": "autre valeur",
    "rejected": "pas un conflit",
}
DENOMINATOR_DECISIONS = {"corrected": "donné", **WITHDRAWN}
ARBITRATED = ("achieved", "on_track", "at_risk", "late", "unconfirmed", "stalled", "not_started")
READING_STATUSES = ("achieved", "late", "at_risk", "on_track", "stalled", "not_started")

# The kinds of a decision in the sheet « Décisions », in its order: what waits for the DNS comes first.
SUBJECTS = {
    "comparability": "Comparabilité",
    "denominator": "Dénominateur",
    "action": "Action",
    "commitment": "Engagement",
    "measure": "Mesure",
}
# Decisions that give a value, a period, the KPI of a figure, or any of these.
WITH_VALUE = {
    "fact": frozenset({"corrected"}),
    "measure": frozenset({"corrected"}),
    "denominator": frozenset({"corrected"}),
    "conflict": frozenset({"other_value"}),
    "former_conflict": frozenset({"corrected"}),
}
WITH_PERIOD = {"fact": frozenset({"corrected"}), "measure": frozenset({"corrected"})}
WITH_KPI = {"fact": frozenset({"corrected"})}


VERDICTS = {"compatible": "Compatible", "contradictory": "Contradictoire", "corrected": "Corrigé par le pilote"}
FACT_STATES = {"waiting": "attend", "accepted": "compte déjà", "unlinked": "sans indicateur"}
#: why a person is asked, by code of a doubt
DOUBTS = {
    "no_kpi": "aucun indicateur reconnu",
    "not_a_report": "le document n’est pas l’état d’avancement d’une session",
    "link": "lien incertain avec l’indicateur",
    "jump": "écart avec la dernière valeur connue",
    "several": "plusieurs valeurs pour une même période",
    "no_period": "période non dite",
    "period_of_another": "date peut-être dite d’autre chose",
    "time_unclear": "date peu claire",
    "over_a_time": "durée, pour ce qui se compte à une date",
    "place_nearby": "un territoire est nommé",
    "words_elsewhere": "mots trouvés ailleurs dans la phrase",
    "upper_bound": "valeur maximale",
    "another_figure": "un autre chiffre dans la phrase",
    "another_number": "un autre nombre dans la phrase",
    "taken_up": "la phrase suivante parle de ce chiffre",
    "mark": "signe, guillemets ou question",
    "value": "niveau",
    "total": "total dont le chiffre est une partie",
    "start": "point de départ d’une évolution",
    "increase": "hausse",
    "decrease": "baisse",
    "comparison": "comparaison",
    "part": "partie de l’ensemble",
    "exit": "sortie",
    "negation": "négation",
    "pending": "en cours",
    "aim": "objectif",
    "forecast": "prévision",
    "planned": "prévu",
}


def doubt_words(codes: str) -> str:
    """The doubts of a figure in French: « plusieurs valeurs … ; mot à vérifier : selon »."""
    doubts, words = [], []
    for code in filter(None, codes.split("|")):
        if code.startswith("word:"):
            words.append(code.removeprefix("word:"))
        else:
            doubts.append(DOUBTS.get(code, "à vérifier"))
    return " ; ".join([*doubts, *([f"à relire : {', '.join(words)}"] if words else [])])


@dataclass(frozen=True)
class Vocabulary:
    """The French labels of the reference that decisions use, by code; `kpis` gives the unit of each indicator."""

    statuses: Mapping[str, str]
    relations: Mapping[str, str]
    kpis: Mapping[str, str] = field(default_factory=dict)

    def choices(self, subject_kind: str) -> dict[str, str]:
        """What can be stated about a kind of subject: code → French label."""
        choices = {
            "reading": {**self._statuses(READING_STATUSES), **WITHDRAWN},
            "action": {**self._statuses(ARBITRATED), **WITHDRAWN},
            "commitment": {**self._statuses(ARBITRATED), **WITHDRAWN},
            "comparability": {**self.relations, **WITHDRAWN},
            "denominator": DENOMINATOR_DECISIONS,
            "measure": {**FIGURE_DECISIONS, **WITHDRAWN},
            "conflict": CONFLICT_DECISIONS,
            "status": dict(self.statuses),  # an action, in the workbooks of version 1
        }
        return choices.get(subject_kind, FIGURE_DECISIONS)

    def _statuses(self, codes: tuple[str, ...]) -> dict[str, str]:
        return {code: self.statuses[code] for code in codes if code in self.statuses}


@dataclass(frozen=True)
class ReviewSheet:
    """One sheet: what its rows are about, which column names a row, which columns it has.

    `subject_kind` is empty where each row has its own.
    """

    name: str
    subject_kind: str
    title: str
    intro: str
    key: str
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """The column of that key. StopIteration when the sheet has none."""
        return next(column for column in self.columns if column.key == key)


def given(key: str, header: str, width: float, note: str = "") -> Column:
    """A column filled in for the reader of the sheet."""
    return Column(key, header, "label", width, note or "Rempli d’avance.", locked=True)


AUTHOR = (
    Column("author_role", "Décideur (rôle)", "text", 18, "Qui décide : une fonction, par exemple « DNS, pilote 8-4 »."),
    Column("decided_on", "Date", "date", 12, "Le jour de la décision, jj/mm/aaaa.", example="17/12/2024"),
    Column("reason", "Motif", "text", 34, "Pourquoi : une phrase suffit. Obligatoire pour toute décision."),
)

FACTS = ReviewSheet(
    name="Faits",
    subject_kind="fact",
    title="Chiffres à valider",
    intro=(
        "Chaque ligne est un chiffre lu dans un document. Ce qui attend ne compte qu’une fois validé ou corrigé ; "
        "ce qui compte déjà peut être rejeté ou corrigé ; un chiffre sans indicateur compte si vous donnez le sien."
    ),
    key="key",
    columns=(
        given("key", "Repère", 18, "Ce qui relie la ligne au fait : ne se modifie pas."),
        given("action", "Action", 8),
        given("kpi", "Indicateur", 30),
        given("value", "Valeur", 15),
        given("unit", "Unité", 12),
        given("period", "Période", 13),
        given("quote", "Citation", 56, "Le passage tel qu’il est écrit ; le chiffre lu est en gras."),
        given("document", "Document", 30),
        given("locator", "Endroit", 13),
        given("confidence", "Confiance", 10, "Certitude du lien entre le chiffre et l’indicateur."),
        given("state", "État", 15, "Attend ; compte déjà ; ou sans indicateur : aucun n’a été reconnu."),
        given("why", "À regarder", 34, "Pourquoi une personne est interrogée."),
        given("proposal", "Proposition", 13),
        Column(
            "decision",
            "Décision",
            "choice",
            12,
            "validé : le chiffre compte. rejeté : il ne comptera jamais. corrigé : ce que vous corrigez compte.",
        ),
        Column("new_value", "Valeur corrigée", "number", 14, "Seulement avec « corrigé », dans l’unité de la ligne."),
        Column(
            "new_period",
            "Période corrigée",
            "period",
            14,
            "Seulement avec « corrigé » : la période dont parle le chiffre.",
            example="S1 2024",
        ),
        Column(
            "new_kpi",
            "Indicateur corrigé",
            "text",
            14,
            "Seulement avec « corrigé » : le code de l’indicateur que ce chiffre mesure.",
            example="IND-8-4-2",
        ),
        *AUTHOR,
    ),
)

CONFLICTS = ReviewSheet(
    name="Conflits",
    subject_kind="conflict",
    title="Sources qui ne disent pas la même chose",
    intro="Deux chiffres pour un même indicateur et une même période ; la source A est celle qui compte aujourd’hui.",
    key="key",
    columns=(
        given("key", "Repère", 22, "Ce qui relie la ligne au conflit : ne se modifie pas."),
        given("action", "Action", 8),
        given("kpi", "Indicateur", 30),
        given("period", "Période", 12, "Le dernier jour de la période."),
        given("source_a", "Source A", 30),
        given("value_a", "Valeur A", 15),
        given("quote_a", "Citation A", 36, "Le passage, tel qu’il est écrit."),
        given("place_a", "Endroit A", 14),
        given("source_b", "Source B", 30),
        given("value_b", "Valeur B", 15),
        given("quote_b", "Citation B", 36, "Le passage, tel qu’il est écrit."),
        given("place_b", "Endroit B", 14),
        given("gap", "Écart", 11, "Valeur B moins valeur A."),
        given(
            "verdict",
            "Verdict",
            14,
            "Compatible : arrondi ou nuance l’expliquent. Contradictoire : bloque l’état final.",
        ),
        Column(
            "decision",
            "Décision",
            "choice",
            14,
            "retenir A, retenir B, autre valeur (écrivez-la), ou pas un conflit : la valeur A reste.",
        ),
        Column(
            "new_value",
            "Valeur retenue",
            "number",
            14,
            "Seulement avec « autre valeur », dans l’unité de l’indicateur.",
        ),
        *AUTHOR,
    ),
)

READINGS = ReviewSheet(
    name="Lectures",
    subject_kind="reading",
    title="Ce qu’un texte publié dit d’un engagement",
    intro=(
        "Une lecture dit où en est un engagement d’après un texte : elle ne compte que là où ni mesure ni déclaration "
        "ne le disent, et s’imprime toujours comme une lecture."
    ),
    key="key",
    columns=(
        given("key", "Engagement", 11),
        given("label", "Intitulé", 40),
        given("deadline", "Échéance", 13),
        given("current", "Statut actuel", 18),
        given("basis", "D’après", 14),
        given("read", "Déjà lu", 34, "La dernière lecture de cette session : une nouvelle la remplace."),
        Column(
            "decision",
            "Lecture",
            "choice",
            16,
            "Ce que le texte dit de cet engagement ; « retirer » ôte une lecture. Laissez vide dans le doute.",
        ),
        Column(
            "status_date",
            "Date lue",
            "date",
            14,
            "Atteint : quand. En retard ou à risque : la date plus lointaine annoncée. Vide s’il n’y en a pas.",
            example="février 2024",
        ),
        Column("document", "Texte lu", "text", 26, "Le texte publié, par son nom."),
        Column(
            "place", "Endroit", "text", 14, "Où un lecteur le retrouve : lignes, page, paragraphe.", example="l. 236"
        ),
        Column("note", "Ce que j’y lis", "text", 46, "Avec vos mots, sans recopier le texte."),
        Column("author_role", "Lecteur (rôle)", "text", 18, "Qui lit : une fonction."),
        Column("decided_on", "Lu le", "date", 12, "Le jour de la lecture, jj/mm/aaaa.", example="17/12/2024"),
    ),
)

DECISIONS = ReviewSheet(
    name="Décisions",
    subject_kind="",
    title="Décisions de la DNS",
    intro=(
        "Une décision l’emporte sur ce qui est calculé ou déclaré. Elle vaut pour les sessions suivantes, jusqu’à ce "
        "que change ce sur quoi elle porte ; elle est alors redemandée."
    ),
    key="key",
    columns=(
        given("key", "Repère", 24, "Ce qui relie la ligne à son objet : ne se modifie pas."),
        given("subject", "Objet", 15),
        given("action", "Action", 8),
        given("label", "Intitulé", 42),
        given("current", "Vaut aujourd’hui", 26),
        given("remark", "À regarder", 40),
        given("decided", "Déjà décidé", 30),
        Column(
            "decision", "Décision", "choice", 17, "Laissez vide pour ne rien changer ; « retirer » ôte une décision."
        ),
        Column("new_value", "Valeur", "number", 13, "Le dénominateur, ou la valeur corrigée d’une mesure."),
        Column("new_period", "Période", "period", 13, "La période corrigée d’une mesure.", example="S1 2024"),
        *AUTHOR,
    ),
)

SHEETS = (FACTS, CONFLICTS, READINGS, DECISIONS)
