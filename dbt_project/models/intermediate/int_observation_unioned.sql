{{ config(materialized=view_or_table()) }}

with

-- the same columns in the same order, which a test compares
received as (
    select * from {{ ref('int_measurement_sent') }}
    union all
    select * from {{ ref('int_quantity_accepted') }}
),

arbitrated as (
    select
        {{ identifier(["'decision|'", "decision_id"]) }} as observation_id,
        kpi_id,
        territory_code,
        decided_start as period_start,
        decided_end as period_end,
        decided_precision as period_precision,
        value,
        qualifier,
        'actual' as nature,
        'arbitration' as source_type,
        {{ as_text('null') }} as sha256,
        {{ as_text('null') }} as locator,
        {{ as_text('null') }} as quote,
        {{ answers_none('measurement') }}
        reason as comment,
        session_code,
        {{ as_text('null') }} as partner_code,
        received_at as recorded_at,
        source_as_of,
        changed_as_of as withdrawn_as_of
    from {{ ref('int_figure_decided') }}
    where value is not null
),

counted as (
    select
        received.observation_id,
        received.kpi_id,
        received.territory_code,
        received.period_start,
        received.period_end,
        received.period_precision,
        received.value,
        received.qualifier,
        received.nature,
        received.source_type,
        received.sha256,
        received.locator,
        received.quote,
        {{ answers_of('measurement', 'received') }}
        received.comment,
        received.session_code,
        received.partner_code,
        received.recorded_at,
        received.source_as_of,
        case
            when settled.decision_id is null then received.withdrawn_as_of
            when received.withdrawn_as_of < settled.source_as_of then received.withdrawn_as_of
            else settled.source_as_of
        end as withdrawn_as_of
    from received
    left join {{ ref('int_figure_decided') }} as settled
        on
            received.kpi_id = settled.kpi_id
            and received.territory_code = settled.territory_code
            and received.period_end = settled.period_end
            and received.recorded_at <= settled.received_at
            and settled.is_closing
),

unioned as (
    select * from counted
    union all
    select * from arbitrated
)

select
    observation_id,
    kpi_id,
    territory_code,
    period_start,
    period_end,
    period_precision,
    value,
    qualifier,
    nature,
    source_type,
    sha256,
    locator,
    quote,
    {{ answers_of('measurement') }}
    comment,
    session_code,
    partner_code,
    recorded_at,
    source_as_of,
    withdrawn_as_of,
    {{ source_priority('source_type') }} as source_priority
from unioned
