"""The sheet of commitments: what was promised, where it is, by when, and where each figure comes from."""

import datetime as dt
from collections.abc import Callable

from exports.content import ahead, changes, facts, grounds, outlook
from exports.content.facts import words
from exports.content.sheets.fields import EMPTY, Field, apart, flat, number, plain, sheet_link, table, yes
from exports.marts import Commitment, SessionMarts
from exports.model import Figure, Inlines, Key, Sheet, Text
from sources.french import typography as typo


def _past(row: Commitment, cut_off: dt.date) -> Inlines:
    """Whether the deadline has passed, kept or not; nothing where there is no deadline."""
    return yes(row.deadline < cut_off) if row.deadline else EMPTY


def _age(row: Commitment, cut_off: dt.date) -> Inlines:
    """Months between the measure and the cut-off; nothing where nothing is measured."""
    end = row.actual_period_end
    if end is None or row.actual_value is None:
        return EMPTY
    key = Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", "age")
    return number(max(0, facts.age(cut_off, end)), key, "integer")


def _before(marts: SessionMarts) -> list[Field[Commitment]]:
    """What the measure was at the session before; no column where there is none."""
    earlier = marts.session.previous_session_code
    if earlier is None:
        return []
    return [
        Field(f"Réalisé au {earlier}", 14, lambda row: apart(changes.before(marts, row)[0]), "right"),
        Field(f"Mesure du {earlier}", 14, lambda row: changes.before(marts, row)[1], "right"),
    ]


def commitments(marts: SessionMarts) -> Sheet:
    """One row a commitment."""
    due = {row.commitment_id for row in ahead.due(marts)}

    def key(row: Commitment, column: str) -> Key:
        return Key(row.TABLE, f"{row.session_code} / {row.commitment_id}", column)

    def value(column: str, form: str | None = None) -> Callable[[Commitment], Inlines]:
        return lambda row: number(getattr(row, column), key(row, column), form or "number")

    def dated(column: str, precision: str | None) -> Callable[[Commitment], Inlines]:
        def cell(row: Commitment) -> Inlines:
            day = getattr(row, column)
            if day is None:
                return EMPTY
            said = (getattr(row, precision) if precision else None) or "day"
            return (Figure(typo.date(day, said), day, key(row, column), said),)

        return cell

    def labelled(domain: str, column: str) -> Callable[[Commitment], Inlines]:
        return lambda row: plain(marts.label(domain, getattr(row, column)))

    def said(column: str) -> Callable[[Commitment], Inlines]:
        def cell(row: Commitment) -> Inlines:
            code = getattr(row, column)
            return (facts.commitment_status(marts, code),) if code else EMPTY

        return cell

    earlier = _before(marts)
    fields: list[Field[Commitment]] = [
        Field("Engagement", 12, lambda row: sheet_link(row.commitment_id, "Actions", row.action_code)),
        Field("Libellé", 44, lambda row: (Text(row.commitment_label),)),
        Field("Situation", 18, lambda row: (facts.commitment_status(marts, row.status),)),
        Field("Fondement", 34, lambda row: plain(grounds.of_commitment(marts, row))),
        Field("Cible", 14, value("target_value"), "right"),
        Field("Réalisé", 14, value("actual_value"), "right"),
        Field("Unité", 14, lambda row: plain(row.unit)),
        *earlier,
        Field("Échéance", 14, dated("deadline", "deadline_precision"), "right"),
        Field("Date reportée", 14, dated("revised_deadline", "revised_precision"), "right"),
        Field("Échéance passée", 11, lambda row: _past(row, marts.session.cut_off)),
        Field("Passée sans être tenue", 11, lambda row: yes(row.is_overdue) if row.deadline else EMPTY),
        Field("Taux", 12, value("progress_rate", "percent"), "right", is_bar=True),
        Field("Taux attendu", 10, value("expected_rate", "percent"), "right"),
        Field("Part de la cible", 10, value("share_of_target", "percent"), "right"),
        Field("Motif", 24, labelled("reason", "reason")),
        Field("Type", 10, labelled("kind", "kind")),
        Field("Action", 9, lambda row: (Text(row.action_code),)),
        Field("Cible, précision", 12, labelled("qualifier", "target_qualifier")),
        Field("Réalisé, précision", 12, labelled("qualifier", "actual_qualifier")),
        Field("Nature", 12, labelled("nature", "actual_nature")),
        Field("Date de la mesure", 14, dated("actual_period_end", "actual_period_precision"), "right"),
        Field("Mesuré jusqu’au", 13, dated("measured_on", None), "right"),
        Field("Âge de la mesure, en mois", 10, lambda row: _age(row, marts.session.cut_off), "right"),
        Field("Rapport à la cible", 20, labelled("comparability", "relation")),
        Field("Taux non borné", 10, value("progress_rate_unclipped", "percent"), "right"),
        Field("Départ", 12, value("baseline_value"), "right"),
        Field("Date de départ", 13, dated("baseline_on", None), "right"),
        Field("Source du départ", 34, lambda row: plain(row.baseline_source)),
        Field("Au moins attendu", 10, value("least_expected_rate", "percent"), "right"),
        Field("Atteint le", 14, dated("achieved_on", "achieved_precision"), "right"),
        Field("Repassé sous la cible", 11, lambda row: yes(row.fell_back)),
        Field("Reportée à la session", 12, lambda row: plain(row.revised_in_session)),
        Field("Reconduit du", 12, lambda row: plain(row.carried_from)),
        Field("Dernière nouvelle", 12, lambda row: plain(row.last_news_in)),
        Field("Avant la prochaine session", 12, lambda row: yes(row.commitment_id in due)),
        Field("Pour tenir la cible", 60, lambda row: plain(outlook.pace(row))),
        Field("Où mènent les mesures", 60, lambda row: plain(outlook.projection(row))),
        Field("Déclaré", 18, said("declared_status")),
        Field("Lu", 18, said("read_status")),
        Field("Arbitré", 18, said("arbitrated_status")),
        Field(
            "Lecture, arbitrage et remarques",
            70,
            lambda row: plain(typo.spaced(" ; ".join(grounds.remarks(marts, row)))),
        ),
        Field("Date prévue", 14, dated("forecast_on", "forecast_precision"), "right"),
        Field("Date réelle", 14, dated("actual_on", "actual_on_precision"), "right"),
        Field("Preuve", 70, lambda row: plain(row.evidence)),
        Field("Contexte, sans taux", 60, lambda row: flat(facts.context(marts, row))),
        Field("Source", 34, lambda row: plain(row.actual_source_ref)),
        Field("Emplacement", 18, lambda row: plain(row.actual_locator)),
        Field("Indicateur", 14, lambda row: sheet_link(row.kpi_id, "Indicateurs", row.kpi_id) if row.kpi_id else EMPTY),
    ]
    anchors: dict[str, int] = {}
    for rank, row in enumerate(marts.commitments):
        anchors.setdefault(row.action_code, rank)
    return Sheet(
        name="Engagements",
        title="Engagements",
        intro=(
            (words("Une ligne par engagement. Un taux absent porte son motif ; il ne vaut jamais zéro."),),
            (words("Le taux attendu est lu le jour de la mesure. Une date reportée ne déplace pas l’échéance."),),
            (words("Les échéances gardent la précision de leur source : une échéance écrite « 2026 » vaut fin 2026."),),
        ),
        tables=(table("Engagements", "Engagements", "Une ligne par engagement.", fields, marts.commitments),),
        anchors=anchors,
        printed_columns=14 + len(earlier),
    )
