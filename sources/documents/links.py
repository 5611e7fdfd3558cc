"""Which KPI a figure is, by the matchers the reference declares: words, unit, action, and how sure they are.

A sentence may hold several figures of one unit; a matcher then takes only the one its words stand nearest to, the
words after a figure before those that precede it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sources.documents.facts import HEADING_MARK, Quantity
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Matcher, Reference

# Writings of the documents that count what the reference says with another word.
_SAME_UNIT = {"groupement": "ght", "es": "etablissement", "hopital": "etablissement", "appli": "application"}
_BEFORE, _AROUND, _HEADING = 1000, 2000, 3000


@dataclass(frozen=True)
class _Claim:
    """A matcher that recognises a quantity, and how far its words stand from it: after, before, further, above."""

    quantity: int
    matcher: Matcher
    distance: int


def link(quantities: Sequence[Quantity], reference: Reference) -> list[Quantity]:
    """The quantities with the KPI they are, when a matcher says so; several claims on one leave the surest.

    Only a value can be a KPI's: the whole a part is said of and what is wanted for later are never linked, and what
    was added only where a matcher looks for a rise (« hausse »).
    """
    by_unit: dict[str, list[Matcher]] = {}
    for matcher in reference.matchers.values():
        by_unit.setdefault(_plain_unit(matcher.unit), []).append(matcher)
    claims = [
        claim
        for rank, quantity in enumerate(quantities)
        if quantity.role in {"value", "increase"}
        for matcher in by_unit.get(_plain_unit(quantity.unit), ())
        if (claim := _claim(rank, quantity, _window(quantities, rank), matcher)) is not None
    ]
    best: dict[int, _Claim] = {}
    for claim in sorted(claims, key=_precedence):
        if claim.quantity in best or _is_beaten(claim, claims, quantities):
            continue
        best[claim.quantity] = claim
    return [
        replace(quantity, kpi_id=best[rank].matcher.kpi_id, link_confidence=best[rank].matcher.confidence)
        if rank in best
        else quantity
        for rank, quantity in enumerate(quantities)
    ]


def _precedence(claim: _Claim) -> tuple[int, float, int]:
    """Claims from a figure's own stretch before those from further away, then the surest, then the nearest."""
    return (claim.distance if claim.distance >= _AROUND else 0, -claim.matcher.confidence, claim.distance)


def _window(quantities: Sequence[Quantity], rank: int) -> tuple[int, int]:
    """The stretch of its sentence a quantity has for itself: from the figure before it to the figure after it."""
    mine = quantities[rank]
    low, high = 0, len(mine.prefix + mine.quote + mine.suffix)
    for other in (rank - 1, rank + 1):
        if 0 <= other < len(quantities) and _same_sentence(mine, quantities[other]):
            near = quantities[other]
            if other < rank:
                low = len(near.prefix) + len(near.quote)
            else:
                high = len(near.prefix)
    return min(low, len(mine.prefix)), max(high, len(mine.prefix) + len(mine.quote))


def _claim(rank: int, quantity: Quantity, window: tuple[int, int], matcher: Matcher) -> _Claim | None:
    """A matcher's claim on a quantity of its unit: in its own stretch, in its sentence, then with headings above."""
    if matcher.action_code is not None and matcher.action_code != quantity.action:
        return None
    sentence = fold_in_place(quantity.prefix + quantity.quote + quantity.suffix)
    start, end = len(quantity.prefix), len(quantity.prefix) + len(quantity.quote)
    low, high = window
    rise = "hausse " if quantity.role == "increase" else ""
    stretch = "" if rise else sentence[low:high]
    found = [(item.start() + low, item.end() + low) for item in matcher.regex.finditer(stretch)]
    if found:
        return _Claim(rank, matcher, min(_distance(item, start, end) for item in found))
    if matcher.regex.search(rise + sentence):
        return _Claim(rank, matcher, _AROUND)
    headings = quantity.heading.split(HEADING_MARK) if quantity.heading else []
    for depth in range(1, len(headings) + 1):
        above = fold_in_place(" : ".join(headings[-depth:]))
        if matcher.regex.search(f"{above} : {rise}{sentence}"):
            return _Claim(rank, matcher, _HEADING + depth)
    return None


def _distance(found: tuple[int, int], start: int, end: int) -> int:
    """How far some words are from a figure's: those after it count as nearer than any before."""
    if found[1] > start:
        return max(0, found[0] - end)
    return _BEFORE + start - found[1]


def _is_beaten(claim: _Claim, claims: Sequence[_Claim], quantities: Sequence[Quantity]) -> bool:
    """Whether another figure of the same sentence and period stands nearer to the words of the same matcher."""
    mine = quantities[claim.quantity]
    return any(
        other.matcher.matcher_id == claim.matcher.matcher_id
        and other.quantity != claim.quantity
        and other.distance < claim.distance
        and mine.period_end == quantities[other.quantity].period_end
        and _same_sentence(mine, quantities[other.quantity])
        for other in claims
    )


def _same_sentence(one: Quantity, other: Quantity) -> bool:
    return (one.action, one.prefix + one.quote + one.suffix) == (
        other.action,
        other.prefix + other.quote + other.suffix,
    )


def same_unit(said: str, wanted: str) -> bool:
    """Whether two unit words count the same thing."""
    return _plain_unit(said) == _plain_unit(wanted)


@lru_cache(maxsize=1 << 12)
def _plain_unit(unit: str) -> str:
    folded = fold(unit).replace("-", " ")
    return _SAME_UNIT.get(folded, folded)
