with

sessions as (
    select
        session_code,
        cut_off,
        previous_session_code,
        previous_cut_off
    from {{ ref('int_session_prepared') }}
    where previous_session_code is not null
),

status_changes as (
    select
        session_code,
        action_code,
        case
            when previous_status = 'not_reported' then 'status_first_known'
            when final_status = 'not_reported' then 'status_lost'
            when {{ status_step('final_status') }} > {{ status_step('previous_status') }} then 'status_improved'
            when {{ status_step('final_status') }} < {{ status_step('previous_status') }} then 'status_worsened'
            else 'status_changed'
        end as change_kind,
        previous_status as before,
        final_status as after
    from {{ ref('fct_action_status') }}
    where final_status <> previous_status
),

commitment_changes as (
    select
        sessions.session_code,
        progress.action_code,
        case progress.status when 'achieved' then 'commitment_achieved' else 'deadline_passed' end as change_kind,
        previous.status as before,
        progress.status as after,
        progress.commitment_id
    from sessions
    inner join {{ ref('fct_commitment_progress') }} as progress on sessions.session_code = progress.session_code
    inner join {{ ref('fct_commitment_progress') }} as previous
        on
            sessions.previous_session_code = previous.session_code
            and progress.commitment_id = previous.commitment_id
    where
        (progress.status = 'achieved' and previous.status <> 'achieved')
        or (progress.is_overdue and progress.deadline >= sessions.previous_cut_off)
),

value_changes as (
    select
        sessions.session_code,
        kpis.action_code,
        case when observations.period_end = previous.period_end then 'value_corrected' else 'value_updated' end
            as change_kind,
        {{ number_as_text('previous.value') }} as before,
        {{ number_as_text('observations.value') }} as after,
        kpis.kpi_id,
        previous.value as before_value,
        observations.value as after_value,
        previous.period_end as before_period_end,
        observations.period_end as after_period_end
    from sessions
    inner join {{ ref('int_observation_selected') }} as observations
        on sessions.session_code = observations.session_code
    inner join {{ ref('ref_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
    left join {{ ref('int_observation_selected') }} as previous
        on sessions.previous_session_code = previous.session_code and observations.kpi_id = previous.kpi_id
    where
        previous.kpi_id is null
        or observations.period_end <> previous.period_end
        or observations.value <> previous.value
),

-- what the two published reports say of the roadmap itself, where both sessions have one
report_actions as (
    select * from {{ ref('int_report_action_selected') }}
),

report_targets as (
    select
        reports.session_code,
        reports.action_code,
        targets.target_value,
        targets.deadline,
        row_number() over (partition by reports.session_code, reports.action_code order by targets.target_rank)
            as position
    from report_actions as reports
    inner join {{ ref('stg_raw__document_target') }} as targets
        on reports.sha256 = targets.sha256 and reports.action_code = targets.action_code
),

sessions_with_reports as (
    select *
    from sessions
    where
        session_code in (select report_actions.session_code from report_actions)
        and previous_session_code in (select report_actions.session_code from report_actions)
),

action_changes as (
    select
        sessions.session_code,
        coalesce(reports.action_code, previous.action_code) as action_code,
        case
            when previous.action_code is null then 'action_added'
            when reports.action_code is null then 'action_withdrawn'
            else 'lead_changed'
        end as change_kind,
        previous.lead_partner as before,
        reports.lead_partner as after
    from sessions_with_reports as sessions
    cross join (select distinct report_actions.action_code from report_actions) as actions
    left join report_actions as reports
        on sessions.session_code = reports.session_code and actions.action_code = reports.action_code
    left join report_actions as previous
        on sessions.previous_session_code = previous.session_code and actions.action_code = previous.action_code
    where
        coalesce(reports.action_code, previous.action_code) is not null
        and (
            reports.action_code is null
            or previous.action_code is null
            or reports.lead_partner <> previous.lead_partner
        )
),

target_changes as (
    select
        sessions.session_code,
        targets.action_code,
        {{ number_as_text('previous.target_value') }} as before_target,
        {{ number_as_text('targets.target_value') }} as after_target,
        previous.target_value as before_value,
        targets.target_value as after_value,
        previous.deadline as before_deadline,
        targets.deadline as after_deadline
    from sessions_with_reports as sessions
    inner join report_targets as targets on sessions.session_code = targets.session_code
    inner join report_targets as previous
        on
            sessions.previous_session_code = previous.session_code
            and targets.action_code = previous.action_code
            and targets.position = previous.position
),

changes as (
    select
        session_code,
        action_code,
        change_kind,
        before,
        after,
        cast(null as varchar) as commitment_id,
        cast(null as varchar) as kpi_id,
        cast(null as double) as before_value,
        cast(null as double) as after_value,
        cast(null as date) as before_period_end,
        cast(null as date) as after_period_end
    from status_changes
    union all
    select
        session_code,
        action_code,
        change_kind,
        before,
        after,
        commitment_id,
        null,
        null,
        null,
        null,
        null
    from commitment_changes
    union all
    select
        session_code,
        action_code,
        change_kind,
        before,
        after,
        null,
        kpi_id,
        before_value,
        after_value,
        before_period_end,
        after_period_end
    from value_changes
    union all
    select
        session_code,
        action_code,
        change_kind,
        before,
        after,
        null,
        null,
        null,
        null,
        null,
        null
    from action_changes
    union all
    select
        session_code,
        action_code,
        'target_changed',
        before_target,
        after_target,
        null,
        null,
        before_value,
        after_value,
        null,
        null
    from target_changes
    where before_value <> after_value
    union all
    select
        session_code,
        action_code,
        'deadline_changed',
        cast(before_deadline as varchar),
        cast(after_deadline as varchar),
        null,
        null,
        null,
        null,
        before_deadline,
        after_deadline
    from target_changes
    where before_deadline <> after_deadline
)

select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    commitment_id,
    kpi_id,
    before_value,
    after_value,
    before_period_end,
    after_period_end
from changes
