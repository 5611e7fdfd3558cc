with

action_counts as (
    select
        priority_number,
        count(*) as action_count
    from {{ ref('ref_action') }}
    group by priority_number
)

select
    priorities.priority_number,
    priorities.priority_title,
    priorities.axis_number,
    axes.axis_label,
    axes.axis_short_label,
    coalesce(action_counts.action_count, 0) as action_count
from {{ ref('ref_priority') }} as priorities
inner join {{ ref('ref_axis') }} as axes on priorities.axis_number = axes.axis_number
left join action_counts on priorities.priority_number = action_counts.priority_number
