"""The sheet of decisions: what waits for the DNS, then what it decided, with author, day and reason."""

from exports.content import facts, gaps
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, plain, sheet_link
from exports.marts import Decision, SessionMarts
from exports.model import Column, Figure, Inlines, Key, Sheet, Table, Text, text_of
from sources.french import typography as typo

SUBJECTS = {
    "action": "Action",
    "commitment": "Engagement",
    "measure": "Mesure",
    "comparability": "Comparabilité",
    "denominator": "Dénominateur",
    "fact": "Chiffre d’un document",
    "conflict": "Sources différentes",
}
DECIDED = {
    "validated": "validé",
    "rejected": "rejeté",
    "corrected": "corrigé",
    "keep_a": "première source retenue",
    "keep_b": "seconde source retenue",
    "other_value": "autre valeur retenue",
}
_STATUSES = frozenset({"action", "commitment"})


def sheet(marts: SessionMarts) -> Sheet:
    """Two tables: asked, and taken."""
    return Sheet(
        name="Décisions",
        title="Décisions",
        intro=(
            (words("Une décision vaut pour les sessions suivantes tant que ce sur quoi elle porte ne change pas."),),
            (words("Elle se prend dans le classeur de revue, feuilles « Décisions », « Conflits » et « Faits »."),),
        ),
        tables=(_asked(marts), _taken(marts)),
        printed_columns=5,
    )


def _asked(marts: SessionMarts) -> Table:
    rows: list[tuple[Inlines, ...]] = []

    def ask(kind: str, action_code: str | None, subject: str, question: str) -> None:
        link = sheet_link(action_code, "Actions", action_code) if action_code else EMPTY
        rows.append(((Text(kind),), link, (words(subject),), (words(question),)))

    for row in marts.conflicts:
        if row.is_blocking:
            kpi = marts.kpi_by_id.get(row.kpi_id)
            unit = kpi.unit if kpi else None
            one = f"{typo.quantity(row.value_a, unit, row.qualifier_a)} ({row.source_a})"
            other = f"{typo.quantity(row.value_b, unit, row.qualifier_b)} ({row.source_b})"
            subject = f"{row.kpi_id} {kpi.label if kpi else ''}".strip()
            ask("Contradiction", kpi.action_code if kpi else None, subject, f"Retenir {one} ou {other} ?")
    for item in gaps.waiting(marts):
        known = text_of(facts.context(marts, item))
        subject = f"{item.commitment_id} {item.commitment_label}"
        ask("Comparabilité", item.action_code, subject, f"La valeur répond-elle à la cible ? {known}")
    for status in marts.statuses:
        title = marts.action_by_code[status.action_code].action_title
        if status.is_asked_again:
            said = f"Arbitré au {status.arbitrated_in} ; ce sur quoi l’arbitrage portait a changé : le redire ?"
            ask("Arbitrage à redire", status.action_code, title, said)
        elif status.has_disagreement and not status.arbitrated_status:
            computed, declared = (
                marts.label("status", code) for code in (status.computed_status, status.declared_status)
            )
            ask("Désaccord", status.action_code, title, f"Calculé : {computed} ; déclaré : {declared}. Que retenir ?")
    return Table(
        name="A_decider",
        caption="À décider",
        description="Une ligne par décision attendue de la DNS : nature, action, sujet, question.",
        columns=(Column("Nature", 24), Column("Action", 10), Column("Sujet", 60), Column("Question posée", 70)),
        rows=tuple(rows),
    )


def _taken(marts: SessionMarts) -> Table:
    taken = [row for row in marts.decisions if row.is_last]
    return Table(
        name="Decisions",
        caption="Décisions prises",
        description="Une ligne par décision : nature, action, sujet, décision, valeur, ce qui est écarté, motif, "
        "auteur, date, session.",
        columns=(
            Column("Nature", 24),
            Column("Action", 10),
            Column("Sujet", 60),
            Column("Motif", 70),
            Column("Décision", 26),
            Column("Valeur", 14, "right"),
            Column("Unité", 14),
            Column("Écarté", 30),
            Column("Auteur", 30),
            Column("Date", 12, "right"),
            Column("Session", 10),
        ),
        rows=tuple(_decision(marts, row) for row in reversed(taken)),
    )


def _decision(marts: SessionMarts, row: Decision) -> tuple[Inlines, ...]:
    action_code, kpi_id, subject = _subject(marts, row)
    kpi = marts.kpi_by_id.get(kpi_id or "")
    value: Inlines = EMPTY
    if row.value is not None:
        value = (Figure(typo.number(row.value), row.value, Key(row.TABLE, row.decision_id, "value")),)
    return (
        (Text(SUBJECTS.get(row.subject_kind, row.subject_kind)),),
        sheet_link(action_code, "Actions", action_code) if action_code else EMPTY,
        (words(subject),),
        plain(row.reason),
        _decided(marts, row),
        value,
        plain(kpi.unit if kpi and row.value is not None else None),
        plain(row.overruled),
        plain(row.author_role),
        facts.day(row.decided_on, Key(row.TABLE, row.decision_id, "decided_on")),
        plain(row.session_code),
    )


def _decided(marts: SessionMarts, row: Decision) -> Inlines:
    if row.subject_kind in _STATUSES:
        by = facts.status if row.subject_kind == "action" else facts.commitment_status
        return (by(marts, row.decision),)
    return (Text(DECIDED.get(row.decision) or marts.label("comparability", row.decision).lower()),)


def _subject(marts: SessionMarts, row: Decision) -> tuple[str | None, str | None, str]:
    """The action a decision bears on, its indicator, and its subject in words."""
    first, _, rest = row.subject_key.partition("|")
    if action := marts.action_by_code.get(first):
        return action.action_code, None, action.action_title
    if promise := next((item for item in marts.commitments if item.commitment_id == first), None):
        measured = marts.kpi_by_id.get(rest.partition("|")[0])
        beside = f" ; {measured.label}" if measured else ""
        return promise.action_code, measured.kpi_id if measured else None, f"{first} {promise.commitment_label}{beside}"
    if kpi := marts.kpi_by_id.get(first):
        return kpi.action_code, kpi.kpi_id, f"{first} {kpi.label}"
    return None, None, f"Chiffre lu dans un document publié : {row.overruled or row.subject_key}"
