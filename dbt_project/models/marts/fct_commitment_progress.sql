select
    sessions.session_code,
    commitments.commitment_id,
    commitments.action_code,
    commitments.kind,
    commitments.kpi_id,
    commitments.deadline,
    commitments.deadline_precision,
    commitments.target_value,
    targets.actual_value,
    targets.actual_period_end,
    targets.progress_rate,
    targets.progress_rate_unclipped,
    targets.expected_rate,
    case commitments.kind when 'target' then targets.status else milestones.status end as status,
    case commitments.kind when 'target' then targets.reason else 'no_target' end as reason,
    sessions.method_version,
    commitments.commitment_label,
    commitments.commitment_rank,
    kpis.unit,
    commitments.target_qualifier,
    targets.actual_qualifier,
    targets.actual_period_start,
    targets.actual_period_precision,
    sources.source_ref as actual_source_ref,
    coalesce(targets.locator, milestones.locator) as actual_locator,
    targets.baseline_value,
    targets.baseline_on,
    coalesce(targets.is_assumed_baseline, false) as is_assumed_baseline,
    milestones.declared_status,
    milestones.forecast_on,
    milestones.forecast_precision,
    milestones.actual_on,
    milestones.actual_on_precision,
    milestones.evidence,
    coalesce(commitments.deadline < sessions.cut_off, false)
    and coalesce(targets.status, milestones.status) <> 'achieved' as is_overdue,
    targets.context_kpi_id,
    targets.context_value,
    targets.context_qualifier,
    targets.context_period_end,
    targets.context_note,
    coalesce(milestones.is_unproven, false) as is_unproven
from {{ ref('int_session_prepared') }} as sessions
cross join {{ ref('ref_commitment') }} as commitments
left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
left join {{ ref('int_target_assessed') }} as targets
    on sessions.session_code = targets.session_code and commitments.commitment_id = targets.commitment_id
left join {{ ref('int_milestone_assessed') }} as milestones
    on sessions.session_code = milestones.session_code and commitments.commitment_id = milestones.commitment_id
left join {{ ref('dim_source') }} as sources
    on coalesce(targets.sha256, milestones.sha256) = sources.sha256
