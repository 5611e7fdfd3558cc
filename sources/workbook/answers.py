"""One cell of an input column turned into an answer, by the column's type. Nothing here knows rows or sheets.

An answer is a code, a text, a quantity, a period, an absence, or the refusal that says why it is none of them.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from math import isclose

from sources.french.folding import fold_in_place, fold_words
from sources.french.numbers import Quantity, has_raised, has_raised_digits, parse_number
from sources.french.periods import Period, parse_period, period_of_date
from sources.french.refusal import Refusal
from sources.french.typography import figure, short_date, spaced
from sources.workbook.grid import GridCell, written
from sources.workbook.number_formats import is_percent
from sources.workbook.schema import Column, WorkbookSchema


@dataclass(frozen=True)
class Absence:
    """The partner says there is nothing: `NC`, `NA` or `SUPPR`."""

    code: str


Answer = str | Quantity | Period | Absence | Refusal


@dataclass(frozen=True)
class Remark:
    """Something done or assumed while reading a cell, which the partner reads in the receipt."""

    rule: str
    read: str = ""


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]|_x[0-9A-Fa-f]{4}_")
# How people say that there is nothing, as `fold_words` leaves it: a dash and a question mark leave nothing.
_NOTHING = frozenset(
    {
        "",
        "nd",
        "n d",
        "neant",
        "s o",
        "so",
        "aucun",
        "aucune",
        "inconnu",
        "non connu",
        "non disponible",
        "indisponible",
        "vide",
    }
    | {"nan", "null", "none"}  # what other programs write
    | {"a venir", "en cours", "tbd", "a completer", "non communique", "sans objet", "non applicable"}
)
_UNSURE = re.compile(r"[?*…]|\.\.")  # « Atteint ? », « Atteint* »
_SHARE = re.compile(r"(?<!100)(?<!100\s)%")  # « Atteint à 60 % » is no suggestion of « Atteint »
# Words that make a deadline of what would be the period of a measure.
_AIM = re.compile(r"(?:d'ici|avant|au plus tard|des|a partir|a compter|(?:a )?(?:l')?(?:horizon|echeance))\b")
_TOLD_READINGS = frozenset({"decimal_point", "thousands_dot", "thousands_apostrophe", "english_style", "scientific"})


def read_answer(
    schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date
) -> tuple[Answer | None, Sequence[Remark]]:
    """The answer in a filled cell of an input column, None when only spaces are there, and what was done to it."""
    remarks = [Remark("FORMULA_VALUE")] if cell.has_formula and cell.trouble is None else []
    if cell.trouble:
        return Refusal(cell.trouble, f"« {cell.note} »" if cell.note else ""), []
    if not cell.text.strip():
        return (None if isinstance(cell.value, str) else _not_shown(cell)), []
    absence = _absence(schema, column, cell)
    if absence:
        return absence, remarks
    answer, more = _READERS[column.type](schema, column, cell, as_of)
    return answer, remarks + more


def _absence(schema: WorkbookSchema, column: Column, cell: GridCell) -> Absence | None:
    """`NC`, `NA` or `SUPPR`, however written, where the list offers them and in any text."""
    code = cell.text.strip().rstrip(".").upper().replace(".", "").replace("/", "")
    says_absence = column.absences or column.type == "text"
    return Absence(code) if says_absence and code in schema.absences else None


def _code(schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date) -> tuple[Answer | None, list[Remark]]:
    del schema, column, as_of
    return clean_code(cell.text), []


def clean_code(text: str) -> str:
    """A code without spaces, with plain hyphens and capitals; a date Excel made of « 8-4 » is not guessed back.

    A raised digit stays one, so that « 1-1¹ » is no « 1-11 ».
    """
    plain = unicodedata.normalize("NFC" if has_raised(text) else "NFKC", text)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"\s+", "", plain)).upper()


def _text(schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date) -> tuple[Answer | None, list[Remark]]:
    del schema, as_of
    text = cell.text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()
    remarks = [Remark("TEXT_CLEANED")] if _CONTROL.search(text) else []
    if not cleaned:
        return None, remarks
    if column.max_length and len(cleaned) > column.max_length:
        return Refusal("too_long", f"{len(cleaned)} caractères pour {column.max_length} au plus."), []
    return cleaned, remarks


def _choice(schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date) -> tuple[Answer | None, list[Remark]]:
    del as_of
    words = schema.lists[column.choices or ""]
    text = cell.text.strip()
    for code, label in words.items():
        if text == label:
            return code, []
    for code, label in words.items():
        if fold_words(text) in {fold_words(label), fold_words(code)} and not _UNSURE.search(text):
            return code, [Remark("CHOICE_ADJUSTED", label)]
    near = None if _SHARE.search(text) else _near_word(schema, column, fold_words(text))
    choices = f"« {words[near]} », si c’est bien cela" if near else f": {', '.join(schema.labels(column))}"
    return Refusal("unlisted", spaced(f"Choisissez {choices}.")), []


def _near_word(schema: WorkbookSchema, column: Column, folded: str) -> str | None:
    """The one word of a list that a text most likely means: by what people write for it, else by its letters."""
    words = schema.lists[column.choices or ""]
    said = {near: code for code, some in schema.near_words.get(column.choices or "", {}).items() for near in some}
    named = [near for near in said if re.search(rf"\b{near}(?:e|s|es)?\b", folded)]
    named = [near for near in named if not any(near != other and near in other for other in named)]
    if named:
        codes = {said[near] for near in named}
        return codes.pop() if len(codes) == 1 and not _denies(folded, named[0]) else None
    labels = {fold_words(label): code for code, label in words.items()}
    alike = get_close_matches(folded, labels, n=1, cutoff=0.8)
    return labels[alike[0]] if alike else None


def _denies(folded: str, near: str) -> bool:
    return bool(
        re.search(
            r"\b(?:non|pas|ni|jamais|sans|aucun\w*|partiel\w*|en partie|presque|quasi\w*)\b",
            re.sub(rf"\b{near}", "", folded),
        )
    )


def _number(schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date) -> tuple[Answer | None, list[Remark]]:
    del schema, column, as_of
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        code = "looks_like_date" if isinstance(value, date) else "not_a_number"
        return replace(parse_refusal(cell.text), code=code), []
    if isinstance(value, int | float):
        if is_percent(cell.number_format):
            percent = round(value * 100, 9)
            return Quantity(percent, unit_hint="%"), [Remark("PERCENT_CELL", figure(percent, "%"))]
        return _as_shown(cell, value) if cell.number_format else (Quantity(float(value)), [])
    read = parse_number(cell.text)
    if isinstance(read, Refusal):
        if fold_words(value) in _NOTHING:
            return Refusal("not_a_number", "S’il n’y a pas de valeur, écrivez « NC » (non communiqué) ou « NA »."), []
        return (None, []) if read.code == "empty" else (read, [])
    told = _TOLD_READINGS & set(read.readings)
    return read, [Remark("NUMBER_WRITING", figure(read.value, read.unit_hint or ""))] if told else []


def _as_shown(cell: GridCell, value: float) -> tuple[Answer | None, list[Remark]]:
    """A number whose format puts words around it: taken where the eye and the cell say the same."""
    read = parse_number(cell.text)
    if isinstance(read, Refusal):
        return (read if read.code == "evolution" else _not_shown(cell)), []
    if not isclose(read.value, value, rel_tol=1e-9):
        return _not_shown(cell), []
    is_scaled = written(value) not in cell.text
    return read, [Remark("NUMBER_WRITING", figure(value, read.unit_hint or ""))] if is_scaled else []


def _not_shown(cell: GridCell) -> Refusal:
    """What is seen of a cell is not what it holds."""
    seen = f"affiche « {cell.text.strip()} »" if cell.text.strip() else "n’affiche rien"
    held = written(cell.value) if isinstance(cell.value, int | float) else str(cell.value)
    return Refusal("shown_otherwise", f"La cellule contient {held} et {seen} : écrivez la valeur entière, sans format.")


def parse_refusal(text: str) -> Refusal:
    """Why a text is no number; the plain refusal when the grammar would have read it."""
    read = parse_number(text)
    if isinstance(read, Refusal) and read.code != "empty":
        return read
    return Refusal("not_a_number", "Écrivez un nombre en chiffres, par exemple « 1 234,5 ».")


def _period(schema: WorkbookSchema, column: Column, cell: GridCell, as_of: date) -> tuple[Answer | None, list[Remark]]:
    del schema
    if isinstance(cell.value, date):
        day = cell.value.date() if isinstance(cell.value, datetime) else cell.value
        return period_of_date(day, cell.number_format), []
    if has_raised_digits(cell.text):
        return Refusal("raised", "Retirez l’appel de note, ou mettez-le dans la colonne Commentaire."), []
    read = parse_period(cell.text, as_of=as_of, ahead=column.ahead)
    if isinstance(read, Refusal):
        return (None, []) if read.code == "empty" else (read, [])
    if not column.ahead and _AIM.match(fold_in_place(cell.text.strip())):
        wanted = "Dites quand la valeur a été mesurée" if column.type == "period" else "Indiquez une date passée"
        return Refusal(
            "not_a_period",
            f"{wanted}, par exemple «\u00a0mars 2025\u00a0», sans «\u00a0avant\u00a0» ni «\u00a0d’ici\u00a0».",
        ), []
    if column.type == "date" and "since" in read.readings:
        return Refusal("not_a_period", "Indiquez une date, par exemple « mars 2025 » : « depuis » n’en dit pas."), []
    assumed = "year_assumed" in read.readings
    return read, [Remark("YEAR_ASSUMED", short_date(read.end, read.precision))] if assumed else []


_Reader = Callable[[WorkbookSchema, Column, GridCell, date], tuple[Answer | None, list[Remark]]]
_READERS: dict[str, _Reader] = {
    "code": _code,
    "text": _text,
    "choice": _choice,
    "number": _number,
    "period": _period,
    "date": _period,
}
