"""The sheets of contributions: the board of partners, and the texts received on each action."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from exports.content import facts
from exports.content.facts import words
from exports.content.release import Exchange
from exports.content.sheets.fields import EMPTY, Field, plain, sheet_link, table, yes
from exports.marts import Completeness, Contribution, PartnerItem, SessionMarts
from exports.model import Inlines, Key, Sheet, Text
from sources.french import typography as typo

KINDS = {"action": "action", "milestone": "jalon", "kpi": "indicateur"}
RECONSTITUTED = "Reconstitué du rapport publié"
ORIGINS = {"submission": "Dépôt", "progress_report": "Rapport publié", "edit": "Texte de la DNS"}


class Expected(Struct, frozen=True):
    """What one partner sent on one action, or that its lead sent nothing."""

    action_code: str
    partner_code: str
    sent: Contribution | None


def contributions(marts: SessionMarts, exchanges: Sequence[Exchange] = ()) -> Sheet:
    """The board: one row a partner of whom something is expected or from whom something came."""
    fields = [
        *board_fields(),
        *_exchanged(marts.session.session_code, {row.partner_code: row for row in exchanges}),
        Field("Ce qui manque", 70, lambda row: plain(_codes(marts, row, _is_missing))),
        Field("Ce qui est à corriger", 40, lambda row: plain(_codes(marts, row, lambda item: item.is_to_correct))),
    ]
    due = marts.session.contributions_due_on
    intro = (
        "Attendu : actions pilotées, jalons non encore atteints et indicateurs suivis. Reçu : une réponse est venue, "
        "bonne ou à corriger ; NC et NA sont des réponses. Validé : accepté, sans rien à corriger. Reconstitué : tiré "
        "d’un rapport publié, personne ne l’a envoyé. Manquant : ni reçu ni reconstitué."
    )
    on_time = f"À l’heure : premier dépôt utilisable au plus tard le {typo.date(due)}." if due else ""
    return Sheet(
        name="Contributions",
        title="Contributions des partenaires",
        intro=tuple((words(line),) for line in (intro, on_time) if line),
        tables=(
            table("Contributions", "Suivi des partenaires", "Une ligne par partenaire attendu.", fields, board(marts)),
        ),
        frozen_columns=1,
    )


def board(marts: SessionMarts) -> list[Completeness]:
    """The partners of whom something is expected or from whom something came."""
    return [row for row in marts.completeness if row.items_expected or row.submission_count or row.reconstituted_count]


def board_fields() -> list[Field[Completeness]]:
    """What is counted of a partner, wherever the workbook counts it: one meaning and one number each."""

    def counted(column: str) -> Callable[[Completeness], Inlines]:
        return lambda row: facts.count(
            getattr(row, column) or 0, Key(row.TABLE, f"{row.session_code} / {row.partner_code}", column)
        )

    def last(row: Completeness) -> Inlines:
        key = Key(row.TABLE, f"{row.session_code} / {row.partner_code}", "last_received_at")
        return facts.day(typo.day_in_paris(row.last_received_at), key) if row.last_received_at else EMPTY

    return [
        Field("Partenaire", 20, lambda row: (Text(row.partner_code),)),
        Field("Attendu", 11, counted("items_expected"), "right"),
        Field("Reçu", 11, counted("items_received"), "right"),
        Field("Reconstitué", 12, counted("items_reconstituted"), "right"),
        Field("À corriger", 11, counted("items_to_correct"), "right"),
        Field("Validé", 11, counted("items_validated"), "right"),
        Field("Manquant", 11, counted("items_missing"), "right"),
        Field("Dernier dépôt", 14, last, "right"),
        Field("À l’heure", 11, lambda row: yes(row.is_on_time) or (Text("—"),)),
    ]


def _exchanged(session_code: str, exchanges: Mapping[str, Exchange]) -> Iterator[Field[Completeness]]:
    """The columns of what was mailed and by which way files came; none where nothing passed."""
    if not exchanges:
        return

    def key(row: Completeness, column: str) -> Key:
        return Key("exchange", f"{session_code} / {row.partner_code}", column)

    def invited(row: Completeness) -> Inlines:
        found = exchanges.get(row.partner_code)
        return facts.day(found.invited_on, key(row, "invited_on")) if found and found.invited_on else EMPTY

    def counted(column: str) -> Callable[[Completeness], Inlines]:
        return lambda row: facts.count(getattr(exchanges.get(row.partner_code), column, 0), key(row, column))

    def channels(row: Completeness) -> Inlines:
        return plain(exchanges[row.partner_code].channels) if row.partner_code in exchanges else EMPTY

    yield Field("Canal", 22, channels)
    yield Field("Invité le", 14, invited, "right")
    for title, column in (("Rappels", "reminders"), ("Réponses", "answers"), ("Retours", "bounces")):
        yield Field(title, 11, counted(column), "right")


def _is_missing(item: PartnerItem) -> bool:
    return not item.is_received and not item.is_reconstituted


def _codes(marts: SessionMarts, row: Completeness, wanted: Callable[[PartnerItem], bool]) -> str:
    """« 2 actions : 8-4, 8-5 ; 1 jalon : 8-4.1 », blank when there is none."""
    parts = []
    for kind, noun in KINDS.items():
        codes = [i.item_code for i in marts.items_of(row.partner_code) if i.item_kind == kind and wanted(i)]
        if codes:
            parts.append(f"{typo.counted(len(codes), noun)} : {', '.join(codes)}")
    return typo.spaced(" ; ".join(parts))


def received_texts(marts: SessionMarts) -> Sheet:
    """One row a text received, and one for each lead who sent none."""
    fields: list[Field[Expected]] = [
        Field("Action", 9, lambda row: sheet_link(row.action_code, "Actions", row.action_code)),
        Field("Partenaire", 16, lambda row: (Text(row.partner_code),)),
        Field("Reçue", 14, lambda row: (Text("oui" if _is_submission(row.sent) else "non"),)),
        Field("Origine", 22, lambda row: plain(_origin(row.sent)) if row.sent else EMPTY),
        Field("Rôle", 14, lambda row: plain(marts.label("role", row.sent.role if row.sent else "lead"))),
        Field("Déclaré", 18, lambda row: _declared(marts, row.sent)),
        Field("Avancement reçu", 80, lambda row: plain(row.sent.progress_text) if row.sent else EMPTY),
        Field("À vérifier", 12, lambda row: yes(row.sent.is_stale_text) if row.sent else EMPTY),
        Field("Source", 30, lambda row: plain(row.sent.source_ref) if row.sent else EMPTY),
        Field("Emplacement", 20, lambda row: plain(row.sent.locator) if row.sent else EMPTY),
    ]
    intro = (
        "Ce qui est dit de chaque action. Un pilote qui n’a rien envoyé est nommé ; « à vérifier » dit un texte périmé."
    )
    return Sheet(
        name="Textes reçus",
        title="Textes reçus",
        intro=((words(intro),),),
        tables=(table("Textes", "Textes reçus", "Une ligne par texte reçu ou attendu.", fields, _rows(marts)),),
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
    return sent is not None and sent.source_kind == "submission" and not sent.is_reconstituted


def _origin(sent: Contribution) -> str | None:
    """Where the words come from: a workbook rebuilt from a report is none of its partner's."""
    if sent.is_reconstituted and sent.source_kind == "submission":
        return RECONSTITUTED
    return ORIGINS.get(sent.source_kind)


def _declared(marts: SessionMarts, sent: Contribution | None) -> Inlines:
    return (facts.status(marts, sent.declared_status),) if sent and sent.declared_status else EMPTY
