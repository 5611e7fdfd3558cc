"""What waits for a person in a session, from the readers' copy of the marts, as the review shows it.

A session sees the documents and sources known at its cut-off, no later ones. A source that disagrees with several
others is shown once, against the one that counts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.services.warehouse.database import open_marts
from sources.french.typography import figure, short_date
from sources.reference.roadmap import Comparability, Reference
from sources.review import Candidates, CommitmentCase, Conflict, Fact, Subject, Vocabulary

FACTS = """
    select
        fact_key, coalesce(action_code, ''), coalesce(kpi_id, ''), coalesce(kpi_label, ''), value, unit, qualifier,
        period_end, period_precision, coalesce(quote_prefix, ''), quote, coalesce(quote_suffix, ''), source_ref,
        locator,
        coalesce(link_confidence, 0), state, coalesce(waits_for, '')
    from marts.mart_fact_candidate
    where source_as_of is null or source_as_of <= ?
    qualify row_number() over (partition by fact_key order by source_as_of, source_ref) = 1
    order by
        case state when 'waiting' then 1 when 'accepted' then 2 else 3 end, source_ref,
        try_cast(regexp_extract(locator, 'l[.] ([0-9]+)', 1) as integer),
        kpi_id, fact_key
"""
CONFLICTS = """
    with quotes as (
        select kpi_id, period_end, source_ref, value, max(quote) as quote
        from marts.fct_kpi_observation
        where territory_code = 'FR'
        group by all
    )
    select
        kpi.action_code, kpi.kpi_id, kpi.label, kpi.unit, conflict.period_end,
        conflict.source_a, conflict.value_a, conflict.qualifier_a,
        conflict.source_b, conflict.value_b, conflict.qualifier_b, conflict.verdict,
        coalesce(quote_a.quote, ''), coalesce(conflict.locator_a, ''),
        coalesce(quote_b.quote, ''), coalesce(conflict.locator_b, ''),
        row_number() over (
            partition by conflict.kpi_id, conflict.period_end order by conflict.source_a, conflict.source_b
        )
    from marts.mart_source_conflict conflict join marts.dim_kpi kpi using (kpi_id)
    left join marts.dim_source source on source.source_ref = conflict.source_a
    left join quotes quote_a
        on (quote_a.kpi_id, quote_a.period_end, quote_a.source_ref, quote_a.value)
            = (conflict.kpi_id, conflict.period_end, conflict.source_a, conflict.value_a)
    left join quotes quote_b
        on (quote_b.kpi_id, quote_b.period_end, quote_b.source_ref, quote_b.value)
            = (conflict.kpi_id, conflict.period_end, conflict.source_b, conflict.value_b)
    where conflict.known_on <= ? and not conflict.is_settled and conflict.territory_code = 'FR'
    qualify row_number() over (
        partition by conflict.kpi_id, conflict.period_end, conflict.source_b
        order by source.source_type = 'lead_submission' desc, source.source_type = 'partner_submission' desc, source_a
    ) = 1
    order by
        conflict.verdict <> 'contradictory', kpi.kpi_id, conflict.period_end, conflict.source_a, conflict.source_b
"""
ACTIONS = """
    select
        action_code, action.action_title, status.final_status, status.computed_status, status.declared_status,
        status.has_disagreement, status.is_asked_again, status.review_mark
    from marts.fct_action_status status join marts.dim_action action using (action_code)
    where status.session_code = ?
    order by action.priority_number, action.action_rank
"""
COMMITMENTS = """
    select
        commitment_id, action_code, commitment_label, deadline, deadline_precision, status, basis, reason, review_mark,
        arbitrated_in is not null and arbitrated_status is null as is_asked_again
    from marts.fct_commitment_progress
    where session_code = ?
    order by
        split_part(action_code, '-', 1)::integer, split_part(action_code, '-', 2)::integer,
        split_part(commitment_id, '.', 2)::integer
"""
# the figures that count today for the country, of what the session can see
MEASURES = """
    select
        kpi.action_code, observation.kpi_id, kpi.label, kpi.unit, observation.value, observation.qualifier,
        observation.period_end, observation.period_precision, observation.source_ref, observation.fits_measure_kind
    from marts.fct_kpi_observation observation join marts.dim_kpi kpi using (kpi_id)
    where observation.is_current and observation.territory_code = 'FR' and observation.source_as_of <= ?
    order by
        split_part(observation.kpi_id, '-', 2)::integer, split_part(observation.kpi_id, '-', 3)::integer,
        split_part(observation.kpi_id, '-', 4)::integer, observation.period_end desc
"""
DECIDED = """
    select subject_kind, subject_key, decision, value, author_role, decided_on, reason
    from marts.fct_decision
    where is_last
"""
READ = """
    select commitment_id, status, document, place
    from marts.fct_reading
    where session_code = ? and is_last and status <> 'withdrawn'
"""

ASKED_AGAIN = "Redemandé\u00a0: ce sur quoi portait la décision a changé"
OTHER_PERIOD = "Période qui n’est pas celle de l’indicateur"

Rows = list[tuple[Any, ...]]


def candidates_of(marts: Path, reference: Reference, session_code: str) -> Candidates:
    """What a person may settle in a session. duckdb.Error when nothing was built yet."""
    session = reference.sessions[session_code]
    with open_marts(marts) as connection:

        def rows(query: str, *parameters: Any) -> Rows:
            found: Rows = connection.execute(query, list(parameters)).fetchall()
            return found

        units = {code: kpi.unit for code, kpi in reference.kpis.items()}
        vocabulary = Vocabulary(_labels(reference, "status"), _labels(reference, "comparability"), units)
        decided = _Decided(rows(DECIDED), vocabulary)
        commitments = rows(COMMITMENTS, session_code)
        return Candidates(
            session_code=session_code,
            held_on=session.held_on,
            vocabulary=vocabulary,
            facts=tuple(Fact(*row) for row in rows(FACTS, session.cut_off)),
            conflicts=tuple(Conflict(*row) for row in rows(CONFLICTS, session.cut_off)),
            commitments=tuple(_cases(commitments, rows(READ, session_code), reference)),
            subjects=(
                *_links(reference, decided),
                *_actions(rows(ACTIONS, session_code), vocabulary, decided),
                *_commitments(commitments, reference, decided),
                *_measures(rows(MEASURES, session.cut_off), decided),
            ),
        )


class _Decided:
    """The last decision on each subject, as the review shows it."""

    def __init__(self, rows: Rows, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.by_subject = {(row[0], row[1]): row[2:] for row in rows}

    def decision_of(self, subject_kind: str, subject_key: str) -> str:
        """« En retard (DNS, 17/12/2024) : motif », or nothing."""
        if (subject_kind, subject_key) not in self.by_subject:
            return ""
        code, value, role, day, reason = self.by_subject[subject_kind, subject_key]
        label = self.vocabulary.choices(subject_kind).get(code, code)
        given = label if value is None else f"{label}, {figure(value)}"
        return f"{given} ({role}, {short_date(day)})\u00a0: {reason}"


def _labels(reference: Reference, domain: str) -> dict[str, str]:
    """The French labels of a domain, in its order."""
    items = [item for item in reference.labels.values() if item.domain == domain]
    return {item.code: item.label for item in sorted(items, key=lambda item: item.sort_order)}


def _status_of_commitment(reference: Reference, code: str) -> str:
    found = reference.labels.get(("commitment_status", code)) or reference.labels["status", code]
    return found.label


def _cases(commitments: Rows, read: Rows, reference: Reference) -> Iterator[CommitmentCase]:
    """Every commitment, with its state and its reading: those without either come first."""
    already = {code: (status, document, place) for code, status, document, place in read}
    rows = sorted(commitments, key=lambda row: row[5] not in {"unconfirmed", "not_reported"})
    for commitment_id, _, label, deadline, precision, status, basis, reason, *_ in rows:
        reading = already.get(commitment_id)
        ground = reference.labels.get(("basis", basis)) or reference.labels.get(("reason", reason))
        yield CommitmentCase(
            commitment_id,
            label,
            deadline,
            precision,
            _status_of_commitment(reference, status),
            ground.label if ground else "",
            f"{reference.labels['status', reading[0]].label}\u00a0: {reading[1]}, {reading[2]}" if reading else "",
        )


def _links(reference: Reference, decided: _Decided) -> Iterator[Subject]:
    """The links between a measure and a target that are for the DNS to decide, then the denominators."""
    links = list(reference.comparability.values())
    for link in links:
        key = f"{link.commitment_id}|{link.context_kpi_id}"
        decision = decided.decision_of("comparability", key)
        if link.decided_by != "text" or decision:
            yield Subject(
                "comparability",
                key,
                reference.commitments[link.commitment_id].action_code,
                _link_label(link, reference),
                "en attente" if link.decided_by is None else reference.labels["comparability", link.relation].label,
                link.explanation,
                decision,
                link.relation,
            )
    for link in links:
        if link.relation == "ratio":
            key = f"{link.commitment_id}|{link.context_kpi_id}"
            yield Subject(
                "denominator",
                key,
                reference.commitments[link.commitment_id].action_code,
                _link_label(link, reference),
                "sans dénominateur" if link.denominator_value is None else figure(link.denominator_value),
                link.denominator_source or link.explanation,
                decided.decision_of("denominator", key),
                "" if link.denominator_value is None else figure(link.denominator_value),
            )


def _link_label(link: Comparability, reference: Reference) -> str:
    commitment, kpi = reference.commitments[link.commitment_id], reference.kpis[link.context_kpi_id]
    return f"{commitment.commitment_label}\nmesuré par\u00a0: {kpi.kpi_label} ({kpi.kpi_id})"


def _actions(rows: Rows, vocabulary: Vocabulary, decided: _Decided) -> Iterator[Subject]:
    for code, title, final, computed, declared, disagrees, is_asked_again, mark in rows:
        declared_label, computed_label = (vocabulary.statuses.get(status, "") for status in (declared, computed))
        remarks = [ASKED_AGAIN] if is_asked_again else []
        remarks += (
            [f"Déclaré «\u00a0{declared_label}\u00a0», calculé «\u00a0{computed_label}\u00a0»"] if disagrees else []
        )
        yield Subject(
            "action",
            code,
            code,
            title,
            vocabulary.statuses.get(final, ""),
            "\n".join(remarks),
            decided.decision_of("action", code),
            mark,
        )


def _commitments(rows: Rows, reference: Reference, decided: _Decided) -> Iterator[Subject]:
    for commitment_id, action_code, label, deadline, precision, status, _, _, mark, is_asked_again in rows:
        due = f"Échéance\u00a0: {short_date(deadline, precision)}" if deadline else "Sans échéance"
        yield Subject(
            "commitment",
            commitment_id,
            action_code,
            label,
            _status_of_commitment(reference, status),
            f"{ASKED_AGAIN}\n{due}" if is_asked_again else due,
            decided.decision_of("commitment", commitment_id),
            mark,
        )


def _measures(rows: Rows, decided: _Decided) -> Iterator[Subject]:
    for action_code, kpi_id, label, unit, value, qualifier, period_end, precision, source_ref, fits in rows:
        key = f"{kpi_id}|FR|{period_end:%Y-%m-%d}"
        yield Subject(
            "measure",
            key,
            action_code,
            f"{kpi_id}\n{label}",
            f"{figure(value, unit, qualifier)}\n{short_date(period_end, precision)}",
            source_ref or "" if fits else f"{OTHER_PERIOD}\n{source_ref or ''}",
            decided.decision_of("measure", key),
        )
