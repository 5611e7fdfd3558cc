"""The sheet of what lies ahead: every promise not kept yet, by its next date, then those without a deadline."""

from exports.content import ahead as coming
from exports.content import facts, grounds, outlook, upcoming
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, apart, number, plain, sheet_link, table, yes
from exports.marts import Commitment, SessionMarts
from exports.model import Inlines, Key, Sheet, Text
from sources.french import typography as typo


def ahead(marts: SessionMarts) -> Sheet:
    """One row a commitment to come; a deadline that passed is in « Écarts » unless a later date was given."""
    dates = {row.commitment_id: when for row, when in upcoming.listed(marts)}
    due = {row.commitment_id for row in coming.due(marts)}

    def date(row: Commitment) -> Inlines:
        when = dates[row.commitment_id]
        return (when.figure(row),) if when else EMPTY

    def nature(row: Commitment) -> Inlines:
        when = dates[row.commitment_id]
        if when is None:
            return (Text("sans échéance"),)
        return (Text("échéance" if when.column == "deadline" else f"date reportée ({row.revised_in_session})"),)

    def rate(row: Commitment) -> Inlines:
        key = Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", "progress_rate")
        return number(row.progress_rate, key, "percent")

    def leaned(row: Commitment) -> Inlines:
        return plain(
            ", ".join(item.action_code for item in marts.dependencies if item.depends_on_code == row.action_code)
        )

    rows = [row for row, _ in upcoming.listed(marts)]
    fields: list[Field[Commitment]] = [
        Field("Date", 14, date, "right"),
        Field("Nature de la date", 22, nature),
        Field("Engagement", 12, lambda row: sheet_link(row.commitment_id, "Engagements", row.action_code)),
        Field("Libellé", 46, lambda row: (Text(row.commitment_label),)),
        Field("Pilote", 14, lambda row: (Text(marts.action_by_code[row.action_code].lead_partner),)),
        Field("Situation", 18, lambda row: (facts.commitment_status(marts, row.status),)),
        Field("Fondement", 34, lambda row: plain(grounds.of_commitment(marts, row))),
        Field("Avant la prochaine session", 12, lambda row: yes(row.commitment_id in due)),
        Field("Cible", 14, lambda row: apart(facts.target(row)), "right"),
        Field("Réalisé", 14, lambda row: apart(facts.actual(row))[:1] if row.kind == "target" else EMPTY, "right"),
        Field("Unité", 14, lambda row: plain(row.unit if row.kind == "target" else None)),
        Field("Taux", 12, rate, "right", is_bar=True),
        Field("Pour tenir la cible", 60, lambda row: plain(outlook.pace(row))),
        Field("Où mènent les mesures", 60, lambda row: plain(outlook.projection(row))),
        Field("Actions qui en dépendent", 18, leaned),
    ]
    later = next((item for item in marts.sessions if item.previous_session_code == marts.session.session_code), None)
    until = (
        f" La prochaine session, {later.session_code}, se tient le {typo.date(later.held_on)}."
        if later
        else f" {coming.horizon(marts)}"
    )
    said = f"Ce qui reste à tenir, de la date la plus proche à la plus lointaine.{until}"
    return Sheet(
        name="À venir",
        title="À venir",
        intro=((words(said),),),
        tables=(table("A_venir", "À venir", "Une ligne par engagement à venir, par date.", fields, rows),),
        printed_columns=12,
        frozen_columns=4,
    )
