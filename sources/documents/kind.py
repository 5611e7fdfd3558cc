"""Whether a document is the progress report of a session: its title and its date say so, and most actions are there.

Anything else is `other`, even where its lines look like actions: its figures wait for a person.
"""

import re
from collections.abc import Sequence
from typing import Literal

from sources.documents.report import ActionRead
from sources.documents.text import Line, shown
from sources.french.folding import fold
from sources.reference.roadmap import Reference

Kind = Literal["progress_report", "other"]

_FRONT = 15
_REPORT = re.compile(
    r"\b(?:etat|point|rapport|bilan|niveau|suivi)s? d'(?:avancement|etape)\b|\bavancement de la feuille de route\b|"
    r"\brapport d'activite de la feuille de route\b|\bou en (?:est-on|sommes-nous)\b|"
    r"\b(?:bilan|suivi|avancement) (?:annuel |semestriel )?(?:de |des )?(?:la |l')?(?:feuille de route|actions)\b"
)
_NO_REPORT = re.compile(
    r"\b(?:compte[- ]rendu|proces[- ]verbal|releve de (?:decisions|conclusions)|ordre du jour|brouillon|"
    r"version de travail|"
    r"document de travail|projet de (?:rapport|bilan|note)|projet d'etat|simulation|exercice fictif|"
    r"extraits?|communique|"
    r"revue de presse|invitation|convocation)\b"
)


def kind_of(
    front: Sequence[Line], *, title: str, is_dated: bool, actions: Sequence[ActionRead], reference: Reference
) -> Kind:
    """`progress_report` for a whole report of one session; `is_dated` when it says its day and its session."""
    if not is_dated or not holds_most(actions, reference):
        return "other"
    heads = " · ".join([fold(title), *(fold(shown(line.text)) for line in front[:_FRONT] if len(line.text) < 120)])
    return "progress_report" if _REPORT.search(heads) and not _NO_REPORT.search(heads) else "other"


def holds_most(actions: Sequence[ActionRead], reference: Reference) -> bool:
    """Whether more than half of the reference's actions are there, each with a text or an objective."""
    known = {item.fact.code for item in actions if item.fact.objective or item.fact.narrative}
    return 2 * len(known & set(reference.actions)) > len(reference.actions)
