-- The first partner of an action leads it, and no other does; ranks run from 1 without a gap.
with ranked as (
    select
        action_code,
        min(partner_rank) as first_rank,
        max(partner_rank) as last_rank,
        count(*) as partner_count,
        count(distinct partner_rank) as rank_count,
        sum(case when role = 'lead' then 1 else 0 end) as lead_count,
        sum(case when role = 'lead' and partner_rank = 1 then 1 else 0 end) as first_lead_count
    from {{ ref('ref_action_partner') }}
    group by action_code
)

select
    *,
    case
        when lead_count <> 1 or first_lead_count <> 1 then 'the partner of rank 1 leads the action, and no other'
        else 'number the partners of the action 1, 2, 3 without a gap'
    end as message
from ranked
where
    first_rank <> 1
    or last_rank <> partner_count
    or rank_count <> partner_count
    or lead_count <> 1
    or first_lead_count <> 1
