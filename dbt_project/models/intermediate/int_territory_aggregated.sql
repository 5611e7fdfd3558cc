{{
    config(
        materialized='by_period',
        period_column='period_end',
        reference=['ref_kpi', 'ref_action_partner', 'ref_kpi_aggregation']
    )
}}

with

observations as (
    select
        observations.kpi_id,
        observations.territory_code,
        observations.period_end,
        observations.value,
        rules.aggregation_rule,
        rules.weight_kpi_id,
        case
            when length(observations.territory_code) = 9 then 'establishment'
            when substr(observations.territory_code, 1, 1) = 'R' then 'region'
            else 'department'
        end as territory_level
    from {{ ref('int_territory_observation') }} as observations
    inner join {{ ref('ref_kpi_aggregation') }} as rules on observations.kpi_id = rules.kpi_id
),

weights as (
    select
        kpi_id,
        territory_code,
        period_end,
        value
    from {{ ref('int_territory_observation') }}
    where
        kpi_id in (
            select weight_kpi_id
            from {{ ref('ref_kpi_aggregation') }}
            where weight_kpi_id is not null
        )
)

select
    observations.kpi_id,
    observations.territory_level,
    observations.period_end,
    observations.aggregation_rule,
    count(*) as territory_count,
    case observations.aggregation_rule
        when 'sum' then sum(observations.value)
        when 'mean' then avg(observations.value)
        when 'weighted_mean' then sum(observations.value * weights.value) / nullif(sum(weights.value), 0)
        when 'last' then {{ value_of_greatest('observations.value', 'observations.territory_code') }}
    end as value
from observations
left join weights
    on
        observations.weight_kpi_id = weights.kpi_id
        and observations.territory_code = weights.territory_code
        and observations.period_end = weights.period_end
group by
    observations.kpi_id,
    observations.territory_level,
    observations.period_end,
    observations.aggregation_rule
