with

national as (
    select
        kpi_id,
        period_end,
        value,
        qualifier
    from {{ ref('fct_kpi_observation') }}
    where is_current and territory_code = 'FR'
),

compared as (
    select
        parts.kpi_id,
        parts.territory_level,
        parts.period_end,
        parts.aggregation_rule,
        parts.territory_count,
        parts.value as aggregated_value,
        national.value as national_value,
        national.qualifier as national_qualifier,
        parts.value - national.value as gap,
        case
            when parts.value is null then 'no_weight'
            when national.value is null then 'no_national_value'
            when abs(parts.value - national.value) <= 0.005e0 * abs(national.value) then 'equal'
            when national.qualifier = 'approx' and abs(parts.value - national.value) <= 0.05e0 * abs(national.value)
                then 'compatible'
            when national.qualifier = 'at_least' and parts.value >= national.value then 'compatible'
            when national.qualifier = 'at_most' and parts.value <= national.value then 'compatible'
            else 'different'
        end as outcome
    from {{ ref('int_territory_aggregated') }} as parts
    left join national on parts.kpi_id = national.kpi_id and parts.period_end = national.period_end
)

select
    kpi_id,
    territory_level,
    period_end,
    aggregation_rule,
    territory_count,
    aggregated_value,
    national_value,
    national_qualifier,
    gap,
    outcome
from compared
