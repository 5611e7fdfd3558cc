"""What counts as a quantity in running text, and what only looks like one."""

from datetime import date

import pytest

from sources.documents.facts import Quantity, plain_number
from sources.documents.quantities import find_quantities
from sources.documents.text import Line, join

AS_OF = date(2025, 6, 24)
SAID = [
    ("1,5 million de dossiers ont été ouverts.", [(1500000, "dossier", "exact")]),
    ("Un budget de 12,4 Md€ est prévu.", [(12400000000, "€", "exact")]),
    ("32.000 médecins utilisent le service.", [(32000, "médecin", "exact")]),
    ("Plus de 1 200 000 patients sont suivis.", [(1200000, "patient", "at_least")]),
    ("99,7 % des appels aboutissent.", [(99.7, "%", "exact")]),
    ("La couverture atteint 87,5 pour cent des communes.", [(87.5, "%", "exact")]),
    ("20 000+ utilisateurs sont inscrits.", [(20000, "utilisateur", "at_least")]),
    (">500 établissements sont raccordés.", [(500, "établissement", "at_least")]),
    ("≥ 90 % des sites sont conformes.", [(90, "%", "at_least")]),
    ("Près de 1,2 million d'euros ont été engagés.", [(1200000, "€", "approx")]),
    ("Entre 10 et 15 % des dossiers sont incomplets.", [(10, "%", "at_least"), (15, "%", "at_most")]),
    ("200 à 300 agents seront formés.", [(200, "agent", "at_least"), (300, "agent", "at_most")]),
    ("Une centaine de structures ont répondu.", [(100, "structure", "approx")]),
    ("Quinze régions participent.", [(15, "région", "approx")]),
    ("Vingt-cinq départements sont couverts.", [(25, "département", "approx")]),
    ("Les deux tiers des structures ont répondu.", [(66.7, "%", "approx")]),
    ("La moitié des laboratoires sont équipés.", [(50, "%", "approx")]),
    (
        "Un tiers des médecins et trois quarts des pharmacies sont équipés.",
        [(33.3, "%", "approx"), (75, "%", "approx")],
    ),
    ("Près d’un tiers des officines transmettent leurs données.", [(33.3, "%", "approx")]),
    ("Le recours à un tiers de confiance est prévu.", []),
    ("Près de 1 médecin sur 3 s’en sert.", [(33.3, "%", "approx")]),
    ("Trois visites sur 2 régions ont eu lieu.", [(3, "visite", "approx"), (2, "région", "exact")]),
    ("98 GHT sur 135 ont déposé un dossier.", [(98, "GHT", "exact"), (135, "GHT", "exact")]),
    ("L’application a dépassé le million de comptes.", [(1000000, "compte", "at_least")]),
    (
        "La première vague comptait 20 hôpitaux, la suivante en vise 60.",
        [(20, "hôpital", "exact"), (60, "hôpital", "exact")],
    ),
    ("320 candidats se sont présentés, 210 retenus.", [(320, "candidat", "exact"), (210, "candidat", "exact")]),
    ("Le service répond 7 jours sur 7.", []),
    ("Le 1er appel et le 2e appel sont clos.", []),
    ("Voir l'article 4 et l'article L. 1470-5 du code.", []),
    ("La norme ISO 27001 et le HL7 v2.1 s'appliquent.", []),
    ("Le service est ouvert 24h/24 et 7j/7.", []),
    ("La loi n° 2019-774 du 24 juillet 2019 s'applique.", []),
    ("Le téléphone est le 06 12 34 56 78.", []),
    ("Les patients de 60-65 ans et les plus de 75 ans sont invités.", []),
    ("Depuis 3 ans, 14 hôpitaux participent.", [(14, "hôpital", "exact")]),
    ("Dans les 6 prochains mois, 4 guides paraîtront.", [(4, "guide", "exact")]),
    ("Sur les 101 départements, 45 sont ouverts.", [(101, "département", "exact"), (45, "département", "exact")]),
    ("9 médecins sur 10 sont satisfaits.", [(90, "%", "exact")]),
    ("Le nombre de comptes ouverts s'élève à 12 345.", [(12345, "compte", "exact")]),
    ("Établissements raccordés : 1 204.", [(1204, "établissement", "exact")]),
    (
        "Nombre d'officines : 18 530 (contre 17 900 fin 2024).",
        [(18530, "officine", "exact"), (17900, "officine", "exact")],
    ),
    ("Le délai moyen est de 12 jours.", [(12, "jour", "exact")]),
    ("Le programme compte 3 phases, dont 2 achevées.", [(3, "phase", "exact"), (2, "phase", "exact")]),
    ("Les versions 3 et 4 du référentiel sont parues.", []),
    ("En 2024, 2 000 agents ont été formés.", [(2000, "agent", "exact")]),
    ("Environ un million de patients y ont recours.", [(1000000, "patient", "approx")]),
    (
        "Plus d'un million d'usagers sont inscrits, soit un usager sur deux.",
        [(1000000, "usager", "at_least"), (50, "%", "approx")],
    ),
    (
        "36 applications au 31/05/2025 et 41 au 15 juin 2025.",
        [(36, "application", "exact"), (41, "application", "exact")],
    ),
    ("Le parc passe à 1 150 véhicules.", [(1150, "véhicule", "exact")]),
    (
        "12 000 à 15 000 professionnels formés par an.",
        [(12000, "professionnel", "at_least"), (15000, "professionnel", "at_most")],
    ),
    ("Le document n'a que 8 pages.", [(8, "page", "exact")]),
    ("Au 1er semestre 2025, 1 SAMU et 3 SDIS ont basculé.", [(1, "SAMU", "exact"), (3, "SDIS", "exact")]),
    ("Plus de la moitié des ES sont équipés.", [(50, "%", "at_least")]),
    ("Une hausse de 35 % par rapport à 2023.", [(35, "%", "exact")]),
    ("Les 18 GRADeS et l'ensemble des 17 ARS sont mobilisés.", [(18, "GRADeS", "exact"), (17, "ARS", "exact")]),
    ("65 % (contre 50 % en 2023) des établissements.", [(65, "%", "exact"), (50, "%", "exact")]),
    ("1 723 ESMS (dont 412 EHPAD) sont financés.", [(1723, "ESMS", "exact"), (412, "EHPAD", "exact")]),
    ("10M€ ont été alloués à 35 projets.", [(10000000, "€", "exact"), (35, "projet", "exact")]),
    ("Le coût est de 3,2 k€ par site.", [(3200, "€", "exact")]),
    ("Le chantier est découpé en 3 lots.", [(3, "lot", "exact")]),
    ("La version 12 compte 45 nouvelles fonctionnalités.", [(45, "fonctionnalité", "exact")]),
    ("15 000 000 de dossiers alimentés.", [(15000000, "dossier", "exact")]),
    ("8 % à fin mars et 11 % à fin juin 2025.", [(8, "%", "exact"), (11, "%", "exact")]),
    ("Les premiers 20 établissements ont commencé en avril.", [(20, "établissement", "exact")]),
    ("La région a formé 2 fois plus d'agents.", []),
    ("Le projet a été présenté à 4 reprises.", []),
    ("Près de 3 000 des 12 000 sites sont raccordés.", [(3000, "site", "approx"), (12000, "site", "exact")]),
    ("Au total, ce sont 226 projets et 14 M€.", [(226, "projet", "exact"), (14000000, "€", "exact")]),
    ("La base contient 67 millions d’INS qualifiées.", [(67000000, "INS", "exact")]),
    ("Au moins 3 éditeurs (sur 8) ont livré.", [(3, "éditeur", "at_least")]),
    ("Le taux de satisfaction est de 4,2/5.", []),
    ("Une note de 15 sur 20 est attribuée.", []),
    (
        "La MSSanté compte 500.000 boîtes aux lettres, +12 % en un an.",
        [(500000, "boîte aux lettres", "exact"), (12, "%", "exact")],
    ),
    ("5 000 € par établissement.", [(5000, "€", "exact")]),
    ("Les 4 000 premiers dossiers sont instruits.", [(4000, "dossier", "exact")]),
    ("Moins de 1 % des dossiers sont rejetés.", [(1, "%", "at_most")]),
    ("Le guichet a reçu 1 dossier.", [(1, "dossier", "exact")]),
    ("Au T2 2025, 0 incident grave.", [(0, "incident", "exact")]),
    (
        "Trois appels à projets (AAP) ont été lancés pour 75 M d'euros.",
        [(3, "appel à projets", "approx"), (75000000, "€", "exact")],
    ),
    ("Les équipes de la DNS comptent 120 ETP.", [(120, "ETP", "exact")]),
    (
        "La feuille de route compte 4 axes, 18 priorités et 65 actions.",
        [(4, "axe", "exact"), (18, "priorité", "exact"), (65, "action", "exact")],
    ),
    ("Ségur 2 : 12 logiciels référencés.", [(12, "logiciel", "exact")]),
    ("HOP'EN 2 : 2 400 candidatures.", [(2400, "candidature", "exact")]),
]
DATED = [
    ("En 2024, 2 000 agents ont été formés.", [(2000, "2024-12-31", "year")]),
    ("36 applications au 31/05/2025 et 41 au 15 juin 2025.", [(36, "2025-05-31", "day"), (41, "2025-06-15", "day")]),
    ("8 % à fin mars et 11 % à fin juin 2025.", [(8, "2025-03-31", "month"), (11, "2025-06-24", "day")]),
    (
        "Au 1er semestre 2025, 1 SAMU et 3 SDIS ont basculé.",
        [(1, "2025-06-30", "semester"), (3, "2025-06-30", "semester")],
    ),
    ("Une hausse de 35 % par rapport à 2023.", [(35, "2025-06-24", "month")]),
    ("Les premiers 20 établissements ont commencé en avril.", [(20, "2025-04-30", "month")]),
    ("65 % (contre 50 % en 2023) des établissements.", [(65, "2025-06-24", "month"), (50, "2023-12-31", "year")]),
]


def quantities_of(text: str) -> list[Quantity]:
    return find_quantities(join([Line(text, 1, 1, starts_block=True)]), as_of=AS_OF, action=None)


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_value_unit_and_qualifier(text: str, expected: list[tuple[float, str, str]]) -> None:
    """A year, a code or an ordinal taken for a figure; a figure missed or read in the wrong unit."""
    assert [(plain_number(item.value), item.unit, item.qualifier) for item in quantities_of(text)] == expected


@pytest.mark.parametrize(("text", "expected"), DATED)
def test_period(text: str, expected: list[tuple[float, str, str]]) -> None:
    """A figure dated by another figure's period, or by an event's."""
    assert [
        (plain_number(item.value), str(item.period_end), item.period_precision) for item in quantities_of(text)
    ] == expected


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("118 des 350 établissements sont raccordés.", ["value", "total"]),
        ("L’objectif est de 250 millions de documents.", ["aim"]),
        ("Il s’agit de former 500 000 élèves d’ici 2027.", ["aim"]),
        ("34 263 médecins (+ 4 352).", ["value", "increase"]),
        ("Une hausse de 12 % des appels.", ["increase"]),
        ("Plus de 2 200 exercices jusqu’à fin 2025.", ["value"]),
    ],
)
def test_part_a_figure_plays(text: str, roles: list[str]) -> None:
    """A total, an increase or an aim recorded as where a KPI stands."""
    assert [item.role for item in quantities_of(text)] == roles


def test_an_announced_list_is_dated_by_what_announces_it() -> None:
    """« Fin mars 2025 : » said once above a list and lost for its items."""
    lines = [
        Line("Fin mars 2025 :", 1, 1, starts_block=True),
        Line("- 12 sites ouverts ;", 1, 2),
        Line("- 30 agents formés.", 1, 3),
    ]
    found = find_quantities(join(lines), as_of=AS_OF, action=None)
    assert [(item.value, item.period_end) for item in found] == [(12, date(2025, 3, 31)), (30, date(2025, 3, 31))]


def test_quote_prefix_and_suffix_make_the_sentence() -> None:
    """A quote cut so that the sentence it comes from cannot be put together again."""
    text = "Fin 2024, près de 120 officines sont équipées."
    item = quantities_of(text)[0]
    assert item.quote == "près de 120 officines"
    assert item.prefix + item.quote + item.suffix == text


def test_a_figure_in_brackets_keeps_its_date_to_itself() -> None:
    """« 41 services (38 en décembre 2024) »: today's figure given last year's date."""
    assert _ends("41 services sont référencés (38 en décembre 2024).") == ["2025-06-24", "2024-12-31"]


def test_a_figure_of_the_year_before_is_dated_so() -> None:
    """« contre 310 000 un an plus tôt » given this year's period: a rise that shows as none."""
    text = "Au premier semestre 2025, 640 000 avis ont été émis, contre 310 000 un an plus tôt."
    assert _ends(text) == ["2025-06-30", "2024-06-30"]


def _ends(text: str) -> list[str]:
    found = find_quantities(join([Line(text, 1, 1)]), as_of=AS_OF, action=None)
    return [str(quantity.period_end) for quantity in found]
