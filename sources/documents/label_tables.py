"""Figures of tables that give one a row: a label says what is counted, the column's header when.

« Officines équipées | 6 100 | 8 500 » under « Indicateur | 2023 | 2024 ». The label may carry the unit (« Budget
(M€) »). Columns of what is wanted or of how much changed (« Cible », « Évolution ») hold no value and are left alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sources.documents.facts import Quantity
from sources.documents.text import Line, Locator, Table
from sources.documents.units import is_plural, unit_after
from sources.french.folding import fold_in_place
from sources.french.numbers import Quantity as Number
from sources.french.numbers import parse_number
from sources.french.periods import Period, parse_period
from sources.french.refusal import Refusal

_LEAST_ROWS = 2
_ANYWHERE = Locator(1, 1, 1)
_NO_VALUE = re.compile(
    r"(?:cible|objectif|echeance|evolution|variation|ecart|progression|hausse|rang|n°|numero|source)"
)
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


def figures_of(tables: Sequence[Table], as_of: date | None) -> list[Quantity]:
    """The figures of every table that has labels and values, row by row."""
    return [found for table in tables if _is_labelled(table) for found in _figures_of(table, as_of)]


def lines_outside(lines: Sequence[Line], tables: Sequence[Table]) -> list[Line]:
    """The lines that stand in none of the tables `figures_of` reads."""
    read = [place for table in tables if _is_labelled(table) for place in table.locators]
    return [
        line
        for line in lines
        if not any(place.page == line.page and place.line_start <= line.number <= place.line_end for place in read)
    ]


def scale_said(label: str) -> int:
    """What the label of a row says its figures are multiplied by: a million for « Budget (M€) », else one."""
    read = _label_of(label.rstrip(" :"))
    return read.scale if read else 1


def _is_labelled(table: Table) -> bool:
    """Whether enough rows are a label and figures, and nothing but figures, a blank or a code of absence."""
    labelled = [row for row in table.rows if _values(row) and _label_of(row[0])]
    return len(labelled) >= _LEAST_ROWS and 2 * len(labelled) >= len(table.rows) - 1


def _values(row: Sequence[str]) -> dict[int, Number]:
    """The figures of a row by column; none when another cell holds text."""
    found: dict[int, Number] = {}
    for column, cell in enumerate(row[1:], 1):
        if not re.search(r"\w", cell) or cell.strip() in {"NC", "ND", "NA"}:
            continue
        read = parse_number(cell)
        if isinstance(read, Refusal):
            return {}
        found[column] = read
    return found


def _figures_of(table: Table, as_of: date | None) -> Iterator[Quantity]:
    heads: Sequence[str] = ()
    for row, place in zip(table.rows, table.locators, strict=True):
        values, label = _values(row), _label_of(row[0])
        if _is_header(row):
            heads = row
        elif label:
            for column, value in values.items():
                head = heads[column] if column < len(heads) else ""
                if not _NO_VALUE.search(fold_in_place(head)) and _unit_of(value, label):
                    period = _period_of(head, as_of) or (Period(as_of, as_of, "day") if as_of else None)
                    yield replace(_quantity(row[column], value, label, head, period), locator=place)


def _is_header(row: Sequence[str]) -> bool:
    """A row of names or periods above the figures: a year is a period there, not a figure."""
    cells = [cell for cell in row[1:] if cell.strip()]
    return bool(cells) and all(
        _period_of(cell, None) or _NO_VALUE.search(fold_in_place(cell)) or not re.search(r"\d", cell) for cell in cells
    )


def _period_of(text: str, as_of: date | None) -> Period | None:
    read = parse_period(text, as_of=as_of or date(2100, 1, 1))
    if isinstance(read, Refusal) or (as_of is None and "year_assumed" in read.readings):
        return None
    return read


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
    if unit is None or not re.search(r"[^\W\d_]{2}", said):
        return None
    return (
        _Label(text, unit.code, scale) if counted or is_plural(said[unit.start : unit.end]) else _Label(text, "", scale)
    )


def _unit_of(value: Number, label: _Label) -> str:
    return value.unit_hint if value.unit_hint in {"%", "€"} else label.unit


def _quantity(cell: str, value: Number, label: _Label, head: str, period: Period | None) -> Quantity:
    return Quantity(
        action=None,
        value=value.value * label.scale,
        unit=_unit_of(value, label),
        qualifier=value.qualifier,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        period_precision=period.precision if period else None,
        quote=cell.strip(),
        prefix=f"{label.text} : ",
        suffix=f" ({head})" if head.strip() else "",
        locator=_ANYWHERE,
    )
