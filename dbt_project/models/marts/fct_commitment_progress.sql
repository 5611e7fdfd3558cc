with

progress as (
    select
        sessions.session_code,
        commitments.commitment_id,
        commitments.action_code,
        commitments.kind,
        commitments.kpi_id,
        commitments.deadline,
        commitments.deadline_precision,
        commitments.deadline_other_reading,
        commitments.target_value,
        targets.actual_value,
        targets.actual_period_end,
        targets.share_of_target,
        targets.progress_rate,
        targets.progress_rate_unclipped,
        targets.expected_rate,
        targets.least_expected_rate,
        carried.status,
        carried.basis,
        carried.reason,
        sessions.method_version,
        commitments.commitment_label,
        nullif(commitments.official_wording, '') as official_wording,
        commitments.commitment_rank,
        kpis.unit,
        commitments.target_qualifier,
        targets.actual_qualifier,
        targets.actual_nature,
        targets.actual_period_start,
        targets.actual_period_precision,
        targets.measured_on,
        sources.source_ref as actual_source_ref,
        coalesce(targets.locator, declared.locator) as actual_locator,
        targets.baseline_value,
        targets.baseline_on,
        targets.baseline_source,
        targets.relation,
        targets.context_kpi_id,
        targets.context_value,
        targets.context_qualifier,
        targets.context_period_end,
        targets.context_note,
        revisions.revised_deadline,
        revisions.revised_precision,
        revisions.revised_in_session,
        declared.declared_status,
        declared.forecast_on,
        declared.forecast_precision,
        declared.actual_on,
        declared.actual_on_precision,
        declared.evidence,
        {{ answers_of('milestone_report', 'reports') }}
        carried.read_status,
        readings.document as read_document,
        readings.place as read_place,
        readings.note as read_note,
        readings.author_role as read_by,
        readings.read_on,
        carried.arbitrated_status,
        carried.arbitrated_in,
        carried.arbitrated_by,
        carried.arbitrated_on,
        carried.arbitration_reason,
        carried.arbitration_overruled,
        carried.computed_status,
        case
            when carried.status <> 'achieved' then null
            when targets.achieved_on is not null then targets.achieved_on
            when carried.basis = 'read' then readings.status_date
            else declared.actual_on
        end as achieved_on,
        case
            when carried.status <> 'achieved' then null
            when targets.achieved_on is not null then targets.achieved_precision
            when carried.basis = 'read' then readings.status_date_precision
            else declared.actual_on_precision
        end as achieved_precision,
        coalesce(targets.fell_back and carried.status = 'achieved', false) as fell_back,
        carried.carried_from,
        carried.last_news_in,
        coalesce(commitments.deadline < sessions.cut_off, false) and carried.status <> 'achieved' as is_overdue,
        coalesce(
            commitments.deadline >= sessions.cut_off and commitments.deadline <= sessions.next_held_on, false
        )
        and carried.status <> 'achieved' as is_due_before_next_session,
        projections.pace_needed,
        projections.pace_observed,
        projections.projected_from,
        projections.projected_to,
        carried.review_mark
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('int_commitment_carried') }} as carried on sessions.session_code = carried.session_code
    inner join {{ ref('ref_commitment') }} as commitments on carried.commitment_id = commitments.commitment_id
    left join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    left join {{ ref('int_target_assessed') }} as targets
        on carried.session_code = targets.session_code and carried.commitment_id = targets.commitment_id
    left join {{ ref('int_commitment_declared') }} as declared
        on carried.session_code = declared.session_code and carried.commitment_id = declared.commitment_id
    left join {{ ref('int_milestone_report_merged') }} as reports
        on carried.session_code = reports.session_code and carried.commitment_id = reports.commitment_id
    left join {{ ref('int_deadline_revised') }} as revisions
        on carried.session_code = revisions.session_code and carried.commitment_id = revisions.commitment_id
    left join {{ ref('int_reading_selected') }} as readings
        on
            coalesce(carried.read_in_session, revisions.read_in_session) = readings.session_code
            and carried.commitment_id = readings.commitment_id
    left join {{ ref('int_target_projected') }} as projections
        on carried.session_code = projections.session_code and carried.commitment_id = projections.commitment_id
    left join {{ ref('dim_source') }} as sources
        on coalesce(targets.sha256, declared.sha256) = sources.sha256
)

select
    *,
    {{ days_between('deadline', 'achieved_on') }} as delay_days
from progress
