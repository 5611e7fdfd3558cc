"""The trajectory of a target: its observations over time, and the straight line it is held to."""

import datetime as dt

from exports.marts import Commitment, Kpi, Observation, SessionMarts
from exports.model import Chart, Series
from sources.french import typography as typo

#: under this many observations the table alone says it better
FEWEST_OBSERVATIONS = 3


#: a block has no room for more
MOST_CHARTS = 2


def charts(marts: SessionMarts, action_code: str) -> list[Chart]:
    """One chart per KPI of the action's targets that has at least three observations, with all its targets."""
    targets: dict[str, list[Commitment]] = {}
    for row in marts.commitments_of(action_code):
        if row.kpi_id:
            targets.setdefault(row.kpi_id, []).append(row)
    found = [
        chart(marts.kpi_by_id[kpi_id], tuple(rows), marts.observations_of(kpi_id))
        for kpi_id, rows in targets.items()
        if len(marts.observations_of(kpi_id)) >= FEWEST_OBSERVATIONS
    ]
    return found[:MOST_CHARTS]


def chart(kpi: Kpi, rows: tuple[Commitment, ...], series: tuple[Observation, ...]) -> Chart:
    """Observations as points, the way to the targets as a second line over the same dates."""
    values = {item.period_end: item.value for item in series}
    line = _way(rows)
    dates = tuple(sorted({*values, *line}))
    unit = typo.plural(kpi.unit, 2) if kpi.unit != "%" else "%"
    return Chart(
        kind="trajectory",
        title=typo.spaced(kpi.label),
        alt=_words(kpi, rows, series),
        categories=dates,
        series=(
            Series("Mesures", tuple(values.get(day) for day in dates), "actual"),
            Series("Trajectoire vers la cible", tuple(line.get(day) for day in dates), "target"),
        ),
        unit=unit,
    )


def _way(rows: tuple[Commitment, ...]) -> dict[dt.date, float]:
    """From the baseline through each target in turn."""
    way: dict[dt.date, float] = {}
    for row in rows:
        if row.target_value is not None and row.deadline is not None:
            way[row.deadline] = row.target_value
            if row.baseline_on is not None and row.baseline_value is not None and row.baseline_on < row.deadline:
                way[row.baseline_on] = row.baseline_value
    return way


def _words(kpi: Kpi, rows: tuple[Commitment, ...], series: tuple[Observation, ...]) -> str:
    points = ", ".join(
        f"{typo.quantity(item.value, kpi.unit, item.qualifier)} ({typo.date(item.period_end, item.period_precision)})"
        for item in series
    )
    targets = ", ".join(
        f"{typo.quantity(row.target_value, row.unit, row.target_qualifier)} "
        f"({typo.date(row.deadline, row.deadline_precision)})"
        for row in rows
        if row.target_value is not None and row.deadline is not None
    )
    return typo.spaced(f"Courbe de « {kpi.label} » : {points}." + (f" Cible : {targets}." if targets else ""))


def trend(series: tuple[Observation, ...]) -> str:
    """The trend between the last two observations: a code of the vocabulary `trend`."""
    if not series:
        return "unknown"
    if len(series) == 1:
        return "first"
    before, after = series[-2].value, series[-1].value
    if after == before:
        return "stable"
    return "up" if after > before else "down"


def is_favourable(trend_code: str, direction: str) -> bool | None:
    """Whether the trend goes the way the KPI is wanted to go; None where it goes nowhere."""
    if trend_code not in {"up", "down"}:
        return None
    return trend_code == direction
