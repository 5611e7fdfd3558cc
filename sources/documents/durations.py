"""Lengths of time in a sentence: those that measure something, and those that only say when, how long or who."""

import re

from sources.documents.sentences import Sentence
from sources.documents.units import Unit
from sources.french.finders import Figure
from sources.french.folding import fold_in_place

_DURATION = frozenset({"an", "année", "mois", "semaine", "jour", "trimestre", "semestre"})
# A length of time counts when a delay, an age or a gain is measured, never where it says when, how long or who.
_MEASURED = re.compile(
    r"\b(?:delais?|durees?|temps|attente|anciennete|ages?|retards?|gagn\w*|gains?|redui\w*|reduct\w*|raccourc\w*|"
    r"ramen\w*|abaiss\w*|moyen(?:ne)?s?|median(?:e)?s?)\b"
)
_WHEN_OR_WHO = re.compile(
    r"\b(?:dans un delai(?: maxim\w+)? (?:de|d')|"
    r"depuis|il y a|dans|d'ici|apres|pendant|durant|au cours|ces|ages? d(?:e|'au moins)|"
    r"(?:personne|enfant|adulte|patient|jeune|senior|femme|homme)s?(?: ages?| agees?)? de)\s+(?:de\s+|des\s+)?"
    r"(?:les\s+|ces\s+)?(?:plus de |moins de |au moins )?$|\b(?:les|tous les|toutes les)\s+(?:plus de |moins de )?$"
)
_HOW_LONG = re.compile(
    r"\b(?:en|sur|sous|pour|a|par)\s+(?:une\s+duree\s+de\s+|une\s+periode\s+de\s+)?(?:moins de |plus de )?$"
)
# « ramener de 18 à 12 mois le délai »: the second of two lengths
_FROM_TO = re.compile(r"\bde\s+\d+(?:\s+\w+)?\s+a\s+(?:moins de |plus de )?$")
_YEARS_SAID = re.compile(r"\b(?:derniere|prochaine|dernier|prochain)s?\b")


def says_when_or_who(text: str, sentence: Sentence, figure: Figure, unit: Unit) -> bool:
    """« depuis 3 ans », « sur 2 ans », « les plus de 65 ans »: when, how long or who, not how much."""
    if unit.code not in _DURATION:
        return False
    if re.match(r"\s+(?:sur|/)\s+(?:7|24|sept)\b", text[unit.end :]):
        return True  # « 7 jours sur 7 »
    lead = fold_in_place(text[max(sentence.start, figure.digits_start - 50) : figure.digits_start])
    around = fold_in_place(text[figure.digits_start : unit.end + 12])
    aged = unit.code == "an" and re.match(r"\s*(?:et plus|et moins|ou plus|revolus)", text[unit.end :])
    if _WHEN_OR_WHO.search(lead) or _YEARS_SAID.search(around) or aged:
        return True
    said = fold_in_place(text[sentence.start : sentence.end])
    if _HOW_LONG.search(lead) and not _FROM_TO.search(lead):
        return not re.search(r"\b(?:moyen(?:ne)?|median(?:e)?)\b", said)
    return not _MEASURED.search(said)
