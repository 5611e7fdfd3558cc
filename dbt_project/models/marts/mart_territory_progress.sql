with

-- a figure older than a year says nothing of today: reading a year, not the whole history, is enough
known as (
    select
        sessions.session_code,
        sessions.cut_off,
        observations.kpi_id,
        observations.territory_code,
        {{ value_of_greatest('observations.value', 'observations.period_end') }} as value,
        max(observations.period_end) as period_end
    from {{ ref('int_session_prepared') }} as sessions
    inner join {{ ref('int_territory_observation') }} as observations
        on
            sessions.cut_off >= observations.period_end
            and {{ a_year_before('sessions.cut_off') }} < observations.period_end
    group by sessions.session_code, sessions.cut_off, observations.kpi_id, observations.territory_code
),

-- a rate is promised to every territory alike; a count is promised to the whole country alone
targets as (
    select
        assessed.session_code,
        commitments.commitment_id,
        commitments.kpi_id,
        commitments.target_value,
        assessed.baseline_value,
        assessed.expected_rate,
        sessions.on_track_ratio,
        sessions.at_risk_ratio,
        kpis.direction
    from {{ ref('int_target_assessed') }} as assessed
    inner join {{ ref('ref_commitment') }} as commitments on assessed.commitment_id = commitments.commitment_id
    inner join {{ ref('int_session_prepared') }} as sessions on assessed.session_code = sessions.session_code
    inner join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    inner join {{ ref('ref_kpi_aggregation') }} as rules on commitments.kpi_id = rules.kpi_id
    where rules.aggregation_rule in ('mean', 'weighted_mean')
),

rated as (
    select
        known.session_code,
        known.kpi_id,
        known.territory_code,
        targets.commitment_id,
        known.value,
        known.period_end,
        targets.target_value,
        targets.direction,
        targets.expected_rate,
        targets.on_track_ratio,
        targets.at_risk_ratio,
        100.0 * (known.value - targets.baseline_value)
        / nullif(targets.target_value - targets.baseline_value, 0) as progress_rate
    from known
    left join targets on known.session_code = targets.session_code and known.kpi_id = targets.kpi_id
)

select
    session_code,
    kpi_id,
    territory_code,
    commitment_id,
    value,
    period_end,
    progress_rate,
    case
        when commitment_id is null then 'no_target'
        when progress_rate is null then 'degenerate_target'
    end as reason,
    case
        when progress_rate is null or expected_rate is null then 'not_reported'
        when direction = 'up' and value >= target_value then 'achieved'
        when direction = 'down' and value <= target_value then 'achieved'
        when progress_rate >= on_track_ratio * expected_rate then 'on_track'
        when progress_rate >= at_risk_ratio * expected_rate then 'at_risk'
        else 'late'
    end as status
from rated
