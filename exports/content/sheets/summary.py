"""The first sheet: counts by situation and axis, by priority, by partner, with charts."""

from msgspec.structs import replace

from exports.content import facts, glance, release
from exports.content.facts import words
from exports.content.release import Release
from exports.content.sheets.contributions import board, board_fields
from exports.content.sheets.fields import table
from exports.marts import SessionMarts
from exports.model import Chart, Column, Inlines, Key, Series, Sheet, SheetChart, Table
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
        (words(f"Chiffres arrêtés au {release.cut_off(marts)}. {stage.state_label}, version {stage.version}."),),
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
    """One row a partner of whom something is expected: what came, what is missing, as in the sheet of contributions."""
    description = "Une ligne par partenaire attendu ; le détail est dans la feuille Contributions."
    return table("Partenaires", "Contributions par partenaire", description, board_fields(), board(marts))
