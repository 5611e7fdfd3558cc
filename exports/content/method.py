"""How situations are worked out, in words, with the thresholds of the method's version."""

from exports.content import facts
from exports.content.facts import words
from exports.marts import Parameter, SessionMarts
from exports.model import Bullets, Column, Figure, Heading, Inlines, Key, Paragraph, Section, Table, Text
from sources.french import typography as typo

RULES = (
    (
        "Un engagement est soit un jalon (fait ou non à une date), soit une cible (un indicateur qui atteint "
        "une valeur à une date). Un objectif à deux promesses compte pour deux engagements."
    ),
    (
        "Le taux d’avancement est la part du chemin parcouru entre la valeur de départ et la cible ; il est montré "
        "entre 0 et 100 %. Un astérisque signale une valeur de départ supposée."
    ),
    "Le taux attendu est celui d’une progression en ligne droite jusqu’à l’échéance, lu à la date d’arrêt.",
    (
        "Une mesure ne compte que si la grandeur, la population, l’unité et la périodicité sont celles de la cible. "
        "Sinon elle est montrée pour contexte, avec la raison, et ne donne aucun taux."
    ),
    (
        "Un jalon est atteint lorsqu’il est déclaré fait avec une date ou une preuve. "
        "Échéance passée et rien de dit : à confirmer."
    ),
    (
        "Trois lectures sont gardées sans être mêlées : calculée, déclarée par le pilote, arbitrée. L’arbitrage "
        "l’emporte, puis la déclaration, puis le calcul ; une échéance passée et non tenue reste un retard, "
        "sauf arbitrage."
    ),
    "Les dates sont écrites avec la précision de leur source, jamais davantage.",
)

PARAMETER_WORDS = {
    "on_track_ratio": "En bonne voie à partir de (taux rapporté au taux attendu)",
    "at_risk_ratio": "À risque à partir de (taux rapporté au taux attendu)",
    "disagreement_steps": "Écart toléré entre déclaré et calculé, en crans",
    "assumed_baseline_value": "Valeur de départ supposée",
    "assumed_baseline_on": "Date de départ supposée",
}


def section(marts: SessionMarts) -> Section:
    """The chapter."""
    return Section(
        (
            Heading(1, "Méthode", "methode"),
            Paragraph((words(f"Version de la méthode : {marts.method_version}."),)),
            Heading(2, "Règles", "methode-regles"),
            Bullets(tuple((words(rule),) for rule in RULES)),
            Heading(2, "Situations", "methode-situations"),
            status_table(marts),
            Heading(2, "Seuils", "methode-seuils"),
            threshold_table(marts),
        )
    )


def status_table(marts: SessionMarts) -> Table:
    """One row a status, with its meaning."""
    return Table(
        name="Situations",
        caption="Signification des situations",
        description="Une ligne par situation : symbole et mot, puis ce qu’elle veut dire.",
        columns=(Column("Situation", 3.4), Column("Signification", 13.6)),
        rows=tuple(
            ((facts.status(marts, label.code),), (words(label.description or label.label),))
            for label in marts.labels_of("status")
        ),
    )


def threshold_table(marts: SessionMarts) -> Table:
    """One row a parameter of the method."""
    return Table(
        name="Seuils",
        caption="Seuils de la méthode",
        description="Une ligne par paramètre : version, signification, valeur.",
        columns=(Column("Version", 2), Column("Paramètre", 11), Column("Valeur", 4, "right")),
        rows=tuple(
            (
                (Text(row.method_version),),
                (words(PARAMETER_WORDS.get(row.parameter, row.parameter)),),
                parameter_value(row),
            )
            for row in marts.parameters
        ),
    )


def parameter_value(row: Parameter) -> Inlines:
    """A parameter's number or date."""
    where = f"{row.method_version} / {row.parameter}"
    if row.value_date is not None:
        return facts.day(row.value_date, Key(row.TABLE, where, "value_date"))
    if row.value is None:
        return facts.NOTHING
    return (Figure(typo.number(row.value), row.value, Key(row.TABLE, where, "value"), "number"),)
