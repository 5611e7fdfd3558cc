"""French periods and deadlines as people type them (`parse_period`, `find_periods`).

A period is an interval plus the precision it was stated with, never an invented day: « fin 2026 » is the year
2026 known to the year, « mi-2024 » the first half of 2024. A deadline is the last day of that interval.
What a writing says of precision follows the design's domain rules (section Dates).
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sources.french.folding import fold_in_place
from sources.french.refusal import Refusal
from sources.french.typography import short_date

Precision = Literal["day", "month", "quarter", "semester", "year"]
Role = Literal["at", "since", "until", "from"]


@dataclass(frozen=True)
class Period:
    """An interval of days, both ends included, and the precision it was stated with.

    `readings` names the choices made: `year_assumed` (no year was written), `short_year` (« 24 »),
    `since` (open interval closed at `as_of`).
    """

    start: date
    end: date
    precision: Precision
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundPeriod:
    """A period inside a text: `text[start:end]` covers the words that say it, « d'ici » or « depuis » included.

    `role` is what the words before it say: `at` (a moment or a span), `since` (« depuis »), `until`
    (« d'ici », « avant », « au plus tard »), `from` (« dès », « à partir de »).
    """

    start: int
    end: int
    period: Period
    role: Role


_MONTHS = {
    "janvier": 1, "janv": 1, "jan": 1, "fevrier": 2, "fevr": 2, "fev": 2, "mars": 3, "avril": 4, "avr": 4, "mai": 5,
    "juin": 6, "juillet": 7, "juil": 7, "aout": 8, "septembre": 9, "sept": 9, "sep": 9, "octobre": 10, "oct": 10,
    "novembre": 11, "nov": 11, "decembre": 12, "dec": 12,
}  # fmt: skip
_ORDINALS = {"premier": 1, "premiere": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4}
_SPANS: dict[Precision, int] = {"month": 1, "quarter": 3, "semester": 6, "year": 12}
_FINEST: tuple[Precision, ...] = ("day", "month", "quarter", "semester", "year")

_YEAR = r"(?:19|20)\d\d"
_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
_ORD = r"(?:[1-9](?:er|ere|e|eme|nd|nde)?|" + "|".join(_ORDINALS) + r"|dernier)"
_QUARTER = r"trim(?:estre(?![a-z])|\.|(?![a-z]))"
_OF = r"(?:\s*(?:de\s+l'annee|de\s+l'an|de|d'|du|l'annee|annee)?\s*)"
_UNITS: tuple[tuple[str, str], ...] = (
    ("day_iso", rf"(?P<iso_y>{_YEAR})[-/.](?P<iso_m>\d\d)[-/.](?P<iso_d>\d\d)(?!\d)"),
    ("day_num", r"(?P<num_d>\d{1,2})\s?[/.-]\s?(?P<num_m>\d{1,2})\s?[/.-]\s?(?P<num_y>\d{4}|\d\d)(?!\d)"),
    (
        "day_word",
        (
            rf"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s+)?(?P<word_d>1er|\d{{1,2}})[\s-]+"
            rf"(?P<word_m>{_MONTH})(?:[\s-]+(?P<word_y>{_YEAR})(?!\d))?"
        ),
    ),
    ("quarter_y", rf"(?P<qy_y>{_YEAR})\s?-?\s?[tq](?P<qy_q>\d)(?!\d)"),
    ("quarter", rf"[tq]\s?(?P<q_q>\d)(?:\s?[-/]?\s?(?P<q_y>{_YEAR}|\d\d))?(?!\d)"),
    ("quarter_n", rf"(?P<qn_q>\d)\s?t\s?-?(?P<qn_y>{_YEAR}|\d\d)(?!\d)"),
    ("quarter_w", rf"(?P<qw_q>{_ORD})\s?{_QUARTER}(?:{_OF}(?P<qw_y>{_YEAR})(?!\d))?"),
    ("quarter_x", rf"{_QUARTER}\s(?P<qx_q>\d)(?:{_OF}(?P<qx_y>{_YEAR})(?!\d))"),
    ("semester_y", rf"(?P<sy_y>{_YEAR})\s?-?\s?s(?P<sy_s>\d)(?!\d)"),
    ("semester", rf"s\s?(?P<s_s>\d)(?:\s?[-/]?\s?(?P<s_y>{_YEAR}|\d\d))?(?!\d)"),
    ("semester_n", rf"(?P<sn_s>\d)\s?s\s?-?(?P<sn_y>{_YEAR})(?!\d)"),
    ("semester_w", rf"(?P<sw_s>{_ORD})\s?semestre(?:{_OF}(?P<sw_y>{_YEAR})(?!\d))?"),
    ("semester_x", rf"semestre\s(?P<sx_s>\d)(?:{_OF}(?P<sx_y>{_YEAR})(?!\d))"),
    ("month_num", rf"(?P<mn_m>\d{{1,2}})\s?[/.-]\s?(?P<mn_y>{_YEAR})(?!\d)"),
    ("month_iso", rf"(?P<mi_y>{_YEAR})[-/](?P<mi_m>\d\d)(?!\d)"),
    ("month", rf"(?P<m_m>{_MONTH})(?:{_OF}[-/]?\s?(?P<m_y>{_YEAR}|\d\d(?=\s*$))(?!\d))?"),
    (
        "season",
        rf"(?P<season>printemps|automne|rentree(?:\s+(?:scolaire|universitaire))?)(?:{_OF}(?P<season_y>{_YEAR})(?!\d)(?!/))",
    ),
    ("year", rf"(?P<y>{_YEAR})(?!\d)"),
)
_UNIT = "|".join(pattern for _, pattern in _UNITS)
_LEADS: tuple[tuple[Role, str], ...] = (
    ("since", r"depuis"),
    ("until", r"d'ici(?:\s+a)?|avant|au\s+plus\s+tard|jusqu'(?:a|en|au)|(?:a\s+)?(?:l')?(?:horizon|echeance)"),
    ("from", r"des|a\s+partir\s+d(?:e|u|')|a\s+compter\s+d(?:e|u|')"),
)
_LEAD = "|".join(f"(?:{words})" for _, words in _LEADS)
_NEUTRAL = (
    r"(?:au\s+cours\s+d(?:e|u|')|courant|cumule?|en|au|aux|a|pour|sur|le|la|les|l'|du|de|d'|mois|annee|exercice|date|"
    r"donnees|chiffres|situation|valeur|arretee?s?|releve|bilan|etat|fin\s+d'|point|mesure)"
)
_PART = r"(?:fin(?:\s+d(?:e|u)(?:\s+la)?)?|mi|debut(?:\s+d(?:e|u))?|milieu(?:\s+d(?:e|u))?|courant)"
_GAP = r"(?:\s+|(?<=')|(?<=-)|-)"
_PHRASE = (
    rf"(?:(?P<lead>{_LEAD})(?:\s+|(?<=')))?(?P<neutral>(?:{_NEUTRAL}(?:\s+|(?<=')))*)"
    rf"(?:(?P<part>{_PART}){_GAP}(?:(?:mois|annee|l'annee|d'annee)\s+(?:de\s+|d')?)?)?"
    rf"(?:{_UNIT})(?:\s+(?P<tail>derniere?|prochaine?|inclus|compris))?"
)
_WHOLE = re.compile(rf"^{_PHRASE}$")
_IN_TEXT = re.compile(rf"(?<![a-z0-9'/.,-]){_PHRASE}(?![a-z0-9%/]|[-.,]\d)")
_BETWEEN = re.compile(r"\s*(?:\b(?:jusqu'(?:au|a|en)|au|a|et)\b|-|/)\s*")


_TO_DATE = re.compile(r"(?<=\w)\s+à (?:ce jour|date)\s*$", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?<=\d)[\sT]0?0:00(?::00(?:\.0+)?)?\s*$")  # what other programs write after a day
_DASHES = str.maketrans({"–": "-", "—": "-"})


def _fold(text: str) -> str:
    """The text folded in place, with one kind of dash."""
    return fold_in_place(text).translate(_DASHES)


def parse_period(text: str, *, as_of: date, ahead: bool = False) -> Period | Refusal:
    """Read a text that should be one period and nothing else, as typed in a cell.

    `as_of` is the session's cut-off: it closes « depuis janvier 2024 » and « décembre 2024 à ce jour », and gives « fin
    mars » its year, the last one not after it, or the next one when `ahead`. Refusal codes: `empty`, `not_a_period`,
    `impossible`, `ambiguous`, `relative`, `reversed`, `serial`, `week`.
    """
    typed, is_to_date = _TO_DATE.subn("", _MIDNIGHT.sub("", text))
    read = _read_cell(typed, as_of, ahead=ahead)
    if isinstance(read, Refusal):
        return read
    return _closed(read[0], as_of) if is_to_date else read[0]


def _closed(period: Period, as_of: date) -> Period | Refusal:
    """« décembre 2024 à ce jour »: the month up to the day it is stated, no more precise than a month."""
    if period.start > as_of:
        return Refusal("impossible", f"La période commence après le {short_date(as_of)} : ôtez « à ce jour ».")
    return replace(period, end=min(period.end, as_of))


def period_of_date(day: date, number_format: str = "") -> Period:
    """The period a real date cell stands for: a cell shown as « mars-25 » or « 2025 » says no day."""
    shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    if shown and "d" not in shown and "j" not in shown:
        if "m" in shown:
            return _span(day.year, day.month, "month")
        if "y" in shown or "a" in shown:
            return _span(day.year, 1, "year")
    return Period(day, day, "day")


def find_periods(text: str, *, as_of: date) -> Iterator[FoundPeriod]:
    """Every period of a text, left to right.

    A year alone is one only with a word that says time before it (« en », « fin », « d'ici »…), so that
    « Ma santé 2022 » is none; a month without year likewise.
    """
    folded = _fold(text)
    for match in _IN_TEXT.finditer(folded):
        announced = bool(match["lead"] or match["part"] or (match["neutral"] or "").strip())
        if _kind(match) in {"year", "season"} and not announced:
            continue
        read = _from_match(match, as_of, ahead=match["tail"] is not None and match["tail"].startswith("prochain"))
        if isinstance(read, Refusal):
            continue
        if "year_assumed" in read[0].readings and not announced:
            continue
        yield FoundPeriod(match.start(), match.end(), *read)


def _read_cell(text: str, as_of: date, *, ahead: bool = False) -> tuple[Period, Role] | Refusal:
    plain = re.sub(r"[()]", " ", _fold(unicodedata.normalize("NFC", text)))
    cell = re.sub(r" +", " ", plain).strip(" .;,").strip()
    if not cell:
        return Refusal("empty", "La cellule est vide.")
    whole = _WHOLE.match(cell) or _year_last(cell)
    if whole:
        return _from_match(whole, as_of, ahead=ahead)
    refused = _known_dead_ends(cell)
    if refused:
        return refused
    interval = _interval(cell, as_of)
    if interval:
        return interval if isinstance(interval, Refusal) else (interval, "at")
    return Refusal(
        "not_a_period",
        "Écrivez une période, par exemple « T2 2025 », « fin mars 2025 », « S1 2025 » ou « 31/12/2024 ».",
    )


def _year_last(cell: str) -> re.Match[str] | None:
    """« 2023/T4 », « 2024 – 3e trimestre »: a year and one of its parts, which would pass for an interval."""
    found = re.fullmatch(rf"(?P<year>{_YEAR})\s*[-/._,:]?\s*(?P<part>\D.*|\d(?:e|er|eme|t|s|q)\b.*|\d[tsq])", cell)
    if found is None or re.search(_YEAR, found["part"]):
        return None
    return _WHOLE.match(f"{found['part']} {found['year']}")


def _known_dead_ends(cell: str) -> Refusal | None:
    """Writings people do use, that say no period: each with its own advice."""
    if re.fullmatch(r"[3-6]\d{4}(?:[.,]0+)?", cell):
        day = date(1899, 12, 30) + timedelta(days=int(cell[:5]))
        return Refusal(
            "serial",
            f"« {cell} » est un numéro de jour d’Excel (le {short_date(day)} ?) : écrivez la date en toutes lettres.",
        )
    if re.match(r"(?:semaine|sem\.?|s)\s?(?:[1-5]\d|0\d)\b", cell):
        return Refusal("week", "Une semaine n’est pas une période suivie : indiquez le jour, le mois ou le trimestre.")
    if re.search(
        r"\b(?:prochainement|bientot|en cours|dans \w+ (?:mois|ans?|semaines?)|a venir|d'ici \w+ (?:mois|ans?))\b", cell
    ):
        return Refusal(
            "relative",
            "Indiquez une date, par exemple « T2 2025 » : « en cours » ou « dans deux mois » ne se suivent pas.",
        )
    if re.search(r"\b(?:hiver|ete)\b", cell):
        return Refusal(
            "ambiguous", "Une saison à cheval sur deux périodes ne se suit pas : indiquez un mois ou un trimestre."
        )
    return None


def _interval(cell: str, as_of: date) -> Period | Refusal | None:
    """« de janvier à mars 2025 », « du 01/12/2022 au 31/12/2024 », « 2023-2024 »."""
    body = re.sub(r"^(?:cumul\s+)?(?:du|de|d'|entre(?:\s+le)?|periode\s+d[eu])\s*", "", cell)
    for cut in _BETWEEN.finditer(body):
        left, right = _WHOLE.match(body[: cut.start()].strip()), _WHOLE.match(body[cut.end() :].strip())
        if not left or not right:
            continue
        last = _from_match(right, as_of)
        if isinstance(last, Refusal):
            return last
        first = _from_match(left, last[0].end)
        if isinstance(first, Refusal):
            return first
        start, end = first[0].start, last[0].end
        if re.search("et|/", cut[0]) and first[0].end + timedelta(days=1) < last[0].start:
            return Refusal("ambiguous", "La cellule nomme deux périodes : donnez une ligne à chacune.")
        if start > end:
            return Refusal("reversed", "La période commence après sa fin : vérifiez les deux dates.")
        readings = tuple(
            r for r in dict.fromkeys(first[0].readings + last[0].readings) if r != "year_assumed" or _lacks_year(right)
        )
        return Period(start, end, _precision_of(start, end, first[0].precision, last[0].precision), readings)
    return None


def _lacks_year(match: re.Match[str]) -> bool:
    return not re.search(_YEAR, match.group(0))


def _precision_of(start: date, end: date, first: Precision, last: Precision) -> Precision:
    """The calendar span the interval fills exactly, else the finer of the two precisions."""
    for precision, months in _SPANS.items():
        whole = start.day == 1 and (start.month - 1) % months == 0
        if whole and _span(start.year, start.month, precision).end == end:
            return precision
    return min(first, last, key=_FINEST.index)


def _kind(match: re.Match[str]) -> str:
    """Which of `_UNITS` matched."""
    for (name, _), mark in zip(_UNITS, _MARKS, strict=True):
        if match[mark] is not None:
            return name
    raise LookupError(match.group(0))


_MARKS = (  # the group that is never empty when the unit of the same rank matched
    "iso_y", "num_d", "word_d", "qy_q", "q_q", "qn_q", "qw_q", "qx_q", "sy_s", "s_s", "sn_s", "sw_s", "sx_s",
    "mn_m", "mi_m", "m_m", "season", "y",
)  # fmt: skip


def _from_match(match: re.Match[str], as_of: date, *, ahead: bool = False) -> tuple[Period, Role] | Refusal:
    """The period a match says, and the role its first word gives it."""
    role: Role = next((r for r, words in _LEADS if match["lead"] and re.fullmatch(words, match["lead"])), "at")
    tail = match["tail"] or ""
    ahead = (ahead or role in {"until", "from"} or tail.startswith("prochain")) and not tail.startswith("dernier")
    period = _UNIT_READERS[_kind(match)](match, as_of, ahead)
    if isinstance(period, Refusal):
        return period
    part = (match["part"] or "").split(" ")[0]
    if period.precision == "year" and part in {"mi", "debut", "milieu"}:
        # « début » and « mi » are both certainly inside the first half: the vocabulary has nothing nearer.
        period = replace(_span(period.start.year, 1, "semester"), readings=period.readings)
    opens_month = period.precision == "day" and period.start.day == 1  # « avant le 1er juillet »: by the end of June
    if match["lead"] == "avant" and not part and (period.precision != "day" or opens_month):
        eve = period.start - timedelta(days=1)
        before = Period(eve, eve, "day") if opens_month else _span(eve.year, eve.month, period.precision)
        period = replace(before, readings=period.readings)
    if role == "since":
        if period.start > as_of:
            return Refusal("reversed", "« depuis » suivi d’une date à venir : vérifiez la période.")
        period = Period(period.start, as_of, period.precision, (*period.readings, "since"))
    return period, role


def _span(year: int, month: int, precision: Precision) -> Period:
    """The whole month, quarter, semester or year a month belongs to."""
    months = _SPANS[precision]
    first = (month - 1) // months * months + 1
    last = first + months - 1
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), precision)


def _year_of(text: str | None) -> tuple[int | None, tuple[str, ...]]:
    if not text:
        return None, ()
    return (int(text), ()) if len(text) == 4 else (2000 + int(text), ("short_year",))


def _dated(year_text: str | None, month: int, precision: Precision, as_of: date, ahead: bool) -> Period:
    """The span, with the year written or else the nearest one in the direction asked for."""
    year, readings = _year_of(year_text)
    if year is not None:
        return replace(_span(year, month, precision), readings=readings)
    period = _span(as_of.year, month, precision)
    if ahead and period.end < as_of:
        period = _span(as_of.year + 1, month, precision)
    elif not ahead and period.start > as_of:
        period = _span(as_of.year - 1, month, precision)
    return replace(period, readings=("year_assumed",))


def _day(year_text: str | None, month: int, day: int, as_of: date, ahead: bool) -> Period | Refusal:
    year, readings = _year_of(year_text)
    try:
        on = date(year or as_of.year, month, day)
        if year is None:
            if ahead and on < as_of:
                on = date(as_of.year + 1, month, day)
            elif not ahead and on > as_of:
                on = date(as_of.year - 1, month, day)
            readings = ("year_assumed",)
    except ValueError:
        swapped = " Le jour se met avant le mois." if month > 12 >= day else ""
        return Refusal(
            "impossible", f"Cette date n’existe pas dans le calendrier.{swapped} Écrivez-la jour/mois/année."
        )
    return Period(on, on, "day", readings)


def _month_number(word: str) -> int:
    return _MONTHS[word.rstrip(".")]


def _rank(text: str, most: int) -> int | None:
    """1 to `most`, from « 2e », « deuxième », « dernier », « 2 »; None when out of range."""
    if text == "dernier":
        return most
    rank = _ORDINALS.get(text) or int(text[0])
    return rank if 1 <= rank <= most else None


def _ranked(text: str, year: str | None, precision: Precision, as_of: date, ahead: bool) -> Period | Refusal:
    """A quarter or a semester by its rank."""
    most = 12 // _SPANS[precision]
    rank = _rank(text, most)
    if rank is None:
        name = "trimestres (T1 à T4)" if precision == "quarter" else "semestres (S1 et S2)"
        return Refusal("impossible", f"Une année compte {most} {name}.")
    if text == "dernier" and year is None:
        return Refusal("ambiguous", "Précisez l’année, par exemple « T4 2024 ».")
    return _dated(year, (rank - 1) * _SPANS[precision] + 1, precision, as_of, ahead)


def _month(number: int, year: str | None, as_of: date, ahead: bool) -> Period | Refusal:
    if not 1 <= number <= 12:
        return Refusal("impossible", "Un mois va de 1 à 12 : écrivez par exemple « 03/2025 » ou « mars 2025 ».")
    return _dated(year, number, "month", as_of, ahead)


def _season(word: str, year: str, as_of: date, ahead: bool) -> Period:
    """Spring lies inside the first half, autumn inside the second; the new school year is September."""
    if word.startswith("rentree"):
        return _dated(year, 9, "month", as_of, ahead)
    return _dated(year, 1 if word == "printemps" else 7, "semester", as_of, ahead)


_UnitReader = Callable[[re.Match[str], date, bool], Period | Refusal]
_UNIT_READERS: dict[str, _UnitReader] = {
    "day_iso": lambda m, a, h: _day(m["iso_y"], int(m["iso_m"]), int(m["iso_d"]), a, h),
    "day_num": lambda m, a, h: _day(m["num_y"], int(m["num_m"]), int(m["num_d"]), a, h),
    "day_word": lambda m, a, h: _day(m["word_y"], _month_number(m["word_m"]), int(m["word_d"].rstrip("er")), a, h),
    "quarter_y": lambda m, a, h: _ranked(m["qy_q"], m["qy_y"], "quarter", a, h),
    "quarter": lambda m, a, h: _ranked(m["q_q"], m["q_y"], "quarter", a, h),
    "quarter_n": lambda m, a, h: _ranked(m["qn_q"], m["qn_y"], "quarter", a, h),
    "quarter_w": lambda m, a, h: _ranked(m["qw_q"], m["qw_y"], "quarter", a, h),
    "quarter_x": lambda m, a, h: _ranked(m["qx_q"], m["qx_y"], "quarter", a, h),
    "semester_y": lambda m, a, h: _ranked(m["sy_s"], m["sy_y"], "semester", a, h),
    "semester": lambda m, a, h: _ranked(m["s_s"], m["s_y"], "semester", a, h),
    "semester_n": lambda m, a, h: _ranked(m["sn_s"], m["sn_y"], "semester", a, h),
    "semester_w": lambda m, a, h: _ranked(m["sw_s"], m["sw_y"], "semester", a, h),
    "semester_x": lambda m, a, h: _ranked(m["sx_s"], m["sx_y"], "semester", a, h),
    "month_num": lambda m, a, h: _month(int(m["mn_m"]), m["mn_y"], a, h),
    "month_iso": lambda m, a, h: _month(int(m["mi_m"]), m["mi_y"], a, h),
    "month": lambda m, a, h: _month(_month_number(m["m_m"]), m["m_y"], a, h),
    "season": lambda m, a, h: _season(m["season"], m["season_y"], a, h),
    "year": lambda m, a, h: _dated(m["y"], 1, "year", a, h),
}
