"""The map of departments as a grid of tiles, one a department, near where it lies: no outline, nothing from elsewhere.

`tiles.json` gives column and row of each department; the five overseas are in the last row.
"""

import json
from functools import cache
from pathlib import Path

from msgspec import Struct

from exports.content import territories
from exports.content.territories import Known
from exports.marts import SessionMarts
from sources.french import typography as typo

#: classes of shade, from the least to the most; each has as many territories as the others
CLASSES = 4


class Tile(Struct, frozen=True):
    """One department: place in the grid, code, shade (None where nothing was sent), what it says in words."""

    column: int
    row: int
    code: str
    shade: int | None
    words: str


class Shade(Struct, frozen=True):
    """One entry of the legend."""

    rank: int
    words: str


class Map(Struct, frozen=True):
    """The map of one indicator."""

    title: str
    alt: str
    tiles: tuple[Tile, ...]
    legend: tuple[Shade, ...]
    columns: int
    rows: int
    known: Known


@cache
def places() -> dict[str, tuple[int, int]]:
    """Column and row of each department."""
    told = json.loads(Path(__file__).with_name("tiles.json").read_text(encoding="utf-8"))
    return {code: (column, row) for code, (column, row) in told.items()}


def maps(marts: SessionMarts) -> tuple[Map, ...]:
    """One map an indicator whose departments were sent."""
    return tuple(_map(marts, item) for item in territories.known(marts) if item.level == "department")


def _map(marts: SessionMarts, item: Known) -> Map:
    unit = item.kpi.unit
    sent = {territory.territory_code: row for territory, row in item.rows}
    names = {row.territory_code: row.territory_label for row in marts.territories}
    bounds = _bounds([row.value for row in sent.values()])
    tiles = []
    for code, (column, line) in places().items():
        row = sent.get(code)
        said = typo.quantity(row.value, unit, row.qualifier) if row else "rien n’a été envoyé"
        shade = None if row is None else sum(row.value > bound for bound in bounds[:-1])
        tiles.append(Tile(column, line, code[1:], shade, typo.spaced(f"{names.get(code, code[1:])} : {said}")))
    least, most = (pick(item.rows, key=lambda pair: pair[1].value) for pick in (min, max))
    alt = (
        f"Carte en carrés, un par département. {item.coverage}. "
        f"Le moins : {least[0].territory_label}, {typo.quantity(least[1].value, unit, least[1].qualifier)} ; "
        f"le plus : {most[0].territory_label}, {typo.quantity(most[1].value, unit, most[1].qualifier)}. "
        "Les valeurs sont dans le tableau qui suit."
    )
    return Map(
        title=typo.spaced(f"{item.kpi.label} ({item.coverage})"),
        alt=typo.spaced(alt),
        tiles=tuple(tiles),
        legend=_legend(bounds, unit),
        columns=1 + max(column for column, _ in places().values()),
        rows=1 + max(line for _, line in places().values()),
        known=item,
    )


def _bounds(values: list[float]) -> list[float]:
    """The greatest value of each class; classes that would be alike are one."""
    ordered = sorted(values)
    ends = [ordered[max(0, -(-len(ordered) * rank // CLASSES) - 1)] for rank in range(1, CLASSES + 1)]
    return sorted(set(ends))


def _legend(bounds: list[float], unit: str) -> tuple[Shade, ...]:
    return tuple(
        Shade(
            rank,
            f"jusqu’à {typo.quantity(bound, unit)}" if not rank else f"plus de {typo.quantity(bounds[rank - 1], unit)}",
        )
        for rank, bound in enumerate(bounds)
    )
