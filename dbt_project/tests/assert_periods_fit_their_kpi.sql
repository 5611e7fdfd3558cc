-- A month's figure for a yearly flow is context, never the measure; whoever sent it may be asked for the year's.
{{ config(severity='warn') }}

select
    observations.observation_id,
    observations.kpi_id,
    kpis.measure_kind,
    kpis.periodicity,
    observations.period_start,
    observations.period_end,
    observations.period_precision
from {{ ref('fct_kpi_observation') }} as observations
inner join {{ ref('dim_kpi') }} as kpis on observations.kpi_id = kpis.kpi_id
where observations.is_current and observations.territory_code = 'FR' and not observations.fits_measure_kind
