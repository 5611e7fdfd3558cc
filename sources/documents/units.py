"""What a figure counts, from the words around it, as a singular French word; no unit, no quantity."""

import re
from dataclasses import dataclass

from sources.documents.words import WORDS
from sources.french.folding import fold, fold_in_place

_WORD = re.compile(r"[^\W\d_](?:[\w]|[-’'](?=[^\W\d_]))*")
# « pharmacien·nes », « infirmier(e)s », « étudiant.e.s »: what writes both genders at once belongs to the noun.
_INCLUSIVE = re.compile(
    r"(?:[·•‧∙⋅.](?:ne|e|se|rice|ère|le|te|ve)?s?(?:[·•‧∙⋅.]s)?|\((?:ne|e|se|rice)?s?\)s?|-(?:ne|e|se|rice)-s)(?!\w)"
)
_STOP = WORDS["not_nouns"]
# Adjectives that are before what is counted.
_BEFORE_NOUN = WORDS["adjectives_before_noun"]
# Words a number may be before without counting anything a report follows.
_NO_UNIT = WORDS["not_units"]
_INVARIABLE = WORDS["invariable"]
_COMPOUND = (
    (re.compile(r"tiers[ -]lieux?\b", re.IGNORECASE), "tiers-lieu"),
    (re.compile(r"cas d[’']usages?\b", re.IGNORECASE), "cas d'usage"),
    (re.compile(r"comptes?[- ]rendus?\b", re.IGNORECASE), "compte-rendu"),
    (re.compile(r"appels? à projets?\b", re.IGNORECASE), "appel à projets"),
    (re.compile(r"bo[iî]tes? aux lettres\b", re.IGNORECASE), "boîte aux lettres"),
)
_IRREGULAR = {"travaux": "travail", "yeux": "œil", "baux": "bail", "noyaux": "noyau", "tuyaux": "tuyau", "ans": "an"}


@dataclass(frozen=True)
class Unit:
    """A unit and the span of the words that say it; `is_acronym` keeps its capitals."""

    code: str
    start: int
    end: int


def unit_after(text: str, position: int) -> Unit | None:
    """The noun right after a figure, adjectives that precede it skipped: « 6 nouveaux lauréats » counts `lauréat`."""
    link = re.compile(
        r"\s*(?:de\s+(?:ces|leurs|ses|nos)\s+|parmi\s+(?:les|ces)\s+|d[’']entre\s+(?:les|ces)\s+|de\s+l[’']|de\s+la\s+|des?\s+|d[’']\s*)?"
    ).match(text, position)
    start = link.end() if link else position
    for pattern, code in _COMPOUND:
        found = pattern.match(text, start)
        if found:
            return Unit(code, found.start(), found.end())
    skipped = 0
    while skipped < 3:
        found = _WORD.match(text, start)
        if not found:
            return None
        word = found[0]
        if fold(word) in _BEFORE_NOUN and _WORD.match(text, _spaces(text, found.end())):
            start, skipped = _spaces(text, found.end()), skipped + 1
            continue
        if not _is_noun(word):
            return None
        suffix = _INCLUSIVE.match(text, found.end())
        is_one = suffix is not None and suffix[0] not in {".", "·", "•"}
        return Unit(singular(word), found.start(), suffix.end() if suffix and is_one else found.end())
    return None


def _spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _is_noun(word: str) -> bool:
    folded = fold(word)
    if folded in _STOP or folded in _NO_UNIT:
        return False
    return len(word) > 1 and not re.match(r"^(?:[lcdjmnst]|qu)[’']", folded)


def is_small_word(word: str) -> bool:
    """Whether a word is an article, a preposition, a common verb: one that is by itself."""
    return fold(word) in _STOP


def is_acronym(word: str) -> bool:
    """Whether capitals make up most of a word: `SAMU`, `GRADeS`, `EHPADs`."""
    capitals = sum(character.isupper() for character in word)
    return capitals >= 2 and 2 * capitals >= len(word)


def is_plural(word: str) -> bool:
    """Whether a word looks like a plural, an acronym, or never shows its number."""
    folded = fold(word)
    return folded.endswith(("s", "x")) or folded in _INVARIABLE or is_acronym(word)


def singular(word: str) -> str:
    """The word in the singular and lower case; an acronym keeps its capitals and loses no letter."""
    if is_acronym(word):
        return word[:-1] if word.endswith("s") and word[:-1].isupper() else word
    plain = word.replace("’", "'").lower()
    if plain in _IRREGULAR:
        return _IRREGULAR[plain]
    folded = fold(plain)
    if folded in _INVARIABLE:
        return plain
    if folded.endswith(("eaux", "eux", "oux", "eus")):
        return plain[:-1]
    if folded.endswith("aux"):
        return plain[:-3] + "al"
    return plain[:-1] if folded.endswith(("s", "x")) and len(plain) > 2 and not folded.endswith("ss") else plain


_COUNTED_AFTER = re.compile(
    r"^\s*(?:le|leur|son)\s+(?:nombre|total|volume|parc|effectif)(?:\s+(?:total|global|cumule))?\s+(?:des?\s+|d'\s*)"
)
_COUNTED_BEFORE = re.compile(
    r"(?:nombre|total|volume|parc|effectif)s?(?:\s+(?:total|global|cumule|moyen))?\s+(?:de\s+la\s+|des?\s+|d'\s*)(?P<noun>[^\W\d_][\w'-]*)[^.;:]{0,60}:?\s*$"
)
_BROUGHT_TO = re.compile(r"\b(?:a|puis a|et a)\s+(?:pres de |plus de |environ |au moins )?$")
_COUNTED_LATER = re.compile(
    r"[^.;]{0,90}?\b(?:le|leur|son)\s+(?:nombre|total|volume|parc|effectif)(?:\s+(?:total|global|annuel))?\s+(?:des?\s+|d'\s*)"
)
# « Les médecins hospitaliers ne sont que 1 200 »
_SUBJECT_BEFORE = re.compile(
    r"(?:^|[,;.]\s)\s*(?:les|ces|nos|leurs)\s+(?P<noun>[^\W\d_][\w'-]*[sx])(?:\s+[^\W\d_][\w'-]*){0,4}?\s+"
    r"(?:ne\s+)?(?:sont|etaient|seront)\s+(?:que\s+|deja\s+|desormais\s+|encore\s+)?$"
)
_LABEL_BEFORE = re.compile(r"(?:^|[\n.;•–-]\s*)(?P<noun>[^\W\d_][\w'’-]*)(?:\s+[^\W\d_][\w'’-]*){0,8}\s*:\s*$")


def unit_said_elsewhere(text: str, start: int, end: int) -> Unit | None:
    """« porte à 30 le nombre de consortiums », « le nombre de médecins atteint 34 263 », « Médecins : 34 263 »."""
    folded = fold_in_place(text)
    found = _COUNTED_AFTER.match(folded[end:])
    if found:
        unit = unit_after(text, end + found.end())
        if unit:
            return unit
    later = _COUNTED_LATER.match(folded[end:]) if _BROUGHT_TO.search(folded[:start]) else None
    if later:
        return unit_after(text, end + later.end())
    before = _COUNTED_BEFORE.search(folded[:start])
    if before and _is_noun(text[before.start("noun") : before.end("noun")]):
        word = text[before.start("noun") : before.end("noun")]
        return Unit(singular(word), start, start)
    subject = _SUBJECT_BEFORE.search(folded[:start])
    if subject and _is_noun(text[subject.start("noun") : subject.end("noun")]):
        return Unit(singular(text[subject.start("noun") : subject.end("noun")]), start, start)
    label = _LABEL_BEFORE.search(text[:start])
    if label and _is_noun(label["noun"]) and is_plural(label["noun"]):
        return Unit(singular(label["noun"]), start, start)
    return None
