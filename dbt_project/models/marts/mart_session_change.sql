with

sessions as (
    select
        session_code,
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
            when {{ is_unknown('previous_status') }} and {{ is_unknown('final_status') }} then 'status_changed'
            when {{ is_unknown('previous_status') }} then 'status_first_known'
            when {{ is_unknown('final_status') }} then 'status_lost'
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
        progress.commitment_id,
        case progress.status when 'achieved' then 'commitment_achieved' else 'deadline_passed' end as change_kind,
        previous.status as before,
        progress.status as after
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

-- slippage: the day a milestone is expected is announced, or moved
forecast_changes as (
    select
        sessions.session_code,
        progress.action_code,
        progress.commitment_id,
        previous.forecast_on as before_period_end,
        progress.forecast_on as after_period_end,
        previous.forecast_precision as before_precision,
        progress.forecast_precision as after_precision,
        {{ as_text('previous.forecast_on') }} as before,
        {{ as_text('progress.forecast_on') }} as after,
        case when previous.forecast_on is null then 'forecast_announced' else 'forecast_changed' end as change_kind
    from sessions
    inner join {{ ref('fct_commitment_progress') }} as progress on sessions.session_code = progress.session_code
    inner join {{ ref('fct_commitment_progress') }} as previous
        on
            sessions.previous_session_code = previous.session_code
            and progress.commitment_id = previous.commitment_id
    where
        progress.forecast_on is not null
        and (
            previous.forecast_on is null
            or progress.forecast_on <> previous.forecast_on
            or progress.forecast_precision <> previous.forecast_precision
        )
),

value_changes as (
    select
        sessions.session_code,
        kpis.action_code,
        kpis.kpi_id,
        previous.value as before_value,
        observations.value as after_value,
        previous.period_end as before_period_end,
        observations.period_end as after_period_end,
        previous.period_precision as before_precision,
        observations.period_precision as after_precision,
        case when observations.period_end = previous.period_end then 'value_corrected' else 'value_updated' end
            as change_kind,
        {{ number_as_text('previous.value') }} as before,
        {{ number_as_text('observations.value') }} as after
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
)

select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    null as commitment_id,
    null as kpi_id,
    null as before_value,
    null as after_value,
    null as before_period_end,
    null as after_period_end,
    null as before_precision,
    null as after_precision
from status_changes
union all
select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    commitment_id,
    null as kpi_id,
    null as before_value,
    null as after_value,
    null as before_period_end,
    null as after_period_end,
    null as before_precision,
    null as after_precision
from commitment_changes
union all
select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    commitment_id,
    null as kpi_id,
    null as before_value,
    null as after_value,
    before_period_end,
    after_period_end,
    before_precision,
    after_precision
from forecast_changes
union all
select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    null as commitment_id,
    kpi_id,
    before_value,
    after_value,
    before_period_end,
    after_period_end,
    before_precision,
    after_precision
from value_changes
union all
select
    session_code,
    action_code,
    change_kind,
    before,
    after,
    null as commitment_id,
    null as kpi_id,
    before_value,
    after_value,
    before_period_end,
    after_period_end,
    before_precision,
    after_precision
from {{ ref('int_report_change_detected') }}
