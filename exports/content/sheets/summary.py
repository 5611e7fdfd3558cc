"""The first sheet: counts by situation and axis, by priority, by partner, with charts."""

from collections.abc import Callable

from msgspec.structs import replace

from exports.content import facts, gaps, glance, release
from exports.content.facts import words
from exports.content.release import Release
from exports.content.sheets.fields import EMPTY, Field, table, yes
from exports.marts import Completeness, SessionMarts
from exports.model import Chart, Column, Inlines, Key, Series, Sheet, SheetChart, Table, Text
from exports.palette import tone as look
from sources.french import typography as typo


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
        tables=(counts, priorities_table(marts), partners_table(marts)),
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


def partners_table(marts: SessionMarts) -> Table:
    """One row a partner of whom something is expected: what came, what is missing."""

    def received(column: str) -> Callable[[Completeness], Inlines]:
        return lambda row: facts.count(
            getattr(row, column) or 0, Key(row.TABLE, f"{row.session_code} / {row.partner_code}", column)
        )

    def when(row: Completeness) -> Inlines:
        key = Key(row.TABLE, f"{row.session_code} / {row.partner_code}", "last_received_at")
        return facts.day(typo.day_in_paris(row.last_received_at), key) if row.last_received_at else EMPTY

    def silent(row: Completeness) -> Inlines:
        key = Key("fct_commitment_progress", f"{row.session_code} / lead {row.partner_code}", "status")
        return facts.count(len(gaps.missing_of(marts, row.partner_code)), key)

    fields: list[Field[Completeness]] = [
        Field("Partenaire", 40, lambda row: (Text(row.partner_code),)),
        Field("Attendues", 12, received("expected"), "right"),
        Field("Reçues", 12, received("received"), "right"),
        Field("Reconstituées", 13, received("reconstituted"), "right"),
        Field("Acceptées", 12, received("accepted"), "right"),
        Field("Rejetées", 12, received("rejected"), "right"),
        Field("Manquantes", 12, received("missing"), "right"),
        Field("Dernier envoi", 12, when, "right"),
        Field("Dans les délais", 12, lambda row: yes(row.is_on_time)),
        Field("Engagements sans réponse", 12, silent, "right"),
    ]
    rows = [row for row in marts.completeness if row.expected or row.received or row.reconstituted]
    return table("Partenaires", "Contributions par partenaire", "Une ligne par partenaire attendu.", fields, rows)
