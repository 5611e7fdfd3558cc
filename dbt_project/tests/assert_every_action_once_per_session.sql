-- Every action of the roadmap is exactly once in every session.
select
    sessions.session_code,
    actions.action_code,
    count(statuses.action_code) as found
from {{ ref('dim_cns_session') }} as sessions
cross join {{ ref('ref_action') }} as actions
left join {{ ref('fct_action_status') }} as statuses
    on sessions.session_code = statuses.session_code and actions.action_code = statuses.action_code
group by sessions.session_code, actions.action_code
having count(statuses.action_code) <> 1
