-- Arbitrated, else a deadline missed, else declared, else computed.
with

missed as (
    select distinct
        session_code,
        action_code
    from {{ ref('fct_commitment_progress') }}
    where is_overdue and status = 'late'
),

expected as (
    select
        statuses.session_code,
        statuses.action_code,
        statuses.final_status,
        coalesce(
            statuses.arbitrated_status,
            case when missed.action_code is not null then 'late' end,
            statuses.declared_status,
            statuses.computed_status
        ) as expected_status
    from {{ ref('fct_action_status') }} as statuses
    left join missed
        on statuses.session_code = missed.session_code and statuses.action_code = missed.action_code
)

select *
from expected
where final_status <> expected_status
