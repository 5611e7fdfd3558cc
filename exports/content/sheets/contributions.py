"""The sheet of contributions: who sent what on which action, and what is missing."""

from dataclasses import dataclass

from exports.content import facts
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, plain, sheet_link, table, yes
from exports.marts import Contribution, SessionMarts
from exports.model import Inlines, Sheet, Text

ORIGINS = {"submission": "Dépôt", "progress_report": "Rapport publié", "edit": "Texte de la DNS"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What one partner sent on one action, or that its lead sent nothing."""

    action_code: str
    partner_code: str
    sent: Contribution | None


def contributions(marts: SessionMarts) -> Sheet:
    """One row a text received, and one for each lead who sent none."""
    fields: list[Field[Expected]] = [
        Field("Action", 9, lambda row: sheet_link(row.action_code, "Actions", row.action_code)),
        Field("Partenaire", 16, lambda row: (Text(row.partner_code),)),
        Field("Reçue", 14, lambda row: (Text("oui" if _is_submission(row.sent) else "non"),)),
        Field("Origine", 16, lambda row: plain(ORIGINS.get(row.sent.source_kind)) if row.sent else EMPTY),
        Field("Rôle", 14, lambda row: plain(marts.label("role", row.sent.role if row.sent else "lead"))),
        Field("Déclaré", 18, lambda row: _declared(marts, row.sent)),
        Field("Avancement reçu", 80, lambda row: plain(row.sent.progress_text) if row.sent else EMPTY),
        Field("À vérifier", 12, lambda row: yes(row.sent.is_stale_text) if row.sent else EMPTY),
        Field("Source", 30, lambda row: plain(row.sent.source_ref) if row.sent else EMPTY),
        Field("Emplacement", 20, lambda row: plain(row.sent.locator) if row.sent else EMPTY),
    ]
    intro = "Qui a envoyé quoi. Un pilote qui n’a rien envoyé est nommé ; « à vérifier » signale un texte périmé."
    return Sheet(
        name="Contributions",
        title="Contributions",
        intro=((words(intro),),),
        tables=(table("Contributions", "Contributions", "Une ligne par texte reçu ou attendu.", fields, _rows(marts)),),
        printed_columns=9,
        frozen_columns=2,
    )


def _rows(marts: SessionMarts) -> list[Expected]:
    rows: list[Expected] = []
    for action in marts.actions:
        sent = marts.contributions_of(action.action_code)
        if action.lead_partner not in {row.partner_code for row in sent}:
            rows.append(Expected(action.action_code, action.lead_partner, None))
        rows += [Expected(row.action_code, row.partner_code, row) for row in sent]
    return rows


def _is_submission(sent: Contribution | None) -> bool:
    return sent is not None and sent.source_kind == "submission"


def _declared(marts: SessionMarts, sent: Contribution | None) -> Inlines:
    return (facts.status(marts, sent.declared_status),) if sent and sent.declared_status else EMPTY
