-- A national figure that its territories do not add up to is a question for whoever sent them; it stops nothing.
{{ config(severity='warn') }}

select
    kpi_id,
    territory_level,
    period_end,
    aggregated_value,
    national_value
from {{ ref('mart_territory_gap') }}
where outcome = 'different'
