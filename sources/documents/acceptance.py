"""Why a figure linked to a KPI may not count without a person; a figure without doubt may.

A doubt is cheap: the figure waits in the review workbook with its quote. So a figure counts by itself only when it is a
measured level of the whole, dated by its own sentence, the only candidate for its KPI and period in the document, and
when its clause says nothing that neither the KPI's own words nor plain words explain. Whether the document is a whole
progress report, and whether the value jumps against the KPI's history, is for the warehouse.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sources.documents.facts import Quantity, Span
from sources.documents.places import Places
from sources.documents.words import WORDS
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Reference

# Roles a matcher may claim with the words that make them; a comparison is never today's figure.
_CLAIMED = frozenset({"value", "part", "increase", "pending", "negation"})
_MARK = re.compile(r"[,;:()–—]")
_NO_MEASURE = frozenset({"forecast", "planned"})
# What follows one of these tells why, or what else, and narrows nothing.
_ASIDE = re.compile(
    r"\s(?:afin d[e']|grace a|notamment|ce qui|soit\b|permettant|leur permet\w*|pour (?:que|\w+(?:er|ir|re)\b)|"
    r"et (?:a|ont|en ont|est|sont|en est|publi\w+|leur|lui)\b)"
)
_NARROWING = re.compile(
    r"\b(?:dans|en|a|au|aux|chez|aupres d\w*|hors|hormis|sauf|selon|d'apres|uniquement|seulement|"
    r"exclusivement|parmi|sous|"
    r"sans|pour (?:les|la|le|des|l')|cote|lors d\w*|sur|via|si|s'il|estim\w+|au sein d\w*)(?P<what>(?:[\s']+\w+){1,3})"
)
_WORD = re.compile(r"[^\W\d_]+")
_STEM = 6


def with_doubts(quantities: Sequence[Quantity], reference: Reference) -> list[Quantity]:
    """The quantities of one document, each linked one with what forbids to count it without a person."""
    places = Places.of(reference)
    known = {kpi_id: _words_of(kpi_id, reference) for kpi_id in {item.kpi_id for item in quantities if item.kpi_id}}
    rivals = _rivals(quantities)
    return [
        item
        if item.kpi_id is None
        else replace(item, doubts=tuple(dict.fromkeys(_doubts(rank, item, known[item.kpi_id], places, rivals))))
        for rank, item in enumerate(quantities)
    ]


def _doubts(
    rank: int, item: Quantity, known: frozenset[str], places: Places, rivals: Mapping[int, bool]
) -> Iterable[str]:
    yield from item.doubts
    if item.role not in _CLAIMED:
        yield item.role
    if item.nature in _NO_MEASURE:
        yield item.nature
    if item.period_end is None:
        yield "no_period"
    if rivals.get(rank):
        yield "several"
    if places.name_one(item.context):
        yield "place_nearby"
    yield from (f"word:{word}" for word in unexplained(item, known))


def _rivals(quantities: Sequence[Quantity]) -> dict[int, bool]:
    """For each linked figure, whether another value of the same KPI overlaps its period in the document."""
    linked = [(rank, item) for rank, item in enumerate(quantities) if item.kpi_id]
    found: dict[int, bool] = {}
    for rank, item in linked:
        found[rank] = any(
            other.kpi_id == item.kpi_id and other_rank != rank and _overlap(item, other) and other.value != item.value
            for other_rank, other in linked
        )
        said_before = any(
            other_rank < rank and other.kpi_id == item.kpi_id and other.value == item.value and _overlap(item, other)
            for other_rank, other in linked
        )
        found[rank] = found[rank] or said_before
    return found


def _overlap(one: Quantity, other: Quantity) -> bool:
    """Whether two figures may speak of one period: they end on the same day, or one has none."""
    if one.period_end is None or other.period_end is None:
        return True
    return one.period_end == other.period_end or (
        one.period_precision != other.period_precision
        and one.period_start is not None
        and other.period_start is not None
        and one.period_start <= other.period_end
        and other.period_start <= one.period_end
    )


def unexplained(item: Quantity, known: frozenset[str]) -> list[str]:
    """The words around a figure that nothing explains, and that may narrow it.

    In its own predicate, every word has to be explained. In what its sentence says beside (« Le déploiement se
    poursuit, avec … »), only what says where, for whom or according to whom.
    """
    sentence = item.sentence
    folded = fold_in_place(sentence)
    quote = (len(item.prefix), len(item.prefix) + len(item.quote))
    masked = [quote, item.said, item.matched]
    low, high = _predicate(item, folded, quote)
    words = list(_WORD.finditer(folded, low, high))
    for start, end in ((_first(item), low), (high, item.clause[1]), item.opening):
        for phrase in _NARROWING.finditer(folded, start, end):
            words += _WORD.finditer(folded, phrase.start("what"), phrase.end("what"))
    found = [
        sentence[word.start() : word.end()]
        for word in sorted(words, key=lambda word: word.start())
        if len(word[0]) > 1 and not _is_masked(word.span(), masked) and stem(word[0]) not in known
    ]
    return list(dict.fromkeys(found))


def _predicate(item: Quantity, folded: str, quote: Span) -> Span:
    """What is said of the figure itself: from the mark before it to the mark after it, the words found included."""
    start, end = _first(item), item.clause[1]
    marks = [mark.end() for mark in _MARK.finditer(folded, start, quote[0])]
    ends = [mark.start() for mark in (*_MARK.finditer(folded, quote[1], end), *_ASIDE.finditer(folded, quote[1], end))]
    low, high = max(marks, default=start), min(ends, default=end)
    if item.matched[1] > item.matched[0]:
        low, high = min(low, max(item.matched[0], start)), max(high, min(item.matched[1], end))
    return low, high


def _first(item: Quantity) -> int:
    """Where what is said of it begins: with the clause its own goes on from, when its words were found there."""
    return min(item.reach, item.clause[0]) if item.matched[0] < item.clause[0] else item.clause[0]


def _is_masked(word: Span, masked: Iterable[Span]) -> bool:
    return any(low <= word[0] and word[1] <= high for low, high in masked)


def stem(word: str) -> str:
    """What the forms of a word have in common: « financées », « financement »."""
    plain = fold(word).rstrip("sx") if len(word) > 3 else fold(word)
    return plain[:_STEM]


def _words_of(kpi_id: str, reference: Reference) -> frozenset[str]:
    """What a KPI's own texts and matchers say, and the words that narrow nothing."""
    kpi = reference.kpis[kpi_id]
    action = reference.actions[kpi.action_code]
    texts = [kpi.kpi_label, kpi.unit, kpi.population, kpi.definition, kpi.limits, action.action_title]
    for matcher in reference.matchers.values():
        if matcher.kpi_id == kpi_id:
            texts += [re.sub(r"\\.", " ", matcher.pattern), matcher.context]
    return frozenset(stem(word) for text in texts for word in _WORD.findall(text)) | _PLAIN


_PLAIN = frozenset(stem(word) for word in WORDS["plain_words"])
