-- One value is current for a KPI, a territory and a period; several would be printed by chance.
select
    kpi_id,
    territory_code,
    period_end
from {{ ref('fct_kpi_observation') }}
where is_current
group by kpi_id, territory_code, period_end
having count(*) > 1
