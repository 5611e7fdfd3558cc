with

observations as (
    select * from {{ ref('int_observation_unioned') }}
),

-- the value that stands for a KPI, a territory and a period: best source, then last received
current_values as (
    select
        kpi_id,
        territory_code,
        period_end,
        {{ latest_said('observation_id', ['source_priority', 'recorded_at', 'observation_id']) }} as observation_id
    from observations
    where withdrawn_as_of is null
    group by kpi_id, territory_code, period_end
),

-- a source that speaks again of the same KPI, territory and period corrects itself
corrections as (
    select
        observation_id,
        lag(observation_id) over (
            partition by kpi_id, territory_code, period_end, source_type, partner_code
            order by recorded_at, observation_id
        ) as supersedes
    from observations
    where source_type in ('arbitration', 'lead_submission', 'partner_submission')
)

select
    observations.observation_id,
    observations.kpi_id,
    observations.territory_code,
    observations.period_start,
    observations.period_end,
    observations.period_precision,
    observations.value,
    observations.qualifier,
    observations.source_type,
    coalesce(sources.source_ref, 'Arbitrage du ' || observations.session_code) as source_ref,
    observations.sha256,
    observations.locator,
    observations.quote,
    observations.recorded_at,
    current_values.observation_id is not null as is_current,
    corrections.supersedes,
    observations.source_as_of,
    observations.session_code,
    observations.partner_code,
    observations.comment,
    kpis.unit,
    observations.withdrawn_as_of
from observations
left join {{ ref('ref_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
left join {{ ref('dim_source') }} as sources on observations.sha256 = sources.sha256
left join current_values on observations.observation_id = current_values.observation_id
left join corrections on observations.observation_id = corrections.observation_id
