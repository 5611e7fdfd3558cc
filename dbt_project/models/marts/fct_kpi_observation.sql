with

observations as (
    select * from {{ ref('int_observation_unioned') }}
),

-- most periods have one observation, which needs no ranking: only the others are sorted; a forecast and a plan compete
-- with nothing
contested_periods as (
    select
        kpi_id,
        territory_code,
        period_end
    from observations
    where {{ is_measure('nature') }}
    group by kpi_id, territory_code, period_end
    having count(*) > 1
),

-- the best source that is not withdrawn, then the last received; a source that speaks again corrects itself
contested as (
    select
        observations.observation_id,
        observations.withdrawn_as_of is null
        and {{ is_measure('observations.nature') }}
        and row_number() over (
            partition by
                observations.kpi_id,
                observations.territory_code,
                observations.period_end,
                observations.withdrawn_as_of is null,
                {{ is_measure('observations.nature') }}
            order by
                {{ nature_priority('observations.nature') }} desc,
                observations.source_priority desc,
                observations.recorded_at desc,
                observations.observation_id desc
        ) = 1 as is_current,
        case
            when observations.source_type in ('arbitration', 'lead_submission', 'partner_submission')
                then lag(observations.observation_id) over (
                        partition by
                            observations.kpi_id,
                            observations.territory_code,
                            observations.period_end,
                            observations.source_type,
                            observations.partner_code
                        order by observations.recorded_at, observations.observation_id
                    )
        end as supersedes
    from observations
    inner join contested_periods
        on
            observations.kpi_id = contested_periods.kpi_id
            and observations.territory_code = contested_periods.territory_code
            and observations.period_end = contested_periods.period_end
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
    observations.nature,
    observations.source_type,
    coalesce(sources.source_ref, 'Arbitrage de la DNS') as source_ref,
    observations.sha256,
    observations.locator,
    observations.quote,
    observations.recorded_at,
    coalesce(contested.is_current, observations.withdrawn_as_of is null and {{ is_measure('observations.nature') }})
        as is_current,
    {{ fits_measure_kind(
        'kpis.measure_kind',
        'kpis.periodicity',
        'observations.period_start',
        'observations.period_end',
        'observations.period_precision',
    ) }} as fits_measure_kind,
    contested.supersedes,
    observations.source_as_of,
    observations.session_code,
    observations.partner_code,
    {{ answers_of('measurement', 'observations') }}
    observations.comment,
    kpis.unit,
    observations.withdrawn_as_of
from observations
left join {{ ref('ref_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
left join {{ ref('dim_source') }} as sources on observations.sha256 = sources.sha256
left join contested on observations.observation_id = contested.observation_id
