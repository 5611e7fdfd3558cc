{{ config(materialized='view') }}

with

-- the same columns in the same order, which a test compares
said as (
    select * from {{ ref('int_measurement_sent') }}
    union all
    select * from {{ ref('int_quantity_accepted') }}
),

decisions as (
    select
        decisions.*,
        coalesce(sessions.cut_off, decisions.decided_on) as source_as_of
    from {{ ref('stg_raw__decision') }} as decisions
    left join {{ ref('ref_cns_session') }} as sessions on decisions.session_code = sessions.session_code
    where
        decisions.subject_kind in ('measure', 'conflict')
        and decisions.value is not null
        and decisions.kpi_id is not null
        and decisions.period_end is not null
),

-- a decision on « octobre 2024 » keeps the period as the sources wrote it
periods as (
    select
        decisions.decision_id,
        min(said.period_start) as period_start,
        min(said.period_precision) as period_precision
    from decisions
    inner join said
        on
            decisions.kpi_id = said.kpi_id
            and decisions.territory_code = said.territory_code
            and decisions.period_end = said.period_end
    group by decisions.decision_id
),

arbitrated as (
    select
        {{ identifier(["'decision|'", "decisions.decision_id"]) }} as observation_id,
        decisions.kpi_id,
        decisions.territory_code,
        coalesce(periods.period_start, decisions.period_end) as period_start,
        decisions.period_end,
        coalesce(periods.period_precision, 'day') as period_precision,
        decisions.value,
        'exact' as qualifier,
        'arbitration' as source_type,
        null as sha256,
        null as locator,
        null as quote,
        decisions.reason as comment,
        decisions.session_code,
        null as partner_code,
        decisions.received_at as recorded_at,
        decisions.source_as_of,
        null as withdrawn_as_of
    from decisions
    left join periods on decisions.decision_id = periods.decision_id
),

unioned as (
    select * from said
    union all
    select * from arbitrated
)

select
    *,
    {{ source_priority('source_type') }} as source_priority
from unioned
