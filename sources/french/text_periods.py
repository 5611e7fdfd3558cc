"""Periods in running text: what `periods` finds, and the writings that only sentences have.

What belongs here: intervals, school years, spans of years, seasons, rolling windows, « depuis le lancement … en 2023 »,
« la fin de l'année », years before a colon. What does not: which figure a period dates, which is the reader's work.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sources.french.periods import FoundPeriod, Period, Precision, Role, find_periods, parse_period

NO_DATE = date(2100, 1, 1)

_MONTHS_OF: dict[Precision, int] = {"month": 1, "quarter": 3, "semester": 6, "year": 12}
_WINDOW_WORDS = {"trois": 3, "six": 6, "neuf": 9, "douze": 12, "dix-huit": 18, "vingt-quatre": 24}
_INTERVAL = re.compile(
    r"(?<![\w])(?:(?:cumul\s+)?(?:du|de|entre(?:\s+le)?|période\s+d[eu])\s+)(?P<a>[^,;:()]{4,22}?)\s+(?:au|à|et)\s+(?P<b>[^,;:()]{4,22})",
    re.IGNORECASE,
)
_SCHOOL_YEAR = re.compile(
    r"(?:(?<![\w])(?:à\s+la\s+|la\s+|pour\s+la\s+)?rentrée\s+|ann[ée]e\s+(?:scolaire|universitaire)\s+)(?P<y>20\d\d)\s?[-/–]\s?(?P<z>20\d\d|\d\d)(?!\d)",
    re.IGNORECASE,
)
_BRACKETED_YEAR = re.compile(r"\((?:en\s+|ann[ée]e\s+|[ée]ch[ée]ance\s*:?\s*)?(?P<y>20[0-4]\d)\)", re.IGNORECASE)
# « 2025 : 33 % », at the head of what it dates
_HEADING_YEAR = re.compile(r"(?:^|(?<=[;,(\n])|(?<=[;,.]\s)|(?<=\s[–—-]\s))(?P<y>20[0-4]\d)(?=\s?:\s?\d)")
# « en 2023 et 2024 »: the second leans on the first
_NEXT_YEAR = re.compile(r"\s*(?:,|et|puis|ou)\s+(?P<y>20[0-4]\d)(?![\d/–-]|\s\d{3}|\s+[^\W\d_]+s\b)")
# « le budget 2026 », « objectif 2025 »
_YEAR_OF = re.compile(
    r"(?<![\w])(?:budgets?|exercices?|enveloppes?|dotations?|campagnes?|programmations?|bilans?|résultats?|réalis[ée]s?|"
    r"chiffres?|donn[ée]es|cibles?|objectifs?|ann[ée]e\s+pleine)\s+(?P<y>20[0-4]\d)(?![\d/–-])",
    re.IGNORECASE,
)
_SPAN_OF_YEARS = re.compile(
    r"(?<![\w])(?P<lead>d['’]ici(?:\s+à)?|(?:sur|pour|pendant|durant)(?:\s+(?:la\s+période|les\s+années))?|"
    r"(?:sur\s+)?la\s+période|(?:sur\s+)?les\s+années|en|horizon|\()\s*(?P<y>20\d\d)\s?[-–/]\s?(?P<z>20\d\d)(?!\d)",
    re.IGNORECASE,
)
_YEARS_JOINED = re.compile(
    r"(?<![\w])(?:(?:au\s+cours\s+d|sur\s+l|pendant\s+l|durant\s+l|pour\s+l|d|l)es\s+)années\s+(?P<y>20\d\d)\s*(?:et|à|-|–)\s*"
    r"(?P<z>20\d\d)(?!\d)",
    re.IGNORECASE,
)
_NAMED_AFTER_YEARS = re.compile(
    r"(?:feuille\s+de\s+route|plan|programme|stratégie|doctrine|contrat|convention|schéma|cadre|mandature)"
    r"[^.;:()]{0,60}$",
    re.IGNORECASE,
)
_WHOLE_OF_A_PLAN = re.compile(
    r"(?:durée|période|long|terme|échéance)\s+(?:totale\s+)?d[eu]\s[^.;:()]{0,40}$", re.IGNORECASE
)
_RELATIVE = re.compile(
    r"(?<![\w])(?:(?P<this>cette\s+année|ce\s+semestre|ce\s+trimestre|ce\s+mois(?:-ci)?|l['’]année\s+en\s+cours)|"
    r"(?P<last>(?:l['’]année|l['’]an|le\s+mois|le\s+semestre|le\s+trimestre)\s+(?:derni(?:er|ère)|passée?|précédente?))|"
    r"(?P<next>(?:l['’]année|l['’]an|le\s+mois|le\s+semestre|le\s+trimestre)\s+prochaine?))(?![\w])",
    re.IGNORECASE,
)
# « au même moment en 2024 », « l'an dernier à la même époque »: the document's own day of another year
_SAME_TIME = re.compile(
    r"(?<![\w])(?:(?:au\s+même\s+(?:moment|stade)|à\s+(?:la\s+même|pareille)\s+(?:époque|date|période))\s*,?\s*"
    r"(?:(?:en|de)\s+(?P<y>20\d\d)|(?:l['’]an(?:née)?|de\s+l['’]an(?:née)?)\s+(?:derni(?:er|ère)|passée?|précédente?))|"
    r"l['’]an(?:née)?\s+(?:derni(?:er|ère)|passée?)\s*,?\s+(?:au\s+même\s+(?:moment|stade)|"
    r"à\s+(?:la\s+même|pareille)\s+(?:époque|date|période)))(?![\w])",
    re.IGNORECASE,
)
_END_OF = re.compile(
    r"(?<![\w])(?P<lead>avant|d['’]ici(?:\s+à)?|au\s+plus\s+tard(?:\s+à)?|à|en|pour|jusqu['’]à)?\s*(?:la\s+)?fin\s+"
    r"(?:(?:de\s+l['’]|d['’])(?P<year>année)|(?:de\s+l['’])(?P<exercise>exercice)|du\s+(?P<span>semestre|trimestre|mois))"
    r"(?:\s+(?P<y>20\d\d))?(?![\w])(?!\s+(?:scolaire|universitaire|précédent|d(?:e\s+|['’])[^\W\d_]))",
    re.IGNORECASE,
)
_START_OF_YEAR = re.compile(
    r"(?<![\w])(?:depuis\s+|en\s+|dès\s+)?(?:le\s+)?début\s+(?:de\s+l['’]|d['’])année(?:\s+(?P<y>20\d\d))?(?![\w])",
    re.IGNORECASE,
)
_SEASON = re.compile(
    r"(?<![\w])(?P<lead>avant|d['’]ici(?:\s+à)?|au\s+plus\s+tard(?:\s+à)?|dès|à\s+partir\s+de|pour|à|au|en|courant|"
    r"fin|durant|pendant)?\s*(?P<art>l['’]|le\s+)?(?P<name>printemps|été|automne|hiver)\s+(?:de\s+l['’]année\s+)?"
    r"(?P<y>20\d\d)(?:\s?[-/–]\s?(?P<z>20\d\d|\d\d))?(?!\d)",
    re.IGNORECASE,
)
# The day a season begins and the day it ends, in the same year but for winter.
_SEASONS = {"printemps": ((3, 20), (6, 20)), "été": ((6, 21), (9, 22)), "automne": ((9, 23), (12, 20))}
_COUNT = r"(?P<count>\d{1,2}|trois|six|neuf|douze|dix-huit|vingt-quatre)"
_ROLLING = re.compile(
    rf"(?<![\w])(?:(?:sur|au\s+cours\s+d(?:es|e)|durant|pendant|cumul\s+(?:sur|des))\s+)?"
    rf"(?:les\s+|des\s+|une?\s+période\s+de\s+)?"
    rf"(?:{_COUNT}\s+(?:derniers\s+)?mois\s+glissants?|{_COUNT.replace('count', 'count2')}\s+derniers\s+mois|"
    rf"{_COUNT.replace('count', 'count3')}\s+mois\s+(?=à\s+fin|au\s|jusqu|arrêtés|clos)|"
    rf"une?\s+(?:année|an)\s+glissante?)"
    r"(?P<link>\s*,?\s*(?:arrêtés?|clos|se\s+terminant|jusqu['’]|terminés?|\()?\s*)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,|et|puis|ou|comme)\s*(?:en\s+|au\s+|de\s+)?", re.IGNORECASE)
_SINCE_EVENT = re.compile(
    r"(?<![\w])depuis\s+(?:l['’]|[^\W\d_]+\s+)(?:[^\W\d_][\w’'-]*\s+){0,7}?(?:(?:en|de|du|le|au|à|d['’]|fin|début)\s*)?$",
    re.IGNORECASE,
)


def find_text_periods(text: str, as_of: date | None) -> list[FoundPeriod]:
    """Every period of a text, intervals (« du 1er mars au 30 juin 2024 », « entre 2022 et 2024 ») whole.

    Without `as_of` no year is ever assumed, and « depuis … » gives an interval that `NO_DATE` closes.
    """
    day = as_of or NO_DATE
    found: list[FoundPeriod] = []
    _add(found, _school_years(text))
    _add(found, _seasons(text))
    _add(found, _spans(text))
    _add(found, _years(text, _BRACKETED_YEAR))
    _add(found, _years(text, _HEADING_YEAR))
    _add(found, _intervals(text, day))
    if as_of:
        _add(found, _rolling(text, as_of))
        _add(found, _same_times(text, as_of))
        _add(found, _ends(text, as_of))
        _add(found, _starts(text, as_of))
        _add(found, _relative(text, as_of))
    _add(
        found,
        (
            period
            for period in find_periods(text, as_of=day)
            if as_of is not None or "year_assumed" not in period.period.readings
        ),
    )
    _add(found, _years(text, _YEAR_OF))
    for period in [period for period in found if period.period.precision == "year"]:
        _add(found, _years_after(text, period.end))
    ordered = _years_lent(text, sorted(found, key=lambda item: item.start))
    return [_since(text, period, day) for period in ordered]


def _years_lent(text: str, ordered: Sequence[FoundPeriod]) -> list[FoundPeriod]:
    """« en février et mars 2025 »: a month without a year has the one of the month it is joined to."""
    lent = list(ordered)
    for index in range(len(lent) - 2, -1, -1):
        first, second = lent[index], lent[index + 1]
        if (
            "year_assumed" in first.period.readings
            and "year_assumed" not in second.period.readings
            and first.period.precision == second.period.precision
            and _JOINED.fullmatch(text[first.end : second.start])
        ):
            year = second.period.start.year - (first.period.start.month > second.period.start.month)
            months = (year - first.period.start.year) * 12
            moved = replace(
                first.period,
                start=months_before(first.period.start, -months),
                end=months_before(first.period.end, -months),
                readings=(),
            )
            lent[index] = replace(first, period=moved)
    return lent


def _spans(text: str) -> Iterator[FoundPeriod]:
    """« au cours des années 2024 et 2025 »: from the first day of the first to the last of the second."""
    for found in _YEARS_JOINED.finditer(text):
        first, last = int(found["y"]), int(found["z"])
        if first < last:
            yield FoundPeriod(found.start(), found.end(), Period(date(first, 1, 1), date(last, 12, 31), "year"), "at")


def find_spans_of_years(text: str) -> Iterator[FoundPeriod]:
    """« sur 2023-2025 », « (2025-2027) », « d'ici 2026-2027 »: when a promise is to be kept; a progress text dates
    studies and plans so, not figures. The years of a plan's own name are none."""
    for found in _SPAN_OF_YEARS.finditer(text):
        first, last = int(found["y"]), int(found["z"])
        before = text[max(0, found.start() - 80) : found.start()]
        if first > last or (_NAMED_AFTER_YEARS.search(before) and not _WHOLE_OF_A_PLAN.search(before)):
            continue
        role: Role = "until" if "ici" in found["lead"].lower() else "at"
        yield FoundPeriod(found.start(), found.end(), Period(date(first, 1, 1), date(last, 12, 31), "year"), role)


_AHEAD = re.compile(
    r"(?<![\w])(?:d['’]ici|dans(?:\s+les|\s+un\s+délai\s+(?:maximal\s+|maximum\s+)?de)?|sous|en\s+moins\s+de|"
    r"dans\s+un\s+délai\s+de|à\s+échéance\s+de)\s+(?:les\s+)?(?:\d{1,3}|une?|deux|trois|quatre|cinq|six|dix|douze|"
    r"dix-huit|vingt-quatre)\s+(?:prochaine?s\s+)?(?:ans?|années?|mois|semaines?|jours?|trimestres?|semestres?)"
    r"(?:\s+à\s+venir|\s+prochaine?s)?(?![\w])",
    re.IGNORECASE,
)


def find_delays_ahead(text: str) -> list[str]:
    """« d'ici deux ans », « dans les 18 mois »: a deadline counted from a day the text does not say."""
    return [found[0] for found in _AHEAD.finditer(text)]


def whole_months(start: date, months: int) -> Period:
    """As many calendar months from the first day of a month on, both ends included."""
    index = start.year * 12 + start.month - 1 + months
    end = date(index // 12, index % 12 + 1, 1) - timedelta(days=1)
    precision: Precision = next((name for name, count in _MONTHS_OF.items() if count == months), "month")
    return Period(date(start.year, start.month, 1), end, precision)


def months_before(day: date, months: int) -> date:
    """The same day so many months before; the last day of a month stays the last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, last if is_last else min(day.day, last))


def _add(found: list[FoundPeriod], more: Iterator[FoundPeriod] | Sequence[FoundPeriod]) -> None:
    """Periods that share no character with those found already."""
    for period in more:
        if not any(period.start < other.end and other.start < period.end for other in found):
            found.append(period)


def _since(text: str, found: FoundPeriod, as_of: date) -> FoundPeriod:
    """« depuis le lancement du programme en 2023 »: from then on, not that year alone."""
    lead = _SINCE_EVENT.search(text[max(0, found.start - 90) : found.start]) if found.role == "at" else None
    if lead is None or found.period.start > as_of:
        return found
    if re.match(r"depuis\s+(?:l['’]|la\s+|le\s+)?(?:fin|début|mi)\b", lead[0], re.IGNORECASE):
        return found
    period = replace(found.period, end=as_of, readings=(*found.period.readings, "since"))
    return FoundPeriod(found.start - len(lead[0]), found.end, period, "since")


def _years(text: str, pattern: re.Pattern[str]) -> Iterator[FoundPeriod]:
    for found in pattern.finditer(text):
        year = int(found["y"])
        yield FoundPeriod(found.start(), found.end(), Period(date(year, 1, 1), date(year, 12, 31), "year"), "at")


def _years_after(text: str, position: int) -> Iterator[FoundPeriod]:
    """The bare years coordinated with one that ends there."""
    while found := _NEXT_YEAR.match(text, position):
        year, position = int(found["y"]), found.end()
        yield FoundPeriod(found.start("y"), found.end(), Period(date(year, 1, 1), date(year, 12, 31), "year"), "at")


def _school_years(text: str) -> Iterator[FoundPeriod]:
    """« année scolaire 2024/2025 » is that year; « à la rentrée 2024/2025 » the month it begins in."""
    for found in _SCHOOL_YEAR.finditer(text):
        year = int(found["y"])
        if int(found["z"]) % 100 != (year + 1) % 100:
            continue
        opening = Period(date(year, 9, 1), date(year, 9, 30), "month")
        whole = Period(date(year, 9, 1), date(year + 1, 8, 31), "year")
        yield FoundPeriod(found.start(), found.end(), opening if "rentr" in found[0].lower() else whole, "at")


def _intervals(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« du 01/12/2022 au 31/12/2024 », « entre 2022 et 2024 »: read whole by the cells' own grammar."""
    position = 0
    while found := _INTERVAL.search(text, position):
        position = found.start() + 1
        words = found["b"].split()
        for count in range(min(4, len(words)), 0, -1):
            second = " ".join(words[:count]).rstrip(" .")
            read = parse_period(f"de {found['a'].strip()} à {second}", as_of=as_of)
            if isinstance(read, Period):
                end = found.start("b") + found["b"].find(words[count - 1]) + len(words[count - 1].rstrip("."))
                yield FoundPeriod(found.start(), end, read, "at")
                position = end
                break


def _seasons(text: str) -> Iterator[FoundPeriod]:
    """« à l'automne 2024 » ends with the season; « avant l'été 2026 » the day before it begins. A winter is one only
    with both its years."""
    for found in _SEASON.finditer(text):
        name, year = found["name"].lower(), int(found["y"])
        if name == "hiver":
            if found["z"] is None or int(found["z"]) % 100 != (year + 1) % 100:
                continue
            start, end = date(year, 12, 21), date(year + 1, 3, 19)
        else:
            first, last = _SEASONS[name]
            start, end = date(year, *first), date(year, *last)
        lead = re.sub(r"\s+", " ", (found["lead"] or "").lower().replace("’", "'"))
        role: Role = "until" if lead.startswith(("avant", "d'ici", "au plus")) else "at"
        role = "from" if lead in {"dès", "à partir de"} else role
        period = Period(start, end, "quarter")
        if lead == "avant":
            period = Period(date(year, 1, 1), start - timedelta(days=1), "quarter")
        yield FoundPeriod(found.start(), found.end(), period, role)


def _ends(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« avant la fin de l'année », « d'ici la fin du semestre »: of the document's own unless a year is stated."""
    for found in _END_OF.finditer(text):
        name: Precision = "year"
        if found["span"]:
            spans: dict[str, Precision] = {"mois": "month", "trimestre": "quarter", "semestre": "semester"}
            name = spans[found["span"].lower()]
        months = _MONTHS_OF[name]
        year = int(found["y"]) if found["y"] else as_of.year
        first = (as_of.month - 1) // months * months + 1
        period = replace(whole_months(date(year, first, 1), months), precision=name)
        lead = (found["lead"] or "").lower()
        role: Role = "until" if lead.startswith(("avant", "d", "au plus", "jusqu")) else "at"
        yield FoundPeriod(found.start(), found.end(), period, role)


def _same_times(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« au même moment en 2024 »: the month of the document, in the year said or the one before."""
    for found in _SAME_TIME.finditer(text):
        year = int(found["y"]) if found["y"] else as_of.year - 1
        yield FoundPeriod(found.start(), found.end(), whole_months(date(year, as_of.month, 1), 1), "at")


def _starts(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« en début d'année »: its first half; « depuis le début de l'année »: from its first day on."""
    for found in _START_OF_YEAR.finditer(text):
        year = int(found["y"]) if found["y"] else as_of.year
        period = whole_months(date(year, 1, 1), 6)
        is_since = found[0].lower().startswith("depuis")
        if is_since:
            period = Period(period.start, as_of, "year", ("since",))
        yield FoundPeriod(found.start(), found.end(), period, "since" if is_since else "at")


def _relative(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« cette année », « ce semestre », « le mois dernier », « l'an prochain », seen from the document's date."""
    for found in _RELATIVE.finditer(text):
        words = found[0].lower()
        name: Precision = (
            "month" if "mois" in words else "quarter" if "trimestre" in words else "semester" if "semestre" in words
            else "year"
        )  # fmt: skip
        months = _MONTHS_OF[name]
        index = (as_of.year * 12 + as_of.month - 1) // months + (1 if found["next"] else -1 if found["last"] else 0)
        first = index * months
        period = replace(whole_months(date(first // 12, first % 12 + 1, 1), months), precision=name)
        yield FoundPeriod(found.start(), found.end(), period, "at")


def _rolling(text: str, as_of: date) -> Iterator[FoundPeriod]:
    """« sur douze mois glissants à fin mars 2025 »: the months up to then, or up to the document's day."""
    for found in _ROLLING.finditer(text):
        said = found["count"] or found["count2"] or found["count3"] or "douze"
        months = int(said) if said.isdigit() else _WINDOW_WORDS[said.lower()]
        closing = next(
            (item for item in find_periods(text[found.end() :], as_of=as_of) if item.start == 0 and item.role == "at"),
            None,
        )
        if closing is not None:
            last, end = closing.period.end, found.end() + closing.end
        elif found["count3"]:
            continue
        else:
            last, end = as_of, found.end("link") - len(found["link"])
        start = months_before(last, months) + timedelta(days=1)
        yield FoundPeriod(found.start(), end, Period(start, last, "month"), "at")
