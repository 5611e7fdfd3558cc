"""The sheet of deviations: everything a person still has to settle, one row each, whatever its kind."""

from collections.abc import Callable

from exports.content import facts, gaps, grounds, territories
from exports.content.facts import words
from exports.marts import Commitment, SessionMarts
from exports.model import Column, Inlines, Link, Sheet, Table, Text, text_of
from sources.french import typography as typo

CONFLICT = "Sources différentes"
DISAGREEMENT = "Déclaré et calculé en désaccord"
STALE = "Texte périmé"
INCOMPARABLE = "Valeur non comparable"
WAITING = "Valeur qui attend une décision"
WITHOUT_START = "Mesure sans verdict"
ASKED_AGAIN = "Arbitrage à redire"
OVERDUE = "Échéance passée, à confirmer"
UNPROVEN = "Déclaré atteint, sans date ni preuve"
REJECTED = "Ligne rejetée"
TERRITORIES = "Territoires et national"
#: what is to be done about two sources that differ, by verdict
_CONFLICT_MENDS = {
    "compatible": "Rien : l’écart s’explique.",
    "contradictory": "Arbitrer avant de publier.",
    "corrected": "Rien : la valeur du pilote est retenue. Publier une nouvelle version si l’ancienne est déjà publiée.",
}


def sheet(marts: SessionMarts) -> Sheet:
    """All deviations, to filter by kind."""
    rows = [
        *_conflicts(marts),
        *_disagreements(marts),
        *_asked_again(marts),
        *_stale(marts),
        *_commitments(marts),
        *_territories(marts),
        *_rejected(marts),
    ]
    columns = (
        Column("Nature", 28),
        Column("Action", 10),
        Column("Sujet", 50),
        Column("Constat", 70),
        Column("À faire", 50),
        Column("Partenaire", 16),
    )
    table = Table(
        name="Ecarts",
        caption="Écarts",
        description="Une ligne par écart : nature, action, sujet, constat, suite à donner, partenaire.",
        columns=columns,
        rows=tuple(rows),
    )
    intro = (
        "Ce qui reste à lever avant de publier : contradictions, désaccords, textes périmés, "
        "valeurs non comparables ou en attente d’une décision, engagements sans preuve, territoires qui ne font pas "
        "la valeur nationale, lignes rejetées."
    )
    return Sheet(name="Écarts", title="Écarts", intro=((words(intro),),), tables=(table,))


def _action(code: str | None) -> Inlines:
    return (Link(code, f"#Actions:{code}"),) if code else ()


def _conflicts(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    rows: list[tuple[Inlines, ...]] = []
    for row in marts.conflicts:
        kpi = marts.kpi_by_id.get(row.kpi_id)
        unit = kpi.unit if kpi else None
        one = f"{typo.quantity(row.value_a, unit, row.qualifier_a)} ({row.source_a})"
        other = f"{typo.quantity(row.value_b, unit, row.qualifier_b)} ({row.source_b})"
        found = f"{typo.date(row.period_end)} : {one}, {other}. {gaps.verdict(marts, row)}."
        todo = row.resolution or _CONFLICT_MENDS[row.verdict]
        subject = f"{row.kpi_id} {kpi.label if kpi else ''}".strip()
        owner = (kpi.owner_partner if kpi else None) or ""
        rows.append(_row(CONFLICT, kpi.action_code if kpi else None, subject, found, todo=todo, partner=owner))
    return rows


def _disagreements(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    rows = []
    for row in marts.statuses:
        if row.has_disagreement:
            action = marts.action_by_code[row.action_code]
            found = (
                f"Calculé : {marts.label('status', row.computed_status)} ; "
                f"déclaré : {marts.label('status', row.declared_status)} ; "
                f"retenu : {marts.label('status', row.final_status)}."
            )
            todo = "Rien : arbitré." if row.arbitrated_status else "Rapprocher les deux avec le pilote, ou arbitrer."
            rows.append(
                _row(DISAGREEMENT, row.action_code, action.action_title, found, todo=todo, partner=action.lead_partner)
            )
    return rows


def _asked_again(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    """Decisions that no longer hold: what they were taken upon has changed."""
    return [
        _row(
            ASKED_AGAIN,
            row.action_code,
            marts.action_by_code[row.action_code].action_title,
            f"Arbitré au {row.arbitrated_in} ; ce sur quoi l’arbitrage portait a changé depuis.",
            todo="Arbitrer de nouveau, ou laisser la situation calculée.",
            partner=marts.action_by_code[row.action_code].lead_partner,
        )
        for row in marts.statuses
        if row.is_asked_again
    ]


def _stale(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    return [
        _row(
            STALE,
            row.action_code,
            marts.action_by_code[row.action_code].action_title,
            row.progress_text or "",
            todo="Demander un texte à jour.",
            partner=row.partner_code,
        )
        for row in marts.contributions
        if row.is_stale_text
    ]


def _commitments(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    """What is asked of the leads: a comparable measure, an answer, a proof."""

    def context(row: Commitment) -> str:
        return text_of(facts.context(marts, row))

    def measure(row: Commitment) -> str:
        said = f"{text_of(facts.actual(row))}, {text_of(facts.rate(row))}. {grounds.reason(marts, row.reason)}"
        return typo.sentence(said)

    def due(row: Commitment) -> str:
        return f"Échéance : {text_of(facts.deadline(row))}."

    asked: tuple[tuple[str, list[Commitment], Callable[[Commitment], str], str], ...] = (
        (INCOMPARABLE, gaps.incomparable(marts), context, "Demander au pilote la mesure que la cible annonce."),
        (WAITING, gaps.waiting(marts), context, "Décider si la valeur répond à la cible (revue, feuille Décisions)."),
        (
            WITHOUT_START,
            gaps.without_verdict(marts),
            measure,
            "Donner un point de départ sourcé, ou une mesure récente.",
        ),
        (OVERDUE, gaps.unanswered(marts), due, "Demander au pilote si c’est fait, et la preuve."),
        (UNPROVEN, gaps.unproven(marts), due, "Demander au pilote la date ou la preuve."),
    )
    return [
        _row(
            nature,
            row.action_code,
            f"{row.commitment_id} {row.commitment_label}",
            found(row),
            todo=todo,
            partner=marts.action_by_code[row.action_code].lead_partner,
        )
        for nature, rows, found, todo in asked
        for row in rows
    ]


def _territories(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    """What territories make together beside the national figure."""
    rows = []
    for row in territories.gaps(marts):
        kpi = marts.kpi_by_id[row.kpi_id]
        found, todo = territories.compared(marts, row), territories.to_do(marts, row)
        subject = f"{kpi.kpi_id} {kpi.label}"
        rows.append(_row(TERRITORIES, kpi.action_code, subject, found, todo=todo, partner=kpi.owner_partner or ""))
    return rows


def _rejected(marts: SessionMarts) -> list[tuple[Inlines, ...]]:
    return [
        _row(
            REJECTED,
            None,
            f"{row.source_ref or ''} {row.sheet or ''} {row.cell or ''}".strip(),
            f"{row.message or row.rule} Reçu : {row.received or ''}".strip(),
            todo=row.fix or "",
            partner=row.partner_code or "",
        )
        for row in marts.rejected_rows
    ]


def _row(
    nature: str, action_code: str | None, subject: str, found: str, *, todo: str, partner: str
) -> tuple[Inlines, ...]:
    return (words(nature),), _action(action_code), (words(subject),), (words(found),), (words(todo),), (Text(partner),)
