"""The state a progress text declares in words."""

import pytest

from sources.documents.states import declared_status

SAID: dict[str | None, list[str]] = {
    "achieved": [
        "Objectif atteint.",
        "L'objectif est atteint depuis mars 2025.",
        "Objectif atteint en avril",
        "Les objectifs ont été atteints.",
        "La cible est d'ores et déjà dépassée.",
        "Cible atteinte : 37 tiers-lieux.",
        "OBJECTIF ATTEINT",
        "L’objectif fixé pour 2024 a été atteint.",
        "Action terminée.",
        "Action réalisée en 2024",
        "Engagement tenu.",
        "L'action est achevée",
        "Objectifs remplis",
        "Objectif pleinement atteint",
        "Objectif dépassé",
    ],
    "late": [
        "La cible ne sera pas atteinte.",
        "L'objectif ne pourra pas être tenu.",
        "Le calendrier ne sera pas respecté",
        "L'objectif n'est pas atteint.",
        "Objectif non atteint",
        "Le projet a pris du retard.",
        "Le déploiement est en retard.",
        "Les travaux ont pris un retard important",
        "L'échéance de fin 2024 ne sera pas tenue",
        "L'objectif de fin 2024 n'a pas été atteint.",
        "Le lancement est reporté à 2026.",
        "Le calendrier est décalé de six mois",
        "L'échéance est repoussée à 2026",
        "Retard pris dans les travaux",
        "Le niveau visé ne sera donc pas atteint",
        "Les objectifs ne seront pas atteints fin 2024",
    ],
    "stalled": [
        "Pas d'avancée majeure au cours du semestre.",
        "Aucune avancée.",
        "Sans avancée",
        "Pas d’avancée significative",
        "Pas de progrès notable",
        "Les travaux sont suspendus.",
        "Travaux à l'arrêt",
        "Projet en pause",
        "Aucun progrès depuis juin",
        "L'action est au point mort",
        "Pas d'évolution depuis la dernière session",
        "Action gelée faute de moyens",
        "Peu d'avancées ce semestre",
        "Pas d'avancées",
        "Néant : pas d'avancement",
        "Absence d'avancée",
        "Les travaux n'ont pas avancé",
    ],
    "not_started": [
        "Travaux à cadrer",
        "Les travaux restent à cadrer.",
        "A cadrer",
        "À lancer",
        "Action non démarrée",
        "Les travaux n'ont pas démarré",
        "Action pas encore lancée",
        "Non démarré",
        "Cadrage à venir",
        "Les travaux n'ont pas encore débuté.",
        "Action à engager en 2026",
        "Pas encore démarré",
        "Le projet n'a pas encore commencé",
        "Travaux non engagés",
        "Cadrage à réaliser",
        "Action à cadrer",
    ],
    None: [
        "Objectif partiellement atteint",
        "Les concertations sont à lancer",
        "L'objectif sera atteint en 2026",
        "Pour que l'objectif soit atteint, un plan est lancé",
        "La déclaration sera cadrée à partir de cette ouverture",
        "Les avancées sont notables",
        "Le plan vise à atteindre l'objectif",
        "Travaux en cours",
        "Pas encore d'identification d'un lauréat",
        "Un nouveau cadre est à définir",
        "pour adapter le calendrier initial",
        "Les travaux sont engagés",
        "Le calendrier est tenu pour l'instant",
        "Sans objet",
        "L'objectif devrait être atteint fin 2025",
        "Le taux atteint 80 %",
        "Le travail des comités est en cours",
        "Les travaux ont été lancés sans attendre",
        "Des travaux restent à mener",
    ],
}


@pytest.mark.parametrize(("expected", "text"), [(state, text) for state, texts in SAID.items() for text in texts])
def test_declared_status(expected: str | None, text: str) -> None:
    """A state read where none is stated, or missed where one is."""
    assert declared_status(text) == expected


def test_a_missed_promise_weighs_more_than_a_kept_one() -> None:
    """Bad news hidden behind the good one said first."""
    text = "Objectif atteint pour les cabinets. En revanche, la cible des officines ne sera pas atteinte."
    assert declared_status(text) == "late"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("stalled", "Sans changement depuis le dernier point."),
        ("stalled", "Il n’y a pas eu d’avancée."),
        ("stalled", "L’avancement est nul."),
        ("not_started", "Pas encore lancé."),
        ("late", "Retard de six mois par rapport au calendrier."),
        ("late", "L’action accuse un retard."),
        (None, "Aucun retard constaté."),
        (None, "Les travaux avancent sans retard pris."),
    ],
)
def test_short_answers_declare_a_state(expected: str | None, text: str) -> None:
    """A report whose partners answer in four words."""
    assert declared_status(text) == expected
