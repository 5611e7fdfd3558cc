{{ config(materialized='by_period', period_column='period_end', reference=['ref_kpi', 'ref_action_partner']) }}

select distinct
    period_end,
    territory_code
from {{ ref('int_territory_observation') }}
