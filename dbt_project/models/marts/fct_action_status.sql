with

commitment_counts as (
    select
        session_code,
        action_code,
        count(*) as commitment_count,
        count(case when not {{ is_unknown('status') }} then 1 end) as assessed_count,
        count(case when status = 'achieved' then 1 end) as achieved_count,
        count(case when status = 'late' then 1 end) as late_count,
        count(case when status = 'late' and is_overdue then 1 end) as overdue_count,
        count(case when status = 'at_risk' then 1 end) as at_risk_count,
        count(case when status = 'unconfirmed' then 1 end) as unconfirmed_count,
        count(case when status = 'on_track' then 1 end) as on_track_count,
        count(case when status = 'stalled' then 1 end) as stalled_count,
        count(case when status = 'not_started' then 1 end) as not_started_count,
        count(case when reason = 'not_comparable' then 1 end) as not_comparable_count,
        count(case when reason = 'degenerate_target' then 1 end) as degenerate_count,
        count(case when reason = 'no_observation' then 1 end) as no_observation_count
    from {{ ref('fct_commitment_progress') }}
    group by session_code, action_code
),

declarations as (
    select
        session_code,
        action_code,
        declared_status,
        partner_code as declared_by,
        case source_kind when 'submission' then 'contribution' else source_kind end as declared_source
    from {{ ref('int_contribution_merged') }}
    where role = 'lead' and declared_status is not null
),

arbitrations as (
    select
        session_code,
        action_code,
        {{ latest_said('decision', ['received_at', 'decision_id']) }} as arbitrated_status,
        {{ latest_said('reason', ['received_at', 'decision_id']) }} as arbitration_reason
    from {{ ref('stg_raw__decision') }}
    where subject_kind = 'action'
    group by session_code, action_code
),

computed as (
    select
        sessions.session_code,
        sessions.previous_session_code,
        sessions.method_version,
        sessions.disagreement_steps,
        actions.action_code,
        declarations.declared_status,
        declarations.declared_by,
        declarations.declared_source,
        arbitrations.arbitrated_status,
        arbitrations.arbitration_reason,
        coalesce(counts.commitment_count, 0) as commitment_count,
        coalesce(counts.assessed_count, 0) as assessed_count,
        coalesce(counts.overdue_count, 0) > 0 as has_missed_deadline,
        case
            when counts.achieved_count = counts.commitment_count then 'achieved'
            when counts.late_count > 0 then 'late'
            when counts.at_risk_count > 0 then 'at_risk'
            when counts.unconfirmed_count > 0 then 'unconfirmed'
            when counts.on_track_count + counts.achieved_count > 0 then 'on_track'
            when counts.stalled_count > 0 or declarations.declared_status = 'stalled' then 'stalled'
            when counts.not_started_count > 0 or declarations.declared_status = 'not_started' then 'not_started'
            else 'not_reported'
        end as computed_status,
        case
            when counts.assessed_count > 0 then null
            when counts.not_comparable_count > 0 then 'not_comparable'
            when counts.degenerate_count > 0 then 'degenerate_target'
            when counts.no_observation_count > 0 then 'no_observation'
            else 'no_target'
        end as reason
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_action') }} as actions
    left join commitment_counts as counts
        on sessions.session_code = counts.session_code and actions.action_code = counts.action_code
    left join declarations
        on sessions.session_code = declarations.session_code and actions.action_code = declarations.action_code
    left join arbitrations
        on sessions.session_code = arbitrations.session_code and actions.action_code = arbitrations.action_code
),

-- arbitrated, else declared, else computed; only an arbitration lifts a deadline missed
decided as (
    select
        *,
        case
            when arbitrated_status is not null then arbitrated_status
            when has_missed_deadline and computed_status = 'late' then 'late'
            when declared_status is not null then declared_status
            else computed_status
        end as final_status,
        {{ status_step('declared_status') }} - {{ status_step('computed_status') }} as disagreement
    from computed
)

select
    decided.session_code,
    decided.action_code,
    decided.computed_status,
    decided.declared_status,
    decided.arbitrated_status,
    decided.final_status,
    previous.final_status as previous_status,
    coalesce(abs(decided.disagreement) > decided.disagreement_steps, false) as has_disagreement,
    case when decided.commitment_count > 0 then decided.assessed_count * 1.0 / decided.commitment_count end as coverage,
    decided.reason,
    decided.method_version,
    decided.declared_by,
    decided.declared_source,
    decided.arbitration_reason,
    decided.commitment_count,
    decided.assessed_count
from decided
left join decided as previous
    on decided.previous_session_code = previous.session_code and decided.action_code = previous.action_code
