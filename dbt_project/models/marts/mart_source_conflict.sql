with

-- the last word of each source: a correction of one's own figure is no conflict
statements as (
    select *
    from {{ ref('fct_kpi_observation') }} as observations
    where
        source_type <> 'arbitration'
        and withdrawn_as_of is null
        and not exists (
            select 1
            from {{ ref('fct_kpi_observation') }} as later
            where later.supersedes = observations.observation_id
        )
),

bounded as (
    select
        *,
        {{ source_priority('source_type') }} as source_priority,
        {{ lowest_meant('value', 'qualifier') }} as lowest_value,
        {{ highest_meant('value', 'qualifier') }} as highest_value
    from statements
),

arbitrations as (
    select
        kpi_id,
        territory_code,
        period_end,
        {{ latest_said('reason', ['received_at', 'decision_id']) }} as resolution,
        {{ latest_said('author_role', ['received_at', 'decision_id']) }} as resolved_by,
        {{ latest_said('decided_on', ['received_at', 'decision_id']) }} as resolved_on
    from {{ ref('stg_raw__decision') }}
    where subject_kind in ('measure', 'conflict')
    group by kpi_id, territory_code, period_end
),

paired as (
    select
        source_a.kpi_id,
        source_a.period_end,
        source_a.source_ref as source_a,
        source_a.value as value_a,
        source_b.source_ref as source_b,
        source_b.value as value_b,
        source_b.value - source_a.value as gap,
        case
            when source_a.lowest_value <= source_b.highest_value and source_b.lowest_value <= source_a.highest_value
                then 'compatible'
            else 'contradictory'
        end as verdict,
        source_a.territory_code,
        source_a.qualifier as qualifier_a,
        source_b.qualifier as qualifier_b,
        source_a.locator as locator_a,
        source_b.locator as locator_b,
        case
            when source_a.source_as_of > source_b.source_as_of then source_a.source_as_of else source_b.source_as_of
        end
            as known_on
    from bounded as source_a
    inner join bounded as source_b
        on
            source_a.kpi_id = source_b.kpi_id
            and source_a.territory_code = source_b.territory_code
            and source_a.period_end = source_b.period_end
            and source_a.sha256 <> source_b.sha256
            and source_a.value <> source_b.value
    -- each pair once, the source that wins first
    where
        source_a.source_priority > source_b.source_priority
        or (source_a.source_priority = source_b.source_priority and source_a.recorded_at > source_b.recorded_at)
        or (
            source_a.source_priority = source_b.source_priority
            and source_a.recorded_at = source_b.recorded_at
            and source_a.observation_id > source_b.observation_id
        )
)

select
    paired.kpi_id,
    paired.period_end,
    paired.source_a,
    paired.value_a,
    paired.source_b,
    paired.value_b,
    paired.gap,
    paired.verdict,
    arbitrations.resolution,
    paired.territory_code,
    paired.qualifier_a,
    paired.qualifier_b,
    paired.locator_a,
    paired.locator_b,
    paired.known_on,
    arbitrations.resolved_by,
    arbitrations.resolved_on,
    paired.verdict = 'contradictory' and arbitrations.kpi_id is null as is_blocking
from paired
left join arbitrations
    on
        paired.kpi_id = arbitrations.kpi_id
        and paired.territory_code = arbitrations.territory_code
        and paired.period_end = arbitrations.period_end
