with

action_counts as (
    select
        partner_code,
        count(case when role = 'lead' then 1 end) as led_action_count,
        count(*) as action_count
    from {{ ref('ref_action_partner') }}
    group by partner_code
)

select
    partners.partner_code,
    partners.partner_name,
    partners.partner_slug,
    coalesce(action_counts.led_action_count, 0) as led_action_count,
    coalesce(action_counts.action_count, 0) as action_count
from {{ ref('ref_partner') }} as partners
left join action_counts on partners.partner_code = action_counts.partner_code
