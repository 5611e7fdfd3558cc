"""Which KPI a figure is, by the matchers the reference declares: words, unit, action, and how sure they are.

A sentence may hold several figures of one unit; a matcher then takes only the one its words stand nearest to, the
words after a figure before those that precede it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.documents.facts import Quantity
from sources.documents.text import same_length_fold
from sources.reference import Matcher, Reference, fold

# Words of the documents that count the same thing as a reference unit.
_SAME_UNIT = {
    "officine": "pharmacie",
    "praticien": "médecin",
    "usager": "personne",
    "citoyen": "personne",
    "hôpital": "établissement",
    "structure": "établissement",
    "appli": "application",
    "es": "établissement",
    "ght": "établissement",
}


@dataclass(frozen=True)
class _Claim:
    """A matcher that recognises a quantity, and how far its words stand from it."""

    quantity: int
    matcher: Matcher
    distance: int


def link(quantities: Sequence[Quantity], reference: Reference) -> list[Quantity]:
    """The quantities with the KPI they are, when a matcher says so; several claims on one leave the surest."""
    claims = [
        claim
        for rank, quantity in enumerate(quantities)
        for matcher in reference.matchers.values()
        if (claim := _claim(rank, quantity, matcher)) is not None
    ]
    best: dict[int, _Claim] = {}
    for claim in sorted(claims, key=lambda item: (-item.matcher.confidence, item.distance)):
        if claim.quantity in best or _is_beaten(claim, claims, quantities):
            continue
        best[claim.quantity] = claim
    return [
        replace(quantity, kpi_id=best[rank].matcher.kpi_id, link_confidence=best[rank].matcher.confidence)
        if rank in best
        else quantity
        for rank, quantity in enumerate(quantities)
    ]


def _claim(rank: int, quantity: Quantity, matcher: Matcher) -> _Claim | None:
    if matcher.action_code is not None and matcher.action_code != quantity.action:
        return None
    if not same_unit(quantity.unit, matcher.unit):
        return None
    sentence = quantity.prefix + quantity.quote + quantity.suffix
    found = list(matcher.regex.finditer(same_length_fold(sentence)))
    if not found and not matcher.found_in(sentence):
        return None
    start, end = len(quantity.prefix), len(quantity.prefix) + len(quantity.quote)
    distances = [
        0
        if item.start() < end and item.end() > start
        else item.start() - end
        if item.start() >= end
        else 1000 + start - item.end()
        for item in found
    ]
    return _Claim(rank, matcher, min(distances, default=2000))


def _is_beaten(claim: _Claim, claims: Sequence[_Claim], quantities: Sequence[Quantity]) -> bool:
    """Whether another figure of the same sentence stands nearer to the words of the same matcher."""
    mine = quantities[claim.quantity]
    return any(
        other.matcher.matcher_id == claim.matcher.matcher_id
        and other.quantity != claim.quantity
        and _same_sentence(mine, quantities[other.quantity])
        and other.distance < claim.distance
        for other in claims
    )


def _same_sentence(one: Quantity, other: Quantity) -> bool:
    return (
        one.action == other.action and one.prefix + one.quote + one.suffix == other.prefix + other.quote + other.suffix
    )


def same_unit(said: str, wanted: str) -> bool:
    """Whether two unit words count the same thing."""
    return _plain_unit(said) == _plain_unit(wanted)


def _plain_unit(unit: str) -> str:
    folded = fold(unit)
    return fold(_SAME_UNIT.get(folded, folded)).replace("-", " ")
