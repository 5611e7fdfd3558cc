"""The sheet of actions: one row each, their situation in its layers, what it is taken from, their lead's words."""

from collections.abc import Callable

from exports.content import facts, grounds, texts
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, number, plain, sheet_link, table, yes
from exports.marts import Action, SessionMarts
from exports.model import Inlines, Key, Sheet, Text
from sources.french import typography as typo

#: widths of the lead's texts that are longer than the others
TEXT_WIDTHS = {"progress_text": 70, "next_steps": 60, "risks": 60}


def _lead_text(marts: SessionMarts, column: str) -> Callable[[Action], Inlines]:
    """The lead's text on an action."""

    def cell(action: Action) -> Inlines:
        for row in marts.contributions_of(action.action_code):
            if row.partner_code == action.lead_partner and getattr(row, column):
                return plain(getattr(row, column))
        return EMPTY

    return cell


def _note(marts: SessionMarts) -> Callable[[Action], Inlines]:
    """The DNS's own note on an action."""

    def cell(action: Action) -> Inlines:
        note = texts.note_of(marts, action.action_code)
        return plain(note.text) if note else EMPTY

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

    def ground(action: Action) -> Inlines:
        return plain(grounds.of_action(marts, marts.status_by_action[action.action_code]))

    def decided(action: Action) -> Inlines:
        row = marts.status_by_action[action.action_code]
        if not row.arbitrated_status:
            return EMPTY
        parts = (row.arbitrated_by, typo.date(row.arbitrated_on) if row.arbitrated_on else "", row.arbitration_reason)
        return plain(", ".join(part for part in parts if part))

    def leans(action: Action) -> Inlines:
        said = (f"{row.depends_on_code} ({row.dependency_label})" for row in marts.dependencies_of(action.action_code))
        return plain(typo.spaced(" ; ".join(said)))

    def moved(action: Action) -> Inlines:
        return (Text(facts.movement_since(marts, marts.status_by_action[action.action_code]) or "—"),)

    fields: list[Field[Action]] = [
        Field("Action", 9, lambda row: sheet_link(row.action_code, "Engagements", row.action_code)),
        Field("Intitulé", 38, lambda row: (Text(row.action_title),)),
        Field("Situation", 18, _layer(marts, "final_status")),
        Field("Fondement", 30, ground),
        Field("Évolution", 20, moved),
        Field("Pilote", 13, lambda row: (Text(row.lead_partner),)),
        *(Field(header, TEXT_WIDTHS.get(column, 40), _lead_text(marts, column)) for column, header in texts.FIELDS),
        Field(texts.NOTE_LABEL, 40, _note(marts)),
        Field("Calculé", 18, _layer(marts, "computed_status")),
        Field("Déclaré", 18, _layer(marts, "declared_status")),
        Field("Lu", 18, _layer(marts, "read_status")),
        Field("Arbitré", 18, _layer(marts, "arbitrated_status")),
        Field("Arbitrage", 40, decided),
        Field("Dépend de", 50, leans),
        Field("Désaccord", 12, lambda row: yes(marts.status_by_action[row.action_code].has_disagreement)),
        Field("Couverture", 12, _coverage(marts), "right"),
        Field("Engagements", 13, _of_status(marts, "commitment_count"), "right"),
        Field("Engagements évalués", 13, _of_status(marts, "assessed_count"), "right"),
        Field("Axe", 30, lambda row: (words(f"{row.axis_number}. {row.axis_label}"),)),
        Field("Priorité", 40, lambda row: (words(f"{row.priority_number}. {row.priority_title}"),)),
        Field("Partenaires", 26, lambda row: (Text(", ".join(row.partners)),)),
        Field("Objectif", 60, lambda row: plain(texts.objective_text(marts, row))),
    ]
    return Sheet(
        name="Actions",
        title="Actions",
        intro=((words("Une ligne par action. Le code mène aux engagements de l’action."),),),
        tables=(table("Actions", "Actions", "Une ligne par action de la feuille de route.", fields, marts.actions),),
        anchors={row.action_code: rank for rank, row in enumerate(marts.actions)},
        printed_columns=7,
        frozen_columns=2,
    )
