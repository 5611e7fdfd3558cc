"""Figures in running text that count something: what is written in digits or in words, minus what only looks like one.

Built on the tokens of `numbers` and `periods`. A year, a date, an ordinal, a code (« 15-15 »), a version (« vague 2 »),
an article or law number, an identifier, a page number are left out here from their own shape and the words beside
them; whether a figure has something to count is for the caller, who looks for its unit.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sources.french.numbers import FoundNumber, Qualifier, Quantity, find_numbers
from sources.french.periods import FoundPeriod

_URL = re.compile(r"<?(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_NUMBER_WORDS = {
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
    "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40,
    "cinquante": 50, "soixante": 60, "cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6,
    "milliard": 10**9, "milliards": 10**9, "quatre-vingt": 80, "quatre-vingts": 80,
}  # fmt: skip
_WORD = "|".join(sorted([*_NUMBER_WORDS, "un", "une"], key=len, reverse=True))
_GAP = r"[\s\u00a0\u202f]+"
_IN_WORDS = re.compile(rf"(?<![\w-])(?:{_WORD})(?:(?:{_GAP}et{_GAP}|{_GAP}|-)(?:{_WORD}))*(?![\w-])", re.IGNORECASE)
_PARTS = {
    "moitié": 2, "demi": 2, "tiers": 3, "quart": 4, "cinquième": 5, "sixième": 6, "septième": 7, "huitième": 8,
    "neuvième": 9, "dixième": 10, "vingtième": 20, "centième": 100,
}  # fmt: skip
_FRACTION = re.compile(
    r"(?:(?<![\w'’-])|(?<=[\s(]d['’]))(?:(?:le|la|les|du|des)\s+)?"
    r"(?:(?P<count>une?|deux|trois|quatre|cinq|six|sept|huit|neuf|\d)[\s-])?"
    rf"(?P<name>{'|'.join(_PARTS)})s?(?![\w-])"
    r"(?!\s+de\s+confiance)(?=\s+(?:d(?:e|es|u)\b|d['’]|l(?:es?|a)\b|l['’])|"
    r"(?(count)\s+(?:par|chez|en|sont|ont|est|a)\b|(?!)))",
    re.IGNORECASE,
)
# « consommé aux deux tiers »
_UP_TO_PARTS = re.compile(
    r"(?<!\w)aux\s+(?P<count>deux|trois|quatre)\s+(?P<name>tiers|quart|cinquième)s?(?![\w-])", re.IGNORECASE
)
# « 4/5 des médecins », « ¾ des sites »
_SLASHED = re.compile(
    r"(?<![\w/.,–-])(?:les\s+)?(?:(?P<a>[1-9])\s?[/⁄]\s?(?P<b>[2-9]|10)|(?P<sign>[½⅓⅔¼¾⅕⅖⅗⅘]))(?=\s+(?:des?\b|du\b|d['’]))",
    re.IGNORECASE,
)
_SIGNS = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5}
# « (1) » alone in brackets right after a word is a note's call
_LIMITED = re.compile(r"[\s\u00a0\u202f]+(?:au\s+(?:maximum|plus|moins|minimum)|maximum|minimum)(?!\w)", re.IGNORECASE)
_NOTE_CALL = re.compile(r"(?<=[^\W\d_])\s?\((?:\d{1,2})(?:\s?[,;]\s?\d{1,2})*\)|\[\d{1,2}\]")
_PER_THOUSAND = re.compile(r"[\s\u00a0\u202f]?‰|[\s\u00a0\u202f]+pour\s+mille(?!\w)", re.IGNORECASE)
_MULTIPLIED = re.compile(r"[\s\u00a0\u202f]*(?:milliards?|millions?|milliers?|Mds?|M|k)(?![\w])")
_QUALIFIED: tuple[tuple[Qualifier, str], ...] = (
    (
        "at_least",
        (
            r"(?:(?:ne\s+pas|ne\s+jamais|sans)\s+(?:descend|tomb|pass|recul)\w+\s+(?:sous|en[\s-]dessous\s+d[eu]s?)\s+|"
            r"au[\s-]dessus\s+d(?:es?\s+|u\s+|['’]\s*))"
        ),
    ),
    (
        "at_most",
        (
            r"(?:(?:ne\s+(?:\w+\s+)?pas|sans|ne\s+jamais|n['’]\w+\s+pas)\s+(?:d[ée]pass\w+|exc[ée]d\w+)\s+(?:les?\s+|plus\s+de\s+)?|"
            r"(?:en|au)[\s-]+dessous\s+d(?:e\s+|es\s+|u\s+|['’]\s*)|sous\s+(?:les?\s+|la\s+barre\s+des?\s+|le\s+seuil\s+d(?:e|es)\s+)|"
            r"(?:pass|descend|tomb|rest)\w+\s+sous\s+|"
            r"(?:limit|plafonn|conten)\w+\s+à\s+|pas\s+plus\s+d(?:e\s+|['’]\s*))"
        ),
    ),
    (
        "at_least",
        (
            r"(?:plus\s+d(?:e\s+|['’]\s*)|au\s+moins\s+|au\s+minimum\s+|pas\s+moins\s+de\s+|a\s+minima\s+|minimum\s+|"
            r"(?:d[ée]pass\w+|exc[ée]d\w+)\s+(?:d[ée]sormais\s+|ainsi\s+|largement\s+)?(?:les?\s+|la\s+barre\s+des?\s+)?|"
            r"(?:le\s+)?(?:cap|seuil|barre)\s+d(?:es?|u)\s+|sup[ée]rieure?s?\s+[àa]\s+)"
        ),
    ),
    ("at_most", r"(?:moins\s+d(?:e\s+|['’]\s*)|au\s+plus\s+|au\s+maximum\s+|inf[ée]rieure?s?\s+[àa]\s+)"),
    (
        "approx",
        (
            r"(?:environ\s+|près\s+d(?:e\s+|['’]\s*)|près\s+|quelque\s+|autour\s+d(?:e\s+|['’]\s*)|presque\s+|proches?\s+d(?:e\s+|es\s+|['’]\s*)|"
            r"(?:approch|avoisin)\w+\s+(?:les?\s+)?|pratiquement\s+|à\s+peu\s+près\s+|(?:de\s+)?l['’]ordre\s+d(?:e\s+|['’]\s*))"
        ),
    ),
)
_ENDS_QUALIFIED = tuple((name, re.compile(rf"(?<![\w]){words}$", re.IGNORECASE)) for name, words in _QUALIFIED)
# A number right after one of these is a name's, a rank's or a reference's, never a count.
_NAMING = re.compile(
    r"(?<![\w'’])(?:vagues?|versions?|v|axes?|priorit[ée]s?|actions?\s+n°|jalons?|articles?|art\.|al(?:in[ée]a)?s?\.?|n\s?[°ºo]\.?|num[ée]ros?|niveaux?|"
    r"phases?|pages?|p\.|lignes?|annexes?|chapitres?|lots?|tomes?|volets?|paliers?|tranches?|[ée]tapes?|type|cat[ée]gorie|classe|code|rpps|finess|"
    r"adeli|siren|siret|nir|am|iso|iec|ue|ce|cns|côté|d[ée]cret|loi|arr[êe]t[ée]|r[èe]glement|directive|norme|covid|g|horizon|agenda|"
    r"objectif\s+n°|session|s[ée]ance|[ée]dition|figure|fig\.|tableau|graphique|note|page\s+n°|[LRD]\.)[\s\u00a0\u202f:]*\(?$",
    re.IGNORECASE,
)
_LOWER_ACTION = re.compile(r"(?<![\w'’])(?:action|actions|priorité|priorités)[\s\u00a0\u202f]+$", re.IGNORECASE)
_ORDINAL = re.compile(r"^[\s\u00a0\u202f]?(?:ers?|[èe]res?|i?[èe]mes?|nde?s?|e)(?![\w'’-])", re.IGNORECASE)
_GLUED_CODE = re.compile(r"^(?:[-–/][\w]|[-–]\d|\.\d|[°º]|\s?[x×]\s?\d|[:h]\d)")
_RANGE = re.compile(r"^\s?(?:à|-|–|—)\s?$")
_JOINED = re.compile(r"\s?(?:à|-|–|—|,|et|ou|puis|,?\s?puis)\s?", re.IGNORECASE)
# What announces a change from one figure to another: « passe de 12 % à 18 % » is no range.
CHANGE = re.compile(
    r"\b(?:pass|progress|augment|[ée]volu|baiss|recul|mont|grimp|r[ée]dui|chut|tomb|port|ramen|abaiss|relev|diminu|all)\w*\s+(?:\w+\s+)?de\s*$",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"(?<![\w-])(?P<a>\d{{1,3}}|{_WORD})\s+(?:[^\W\d_][\w'’-]*\s+){{0,3}}sur\s+(?P<b>10{{1,3}}|[2-5]|{_WORD})(?!\d|\s+\d|[\w-]|[.,]\d|\s+(?:mille|(?!\w+ée?s\b)[^\W\d_]+[sx]\b))",
    re.IGNORECASE,
)

_APPROXIMATE: Qualifier = "approx"
_EXACT: Qualifier = "exact"


@dataclass(frozen=True)
class Figure:
    """A figure that may count something; `text[start:end]` covers its qualifier and multiplier too.

    `digits_start` is where the figure itself starts, after its qualifier. `in_words` figures are approximate
    unless a qualifier says otherwise. `is_increase` is one behind a plus sign, alone in brackets or a percentage.
    """

    start: int
    end: int
    digits_start: int
    value: float
    qualifier: Qualifier
    symbol: str | None
    in_words: bool = False
    is_increase: bool = False


def find_figures(text: str, periods: Sequence[FoundPeriod]) -> list[Figure]:
    """The figures of a text that are neither dates, years, ordinals, codes, versions nor identifiers.

    `periods` are the text's own, from `find_text_periods`: their digits count nothing.
    """
    taken = [(period.start, period.end) for period in periods]
    taken += [found.span() for pattern in (_URL, _NOTE_CALL) for found in pattern.finditer(text)]
    figures: list[Figure] = []
    read = [*_from_ratios(text), *_from_fractions(text), *_from_digits(text), *_from_words(text)]
    for figure in sorted(read, key=lambda item: (item.start, -item.end)):
        if any(figure.digits_start < end and start < figure.end for start, end in taken):
            continue
        if figures and figure.start < figures[-1].end:
            continue
        figures.append(figure)
    scaled = [_as_scaled(text, figures, index) for index in range(len(figures))]
    return [_as_range_end(text, scaled, index) for index in range(len(scaled))]


def _from_digits(text: str) -> Iterator[Figure]:
    for found in find_numbers(text):
        figure = _figure_of(text, found)
        if not _is_no_count(text, figure):
            yield figure


def _figure_of(text: str, found: FoundNumber) -> Figure:
    """The figure with the qualifier its number carries, or the one the words before it give."""
    quantity: Quantity = found.quantity
    digit = re.search(r"\d|une?\b", text[found.start : found.end], re.IGNORECASE)
    start, digits_start, qualifier = found.start, found.start + (digit.start() if digit else 0), quantity.qualifier
    in_words = not re.search(r"\d", text[found.start : found.end])
    if qualifier == "exact" or (in_words and qualifier == "approx"):
        wider = _qualifier_before(text, start)
        if wider:
            qualifier, start = wider
        elif "plus_sign" in quantity.readings:
            qualifier = "at_least"
    limited = _LIMITED.match(text, found.end) if qualifier == "exact" else None
    if limited:
        qualifier = "at_most" if "plus" in limited[0] or "max" in limited[0] else "at_least"
    if re.match(r"\+(?![\w+])", text[found.end :]):
        return replace(Figure(start, found.end + 1, digits_start, quantity.value, "at_least", quantity.unit_hint))
    increase = "plus_sign" in quantity.readings and bool(
        re.search(r"\(\s*$", text[: found.start])
        and re.match(r"\s*(?:\)|(?:en|sur|depuis|par|au|durant|pendant|cette)\b)", text[found.end :])
    )
    value, end, symbol = quantity.value, found.end, quantity.unit_hint
    per_thousand = _PER_THOUSAND.match(text, end) if symbol is None else None
    if per_thousand:
        value, end, symbol = round(value / 10, 6), per_thousand.end(), "%"
    if value < 0 and re.match(r"-[\s\u00a0\u202f]", text[found.start :]):
        value, start = -value, digits_start  # « - 36 applications » is a list's item, not a negative figure
    if "plus_sign" in quantity.readings and (increase or symbol == "%"):
        qualifier, increase = "exact", True  # « (+ 4 352) », « +12 % en un an »: what was added
    euros = re.match(r"[\s\u00a0]e(?![\w'’-])", text[end:]) if re.search(r"M|Md$", text[digits_start:end]) else None
    if euros and symbol is None:  # « 144 M e »: a euro sign lost on the way
        symbol, end = "€", end + euros.end()
    return Figure(start, end, digits_start, value, qualifier, symbol, in_words, increase)


def _qualifier_before(text: str, start: int) -> tuple[Qualifier, int] | None:
    """A qualifier that ends right where the figure starts, and where it starts itself."""
    before = text[max(0, start - 60) : start]
    for name, pattern in _ENDS_QUALIFIED:
        found = pattern.search(before)
        if found:
            return name, start - len(before) + found.start()
    return None


def _is_no_count(text: str, figure: Figure) -> bool:
    """Years, ordinals, codes, versions, identifiers: digits that count nothing."""
    digits = text[figure.digits_start : figure.end]
    before, after = text[: figure.digits_start], text[figure.end :]
    if figure.symbol is None and (_ORDINAL.match(after) or _GLUED_CODE.match(after)):
        return not re.match(r"^[-–]\d", after) or not _is_counted_range(text, figure)
    if _NAMING.search(before[-40:]) and not figure.symbol:
        return True
    if _LOWER_ACTION.search(before[-20:]) and not figure.symbol:
        return True
    # « 30 700-41 200 »: half of a number
    if re.search(r"\d[\s]?[-–/.](?:\d{1,3}\s)?$", before) and not _ends_counted_range(text, figure):
        return True
    bare = digits.isdigit()
    if bare and len(digits) == 4 and 1900 <= figure.value <= 2099 and figure.symbol is None:
        return figure.qualifier == "exact"
    return bare and (len(digits) >= 8 or (digits.startswith("0") and len(digits) > 1))


def _is_counted_range(text: str, figure: Figure) -> bool:
    """« 10-15 départements »: a range whose two ends count the same thing; « 15-15, », « 78-95 prévue » are codes."""
    found = re.match(r"[-–](\d[\d\s\u00a0\u202f]*)(?:\s?%|\s+(?:jours|mois|semaines)\b)", text[figure.end :])
    return bool(found) and figure.value < float(re.sub(r"\D", "", found[1]) or 0) if found else False


def _ends_counted_range(text: str, figure: Figure) -> bool:
    return bool(figure.symbol) or bool(re.match(r"\s+(?:jours|mois|semaines)\b", text[figure.end :]))


def _as_scaled(text: str, figures: list[Figure], index: int) -> Figure:
    """« de 2,6 à 2,9 millions », « 3 et 5 M€ »: the scale said once, after the second, is the first one's too."""
    figure = figures[index]
    following = figures[index + 1] if index + 1 < len(figures) else None
    if following is None or not _JOINED.fullmatch(text[figure.end : following.digits_start]):
        return figure
    scale = _scale_of(text, following)
    if scale == 1 or figure.symbol or figure.value >= 1000 or _scale_of(text, figure) != 1:
        return figure
    return replace(figure, value=figure.value * scale, symbol=following.symbol)


def _scale_of(text: str, figure: Figure) -> float:
    """What the word after a figure's digits multiplies it by."""
    digits = re.match(r"[\d\s\u00a0\u202f.,’']*\d", text[figure.digits_start : figure.end])
    if digits is None or not _MULTIPLIED.match(text, figure.digits_start + digits.end()):
        return 1
    plain = re.sub(r"[^\d,.]", "", digits[0]).replace(",", ".")
    raw = float(plain) if plain.count(".") <= 1 else float(plain.replace(".", ""))
    return figure.value / raw if raw else 1


def _as_range_end(text: str, figures: list[Figure], index: int) -> Figure:
    """« de 10 à 15 % », « entre 10 et 15 »: the first figure is a floor, the second a ceiling, one symbol for both."""
    figure = figures[index]
    following = figures[index + 1] if index + 1 < len(figures) else None
    before = figures[index - 1] if index else None
    if following and _is_range(text, figure, following):
        return replace(figure, qualifier="at_least", symbol=figure.symbol or following.symbol)
    if before and _is_range(text, before, figure):
        return replace(figure, qualifier="at_most")
    return figure


def _is_range(text: str, low: Figure, high: Figure) -> bool:
    between = text[low.end : high.digits_start]
    ahead = text[max(0, low.start - 8) : low.digits_start]
    if low.value >= high.value or low.qualifier != "exact" or high.qualifier != "exact":
        return False
    if re.fullmatch(r"\s*et\s*", between):
        return bool(re.search(r"entre\s*$", ahead, re.IGNORECASE))
    return bool(_RANGE.match(between)) and not CHANGE.search(text[: low.start])


def _from_words(text: str) -> Iterator[Figure]:
    """« deux », « vingt-cinq », « un million », « plus de trois cents »: approximate unless a qualifier says more."""
    for found in _IN_WORDS.finditer(text):
        value, start = _value_in_words(found[0]), found.start()
        if value is None:
            value, start = _one_million(text, found)
        if value is None:
            continue
        qualifier = _APPROXIMATE
        wider = _qualifier_before(text, start)
        if wider:
            qualifier, start = wider
        yield Figure(start, found.end(), found.start(), value, qualifier, None, in_words=True)


def _one_million(text: str, found: re.Match[str]) -> tuple[float | None, int]:
    """« a dépassé le million de comptes »: one of them, said by its article, which its words begin with."""
    value = _NUMBER_WORDS.get(found[0].lower(), 0)
    article = re.search(r"\b(?:le|du|au)\s+$", text[: found.start()], re.IGNORECASE)
    if value < 10**6 or not article or not re.match(r"\s+d[e'’]", text[found.end() :]):
        return None, found.start()
    return float(value), article.start()


def _value_in_words(words: str) -> float | None:
    """The number some words say; « un » and « une » alone are articles and say none."""
    parts = re.findall(r"quatre-vingts?|[^\W\d_]+", words.lower())
    parts = [part for part in parts if part != "et"]
    if all(part in {"un", "une"} for part in parts) or parts[0].rstrip("s") in {"million", "milliard"}:
        return None
    total = current = 0
    for part in parts:
        value = 1 if part in {"un", "une"} else _NUMBER_WORDS[part]
        if value >= 1000:
            total += (current or 1) * value
            current = 0
        elif value == 100:
            current = (current or 1) * 100
        else:
            current += value
    return float(total + current)


def _from_fractions(text: str) -> Iterator[Figure]:
    """« près du quart des officines », « 4/5 des médecins »: a share of what comes after."""
    for found in itertools.chain(_FRACTION.finditer(text), _UP_TO_PARTS.finditer(text)):
        whole, said = _PARTS[found["name"].lower()], found["count"] or "un"
        part = float(said) if said.isdigit() else (_value_in_words(said) or 1.0)
        if not 0 < part < whole:
            continue
        start, qualifier = found.start(), _APPROXIMATE
        wider = _qualifier_before(text, start)
        if wider:
            qualifier, start = wider
        yield Figure(start, found.end(), found.start(), round(100 * part / whole, 1), qualifier, "%", in_words=True)
    for found in _SLASHED.finditer(text):
        share = _SIGNS[found["sign"]] if found["sign"] else int(found["a"]) / int(found["b"])
        wider = _qualifier_before(text, found.start()) if share < 1 else None
        if share < 1:
            qualifier, start = wider or (_EXACT, found.start())
            yield Figure(start, found.end(), found.start(), round(100 * share, 1), qualifier, "%")


def _from_ratios(text: str) -> Iterator[Figure]:
    """« 9 médecins sur 10 », « un usager sur deux »: a share."""
    for found in _RATIO.finditer(text):
        part, whole = _small_number(found["a"]), _small_number(found["b"])
        if part is None or whole is None or not 0 < part < whole:
            continue
        in_words = not found["a"].isdigit()
        start, qualifier = found.start(), _APPROXIMATE if in_words else _EXACT
        wider = _qualifier_before(text, start)
        if wider:
            qualifier, start = wider
        yield Figure(start, found.end(), found.start(), round(100 * part / whole, 1), qualifier, "%", in_words)


def _small_number(word: str) -> float | None:
    if word.isdigit():
        return float(word)
    return 1.0 if word.lower() in {"un", "une"} else _value_in_words(word)
