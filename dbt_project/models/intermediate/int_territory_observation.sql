{{ config(materialized='by_period', period_column='period_end', reference=['ref_kpi', 'ref_action_partner']) }}

with

leads as (
    select
        kpis.kpi_id,
        action_partners.partner_code as lead_partner
    from {{ ref('ref_kpi') }} as kpis
    inner join {{ ref('ref_action_partner') }} as action_partners
        on kpis.action_code = action_partners.action_code and action_partners.role = 'lead'
),

-- files in the order in which they came: a number is compared faster than a moment and a hash
files as (
    select
        sha256,
        partner_code,
        row_number() over (order by received_at, sha256) as file_rank
    from {{ ref('stg_raw__submission') }}
),

sent as (
    select
        measurements.kpi_id,
        measurements.territory_code,
        measurements.period_end,
        measurements.value,
        measurements.qualifier,
        measurements.period_precision,
        -- the lead's word first, then the file received last, then the lowest row in it
        case when files.partner_code = leads.lead_partner then {{ power_of_two(52) }} else 0 end
        + files.file_rank * {{ power_of_two(32) }}
        + measurements.row_number as weight
    from {{ ref('stg_raw__measurement') }} as measurements
    inner join files on measurements.sha256 = files.sha256
    left join leads on measurements.kpi_id = leads.kpi_id
    where
        measurements.territory_code <> 'FR'
        and measurements.period_end is not null
        and {{ is_measure('measurements.nature') }}
        and (measurements.value is not null or measurements.value_absence = 'SUPPR')
),

current_values as (
    select
        kpi_id,
        territory_code,
        period_end,
        {{ value_of_greatest('value', 'weight') }} as value,
        {{ value_of_greatest('qualifier', 'weight') }} as qualifier,
        {{ value_of_greatest('period_precision', 'weight') }} as period_precision,
        count(*) as version_count
    from sent
    group by kpi_id, territory_code, period_end
)

-- a value taken back (SUPPR) leaves nothing
select
    kpi_id,
    territory_code,
    period_end,
    value,
    qualifier,
    period_precision,
    version_count
from current_values
where value is not null
