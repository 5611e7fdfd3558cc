with

-- a figure older than a year is not of today: reading a year, not the whole history, is enough
known as (
    select
        sessions.session_code,
        sessions.cut_off,
        observations.kpi_id,
        observations.territory_code,
        {{ value_of_greatest('observations.value', 'observations.period_end') }} as value,
        {{ value_of_greatest('observations.qualifier', 'observations.period_end') }} as qualifier,
        {{ value_of_greatest('observations.period_precision', 'observations.period_end') }} as period_precision,
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
        sessions.session_code,
        sessions.cut_off,
        sessions.on_track_ratio,
        sessions.at_risk_ratio,
        sessions.least_expected_rate,
        commitments.commitment_id,
        commitments.kpi_id,
        commitments.target_value,
        commitments.target_qualifier,
        commitments.deadline,
        kpis.direction
    from {{ ref('int_session_prepared') }} as sessions
    cross join {{ ref('ref_commitment') }} as commitments
    inner join {{ ref('ref_kpi') }} as kpis on commitments.kpi_id = kpis.kpi_id
    inner join {{ ref('ref_kpi_aggregation') }} as rules on commitments.kpi_id = rules.kpi_id
    where commitments.kind = 'target' and rules.aggregation_rule in ('mean', 'weighted_mean')
),

-- each value is held against the country's path on the day it was measured
placed as (
    select
        known.session_code,
        known.kpi_id,
        known.territory_code,
        known.value,
        known.qualifier,
        known.period_end,
        known.period_precision,
        targets.commitment_id,
        targets.cut_off,
        targets.deadline,
        targets.on_track_ratio,
        targets.at_risk_ratio,
        targets.least_expected_rate,
        paths.start_value,
        paths.end_value,
        {{ is_reached(
            'targets.direction', 'known.value', 'known.qualifier', 'targets.target_value', 'targets.target_qualifier'
        ) }}
            as is_reached,
        {{ on_line('known.period_end', 'paths.from_on', 'paths.from_value', 'paths.to_on', 'paths.to_value') }}
            as path_value
    from known
    left join targets on known.session_code = targets.session_code and known.kpi_id = targets.kpi_id
    left join {{ ref('int_target_path') }} as paths
        on
            targets.session_code = paths.session_code
            and targets.commitment_id = paths.commitment_id
            and (known.period_end >= paths.from_on or paths.from_on = paths.start_on)
            and (known.period_end < paths.to_on or paths.to_on = paths.end_on)
),

rated as (
    select
        *,
        100.0e0 * (value - start_value) / nullif(end_value - start_value, 0) as progress_rate,
        100.0e0 * (path_value - start_value) / nullif(end_value - start_value, 0) as expected_rate
    from placed
),

judged as (
    select
        *,
        case
            when commitment_id is null then 'not_reported'
            when is_reached then 'achieved'
            when period_end >= deadline then 'late'
            when progress_rate is null or expected_rate is null then 'not_reported'
            when progress_rate < at_risk_ratio * expected_rate and expected_rate >= least_expected_rate then 'late'
            when deadline < cut_off then 'unconfirmed'
            when progress_rate >= on_track_ratio * expected_rate and progress_rate > 0 then 'on_track'
            when expected_rate >= least_expected_rate then 'at_risk'
            else 'not_reported'
        end as status
    from rated
)

select
    session_code,
    kpi_id,
    territory_code,
    commitment_id,
    value,
    qualifier,
    period_end,
    period_precision,
    progress_rate,
    expected_rate,
    case
        when commitment_id is null then 'no_target'
        when start_value is null then 'no_baseline'
        when progress_rate is null then 'degenerate_target'
        when status = 'not_reported' then 'too_early'
    end as reason,
    status
from judged
