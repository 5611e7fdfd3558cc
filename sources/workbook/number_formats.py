"""What a cell's number format makes the eye see: « 12 % » for 0.12, « 52,3 M » for 52.3, nothing for a hidden value.

Only formats that change what a number says matter here. How many decimals are shown, colours, alignment and separators
of thousands do not.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

BUILT_IN = {
    9: "0%",
    10: "0.00%",
    14: "dd/mm/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    22: "dd/mm/yyyy hh:mm",
}
_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"
    | \\(?P<escaped>.)
    | _. | \*.                                  # room as wide as a sign, a sign repeated
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[(?P<bracketed>[^\]]*)\]                 # a colour, a condition
    | (?P<general>General|Standard)
    | (?P<number>[0\#?][0\#?.,\ \u00a0\u202f]*(?:E[+-][0\#?]+)?(?:/[0-9\#?]+)?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9.]+)")
_DATE = re.compile(r"[ymdaj]")
# Literals that do not change a number: signs of a negative one, blanks, separators.
_SILENT = frozenset(" \u00a0\u202f()-–,./:'’")


class Section(NamedTuple):
    """One section of a format: what is before and after the number, by how much it is changed, what it is."""

    before: str
    after: str
    thousands: int  # how many times it is divided by a thousand
    percents: int  # how many times it is multiplied by a hundred
    shows: str  # number | text | words | nothing
    condition: str


def telling(number_format: str) -> str:
    """The format itself when it shows a percentage, a date or words, or hides the number; blank otherwise."""
    return number_format if number_format and _tells(number_format) else ""


@lru_cache(4096)
def _tells(number_format: str) -> bool:
    if number_format.lower() in {"general", "standard", "@"}:
        return False
    return is_date(number_format) or any(
        _says(section.before + section.after) or section.thousands or section.shows == "nothing"
        for section in sections_of(number_format)
    )


@lru_cache(1024)
def is_date(number_format: str) -> bool:
    """Whether a number is shown as a date."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    return bool(_DATE.search(bare.replace("general", "").replace("standard", "")))


@lru_cache(1024)
def is_percent(number_format: str) -> bool:
    """Whether a number is shown as a percentage, and as nothing else."""
    sections = sections_of(number_format)
    return (
        not is_date(number_format)
        and all(
            section.percents == 1 and not section.before.strip(" -(") and section.after.strip(" \u00a0)") == "%"
            for section in sections
            if section.shows == "number"
        )
        and any(section.percents for section in sections)
    )


def shown_number(value: float, number_format: str, say: Callable[[float], str]) -> str:
    """What is seen of a number: the words around it, and the number that `say` writes; blank when it is hidden."""
    section = _section_for(value, number_format)
    if section.shows in {"nothing", "words"}:
        return section.before
    shown = abs(value) if value < 0 and section.condition == "negative" else value
    return f"{section.before}{say(shown * 100**section.percents / 1000**section.thousands)}{section.after}"


def shown_text(text: str, number_format: str) -> str:
    """What is seen of a text: a section of the format may put words around it."""
    words = next((section for section in sections_of(number_format) if section.shows == "text"), None)
    return text if words is None else f"{words.before}{text}{words.after}"


@lru_cache(1024)
def sections_of(number_format: str) -> tuple[Section, ...]:
    """The sections of a format, in order."""
    parts = [""]
    for token in _TOKEN.finditer(number_format):
        if token["other"] == ";":
            parts.append("")
        else:
            parts[-1] += token[0]
    return tuple(map(_section, parts))


def _section(text: str) -> Section:
    literals, thousands, percents, shows, condition = ["", ""], 0, 0, "nothing", ""
    for token in _TOKEN.finditer(text):
        literal = token["quoted"] or token["escaped"] or token["currency"] or ""
        if token["general"] or (token["number"] and shows == "nothing"):
            shows = "number"
            digits = (token["number"] or "").rstrip(" \u00a0\u202f")
            thousands = len(digits) - len(digits.rstrip(","))
            literal = (token["number"] or "")[len(digits) :]
        elif token["bracketed"] and _CONDITION.fullmatch(token["bracketed"]):
            condition = token["bracketed"]
        elif token["other"] == "@":
            shows = "text"
        elif token["other"]:
            literal = token["other"]
            percents += literal == "%"
        literals[shows != "nothing"] += literal
    if shows == "nothing" and literals[0]:
        shows = "words"
    return Section(literals[0], literals[1], thousands, percents, shows, condition)


_GENERAL = Section("", "", 0, 0, "number", "")


def _section_for(value: float, number_format: str) -> Section:
    sections = [section for section in sections_of(number_format) if section.shows != "text"]
    if not sections:
        return _GENERAL
    if any(section.condition for section in sections):
        return next((section for section in sections if _meets(value, section.condition)), _GENERAL)
    if value < 0 and len(sections) > 1:
        return sections[1]._replace(condition="negative")  # its sign is in the words of the format, if anywhere
    return sections[2] if value == 0 and len(sections) > 2 else sections[0]


def _meets(value: float, condition: str) -> bool:
    found = _CONDITION.fullmatch(condition)
    if not found:
        return True
    limit = float(found[2])
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[found[1]]  # fmt: skip


def _says(literal: str) -> bool:
    return any(sign not in _SILENT for sign in literal)
