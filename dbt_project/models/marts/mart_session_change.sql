with

sessions as (
    select
        session_code,
        previous_session_code,
        previous_cut_off
    from {{ ref('int_session_prepared') }}
    where previous_session_code is not null
),

statuses_after as (
    select
        session_code,
        action_code,
        final_status
    from {{ ref('fct_action_status') }}
),

statuses_before as (
    select
        session_code,
        action_code,
        previous_status as final_status
    from {{ ref('fct_action_status') }}
),

commitments_after as (
    select
        sessions.session_code,
        sessions.previous_cut_off,
        progress.action_code,
        progress.commitment_id,
        progress.status,
        progress.is_overdue,
        progress.deadline,
        progress.forecast_on,
        progress.forecast_precision
    from sessions
    inner join {{ ref('fct_commitment_progress') }} as progress on sessions.session_code = progress.session_code
),

commitments_before as (
    select
        sessions.session_code,
        progress.commitment_id,
        progress.status,
        progress.forecast_on,
        progress.forecast_precision
    from sessions
    inner join {{ ref('fct_commitment_progress') }} as progress
        on sessions.previous_session_code = progress.session_code
),

values_after as (
    select
        sessions.session_code,
        kpis.action_code,
        observations.kpi_id,
        observations.value,
        observations.period_end,
        observations.period_precision
    from sessions
    inner join {{ ref('int_observation_selected') }} as observations
        on sessions.session_code = observations.session_code
    inner join {{ ref('ref_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
),

values_before as (
    select
        sessions.session_code,
        observations.kpi_id,
        observations.value,
        observations.period_end,
        observations.period_precision
    from sessions
    inner join {{ ref('int_observation_selected') }} as observations
        on sessions.previous_session_code = observations.session_code
)

{{ status_changes('statuses_before', 'statuses_after') }}
union all
{{ commitment_changes('commitments_before', 'commitments_after') }}
union all
{{ value_changes('values_before', 'values_after') }}
union all
select * from {{ ref('int_report_change_detected') }}
