"""Why a figure linked to a KPI may not count without a person; a figure without doubt may.

A doubt is cheap: the figure waits in the review workbook with its quote. So a figure counts by itself only when it is a
measured level of the whole, at a moment its own sentence says, the only candidate for its KPI and period in the
document, and when each word and number of its sentence is explained: by the KPI's own words, by a phrase declared for
it (`context` of its matchers), by a few plain words, by a date, or by another figure whose part is understood. The
words that announce its sentence are held to the same, and the sentence behind takes nothing back. Whether the document
is a whole progress report, and whether the value jumps against the KPI's history, is for the warehouse.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
_ODD_MARK = re.compile(r"[?±≈~<>=×*†‡§]|(?<![\w+])\+\s?(?=\d)")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")
# In the stretch of another figure, what would bear on the whole sentence.
_TAKES_BACK = re.compile(
    r"(?:selon|d'apres|si|s'il|sous reserve|sauf|hors|hormis|estim\w*|provisoire\w*|confirm\w*|consolid\w*|faux|fausse|"
    r"errone\w*|erreur|peut|voire|theori\w*|fictif|simul\w*|sinon)"
)
# « Ce chiffre ne vaut que pour … », « Il s'agit d'une cible. », « * Prévision »: it speaks of the figure before it.
_SPEAKS_OF_IT = re.compile(
    r"\W*(?:ce|cet|cette|ces|cela|ceci|celui-ci|celle-ci|il s'agit|c'est|attention|n\.?b|note|en (?:realite|fait)|dont|"
    r"soit|source|perimetre|champ|lecture|(?:ils|elles) (?:sont|etaient|ne|n'|restent|seront)|tous|toutes|seule?s?|"
    r"aucune?|la moitie|la plupart|une partie|certaine?s|le reste|parmi|hors|chiffres?|donnees|situation)\b|"
    r"\s*[*†‡(\[]|"
    r".*\bces? (?:chiffre|nombre|donnee|valeur|resultat|total|niveau|volume|mesure)|"
    r".*\b(?:provisoire|definiti|confirme|consolide|faux|fausse|errone|erreur|verifie|estimation)",
    re.DOTALL,
)
_A_FEW_WORDS = 4
# « La convention fixe la cible suivante. »: what a short sentence before says of the figure to come.
_ANNOUNCES = re.compile(
    r"^\D*\b(?:suivante?s?|ci-dessous|ci-apres|cibles?|objectifs?|previsions?|previsionnel\w*|prevoi\w*|scenarios?|"
    r"hypotheses?|projections?|simulations?)\b\D*$"
)
_YEARS = re.compile(r"\b20\d\d\b")
_SHORT_WORDS = 10
# A moment, not a stretch of time: « fin octobre 2024 », « au 17 décembre », « début décembre ».
_MOMENT = re.compile(r"\b(?:fin|debut|mi)\b")
_STRETCH = re.compile(
    r"\b(?:depuis|entre|durant|pendant|des|a partir|a compter|jusqu\w*|au titre|pour|sur|glissante?s?|pleine)\b|"
    r"^\s*(?:du|de|d')(?![^\W\d_])|\ba ce jour\b"
)
_WAS = re.compile(r"\b(?:avai(?:t|ent)|etai(?:t|ent)|fu(?:t|rent))\b")
_DID = re.compile(r"\b(?:ont|a|avons|aura|auront)\b")
_CADENCE = re.compile(r"\bpar (?:mois|an|trimestre|semestre)\b|\b(?:rythme annuel|chaque mois)\b")
_YEAR = re.compile(r"\b20\d\d\b|[/.]\d\d\b|annee|\ban\b")
_END_OF_YEAR = re.compile(r"\bfin\b[^a-z]*(?:de )?(?:l'|d')?(?:annee|an\b|20\d\d)")
_AUTUMN = 9
_PROMISES = re.compile(
    r"(?:cible|objectif|horizon|ici|avant|prevue?s?|prevision|echeance|terme)s?"
)  # in a date's own words
_ELSEWHEN = re.compile(r"\b(?:precedent|passe|dernier|meme|pareil)(?:le)?(?:e|s|es)?\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
# « par territoire », « par expert »: so many for each; « par l'ANS », « par un guichet » say who
_FOR_EACH = re.compile(r"\bpar\b(?!\s+(?:(?:le|la|les|un|une|des|son|sa|ses|leurs?)\b|l'|\d))")
# What goes beside a figure and narrows nothing, as it is.
_PLAIN_PHRASES = (
    "par ailleurs",
    *(f"le déploiement {goes_on}" for goes_on in ("se poursuit", "continue", "progresse", "avance")),
    "le déploiement se poursuit, avec",
    "s'élève à",
    "sur tout le territoire",
)
_LOOKAHEAD = re.compile(r"\(\?!(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class _Words:
    """What explains the words around a figure of one KPI: single words, and phrases as they are."""

    known: frozenset[str]
    phrases: tuple[re.Pattern[str], ...]

    def masked(self, folded: str) -> list[Span]:
        """Where the phrases are in a text."""
        return [found.span() for phrase in self.phrases for found in phrase.finditer(folded)]


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
        phrases = explained.masked(fold_in_place(item.sentence))
        doubts = (
            *item.doubts,
            *(["several"] if rivals[rank] else []),
            *_doubts_on_the_role(item, places),
            *_doubts_on_the_date(item, beside, as_of),
            *_doubts_on_the_span(item, reference.kpis[item.kpi_id].measure_kind, phrases),
            *_doubts_on_the_numbers(item, beside, phrases),
            *(["taken_up"] if _is_taken_up(item) else []),
            *(f"word:{word}" for word in _unexplained(item, known, beside, phrases)),
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
    is_far = as_of and item.period_end == as_of and as_of.month <= _AUTUMN and _END_OF_YEAR.search(said)
    is_past = not said and _WAS.search(fold_in_place(item.sentence[slice(*item.clause)]))
    guessed = item.period_end and as_of and item.period_end.year < as_of.year and said and not _YEAR.search(said)
    if guessed or is_far or is_past or _ELSEWHEN.search(said) or re.search(r"\bil y a\b", fold_in_place(item.sentence)):
        yield "time_unclear"


def _doubts_on_the_span(item: Quantity, measure_kind: str, phrases: Sequence[Span]) -> Iterator[str]:
    """A stretch of time said of what is counted at a point of it, or none said of what is counted over one."""
    low, high = item.said
    said = fold_in_place(item.sentence[low:high])
    led = fold_in_place(item.sentence[max(0, low - 11) : low])
    if any(_holds(phrase, item.said) for phrase in phrases) and said:
        return
    if not said:
        if measure_kind == "flow" and item.role == "value" and not (item.announced or _CADENCE.search(_claimed(item))):
            yield "no_period"
        return
    opens = len(re.sub(r"\W", "", item.sentence[:low])) == 0
    is_until = opens and said.startswith("jusqu") and measure_kind == "cumulative"
    if not is_until and (_STRETCH.search(said) or re.search(r"\b(?:du|depuis|des|partir|compter|jusqu\w*)\W*$", led)):
        yield "over_a_time"
    is_moment = _MOMENT.search(said) or (item.period_precision == "day" and item.period_start == item.period_end)
    if measure_kind == "flow" or is_moment:
        return
    did = _DID.search(fold_in_place(item.sentence[slice(*item.clause)]))
    if item.period_precision != "month" or did or (measure_kind == "cumulative" and not opens):
        yield "over_a_time"  # « 12 400 médecins ont créé … en mai »: what that month added


def _claimed(item: Quantity) -> str:
    return fold_in_place(item.sentence[slice(*item.matched)])


def _is_taken_up(item: Quantity) -> bool:
    """Whether the sentence behind speaks of the figure or takes something back, or the one before announces it."""
    following = fold_in_place(item.following.strip())
    is_short = following and len(_WORD.findall(following)) <= _A_FEW_WORDS and not _NUMBER.search(following)
    before = re.split(r"(?<=[.!?:])\s+", fold_in_place(item.context.strip()))[-1]
    announces = len(_WORD.findall(before)) <= _SHORT_WORDS and _ANNOUNCES.search(_YEARS.sub("", before))
    return bool(is_short or announces or _SPEAKS_OF_IT.match(following))


def _is_joined(item: Quantity, other: Quantity) -> bool:
    """« 1 250 établissements utilisent CDRI et 702 ROC à fin mai »: two levels of two KPIs, one date for both."""
    return other.role == "value" and other.kpi_id not in {None, item.kpi_id}


def _is_unplaced(item: Quantity, other: Quantity) -> bool:
    """Whether another figure of the sentence is nobody's, and neither a part of this one nor compared with it."""
    return other.kpi_id is None and (other.role == "value" or (other.role == "part" and other.unit != item.unit))


def _doubts_on_the_numbers(item: Quantity, beside: Sequence[Quantity], phrases: Sequence[Span]) -> Iterator[str]:
    """Another number that may change what the figure says, and marks that do."""
    if item.qualifier in {"at_most", "less_than"}:
        yield "upper_bound"
    if any(other.value == item.value or _is_unplaced(item, other) for other in beside):
        yield "another_figure"
    sentence, own = item.sentence, _place(item)
    spans = [own, *item.dates, *phrases, *map(_place, beside)]
    if any(not any(_holds(span, number.span()) for span in spans) for number in _NUMBER.finditer(sentence)):
        yield "another_number"
    odd = any(not any(_holds(span, mark.span()) for span in phrases) for mark in _ODD_MARK.finditer(sentence))
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


def _unexplained(
    item: Quantity, known: Mapping[str, _Words], beside: Sequence[Quantity], phrases: Sequence[Span]
) -> list[str]:
    """The words of a figure's sentence that nothing explains; they may narrow it, or take it back."""
    own = known[item.kpi_id or ""]
    folded = fold_in_place(item.sentence)
    masked = [
        _figure(item),
        *map(_place, beside),
        *phrases,
        *(found.span() for found in TODAY.finditer(folded)),
    ]
    told = [other.clause for other in beside if other.role not in _UNTOLD]
    found: list[str] = []
    for word in _WORD.finditer(folded):
        span = word.span()
        is_dated = any(_holds(dates, span) for dates in item.dates) and not _PROMISES.fullmatch(word[0])
        if is_dated or any(_holds(mask, span) for mask in masked):
            continue
        if not _holds(item.clause, span) and not _TAKES_BACK.fullmatch(word[0]):
            if any(_holds(clause, span) for clause in told):
                continue
            others = [known[other.kpi_id] for other in beside if other.kpi_id and _holds(other.clause, span)]
            if any(form(word[0]) in words.known or _is_within(words, folded, span) for words in others):
                continue
        is_claimed = word[0] == "par" and _holds(item.matched, span)
        if not is_claimed and not _is_explained(word, folded, own):
            found.append(item.sentence[slice(*span)])
    above = fold_in_place(item.announced)
    dated = [(0, 0), *own.masked(above), *item.announced_dates]
    found += [
        item.announced[slice(*word.span())]
        for word in _WORD.finditer(above)
        if not _is_explained(word, above, own) and not any(_holds(span, word.span()) for span in dated)
    ]
    return list(dict.fromkeys(found))


def _is_explained(word: re.Match[str], folded: str, own: _Words) -> bool:
    if len(word[0]) == 1:
        return True
    if word[0] == "par":
        return not _FOR_EACH.match(folded, word.start())
    return form(word[0]) in own.known


def _is_within(words: _Words, folded: str, span: Span) -> bool:
    return any(_holds(phrase, span) for phrase in words.masked(folded))


def _same_sentence(one: Quantity, other: Quantity) -> bool:
    return (one.action, one.locator.page, one.sentence) == (other.action, other.locator.page, other.sentence)


def _place(item: Quantity) -> Span:
    """Where the figure's own words are in its sentence."""
    return len(item.prefix), len(item.prefix) + len(item.quote)


def _figure(item: Quantity) -> Span:
    """The figure and its unit, without what a share is a share of."""
    low, high = _place(item)
    sign = item.quote.find("%")
    return low, high if sign < 0 else low + sign + 1


def _holds(span: Span, inner: Span) -> bool:
    return span[0] <= inner[0] and inner[1] <= span[1]


def form(word: str) -> str:
    """What the numbers, genders and present forms of a word share: « financées », « financent »; never « financer »."""
    plain = fold(word)
    if len(plain) < 4:
        return plain
    plain = plain.rstrip("sx")
    return plain.removesuffix("nt").rstrip("e") if plain.endswith("ent") else plain.rstrip("e")


def _words_of(kpi_id: str, reference: Reference) -> _Words:
    """What a KPI's own texts and matchers say, and the words that narrow nothing."""
    kpi = reference.kpis[kpi_id]
    matchers = [matcher for matcher in reference.matchers.values() if matcher.kpi_id == kpi_id]
    patterns = [re.sub(r"\\.", " ", _LOOKAHEAD.sub(" ", matcher.pattern)) for matcher in matchers]
    texts = [kpi.kpi_label, kpi.unit, kpi.population, *patterns]
    phrases = dict.fromkeys(phrase.strip() for matcher in matchers for phrase in matcher.context.split(" / "))
    return _Words(
        frozenset(form(word) for text in texts for word in _WORD.findall(text)) - _OF_FIGURES | _PLAIN,
        tuple(_phrase(phrase) for phrase in (*_PLAIN_PHRASES, *phrases) if phrase),
    )


def _phrase(words: str) -> re.Pattern[str]:
    """A phrase as it is looked for in a folded text: whole words, any space between them."""
    escaped = r"\s+".join(re.escape(word) for word in fold(words).split())
    return re.compile(rf"(?<!\w){escaped}(?!\w)")


_OF_FIGURES = frozenset({"plu", "plus", "moin", "moins", "pr", "pres", "environ"})  # theirs alone: « au plus »
_PLAIN = frozenset(form(word) for word in WORDS["plain_words"])
