"""The trajectory of a target: its observations over time, and the straight line it is held to."""

import datetime as dt

from exports import typography as typo
from exports.marts import Commitment, Observation, SessionMarts
from exports.model import Chart, Series

#: under this many observations the table alone says it better
FEWEST_OBSERVATIONS = 3


def charts(marts: SessionMarts, action_code: str) -> list[Chart]:
    """One chart per target of the action whose KPI has at least three observations."""
    found = []
    for row in marts.commitments_of(action_code):
        series = marts.observations_of(row.kpi_id) if row.kpi_id else ()
        if len(series) >= FEWEST_OBSERVATIONS:
            found.append(chart(row, series))
    return found


def chart(row: Commitment, series: tuple[Observation, ...]) -> Chart:
    """Observations as points, the target as a second line over the same dates."""
    values = {item.period_end: item.value for item in series}
    line: dict[dt.date, float] = {}
    if row.target_value is not None and row.deadline is not None:
        line[row.deadline] = row.target_value
        if row.baseline_on is not None and row.baseline_value is not None and row.baseline_on < row.deadline:
            line[row.baseline_on] = row.baseline_value
    dates = tuple(sorted({*values, *line}))
    unit = typo.plural(row.unit, 2) if row.unit and row.unit != "%" else (row.unit or "")
    return Chart(
        kind="trajectory",
        title=typo.spaced(row.commitment_label),
        alt=_words(row, series),
        categories=dates,
        series=(
            Series("Mesures", tuple(values.get(day) for day in dates), "actual"),
            Series("Trajectoire vers la cible", tuple(line.get(day) for day in dates), "target"),
        ),
        unit=unit,
    )


def _words(row: Commitment, series: tuple[Observation, ...]) -> str:
    points = ", ".join(
        f"{typo.quantity(item.value, row.unit, item.qualifier)} ({typo.date(item.period_end, item.period_precision)})"
        for item in series
    )
    words = f"Courbe de « {row.commitment_label} » : {points}."
    if row.target_value is not None and row.deadline is not None:
        words += (
            f" Cible : {typo.quantity(row.target_value, row.unit, row.target_qualifier)}, "
            f"échéance {typo.date(row.deadline, row.deadline_precision)}."
        )
    return typo.spaced(words)


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
