"""Every figure of the published documents is a KPI's, and is recognised as that KPI's and no other's."""

import re
from pathlib import Path
from typing import Any

import pytest

from sources.french.folding import fold
from sources.reference.roadmap import Reference

Published = dict[str, Any]
Span = tuple[int, int]

# Numbers of the progress texts that count nothing a roadmap follows, and why they are no KPI.
NOT_FIGURES: dict[str, str] = {
    r"n°2024-52 du 30 janvier 2024|L\. 1470-6": "references of legal texts",
    r"\d{4}/\d{4}|9/12|\b\d{1,2} (?:septembre|octobre|décembre)": "dates",
    r"\b20[23]\d\b": "years, and the programme France 2030",
    r"[TS][1-4]\b|\b1er semestre|13ème": "ordinals",
    r"(?i)vague 2|HOP’EN ?2|\bV[23]\b|TEHDAS2|NIS2|jalon 1|action 8\.3|phase \w+": "names and versions",
    r"\b15-1[58]\b|\b78-95\b|15-RPIS|côté 1[58]|\(15-15\)": "names of telephone numbers and of départements",
    r"des 135\b": "the total that the 132 GHT are a part of, kept in the KPI's population",
    r"\b24 mois": "the horizon of a published list, a property of the document",
    r"\b4 ans": "the length of a funding, not a result",
    r"\b8 groupes": "the organisation of a European action, not a result",
}

# Every figure of the progress texts: how it is written, the unit as it is read, the KPI it is a value of.
FIGURES: dict[str, list[tuple[str, str, str]]] = {
    "1-1": [("30 millions", "document", "IND-1-1-2"), ("360 millions", "document", "IND-1-1-1")],
    "1-2": [("8500", "officine", "IND-1-2-1"), ("11", "officine", "IND-1-2-2")],
    "2-2": [("390 000", "questionnaire", "IND-2-2-1")],
    "3-1": [("36", "application", "IND-3-1-2")],
    "4-1": [
        ("136 304", "personne", "IND-4-1-2"),
        ("3000", "ambassadeur", "IND-4-1-3"),
        ("242", "action", "IND-4-1-4"),
    ],
    "5-1": [("37", "tiers-lieu", "IND-5-1-1"), ("86", "expérimentation", "IND-5-1-2")],
    "5-3": [("31", "évaluation", "IND-5-3-1"), ("10", "pays", "IND-5-3-2")],
    "5-4": [("134", "entreprise", "IND-5-4-2")],
    "5-6": [("3", "DM", "IND-5-6-2"), ("dizaine", "dossier", "IND-5-6-3")],
    "6-1": [("32.000", "médecin", "IND-6-1-2"), ("18", "structure", "IND-6-1-3")],
    "7-2": [("2350", "établissement", "IND-7-2-1"), ("85%", "%", "IND-7-2-2"), ("132", "GHT", "IND-7-2-3")],
    "7-3": [
        ("1134", "établissement", "IND-7-3-1"),
        ("510", "établissement", "IND-7-3-2"),
        ("393", "établissement", "IND-7-3-3"),
    ],
    "8-1": [("trentaine", "service", "IND-8-1-1")],
    "8-4": [
        ("15", "logiciel", "IND-8-4-3"),
        ("30.000", "médecin", "IND-8-4-2"),
        ("10.000", "officine", "IND-8-4-4"),
    ],
    "8-5": [("15", "établissement", "IND-8-5-1")],
    "10-1": [
        ("70 000", "élève", "IND-10-1-2"),
        ("50%", "%", "IND-10-1-3"),
        ("70%", "%", "IND-10-1-4"),
        ("30", "projet", "IND-10-1-5"),
        ("15 000", "apprenant", "IND-10-1-6"),
    ],
    "10-2": [("6", "lauréat", "IND-10-2-3"), ("30", "consortium", "IND-10-2-2")],
    "11-1": [("2", "espace", "IND-11-1-3"), ("2,5 millions", "visite", "IND-11-1-2")],
    "12-1": [("29%", "%", "IND-12-1-1")],
    "12-2": [("982 000", "patient", "IND-12-2-1")],
    "12-3": [("4", "société", "IND-12-3-2"), ("30", "solution", "IND-12-3-1")],
    "13-1": [
        ("93", "département", "IND-13-1-2"),
        ("96%", "%", "IND-13-1-3"),
        ("31", "logiciel", "IND-13-1-4"),
        ("1", "SOS", "IND-13-1-5"),
        ("21", "logiciel", "IND-13-1-6"),
    ],
    "13-2": [
        ("12", "CRRA", "IND-13-2-2"),
        ("2", "CRRA", "IND-13-2-5"),
        ("2", "SAMU", "IND-13-2-3"),
        ("11", "pilote", "IND-13-2-4"),
    ],
    "15-2": [("175", "expert", "IND-15-2-1"), ("369", "établissement", "IND-15-2-2")],
    "15-3": [("2 200", "exercice", "IND-15-3-2"), ("79%", "%", "IND-15-3-3")],
    "18-1": [
        ("32", "entretien", "IND-18-1-1"),
        ("42", "contribution", "IND-18-1-2"),
        ("10", "étape", "IND-18-1-3"),
    ],
    "18-2": [
        ("16", "consortium", "IND-18-2-2"),
        ("70", "partenaire", "IND-18-2-3"),
        ("60", "EDS", "IND-18-2-1"),
        ("14", "plateforme", "IND-18-2-4"),
    ],
    "18-3": [("17", "acteur", "IND-18-3-2"), ("cinq", "cas d'usage", "IND-18-3-1"), ("30", "pays", "IND-18-3-3")],
    "18-4": [("226", "projet", "IND-18-4-1"), ("523", "porteur", "IND-18-4-2")],
}
FIGURE = re.compile(
    r"(?<![\w,.-])(\d+(?:[ .]\d{3})*(?:,\d+)?(?: millions?|%)?)(?![\d-])|\b(dizaine|trentaine|cinq|un million)\b",
    re.IGNORECASE,
)


def _sentences(action: Any) -> list[tuple[str, list[re.Match[str]]]]:
    """Each sentence of a progress text with the figures in it; what `NOT_FIGURES` declares is no figure."""
    parts = []
    for sentence in re.split(r"(?<=[.:])\s+(?=[A-ZÀ-Ü0-9-])|\n", "\n".join(action.narrative)):
        masked = sentence
        for pattern in NOT_FIGURES:
            masked = re.sub(pattern, lambda found: re.sub(r"\d", "_", found[0]), masked)
        parts.append((sentence, list(FIGURE.finditer(masked))))
    return parts


def test_every_figure_of_the_progress_texts_is_a_kpis(reference: Reference, published: Published) -> None:
    wrong = {}
    for code, action in published.items():
        written = [found[1] or found[2] for _, figures in _sentences(action) for found in figures]
        if written != [figure for figure, _, _ in FIGURES.get(code, [])]:
            wrong[code] = written
    assert not wrong, f"figures the report gives there, which FIGURES does not list so: {wrong}"
    owners = {kpi_id: code for code, figures in FIGURES.items() for _, _, kpi_id in figures}
    assert {kpi_id: reference.kpis[kpi_id].action_code for kpi_id in owners} == owners


def test_every_figure_is_matched_to_its_kpi_and_to_no_other(reference: Reference, published: Published) -> None:
    wrong = []
    for code, listed in FIGURES.items():
        expected = iter(listed)
        for sentence, figures in _sentences(published[code]):
            said = [(figure, *next(expected)) for figure in figures]
            for figure, _, unit, kpi_id in said:
                rivals = [_span(other) for other, _, same, _ in said if same == unit]
                span = _span(figure)
                matched = _matched(reference, code, unit, sentence, figure=span, rivals=rivals)
                if matched != kpi_id:
                    wrong.append((code, figure[0], unit, kpi_id, matched))
    assert not wrong


def _matched(
    reference: Reference, action_code: str | None, unit: str, sentence: str, *, figure: Span, rivals: list[Span]
) -> str | None:
    """The KPI of the surest matcher whose words stand nearest to this figure of all figures of the same unit."""
    claims = []
    for matcher in reference.matchers.values():
        if matcher.action_code not in {None, action_code} or fold(matcher.unit) != fold(unit):
            continue
        words = [found.span() for found in matcher.regex.finditer(_fold_in_place(sentence))]
        if words and _distance(figure, words) == min(_distance(rival, words) for rival in rivals):
            claims.append((-matcher.confidence, _distance(figure, words), matcher.kpi_id))
    return min(claims)[2] if claims else None


def _span(found: re.Match[str]) -> Span:
    return found.span(1 if found[1] else 2)


def _fold_in_place(text: str) -> str:
    return "".join(fold(character) or " " for character in text)


def _distance(figure: Span, words: list[Span]) -> int:
    """How far the nearest words stand; words that follow a figure come before words that precede it."""
    start, end = figure
    return min(
        0 if first < end and last > start else first - end if first >= end else 1000 + start - last
        for first, last in words
    )


@pytest.mark.parametrize(
    ("document", "words", "unit", "expected"),
    [
        ("001", "Plus de 30 millions de documents", "document", "1-1-2"),
        ("001", "36 applications sont référencées dans le catalogue de services", "application", "3-1-2"),
        ("001", "plus de 390 000 questionnaires ont été préparés", "questionnaire", "2-2-1"),
        ("001", "avec 8500 officines équipées", "officine", "1-2-1"),
        ("001", "15 logiciels de gestion de cabinet", "logiciel", "8-4-3"),
        ("001", "Près de 30 000 médecins ont créé", "médecin", "8-4-2"),
        ("001", "Près de 10 000 officines en ont exécuté", "officine", "8-4-4"),
        ("001", "plus de 30 000 médecins ont consulté", "médecin", "6-1-2"),
        ("001", "Plus de 2 200 exercices de crise cyber", "exercice", "15-3-2"),
        ("001", "couvrant 79% des établissements", "%", "15-3-3"),
        ("001", "Près de 2344 établissements ont vu", "établissement", "7-2-1"),
        ("001", "à hauteur de 65 M€", "€", "15-1-1"),
        ("001", "à hauteur de 45 M€", "€", "15-1-2"),
        ("001", "70 000 élèves seront formés", "élève", "10-1-2"),
        ("001", "soit 50% des professionnels de santé en formation initiale", "%", "10-1-3"),
        ("001", "70% des universités", "%", "10-1-4"),
        ("001", "plus de 30 projets innovants", "projet", "10-1-5"),
        ("001", "vus par 15 000 apprenants", "apprenant", "10-1-6"),
        ("002", "34 263 Médecins ayant créé", "médecin", "8-4-2"),
        ("002", "44 169 257 Ordonnances", "ordonnance", "8-4-5"),
        ("002", "1 743 Ordonnances", "ordonnance", "8-4-7"),
        ("002", "11 156 Pharmacies ayant exécuté", "pharmacie", "8-4-4"),
        ("002", "624 801 Ordonnances", "ordonnance", "8-4-9"),
        ("002", "MGEN de 23 départements", "département", "14-1-2"),
        ("003", "ouvert pour 98% de la population", "%", "1-1-3"),
        ("003", "13 millions de français", "français", "4-1-5"),
        ("003", "plus de 6 millions de français", "français", "11-3-1"),
        ("004", "déployé et expérimenté par 150 établissements", "établissement", "1-1-4"),
        ("004", "Près de 400 000 e-prescriptions", "e-prescription", "8-4-11"),
        ("004", "financer 279 projets territoriaux", "projet", "9-2-1"),
        ("004", "45 000 professionnels uniques", "professionnel", "9-2-2"),
        ("004", "500 000 professionnels inscrits à Ameli Pro", "professionnel", "8-1-2"),
        ("004", "se connecter à 130 services numériques", "service", "8-3-2"),
        ("004", "Plus d’un million de professionnels y sont inscrits", "professionnel", "8-3-3"),
    ],
)
def test_figures_of_the_other_documents_are_matched(
    reference: Reference, seeds_dir: Path, *, document: str, words: str, unit: str, expected: str
) -> None:
    """Outside the report a figure belongs to no action: the words alone must tell."""
    text = next(seeds_dir.glob(f"{document}_*.txt")).read_text(encoding="utf-8").replace("**", "").replace("'", "’")
    passages = [" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=- |– )|(?<=[.!?]) ", text)]
    passage = next(part for part in passages if words in part)
    spans = [_span(found) for found in FIGURE.finditer(passage)]
    figure = next(span for span in spans if passage.index(words) <= span[0] < passage.index(words) + len(words))
    rivals = [span for span in spans if _next_word(passage, span) == _next_word(passage, figure)]
    assert _matched(reference, None, unit, passage, figure=figure, rivals=rivals) == f"IND-{expected}"


def _next_word(text: str, span: Span) -> str:
    return fold(text[span[1] :].split(maxsplit=1)[0])


@pytest.mark.parametrize(("heading", "expected"), [("Vue médecins", "IND-8-4-6"), ("Vue pharmaciens", "IND-8-4-8")])
def test_a_line_that_two_views_share_is_told_by_its_heading(reference: Reference, heading: str, expected: str) -> None:
    """« consultées » is printed for doctors and for pharmacists: the heading says which."""
    words = f"{heading} : 838 995 Ordonnances numériques consultées"
    found = {matcher.kpi_id for matcher in reference.matchers.values() if matcher.regex.search(fold(words))}
    assert found & {"IND-8-4-6", "IND-8-4-8"} == {expected}
