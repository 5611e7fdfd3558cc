"""The dashboard workbook: ten sheets, each declared as columns over mart rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from exports import typography as typo
from exports.content import annex, changes, deviations, facts, gaps, glance, method, release, trajectory
from exports.content.facts import words
from exports.content.release import Release
from exports.marts import Action, Change, Commitment, Completeness, Contribution, Kpi, Observation, SessionMarts
from exports.model import (
    Align,
    Chart,
    Column,
    Figure,
    Inlines,
    Key,
    Link,
    Series,
    Sheet,
    SheetChart,
    Sparkline,
    Table,
    Text,
    Workbook,
)
from exports.palette import tone as look

TITLE = "Tableau de bord"
EMPTY: Inlines = ()

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Field(Generic[Row]):
    """A column of a sheet: header, width in characters, and how a row fills it."""

    title: str
    width: float
    cell: Callable[[Row], Inlines]
    align: Align = "left"


def build(marts: SessionMarts, stage: Release) -> Workbook:
    """The workbook of a session."""
    return Workbook(
        release.properties(marts, TITLE),
        (
            summary(marts, stage),
            actions(marts),
            commitments(marts),
            kpis(marts),
            history(marts),
            changed(marts),
            contributions(marts),
            deviations.sheet(marts),
            method_sheet(marts),
            sources(marts),
        ),
        stage.banner,
    )


def table(name: str, caption: str, description: str, fields: Sequence[Field[Row]], rows: Sequence[Row]) -> Table:
    """A table from its fields and rows."""
    return Table(
        name=name,
        caption=caption,
        description=description,
        columns=tuple(Column(field.title, field.width, field.align) for field in fields),
        rows=tuple(tuple(field.cell(row) for field in fields) for row in rows),
    )


def plain(text: str | None) -> Inlines:
    """A partner's or the reference's words, or an empty cell."""
    return (Text(text),) if text else EMPTY


def yes(value: bool | None) -> Inlines:
    """« oui », « non », or nothing where it is not known."""
    return EMPTY if value is None else (Text("oui" if value else "non"),)


def bare(inlines: Inlines) -> Inlines:
    """Only the figures of a cell: what a spreadsheet counts with."""
    return tuple(item for item in inlines if isinstance(item, Figure))


def number(value: float | None, key: Key, form: str = "number") -> Inlines:
    """A number as a spreadsheet wants it, or an empty cell."""
    if value is None:
        return EMPTY
    return (Figure(typo.percent(value, 2) if form == "percent" else typo.number(value), value, key, form),)


def sheet_link(text: str, sheet: str, anchor: str) -> Inlines:
    """A link to a row of another sheet."""
    return (Link(text, f"#{sheet}:{anchor}"),)


def summary(marts: SessionMarts, stage: Release) -> Sheet:
    """Counts by status and axis, by priority, with charts."""
    session = marts.session
    counts = glance.status_table(marts)
    widths = (40.0, *(12.0 for _ in counts.columns[1:]))
    counts = replace(
        counts,
        columns=tuple(replace(column, width=width) for column, width in zip(counts.columns, widths, strict=True)),
    )
    chart = glance.status_chart(marts)
    intro: list[Inlines] = [
        (words(f"{release.PROGRAMME}, {release.session_name(marts)}, {typo.date(session.held_on)}"),),
        (words(f"Chiffres arrêtés au {typo.date(session.cut_off)}. {stage.state_label}, version {stage.version}."),),
        (words(f"Méthode {marts.method_version}. Empreinte des données (SHA-256) : {marts.digest}"),),
    ]
    if stage.erratum:
        told = f"Erratum : cette version remplace la version {stage.erratum.replaces}. {stage.erratum.reason}"
        intro.append((words(told),))
    return Sheet(
        name="Synthèse",
        title="Synthèse",
        intro=tuple(intro),
        tables=(counts, priorities_table(marts)),
        charts=(
            SheetChart(chart, 0, (len(counts.columns) - 1,), len(counts.rows) - 1),
            SheetChart(_axis_chart(marts), 0, tuple(range(1, len(counts.columns) - 1)), len(counts.rows) - 1),
        ),
    )


def _axis_chart(marts: SessionMarts) -> Chart:
    labels = marts.labels_of("status")
    series = tuple(
        Series(
            f"Axe {axis}. {short.capitalize()}",
            tuple(float(glance.overview(marts, axis, label.code)) for label in labels),
        )
        for axis, short, _ in glance.axes(marts)
    )
    return replace(
        glance.status_chart(marts),
        title="Nombre d’actions par situation et par axe",
        alt="Barres empilées : nombre d’actions par situation, réparti par axe. Mêmes nombres dans le tableau.",
        series=series,
    )


def priorities_table(marts: SessionMarts) -> Table:
    """One row a priority: its counts by status."""
    labels = marts.labels_of("status")
    columns = [Column("Priorité", 40), Column("Actions", 12, "right")]
    columns += [Column(f"{look(label.code).symbol} {label.label}", 12, "right") for label in labels]
    rows = []
    for priority in marts.priorities:
        codes = [
            marts.status_by_action[action.action_code].final_status
            for action in marts.actions_of_priority(priority.priority_number)
        ]
        where = f"{marts.session.session_code} / priority {priority.priority_number}"
        cells: list[Inlines] = [(words(f"{priority.priority_number}. {priority.priority_title}"),)]
        cells.append(facts.count(len(codes), Key("fct_action_status", where, "action_code")))
        cells += [
            facts.count(codes.count(label.code), Key("fct_action_status", f"{where} / {label.code}", "final_status"))
            for label in labels
        ]
        rows.append(tuple(cells))
    return Table(
        name="Priorites",
        caption="Nombre d’actions par priorité et par situation",
        description="Une ligne par priorité : nombre d’actions, puis nombre dans chaque situation.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _lead_text(marts: SessionMarts, column: str) -> Callable[[Action], Inlines]:
    """The lead's text on an action."""

    def cell(action: Action) -> Inlines:
        for row in marts.contributions_of(action.action_code):
            if row.partner_code == action.lead_partner and getattr(row, column):
                return plain(getattr(row, column))
        return EMPTY

    return cell


def _layer(marts: SessionMarts, column: str) -> Callable[[Action], Inlines]:
    """One of the layers of an action's status; empty where the layer says nothing."""

    def cell(action: Action) -> Inlines:
        code = getattr(marts.status_by_action[action.action_code], column)
        return (facts.status(marts, code),) if code else EMPTY

    return cell


def _of_status(marts: SessionMarts, column: str) -> Callable[[Action], Inlines]:
    """A count of an action's status row."""

    def cell(action: Action) -> Inlines:
        row = marts.status_by_action[action.action_code]
        return number(
            getattr(row, column), Key(row.TABLE, f"{row.session_code} / {row.action_code}", column), "integer"
        )

    return cell


def _coverage(marts: SessionMarts) -> Callable[[Action], Inlines]:
    """The share of an action's commitments that could be assessed, as a percentage."""

    def cell(action: Action) -> Inlines:
        row = marts.status_by_action[action.action_code]
        key = Key(row.TABLE, f"{row.session_code} / {row.action_code}", "coverage")
        return number(None if row.coverage is None else 100 * row.coverage, key, "percent")

    return cell


def actions(marts: SessionMarts) -> Sheet:
    """One row an action."""

    def moved(action: Action) -> Inlines:
        return (Text(facts.movement_since(marts, marts.status_by_action[action.action_code]) or "—"),)

    fields: list[Field[Action]] = [
        Field("Action", 9, lambda row: sheet_link(row.action_code, "Engagements", row.action_code)),
        Field("Intitulé", 38, lambda row: (Text(row.action_title),)),
        Field("Situation", 18, _layer(marts, "final_status")),
        Field("Évolution", 20, moved),
        Field("Pilote", 13, lambda row: (Text(row.lead_partner),)),
        Field("Avancement", 70, _lead_text(marts, "progress_text")),
        Field("Prochaines étapes", 60, _lead_text(marts, "next_steps")),
        Field("Risques et freins", 60, _lead_text(marts, "risks")),
        Field("Appui demandé", 40, _lead_text(marts, "support_needed")),
        Field("Calculé", 18, _layer(marts, "computed_status")),
        Field("Déclaré", 18, _layer(marts, "declared_status")),
        Field("Arbitré", 18, _layer(marts, "arbitrated_status")),
        Field("Désaccord", 12, lambda row: yes(marts.status_by_action[row.action_code].has_disagreement)),
        Field("Couverture", 12, _coverage(marts), "right"),
        Field("Engagements", 13, _of_status(marts, "commitment_count"), "right"),
        Field("Engagements évalués", 13, _of_status(marts, "assessed_count"), "right"),
        Field("Axe", 30, lambda row: (words(f"{row.axis_number}. {row.axis_label}"),)),
        Field("Priorité", 40, lambda row: (words(f"{row.priority_number}. {row.priority_title}"),)),
        Field("Partenaires", 26, lambda row: (Text(", ".join(row.partners)),)),
        Field("Objectif", 60, lambda row: plain(row.objective)),
    ]
    return Sheet(
        name="Actions",
        title="Actions",
        intro=((words("Une ligne par action. Le code mène aux engagements de l’action."),),),
        tables=(table("Actions", "Actions", "Une ligne par action de la feuille de route.", fields, marts.actions),),
        anchors={row.action_code: rank for rank, row in enumerate(marts.actions)},
        printed_columns=6,
        frozen_columns=2,
    )


def commitments(marts: SessionMarts) -> Sheet:
    """One row a commitment."""

    def key(row: Commitment, column: str) -> Key:
        return Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", column)

    def value(column: str, form: str | None = None) -> Callable[[Commitment], Inlines]:
        return lambda row: number(getattr(row, column), key(row, column), form or "number")

    def dated(column: str, precision: str | None) -> Callable[[Commitment], Inlines]:
        def cell(row: Commitment) -> Inlines:
            day = getattr(row, column)
            if day is None:
                return EMPTY
            said = (getattr(row, precision) if precision else None) or "day"
            return (Figure(typo.date(day, said, long=False), day, key(row, column), said),)

        return cell

    def labelled(domain: str, column: str) -> Callable[[Commitment], Inlines]:
        return lambda row: plain(marts.label(domain, getattr(row, column)))

    fields: list[Field[Commitment]] = [
        Field("Engagement", 12, lambda row: sheet_link(row.commitment_id, "Actions", row.action_code)),
        Field("Libellé", 44, lambda row: (Text(row.commitment_label),)),
        Field("Situation", 18, lambda row: (facts.status(marts, row.status),)),
        Field("Cible", 14, value("target_value"), "right"),
        Field("Réalisé", 14, value("actual_value"), "right"),
        Field("Unité", 14, lambda row: plain(row.unit)),
        Field("Échéance", 14, dated("deadline", "deadline_precision"), "right"),
        Field("Échéance passée", 11, lambda row: yes(row.is_overdue)),
        Field("Taux", 10, value("progress_rate", "percent"), "right"),
        Field("Taux attendu", 10, value("expected_rate", "percent"), "right"),
        Field("Motif", 24, labelled("reason", "reason")),
        Field("Type", 10, labelled("kind", "kind")),
        Field("Action", 9, lambda row: (Text(row.action_code),)),
        Field("Cible, précision", 12, labelled("qualifier", "target_qualifier")),
        Field("Réalisé, précision", 12, labelled("qualifier", "actual_qualifier")),
        Field("Date de la mesure", 14, dated("actual_period_end", "actual_period_precision"), "right"),
        Field("Taux non borné", 10, value("progress_rate_unclipped", "percent"), "right"),
        Field("Départ", 12, value("baseline_value"), "right"),
        Field("Date de départ", 13, dated("baseline_on", None), "right"),
        Field("Départ supposé", 11, lambda row: yes(row.is_assumed_baseline)),
        Field("Déclaré", 18, lambda row: (facts.status(marts, row.declared_status),) if row.declared_status else EMPTY),
        Field("Date prévue", 14, dated("forecast_on", "forecast_precision"), "right"),
        Field("Date réelle", 14, dated("actual_on", "actual_on_precision"), "right"),
        Field("Preuve", 70, lambda row: plain(row.evidence)),
        Field("Contexte, sans taux", 60, lambda row: _flat(facts.context(marts, row))),
        Field("Source", 34, lambda row: plain(row.actual_source_ref)),
        Field("Emplacement", 18, lambda row: plain(row.actual_locator)),
        Field("Indicateur", 14, lambda row: sheet_link(row.kpi_id, "Indicateurs", row.kpi_id) if row.kpi_id else EMPTY),
    ]
    anchors: dict[str, int] = {}
    for rank, row in enumerate(marts.commitments):
        anchors.setdefault(row.action_code, rank)
    return Sheet(
        name="Engagements",
        title="Engagements",
        intro=(
            (words("Une ligne par engagement. Un taux absent porte son motif ; il ne vaut jamais zéro."),),
            (words("Les échéances gardent la précision de leur source : une échéance écrite « 2026 » vaut fin 2026."),),
        ),
        tables=(table("Engagements", "Engagements", "Une ligne par engagement.", fields, marts.commitments),),
        anchors=anchors,
        printed_columns=11,
    )


def _flat(inlines: Inlines) -> Inlines:
    """Words and figures as one text."""
    text = "".join(item.text for item in inlines if isinstance(item, Text | Figure | Link))
    return plain(text)


KPIS_INTRO = "Une ligne par indicateur. La courbe demande deux mesures ; la tendance la dit en mots."


def kpis(marts: SessionMarts) -> Sheet:
    """One row a KPI: last value against its target, sparkline and trend in words."""
    rank_of = {row.observation_id: rank for rank, row in enumerate(_history_rows(marts))}
    target_of = {row.kpi_id: row for row in marts.commitments if row.kpi_id}

    def last(row: Kpi) -> Observation | None:
        series = marts.observations_of(row.kpi_id)
        return series[-1] if series else None

    def from_last(cell: Callable[[Observation, Kpi], Inlines]) -> Callable[[Kpi], Inlines]:
        def filled(row: Kpi) -> Inlines:
            latest = last(row)
            return cell(latest, row) if latest else EMPTY

        return filled

    def from_target(cell: Callable[[Commitment], Inlines]) -> Callable[[Kpi], Inlines]:
        return lambda row: bare(cell(target_of[row.kpi_id])) if row.kpi_id in target_of else EMPTY

    def counted(row: Kpi) -> Inlines:
        return facts.count(len(marts.observations_of(row.kpi_id)), Key("fct_kpi_observation", row.kpi_id, "*"))

    def history_link(row: Kpi) -> Inlines:
        series = marts.observations_of(row.kpi_id)
        return sheet_link("voir", "Historique", series[0].observation_id) if series else EMPTY

    fields: list[Field[Kpi]] = [
        Field("Indicateur", 14, lambda row: (Text(row.kpi_id),)),
        Field("Libellé", 46, lambda row: (Text(row.label),)),
        Field("Dernière valeur", 15, from_last(lambda latest, row: facts.observed(latest, row.unit)), "right"),
        Field("Unité", 14, lambda row: (Text(row.unit),)),
        Field("Période", 14, from_last(lambda latest, _: facts.period(latest)), "right"),
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
        sparklines=(Sparkline(7, "Historique", HISTORY_VALUE_COLUMN, tuple(spans)),),
        anchors={row.kpi_id: rank for rank, row in enumerate(marts.kpis)},
        printed_columns=10,
        frozen_columns=2,
    )


def _trend(marts: SessionMarts, row: Kpi) -> str:
    code = trajectory.trend(marts.observations_of(row.kpi_id))
    label = marts.label("trend", code)
    favourable = trajectory.is_favourable(code, row.direction)
    arrow = {"up": "↑ ", "down": "↓ ", "stable": "→ "}.get(code, "")
    if favourable is None:
        return arrow + label
    return f"{arrow}{label} ({'favorable' if favourable else 'défavorable'})"


HISTORY_VALUE_COLUMN = 3


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
        Field("Valeur", 15, lambda row: facts.observed(row, row.unit), "right"),
        Field("Unité", 14, lambda row: plain(row.unit)),
        Field("Précision", 12, lambda row: plain(marts.label("qualifier", row.qualifier))),
        Field("Source", 36, source),
        Field("Emplacement", 20, lambda row: plain(row.locator)),
        Field("Nature de la source", 22, lambda row: plain(marts.label("source_type", row.source_type))),
        Field("Commentaire", 44, lambda row: plain(row.comment)),
        Field("Valeur telle qu’écrite", 44, lambda row: plain(row.quote)),
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
        printed_columns=8,
    )


def changed(marts: SessionMarts) -> Sheet:
    """One row a change."""

    def side(which: int) -> Callable[[Change], Inlines]:
        return lambda change: changes.sides(marts, change)[which]

    fields: list[Field[Change]] = [
        Field("Action", 9, lambda change: sheet_link(change.action_code, "Actions", change.action_code)),
        Field("Sujet", 60, lambda change: _flat(changes.subject(marts, change))),
        Field("Nature", 26, lambda change: (changes.kind(marts, change),)),
        Field("Avant", 26, side(0)),
        Field("Après", 26, side(1)),
    ]
    earlier = marts.session.previous_session_code
    intro = f"Par rapport à la session {earlier}." if earlier else changes.NO_EARLIER_SESSION
    return Sheet(
        name="Changements",
        title="Changements",
        intro=((words(intro),),),
        tables=(table("Changements", "Changements", "Une ligne par changement.", fields, marts.changes),),
    )


def contributions(marts: SessionMarts) -> Sheet:
    """Who sent what, and what is missing."""

    def received(column: str) -> Callable[[Completeness], Inlines]:
        return lambda row: facts.count(
            getattr(row, column), Key(row.TABLE, f"{row.session_code} / {row.partner_code}", column)
        )

    def when(row: Completeness) -> Inlines:
        key = Key(row.TABLE, f"{row.session_code} / {row.partner_code}", "last_received_at")
        return facts.day(row.last_received_at, key) if row.last_received_at else EMPTY

    by_partner: list[Field[Completeness]] = [
        Field("Partenaire", 18, lambda row: (Text(row.partner_code),)),
        Field("Attendues", 12, received("expected"), "right"),
        Field("Reçues", 12, received("received"), "right"),
        Field("Acceptées", 12, received("accepted"), "right"),
        Field("Rejetées", 12, received("rejected"), "right"),
        Field("Manquantes", 12, received("missing"), "right"),
        Field("Dernier envoi", 14, when, "right"),
        Field("Dans les délais", 12, lambda row: yes(row.is_on_time)),
        Field("Engagements sans réponse", 50, lambda row: plain(_listed(gaps.missing_of(marts, row.partner_code)))),
    ]
    by_action: list[Field[Contribution]] = [
        Field("Action et partenaire", 18, lambda row: (Text(f"{row.action_code} {row.partner_code}"),)),
        Field("Action", 12, lambda row: sheet_link(row.action_code, "Actions", row.action_code)),
        Field("Rôle", 12, lambda row: plain(marts.label("role", row.role))),
        Field("Origine", 12, lambda row: plain(ORIGINS.get(row.source_kind, row.source_kind))),
        Field("Déclaré", 12, lambda row: (facts.status(marts, row.declared_status),) if row.declared_status else EMPTY),
        Field("Texte périmé", 12, lambda row: yes(row.is_stale_text)),
        Field("Emplacement", 14, lambda row: plain(row.locator)),
        Field("Source", 12, lambda row: plain(row.source_ref)),
        Field("Avancement reçu", 50, lambda row: plain(row.progress_text)),
    ]
    return Sheet(
        name="Contributions",
        title="Contributions",
        intro=((words("Qui a envoyé quoi, et ce qui manque ; puis chaque texte reçu avec sa source."),),),
        tables=(
            table("Partenaires", "Par partenaire", "Une ligne par partenaire attendu.", by_partner, marts.completeness),
            table("Contributions", "Par action", "Une ligne par texte reçu.", by_action, marts.contributions),
        ),
    )


ORIGINS = {"submission": "Dépôt", "progress_report": "Rapport publié"}


def _listed(rows: list[Commitment]) -> str:
    return ", ".join(row.commitment_id for row in rows)


def method_sheet(marts: SessionMarts) -> Sheet:
    """Statuses, thresholds, rules, glossary."""

    def widened(made: Table, *widths: float) -> Table:
        columns = tuple(replace(column, width=width) for column, width in zip(made.columns, widths, strict=True))
        return replace(made, columns=columns)

    tables = [widened(method.status_table(marts), 24, 110), widened(method.threshold_table(marts), 24, 110, 16)]
    if marts.glossary:
        tables.append(widened(annex.glossary(marts), 24, 110))
    return Sheet(
        name="Méthode",
        title="Méthode",
        intro=tuple((words(rule),) for rule in method.RULES),
        tables=tuple(tables),
    )


def sources(marts: SessionMarts) -> Sheet:
    """One row a source, with its whole checksum."""
    written = annex.source_table(marts)
    widths = (50.0, 44.0, 14.0, 68.0)
    columns = tuple(replace(column, width=width) for column, width in zip(written.columns, widths, strict=True))
    return Sheet(
        name="Sources",
        title="Sources",
        intro=((words("Chaque fichier reçu est archivé sous son empreinte SHA-256."),),),
        tables=(replace(written, columns=columns),),
        anchors={row.source_ref: rank for rank, row in enumerate(annex.known_sources(marts))},
    )
