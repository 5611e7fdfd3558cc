"""Where the points of a trajectory are in its drawing, in percent of it: no markup here."""

import datetime as dt
from typing import Literal

from msgspec import Struct

from exports.model import Chart, Series
from sources.french import typography as typo

#: the drawing's own margins, in percent: labels are in them
LEFT, RIGHT, TOP, BOTTOM = 4.0, 96.0, 12.0, 84.0
#: years written under the axis at most
TICKS = 6
#: how far apart two values have to be for both to be written
APART = 14.0

Side = Literal["start", "middle", "end"]


class Dot(Struct, frozen=True):
    """A point: its place, its value in words (nothing where they would pile up), the side its words are on."""

    x: float
    y: float
    label: str
    side: Side


class Tick(Struct, frozen=True):
    """A year under the axis."""

    x: float
    label: str


class Plot(Struct, frozen=True):
    """A trajectory: its measures, the way to its targets, its years, and what it shows in words."""

    title: str
    alt: str
    actual: tuple[Dot, ...]
    target: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    now: float


def plot(chart: Chart, cut_off: dt.date) -> Plot:
    """A trajectory chart as points, and where the cut-off is; values from zero unless some are below it."""
    days = [day for day in chart.categories if isinstance(day, dt.date)]
    values = [value for series in chart.series for value in series.values if value is not None]
    scale = _Scale(min(*days, cut_off), max(*days, cut_off), min(0.0, *values), max(values))
    lines = {series.role: _dots(scale, days, series, chart.unit) for series in chart.series}
    unit = f" ({chart.unit})" if chart.unit and chart.unit != "%" else ""
    return Plot(
        chart.title + unit, chart.alt, lines.get("actual", ()), lines.get("target", ()), _ticks(scale), scale.x(cut_off)
    )


class _Scale(Struct, frozen=True):
    first: dt.date
    last: dt.date
    low: float
    high: float

    def x(self, day: dt.date) -> float:
        return LEFT + (RIGHT - LEFT) * (day - self.first).days / ((self.last - self.first).days or 1)

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.low) / ((self.high - self.low) or 1)


def _dots(scale: _Scale, days: list[dt.date], series: Series, unit: str) -> tuple[Dot, ...]:
    found = [(day, value) for day, value in zip(days, series.values, strict=True) if value is not None]
    told = set(range(1, len(found)))
    if series.role == "actual":  # the last value, and the first where its words do not run into it
        is_apart = scale.x(found[-1][0]) - scale.x(found[0][0]) >= APART
        told = {0, len(found) - 1} if is_apart else {len(found) - 1}
    elif len(found) == 1:
        told = {0}
    dots = []
    for rank, (day, value) in enumerate(found):
        x = scale.x(day)
        words = typo.percent(value) if unit == "%" else typo.number(value)
        side: Side = "start" if x < (LEFT + RIGHT) / 4 else "end" if x > 3 * (LEFT + RIGHT) / 4 else "middle"
        dots.append(Dot(x, scale.y(value), words if rank in told else "", side))
    return tuple(dots)


def _ticks(scale: _Scale) -> tuple[Tick, ...]:
    years = range(scale.first.year + (scale.first.month + scale.first.day > 2), scale.last.year + 1)
    step = max(1, -(-len(years) // TICKS))
    return tuple(Tick(scale.x(dt.date(year, 1, 1)), str(year)) for year in years[::step])
