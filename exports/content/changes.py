"""What changed since the previous session: situations, commitments, indicators, and the roadmap itself."""

import datetime as dt

from msgspec import Struct

from exports.content import facts
from exports.content.facts import words
from exports.marts import Change, Commitment, SessionMarts
from exports.model import Block, Column, Figure, Heading, Inlines, Key, Paragraph, Table, Text
from sources.french import typography as typo

TITLE = "Changements depuis la session précédente"


class Family(Struct, frozen=True):
    """Changes listed together, in one table."""

    title: str
    name: str
    subject: str
    kinds: tuple[str, ...]


FAMILIES = (
    Family(
        "Situations",
        "situations",
        "Action",
        ("status_worsened", "status_lost", "status_improved", "status_first_known", "status_changed"),
    ),
    Family(
        "Engagements",
        "engagements",
        "Engagement",
        ("deadline_passed", "forecast_changed", "commitment_achieved", "forecast_announced"),
    ),
    Family("Mesures", "mesures", "Indicateur", ("value_updated", "value_corrected")),
    Family(
        "Feuille de route",
        "feuille-de-route",
        "Action",
        ("action_added", "action_withdrawn", "lead_changed", "target_changed", "deadline_changed", "wording_changed"),
    ),
)

#: kinds whose before and after are dates
DATE_KINDS = frozenset({"deadline_changed", "forecast_changed", "forecast_announced"})
_STATUS_KINDS = frozenset({*FAMILIES[0].kinds, "deadline_passed", "commitment_achieved"})
_MEASURE_KINDS = frozenset({"value_updated", "value_corrected"})
_VALUE_KINDS = _MEASURE_KINDS | {"target_changed"}


def blocks(marts: SessionMarts) -> tuple[Block, ...]:
    """The changes by family; nothing where there is no session to compare with."""
    heading = Heading(1, TITLE, "changements")
    earlier = marts.session.previous_session_code
    if earlier is None:
        return ()
    if not marts.changes:
        return heading, Paragraph((words(f"Aucun changement depuis le {earlier}."),))
    counted = typo.counted(len(marts.changes), "changement")
    written: list[Block] = [heading, Paragraph((words(f"{counted} par rapport au {earlier}."),), "lead")]
    return (*written, *family_blocks(marts, marts.changes))


def family_blocks(
    marts: SessionMarts, found: tuple[Change, ...], *, level: int = 2, prefix: str = "changements"
) -> list[Block]:
    """The changes by family: a heading and a table for each family that has some."""
    written: list[Block] = []
    for family in FAMILIES:
        rows = [change for change in found if change.change_kind in family.kinds]
        if rows:
            written.append(Heading(level, family.title, f"{prefix}-{family.name}"))
            written.append(family_table(marts, family, rows))
    return written


def family_table(marts: SessionMarts, family: Family, rows: list[Change]) -> Table:
    """One row a change, the worst news first."""
    ordered = sorted(rows, key=lambda change: family.kinds.index(change.change_kind))
    return Table(
        name=f"Changements_{family.title.split()[0]}",
        caption=f"{family.title} : changements".replace(" :", f"{typo.NBSP}:"),
        description=f"Une ligne par changement : {family.subject.lower()}, nature du changement, avant, après.",
        columns=(
            Column(family.subject, 7.0),
            Column("Nature", 3.4),
            Column("Avant", 3.3),
            Column("Après", 3.3),
        ),
        rows=tuple((subject(marts, change), (kind(marts, change),), *sides(marts, change)) for change in ordered),
        splittable=True,
    )


def kind(marts: SessionMarts, change: Change) -> Text:
    """What kind of change, in words; a value where none was known is a first one."""
    if change.change_kind == "value_updated" and _is_first(marts, change):
        return words("Première mesure")
    return words(marts.label("change_kind", change.change_kind))


def since_previous(marts: SessionMarts, row: Commitment) -> Inlines:
    """What its measure was at the session before: the value and its period, that it is the same, that it is the first.

    Empty where there is no session before, no measure, or one that is not that of its own indicator.
    """
    earlier = marts.session.previous_session_code
    if not _is_followed(marts, row):
        return ()
    change = _measured(marts, row)
    if change is None:
        return (words(f"inchangé depuis le {earlier}", "muted"),)
    if not _is_of(change, row):
        return ()
    if change.before_value is None:
        said = "première mesure" if _is_first(marts, change) else f"sans mesure connue au {earlier}"
        return (words(said, "muted"),)
    return (words(f"{earlier} : ", "muted"), *sides(marts, change)[0])


def before(marts: SessionMarts, row: Commitment) -> tuple[Inlines, Inlines]:
    """The same for a spreadsheet: the value at the session before, and its period; both empty where there is none."""
    if not _is_followed(marts, row):
        return (), ()
    change = _measured(marts, row)
    if change is None:
        figures = [item for item in facts.actual(row) if isinstance(item, Figure)]
        return tuple(figures[:1]), tuple(figures[1:2])
    if not _is_of(change, row) or change.before_value is None:
        return (), ()
    return side(marts, change, "before"), date(change, "before")


def _is_followed(marts: SessionMarts, row: Commitment) -> bool:
    return marts.session.previous_session_code is not None and row.actual_value is not None and row.relation == "same"


def _measured(marts: SessionMarts, row: Commitment) -> Change | None:
    """The change of a commitment's measure since the session before; None where it is the same."""
    found = (item for item in marts.changes if item.kpi_id == row.kpi_id and item.change_kind in _MEASURE_KINDS)
    return next(found, None)


def _is_of(change: Change, row: Commitment) -> bool:
    """Whether a change leads to the measure that is counted."""
    return (change.after_value, change.after_period_end) == (row.actual_value, row.actual_period_end)


def _is_first(marts: SessionMarts, change: Change) -> bool:
    """Whether nothing at all was measured before, not even in a text received since the session before."""
    return change.before_value is None and len(marts.observations_of(change.kpi_id or "")) < 2


def subject(marts: SessionMarts, change: Change) -> Inlines:
    """What changed: the action, and the commitment or the indicator where it is one."""
    action = marts.action_by_code.get(change.action_code)
    named: Inlines = (facts.action_link(action, with_title=True),) if action else (Text(change.action_code),)
    if change.commitment_id:
        label = next(
            (row.commitment_label for row in marts.commitments if row.commitment_id == change.commitment_id), ""
        )
        link: Inlines = (facts.retold(facts.action_link(action), change.commitment_id),) if action else ()
        return *(link or (Text(change.commitment_id),)), words(f" {label}")
    kpi = marts.kpi_by_id.get(change.kpi_id or "")
    if kpi is not None and action is not None:
        return facts.action_link(action), words(f" {kpi.label}")
    return named


def sides(marts: SessionMarts, change: Change) -> tuple[Inlines, Inlines]:
    """Before and after, each value with the period it is of."""
    before, after = side(marts, change, "before"), side(marts, change, "after")
    return (*before, *_bracketed(change, "before")), (*after, *_bracketed(change, "after"))


def side(marts: SessionMarts, change: Change, which: str) -> Inlines:
    """What was stated `before` or is stated `after`: a value, a date, a status, words."""
    said: str | None = getattr(change, which)
    value: float | None = getattr(change, f"{which}_value")
    key = Key(change.TABLE, _where(change), f"{which}_value")
    if change.change_kind in _VALUE_KINDS and value is not None:
        kpi = marts.kpi_by_id.get(change.kpi_id or "")
        unit = kpi.unit if kpi else None
        return (Figure(typo.quantity(value, unit), value, key, "percent" if unit == "%" else "number"),)
    if change.change_kind in DATE_KINDS:
        return date(change, which) or facts.NOTHING
    if said is None:
        return facts.NOTHING
    if change.change_kind in _STATUS_KINDS:
        return (facts.commitment_status(marts, said) if change.commitment_id else facts.status(marts, said),)
    return (words(said),)


def _bracketed(change: Change, which: str) -> Inlines:
    """The period of a measured value, in brackets."""
    if change.change_kind not in _MEASURE_KINDS or getattr(change, f"{which}_period_end") is None:
        return ()
    return Text(" (", "muted"), *date(change, which), Text(")", "muted")


def date(change: Change, which: str) -> Inlines:
    """A date no more precise than it was stated: an end of year prints as its year; nothing where there is none."""
    day: dt.date | None = getattr(change, f"{which}_period_end")
    if day is None:
        return ()
    precision: str = getattr(change, f"{which}_precision") or "day"
    key = Key(change.TABLE, _where(change), f"{which}_period_end")
    return (Figure(typo.date(day, precision), day, key, precision),)


def _where(change: Change) -> str:
    about = change.commitment_id or change.kpi_id or "*"
    return f"{change.session_code} / {change.action_code} / {change.change_kind} / {about}"
