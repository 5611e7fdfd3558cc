"""Figures of tables that give one a row: a label says what is counted, the column's head when, and which part it plays.

« Officines équipées | 6 100 | 8 500 » under « Indicateur | 2023 | 2024 ». The label may carry the unit (« Budget
(M€) »), or a column may (« Unité », « % »), or the date (« Date »). What is wanted (« Cible 2026 ») is an aim; how much
changed (« Évolution ») is left alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sources.documents.counting import is_impossible
from sources.documents.facts import Quantity
from sources.documents.text import Line, Locator, Table
from sources.documents.units import is_plural, unit_after
from sources.french.folding import fold_in_place
from sources.french.numbers import Quantity as Number
from sources.french.numbers import parse_number
from sources.french.periods import Period, parse_period
from sources.french.refusal import Refusal
from sources.french.text_periods import find_text_periods

_LEAST_ROWS = 2
_ANYWHERE = Locator(1, 1, 1)
# What a column's head says of its cells, the first that fits; a head that fits none has values.
_HEADS = {
    "aside": re.compile(
        r"\b(?:echeance|evolution|variation|ecart|progression|hausse|rang|n°|numero|source|commentaire|responsable|"
        r"pilote|tendance|statut|rappel|definition|perimetre|taux d'atteinte)"
    ),
    "aim": re.compile(
        r"\b(?:cible|objectif|attendu|vise|prevu|previsionnel|prevision|ambition|trajectoire|engagement)"
    ),
    "unit": re.compile(r"^unites?\b"),
    "date": re.compile(r"^(?:dates?|periodes?|mois|au|a la date|arrete|situation)\b(?!.*\d)"),
    "count": re.compile(r"^(?:n|nb|nombre|effectifs?|volume)$"),
    "share": re.compile(r"^(?:%|part|taux|pourcentage|en %|part \(%\)|taux \(%\))$"),
}
_BARE_ROW = re.compile(
    r"^(?P<label>[^\W\d_][^\d]*[^\W\d_).%€])\s+(?P<figures>(?:[-+]?\d[\d.,]*\s?[%€]?|NC|ND|[-–])(?:\s+(?:[-+]?\d[\d.,]*\s?[%€]?|NC|ND|[-–]))+)$"
)
_ONE_NUMBER = re.compile(r"\d{1,3}(?:\s\d{3})+(?:,\d+)?\s?[%€]?")
_NAMED = re.compile(r"^(?:indicateurs?|kpi|chiffres?(?: cles)?|mesures?|libelles?|caracteristiques?)\b")
_IN_BRACKETS = re.compile(
    r"\((?:en\s+)?(?P<scale>milliards?|millions?|milliers?|Md|M|k)?\s*(?:d['e]\s*)?(?P<unit>%|€|euros?|pourcentage)?\s*\)\s*$",
    re.IGNORECASE,
)
_SCALES = {"k": 1000, "millier": 1000, "m": 10**6, "million": 10**6, "md": 10**9, "milliard": 10**9}
_SHARE = re.compile(r"^(?:taux|part|pourcentage|proportion)\b")
_COUNTED = re.compile(
    r"^(?:nombre|total|volume|effectif)s?\s+(?:total\s+|cumule\s+|moyen\s+)?(?:de\s+la\s+|des?\s+|d')"
)


@dataclass(frozen=True)
class _Label:
    """What a row counts: its unit, and what its figures are multiplied by."""

    text: str
    unit: str
    scale: int
    noun: str = ""


def figures_of(tables: Sequence[Table], as_of: date | None) -> list[Quantity]:
    """The figures of every table that has labels and values, row by row."""
    return [found for table in tables if is_labelled(table) for found in _figures_of(table, as_of)]


def lines_outside(lines: Sequence[Line], tables: Sequence[Table]) -> list[Line]:
    """The lines that are in none of the tables `figures_of` reads."""
    read = [table for table in tables if is_labelled(table)]
    return [line for line in lines if not any(table.holds(line) for table in read)]


def unruled_grids(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines that are a label and several bare figures: rows of a table whose cells nothing parts."""
    runs: list[list[Line]] = [[]]
    for line in lines:
        found = _BARE_ROW.match(line.text) if line.role is None else None
        if found and not _ONE_NUMBER.fullmatch(found["figures"].strip()):
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) >= _LEAST_ROWS]


def scale_said(label: str) -> int:
    """What the label of a row says its figures are multiplied by: a million for « Budget (M€) », else one."""
    read = _label_of(label.rstrip(" :"))
    return read.scale if read else 1


def is_labelled(table: Table) -> bool:
    """Whether enough rows are a label and figures, and nothing but figures, a blank or a code of absence."""
    heads, labelled, others = _no_heads(), 0, 0
    named = False
    for row in table.rows:
        if _is_header(row):
            heads, named = _heads_of(row), named or bool(_NAMED.match(fold_in_place(row[0].strip())))
        elif _values(row, heads) and _label_of(row[0]):
            labelled += 1
        else:
            others += 1
    return labelled >= (1 if named else _LEAST_ROWS) and labelled >= others


def _no_heads() -> dict[int, str]:
    return {}


def _heads_of(row: Sequence[str]) -> dict[int, str]:
    """What each column of a header row holds."""
    found: dict[int, str] = {}
    for column, cell in enumerate(row):
        said = fold_in_place(cell.strip())
        found[column] = next((name for name, pattern in _HEADS.items() if pattern.search(said)), "value")
    return found


def _values(row: Sequence[str], heads: Mapping[int, str]) -> dict[int, Number]:
    """The figures of a row by column; none when a cell that should hold one holds text."""
    found: dict[int, Number] = {}
    for column, cell in enumerate(row[1:], 1):
        is_said = heads.get(column) in {"aside", "unit", "date"}
        if is_said or not re.search(r"\w", cell) or cell.strip() in {"NC", "ND", "NA"}:
            continue
        read = parse_number(cell)
        if isinstance(read, Refusal):
            return {}
        found[column] = read
    return found


def _figures_of(table: Table, as_of: date | None) -> Iterator[Quantity]:
    names: Sequence[str] = ()
    heads = _no_heads()
    for row, place in zip(table.rows, table.locators, strict=True):
        if _is_header(row):
            names, heads = row, _heads_of(row)
            continue
        label = _label_of(row[0])
        for column, value in _values(row, heads).items() if label else ():
            unit = _unit_of(row, column, value, label, heads) if label else ""
            if label is None or not unit or _cannot_be(value.value * label.scale, unit):
                continue
            head = names[column] if column < len(names) else ""
            period = _period_of(head, as_of) or _own_date(row, heads, as_of) or _on_the_day(as_of)
            found = replace(_quantity(row[column], value, label, head, period), locator=place, unit=unit)
            is_aim = heads.get(column) == "aim"
            yield replace(found, role="aim", nature="planned") if is_aim else found


def _cannot_be(value: float, unit: str) -> bool:
    """A share of more than all, or a fraction of a person."""
    return (unit == "%" and value > 100) or is_impossible(value, unit)


def _own_date(row: Sequence[str], heads: Mapping[int, str], as_of: date | None) -> Period | None:
    """What a column of dates says of a row."""
    return next((_period_of(row[column], as_of) for column, name in heads.items() if name == "date" and column), None)


def _on_the_day(as_of: date | None) -> Period | None:
    """The month of the document, up to its day, for a figure that nothing dates."""
    return Period(as_of.replace(day=1), as_of, "month") if as_of else None


def _is_header(row: Sequence[str]) -> bool:
    """A row of names or periods above the figures: a year is a period there, not a figure."""
    cells = [cell for cell in row[1:] if cell.strip()]
    return bool(cells) and all(
        _period_of(cell, None) or not re.search(r"\d", cell) or re.search(r"[^\W\d_]{3}.*\b20\d\d\b", cell)
        for cell in cells
    )


def _period_of(text: str, as_of: date | None) -> Period | None:
    """The period a head or a cell says, alone or among other words (« Résultat 2024 »)."""
    read = parse_period(text, as_of=as_of or date(2100, 1, 1))
    if isinstance(read, Refusal):
        found = find_text_periods(text, as_of)
        year = re.search(r"\b20\d\d\b", text)
        if not found and year:
            return Period(date(int(year[0]), 1, 1), date(int(year[0]), 12, 31), "year")
        return found[0].period if found else None
    return None if as_of is None and "year_assumed" in read.readings else read


def _label_of(text: str) -> _Label | None:
    """What a label says its row counts; None when it names nothing."""
    bracketed = _IN_BRACKETS.search(text)
    said = text[: bracketed.start()].strip() if bracketed else text.strip()
    scale = _SCALES[bracketed["scale"].lower().rstrip("s")] if bracketed and bracketed["scale"] else 1
    folded = fold_in_place(said)
    if bracketed and bracketed["unit"]:
        return _Label(text, "€" if bracketed["unit"].lower().startswith(("€", "euro")) else "%", scale)
    if bracketed and bracketed["scale"] and bracketed["scale"].lower() in {"md", "m"} and "budget" in folded:
        return _Label(text, "€", scale)
    if _SHARE.match(folded):
        return _Label(text, "%", scale)
    counted = _COUNTED.match(folded)
    unit = unit_after(said, counted.end() if counted else 0)
    if not re.search(r"[^\W\d_]{2}", said):
        return None
    if unit is None:
        return _Label(text, "", scale)
    is_counted = counted or is_plural(said[unit.start : unit.end])
    return _Label(text, unit.code if is_counted else "", scale, unit.code)


def _unit_of(row: Sequence[str], column: int, value: Number, label: _Label, heads: Mapping[int, str]) -> str:
    """The cell's own unit, else its column's, its row's or its label's."""
    if value.unit_hint in {"%", "€"}:
        return value.unit_hint
    if heads.get(column) == "share":
        return "%"
    said = next((row[at].strip() for at, name in heads.items() if name == "unit" and at < len(row)), "")
    if said in {"%", "€"}:
        return said
    named = unit_after(said, 0) if said else None
    return named.code if named else label.unit or (label.noun if heads.get(column) == "count" else "")


def _quantity(cell: str, value: Number, label: _Label, head: str, period: Period | None) -> Quantity:
    return Quantity(
        action=None,
        value=value.value * label.scale,
        unit=label.unit,
        qualifier=value.qualifier,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        period_precision=period.precision if period else None,
        quote=cell.strip(),
        prefix=f"{label.text} : ",
        suffix=f" ({head})" if head.strip() else "",
        locator=_ANYWHERE,
    )
