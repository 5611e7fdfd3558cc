with

partners as (
    select
        action_code,
        max(case when role = 'lead' then partner_code end) as lead_partner,
        {{ ordered_list('partner_code', 'partner_rank') }} as partners
    from {{ ref('ref_action_partner') }}
    group by action_code
)

select
    actions.action_code,
    actions.action_title,
    actions.priority_number,
    priorities.priority_title,
    priorities.axis_number,
    axes.axis_label,
    partners.lead_partner,
    partners.partners,
    axes.axis_short_label,
    actions.objective,
    actions.action_rank
from {{ ref('ref_action') }} as actions
inner join {{ ref('ref_priority') }} as priorities on actions.priority_number = priorities.priority_number
inner join {{ ref('ref_axis') }} as axes on priorities.axis_number = axes.axis_number
left join partners on actions.action_code = partners.action_code
