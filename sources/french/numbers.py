"""French numbers as people type them, alone in a cell (`parse_number`) or inside a sentence (`find_numbers`).

Values come out in base units: « 3,2 M » is 3200000, « 12 % » is 12 with the unit hint `%`. The grammar never
guesses between two readings of equal likelihood: it refuses and says how to write the figure.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sources.french.folding import fold_words
from sources.french.refusal import Refusal
from sources.french.typography import figure

Qualifier = Literal["exact", "approx", "at_least", "more_than", "at_most", "less_than"]


@dataclass(frozen=True)
class Quantity:
    """A figure that was read.

    `unit_hint` is `%`, `€` or the words that followed the figure (« officines équipées »), else None; `words` are those
    that followed it, or its `%` or `€`.
    `readings` names the choices made where the writing was unusual (`thousands_dot`, `decimal_point`,
    `english_style`, `thousands_apostrophe`, `plus_sign`, `scientific`), so that a person can be warned of them.
    """

    value: float
    qualifier: Qualifier = "exact"
    unit_hint: str | None = None
    readings: tuple[str, ...] = ()
    words: str | None = None


@dataclass(frozen=True)
class FoundNumber:
    """A figure inside a text: `text[start:end]` covers qualifier, digits, multiplier and `%` or `€`."""

    start: int
    end: int
    quantity: Quantity


SPACE = " \t\u00a0\u202f\u2009"
_S = f"[{SPACE}]"
_ONE_OF_SPACES = re.compile(f"[{SPACE}\u2007\u2008\u200a\u2002\u2003]")

_QUALIFIERS: tuple[tuple[Qualifier, str], ...] = (
    (
        "at_least",
        (
            r"plus\s+d(?:e\s+|['’]\s*)|au\s+moins|au\s+minimum|minimum|min\.|pas\s+moins\s+de|"
            r"sup[ée]rieure?s?\s+à|au-delà\s+de|\+\s*de|≥|>=|>"
        ),
    ),
    (
        "at_most",
        (
            r"moins\s+d(?:e\s+|['’]\s*)|au\s+plus|au\s+maximum|maximum|max\.|pas\s+plus\s+de|inf[ée]rieure?s?\s+à|"
            r"jusqu['’]à|≤|<=|<"
        ),
    ),
    (
        "approx",
        (
            r"environ|env\.|près\s+d(?:e\s+|['’]\s*)|autour\s+d(?:e\s+|['’]\s*)|à\s+peu\s+près|presque|quelques?|"
            r"approximativement|(?:de\s+)?l['’]ordre\s+de|aux\s+alentours\s+de|~|≈|±"
        ),
    ),
)
_AFTER: tuple[tuple[Qualifier, str], ...] = (
    ("at_least", r"(?:au\s+moins|au\s+minimum|minimum|ou\s+plus|et\s+plus|\+)"),
    ("at_most", r"(?:au\s+plus|au\s+maximum|maximum|ou\s+moins)"),
    ("approx", r"(?:environ|à\s+peu\s+près)"),
)
_DIGITS = (
    rf"(?:[0-9]{{1,3}}(?:{_S}[0-9]{{3}})+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]{{1,3}}(?:['’][0-9]{{3}})+|"
    rf"[0-9]{{1,3}}(?:,[0-9]{{3}}){{2,}}|[0-9]{{1,3}}(?:,[0-9]{{3}})+(?=\.[0-9])|[0-9]+)(?![0-9])"
)
_FIGURE = rf"(?P<digits>{_DIGITS})(?P<decimals>[.,][0-9]+)?(?P<exponent>[eE][+-]?[0-9]{{1,2}}(?![0-9]))?"
_MULTIPLIER = r"(?P<multiplier>milliards?|millions?|milliers?|mille|Mds?|Mrds?|Mio|M|[kK])(?=$|[^A-Za-zÀ-ÿ0-9])"
_SYMBOL = r"(?P<symbol>%|€|pour\s?cents?(?![A-Za-zÀ-ÿ])|p\.\s?100|euros?(?![A-Za-zÀ-ÿ]))"
_TAIL = rf"(?:{_S}*{_MULTIPLIER})?(?:{_S}*(?:d['’])?{_SYMBOL})?"
_BEFORE = "|".join(f"(?P<{name}>{words})" for name, words in _QUALIFIERS)
_ENDING = "|".join(f"(?P<{name}>{words})" for name, words in _AFTER)
_SIGN = r"(?P<sign>[+\-])"

_CELL = re.compile(
    rf"^(?:(?P<before>{'|'.join(words for _, words in _QUALIFIERS)})\s*)?(?:{_SIGN}\s*)?{_FIGURE}{_TAIL}(?P<rest>.*)$",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    rf"(?<![A-Za-zÀ-ÿ0-9.,'’/_°-])(?:(?P<before>{'|'.join(words for _, words in _QUALIFIERS)})\s*)?(?:{_SIGN}{_S}?)?"
    rf"(?<![A-Za-zÀ-ÿ0-9._°])(?P<figure>{_FIGURE})(?![0-9])(?:{_TAIL})(?![A-Za-zÀ-ÿ0-9])",
    re.IGNORECASE,
)
_MULTIPLIERS = {
    "milliard": 10**9, "md": 10**9, "mrd": 10**9, "million": 10**6, "m": 10**6, "mio": 10**6,
    "millier": 1000, "mille": 1000, "k": 1000,
}  # fmt: skip
_COLLECTIVES = {
    "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000,
}  # fmt: skip
_COLLECTIVE = re.compile(
    rf"(?<![A-Za-zÀ-ÿ])(?:(?P<before>{'|'.join(words for _, words in _QUALIFIERS)})\s*)?"
    r"une?\s+(?:petite\s+|bonne\s+)?(?P<name>" + "|".join(_COLLECTIVES) + r")(?![A-Za-zÀ-ÿ])"
    r"(?:\s+de\s+(?P<multiplier>milliers|millions|milliards)(?![A-Za-zÀ-ÿ]))?",
    re.IGNORECASE,
)
_ONE_MULTIPLIER = re.compile(r"^un\s+(?P<multiplier>million|milliard)(?P<rest>\s.*)?$", re.IGNORECASE)
_WORDS = {
    "zéro": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100, "mille": 1000,
}  # fmt: skip
_RANGE = re.compile(
    rf"^(?:entre\s.*[0-9].*\set\s.*[0-9].*|(?:de\s+)?[0-9][0-9{SPACE}.,]*{_S}*[%kKM]?{_S}*(?:à|-|–|—|\.\.\.?|…){_S}*[0-9].*)$",
    re.IGNORECASE,
)
_RATIO = re.compile(rf"^[0-9][0-9{SPACE}.,]*(?:/|⁄|\ssur\s){_S}*[0-9][0-9{SPACE}.,]*\s*\D*$", re.IGNORECASE)
_DATE = re.compile(
    r"^(?:[0-3]?[0-9][/.-][01]?[0-9][/.-][0-9]{2,4}|[0-9]{4}-[01][0-9](?:-[0-3][0-9])?|[01]?[0-9]/[0-9]{4})$"
)
_RAISED = re.compile("[⁰¹²³⁴-⁹₀-₉①-⑳ªᵃ-ᵛᶜ]")
# A change and not a level: a plus sign before the figure (« + de » and « 2 200 + » are qualifiers), words of change.
_EVOLUTION = re.compile(
    r"^\+\s*(?!de\b|d['’])[0-9]"
    r"|[0-9%]\s*(?:(?:points?|pts?|pp)\b\s*)?(?:de|en)\s+(?:plus|moins|hausse|baisse)\b(?!\s+de\b)"
    r"|\b(?:hausse|baisse|augment\w*|diminu\w*|progress\w*|recul\w*|croissance|[ée]volution|variation|gain|perte)\b"
    r"|\bsuppl[ée]mentaires?\b|^[x×*]\s*[0-9]|\bmultipli|\bdoubl|\btripl|[↑↗↘↓▲▼➚➘]|[0-9]\s*(?:points?|pts|pp)\b",
    re.IGNORECASE,
)
_SEVERAL = "La cellule contient plusieurs nombres : n’en gardez qu’un, sans texte autour."
_SCALE = re.compile(
    r"\ben (?:milliers?|millions?|milliards?|centaines|dizaines|k|kilo\w*|m|md|keur|k euros?|m euros?)\b"
    r"|\b(?:a multiplier|multiplier par|x ?1000\b|fois 1000\b)"
)
_UNIT_WORDS = re.compile(r"^[^\W\d_][^0-9<>=]{0,59}$")


def says_scale(text: str) -> bool:
    """Whether a text beside figures says that they are in another unit: « en milliers », « montants en M€ »."""
    return bool(_SCALE.search(fold_words(text)))


def has_raised(text: str) -> bool:
    """Whether digits are raised or lowered, which would pass for digits of the figure; « m² » has none of its own."""
    return bool(_RAISED.search(re.sub(r"(?<=m)[²³](?![⁰¹²³⁴-⁹])", "", text)))


def has_raised_digits(text: str) -> bool:
    """Whether digits are raised, as calls of notes are; letters may be (« 1ᵉʳ trimestre »)."""
    return bool(re.search("[⁰¹²³⁴-⁹₀-₉]", text))


def normalise(text: str) -> str:
    """The text with compatibility characters folded, every minus sign a hyphen, every space a plain one."""
    # NFKC would turn « ½ » into « 1⁄2 » glued to the digits before it: better refused than read wrong.
    shown = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    folded = "".join(c if c in "½¼¾" else unicodedata.normalize("NFKC", c) for c in shown)
    folded = _ONE_OF_SPACES.sub(" ", folded)
    return re.sub(r"[\u2212\ufe63\uff0d\u2012]", "-", folded).strip()


def parse_number(text: str) -> Quantity | Refusal:
    """Read a text that should be one figure and nothing else, as typed in a cell.

    Refusal codes: `empty`, `not_a_number`, `in_words`, `range`, `ratio`, `several_numbers`, `ambiguous`,
    `looks_like_date`, `raised` (« 8¹ % »), `evolution` (« +12 % »).
    """
    cell = re.sub(r"^['’](?=[0-9])", "", re.sub(r"\s+", " ", normalise(text)).rstrip(" .;"))
    refused = _refused_at_sight(text, cell)
    if refused:
        return refused
    collective = _COLLECTIVE.match(cell)
    if collective:
        return _from_collective(collective, cell[collective.end() :])
    single = _ONE_MULTIPLIER.match(cell)
    if single:
        value = float(_MULTIPLIERS[single["multiplier"].lower()])
        return _counted(value, single["rest"] or "")
    refused = _shape_refusal(cell)
    if refused:
        return refused
    found = _CELL.match(cell)
    return _from_cell(found) if found else _not_a_number(cell)


def _refused_at_sight(text: str, cell: str) -> Refusal | None:
    """A blank, a call of a note, a change in place of a level."""
    if not cell:
        return Refusal("empty", "La cellule est vide.")
    if re.search(r"[0-9][^0-9]*[\n\r\v\f\t][^0-9]*[0-9]", text.strip()):
        return Refusal("several_numbers", _SEVERAL)
    if has_raised(text):
        return Refusal("raised", "Retirez l’appel de note, et mettez la note dans la colonne Commentaire.")
    if _EVOLUTION.search(cell) and re.search(r"[0-9]", cell):
        return Refusal("evolution", "Écrivez le niveau atteint, par exemple « 12 % », sans « + » ni comparaison.")
    return None


def find_numbers(text: str) -> Iterator[FoundNumber]:
    """Every figure of a text, left to right, without overlap.

    Ranges come out as two figures, years, dates and codes as figures too: telling them apart needs the
    words around and is the caller's work.
    """
    folded = re.sub(r"[\u2212\ufe63\uff0d]", "-", text)  # same length: positions stay those of the caller's text
    found: list[FoundNumber] = []
    for match in _COLLECTIVE.finditer(folded):
        read = _from_collective(match, "")
        if isinstance(read, Quantity):
            found.append(FoundNumber(match.start(), match.end(), read))
    taken = [(number.start, number.end) for number in found]
    for match in _IN_TEXT.finditer(folded):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        value, readings = _value_of(match)
        quantity = Quantity(value, _qualifier_of(match["before"]), _symbol_of(match["symbol"]), readings)
        found.append(FoundNumber(match.start(), match.end(), quantity))
    yield from sorted(found, key=lambda number: number.start)


def _shape_refusal(cell: str) -> Refusal | None:
    """Writings that hold more than one figure, or a date."""
    if _DATE.match(cell):
        return Refusal(
            "looks_like_date", "Ceci ressemble à une date. Écrivez ici la valeur ; la date va dans la colonne Période."
        )
    if _RATIO.match(cell):
        return Refusal("ratio", "Écrivez une seule valeur : le nombre, ou le pourcentage déjà calculé.")
    if _RANGE.match(cell):
        return Refusal(
            "range",
            f"Une fourchette ne se suit pas dans le temps : écrivez une seule valeur, par exemple « {_middle(cell)} ».",
        )
    return None


def _middle(cell: str) -> str:
    """What could stand for a range: « environ 145 » for 140 à 150."""
    found = [number.quantity for number in find_numbers(re.sub(r"(?<=[0-9%])\s*[-–—]\s*(?=[0-9])", " à ", cell))]
    if len(found) != 2:
        return "environ 11"
    first, last = found[0].value, found[1].value
    if not 0 <= first <= last or last > 500 * first:  # « 3,5 à 4 M »: the first one lacks its unit
        return "environ 11"
    return figure((first + last) / 2, found[1].unit_hint, "approx")


def _from_cell(found: re.Match[str]) -> Quantity | Refusal:
    """A quantity from a whole-cell match, once what follows the figure is understood."""
    rest, qualifier = _strip_ending(found["rest"].strip())
    if re.search(r"[0-9½¼¾]", rest):
        return Refusal("several_numbers", _SEVERAL)
    unit = _symbol_of(found["symbol"])
    if rest:
        if unit is None and _UNIT_WORDS.match(rest):
            unit = _unit_of(rest)
        elif not re.fullmatch(r"[^\W\d_][^0-9]{0,59}", rest):
            return _not_a_number(found.string)
    bare = unit is None and not found["multiplier"] and not found["exponent"]
    if bare and "," not in found["digits"] and re.fullmatch(r",[0-9]{3}", found["decimals"] or ""):
        head = found["digits"]
        if head != "0" and len(head) <= 3:
            tail = found["decimals"][1:]
            return Refusal(
                "ambiguous",
                f"« {found.string} » se lit {head}\u202f{tail} ou {head} virgule {tail} : écrivez « {head} {tail} » "
                f"pour des milliers, « {head},{tail[:2]} » pour des décimales.",
            )
    value, readings = _value_of(found)
    before = _qualifier_of(found["before"])
    return Quantity(value, before if before != "exact" else qualifier, unit, readings, _unit_of(rest))


def _counted(value: float, rest: str, qualifier: Qualifier = "exact") -> Quantity:
    """A figure in words, and what it counts."""
    unit = _unit_of(rest)
    return Quantity(value, qualifier, unit, words=None if unit == "€" else unit)


def _strip_ending(rest: str) -> tuple[str, Qualifier]:
    """« environ », « ou plus » and their like after the figure."""
    for name, words in _AFTER:
        found = re.fullmatch(rf"(?P<unit>.*?)\s*{words}", rest, re.IGNORECASE)
        if found:
            return found["unit"], name
    return rest, "exact"


def _value_of(found: re.Match[str]) -> tuple[float, tuple[str, ...]]:
    """The value in base units, and the choices made to read it."""
    digits, decimals, readings = found["digits"], found["decimals"] or "", []
    for mark, reading in (
        (".", "thousands_dot"),
        ("'", "thousands_apostrophe"),
        ("’", "thousands_apostrophe"),
        (",", "english_style"),
    ):
        if mark in digits:
            readings.append(reading)
    if decimals.startswith("."):
        readings.append("english_style" if "," in digits else "decimal_point")
    plain = re.sub(r"[^0-9]", "", digits) + decimals.replace(",", ".") + (found["exponent"] or "")
    if found["exponent"]:
        readings.append("scientific")
    if found["sign"] == "+":
        readings.append("plus_sign")
    value = Decimal(plain) * _multiplier_of(found["multiplier"])
    return float(-value if found["sign"] == "-" else value), tuple(dict.fromkeys(readings))


def _multiplier_of(word: str | None) -> int:
    if not word:
        return 1
    key = word.lower()
    return _MULTIPLIERS.get(key) or _MULTIPLIERS[key.rstrip("s")]


def _from_collective(found: re.Match[str], rest: str) -> Quantity | Refusal:
    """« une trentaine », « plus d'une centaine de milliers »."""
    if re.search(r"[0-9]", rest):
        return Refusal("several_numbers", _SEVERAL)
    value = _COLLECTIVES[found["name"].lower()] * _multiplier_of(found["multiplier"])
    before = _qualifier_of(found["before"])
    return _counted(float(value), rest, "approx" if before == "exact" else before)


def _qualifier_of(words: str | None) -> Qualifier:
    if words:
        for name, pattern in _QUALIFIERS:
            if re.fullmatch(pattern, words.strip() + " ", re.IGNORECASE) or re.fullmatch(
                pattern, words.strip(), re.IGNORECASE
            ):
                return name
    return "exact"


def _symbol_of(symbol: str | None) -> str | None:
    if not symbol:
        return None
    return "€" if symbol == "€" or symbol.lower().startswith("euro") else "%"


def _unit_of(rest: str) -> str | None:
    """The words after a figure, without the « de » that ties them to it."""
    words = re.sub(r"^(?:de\s+|d['’]\s*)", "", rest.strip(), flags=re.IGNORECASE).strip(" .;:")
    if re.fullmatch(r"euros?", words, re.IGNORECASE):
        return "€"
    return words or None


def _not_a_number(cell: str) -> Refusal:
    """Refuse, with the digits when the number was written in words."""
    word = cell.lower().split(" ")[0]
    if word in _WORDS:
        known = _WORDS[word] if " " not in cell and "-" not in cell else None
        return Refusal("in_words", f"Écrivez le nombre en chiffres{f' : {known}' if known is not None else ''}.")
    return Refusal(
        "not_a_number", "Écrivez un nombre en chiffres, par exemple « 1 234,5 », « 12 % » ou « environ 400 »."
    )
