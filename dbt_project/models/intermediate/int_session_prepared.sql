with

methods as (
    select
        method_version,
        max(case when parameter = 'on_track_ratio' then value end) as on_track_ratio,
        max(case when parameter = 'at_risk_ratio' then value end) as at_risk_ratio,
        max(case when parameter = 'least_expected_rate' then value end) as least_expected_rate,
        max(case when parameter = 'latest_start_on' then value_date end) as latest_start_on,
        max(case when parameter = 'disagreement_steps' then value end) as disagreement_steps
    from {{ ref('ref_status_threshold') }}
    group by method_version
)

select
    sessions.session_code,
    sessions.session_number,
    sessions.held_on,
    sessions.cut_off,
    sessions.contributions_due_on,
    sessions.state,
    row_number() over (order by sessions.cut_off) as session_rank,
    lag(sessions.session_code) over (order by sessions.cut_off) as previous_session_code,
    lag(sessions.cut_off) over (order by sessions.cut_off) as previous_cut_off,
    lead(sessions.session_code) over (order by sessions.cut_off) as next_session_code,
    lead(sessions.held_on) over (order by sessions.cut_off) as next_held_on,
    methods.method_version,
    methods.on_track_ratio,
    methods.at_risk_ratio,
    methods.least_expected_rate,
    methods.latest_start_on,
    methods.disagreement_steps
from {{ ref('ref_cns_session') }} as sessions
cross join methods
