-- The numbers of the first page add up to the actions of the roadmap, for all axes and over the axes.
select
    overview.session_code,
    overview.axis_number is null as is_all_axes,
    sum(overview.action_count) as counted
from {{ ref('mart_session_overview') }} as overview
group by overview.session_code, overview.axis_number is null
having sum(overview.action_count) <> (select count(*) from {{ ref('dim_action') }})
