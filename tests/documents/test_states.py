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
    text = "Objectif atteint. En revanche, la cible de 2026 ne sera pas atteinte."
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


@pytest.mark.parametrize(
    "text",
    [
        "L'objectif est atteint à Lyon.",
        "L'objectif est atteint pour l'essentiel.",
        "L'objectif est atteint dans le secteur public.",
        "L'objectif sera atteint fin 2025.",
        "L'objectif est en passe d'être atteint.",
        "L'objectif est atteint en ce qui concerne les médecins.",
        "L'objectif est atteint côté hospitalier.",
        "L'objectif fixé pour la phase 1 est atteint.",
        "L'objectif intermédiaire est atteint.",
        "Objectif quasi atteint.",
        "L'objectif n'est atteint que dans deux régions.",
        "L'objectif est loin d'être atteint.",
        "Il est faux de dire que l'objectif est atteint.",
        "Rien n'indique que l'objectif est atteint.",
        "Nous pensons que l'objectif est atteint.",
        "L'objectif est atteint à 95 %.",
        "Objectif atteint (80 %).",
        "Objectif atteint : 80 %.",
        "Objectif atteint pour les ESMS, en cours pour les autres.",
        "Objectif atteint. Le second volet démarre.",
        "Objectif atteint. Il reste à équiper les EHPAD.",
        "Objectif atteint sous réserve de validation.",
        "Objectif atteint dès que les éditeurs auront livré.",
        "Objectif atteint selon l'éditeur.",
        "L'objectif est considéré comme atteint.",
        "L'objectif est théoriquement atteint.",
        "L'objectif de formation est atteint, celui de recrutement ne l'est pas.",
        "Le projet est terminé pour la région pilote.",
        "L'action est terminée côté CNAM.",
        "Le chantier est achevé à l'hôpital.",
        "L'objectif du plan France 2030 est atteint.",
        "L'objectif est atteint en métropole.",
        "L'objectif est atteint depuis que le périmètre a été réduit.",
        "L'objectif est atteint par 3 régions.",
        "L'objectif était atteint fin 2023, il ne l'est plus.",
        "L'objectif a été atteint puis revu à la hausse.",
        "Objectif atteint, à confirmer.",
        "Objectif atteint ?",
        "Objectif non encore atteint.",
        "L'objectif est partiellement atteint.",
        "Une fois l'objectif atteint, le dispositif sera étendu.",
        "L'objectif atteint en 2023 est maintenu.",
        "L'objectif est presque tenu.",
        "Le projet est terminé dans sa première version.",
        "Les travaux ne sont plus en retard.",
        "Les travaux sont en retard dans une région.",
        "Le retard est résorbé.",
        "Le projet risque d'être en retard.",
        "Le projet pourrait être en retard si les crédits manquent.",
        "Le jalon n'est pas en retard.",
        "L'échéance est reportée pour les seuls EHPAD.",
        "L'échéance du lot 2 est reportée à 2026.",
        "La publication de la note est reportée.",
        "Le déploiement du module facturation est reporté.",
        "Les travaux sont à l'arrêt chez un éditeur.",
        "Les travaux ont été suspendus puis ont repris.",
        "Les travaux étaient suspendus en 2024.",
        "Les travaux avaient été suspendus.",
        "Aucune avancée sur le lot 3.",
        "Pas d'évolution du périmètre.",
        "Peu d'avancées chez les éditeurs.",
        "Les travaux du lot 2 sont à lancer.",
        "L'action reste à lancer en outre-mer.",
        "Les travaux n'ont pas démarré en Corse.",
        "Le projet n'a pas démarré chez deux éditeurs.",
        "Les travaux ne sont pas suspendus.",
        "Le chantier à lancer en 2026 est prêt.",
        "L'action n'est pas bloquée.",
    ],
)
def test_a_state_of_a_part_a_time_or_a_source_is_none(text: str) -> None:
    """A place, a lot, a sector, a doubt or a former time taken for the state of the whole action."""
    assert declared_status(text) is None
