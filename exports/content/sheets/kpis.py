"""The sheets of KPIs: the last value against its target with its trend, and every value behind it."""

import datetime as dt
from collections.abc import Callable

from exports.content import facts, trajectory
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, apart, number, plain, sheet_link, table, yes
from exports.marts import Commitment, Kpi, Observation, SessionMarts
from exports.model import Inlines, Key, Sheet, Sparkline, Text

KPIS_INTRO = "Une ligne par indicateur. La courbe demande deux mesures ; la tendance la dit en mots."


HISTORY_VALUE_COLUMN = 3


def kpis(marts: SessionMarts) -> Sheet:
    """One row a KPI: last value against its target, sparkline and trend in words."""
    rank_of = {row.observation_id: rank for rank, row in enumerate(_history_rows(marts))}
    target_of = _targets(marts)

    def last(row: Kpi) -> Observation | None:
        series = marts.observations_of(row.kpi_id)
        return series[-1] if series else None

    def from_last(cell: Callable[[Observation, Kpi], Inlines]) -> Callable[[Kpi], Inlines]:
        def filled(row: Kpi) -> Inlines:
            latest = last(row)
            return cell(latest, row) if latest else EMPTY

        return filled

    def from_target(cell: Callable[[Commitment], Inlines]) -> Callable[[Kpi], Inlines]:
        return lambda row: apart(cell(target_of[row.kpi_id])) if row.kpi_id in target_of else EMPTY

    def counted(row: Kpi) -> Inlines:
        return facts.count(len(marts.observations_of(row.kpi_id)), Key("fct_kpi_observation", row.kpi_id, "*"))

    def aged(row: Kpi) -> Inlines:
        return number(row.max_age_months, Key(row.TABLE, row.kpi_id, "max_age_months"), "integer")

    def old(latest: Observation, row: Kpi) -> Inlines:
        months = max(0, facts.age(marts.session.cut_off, latest.period_end))
        return number(months, Key(latest.TABLE, latest.observation_id, "age"), "integer")

    def history_link(row: Kpi) -> Inlines:
        series = marts.observations_of(row.kpi_id)
        return sheet_link("voir", "Historique", series[0].observation_id) if series else EMPTY

    fields: list[Field[Kpi]] = [
        Field("Indicateur", 14, lambda row: (Text(row.kpi_id),)),
        Field("Libellé", 46, lambda row: (Text(row.label),)),
        Field("Dernière valeur", 15, from_last(lambda latest, row: apart(facts.observed(latest, row.unit))), "right"),
        Field("Unité", 14, lambda row: (Text(row.unit),)),
        Field("Période", 14, from_last(lambda latest, _: facts.period(latest)), "right"),
        Field("Âge, en mois", 9, from_last(old), "right"),
        Field("Cible", 15, from_target(facts.target), "right"),
        Field("Échéance", 14, from_target(facts.deadline), "right"),
        Field("Courbe", 16, lambda _: EMPTY),
        Field("Tendance", 26, lambda row: (Text(_trend(marts, row)),)),
        Field("Mesures", 9, counted, "right"),
        Field(
            "Action",
            9,
            lambda row: sheet_link(row.action_code, "Actions", row.action_code) if row.action_code else EMPTY,
        ),
        Field("Précision", 12, from_last(lambda latest, _: plain(marts.label("qualifier", latest.qualifier)))),
        Field("Historique", 11, history_link),
        Field("Responsable", 14, lambda row: plain(row.owner_partner)),
        Field("Population", 36, lambda row: plain(row.population)),
        Field("Périodicité", 14, lambda row: plain(marts.label("periodicity", row.periodicity))),
        Field("Ce qui est compté", 18, lambda row: plain(marts.label("measure_kind", row.measure_kind))),
        Field("Âge admis, en mois", 10, aged, "right"),
        Field("Sens", 12, lambda row: plain(marts.label("direction", row.direction))),
        Field("Définition", 50, lambda row: plain(row.definition)),
        Field("Source", 34, lambda row: plain(row.source)),
        Field("Limites", 50, lambda row: plain(row.limits)),
    ]
    spans: list[tuple[int, int] | None] = []
    for row in marts.kpis:
        series = marts.observations_of(row.kpi_id)
        spans.append(
            (rank_of[series[0].observation_id], rank_of[series[-1].observation_id]) if len(series) >= 2 else None
        )
    return Sheet(
        name="Indicateurs",
        title="Indicateurs",
        intro=((words(KPIS_INTRO),),),
        tables=(table("Indicateurs", "Indicateurs", "Une ligne par indicateur.", fields, marts.kpis),),
        sparklines=(Sparkline(8, "Historique", HISTORY_VALUE_COLUMN, tuple(spans)),),
        anchors={row.kpi_id: rank for rank, row in enumerate(marts.kpis)},
        printed_columns=11,
        frozen_columns=2,
    )


def _targets(marts: SessionMarts) -> dict[str, Commitment]:
    """The target each KPI is on its way to: the first that is not reached, else the last."""
    found: dict[str, Commitment] = {}
    for row in sorted(marts.commitments, key=lambda row: row.deadline or dt.date.max):
        if row.kpi_id and (row.kpi_id not in found or found[row.kpi_id].status == "achieved"):
            found[row.kpi_id] = row
    return found


def _trend(marts: SessionMarts, row: Kpi) -> str:
    code = trajectory.trend(marts.observations_of(row.kpi_id))
    label = marts.label("trend", code)
    favourable = trajectory.is_favourable(code, row.direction)
    arrow = {"up": "↑ ", "down": "↓ ", "stable": "→ "}.get(code, "")
    if favourable is None:
        return arrow + label
    return f"{arrow}{label} ({'favorable' if favourable else 'défavorable'})"


def _history_rows(marts: SessionMarts) -> list[Observation]:
    """Observations in the order of the KPIs, territory by territory, oldest first: what sparklines draw over."""
    by_kpi: dict[str, list[Observation]] = {}
    for row in marts.observations:
        by_kpi.setdefault(row.kpi_id, []).append(row)
    return [row for kpi in marts.kpis for row in by_kpi.get(kpi.kpi_id, [])]


def history(marts: SessionMarts) -> Sheet:
    """One row a current observation."""

    def source(row: Observation) -> Inlines:
        if not row.source_ref:
            return EMPTY
        return sheet_link(row.source_ref, "Sources", row.source_ref)

    fields: list[Field[Observation]] = [
        Field("Indicateur", 14, lambda row: sheet_link(row.kpi_id, "Indicateurs", row.kpi_id)),
        Field("Libellé", 46, lambda row: (Text(marts.kpi_by_id[row.kpi_id].label),)),
        Field("Période", 14, facts.period, "right"),
        Field("Valeur", 15, lambda row: apart(facts.observed(row, row.unit)), "right"),
        Field("Unité", 14, lambda row: plain(row.unit)),
        Field("Précision", 12, lambda row: plain(marts.label("qualifier", row.qualifier))),
        Field("Nature", 12, lambda row: plain(marts.label("nature", row.nature))),
        Field("Source", 36, source),
        Field("Emplacement", 20, lambda row: plain(row.locator)),
        Field("Nature de la source", 22, lambda row: plain(marts.label("source_type", row.source_type))),
        Field("Commentaire", 44, lambda row: plain(row.comment)),
        Field("Valeur telle qu’écrite", 44, lambda row: plain(row.quote)),
        Field("Période conforme à l’indicateur", 12, lambda row: yes(row.fits_measure_kind)),
        Field("Territoire", 10, lambda row: (Text(row.territory_code),)),
        Field("Partenaire", 14, lambda row: plain(row.partner_code)),
    ]
    rows = _history_rows(marts)
    return Sheet(
        name="Historique",
        title="Historique",
        intro=(
            (
                words(
                    "Toutes les mesures retenues à la date d’arrêt, avec leur source et l’endroit où elles y sont lues."
                ),
            ),
        ),
        tables=(table("Historique", "Historique", "Une ligne par mesure retenue.", fields, rows),),
        anchors={row.observation_id: rank for rank, row in enumerate(rows)},
        printed_columns=9,
    )
