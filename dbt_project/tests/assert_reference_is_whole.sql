-- A row lost or doubled in a seed shows as a gap in its numbers, or as a thing without the parts it must have.
with numbered as (
    select
        'axes' as what,
        max(axis_number) as last_number,
        count(distinct axis_number) as found
    from {{ ref('ref_axis') }}
    union all
    select
        'priorities' as what,
        max(priority_number) as last_number,
        count(distinct priority_number) as found
    from {{ ref('ref_priority') }}
    union all
    select
        'actions of priority ' || {{ as_text('priority_number') }} as what,
        max(action_rank) as last_number,
        count(distinct action_rank) as found
    from {{ ref('ref_action') }}
    group by priority_number
),

bare as (
    select
        'axis ' || {{ as_text('axes.axis_number') }} as what,
        'has no priority' as message
    from {{ ref('ref_axis') }} as axes
    left join {{ ref('ref_priority') }} as priorities on axes.axis_number = priorities.axis_number
    where priorities.priority_number is null
    union all
    select
        'priority ' || {{ as_text('priorities.priority_number') }} as what,
        'has no action' as message
    from {{ ref('ref_priority') }} as priorities
    left join {{ ref('ref_action') }} as actions on priorities.priority_number = actions.priority_number
    where actions.action_code is null
    union all
    select
        'action ' || actions.action_code as what,
        'has no lead: give it a first row in ref_action_partner' as message
    from {{ ref('ref_action') }} as actions
    left join {{ ref('ref_action_partner') }} as leads
        on actions.action_code = leads.action_code and leads.role = 'lead'
    where leads.partner_code is null
    union all
    select
        'action ' || actions.action_code as what,
        'promises nothing: give it a row in ref_commitment' as message
    from {{ ref('ref_action') }} as actions
    left join {{ ref('ref_commitment') }} as commitments on actions.action_code = commitments.action_code
    where commitments.commitment_id is null
    union all
    select
        'partner ' || partners.partner_code as what,
        'has no action: give it a row in ref_action_partner' as message
    from {{ ref('ref_partner') }} as partners
    left join {{ ref('ref_action_partner') }} as named on partners.partner_code = named.partner_code
    where named.action_code is null
)

select
    what,
    'numbered up to ' || {{ as_text('last_number') }} || ', ' || {{ as_text('found') }} || ' found' as message
from numbered
where last_number <> found
union all
select
    what,
    message
from bare
