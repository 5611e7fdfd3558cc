-- The roadmap has 4 axes, 18 priorities, 65 actions and 27 partners: a row lost or doubled in a seed shows here.
with counted as (
    select
        'axes' as what,
        count(*) as found,
        4 as wanted
    from {{ ref('ref_axis') }}
    union all
    select
        'priorities',
        count(*),
        18
    from {{ ref('ref_priority') }}
    union all
    select
        'actions',
        count(*),
        65
    from {{ ref('ref_action') }}
    union all
    select
        'partners',
        count(*),
        27
    from {{ ref('ref_partner') }}
    union all
    select
        'partners who carry an action',
        count(distinct partner_code),
        27
    from {{ ref('ref_action_partner') }}
    union all
    select
        'actions with a lead',
        count(*),
        65
    from {{ ref('ref_action_partner') }}
    where role = 'lead'
    union all
    select
        'actions with a commitment',
        count(distinct action_code),
        65
    from {{ ref('ref_commitment') }}
)

select *
from counted
where found <> wanted
