with

texts as (
    select
        session_code,
        action_code,
        partner_code,
        progress_text as announcement
    from {{ ref('int_contribution_merged') }}
    where progress_text is not null
    union all
    select
        session_code,
        action_code,
        partner_code,
        next_steps as announcement
    from {{ ref('int_contribution_merged') }}
    where next_steps is not null
),

-- « sera proposée au S1 2024 » gives « S1 2024 »
announced as (
    select
        session_code,
        action_code,
        partner_code,
        {{ each_item(announced_periods('announcement')) }} as announced_period
    from texts
)

select distinct
    session_code,
    action_code,
    partner_code,
    announced_period,
    {{ last_day_of('announced_period') }} as announced_until
from announced
