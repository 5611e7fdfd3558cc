"""How situations are worked out, in words, with the thresholds of the method's version."""

from exports.content import facts
from exports.content.facts import words
from exports.marts import Parameter, SessionMarts
from exports.model import Bullets, Column, Figure, Heading, Inlines, Key, Paragraph, Section, Table, Text
from sources.french import typography as typo

RULES = (
    (
        "Un engagement est soit un jalon (fait ou non à une date), soit une cible (un indicateur qui atteint une "
        "valeur à une date). Un objectif à deux promesses compte pour deux engagements."
    ),
    (
        "Seules les valeurs réalisées, provisoires ou estimées sont des mesures ; une prévision ou un projet n’en "
        "est jamais une. Une valeur dont la période n’est pas celle de l’indicateur est donnée pour contexte."
    ),
    (
        "Une mesure est jugée à sa propre date : la fin de sa période, et jamais après le jour de sa source. "
        "Passé l’âge admis pour l’indicateur, elle est montrée et ne donne plus de verdict."
    ),
    (
        "Le chemin va d’un point de départ dont la source est citée jusqu’à la cible, par les cibles antérieures "
        "du même indicateur ; une cible antérieure atteinte est elle-même un point de départ. Le taux "
        "d’avancement est la part de ce chemin parcourue, le taux attendu celle qui devait l’être le jour de la "
        "mesure."
    ),
    (
        "Sans point de départ connu, il n’y a pas de taux : la part de la cible est montrée. Elle ne peut que "
        "révéler un retard, quand même le départ le plus favorable ne suffirait pas (« au mieux »)."
    ),
    (
        "« Plus de 50 » n’est pas atteint par 50 ; « au plus » ne prouve jamais une cible à la hausse ; « environ "
        "50 » ne prouve pas 50."
    ),
    (
        "Une valeur d’un autre indicateur ne compte que selon ce qu’elle est à la cible : la même mesure, un "
        "rapport à un total dont la source est citée, une borne, un rythme ramené à l’année. Un lien que le texte "
        "n’établit pas attend une décision de la DNS et ne donne aucun verdict d’ici là."
    ),
    (
        "Une cible atteinte reste atteinte, avec la date de la première mesure qui le montre ; si une mesure plus "
        "récente repasse en dessous, c’est dit."
    ),
    (
        "Un jalon est atteint lorsque son pilote le dit fait, avec une date ou une preuve qu’un lecteur peut "
        "ouvrir. Échéance passée et rien qui montre si elle est tenue : à confirmer."
    ),
    (
        "Une date plus tardive, qui que ce soit qui la donne, ne déplace pas l’échéance : l’engagement est à "
        "risque, puis en retard une fois l’échéance passée."
    ),
    (
        "Un retard est reconduit d’une session à l’autre jusqu’à une preuve, une mesure revenue sur son chemin "
        "avant l’échéance, ou une décision. Ni une déclaration ni le silence ne le lèvent."
    ),
    (
        "Ce qui est dit d’une action n’est dit de chacun de ses engagements que si elle n’en a qu’un, ou si les "
        "mots parlent de tout l’objectif et qu’aucun n’est dû plus tard."
    ),
    (
        "Une lecture est ce qu’un analyste lit dans un texte publié : elle complète ce qui resterait sans "
        "réponse, ne contredit ni une mesure ni un pilote, et porte la mention « lecture »."
    ),
    (
        "Quatre couches sont gardées sans être mêlées : calculée, déclarée par le pilote, lue, arbitrée. "
        "L’arbitrage l’emporte et vaut tant que ce sur quoi il porte ne change pas ; puis la déclaration, si elle "
        "n’est pas meilleure que les faits ; puis la lecture ; puis le calcul. Une déclaration plus favorable que "
        "les faits est gardée et signalée."
    ),
    (
        "Sans rien de nouveau depuis une session, la situation qui découle des faits antérieurs est donnée avec "
        "la mention « sans nouvelle depuis » ; le silence n’améliore rien."
    ),
    "Ce qui a été reconstitué d’un rapport publié n’a été envoyé par personne : c’est compté à part, et dit.",
    "Les dates sont écrites avec la précision de leur source, jamais davantage.",
)

PARAMETER_WORDS = {
    "on_track_ratio": "En bonne voie à partir de (taux rapporté au taux attendu)",
    "at_risk_ratio": "À risque à partir de (taux rapporté au taux attendu)",
    "least_expected_rate": "Taux attendu au-dessous duquel un taux faible ne donne pas de verdict, en %",
    "latest_start_on": "Départ le plus tardif possible, là où aucun n’est connu (« au mieux »)",
    "disagreement_steps": "Écart à partir duquel une déclaration moins bonne que les faits est signalée, en crans",
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
            Heading(2, "Fondements et motifs", "methode-motifs"),
            Paragraph((words("Chaque situation porte ce qui la fonde et, s’il y en a un, son motif."),)),
            vocabulary_table(marts),
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


#: what grounds a status, why it says nothing, what a figure is: vocabularies a reader meets
_VOCABULARIES = (
    ("basis", "Fondement"),
    ("reason", "Motif"),
    ("comparability", "Rapport à la cible"),
    ("nature", "Nature"),
    ("measure_kind", "Indicateur"),
)


def vocabulary_table(marts: SessionMarts) -> Table:
    """One row a word that a status, a reason or a figure bears, with its meaning."""
    return Table(
        name="Vocabulaire",
        caption="Fondements, motifs et natures",
        description="Une ligne par mot : à quoi il s’applique, le mot, ce qu’il veut dire.",
        columns=(Column("De quoi", 2.9), Column("Mot", 4.4), Column("Signification", 9.7)),
        rows=tuple(
            ((Text(of),), (words(label.label),), (words(label.description or label.label),))
            for domain, of in _VOCABULARIES
            for label in marts.labels_of(domain)
        ),
        splittable=True,
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
