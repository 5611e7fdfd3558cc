"""The counts that every deliverable says: actions by status and axis, the sentence that sums up, the coverage."""

import datetime as dt

from exports.content import facts
from exports.content.facts import words
from exports.marts import SessionMarts
from exports.model import Chart, Column, Figure, Inlines, Key, Series, Table, Text
from exports.palette import tone as look
from sources.french import typography as typo


def overview(marts: SessionMarts, axis_number: int | None, code: str) -> int:
    """How many actions have a final status, on one axis or on all."""
    return next(
        (row.action_count for row in marts.overview if row.axis_number == axis_number and row.status == code),
        0,
    )


def overview_figure(marts: SessionMarts, axis_number: int | None, code: str) -> Figure:
    """The same count as a figure with its key."""
    value = overview(marts, axis_number, code)
    axis = "all" if axis_number is None else str(axis_number)
    key = Key("mart_session_overview", f"{marts.session.session_code} / {axis} / {code}", "action_count")
    return Figure(typo.number(value, 0), value, key, "integer")


def axes(marts: SessionMarts) -> list[tuple[int, str, str]]:
    """Number, short label and label of each axis, in order."""
    found = {row.axis_number: (row.axis_number, row.axis_short_label, row.axis_label) for row in marts.priorities}
    return [found[number] for number in sorted(found)]


def status_table(marts: SessionMarts) -> Table:
    """Actions by final status and axis, with the totals."""
    columns = [Column("Situation", 3.4)]
    columns += [
        Column(f"Axe {number}. {typo.spaced(label.capitalize())}", 2.2, "right") for number, label, _ in axes(marts)
    ]
    columns.append(Column("Ensemble", 1.8, "right"))
    codes = [label.code for label in marts.labels_of("status")]
    rows: list[tuple[Inlines, ...]] = []
    for code in codes:
        counts = [(overview_figure(marts, number, code),) for number, _, _ in axes(marts)]
        rows.append(((facts.status(marts, code),), *counts, (_strong(overview_figure(marts, None, code)),)))
    rows.append(_totals(marts, codes))
    return Table(
        name="Situation_par_axe",
        caption="Nombre d’actions par situation et par axe",
        description="Une ligne par situation, une colonne par axe, puis l’ensemble ; la dernière ligne est le total.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _strong(figure: Figure) -> Figure:
    return Figure(figure.text, figure.value, figure.key, figure.form, "strong")


def _totals(marts: SessionMarts, codes: list[str]) -> tuple[Inlines, ...]:
    cells: list[Inlines] = [(Text("Total", "strong"),)]
    for axis in [*(number for number, _, _ in axes(marts)), None]:
        value = sum(overview(marts, axis, code) for code in codes)
        key = Key("mart_session_overview", f"{marts.session.session_code} / {axis or 'all'} / *", "action_count")
        cells.append((Figure(typo.number(value, 0), value, key, "integer", "strong"),))
    return tuple(cells)


def status_chart(marts: SessionMarts) -> Chart:
    """Bars of the counts by status."""
    labels = marts.labels_of("status")
    counts = [overview(marts, None, label.code) for label in labels]
    listed = ", ".join(f"{label.label.lower()} {count}" for label, count in zip(labels, counts, strict=True))
    return Chart(
        kind="bar",
        title="Nombre d’actions par situation",
        alt=f"Diagramme en barres du nombre d’actions par situation : {listed}. Mêmes nombres dans le tableau.",
        categories=tuple(f"{look(label.code).symbol} {label.label}" for label in labels),
        series=(Series("Nombre d’actions", tuple(float(count) for count in counts)),),
        height_cm=3.8,
    )


#: the situations counted together in the sentence that sums up, and how
TOLD_TOGETHER = (
    (("achieved", "on_track"), "atteintes ou en bonne voie"),
    (("at_risk", "late"), "à risque ou en retard"),
)
#: how the others are worded, none of which says whether the promise is kept
UNPLACED = "sans verdict possible"


def opening(marts: SessionMarts) -> Inlines:
    """« Au 17 décembre 2024, 26 des 65 actions sont atteintes ou en bonne voie, 20 à risque ou en retard … »."""
    codes = [row.code for row in marts.labels_of("status")]
    placed = {code for group, _ in TOLD_TOGETHER for code in group}
    groups = [*TOLD_TOGETHER, (tuple(code for code in codes if code not in placed), UNPLACED)]
    first, *others = [(_shared(marts, group), said) for group, said in groups]
    total = len(marts.actions)
    verb = "est" if first[0].value == 1 else "sont"
    return (
        words(f"Au {typo.date(marts.session.cut_off)}, "),
        first[0],
        Text(" des "),
        Figure(typo.number(total, 0), total, Key("dim_action", "*", "action_code"), "integer", "strong"),
        words(f" actions {verb} {_agreed(first[1], first[0].value)}"),
        *(part for figure, said in others for part in (Text(", "), figure, words(f" {_agreed(said, figure.value)}"))),
        Text("."),
    )


def _shared(marts: SessionMarts, codes: tuple[str, ...]) -> Figure:
    value = sum(overview(marts, None, code) for code in codes)
    key = Key("mart_session_overview", f"{marts.session.session_code} / all / {' + '.join(codes)}", "action_count")
    return Figure(typo.number(value, 0), value, key, "integer", "strong")


def _agreed(said: str, count: float | dt.date) -> str:
    return said.replace("atteintes", "atteinte") if count == 1 else said


def coverage(marts: SessionMarts) -> Inlines:
    """« 60 engagements sur 93 ont pu être évalués (65 %). 8 partenaires sur 9 attendus ont contribué »."""
    session = marts.session.session_code
    commitments = sum(row.commitment_count for row in marts.statuses)
    assessed = sum(row.assessed_count for row in marts.statuses)
    key = Key("fct_action_status", f"{session} / *", "assessed_count")
    all_key = Key("fct_action_status", f"{session} / *", "commitment_count")
    share = f" ({typo.percent(100 * assessed / commitments, 0)})" if commitments else ""
    return (
        Figure(typo.number(assessed, 0), assessed, key, "integer", "strong"),
        Text(" engagements sur "),
        Figure(typo.number(commitments, 0), commitments, all_key, "integer", "strong"),
        words(f" ont pu être évalués{share}. {contributors(marts)}"),
    )


def contributors(marts: SessionMarts) -> str:
    """« 8 partenaires sur 9 attendus ont contribué »; what was rebuilt from a published report is counted apart."""
    expected = [row for row in marts.completeness if row.expected]
    received = sum(1 for row in expected if row.received)
    rebuilt = sum(1 for row in expected if row.reconstituted and not row.received)
    if rebuilt:
        plural = "s" if rebuilt > 1 else ""
        return (
            f"{typo.counted(received, 'contribution')} reçue{'s' if received > 1 else ''}, "
            f"{typo.number(rebuilt, 0)} reconstituée{plural} du rapport publié"
        )
    if not received:
        return f"Aucun des {len(expected)} partenaires attendus n’a contribué"
    verb = "a" if received == 1 else "ont"
    return f"{typo.counted(received, 'partenaire')} sur {len(expected)} attendus {verb} contribué"
