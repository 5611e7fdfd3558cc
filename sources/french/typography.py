"""French typography: how numbers, dates, units and punctuation are written, in every file and message.

Numbers and dates are those of Babel (fr_FR, Unicode's CLDR): a test compares them. Reading Babel's locales would take
a tenth of the processor time of all deliverables. A date is written with the precision it was stated with, never more.
What belongs here: how a value is spelled. What does not: which value is printed, and where.
"""

import datetime as dt
import re
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NBSP = "\u00a0"
NNBSP = "\u202f"

#: what is before a value that is not exact
QUALIFIER_PREFIX = {
    "exact": "",
    "approx": "environ",
    "at_least": f"au{NBSP}moins",
    "more_than": f"plus{NBSP}de",
    "at_most": f"au{NBSP}plus",
    "less_than": f"moins{NBSP}de",
}

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip
_FRENCH_SIGNS = str.maketrans({",": NNBSP, ".": ","})
#: raised letters and those of a line, for writers that raise them by a style
_RAISED = str.maketrans("ᵉʳ", "er")
#: the end of an ordinal: « 1ᵉʳ », « 1re », « 12e »; not that of a code or a file name
_ORDINAL = re.compile(r"(?:(?<=(?<![\w.,-])\d)|(?<=(?<![\w.,-])\d\d))(er|re|e|ᵉʳ|ʳᵉ|ᵉ)(?![\w-])")
_VOWELS = frozenset("aàâeéèêiîoôuh")
_INVARIANT_WORDS = frozenset({"de", "du", "des", "d'", "d’", "à", "au", "en", "par", "et", "ou", "le", "la", "les"})


#: units that are a sign, and the space that is before each
_SIGNS = {"%": NNBSP, "€": NBSP}
#: the same in words, after « millions de »
_SIGN_NAMES = {"€": "euro"}


@lru_cache(maxsize=1 << 14)
def number(value: float, decimals: int = 2) -> str:
    """A number: thousands grouped by U+202F, decimal comma, at most `decimals` decimals, no trailing zero."""
    rounded = _plain(round(value, decimals))
    printed = f"{rounded:,}" if isinstance(rounded, int) else f"{rounded:,.{decimals}f}".rstrip("0")
    return printed.translate(_FRENCH_SIGNS)


def percent(value: float, decimals: int = 1) -> str:
    """A percentage already on the scale 0 to 100: « 94,5 % »."""
    return figure(value, "%", decimals=decimals)


def figure(value: float, unit: str | None = None, qualifier: str | None = "exact", *, decimals: int = 6) -> str:
    """A value with its qualifier, and its unit where that is a sign: « environ 1 234,5 », « au moins 12 % ».

    For cells that have the unit beside them. An unknown qualifier is an error: silence would print an approximate
    figure as exact.
    """
    prefix = QUALIFIER_PREFIX[qualifier or "exact"]
    sign = f"{_SIGNS[unit]}{unit}" if unit in _SIGNS else ""
    printed = f"{number(value, decimals)}{sign}"
    return f"{prefix} {printed}" if prefix else printed


def quantity(value: float, unit: str | None, qualifier: str | None = "exact") -> str:
    """A value with its unit, agreed in number, and the word its qualifier calls for.

    `quantity(30000, "médecin", "approx")` is « environ 30 000 médecins ». KeyError for an unknown qualifier.
    """
    if not unit or unit == "%":
        return figure(value, unit, qualifier, decimals=2)
    prefix = QUALIFIER_PREFIX[qualifier or "exact"]
    printed = _counted_unit(value, unit)
    return f"{prefix} {printed}" if prefix else printed


def _counted_unit(value: float, unit: str) -> str:
    """« 36 applications », « 2,5 millions de visites »: millions in words where that loses nothing."""
    millions = value / 1_000_000
    if abs(millions) >= 1 and round(millions, 2) * 1_000_000 == value:
        unit = _SIGN_NAMES.get(unit, unit)
        of = "d’" if unit[:1].lower() in _VOWELS else "de "
        return f"{number(millions)}{NBSP}{plural('million', millions)} {of}{plural(unit, 2)}"
    return f"{number(value)}{_SIGNS.get(unit, ' ')}{plural(unit, value)}"


def plural(noun: str, count: float) -> str:
    """A unit's name agreed with a count: plural from 2 up, as French has it. Only the leading noun group agrees."""
    if abs(count) < 2:
        return noun
    words = noun.split(" ")
    agreed: list[str] = []
    for position, word in enumerate(words):
        if word.lower() in _INVARIANT_WORDS or word.lower().startswith(("d'", "d’", "l'", "l’")):
            return " ".join(agreed + words[position:])
        agreed.append(_plural_word(word))
    return " ".join(agreed)


def counted(count: int, noun: str) -> str:
    """A count of things: « 1 action », « 65 actions », « aucune » stays with the caller."""
    return f"{number(count, 0)}{NBSP}{plural(noun, count)}"


def date(day: dt.date, precision: str | None = "day", *, long: bool = True) -> str:
    """A date no more precise than it was stated: « 2026 », « S1 2024 », « T1 2024 », « juin 2026 », « 1ᵉʳ juin 2026 ».

    `long=False` writes days as 17/12/2024, beside the dates that spreadsheets write.
    """
    half = 1 if day.month <= 6 else 2
    match precision or "day":
        case "year":
            return str(day.year)
        case "semester":
            return f"S{half}{NBSP}{day.year}"
        case "quarter":
            return f"T{(day.month - 1) // 3 + 1}{NBSP}{day.year}"
        case "month":
            return f"{MONTHS[day.month - 1]}{NBSP}{day.year}"
        case "day" if long:
            rank = "1ᵉʳ" if day.day == 1 else day.day
            return f"{rank}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"
        case "day":
            return f"{day.day:02}/{day.month:02}/{day.year}"
        case other:
            raise ValueError(f"unknown precision {other!r} of {day}: expected day, month, quarter, semester or year")


def on(day: dt.date, precision: str | None = "day") -> str:
    """When something was done: « le 17 décembre 2024 », « en avril 2024 », « au T1 2024 », « en 2024 »."""
    preposition = {"day": "le", "quarter": "au", "semester": "au"}.get(precision or "day", "en")
    return f"{preposition}{NBSP}{date(day, precision)}"


def short_date(day: dt.date, precision: str | None = "day") -> str:
    """A date for a cell: « 31/12/2024 », « juin 2026 », « T1 2024 », « S1 2024 », « 2026 »."""
    return date(day, precision, long=False)


def in_paris(moment: dt.datetime) -> dt.datetime:
    """A moment on a clock in Paris; one without a zone is in UTC, and stays so on a machine without time zones."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(ZoneInfo("Europe/Paris"))
    except ZoneInfoNotFoundError:
        return moment


def day_in_paris(moment: dt.datetime) -> dt.date:
    """The day a moment is printed as: that of the reader's calendar."""
    return in_paris(moment).date()


def ordinal(rank: int) -> str:
    """A feminine ordinal: « 1ʳᵉ », « 12ᵉ »."""
    return "1ʳᵉ" if rank == 1 else f"{rank}ᵉ"


def lowered(text: str) -> str:
    """The text with raised letters on the line: « 12e » of « 12ᵉ »."""
    return text.translate(_RAISED)


def raised(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is the raised end of an ordinal: « 12 », « e », «  session »."""
    pieces = _ORDINAL.split(text)
    return [(lowered(piece) if rank % 2 else piece, rank % 2 == 1) for rank, piece in enumerate(pieces) if piece]


def spaced(text: str) -> str:
    """The same words with a no-break space inside « » and before : ; ! ? % €, as French typography wants.

    Only spaces are changed: a partner's words, addresses and times (« 8:30 », « https: ») stay as they are.
    """
    text = re.sub(r" +(?=[:;!?»%€])", NBSP, text)
    return re.sub(r"(?<=«) +", NBSP, text)


def joined(names: list[str] | tuple[str, ...]) -> str:
    """« A, B et C »."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"


def sentence(text: str) -> str:
    """The text with its first letter in capitals and a full stop."""
    text = text.strip()
    if not text:
        return text
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


@cache
def _plural_word(word: str) -> str:
    if not word[-1:].isalpha() or word[-1] in "sxz" or (word.isupper() and len(word) > 1):
        return word
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith(("eau", "eu")) else "s")


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
