"""Documents that are no progress report: their date, title, tables and announcements. All texts are invented."""

from collections.abc import Callable

import pytest

from sources.documents import Extraction
from sources.documents.facts import plain_number
from sources.documents.provenance import verify_quotes

Read = Callable[..., Extraction]

TABLE = """# Tableau de suivi de la télésanté

Publié le 14 mars 2025. Prochaine réunion le 2 avril 2025.

| Indicateur | Décembre 2023 | Décembre 2024 | Cible 2026 |
|---|---|---|---|
| Médecins ayant créé une ordonnance numérique | 21 400 | 33 900 | 50 000 |
| Taux d’équipement | 41 % | 57,5 % | 80 % |
| Budget (M€) | 12 | 18,4 | 20 |
| Nombre de sites | NC | 7 | 9 |
"""


def test_each_figure_of_a_table_has_its_row_and_its_column_s_date(read: Read) -> None:
    """Half of what a dashboard says lost, or last year's column taken for this year's, or a target for a value."""
    found = read(TABLE)
    assert [
        (plain_number(item.value), item.unit, str(item.period_end), item.period_precision) for item in found.quantities
    ] == [
        (21400, "médecin", "2023-12-31", "month"),
        (33900, "médecin", "2024-12-31", "month"),
        (41, "%", "2023-12-31", "month"),
        (57.5, "%", "2024-12-31", "month"),
        (12000000, "€", "2023-12-31", "month"),
        (18400000, "€", "2024-12-31", "month"),
        (7, "site", "2024-12-31", "month"),
    ]
    assert [item.kpi_id for item in found.quantities[:2]] == ["IND-8-4-2", "IND-8-4-2"]


def test_figures_of_a_table_are_found_again(read: Read) -> None:
    """A cell in millions whose words yield units: published facts refused, or worse, let through unseen."""
    assert verify_quotes(read(TABLE), TABLE.encode()) == []
    assert [item.reason for item in verify_quotes(read(TABLE), TABLE.replace("(M€)", "(k€)").encode())] == [
        "other_value"
    ] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Note\n\nParis, le mercredi 5 février 2025\n\nLe service date du 12 mai 2022.", "2025-02-05"),
        ("# Note\n\nChiffres arrêtés au 31 décembre 2024\n\nMis à jour le 20/01/2025", "2025-01-20"),
        ("# Note\n\nLes équipes se retrouvent le 24 juin 2025.\n\nPublié le 17 décembre 2024", "2024-12-17"),
        ("---\ntitle: Note\ndate: 2025-01-15\n---\n\nAu 31 décembre 2024, 620 sites étaient prêts.", "2025-01-15"),
        ("# Note\n\nDécembre 2024\n\n620 sites sont prêts.", "2024-12-31"),
        ("# Note\n\nLe dossier est à rendre au plus tard le 31 décembre 2024.", "None"),
    ],
)
def test_the_day_a_document_gives_itself(read: Read, text: str, expected: str) -> None:
    """Another event's day taken for the document's, or none where it says one."""
    assert str(read(text).as_of) == expected


def test_a_missing_date_is_told_only_when_it_is_missing(read: Read) -> None:
    """Figures without a period that nobody is told of."""
    assert [read(text).warnings != () for text in ("# Note\n\n12 sites.", "# Note\n\nLe 3 mars 2025\n\n12 sites.")] == [
        True,
        False,
    ]


def test_links_to_other_articles_are_no_title(read: Read) -> None:
    """« À lire également » printed as half of a source's title."""
    assert (
        read("# Bilan des services\n\n**>>> A lire également : autre chose**\n\nTexte.").title == "Bilan des services"
    )


def test_the_next_session_is_read(read: Read) -> None:
    """The date of the session everything else is planned from, left in the text."""
    text = "# Article\n\nLe prochain Conseil du Numérique en Santé se tiendra le 24 juin 2025. Rien d’autre."
    (session,) = read(text).declared["sessions"]
    assert session["held_on"] == "2025-06-24"


def test_a_sentence_repeated_at_the_end_of_pages_stays(read: Read) -> None:
    """The same words closing several actions of a table, taken for a page's footer."""
    rows = "\n".join(
        f"| 1-{rank} | Titre {rank} | Fixer {rank}0 règles | DNS | Étude en cours chez les éditeurs |"
        for rank in (1, 2, 3, 4)
    )
    table = f"PRIORITÉ 1\n\n| N° | Intitulé | Objectif | Partenaires | Avancement |\n|---|---|---|---|---|\n{rows}\n"
    assert {action.narrative for action in read(table).actions} == {"Étude en cours chez les éditeurs"}
