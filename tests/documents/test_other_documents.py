"""Documents that are no progress report: their date, title, tables and announcements. All texts are invented."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sources.documents import Extraction, extract
from sources.documents.facts import plain_number
from sources.documents.provenance import verify_rows
from sources.reference.roadmap import Reference

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
        (plain_number(item.value), item.unit, str(item.period_end), item.period_precision, item.role)
        for item in found.quantities
    ] == [
        (21400, "médecin", "2023-12-31", "month", "value"),
        (33900, "médecin", "2024-12-31", "month", "value"),
        (50000, "médecin", "2026-12-31", "year", "aim"),
        (41, "%", "2023-12-31", "month", "value"),
        (57.5, "%", "2024-12-31", "month", "value"),
        (80, "%", "2026-12-31", "year", "aim"),
        (12000000, "€", "2023-12-31", "month", "value"),
        (18400000, "€", "2024-12-31", "month", "value"),
        (20000000, "€", "2026-12-31", "year", "aim"),
        (7, "site", "2024-12-31", "month", "value"),
        (9, "site", "2026-12-31", "year", "aim"),
    ]
    assert [item.kpi_id for item in found.quantities[:3]] == ["IND-8-4-2", "IND-8-4-2", None]


def test_figures_of_a_table_are_found_again(read: Read) -> None:
    """A cell in millions whose words yield units: published facts refused, or worse, let through unseen."""
    found = read(TABLE)
    assert verify_rows(found.tables(), found.file_name, TABLE.encode()) == []
    changed = verify_rows(found.tables(), found.file_name, TABLE.replace("(M€)", "(k€)").encode())
    assert [item.reason for item in changed] == ["other_value"] * 3


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


CASES = Path(__file__).parent / "cases"
INSIDE = """Feuille de route du numérique en santé 2023-2027

État d'avancement
Au 24 juin 2025

PRIORITÉ 8

Titre

8-4. Ordonnance numérique

**Notre objectif**

Équiper 45 000 médecins d'ici fin 2026

**Porté par** CNAM, DNS

**Où en est-on ?**

Le déploiement continue.

| Indicateur | 2023 | EN 2024 | Évolution | Cible 2026 |
|---|---|---|---|---|
| Médecins ayant créé une ordonnance numérique | 21 400 | 33 900 | +58 % | 50 000 |
| Part des logiciels (%) | 41 | 157 | | 80 |
| Nombre de médecins | 12,5 | 3.1 | | |

8-5. Authentification

Objectif

Déployer

Porté par
DNS - ANS

Avancement

| Indicateur | Valeur | Unité | Date |
|---|---|---|---|
| Lauréats de la phase alpha | 15 | établissements | 31 mai 2025 |

9-2. E-parcours

Objectif : faire

DNS - ANS
"""


def facts(found: Extraction) -> list[tuple[object, ...]]:
    return [
        (item.action, plain_number(item.value), item.unit, str(item.period_end), item.role) for item in found.quantities
    ]


def test_tables_inside_actions_are_read(read: Read) -> None:
    """A table of figures inside an action lost, its aims taken for results, what cannot be kept."""
    found = read(INSIDE)
    assert facts(found) == [
        ("8-4", 21400, "médecin", "2023-12-31", "value"),
        ("8-4", 33900, "médecin", "2024-12-31", "value"),
        ("8-4", 50000, "médecin", "2026-12-31", "aim"),
        ("8-4", 41, "%", "2023-12-31", "value"),
        ("8-4", 80, "%", "2026-12-31", "aim"),
        ("8-5", 15, "établissement", "2025-05-31", "value"),
    ]
    assert [(item.code, item.objective, item.partners) for item in found.actions] == [
        ("8-4", "Équiper 45 000 médecins d'ici fin 2026", ("CNAM", "DNS")),
        ("8-5", "Déployer", ("DNS", "ANS")),
        ("9-2", "faire", ("DNS", "ANS")),
    ]
    assert "Action 9-2 : aucun texte d’avancement." in found.warnings
    assert all(item.doubts for item in found.quantities if item.kpi_id)
    assert verify_rows(found.tables(), found.file_name, INSIDE.encode()) == []


def test_columns_say_year_and_part(reference: Reference) -> None:
    """Results of two years and an aim all dated by the document; a heading that dates more than its section."""
    found = facts(extract(CASES / "table-columns-are-years.md", reference))
    assert found[:1] == [(None, 63, "produit", "2026-01-31", "value")]
    assert [fact[1:] for fact in found if fact[1] in {7, 8, 11}] == [
        (7, "produit", "2024-12-31", "value"),
        (8, "produit", "2025-12-31", "aim"),
        (11, "produit", "2025-12-31", "value"),
    ]
    assert [fact[1:] for fact in found if fact[1] in {182, 170}] == [
        (182, "service", "2025-12-31", "value"),
        (170, "service", "2024-12-31", "comparison"),
    ]


def test_counts_and_shares_of_a_table(reference: Reference) -> None:
    """A count of 2 024 left out as a year, a share counted as persons, a section's number as a figure."""
    found = facts(extract(CASES / "table-without-rules.docx", reference))
    assert [fact[1:3] for fact in found] == [
        (2024, "AMBU"), (2.61, "%"), (17, "HELI"), (0.02, "%"),
        (71809, "PERSO"), (92.43, "%"), (706, "SMUR"), (0.91, "%"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["1.16", "1.1", "8-4", "8.4"])
def test_a_number_in_a_row_opens_no_action(read: Read, code: str) -> None:
    """« sex-ratio | 1.16 » read as action 1-16."""
    rows = f"| Caractéristiques | n |\n|---|---|\n| sex-ratio | {code} |\n| moins de 15 ans | 32,4 % |\n"
    found = read(f"# Chiffres\n\n3 septembre 2025\n\n{rows}\n{rows}\nPartenaires : DNS, CNAM\n")
    assert found.actions == ()


def test_minutes_are_no_report(reference: Reference) -> None:
    """Two headings of a meeting's minutes that make a report of the session."""
    found = extract(CASES / "minutes-taken-for-report.md", reference)
    assert found.kind == "other"
    assert all(item.doubts for item in found.quantities if item.kpi_id)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The service is used by over 100,000 doctors and has been growing with each of the 12 regions.", "anglais"),
        ("Der Dienst wird von 100.000 Ärzten genutzt und die Zahl ist mit den Apotheken nicht gesunken.", "allemand"),
        ("El servicio fue usado por más de 100.000 médicos y los hospitales, pero hay más este año.", "espagnol"),
    ],
)
def test_another_language_is_said(read: Read, text: str, language: str) -> None:
    """« 100,000 » of an English text read as 100."""
    alone = read(f"# Report\n\n{text}\n\n| DfT | 24 |\n|---|---|\n| HMRC | 11 |\n")
    assert alone.quantities == ()
    assert any(f"en {language}" in warning for warning in alone.warnings)
    french = "Au 31 mai 2025, 12 sites sont ouverts dans les régions et leurs équipes ont été formées avec des experts."
    mixed = read(f"# Rapport\n\n{french}\n\n{text}\n")
    assert [item.value for item in mixed.quantities] == [12]
    assert any(f"passage en {language}" in warning for warning in mixed.warnings)


def test_a_grid_that_nothing_parts_is_said_unread(read: Read) -> None:
    """« Médecins équipés 21 400 33 900 » of a PDF without rules read as 21 400 médecins of today."""
    grid = "Médecins équipés 21 400 33 900 50 000\nPart des officines 41 % 57,5 % 80 %\nSites NC 7 9"
    found = read(f"# Note\n\nLe 3 mars 2025\n\nIndicateur 2023 2024 2026\n{grid}\n\nOn compte 34 263 médecins équipés.")
    assert [item.value for item in found.quantities] == [34263]
    assert any("sans filets" in warning for warning in found.warnings)
