"""Why a figure linked to a KPI may not count without a person; a figure without doubt may.

A doubt is cheap: the figure waits in the review workbook with its quote. So a figure counts by itself only when it is a
measured level of the whole, dated by its own sentence, the only candidate for its KPI and period in the document, and
when each word and number of its sentence is explained: by the KPI's own words, by plain words, by a date, or by another
figure whose part is understood. Whether the document is a whole progress report, and whether the value jumps against
the KPI's history, is for the warehouse.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from sources.documents.dating import TODAY
from sources.documents.facts import Quantity, Span
from sources.documents.places import Places
from sources.documents.words import WORDS
from sources.french.folding import fold, fold_in_place
from sources.reference.roadmap import Reference

# Roles a matcher may claim with the words that make them; a comparison is never today's figure.
_CLAIMED = frozenset({"value", "part", "increase", "pending", "negation"})
# A figure whose words may be this one's too: « sur 8 sociétés interrogées, 5 sont agréées ».
_UNTOLD = frozenset({"value", "total", "start"})
# A date beside one of these is theirs alone: « contre 30 000 en décembre », « dont 400 en mai ».
_DATED_APART = frozenset({"comparison", "part", "increase", "decrease", "exit", "start"})
_NO_MEASURE = frozenset({"forecast", "planned"})
_ODD_MARK = re.compile(r"[?±≈~<>=×]|(?<![\w+])\+\s?(?=\d)")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")
# Numbers that count nothing here: « France 2030 », « TEHDAS2 », « 15-15 », « jalon 1 », « pour 4 ans ».
_NO_COUNT = re.compile(
    r"(?:\b[A-Z][\w@’'-]*|\b(?:jalon|vague|version|phase|domaine|niveau|côté))\s+\d+|[^\W\d]+[-/]?\d+\b|\b\d+(?:[-/]\w+)+|"
    r"\bpour \d+ (?:ans|mois)\b|\b\d+\s?(?:er|ère|e|ème|nde?)\b"
)
# In the stretch of another figure, what would bear on the whole sentence.
_TAKES_BACK = re.compile(
    r"\b(?:selon|d'apres|si|s'il|sous reserve|sauf|hors|hormis|estim\w*|provisoire\w*|confirm\w*|faux|fausse|errone\w*|"
    r"erreur|peut|voire|theori\w*|fictif|simul\w*|sinon)\b"
)
# A stretch of time that the KPI's own words do not name.
_A_WHILE = re.compile(
    r"\b(?:depuis|entre|sur|durant|pendant|cours|pleine|glissante?s?|de|[a-z]{3,} (?:a|au|et) [a-z]{3,})\b"
)
_ROLLING = re.compile(r"\b(?:depuis|glissante?s?)\b")  # for what is counted over a time of its own
_YEAR = re.compile(r"\b(?:20)?\d\d\b|annee|\ban\b")
_ELSEWHEN = re.compile(r"\b(?:precedent|passe|dernier|meme|pareil)(?:le)?(?:e|s|es)?\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_STEM = 6


def with_doubts(quantities: Sequence[Quantity], reference: Reference, as_of: date | None = None) -> list[Quantity]:
    """The quantities of one document, each linked one with what forbids to count it without a person."""
    places = Places.of(reference)
    known = {kpi_id: _words_of(kpi_id, reference) for kpi_id in {item.kpi_id for item in quantities if item.kpi_id}}
    rivals = _rivals(quantities)

    def judged(rank: int, item: Quantity) -> Quantity:
        if item.kpi_id is None:
            return item
        beside = [other for other in quantities if other is not item and _same_sentence(item, other)]
        explained = known[item.kpi_id]
        doubts = (
            *item.doubts,
            *(["several"] if rivals[rank] else []),
            *_doubts_on_the_role(item, places),
            *_doubts_on_the_date(item, beside, as_of),
            *_doubts_on_the_span(item, reference.kpis[item.kpi_id].measure_kind, explained),
            *_doubts_on_the_numbers(item, beside, explained),
            *(f"word:{word}" for word in unexplained(item, explained, beside)),
        )
        return replace(item, doubts=tuple(dict.fromkeys(doubts)))

    return [judged(rank, item) for rank, item in enumerate(quantities)]


def _doubts_on_the_role(item: Quantity, places: Places) -> Iterator[str]:
    """What is no measured level, or is beside another place."""
    if item.role not in _CLAIMED:
        yield item.role
    if item.nature in _NO_MEASURE:
        yield item.nature
    if places.name_one(item.context):
        yield "place_nearby"


def _doubts_on_the_date(item: Quantity, beside: Sequence[Quantity], as_of: date | None) -> Iterator[str]:
    """No date, one that may be another figure's, one of another time, or one whose year had to be guessed."""
    if item.period_end is None:
        yield "no_period"
    low, high = _place(item)
    said = fold_in_place(item.sentence[slice(*item.said)])
    apart = (min(high, item.said[1]), max(low, item.said[0]))
    if said and any(apart[0] <= len(other.prefix) < apart[1] and not _is_joined(item, other) for other in beside):
        yield "period_of_another"
    dated = [other.clause for other in beside if other.role in _DATED_APART]
    later = [words for words in item.dates_past if words[0] >= high]
    if not said and any(not any(_holds(span, words) for span in dated) for words in later):
        yield "period_of_another"
    guessed = item.period_end and as_of and item.period_end.year < as_of.year and said and not _YEAR.search(said)
    if guessed or _ELSEWHEN.search(said) or re.search(r"\bil y a\b", fold_in_place(item.sentence)):
        yield "time_unclear"


def _doubts_on_the_span(item: Quantity, measure_kind: str, known: frozenset[str]) -> Iterator[str]:
    """A stretch of time said of what is counted at a point of it."""
    said = fold_in_place(item.sentence[slice(*item.said)])
    words = (_ROLLING if measure_kind == "flow" else _A_WHILE).findall(said)
    if measure_kind != "rolling_12_months" and any(stem(word) not in known for word in words):
        yield "over_a_time"


def _is_joined(item: Quantity, other: Quantity) -> bool:
    """« 1 250 établissements utilisent CDRI et 702 ROC à fin mai »: two levels of two KPIs, one date for both."""
    return other.role == "value" and other.kpi_id not in {None, item.kpi_id}


def _is_unplaced(item: Quantity, other: Quantity) -> bool:
    """Whether another figure of the sentence is nobody's, and neither a part of this one nor compared with it."""
    return other.kpi_id is None and (other.role == "value" or (other.role == "part" and other.unit != item.unit))


def _doubts_on_the_numbers(item: Quantity, beside: Sequence[Quantity], known: frozenset[str]) -> Iterator[str]:
    """Another number that may change what the figure says, and marks that do."""
    if item.qualifier in {"at_most", "less_than"}:
        yield "upper_bound"
    if any(other.value == item.value or _is_unplaced(item, other) for other in beside):
        yield "another_figure"
    sentence, own = item.sentence, _place(item)
    spans = [own, *item.dates, *map(_place, beside), *_no_counts(item)]
    if any(not any(_holds(span, number.span()) for span in spans) for number in _NUMBER.finditer(sentence)):
        yield "another_number"
    odd = any(mark[0] not in known for mark in _ODD_MARK.finditer(sentence))
    if odd or any(_holds(found.span(), own) for found in _QUOTED.finditer(sentence)):
        yield "mark"


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


def unexplained(item: Quantity, known: frozenset[str], beside: Sequence[Quantity]) -> list[str]:
    """The words of a figure's sentence that nothing explains; they may narrow it, or take it back."""
    folded = fold_in_place(item.sentence)
    masked = [
        _place(item),
        *item.dates,
        *(found.span() for found in TODAY.finditer(folded)),
        *_no_counts(item),
    ]
    told = [other.clause for other in beside if other.role not in _UNTOLD or other.kpi_id]
    words = [
        (word, shown)
        for word, shown in _words(folded, item.sentence)
        if not any(_holds(span, word.span()) for span in masked)
    ]
    found = [
        shown
        for word, shown in words
        if len(word[0]) > 1
        and stem(word[0]) not in known
        and (
            _holds(item.clause, word.span())
            or not any(_holds(span, word.span()) for span in told)
            or _TAKES_BACK.fullmatch(word[0])
        )
    ]
    announced = [
        shown for word, shown in _words(fold_in_place(item.announced), item.announced) if stem(word[0]) not in known
    ]
    return list(dict.fromkeys([*found, *announced]))


def _no_counts(item: Quantity) -> list[Span]:
    """The names and codes of a sentence that hold numbers, its own figure aside."""
    low, high = _place(item)
    return [found.span() for found in _NO_COUNT.finditer(item.sentence) if found.end() <= low or high <= found.start()]


def _words(folded: str, text: str) -> Iterator[tuple[re.Match[str], str]]:
    return ((word, text[word.start() : word.end()]) for word in _WORD.finditer(folded))


def _same_sentence(one: Quantity, other: Quantity) -> bool:
    return (one.action, one.locator.page, one.sentence) == (other.action, other.locator.page, other.sentence)


def _place(item: Quantity) -> Span:
    """Where the figure's own words are in its sentence."""
    return len(item.prefix), len(item.prefix) + len(item.quote)


def _holds(span: Span, inner: Span) -> bool:
    return span[0] <= inner[0] and inner[1] <= span[1]


def stem(word: str) -> str:
    """What the forms of a word have in common: « financées », « financement »."""
    plain = fold(word).rstrip("sx") if len(word) > 3 else fold(word)
    return plain[:_STEM]


def _words_of(kpi_id: str, reference: Reference) -> frozenset[str]:
    """What a KPI's own texts and matchers say, and the words that narrow nothing."""
    kpi = reference.kpis[kpi_id]
    action = reference.actions[kpi.action_code]
    texts = [kpi.kpi_label, kpi.unit, kpi.population, action.action_title]
    for matcher in reference.matchers.values():
        if matcher.kpi_id == kpi_id:
            texts += [re.sub(r"\\.", " ", matcher.pattern), matcher.context]
    marks = (
        {"+"}
        if any(matcher.context.endswith("+") for matcher in reference.matchers.values() if matcher.kpi_id == kpi_id)
        else set()
    )
    return frozenset(stem(word) for text in texts for word in _WORD.findall(text)) | _PLAIN | marks


_PLAIN = frozenset(stem(word) for word in WORDS["plain_words"])
