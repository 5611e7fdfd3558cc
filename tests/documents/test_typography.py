"""One typographic accident at a time: what must still be read as if it had not happened."""

from collections.abc import Callable

import pytest

from sources.documents import Extraction
from sources.documents.facts import ActionFact

Read = Callable[..., Extraction]
HEAD = "Feuille de route\n\nAu 24 juin 2025\n\n"


def only_action(extraction: Extraction) -> ActionFact:
    assert len(extraction.actions) == 1
    return extraction.actions[0]


def test_mark_code_and_title_each_on_their_own_lines(read: Read) -> None:
    """A code, an arrow or a title cut from what it opens; a wrapped « ans » taken for the ANS."""
    extraction = read(
        HEAD + "PRIORITÉ\n3\n\nRendre chacun acteur\nde sa santé et maître\nde ses données\n\n"
        "3-1.\nCatalogue d’applications\n"
        "avec échanges\n\n→\nRéférencer 60 applications\nd’ici fin\n2026\n\ngie sesam-vitale\nans\ncnam\ndns\n\n"
        "Le catalogue compte 41 applications.\nUn lot de plus depuis 3\nans.\n"
    )
    action = only_action(extraction)
    assert extraction.priorities[0].title == "Rendre chacun acteur de sa santé et maître de ses données"
    assert (action.title, action.objective) == (
        "Catalogue d’applications avec échanges",
        "Référencer 60 applications d’ici fin 2026",
    )
    assert action.partners == ("GIE SESAM-Vitale", "ANS", "CNAM", "DNS")
    assert action.narrative == "Le catalogue compte 41 applications. Un lot de plus depuis 3 ans."
    assert [item.value for item in extraction.quantities] == [41]


def test_partners_as_a_list_one_of_them_cut(read: Read) -> None:
    """Partners read as progress text, or a name lost where its line ends."""
    extraction = read(
        HEAD + "PRIORITE 7 - Une priorité\n\nPRISE EN CHAGE\n\n"
        "7-3 Un titre\n=> Raccorder 1 300 établissements fin 2025\n- DGOS\n"
        "- ANS\n- CNAM\n- GIE\nSESAM-Vitale\n1210 établissements sont raccordés à fin mai 2025.\n"
    )
    action = only_action(extraction)
    assert action.partners == ("DGOS", "ANS", "CNAM", "GIE SESAM-Vitale")
    assert action.narrative.startswith("1210 établissements")
    assert (extraction.priorities[0].title, extraction.priorities[0].axis) == ("Une priorité", 2)


def test_running_header_and_page_number_inside_a_sentence(read: Read) -> None:
    """A header printed in the middle of an objective or a figure."""
    header = "\n\nFeuille de route du numérique en santé | Point d’étape\n\n{}\n\n"
    extraction = read(
        HEAD + "PRIORITÉ 8\n\nTitre\n\n8-4. Ordonnance numérique\n\n→ Atteindre 40 000 médecins fin"
        + header.format(3) + "2025\n\nCNAM - DNS\n\nLe déploiement concerne 31" + header.format(4)
        + "250 médecins et avance bien." + header.format(5)
        + "8-5. Double authentification\n\n→ Équiper 10 sites en 2026\n\nANS\n\nTravaux à cadrer\n"
    )  # fmt: skip
    first, second = extraction.actions
    assert first.objective == "Atteindre 40 000 médecins fin 2025"
    assert first.narrative == "Le déploiement concerne 31 250 médecins et avance bien."
    assert (second.narrative, second.declared_status) == ("Travaux à cadrer", "not_started")
    assert [(item.value, item.unit) for item in extraction.quantities] == [(31250, "médecin")]


def test_codes_at_the_head_of_wrapped_lines_open_nothing(read: Read) -> None:
    """« 15-15 », « 13-1 » or « Priorité 15 » in a progress text that open an action or a priority."""
    extraction = read(
        HEAD + "PRIORITÉ 13\n\nTitre\n\nACCES A LA SANTE\n\n"
        "13-2. Programme SI-SAMU\n→ Équiper 75 % des SAMU avant fin 2027\n"
        "DNS - ANS - DGOS\nInteropérabilités pilotes\n15-15 Mise en service prévue\n8.3 Le référentiel est publié.\n"
        "13-1 est liée.\nPriorité 15 de la feuille de route.\n"
    )
    action = only_action(extraction)
    assert action.narrative == (
        "Interopérabilités pilotes 15-15 Mise en service prévue 8.3 Le référentiel est publié. 13-1 est liée. "
        "Priorité 15 de la feuille de route."
    )
    assert [item.number for item in extraction.priorities] == [13]
    assert not extraction.quantities


def test_unknown_partner_is_kept_and_told_and_missing_partners_too(read: Read) -> None:
    """A partner dropped because the reference does not have it; a short progress text taken for one."""
    extraction = read(
        HEAD + "PRIORITÉ 1\n\nT\n\n1-1. Alimentation\n\n→ Ouvrir 10 sites en 2026\n\nDNS - DINUM - CNAM\n\nRAS.\n\n"
        "1-2. Ordonnance\n\n→ Ouvrir 12 sites en 2026\n\nEn cours.\n"
    )
    first, second = extraction.actions
    assert (first.partners, first.narrative) == (("DNS", "DINUM", "CNAM"), "RAS.")
    assert (second.partners, second.objective, second.narrative) == ((), "Ouvrir 12 sites en 2026", "En cours.")
    assert "Action 1-1 : partenaire inconnu « DINUM »." in extraction.warnings
    assert "Action 1-2 : partenaires non trouvés." in extraction.warnings


@pytest.mark.parametrize("code", ["1-1.", "1.1", "1–1 :", "1 - 1 –", "Action 1-1 :", "Action n° 1‑1 –", "**1-1.**"])
@pytest.mark.parametrize("arrow", ["→", "➔", "=>", "->", "Objectif :", "**Objectif** :", "➢ Objectif –", "\uf0e8"])
def test_codes_and_marks_of_every_hand(code: str, arrow: str, read: Read) -> None:
    """A dash, a dot or an arrow of another font that hides an action."""
    objective = f"{arrow} Ouvrir 10 sites en 2026"
    extraction = read(f"{HEAD}PRIORITÉ 1\n\nT\n\n{code} Alimentation\n\n{objective}\n\nDNS - ANS\n\nFait.\n")
    action = only_action(extraction)
    assert (action.code, action.title, action.objective) == ("1-1", "Alimentation", "Ouvrir 10 sites en 2026")


@pytest.mark.parametrize(
    "partners",
    [
        "DNS - CNAM - GIE SESAM-Vitale - ARS/GRADeS",
        "DNS – CNAM — GIE SESAM Vitale – ARS / GRADES",
        "Dns, Cnam, Gie Sesam-Vitale, Ars/Grades",
        "DNS/CNAM/GIE SESAM-Vitale/ARS-GRADeS",
        "DNS CNAM GIE SESAM-Vitale ARS/GRADeS",
        "DNS ; CNAM ; GIE - SESAM-Vitale ; ARS et GRADeS",
        "DNS · CNAM · GIE SESAM\u2011Vitale · ARS/GRADeS",
        "DNS\nCNAM\nGIE\nSESAM-Vitale\nARS/\nGRADeS",
        "DNS - CNAM -\nGIE SESAM-Vitale -\n\nARS/GRADeS -",
        "Pilote : DNS\nPartenaires : CNAM, GIE SESAM-Vitale et ARS/GRADeS",
        "DNS (pilote), CNAM, GIE SEMA-Vitale, ARS/GRADeS",
        "DNS | CNAM | GIE SESAM-Vitale | ARS/GRADeS",
        "Délégation au numérique en santé, Assurance Maladie, GIE SESAM-Vitale, ARS/GRADeS",
    ],
)
def test_partners_whatever_separates_them(partners: str, read: Read) -> None:
    """A partner lost, doubled or out of order with another separator, case or writing."""
    extraction = read(f"{HEAD}PRIORITÉ 1\n\nT\n\n1-1. Alimentation\n\n→ Ouvrir 10 sites\n\n{partners}\n\nC’est fait.\n")
    action = only_action(extraction)
    assert action.partners == ("DNS", "CNAM", "GIE SESAM-Vitale", "ARS/GRADeS")
    assert (action.objective, action.narrative) == ("Ouvrir 10 sites", "C’est fait.")


def test_table_of_contents_opens_nothing(read: Read) -> None:
    """Titles and actions taken from the contents instead of the body."""
    extraction = read(
        HEAD + "Sommaire\n\nPRIORITÉ 1 ............ 2\n1-1. Alimentation ........ 2\n1-2. Ordonnance ....... 3\n\n"
        "PRIORITÉ 1\n\n"
        "Utiliser Mon espace santé\n\n1-1. Alimentation\n\n→ Ouvrir 10 sites\n\nDNS\n\n"
        "Fait.\n\n1-2. Ordonnance\n\n→ Ouvrir 12 sites"
        "\n\nCNAM\n\nEn cours.\n"
    )
    assert [(item.number, item.title) for item in extraction.priorities] == [(1, "Utiliser Mon espace santé")]
    assert [(item.code, item.title) for item in extraction.actions] == [("1-1", "Alimentation"), ("1-2", "Ordonnance")]


@pytest.mark.parametrize(
    ("encoding", "newline"), [("utf-8-sig", "\r\n"), ("utf-16", "\n"), ("cp1252", "\r\n"), ("utf-8", "\r")]
)
def test_encodings_and_line_ends(encoding: str, newline: str, read: Read) -> None:
    """A file saved by another system, read as noise."""
    text = f"{HEAD}PRIORITÉ 1\n\nT\n\n1-1. Été\n\n-> Ouvrir 10 sites\n\nDNS\n\nFait à 50 %.\n".replace("\n", newline)
    action = only_action(read(text, name="rapport.txt", encoding=encoding))
    assert (action.title, action.narrative) == ("Été", "Fait à 50 %.")


def test_soft_hyphens_entities_and_no_break_signs(read: Read) -> None:
    """A word cut by an invisible character, a figure by a narrow space."""
    extraction = read(
        HEAD + "PRIORITÉ 1\n\nUti\u00adliser\n\n1\u20111. Alimen\u00adtation\n\n"
        "➔&nbsp;Verser 10&nbsp;000 docu\u00adments en 2026\n\n"
        "DNS\u00a0– ARS\u202f/\u202fGRADeS\u00a0– GIE SESAM\u2011Vitale\n\n"
        "12&#8239;500 docu\u00adments, soit 50&nbsp;% des cas.\n"
    )
    action = only_action(extraction)
    assert (action.title, action.objective) == ("Alimentation", "Verser 10 000 documents en 2026")
    assert [(item.value, item.unit) for item in extraction.quantities] == [(12500, "document"), (50, "%")]


def test_parts_in_another_order(read: Read) -> None:
    """Partners before the objective, at the end, or in brackets."""
    extraction = read(
        HEAD + "PRIORITÉ 1\n\nT\n\n1-1. Alimentation\n\nDNS, CNAM\n\n→ Ouvrir 10 sites\n\nUn site ouvert.\n\n"
        "→ D’autres suivront.\n\n"
        "1-2. Ordonnance\n\n→ Ouvrir 12 sites\n\nQuelques sites ouverts.\n\nCNAM – DNS\n\n"
        "1-3. Carnet (CNAM, DNS)\n\n→ Ouvrir 13 sites\n\nDes sites ouverts.\n\n"
        "1-4. Portails\n\nOuvrir 14 sites\n\nCNAM, DNS\n\nRien.\n"
    )
    assert [(item.title, item.objective, item.partners, item.narrative) for item in extraction.actions] == [
        ("Alimentation", "Ouvrir 10 sites", ("DNS", "CNAM"), "Un site ouvert. → D’autres suivront."),
        ("Ordonnance", "Ouvrir 12 sites", ("CNAM", "DNS"), "Quelques sites ouverts."),
        ("Carnet", "Ouvrir 13 sites", ("CNAM", "DNS"), "Des sites ouverts."),
        ("Portails", "Ouvrir 14 sites", ("CNAM", "DNS"), "Rien."),
    ]


def test_a_greater_than_sign_for_an_arrow_and_partners_in_brackets_on_their_own_line(read: Read) -> None:
    """As reports typed on a plain keyboard are: invented."""
    action = only_action(
        read(
            HEAD + "PRIORITÉ 1\n\nT\n\n1-1. Alimentation\n\n> Ouvrir 10 sites dans\nle pays\n\n"
            "(DNS - GIE SESAM-Vitale - ARS/GRADeS)\n\nUn site ouvert.\n"
        )
    )
    assert (action.objective, action.partners, action.narrative) == (
        "Ouvrir 10 sites dans le pays",
        ("DNS", "GIE SESAM-Vitale", "ARS/GRADeS"),
        "Un site ouvert.",
    )


@pytest.mark.parametrize(
    ("banner", "axis"),
    [
        ("PRÉVENTION", 1),
        ("PREVENTON", 1),
        ("PRISE EN CHRAGE", 2),
        ("ACCES A LA SANTÉ", 3),
        ("CADRE PROPIECE", 4),
        ("AXE 4 – Cadre propice", 4),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_misspelt_banners(banner: str, axis: int, after: bool, read: Read) -> None:
    """A banner read as a title or as the end of a progress text."""
    head = f"PRIORITÉ 19\n\n{banner}\n\nUn titre\n\n" if after else f"{banner}\n\nPRIORITÉ 19\n\nUn titre\n\n"
    extraction = read(
        f"{HEAD}PRIORITÉ 1\n\nT\n\n1-1. Alimentation\n\n→ Ouvrir 10 sites\n\nDNS\n\nFait.\n\n{head}"
        "19-1. Autre chose\n\n→ Ouvrir 11 sites\n\nDNS\n\nFait aussi.\n"
    )
    assert [item.narrative for item in extraction.actions] == ["Fait.", "Fait aussi."]
    assert (extraction.priorities[1].title, extraction.priorities[1].axis) == ("Un titre", axis)


def test_changed_promises_are_told_and_not_taken_over(read: Read) -> None:
    """A target moved between two reports without anybody being told."""
    extraction = read(
        HEAD + "PRIORITÉ 8\n\nT\n\n8-1. Lancement du portail Bouquet de services aux professionnels\n\n"
        "→ Ouvrir le portail dès mi-2026\n\n"
        "CNAM\n\nRien.\n\n8-4. Ordonnance numérique\n\n"
        "→ Atteindre, d’ici fin 2025, 75 % du marché et 52 000 médecins\n\nCNAM\n\nRien.\n"
    )
    told = [warning for warning in extraction.warnings if "révision à valider" in warning]
    assert told == [
        "Action 8-1 : échéance 2026-06-30 (semester) au lieu de 2024-06-30 (quarter) pour 8-1.1 ; révision à valider.",
        "Action 8-4 : échéance 2025-12-31 (year) au lieu de 2024-12-31 (year) pour 8-4.1 ; révision à valider.",
        "Action 8-4 : cible 52\u202f000 médecin au lieu de 40\u202f000 (8-4.2) ; révision à valider.",
        "Action 8-4 : échéance 2025-12-31 (year) au lieu de 2024-12-31 (year) pour 8-4.2 ; révision à valider.",
    ]


def test_unknown_actions_are_told(read: Read) -> None:
    """A report that invents an action in silence; one action is no whole report, and its figures wait."""
    extraction = read(f"{HEAD}PRIORITÉ 19\n\nT\n\n19-1. Autre chose\n\n→ Ouvrir 11 sites\n\nDNS\n\nFait.\n")
    assert "Action 19-1 inconnue de la référence : « Autre chose »." in extraction.warnings
    assert any("1 actions lues sur 65" in warning for warning in extraction.warnings)
    assert extraction.kind == "other"


def test_a_footer_whose_page_number_goes_up_is_no_progress_text(read: Read) -> None:
    """A page's foot left in a text without pages: it ends the progress of whatever stands above. All invented."""
    told = "".join(
        f"Action 1-{rank} – Titre {rank}\nObjectif : tenir {rank}0 réunions\nPartenaires : DNS / ANS\n"
        "Le travail avance.\n\n"
        f"Conseil du numérique en santé – 24 juin 2025       {rank}\n"
        for rank in (1, 2, 3)
    )
    found = read(f"ÉTAT D’AVANCEMENT   Séance du 24 juin 2025\n\nPriorité n° 1 - Titre\n\n{told}", "rapport.txt")
    assert [action.narrative for action in found.actions] == ["Le travail avance."] * 3
    assert (found.title, str(found.as_of)) == ("ÉTAT D’AVANCEMENT", "2025-06-24")


def test_priorities_without_their_word_and_drawn_marks(read: Read) -> None:
    """A report for the screen: numbered headings, pictograms where others write labels. All invented."""
    action = "### 1.{0} Titre {0}\n\n🎯 Équiper {0}00 sites fin 2026\n\n👥 DNS, ANS\n\n📈 Pas d’avancée.\n\n"
    found = read(f"# Rapport\n\n**24/06/2025**\n\n## 1 – Première priorité\n\n{action.format(1)}{action.format(2)}")
    assert [(item.number, item.title) for item in found.priorities] == [(1, "Première priorité")]
    assert [(item.objective, item.partners, item.narrative) for item in found.actions] == [
        ("Équiper 100 sites fin 2026", ("DNS", "ANS"), "Pas d’avancée."),
        ("Équiper 200 sites fin 2026", ("DNS", "ANS"), "Pas d’avancée."),
    ]
