-- The first partner of an action leads it, and no other does; ranks run from 1 without a gap.
select
    action_code,
    min(partner_rank) as first_rank,
    max(partner_rank) as last_rank,
    count(*) as partner_count
from {{ ref('ref_action_partner') }}
group by action_code
having
    min(partner_rank) <> 1
    or max(partner_rank) <> count(*)
    or count(distinct partner_rank) <> count(*)
    or sum(case when role = 'lead' and partner_rank <> 1 then 1 else 0 end) > 0
    or sum(case when role = 'lead' then 1 else 0 end) <> 1
