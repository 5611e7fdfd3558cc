with

statuses as (
    select code as status
    from {{ ref('ref_label') }}
    where domain = 'status'
),

axes as (
    select axis_number from {{ ref('ref_axis') }}
    union all
    select cast(null as integer) as axis_number
),

action_statuses as (
    select
        statuses.session_code,
        actions.axis_number,
        statuses.final_status
    from {{ ref('fct_action_status') }} as statuses
    inner join {{ ref('dim_action') }} as actions on statuses.action_code = actions.action_code
)

select
    sessions.session_code,
    axes.axis_number,
    statuses.status,
    count(action_statuses.final_status) as action_count
from {{ ref('int_session_prepared') }} as sessions
cross join axes
cross join statuses
left join action_statuses
    on
        sessions.session_code = action_statuses.session_code
        and statuses.status = action_statuses.final_status
        and (axes.axis_number is null or axes.axis_number = action_statuses.axis_number)
group by sessions.session_code, axes.axis_number, statuses.status
