with

fitted as (
    select
        observations.*,
        {{ fits_measure_kind(
            'kpis.measure_kind',
            'kpis.periodicity',
            'observations.period_start',
            'observations.period_end',
            'observations.period_precision',
        ) }} as fits_measure_kind
    from {{ ref('int_observation_unioned') }} as observations
    inner join {{ ref('ref_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
    where observations.territory_code = 'FR' and {{ is_measure('observations.nature') }}
),

-- what was known at the cut-off and had begun by then; « fin 2024 » written on 17 December 2024 counts. A forecast and
-- a plan are no measure.
known as (
    select
        sessions.session_code,
        observations.observation_id,
        observations.kpi_id,
        observations.value,
        observations.qualifier,
        observations.nature,
        observations.period_start,
        observations.period_end,
        observations.period_precision,
        observations.source_type,
        observations.sha256,
        observations.locator,
        observations.fits_measure_kind,
        {{ measured_until('observations.period_end', 'observations.source_as_of') }} as measured_on,
        row_number() over (
            partition by sessions.session_code, observations.kpi_id, observations.period_end
            order by
                -- a month and a year that end the same day are two periods: the one the KPI counts over is the measure
                observations.fits_measure_kind desc,
                {{ nature_priority('observations.nature') }} desc,
                observations.source_priority desc,
                observations.recorded_at desc,
                observations.observation_id desc
        ) as position
    from {{ ref('int_session_prepared') }} as sessions
    inner join fitted as observations
        on
            sessions.cut_off >= observations.source_as_of
            and sessions.cut_off >= observations.period_start
            and (observations.withdrawn_as_of is null or sessions.cut_off < observations.withdrawn_as_of)
)

select
    known.session_code,
    known.kpi_id,
    known.observation_id,
    known.value,
    known.qualifier,
    known.nature,
    known.period_start,
    known.period_end,
    known.period_precision,
    known.source_type,
    known.sha256,
    known.locator,
    known.measured_on,
    known.fits_measure_kind,
    row_number() over (
        partition by known.session_code, known.kpi_id
        order by known.measured_on desc, known.period_end desc
    ) as recency
from known
where known.position = 1
