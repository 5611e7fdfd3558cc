"""Which figures of a passage count something, and what.

A figure is kept when it has a unit: `%`, `€`, the noun right after it, one said nearby (« le nombre de … »,
« Médecins : »), or the one of the figure before it (« dont 21 en cours », « contre 200 000 »).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sources.documents.durations import says_when_or_who
from sources.documents.sentences import Sentence, sentences_of
from sources.documents.text import Passage
from sources.documents.units import Unit, is_acronym, is_plural, unit_after, unit_said_elsewhere
from sources.documents.words import WORDS
from sources.french.finders import Figure, find_figures
from sources.french.folding import fold_in_place
from sources.french.periods import FoundPeriod
from sources.french.text_periods import find_text_periods

_ELLIPSIS = re.compile(
    r"(?:\bdont|\by compris|\bet(?: non(?: pas)?)?|\bcontre|\bvs\.?|\bversus|\bapres|\bau lieu de|\bpuis|,|"
    r"\bou|\bsoit|\(|\ba|\bde|"
    r"\batteint|\batteignent|\batteindre|\bmanque)\s*"
    r"(?:seulement|deja|environ|pres de|plus de|moins de|au moins|pas moins de)?\s*$"
)
_ON = re.compile(r"\bsur(?: les| un total de)?\s*$")
_DONT = re.compile(r"\bdont\s+(?:environ |pres de |plus de |au moins )?$")
_OF_TOTAL = re.compile(r"^\s*(?:(?:des|sur)(?:\s+(?:les|un total de))?|/)\s*(?=\d)")
_NOUN_OF_TOTAL = re.compile(r"\s+sur\s+(?:les\s+|un\s+total\s+de\s+)?$")
_PRONOUN = re.compile(
    r"\ben\s+(?:[^\W\d_]+(?:er|ir|re|oir)|vise(?:nt)?|compt(?:e|ent|ait)|denombr(?:e|ait)|recens(?:e|ait)|regroupe|"
    r"finance(?:nt)?|forme(?:nt)?|equipe(?:nt)?|accueille(?:nt)?|(?:a|ont|avait)\s+[^\W\d_]+(?:e|i|u|is)s?|"
    r"reste|manque|manquent|manquait|a|ont|avait|"
    r"concerne|couvre|atteint|represente|attend)\s+(?:deja\s+|desormais\s+|encore\s+|ensuite\s+|respectivement\s+|a\s+(?:lui|elle)\s+seule?\s+)?$"
    r"|\b(?:leur|son|ce|le) nombre (?:a|avait) (?:ainsi |encore )?[^\W\d_]+ de\s+$"
    r"|\b(?:(?:ils|elles)\s+(?:n')?(?:en\s+)?(?:etaient|sont|seront|(?:devraient|pourraient|devaient)\s+etre)|"
    r"c'(?:est|etait)|"
    r"(?:ce|leur|son|le|la|cette)\s+(?:nombre|chiffre|total|compte|compteur|cible|objectif|moyenne|seuil|volume)(?:\s+\w+){0,2}\s+(?:n')?(?:est|etait|sera|s'eleve|s'elevait|"
    r"s'etablit|s'etablissait|atteint|atteignait)|"
    r"(?:il|elle)\s+(?:n')?(?:etait|s'elevait|s'etablissait|atteignait|s'eleve|s'etablit))"
    r"\s+(?:que\s+|deja\s+|encore\s+|desormais\s+)?(?:(?:de|d'|a)\s*)?$"
)
# « 12 ont été arrêtés », « 6 le seront »: a figure that its verb follows counts what the one before counted
_OF_A_VERB = re.compile(
    r"\s+(?:(?:autres|nouveaux|nouvelles|derniers|dernières)\s+)?(?:(?:l[’']ont|ont|n[’']ont|sont|ne\s+sont|étaient|seront|seraient|avaient|auront|ayant|étant|[a-zà-ÿ]{3,}ent)\b|"
    r"(?:le|la|l[’']|en|y|s[’']y|se)\s*(?:sont|seront|étaient|ont|auront|seraient)\b)",
    re.IGNORECASE,
)
_OF_A_NUMBER = re.compile(r"\b(?:ce|leur|son) (?:nombre|total|chiffre)\b[^,;:]*$")
_MORE_OR_LESS = re.compile(r"\s+(?:de|en)\s+(?:plus|moins)\b(?!\s+de)", re.IGNORECASE)
_DATE_AND_COLON = re.compile(r"\s*[:,]?\s*")
_OF_THEM = re.compile(
    r"\s*(?:d[’']entre|parmi)\s+(?:eux|elles|ceux-ci|celles-ci)\b|\s*de\s+(?:ceux|celles)-ci\b", re.IGNORECASE
)
# « 1 250 établissements utilisent CDRI et 702 ROC »: the second name is what they use too
_TWIN = re.compile(r"\b[^\W\d_]+ent\s+(?:le\s+|la\s+|l[’'])?[A-Z][\w+]*[A-Z][\w+]*\s*(?:,|et|puis|ou)\s*$")
_MULTIPLIED = re.compile(r"\bmultipli\w*\s+(?:[^\W\d_]+\s+){0,2}par\s+(?:pres de\s+|plus de\s+|environ\s+)?$")
_SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s+[A-ZÀ-Ü]")
# What may be counted with decimals: measures, not people and things.
_DIVISIBLE = frozenset(
    {"%", "€", "point", "jour", "mois", "an", "année", "semaine", "heure", "minute", "seconde", "fois", "ETP", "ETPT"}
)
_OF_WHAT = re.compile(
    r"\s+(?!de\s+(?:plus|moins)\b|d['’]entre\b)(?:des?\s+|du\s+|de\s+la\s+|de\s+l['’]|d['’])\s*[^\W\d_][\w'’-]*"
)
_OF_WHICH = re.compile(r"\s+(?:les?\s+|la\s+|l['’])[^\W\d_][\w'’-]*")
_JOINED = re.compile(r"^\s*(?:à|-|–|—|,|,?\s?et|ou|,?\s?puis)\s*$")
_NOUNS_IN_E = frozenset(
    {"années", "journées", "données", "degrés", "marchés", "employés", "salariés", "congés", "arrivées"}
)


@dataclass(frozen=True)
class Counted:
    """A figure with its unit and the sentence they are in."""

    figure: Figure
    unit: Unit
    sentence: Sentence

    @property
    def start(self) -> int:
        """Where its words start: the qualifier's first letter."""
        return self.figure.start

    @property
    def end(self) -> int:
        """Where its words end: the unit's last letter when the unit follows."""
        return max(self.figure.end, self.unit.end)


def counted_in(passage: Passage, periods: Sequence[FoundPeriod]) -> list[Counted]:
    """The figures of a passage that have something to count, in the order said."""
    sentences = sentences_of(passage)
    figures = find_figures(passage.text, periods)
    found: list[Counted] = []
    for index, figure in enumerate(figures):
        sentence = next((item for item in sentences if item.start <= figure.digits_start < item.end), None)
        if sentence is None:
            continue
        following = [later for later in figures[index + 1 :] if later.digits_start < sentence.end]
        if _is_no_figure(passage.text, sentence, figure):
            continue
        unit = _unit_of(passage.text, sentence, figure, following, found)
        if (
            unit is None
            or is_impossible(figure.value, unit.code)
            or says_when_or_who(passage.text, sentence, figure, unit)
        ):
            continue
        found.append(Counted(figure, unit, sentence))
    return found


def _is_no_figure(text: str, sentence: Sentence, figure: Figure) -> bool:
    """The number of a section (« 3.1 Sources »), or what something was multiplied by."""
    if figure.start == sentence.start and _SECTION.match(text, figure.start):
        return True
    return bool(_MULTIPLIED.search(fold_in_place(text[sentence.start : figure.start])))


def is_impossible(value: float, unit: str) -> bool:
    """A fraction of a person or a thing."""
    return value != int(value) and unit not in _DIVISIBLE


def _unit_of(
    text: str, sentence: Sentence, figure: Figure, following: Sequence[Figure], before: Sequence[Counted]
) -> Unit | None:
    """What a figure counts; None when nothing says it, and then it is no quantity."""
    clause = text[: sentence.end]
    if figure.symbol:
        of_what = _OF_WHAT.match(clause, figure.end) or (figure.in_words and _OF_WHICH.match(clause, figure.end))
        return Unit(figure.symbol, figure.end, of_what.end() if of_what else figure.end)
    if figure.is_increase and not figure.symbol:
        return Unit(before[-1].unit.code, figure.end, figure.end) if before else None
    if following and _shares_its_noun(clause, figure, following[0]):
        return _unit_of(text, sentence, following[0], following[1:], before)
    unit = unit_after(clause, figure.end)
    if unit and _is_no_noun(text, sentence, figure, unit, before):
        return _inherited(text, sentence, figure, before)
    if unit and _counts(text, sentence, figure, clause[unit.start : unit.end]):
        return unit
    return unit_said_elsewhere(clause, figure.start, figure.end) or _inherited(text, sentence, figure, before)


def _shares_its_noun(text: str, figure: Figure, following: Figure) -> bool:
    """« 132 des 135 GHT », « 10 à 15 départements »: the noun comes after the second figure."""
    total = _OF_TOTAL.match(text[figure.end :])
    if total and following.digits_start == figure.end + total.end():
        return True
    return bool(_JOINED.match(text[figure.end : following.digits_start]))


def _is_no_noun(text: str, sentence: Sentence, figure: Figure, unit: Unit, before: Sequence[Counted]) -> bool:
    """Whether the word after a figure says something of what is counted rather than what is."""
    return (
        _is_proper_part(text, sentence, figure, unit)
        or _is_participle(text, sentence, figure, unit)
        or _is_a_twin(text, sentence, figure, unit, before)
    )


def _is_a_twin(text: str, sentence: Sentence, figure: Figure, unit: Unit, before: Sequence[Counted]) -> bool:
    """« … utilisent CDRI et 702 ROC »: a name in the place of the name before it, not what is counted."""
    if not before or before[-1].sentence.start != sentence.start or not is_acronym(text[unit.start : unit.end]):
        return False
    ends = re.match(
        r"\s*(?:[.,;)]|$|(?:à|en|au|d['’]ici|d[’']ici|avant)\b|(?:fin|mi|début)\b)", text[unit.end : sentence.end]
    )
    return bool(_TWIN.search(text[before[-1].end : figure.start]) and ends)


def _is_proper_part(text: str, sentence: Sentence, figure: Figure, unit: Unit) -> bool:
    """« dont 1 SOS Médecins »: one of them, by its name."""
    return bool(
        _DONT.search(fold_in_place(text[sentence.start : figure.start]))
        and text[unit.start : unit.end].isupper()
        and re.match(r"\s+[A-ZÀ-Ü][a-zà-ÿ]", text[unit.end :])
    )


def _is_participle(text: str, sentence: Sentence, figure: Figure, unit: Unit) -> bool:
    """« 3 phases, dont 2 achevées », « 94 experts sur les 130 prévus »: said of some, and no unit."""
    word = text[unit.start : unit.end].lower()
    lead = fold_in_place(text[sentence.start : figure.start])
    leans = _ELLIPSIS.search(lead) or _ON.search(lead)
    said_of = re.search(r"(?<!t)(?:é|ée|és|ées)$", word) and word not in _NOUNS_IN_E
    return bool(leans and (said_of or fold_in_place(word) in WORDS["said_of_some"]))


def _counts(text: str, sentence: Sentence, figure: Figure, noun: str) -> bool:
    """Whether the word after a figure is what it counts: a plural for two or more, and the figure no end of a name."""
    plural = is_plural(noun.split(maxsplit=1)[0])
    if re.fullmatch(r"\d{5}", text[figure.digits_start : figure.end]) and noun.istitle():
        return False
    if figure.in_words or figure.value >= 2:
        return plural and not _ends_a_name(text, sentence, figure)
    return not noun.istitle() and not _ends_a_name(text, sentence, figure)


def _ends_a_name(text: str, sentence: Sentence, figure: Figure) -> bool:
    """« HOP'EN 2 établissements »: a small bare number right after an acronym is the acronym's own."""
    if (
        figure.start != figure.digits_start
        or figure.in_words
        or figure.value >= 100
        or figure.value != int(figure.value)
    ):
        return False
    previous = re.search(r"(\S+)\s+$", text[sentence.start : figure.start])
    word = previous[1].strip("«»\"'’“”(") if previous else ""
    return len(word) > 1 and word[-1] not in ",;:)" and sum(map(str.isupper, word)) * 2 > len(word)


def _inherited(text: str, sentence: Sentence, figure: Figure, before: Sequence[Counted]) -> Unit | None:
    """The unit of a figure before, when the words around lean on it."""
    if not before or _ends_a_name(text, sentence, figure):
        return None
    counted_last = next((item.unit.code for item in reversed(before) if item.unit.code != "%"), before[-1].unit.code)
    if _OF_A_NUMBER.search(fold_in_place(text[sentence.start : figure.start])):  # what the sentence before counts first
        same = [item for item in before if item.sentence.start == before[-1].sentence.start and item.unit.code != "%"]
        counted_last = same[0].unit.code if same else counted_last
    if _leans_on_any(text, sentence, figure, before):
        code: str | None = counted_last
    elif figure.in_words:
        code = None
    elif _takes_up(text, sentence, figure, before[-1]) or _leans_on_the_last(text, sentence, figure, before):
        code = before[-1].unit.code
    else:
        code = _of_an_ellipsis(text, sentence, figure, before)
    return Unit(code, figure.end, figure.end) if code else None


def _leans_on_any(text: str, sentence: Sentence, figure: Figure, before: Sequence[Counted]) -> bool:
    """« 9 d'entre eux », « trois de plus », « 7 ont fermé », « ils étaient 1 400 »: what was counted last."""
    more = _MORE_OR_LESS.match(text, figure.end) and _is_beside(before, sentence)
    if more or _OF_THEM.match(text, figure.end) or _opens_on_its_verb(text, sentence, figure):
        return True
    return not figure.in_words and bool(_PRONOUN.search(fold_in_place(text[sentence.start : figure.start])))


def _leans_on_the_last(text: str, sentence: Sentence, figure: Figure, before: Sequence[Counted]) -> bool:
    """« 41 des 50 », « 94 experts sur les 130 prévus »: a whole of what stands before it in the sentence."""
    if not _is_beside(before, sentence):
        return False
    on = _ON.search(fold_in_place(text[sentence.start : figure.start]))
    said = re.match(r"\s+[^\W\d_]{3,}", text[figure.end : sentence.end])
    return bool(_NOUN_OF_TOTAL.fullmatch(text[before[-1].end : figure.start]) or (on and said))


def _of_an_ellipsis(text: str, sentence: Sentence, figure: Figure, before: Sequence[Counted]) -> str | None:
    """« dont 21 en cours », « contre 200 000 »: the unit of the figure before in the sentence, a percentage aside."""
    lead = fold_in_place(text[sentence.start : figure.start])
    is_code = re.match(r"\s*[-–/]\s?\d|[A-Za-z]", text[figure.end : figure.end + 3])
    if not _is_beside(before, sentence) or is_code or not _ELLIPSIS.search(lead) or before[-1].unit.code == "%":
        return None
    return before[-1].unit.code


def _is_beside(before: Sequence[Counted], sentence: Sentence) -> bool:
    """Whether a figure of the same sentence comes before."""
    return bool(before) and before[-1].sentence.start == sentence.start


def _opens_on_its_verb(text: str, sentence: Sentence, figure: Figure) -> bool:
    """« 12 ont été arrêtés », « En mai, 6 le seront », « …, deux ayant fermé »: its verb's subject, and no noun."""
    lead = text[sentence.start : figure.start]
    opens = not re.search(r"[^\W\d_]", lead) or re.fullmatch(r"[^,;:.]{3,40},\s*", lead)
    coordinated = re.search(r"(?:,|\bet)\s*$", lead)
    return bool((opens or coordinated) and _OF_A_VERB.match(text, figure.end))


def _takes_up(text: str, sentence: Sentence, figure: Figure, before: Counted) -> bool:
    """« Fin 2025 : 50 000 médecins ; fin 2026 : 70 000 »: a date and a bare figure, behind a mark."""
    lead = text[sentence.start : figure.start]
    dated = find_text_periods(lead, None)
    follows = text[before.sentence.start : sentence.start].rstrip().endswith((";", "."))
    return bool(
        follows
        and len(dated) == 1
        and not lead[: dated[0].start].strip()
        and _DATE_AND_COLON.fullmatch(lead[dated[0].end :])
        and re.match(r"\s*(?:[.;,]|$)", text[figure.end : sentence.end])
    )
