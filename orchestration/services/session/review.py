"""What waits for a person's decision in a session, from the readers' copy of the marts, as the review shows it.

A session sees the documents and sources known at its cut-off, no later ones. A source that disagrees with several
others is shown once, against the one that counts.
"""

from pathlib import Path

from orchestration.services.warehouse.database import open_marts
from sources.reference.roadmap import Reference
from sources.review import ActionCase, Candidates, Conflict, Fact

FACTS = """
    select
        fact_key, action_code, kpi_id, kpi_label, value, unit, qualifier, period_end, period_precision,
        coalesce(quote_prefix, ''), quote, coalesce(quote_suffix, ''), source_ref, locator, link_confidence
    from marts.mart_fact_candidate
    where source_as_of is null or source_as_of <= ?
    qualify row_number() over (partition by fact_key order by source_as_of, source_ref) = 1
    order by source_ref, try_cast(regexp_extract(locator, 'l[.] ([0-9]+)', 1) as integer), kpi_id, fact_key
"""
CONFLICTS = """
    select
        kpi.action_code, kpi.kpi_id, kpi.label, kpi.unit, conflict.period_end,
        conflict.source_a, conflict.value_a, conflict.qualifier_a,
        conflict.source_b, conflict.value_b, conflict.qualifier_b, conflict.verdict
    from marts.mart_source_conflict conflict join marts.dim_kpi kpi using (kpi_id)
    left join marts.dim_source source on source.source_ref = conflict.source_a
    where conflict.known_on <= ? and conflict.resolution is null and conflict.territory_code = 'FR'
    qualify row_number() over (
        partition by conflict.kpi_id, conflict.period_end, conflict.source_b
        order by source.source_type = 'lead_submission' desc, source.source_type = 'partner_submission' desc, source_a
    ) = 1
    order by conflict.verdict desc, kpi.kpi_id, conflict.period_end, conflict.source_a, conflict.source_b
"""
ACTIONS = """
    select
        action_code, action.action_title, action.lead_partner, status.computed_status, status.declared_status,
        status.arbitrated_status, status.has_disagreement
    from marts.fct_action_status status join marts.dim_action action using (action_code)
    where status.session_code = ?
    order by action.priority_number, action.action_rank
"""


def candidates_of(marts: Path, reference: Reference, session_code: str) -> Candidates:
    """Facts waiting, conflicts open and statuses of a session. duckdb.Error when nothing was built yet."""
    session = reference.sessions[session_code]
    with open_marts(marts) as connection:
        facts = connection.execute(FACTS, [session.cut_off]).fetchall()
        conflicts = connection.execute(CONFLICTS, [session.cut_off]).fetchall()
        actions = connection.execute(ACTIONS, [session_code]).fetchall()
    return Candidates(
        session_code=session_code,
        held_on=session.held_on,
        statuses=status_labels(reference),
        facts=tuple(Fact(*row) for row in facts),
        conflicts=tuple(Conflict(*row) for row in conflicts),
        actions=tuple(ActionCase(*row) for row in actions),
    )


def status_labels(reference: Reference) -> dict[str, str]:
    """The French label of each status, best first."""
    return {item.code: item.label for item in reference.labels.values() if item.domain == "status"}
