-- Arbitrated, else a deadline missed, else declared, else computed.
select
    statuses.session_code,
    statuses.action_code,
    statuses.final_status
from {{ ref('fct_action_status') }} as statuses
left join (
    select distinct
        session_code,
        action_code
    from {{ ref('fct_commitment_progress') }}
    where is_overdue and status = 'late'
) as missed
    on statuses.session_code = missed.session_code and statuses.action_code = missed.action_code
where
    (statuses.arbitrated_status is not null and statuses.final_status <> statuses.arbitrated_status)
    or (
        statuses.arbitrated_status is null
        and missed.action_code is not null
        and statuses.final_status <> 'late'
    )
    or (
        statuses.arbitrated_status is null
        and missed.action_code is null
        and statuses.final_status <> coalesce(statuses.declared_status, statuses.computed_status)
    )
