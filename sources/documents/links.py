"""Which KPI a figure is, by the matchers the reference declares: words, unit, action, and how sure they are.

A matcher names the quantity and the population, in the figure's own clause. Words said elsewhere in the sentence count
only where nothing else there is counted by them (« le nombre de médecins … a progressé de 11 200 et atteint 41 200 »).
A figure that is no level (a part, an exit, a plan) is nobody's, unless the matcher looks for the very words that make
it so (« dont 1 SOS Médecins », « en cours »).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sources.documents.facts import HEADING_MARK, Quantity, Span
from sources.documents.places import Places
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Matcher, Reference

# Writings of the documents that count what the reference says with another word.
_SAME_UNIT = {"groupement": "ght", "es": "etablissement", "hopital": "etablissement", "appli": "application"}
_REACHED, _BEFORE, _AROUND, _HEADING = 500, 1000, 2000, 3000
_THEY = re.compile(r"\W*(?:ils|elles)\b")
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NO_LEVEL = frozenset({"total", "start", "aim"})
_CHANGES = frozenset({"increase", "decrease", "start"})
_STILL_A_MEASURE = frozenset({"estimated", "provisional"})
_NEVER_MEASURED = frozenset({"forecast", "planned"})


@dataclass(frozen=True)
class _Claim:
    """A matcher that recognises a quantity, and how far its words are from it: after, before, further, above."""

    quantity: int
    matcher: Matcher
    distance: int
    words: Span


def link(quantities: Sequence[Quantity], reference: Reference) -> list[Quantity]:
    """The quantities with the KPI they are, when a matcher says so; several claims on one leave the surest.

    A figure of one territory is a part of the country's. What the matcher found is kept (`matched`), for the acceptance
    to judge what it left unexplained.
    """
    places = Places.of(reference)
    placed = [_of_a_place(quantity, places) for quantity in quantities]
    by_unit: dict[str, list[Matcher]] = {}
    for matcher in reference.matchers.values():
        by_unit.setdefault(_plain_unit(matcher.unit), []).append(matcher)
    claims = [
        claim
        for rank, quantity in enumerate(placed)
        for matcher in by_unit.get(_plain_unit(quantity.unit), ())
        if (claim := _claim(rank, placed, matcher)) is not None
    ]
    best: dict[int, _Claim] = {}
    for claim in sorted(claims, key=_precedence):
        if claim.quantity in best or _is_beaten(claim, claims, placed):
            continue
        best[claim.quantity] = claim
    return [_linked(quantity, best[rank]) if rank in best else quantity for rank, quantity in enumerate(placed)]


def _linked(quantity: Quantity, claim: _Claim) -> Quantity:
    doubts = quantity.doubts if claim.distance < _AROUND else (*quantity.doubts, "words_elsewhere")
    return replace(
        quantity,
        kpi_id=claim.matcher.kpi_id,
        link_confidence=claim.matcher.confidence,
        matched=claim.words,
        doubts=doubts,
    )


def _of_a_place(quantity: Quantity, places: Places) -> Quantity:
    """« Dans le Grand Est, 2 300 médecins »: a part, whatever else the sentence says."""
    sentence = quantity.sentence
    said = sentence[slice(*quantity.clause)]
    opening = sentence[slice(*quantity.opening)]
    if quantity.role not in {"value", "pending"} or not (places.name_one(said) or places.name_one(opening)):
        return quantity
    return replace(quantity, role="part")


def _precedence(claim: _Claim) -> tuple[int, float, int]:
    """Claims from a figure's own stretch before those from further away, then the surest, then the nearest."""
    return (claim.distance if claim.distance >= _AROUND else 0, -claim.matcher.confidence, claim.distance)


def _claim(rank: int, quantities: Sequence[Quantity], matcher: Matcher) -> _Claim | None:
    """A matcher's claim on a quantity of its unit: in its own clause, in its sentence, then with headings above."""
    quantity = quantities[rank]
    is_elsewhere = matcher.action_code is not None and matcher.action_code != quantity.action
    if is_elsewhere or quantity.role in _NO_LEVEL:
        return None
    sentence = fold_in_place(quantity.sentence)
    start, end = len(quantity.prefix), len(quantity.prefix) + len(quantity.quote)
    for low, further in ((quantity.clause[0], 0), (quantity.reach, _REACHED)):
        spans = [
            (item.start() + low, item.end() + low)
            for item in matcher.regex.finditer(sentence[low : quantity.clause[1]])
        ]
        found = [words for words in spans if words[1] > quantity.clause[0] and _explains(quantity, words, matcher)]
        if found:
            nearest = min(found, key=lambda words: _distance(words, start, end))
            return _Claim(rank, matcher, _distance(nearest, start, end) + further, nearest)
    return _claim_from_afar(rank, quantities, matcher) if quantity.role == "value" else None


def _claim_from_afar(rank: int, quantities: Sequence[Quantity], matcher: Matcher) -> _Claim | None:
    """A claim by words elsewhere in the sentence, else in the headings above."""
    quantity = quantities[rank]
    sentence = fold_in_place(quantity.sentence)
    own = next((item.span() for item in matcher.regex.finditer(sentence) if _starts_at(quantity, item.span())), None)
    if own and _explains(quantity, own, matcher) and not _holds_another(rank, quantities, own):
        return _Claim(rank, matcher, _REACHED, own)
    around = matcher.regex.search(sentence)
    if around and _explains(quantity, around.span(), matcher) and _is_subject(rank, quantities, around.span()):
        return _Claim(rank, matcher, _AROUND, around.span())
    if _THEY.match(sentence) and quantity.context and quantity.quote[-1].isalpha():  # « Ils regroupent 84 partenaires »
        above = fold_in_place(_LAST_SENTENCE.split(quantity.context.strip())[-1]).rstrip(" .") + " "
        whole = matcher.regex.search(above + sentence)
        if whole and _explains(quantity, (whole.start() - len(above), whole.end() - len(above)), matcher):
            return _Claim(rank, matcher, _AROUND, (0, 0))
    headings = quantity.heading.split(HEADING_MARK) if quantity.heading else []
    for depth in range(1, len(headings) + 1):
        above = fold_in_place(" : ".join(headings[-depth:])) + " : "
        whole = matcher.regex.search(above + sentence)
        if whole and _explains(quantity, (whole.start() - len(above), whole.end() - len(above)), matcher):
            return _Claim(rank, matcher, _HEADING + depth, (0, 0))
    return None


def _starts_at(quantity: Quantity, words: Span) -> bool:
    """« 16 consortiums, qui regroupent 70 partenaires, … sont financés »: the words begin with what is counted."""
    return len(quantity.prefix) <= words[0] < len(quantity.prefix) + len(quantity.quote)


def _holds_another(rank: int, quantities: Sequence[Quantity], words: Span) -> bool:
    """Whether words found run over another figure of the same unit, which they may count as well."""
    mine = quantities[rank]
    return any(
        other != rank
        and _same_sentence(mine, near)
        and same_unit(mine.unit, near.unit)
        and words[0] < len(near.prefix) < words[1]
        for other, near in enumerate(quantities)
    )


def _explains(quantity: Quantity, words: Span, matcher: Matcher) -> bool:
    """Whether a matcher looks for each of the cues that make the figure something else than a measured level: they
    are among the words found, and the pattern names them."""
    cues = [cue for cue in quantity.cues if cue.says not in _STILL_A_MEASURE]
    if quantity.role != "value" and not any(cue.says == quantity.role for cue in cues):
        return False
    if quantity.nature in _NEVER_MEASURED and not cues:
        return False
    return all(
        words[0] < cue.end and cue.start < words[1] and _names(matcher, quantity.sentence[cue.start : cue.end])
        for cue in cues
    )


def _names(matcher: Matcher, said: str) -> bool:
    """Whether a pattern holds a word of a cue; a plus sign has none."""
    told = re.findall(r"[^\W\d_]{3,}", fold(said))
    if told and told[-1] in {"plus", "moins"}:
        return False  # « … de plus »: a change, whatever else the pattern says of « plus de »
    return not told or any(word[:6] in matcher.regex.pattern for word in told)


def _is_subject(rank: int, quantities: Sequence[Quantity], words: Span) -> bool:
    """Whether words elsewhere in the sentence count a figure without a noun of its own, and no other level."""
    mine = quantities[rank]
    if any(character.isalpha() for character in mine.quote.replace("millions", "").replace("million", "")):
        named = fold_in_place(mine.quote)
        if mine.unit not in {"%", "€"} and fold_in_place(mine.unit)[:4] in named:
            return False
    for other, near in enumerate(quantities):
        if other == rank or not _same_sentence(mine, near) or near.role in _CHANGES:
            continue
        if near.clause[0] < words[1] and words[0] < near.clause[1]:
            return False
    return True


def _distance(found: Span, start: int, end: int) -> int:
    """How far some words are from a figure's: those after it count as nearer than any before."""
    if found[1] > start:
        return max(0, found[0] - end)
    return _BEFORE + start - found[1]


def _is_beaten(claim: _Claim, claims: Sequence[_Claim], quantities: Sequence[Quantity]) -> bool:
    """Whether another figure of the same sentence and period is nearer to the words of the same matcher."""
    mine = quantities[claim.quantity]
    return any(
        other.matcher.kpi_id == claim.matcher.kpi_id
        and other.quantity != claim.quantity
        and other.distance < claim.distance
        and mine.period_end == quantities[other.quantity].period_end
        and claim.distance >= _AROUND
        and _same_sentence(mine, quantities[other.quantity])
        for other in claims
    )


def _same_sentence(one: Quantity, other: Quantity) -> bool:
    return (one.action, one.sentence) == (other.action, other.sentence)


def same_unit(said: str, wanted: str) -> bool:
    """Whether two unit words count the same thing."""
    return _plain_unit(said) == _plain_unit(wanted)


@lru_cache(maxsize=1 << 12)
def _plain_unit(unit: str) -> str:
    folded = fold(unit).replace("-", " ")
    return _SAME_UNIT.get(folded, folded)
