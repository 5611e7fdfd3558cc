with

methods as (
    select
        method_version,
        min(valid_from) as valid_from,
        max(case when parameter = 'on_track_ratio' then value end) as on_track_ratio,
        max(case when parameter = 'at_risk_ratio' then value end) as at_risk_ratio,
        max(case when parameter = 'disagreement_steps' then value end) as disagreement_steps,
        max(case when parameter = 'assumed_baseline_value' then value end) as assumed_baseline_value,
        max(case when parameter = 'assumed_baseline_on' then value_date end) as assumed_baseline_on
    from {{ ref('ref_status_threshold') }}
    group by method_version
),

sessions as (
    select
        session_code,
        session_number,
        held_on,
        cut_off,
        contributions_due_on,
        state,
        lag(session_code) over (order by cut_off) as previous_session_code,
        lag(cut_off) over (order by cut_off) as previous_cut_off
    from {{ ref('ref_cns_session') }}
),

-- the method in force at the cut-off, so that an old session keeps the thresholds it was judged with
with_method as (
    select
        sessions.*,
        methods.method_version,
        methods.on_track_ratio,
        methods.at_risk_ratio,
        methods.disagreement_steps,
        methods.assumed_baseline_value,
        methods.assumed_baseline_on,
        row_number() over (
            partition by sessions.session_code
            order by methods.valid_from desc, methods.method_version desc
        ) as recency
    from sessions
    left join methods on sessions.cut_off >= methods.valid_from
)

select
    session_code,
    session_number,
    held_on,
    cut_off,
    contributions_due_on,
    state,
    previous_session_code,
    previous_cut_off,
    method_version,
    on_track_ratio,
    at_risk_ratio,
    disagreement_steps,
    assumed_baseline_value,
    assumed_baseline_on
from with_method
where recency = 1
