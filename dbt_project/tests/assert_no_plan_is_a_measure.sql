-- A forecast or a plan printed as a figure reached would announce what is not done.
select
    observation_id,
    kpi_id,
    nature
from {{ ref('fct_kpi_observation') }}
where is_current and nature in ('forecast', 'planned')
