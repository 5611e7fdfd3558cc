"""Figures of territories, where a partner sent some: each value, how many there are, what they make together."""

from msgspec import Struct

from exports.content import facts
from exports.content.facts import words
from exports.marts import Kpi, SessionMarts, Territory, TerritoryGap, TerritoryProgress
from exports.model import Block, Column, Figure, Heading, Inlines, Key, Paragraph, Table, Text
from sources.french import typography as typo

LEVELS = {"region": "région", "department": "département", "establishment": "établissement"}
RULES = {"sum": "la somme", "mean": "la moyenne", "weighted_mean": "la moyenne pondérée", "last": "la dernière valeur"}


class Known(Struct, frozen=True):
    """The values of one indicator for the territories of one level, by territory code."""

    kpi: Kpi
    level: str
    rows: tuple[tuple[Territory, TerritoryProgress], ...]
    total: int

    @property
    def coverage(self) -> str:
        """« 3 départements sur 101 »."""
        return f"{typo.counted(len(self.rows), LEVELS[self.level])} sur {self.total}"


def known(marts: SessionMarts, action_code: str | None = None) -> list[Known]:
    """What is known of territories at the cut-off, by indicator then level; of one action where it is named."""
    by_code = {row.territory_code: row for row in marts.territories}
    found: dict[tuple[str, str], dict[str, tuple[Territory, TerritoryProgress]]] = {}
    for row in marts.territory_progress:
        territory = by_code.get(row.territory_code)
        if territory is not None:
            # a territory held against two targets of one indicator has one value all the same
            found.setdefault((row.kpi_id, territory.territory_level), {}).setdefault(
                territory.territory_code, (territory, row)
            )
    return [
        Known(kpi, level, tuple(rows.values()), sum(row.territory_level == level for row in marts.territories))
        for kpi in marts.kpis
        for level in LEVELS
        if (rows := found.get((kpi.kpi_id, level))) and action_code in {None, kpi.action_code}
    ]


def value(row: TerritoryProgress, unit: str | None) -> Inlines:
    """A territory's value."""
    key = Key(row.TABLE, f"{row.session_code} / {row.kpi_id} / {row.territory_code}", "value")
    printed = typo.quantity(row.value, unit, row.qualifier)
    return (Figure(printed, row.value, key, "percent" if unit == "%" else "number"),)


def period(row: TerritoryProgress, *, long: bool = True) -> Inlines:
    """The period a territory's value speaks of."""
    precision = row.period_precision or "day"
    key = Key(row.TABLE, f"{row.session_code} / {row.kpi_id} / {row.territory_code}", "period_end")
    return (Figure(typo.date(row.period_end, precision, long=long), row.period_end, key, precision),)


def status(marts: SessionMarts, row: TerritoryProgress) -> Inlines:
    """Where a territory is towards the national target; empty where nothing is promised of it."""
    return (facts.commitment_status(marts, row.status),) if row.commitment_id else ()


def gaps(marts: SessionMarts) -> list[TerritoryGap]:
    """The latest comparison of each indicator and level with the national figure."""
    latest = {(row.kpi_id, row.territory_level): row for row in marts.territory_gaps}
    return [row for row in latest.values() if row.kpi_id in marts.kpi_by_id]


def compared(marts: SessionMarts, row: TerritoryGap) -> str:
    """What the territories make together beside the national figure, in one sentence."""
    kpi = marts.kpi_by_id[row.kpi_id]
    counted = typo.counted(row.territory_count, LEVELS[row.territory_level])
    total = sum(item.territory_level == row.territory_level for item in marts.territories)
    of = f" sur {total}" if total else ""
    when = typo.date(row.period_end, _precision(marts, row))
    if row.aggregated_value is None:
        return f"{counted}{of} ({when}) : les poids manquent pour les réunir."
    together = f"{RULES[row.aggregation_rule]} donne {typo.quantity(row.aggregated_value, kpi.unit)}"
    if row.national_value is None:
        return f"{counted}{of} ({when}) : {together} ; aucune valeur nationale pour cette période."
    national = typo.quantity(row.national_value, kpi.unit, row.national_qualifier)
    return f"{counted}{of} ({when}) : {together} ; valeur nationale : {national}{_apart(row, kpi)}."


def _precision(marts: SessionMarts, row: TerritoryGap) -> str:
    """How precisely the period was stated, by a territory or by the country: a comparison bears none of its own."""
    said = [
        *((item.period_end, item.period_precision) for item in marts.territory_progress if item.kpi_id == row.kpi_id),
        *((item.period_end, item.period_precision) for item in marts.observations_of(row.kpi_id)),
    ]
    return next((precision for day, precision in said if day == row.period_end and precision), "month")


def _apart(row: TerritoryGap, kpi: Kpi) -> str:
    if not row.gap:
        return ""
    unit = "point" if kpi.unit == "%" else kpi.unit
    sign = "+" if row.gap > 0 else "−"
    return f" ; écart : {sign}{typo.quantity(abs(row.gap), unit)}"


def is_complete(marts: SessionMarts, row: TerritoryGap) -> bool:
    """Whether every territory of the level has a value; nobody knows how many establishments there should be."""
    total = sum(item.territory_level == row.territory_level for item in marts.territories)
    return total == 0 or row.territory_count >= total


def to_do(marts: SessionMarts, row: TerritoryGap) -> str:
    """What is asked of whoever sent the figures."""
    if row.outcome in {"equal", "compatible"}:
        return "Rien : les deux concordent."
    if row.outcome == "no_weight":
        return "Demander les effectifs par territoire."
    if row.outcome == "no_national_value":
        return "Demander la valeur nationale de la période."
    if not is_complete(marts, row):
        return "Demander les territoires qui manquent avant de comparer."
    return "Demander lequel des deux est juste."


def blocks(marts: SessionMarts, action_code: str) -> list[Block]:
    """What was sent of territories on one action: coverage, gap to the national figure, every value."""
    found = known(marts, action_code)
    if not found:
        return []
    written: list[Block] = [Heading(2, "Par territoire", "fiche-territoires")]
    compared_by = {(row.kpi_id, row.territory_level): row for row in gaps(marts)}
    for item in found:
        gap = compared_by.get((item.kpi.kpi_id, item.level))
        said = compared(marts, gap) if gap else f"{item.coverage}."
        written.append(Paragraph((words(f"{item.kpi.label} : {said}"),)))
        written.append(table(marts, item))
    return written


def table(marts: SessionMarts, item: Known) -> Table:
    """One row a territory; its situation where something is promised of it."""
    is_promised = any(row.commitment_id for _, row in item.rows)
    situation = (Column("Situation", 4.0),) if is_promised else ()

    def cells(territory: Territory, row: TerritoryProgress) -> tuple[Inlines, ...]:
        named = (Text(f"{territory.territory_label} ({territory.territory_code[1:]})"),)
        said = (named, value(row, item.kpi.unit), period(row, long=False))
        return (*said, status(marts, row) or facts.NOTHING) if is_promised else said

    return Table(
        name=f"Territoires_{item.kpi.kpi_id}_{item.level}",
        caption=typo.spaced(f"{item.kpi.label}, par {LEVELS[item.level]}"),
        description="Une ligne par territoire : nom, valeur, période"
        + (", situation par rapport à la cible nationale." if is_promised else "."),
        columns=(Column("Territoire", 6.0), Column("Valeur", 4.0, "right"), Column("Période", 3.0), *situation),
        rows=tuple(cells(territory, row) for territory, row in item.rows),
        splittable=True,
    )
